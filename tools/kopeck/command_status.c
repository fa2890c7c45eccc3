// How the processes are: whether each can do its whole job, and why not.
#include "proto/codes.h"
#include "proto/digest.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include "proto/status_read.h"
#include "tools/kopeck/verify_witness.h"
#include <inttypes.h>

// What it follows and how many events behind each: "metering 0, payment 3".
static void print_lags(table_print_t *table, text_t counters)
{
    char lags[160] = "";
    size_t used = 0;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        char name[64];
        uint64_t applied, announced, silent;
        snprintf(name, sizeof name, "stream_%" PRIu64 "_applied", stream);
        if (!status_find_counter(counters, name, &applied))
            continue;
        snprintf(name, sizeof name, "stream_%" PRIu64 "_announced", stream);
        if (!status_find_counter(counters, name, &announced))
            continue;
        used += (size_t)snprintf(lags + used, sizeof lags - used, "%s%s %" PRIu64, used ? ", " : "",
                                 service_stream_name(stream),
                                 announced > applied ? announced - applied : 0);
        snprintf(name, sizeof name, "stream_%" PRIu64 "_silent_s", stream);
        if (status_find_counter(counters, name, &silent))
            used += (size_t)snprintf(lags + used, sizeof lags - used, " (silent for %" PRIu64 " s)",
                                     silent);
    }
    if (used)
        table_print_text(table, lags);
    else
        table_print_none(table);
}

// Whether what it asks outside answers: "cannot be reached, 17 requests since 2026-07-01 12:00".
static void print_outside(table_print_t *table, text_t counters)
{
    uint64_t outage, since = 0, unanswered = 0;
    if (!status_find_counter(counters, "outside_outage", &outage)) {
        table_print_none(table);
        return;
    }
    (void)status_find_counter(counters, "outside_since_us", &since);
    (void)status_find_counter(counters, "outside_unanswered", &unanswered);
    const char *how = codes_text(CODES_outage, outage);
    char when[TIME_TEXT_SIZE], text[160];
    time_format((instant_t)since, when);
    snprintf(text, sizeof text, "%s, %" PRIu64 " requests since %s", how ? how : "unknown outage",
             unanswered, when);
    table_print_text(table, outage ? text : how);
}

static const column_t status_columns[] = {
    {"process", "process", false}, {"light", "light", false},   {"state", "state", false},
    {"epoch", "epoch", true},      {"term", "term", true},      {"last", "last", true},
    {"now", "now", false},         {"behind", "behind", false}, {"current", "current", false},
    {"full", "full", false},       {"clock", "clock", false},   {"root", "root", false},
    {"outside", "outside", false}, {"why", "why", false}};
enum { WAIT_STEP_MS = 1000, WAIT_PAUSE_MS = 100, WAIT_MAX_S = 86400 };
enum { ROOT_SHOWN = 8 }; // bytes of it, where the line is short
enum { STATUS_COLUMNS = sizeof status_columns / sizeof status_columns[0], WHY_MAX = 4096 };

static void print_status(table_print_t *table, bool json, stream_t stream, const answer_t *answer)
{
    const answer_status_t *status = answer ? &answer->status : NULL;
    uint64_t trouble = 0;
    table_print_text(table, service_stream_name(stream));
    if (!status) {
        table_print_text(table, "dark");
        table_print_text(table, "no answer");
        for (size_t i = 3; i < STATUS_COLUMNS; i++)
            table_print_none(table);
        return;
    }
    (void)status_find_counter(status->counters, "trouble", &trouble);
    char why[WHY_MAX];
    bool red = status_alarms_text(status, why, sizeof why) > 0;
    table_print_text(table, red ? "red" : "green");
    uint64_t behind;
    char state[64] = "starting";
    if (status_find_counter(status->counters, "standby.behind", &behind))
        snprintf(state, sizeof state, "standby, %" PRIu64 " behind", behind);
    table_print_text(table, trouble ? "needs reseed" : status->ready ? "ready" : state);
    table_print_number(table, status->epoch);
    table_print_number(table, status->term);
    table_print_number(table, status->last);
    table_print_time(table, status->now);
    print_lags(table, status->counters);
    table_print_flag(table, status->current);
    table_print_flag(table, status->full);
    table_print_text(table, status->driven ? "driven" : "wall");
    char root[DIGEST_HEX_MAX + 1];
    digest_hex_lower(status->root.bytes, json ? sizeof status->root : ROOT_SHOWN, root);
    table_print_text(table, root);
    print_outside(table, status->counters);
    table_print_text(table, why);
}

static void print_counters(table_print_t *table, stream_t stream, text_t counters)
{
    text_t name, value;
    while (status_next_counter(&counters, &name, &value)) {
        table_print_text(table, service_stream_name(stream));
        table_print_slice(table, name);
        table_print_slice(table, value);
    }
}

static void print_alarms(table_print_t *table, stream_t stream, const answer_status_t *status)
{
    status_alarms_t list;
    status_alarm_t alarm;
    status_alarms_begin(status, &list);
    while (status_next_alarm(&list, &alarm)) {
        const char *name = codes_name(CODES_alarm, alarm.code);
        const char *text = codes_text(CODES_alarm, alarm.code);
        table_print_text(table, service_stream_name(stream));
        table_print_number(table, alarm.code);
        table_print_text(table, name ? name : "unknown here");
        table_print_text(table, text ? text : "a newer process has it");
        table_print_slice(table, alarm.about);
        table_print_time(table, alarm.since);
    }
}

