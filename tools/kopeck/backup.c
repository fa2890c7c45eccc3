#include "tools/kopeck/backup.h"
#include "proto/service.h"
#include "store/journal_transfer.h"
#include "tools/kopeck/apart.h"
#include "tools/kopeck/progress.h"
#include <assert.h>
#include <inttypes.h>

// A reader that may not write LMDB's lock file may be ended by a page that changes under it.
enum { TRIES = 20, MOMENT_TRIES = 1000, MOMENT_PAUSE_MS = 1 };

bool backup_join(char out[BACKUP_PATH_MAX], const char *directory, const char *name)
{
    return snprintf(out, BACKUP_PATH_MAX, "%s/%s", directory, name) < BACKUP_PATH_MAX;
}

bool backup_take(args_t *args, const char *ret_places[OPTIONS_STREAMS])
{
    bool named = false;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        ret_places[stream] = args_option(args, service_stream_name(stream));
        named |= ret_places[stream] != NULL;
    }
    return named;
}

backup_result_t *backup_result_new(void)
{
    return apart_memory(sizeof(backup_result_t));
}

// --- in a process of its own ---

static journal_t *journals[OPTIONS_STREAMS];
static journal_moment_t moments[OPTIONS_STREAMS];
static head_t heads[OPTIONS_STREAMS];

static void add_why(backup_result_t *result, const char *why)
{
    size_t used = strlen(result->error);
    if (*why)
        snprintf(result->error + used, sizeof result->error - used, ": %s", why);
}

static fail_t say(backup_result_t *result, stream_t stream, fail_t fail, const char *what)
{
    if (!fail)
        return fail;
    result->failed = stream;
    const char *why = fail == FAIL_MISSING    ? "there is no journal"
                      : fail == FAIL_CONFLICT ? "there is a journal already"
                      : fail == FAIL_INVALID  ? "this engine's journals cannot be copied, or the "
                                                "place is none"
                      : fail == FAIL_FULL     ? "there is no room"
                      : fail == FAIL_STORE    ? "a file cannot be read or written"
                                              : fail_text(fail);
    snprintf(result->error, sizeof result->error, "%s: %s", what, why);
    return fail;
}

static fail_t open_journals(const backup_places_t *places, backup_result_t *result)
{
    char why[JOURNAL_WHY_MAX];
    const journal_options_t options = {.read_only = true, .why = why};
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!places->from[stream])
            continue;
        fail_t fail = journal_open(places->from[stream], &options, &journals[stream]);
        if (!fail)
            continue;
        (void)say(result, stream, fail, places->from[stream]);
        add_why(result, why);
        return fail;
    }
    return FAIL_NONE;
}

static fail_t take_moments(backup_result_t *result)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!journals[stream])
            continue;
        journal_moment_t *moment = &moments[stream];
        fail_t fail = journal_moment(journals[stream], moment);
        if (!fail)
            fail =
                journal_check_head(moment->head, moment->head_size, moment->last, &heads[stream]);
        if (fail)
            return say(result, stream, fail, "the head");
    }
    return FAIL_NONE;
}

// Whether nobody has taken in what another has not said yet in its own moment.
static bool moments_agree(void)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        for (stream_t of = STREAM_FIRST; journals[stream] && of < OPTIONS_STREAMS; of++) {
            const cursor_t *cursor = journals[of] ? head_cursor(&heads[stream], of) : NULL;
            if (cursor && cursor->epoch == heads[of].epoch && cursor->sequence > heads[of].last)
                return false;
        }
    return true;
}

// The heads are read within a moment, and events that follow each other take longer than that: it
// is tried again where one came in between.
static fail_t agree(backup_result_t *result)
{
    for (unsigned tries = 0; tries < MOMENT_TRIES; tries++) {
        fail_t fail = take_moments(result);
        if (fail || moments_agree())
            return fail;
        zclock_sleep(MOMENT_PAUSE_MS);
    }
    return say(result, STREAM_FIRST, FAIL_HISTORY,
               "these journals never were at one moment: one has taken in what another lacks");
}

static void show(void *arg, uint64_t done, uint64_t all)
{
    progress_show(arg, done, all);
}

// Into an engine that has no files: an empty journal, made if there is none.
static fail_t transfer(journal_t *from, const journal_moment_t *moment, const journal_copy_t *copy)
{
    journal_t *to = NULL;
    const journal_options_t options = {
        .create = true, .segment_events = journal_segment_events(from), .term_min = moment->term};
    fail_t fail = journal_open(copy->directory, &options, &to);
    if (!fail && journal_last(to) && !copy->replace)
        fail = FAIL_CONFLICT;
    if (!fail)
        fail = journal_transfer(from, moment, to, copy);
    journal_destroy(&to);
    return fail;
}

