// archive: sealed segments of a journal, where they lie, and their move to another disk or machine.
#include "proto/service.h"
#include "store/journal.h"
#include "tools/kopeck/apart.h"
#include "tools/kopeck/command.h"

typedef struct {
    const char *from, *to;
    uint64_t keep;
    bool json;
} wish_t;

typedef struct {
    journal_archived_t archived;
    char why[JOURNAL_WHY_MAX];
} result_t;

static void print(void *arg, const journal_segment_t *segment)
{
    table_print_t *table = arg;
    table_print_number(table, segment->number);
    table_print_number(table, segment->first);
    table_print_number(table, segment->last);
    table_print_number(table, segment->bytes);
    table_print_text(table, segment->fail       ? fail_text(segment->fail)
                            : segment->moved    ? "moved now"
                            : segment->archived ? "archived"
                                                : "here");
    table_print_text(table, segment->place);
}

// In a process of its own, as all that reads a journal that is being written.
static fail_t archive(void *arg, const void *of)
{
    static const column_t columns[] = {{"segment", "segment", true}, {"first", "first", true},
                                       {"last", "last", true},       {"bytes", "bytes", true},
                                       {"state", "state", false},    {"place", "place", false}};
    result_t *result = arg;
    const wish_t *wish = of;
    journal_t *journal = NULL;
    const journal_options_t options = {.read_only = true, .why = result->why};
    fail_t fail = journal_open(wish->from, &options, &journal);
    if (fail)
        return fail;
    table_print_t *table =
        table_print_new(columns, sizeof columns / sizeof *columns, TABLE_ROWS, wish->json, stdout);
    const journal_archive_t ask = {
        .to = wish->to, .keep = wish->keep, .visit = print, .arg = table, .why = result->why};
    fail = journal_archive(journal, &ask, &result->archived);
    table_print_destroy(&table);
    journal_destroy(&journal);
    fflush(stdout);
    return fail;
}

static int status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_MISSING:
        return EX_NOINPUT;
    case FAIL_CONFIG:
        return EX_CONFIG;
    case FAIL_INVALID:
        return EX_USAGE;
    case FAIL_STORE:
    case FAIL_FULL:
        return EX_IOERR;
    default:
        return EX_DATAERR;
    }
}

static int refuse(const wish_t *wish, fail_t fail, const char *why)
{
    fprintf(stderr, "kopeck: %s: %s%s%s\n",
            wish->to && fail != FAIL_MISSING ? wish->to : wish->from,
            fail == FAIL_MISSING   ? "there is no journal"
            : fail == FAIL_INVALID ? "this engine's journals have no segment files"
                                   : fail_text(fail),
            *why ? ": " : "", why);
    return status_of(fail);
}

int command_archive(session_t *session, args_t *args)
{
    wish_t wish = {.json = session->json};
    int status = EX_OK;
    stream_t stream = args_operand_stream(args, "whose journal");
    wish.from = args_option(args, "from");
    wish.to = args_option(args, "to");
    wish.keep = args_option_number(args, "keep", 0, 0, UINT64_MAX);
    if (!command_ready(args))
        return EX_USAGE;
    const options_t *options = wish.from ? NULL : session_options(session, &status);
    if (options)
        wish.from = options->processes[stream].journal;
    if (status != EX_OK)
        return status;
    if (!wish.from || !*wish.from) {
        fprintf(stderr, "kopeck: %s: its journal is neither configured nor named: --from\n",
                service_stream_name(stream));
        return EX_CONFIG;
    }
    if (wish.to)
        session_begin_change();
    result_t *result = apart_memory(sizeof *result);
    fail_t fail = apart_run(archive, result, &wish, 1);
    if (fail)
        return refuse(&wish, fail, result->why);
    if (!result->archived.missing)
        return EX_OK;
    fprintf(stderr, "kopeck: %s: %llu of %llu segments are missing or damaged\n", wish.from,
            (unsigned long long)result->archived.missing,
            (unsigned long long)result->archived.segments);
    return EX_DATAERR;
}
