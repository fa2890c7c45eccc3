// grant: a bonus for a month's service level that was missed, computed from the journals of
// metering and the ledger through their replay doors.
#include "proto/month.h"
#include "services/ledger/ledger_sla.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/level_sums.h"
#include "tools/kopeck/verify_source.h"

enum { LIST_BYTES = 8 + LEVEL_RESOURCES_MAX * 18, MONTHS_A_YEAR = 12, FIRST_YEAR = 2000 };

typedef struct {
    session_t *session;
    request_t request;
    uint8_t list[LIST_BYTES];
    level_sums_t sums;
    kopecks_t granted;
    bool yes;
    int status;
} grant_t;

// --- the command line ---

// 2026-08.
static bool read_month(const char *text, uint64_t *ret_month)
{
    char year[5] = "", month[3] = "";
    uint64_t y = 0, m = 0;
    if (strlen(text) != 7 || text[4] != '-')
        return false;
    memcpy(year, text, 4);
    memcpy(month, text + 5, 2);
    bool read = args_read_number(year, &y) && args_read_number(month, &m);
    *ret_month = y * MONTHS_A_YEAR + m - 1;
    return read && y >= FIRST_YEAR && m >= 1 && m <= MONTHS_A_YEAR;
}

static void take_resources(grant_t *self, args_t *args)
{
    uid_t16 ids[LEVEL_RESOURCES_MAX];
    const char *text;
    size_t count = 0;
    while ((text = args_option(args, "resource"))) {
        if (count == LEVEL_RESOURCES_MAX || !uid_parse(text, &ids[count]))
            args_refuse(args, "resource", text, "a UUID, at most 32 of them");
        else
            count++;
    }
    if (!count)
        return;
    pack_t pack;
    pack_start(&pack, self->list, sizeof self->list);
    pack_array(&pack, count);
    for (size_t i = 0; i < count; i++)
        pack_uid(&pack, &ids[i]);
    self->request.level_grant.resources = (bytes_t){self->list, (uint32_t)pack_end(&pack)};
}

static void take(grant_t *self, args_t *args)
{
    request_level_grant_t *order = &self->request.level_grant;
    ask_take_id(args, &self->request);
    self->yes = args_flag(args, "yes");
    order->lost = args_flag(args, "data-lost");
    order->up = args_option_number(args, "up", UINT64_MAX, 0, UINT32_MAX);
    const char *reason = args_option(args, "reason");
    if (reason && !args_read_code(CODES_reason, reason, &order->reason))
        args_refuse(args, "reason", reason, "mistake, goodwill, dispute, migration, test, other");
    uint64_t all = args_option_number(args, "of", 0, 1, UINT32_MAX);
    take_resources(self, args);
    order->account = args_operand_uid(args, "the account");
    const char *month = args_operand(args, "the month");
    if (*month && !read_month(month, &order->month))
        args_refuse(args, "the month", month, "a month as 2026-08");
    if (order->up == UINT64_MAX && !order->lost)
        args_refuse(args, "up", NULL, "the minutes that were up, or --data-lost");
    uint64_t whole =
        (uint64_t)(month_start(order->month + 1) - month_start(order->month)) / MINUTE_US;
    order->all = all ? all : whole;
    order->up = order->up == UINT64_MAX ? order->all : order->up;
}

// --- the journals ---

static void note_granted(grant_t *self, const event_t *event)
{
    const event_level_granted_t *level = &event->level_granted;
    if (event->type == EVENT_level_granted &&
        uid_equal(&level->account, &self->request.level_grant.account))
        self->granted += level->amount;
}

static uint64_t fold(grant_t *self, stream_t stream)
{
    uint64_t sequence = 0;
    bytes_t bytes;
    event_t event;
    verify_source_t *source = verify_source_live(self->session, stream, 1, &self->status);
    while (source && !self->status && verify_source_next(source, &sequence, &bytes)) {
        fail_t fail = event_decode(bytes.data, bytes.size, &event);
        if (fail && fail != FAIL_VERSION) {
            fprintf(stderr, "kopeck: event %llu does not decode\n", (unsigned long long)sequence);
            self->status = EX_DATAERR;
        } else if (!fail && stream == STREAM_METERING)
            level_sums_metering(&self->sums, sequence, &event);
        else if (!fail) {
            level_sums_ledger(&self->sums, sequence, &event);
            note_granted(self, &event);
        }
    }
    if (source && !self->status)
        self->status = verify_source_status(source);
    verify_source_destroy(&source);
    return sequence;
}

static void compute(grant_t *self)
{
    request_level_grant_t *order = &self->request.level_grant;
    event_level_granted_t level = {.account = order->account,
                                   .month = order->month,
                                   .metering = UINT64_MAX,
                                   .resources = order->resources};
    bool added = level_sums_add(&self->sums, UINT64_MAX, &level);
    assert(added);
    order->metering = fold(self, STREAM_METERING);
    if (!self->status)
        (void)fold(self, STREAM_LEDGER);
    order->use = self->sums.rows[0].use > 0 ? self->sums.rows[0].use : 0;
    order->topups = self->sums.rows[0].topups;
    ledger_sla_t sla = {.use = order->use,
                        .percent = ledger_sla_percent(order->up, order->all, order->lost),
                        .topups = order->topups,
                        .granted = self->granted};
    if (!ledger_sla_grant(&sla, &order->amount))
        order->amount = 0;
}

// --- the command ---

static void print_sums(const grant_t *self)
{
    static const column_t columns[] = {{"use", "usage", true},
                                       {"topups", "paid in before", true},
                                       {"granted", "given before", true},
                                       {"percent", "percent", true},
                                       {"amount", "bonus", true}};
    const request_level_grant_t *order = &self->request.level_grant;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_RECORD,
                                           self->session->json, stdout);
    table_print_money(table, order->use);
    table_print_money(table, order->topups);
    table_print_money(table, self->granted);
    table_print_number(table, ledger_sla_percent(order->up, order->all, order->lost));
    table_print_money(table, order->amount);
    table_print_destroy(&table);
}

static int run(grant_t *self)
{
    compute(self);
    if (self->status)
        return self->status;
    if (self->yes)
        return ask_send(self->session, STREAM_LEDGER, &self->request);
    print_sums(self);
    fputs("Nothing was done: add --yes to give it.\n", stderr);
    return EX_OK;
}

int command_grant(session_t *session, args_t *args)
{
    grant_t self = {.session = session, .request = {.type = REQUEST_level_grant}};
    take(&self, args);
    if (!command_ready(args))
        return EX_USAGE;
    level_sums_init(&self.sums);
    int status = run(&self);
    level_sums_release(&self.sums);
    return status;
}