static fail_t copy_one(const backup_places_t *places, stream_t stream, backup_result_t *result)
{
    char what[64], why[JOURNAL_WHY_MAX] = "";
    snprintf(what, sizeof what, "copying %s", service_stream_name(stream));
    progress_t progress = progress_begin(what, "events");
    journal_copy_t copy = {.directory = places->to[stream],
                           .earlier = places->earlier[stream],
                           .replace = places->replace,
                           .progress = show,
                           .arg = &progress,
                           .why = why};
    fail_t fail =
        journal_is_of_files(copy.directory)
            ? journal_copy(journals[stream], &moments[stream], &copy, &result->copied[stream])
            : transfer(journals[stream], &moments[stream], &copy);
    if (!fail)
        progress_end(&progress, moments[stream].last, moments[stream].last);
    if (say(result, stream, fail, places->to[stream]))
        add_why(result, why);
    return fail;
}

static fail_t copy_all(void *arg, const void *places)
{
    backup_result_t *result = arg;
    fail_t fail = open_journals(places, result);
    if (!fail)
        fail = agree(result);
    for (stream_t stream = STREAM_FIRST; !fail && stream < OPTIONS_STREAMS; stream++)
        if (journals[stream])
            fail = copy_one(places, stream, result);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        journal_destroy(&journals[stream]);
    return fail;
}

typedef struct {
    stream_t stream;
    const char *place;
} checked_t;

static fail_t check_one(void *arg, const void *of)
{
    backup_result_t *result = arg;
    const checked_t *checked = of;
    char what[64];
    snprintf(what, sizeof what, "checking %s", service_stream_name(checked->stream));
    return journal_check(checked->place, what, &result->checks[checked->stream]);
}

// --- the parent ---

static int status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_NONE:
        return EX_OK;
    case FAIL_MISSING:
        return EX_NOINPUT;
    case FAIL_CONFLICT:
        return EX_CANTCREAT;
    case FAIL_STORE:
    case FAIL_FULL:
        return EX_IOERR;
    case FAIL_LATER:
        return EX_TEMPFAIL;
    default:
        return EX_DATAERR;
    }
}

int backup_copy(const backup_places_t *places, backup_result_t *result)
{
    fail_t fail = apart_run(copy_all, result, places, TRIES);
    if (fail && result->failed)
        fprintf(stderr, "kopeck: %s: %s\n", service_stream_name(result->failed), result->error);
    else if (fail)
        fprintf(stderr, "kopeck: a journal is damaged: its reader was ended by a signal\n");
    return status_of(fail);
}

int backup_check(const backup_places_t *places, bool copies, backup_result_t *result)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!places->from[stream])
            continue;
        checked_t checked = {stream, copies ? places->to[stream] : places->from[stream]};
        fail_t fail = apart_run(check_one, result, &checked, 1);
        if (!fail)
            continue;
        const char *error = result->checks[stream].error;
        fprintf(stderr, "kopeck: %s: %s: %s\n", service_stream_name(stream), checked.place,
                *error ? error : "it is damaged: its reader was ended by a signal");
        return status_of(fail);
    }
    return EX_OK;
}

void backup_print(const session_t *session, const backup_places_t *places,
                  const backup_result_t *result)
{
    static const column_t columns[] = {
        {"process", "process", false}, {"epoch", "epoch", true},
        {"last", "last", true},        {"time", "time", false},
        {"root", "root", false},       {"segments", "segments", true},
        {"linked", "linked", true},    {"directory", "directory", false}};
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_ROWS,
                                           session->json, stdout);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!places->from[stream])
            continue;
        const journal_check_t *check = &result->checks[stream];
        char root[2 * sizeof check->root.bytes + 1];
        for (size_t i = 0; i < sizeof check->root.bytes; i++)
            snprintf(root + 2 * i, 3, "%02x", check->root.bytes[i]);
        root[session->json ? sizeof root - 1 : 16] = '\0';
        table_print_text(table, service_stream_name(stream));
        table_print_number(table, check->epoch);
        table_print_number(table, check->last);
        table_print_time(table, check->time);
        table_print_text(table, root);
        table_print_number(table, result->copied[stream].segments);
        table_print_number(table, result->copied[stream].linked);
        table_print_text(table, places->to[stream]);
    }
    table_print_destroy(&table);
}
