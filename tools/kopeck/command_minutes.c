// minutes: an hour of a resource opened, which minutes are billed under which tariff, and the lines
// that charged them with their arithmetic.
#include "proto/service.h"

#include "tools/kopeck/command.h"
#include "tools/kopeck/opened_hour.h"
#include <inttypes.h>

enum { MINUTES = 60, RANGES_TEXT_MAX = MINUTES * 4 };

// 0-29, 45, 50-59
static const char *ranges_of(uint64_t mask, char out[RANGES_TEXT_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned from = 0; from < MINUTES; from++) {
        if (!(mask >> from & 1))
            continue;
        unsigned to = from;
        while (to + 1 < MINUTES && (mask >> (to + 1) & 1))
            to++;
        used += (size_t)snprintf(out + used, RANGES_TEXT_MAX - used, to > from ? "%s%u-%u" : "%s%u",
                                 used ? ", " : "", from, to);
        from = to;
    }
    return out;
}

static void print_mask(table_print_t *table, uint64_t mask)
{
    char text[RANGES_TEXT_MAX];
    if (mask)
        table_print_text(table, ranges_of(mask, text));
    else
        table_print_none(table);
}

// Files and tokens are counted, replicas' minutes are bits of an hour.
static void print_billed(table_print_t *table, const opened_row_t *row)
{
    if (row->kind < RESOURCE_DISK) {
        table_print_number(table, (uint64_t)__builtin_popcountll(row->billed));
        print_mask(table, row->billed);
        print_mask(table, row->waiting);
        return;
    }
    table_print_number(table, row->billed);
    table_print_none(table);
    if (row->waiting)
        table_print_number(table, row->waiting);
    else
        table_print_none(table);
}

static void print_kind(table_print_t *table, uint64_t kind)
{
    const char *text = codes_text(CODES_resource_kind, kind);
    table_print_text(table, text ? text : "unknown");
}

static void print_rows(const opened_hour_t *hour, bool json)
{
    static const column_t columns[] = {{"kind", "kind", false},
                                       {"replica", "replica", false},
                                       {"tariff", "tariff", false},
                                       {"version", "version", true},
                                       {"price", "price of 720 hours", true},
                                       {"billed", "billed", true},
                                       {"minutes", "minutes", false},
                                       {"waiting", "minutes that wait", false}};
    table_print_t *table =
        table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS, json, stdout);
    for (size_t i = 0; i < hour->rows_count; i++) {
        const opened_row_t *row = &hour->rows[i];
        print_kind(table, row->kind);
        table_print_uid(table, &row->replica);
        table_print_text(table, row->tariff);
        table_print_number(table, row->version);
        table_print_money(table, row->price);
        print_billed(table, row);
    }
    table_print_destroy(&table);
}

static void print_line(table_print_t *table, const opened_line_t *line)
{
    const event_usage_charged_t *charged = &line->charged;
    const char *reason = codes_text(CODES_charge_reason, charged->reason);
    table_print_number(table, line->sequence);
    table_print_time(table, line->at);
    table_print_text(table, reason ? reason : "unknown");
    print_kind(table, charged->kind);
    table_print_text(table, line->tariff);
    table_print_number(table, charged->version);
    table_print_money(table, charged->price);
    table_print_number(table, charged->minutes);
    table_print_number(table, (uint64_t)opened_hour_carry_before(charged));
    table_print_number(table, (uint64_t)opened_hour_cost(charged));
    table_print_money(table, charged->amount);
    table_print_number(table, (uint64_t)charged->remainder);
    table_print_number(table, charged->minutes - line->left);
    table_print_money(table, line->given);
}

static void print_lines(const opened_hour_t *hour, bool json)
{
    static const column_t columns[] = {{"sequence", "line", true},
                                       {"at", "posted", false},
                                       {"reason", "reason", false},
                                       {"kind", "kind", false},
                                       {"tariff", "tariff", false},
                                       {"version", "version", true},
                                       {"price", "price of 720 hours", true},
                                       {"minutes", "minutes", true},
                                       {"carry_before", "carry before", true},
                                       {"cost", "+ cost", true},
                                       {"amount", "= amount", true},
                                       {"carry_after", "and carry", true},
                                       {"minutes_back", "minutes back", true},
                                       {"given_back", "given back", true}};
    table_print_t *table =
        table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS, json, stdout);
    for (size_t i = 0; i < hour->lines_count; i++)
        print_line(table, &hour->lines[i]);
    table_print_destroy(&table);
}

// Why minutes wait that an hour's closing left out.
static void print_silence(const opened_hour_t *hour)
{
    char vouched[TIME_TEXT_SIZE];
    if (!hour->vouched || hour->vouched >= hour->asked.hour + HOUR_US)
        return;
    time_format(hour->vouched, vouched);
    printf("\nproducer %" PRIu64 " vouches for what runs up to %s: what waits from there on is "
           "billed when it is heard of again\n",
           hour->producer, vouched);
}

static void print_hour(const opened_hour_t *hour, bool json)
{
    char account[UID_TEXT_SIZE], resource[UID_TEXT_SIZE];
    if (!json) {
        print_rows(hour, false);
        print_silence(hour);
        fputc('\n', stdout);
        print_lines(hour, false);
        return;
    }
    uid_format(&hour->asked.account, account);
    uid_format(&hour->asked.resource, resource);
    printf("{\"account\":\"%s\",\"resource\":\"%s\",\"hour\":%" PRId64 ",\"closed\":%s,\n"
           "\"vouched\":%" PRId64 ",\"producer\":%" PRIu64 ",\n\"minutes\":",
           account, resource, hour->asked.hour, hour->closed ? "true" : "false", hour->vouched,
           hour->producer);
    print_rows(hour, true);
    fputs(",\"lines\":", stdout);
    print_lines(hour, true);
    fputs("}\n", stdout);
}

static instant_t take_hour(args_t *args)
{
    instant_t at = 0;
    const char *text = args_operand(args, "the hour");
    if (*text && (!time_parse(text, &at) || at < 0))
        args_refuse(args, "the hour", text, TIME_EXPECTED);
    return at - at % HOUR_US;
}

// The journal's directory; NULL for a question to metering, "" after an error.
static const char *take_directory(session_t *session, const char *named, bool offline, int *status)
{
    if (named || !offline)
        return named;
    const options_t *options = session_options(session, status);
    const char *directory = options ? options->processes[STREAM_METERING].journal : "";
    if (options && !*directory) {
        fputs("kopeck: metering's journal is not configured; --metering DIR names it\n", stderr);
        *status = EX_CONFIG;
    }
    return directory;
}

int command_minutes(session_t *session, args_t *args)
{
    int status = EX_OK;
    bool offline = args_flag(args, "offline");
    const char *named = args_option(args, service_stream_name(STREAM_METERING));
    opened_hour_t hour = {0};
    hour.asked.account = args_operand_uid(args, "the account");
    hour.asked.resource = args_operand_uid(args, "the resource");
    hour.asked.hour = take_hour(args);
    if (!command_ready(args))
        return EX_USAGE;
    const char *directory = take_directory(session, named, offline, &status);
    if (status == EX_OK)
        status =
            directory ? opened_hour_offline(&hour, directory) : opened_hour_live(&hour, session);
    if (status == EX_OK)
        print_hour(&hour, session->json);
    opened_hour_release(&hour);
    return status;
}