// In the words that `verify --since` reads.
static void print_root(table_print_t *table, stream_t stream, const answer_status_t *status)
{
    char word[VERIFY_ROOT_WORD_MAX];
    verify_root_print(stream, status->epoch, status->last, &status->root, word);
    table_print_text(table, service_stream_name(stream));
    table_print_text(table, word);
}

typedef enum { SHOW_STATUS, SHOW_COUNTERS, SHOW_ALARMS, SHOW_ROOTS } show_t;

static table_print_t *begin_table(show_t show, bool json)
{
    static const column_t counters[] = {
        {"process", "process", false}, {"counter", "counter", false}, {"value", "value", true}};
    static const column_t alarms[] = {{"process", "process", false}, {"alarm", "alarm", true},
                                      {"name", "name", false},       {"meaning", "meaning", false},
                                      {"about", "about", false},     {"since", "since", false}};
    static const column_t roots[] = {{"process", "process", false}, {"root", "root", false}};
    switch (show) {
    case SHOW_COUNTERS:
        return table_print_new(counters, 3, TABLE_ROWS, json, stdout);
    case SHOW_ALARMS:
        return table_print_new(alarms, 6, TABLE_ROWS, json, stdout);
    case SHOW_ROOTS:
        return table_print_new(roots, 2, TABLE_ROWS, json, stdout);
    case SHOW_STATUS:
        break;
    }
    return table_print_new(status_columns, STATUS_COLUMNS, TABLE_ROWS, json, stdout);
}

static bool is_asked(const options_t *options, stream_t only, stream_t stream)
{
    return only ? stream == only : *options->processes[stream].command;
}

// Whoever does not answer in this time is shown as dark: all together, so that an outage is told
// soon.
enum { STATUS_MS = 2500 };

static void mark_asked(const options_t *options, stream_t only, session_reply_t *ret_replies)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        ret_replies[stream] = (session_reply_t){.asked = is_asked(options, only, stream)};
}

static bool are_all_green(session_t *session, const options_t *options, stream_t only)
{
    session_reply_t replies[OPTIONS_STREAMS];
    mark_asked(options, only, replies);
    session_ask_all(session, REQUEST_status, WAIT_STEP_MS, true, replies);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        const session_reply_t *reply = &replies[stream];
        if (!reply->asked)
            continue;
        if (reply->status != EX_OK)
            return false;
        status_alarms_t list;
        status_alarms_begin(&reply->answer.status, &list);
        if (!reply->answer.status.ready || list.left)
            return false;
    }
    return true;
}

static void wait_for_green(session_t *session, const options_t *options, stream_t only,
                           uint64_t seconds)
{
    int64_t ends = zclock_mono() + (int64_t)seconds * 1000;
    while (!are_all_green(session, options, only) && zclock_mono() < ends)
        zclock_sleep(WAIT_PAUSE_MS);
}

// Shows one process; the status is EX_TEMPFAIL if it cannot do its whole job.
static int show_process(stream_t stream, const session_reply_t *reply, show_t show, bool json,
                        table_print_t *table)
{
    bool answered = reply->status == EX_OK;
    const answer_status_t *status = &reply->answer.status;
    if (show == SHOW_STATUS)
        print_status(table, json, stream, answered ? &reply->answer : NULL);
    if (!answered)
        return reply->status;
    if (show == SHOW_COUNTERS)
        print_counters(table, stream, status->counters);
    if (show == SHOW_ROOTS)
        print_root(table, stream, status);
    if (show == SHOW_ALARMS)
        print_alarms(table, stream, status);
    status_alarms_t list;
    status_alarms_begin(status, &list);
    return list.left ? EX_TEMPFAIL : EX_OK;
}

int command_status(session_t *session, args_t *args)
{
    show_t show = args_flag(args, "counters") ? SHOW_COUNTERS : SHOW_STATUS;
    if (args_flag(args, "alarms"))
        show = SHOW_ALARMS;
    if (args_flag(args, "roots"))
        show = SHOW_ROOTS;
    uint64_t wait_s = args_option_number(args, "wait", 0, 0, WAIT_MAX_S);
    stream_t only = args->count ? args_operand_stream(args, "the process") : STREAM_NONE;
    int status = EX_OK;
    if (!command_ready(args))
        return EX_USAGE;
    const options_t *options = session_options(session, &status);
    if (!options)
        return status;
    if (wait_s)
        wait_for_green(session, options, only, wait_s);
    session_reply_t replies[OPTIONS_STREAMS];
    mark_asked(options, only, replies);
    session_ask_all(session, REQUEST_status,
                    options->timeout_ms < STATUS_MS ? (int)options->timeout_ms : STATUS_MS, false,
                    replies);
    table_print_t *table = begin_table(show, session->json);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!replies[stream].asked)
            continue;
        int one = show_process(stream, &replies[stream], show, session->json, table);
        // One that does not answer outweighs one that cannot do its whole job.
        if (one != EX_OK && (status == EX_OK || status == EX_TEMPFAIL))
            status = one;
    }
    table_print_destroy(&table);
    return status;
}
