// take: the term of a journal is taken from a writer that nobody can reach any more, and given
// free, for one that stands by.
#include "proto/service.h"
#include "store/journal.h"
#include "tools/kopeck/apart.h"
#include "tools/kopeck/command.h"
#include <time.h>

typedef struct {
    char why[JOURNAL_WHY_MAX];
    uint64_t term;
} result_t;

// Who leads and leaves: the term of whoever led before is over, and this one ends with us.
static fail_t take(void *arg, const void *place)
{
    result_t *result = arg;
    journal_t *journal = NULL;
    bool vacant;
    const journal_options_t options = {.term_min = (uint64_t)time(NULL) * 1000, .why = result->why};
    fail_t fail = journal_open(place, &options, &journal);
    if (!fail)
        fail = journal_is_vacant(journal, &vacant);
    if (!fail)
        fail = journal_lead(journal, &result->term);
    journal_destroy(&journal);
    return fail;
}

static int refuse(const char *place, fail_t fail, const char *why)
{
    bool alone = fail == FAIL_INVALID || fail == FAIL_FENCED;
    fprintf(stderr, "kopeck: %s: %s%s%s\n", place,
            fail == FAIL_MISSING ? "there is no journal"
            : alone ? "one process has this engine's journal alone: expected a postgresql: place"
                    : fail_text(fail),
            *why ? ": " : "", why);
    return fail == FAIL_MISSING ? EX_NOINPUT : alone ? EX_USAGE : EX_IOERR;
}

int command_take(session_t *session, args_t *args)
{
    int status = EX_OK;
    stream_t stream = args_operand_stream(args, "whose journal");
    const char *place = args_option(args, "from");
    if (!command_ready(args))
        return EX_USAGE;
    const options_t *options = place ? NULL : session_options(session, &status);
    if (options)
        place = options->processes[stream].journal;
    if (status != EX_OK)
        return status;
    if (!*place) {
        fprintf(stderr, "kopeck: %s: its journal is neither configured nor named: --from\n",
                service_stream_name(stream));
        return EX_CONFIG;
    }
    session_begin_change();
    result_t *result = apart_memory(sizeof *result);
    fail_t fail = apart_run(take, result, place, 1);
    if (fail)
        return refuse(place, fail, result->why);
    printf("%s: nobody leads it now: who led before term %llu commits nothing any more, and one "
           "that stands by begins\n",
           place, (unsigned long long)result->term);
    return EX_OK;
}
