// move: a process's journal gets to another place while the process runs, and goes on there.
#include "proto/service.h"
#include "services/process/auto.h"
#include "services/process/config.h"
#include "store/journal_move.h"
#include "store/snapshot.h"
#include "tools/kopeck/apart.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/config_edit.h"
#include "tools/kopeck/journal_check.h"
#include "tools/kopeck/journal_owner.h"
#include "tools/kopeck/progress.h"
#include <errno.h>
#include <time.h>

typedef struct {
    const char *file, *from, *to;
    char from_snapshots[JOURNAL_PLACE_MAX], to_snapshots[JOURNAL_PLACE_MAX]; // directories
    journal_owner_t owner;
} wish_t;

typedef struct {
    journal_moved_t moved;
    journal_check_t check;
    int64_t fenced_ms, whole_ms; // monotonic
    char why[JOURNAL_WHY_MAX];
} result_t;

typedef struct {
    const wish_t *wish;
    result_t *result;
    journal_walk_t *walk;
    progress_t progress;
} mover_t;

// --- in a process of its own, as the journal's owner ---

// The newest one: a start at the new place need not read all. It is a cache, so it may fail.
static void copy_snapshot(const wish_t *wish)
{
    snapshot_t *snapshot = NULL;
    if (!*wish->from_snapshots || !*wish->to_snapshots ||
        snapshot_load(wish->from_snapshots, UINT64_MAX, NULL, NULL, &snapshot))
        return;
    digest_part_t part;
    part.data = snapshot_blob(snapshot, &part.size);
    (void)snapshot_write(wish->to_snapshots, snapshot_mark(snapshot), &part, 1);
    snapshot_destroy(&snapshot);
}

static fail_t step(void *arg, journal_move_step_t step)
{
    mover_t *self = arg;
    if (step == JOURNAL_MOVE_FENCE) {
        copy_snapshot(self->wish);
        self->result->fenced_ms = zclock_mono();
    }
    if (step == JOURNAL_MOVE_DONE)
        self->result->whole_ms = zclock_mono();
    return FAIL_NONE;
}

static fail_t check(void *arg, journal_reader_t *to, const journal_moment_t *moment)
{
    mover_t *self = arg;
    return journal_walk_on(self->walk, to, moment, &self->result->check);
}

static void show(void *arg, uint64_t done, uint64_t all)
{
    progress_show(&((mover_t *)arg)->progress, done, all);
}

static fail_t move(void *arg, const void *of)
{
    const wish_t *wish = of;
    mover_t self = {.wish = wish,
                    .result = arg,
                    .walk = journal_walk_new("checking"),
                    .progress = progress_begin("copying", "events")};
    const journal_move_t ask = {.from = wish->from,
                                .to = wish->to,
                                .step = step,
                                .check = check,
                                .progress = show,
                                .arg = &self,
                                .why = self.result->why};
    fail_t fail = journal_owner_become(&wish->owner);
    if (!fail)
        fail = journal_move(&ask, &self.result->moved);
    journal_walk_destroy(&self.walk);
    return fail;
}

// --- the command ---

static int status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_MISSING:
        return EX_NOINPUT;
    case FAIL_CONFLICT:
        return EX_CANTCREAT;
    case FAIL_CONFIG:
    case FAIL_INVALID:
        return EX_CONFIG;
    case FAIL_DENIED:
        return EX_NOPERM;
    case FAIL_STORE:
    case FAIL_FULL:
        return EX_IOERR;
    case FAIL_LATER:
    case FAIL_FENCED:
        return EX_TEMPFAIL;
    default:
        return EX_DATAERR;
    }
}

static int refuse(const wish_t *wish, fail_t fail, const result_t *result)
{
    const char *why = *result->why           ? result->why
                      : *result->check.error ? result->check.error
                      : fail == FAIL_FENCED  ? "a process writes there: is the move done already?"
                                             : "";
    fprintf(stderr, "kopeck: %s to %s: %s%s%s\n", wish->from, wish->to, fail_text(fail),
            *why ? ": " : "", why);
    if (result->fenced_ms)
        fprintf(stderr,
                "kopeck: the old place is fenced, or about to be: give the same command again\n");
    return status_of(fail);
}

static void print(const session_t *session, const wish_t *wish, const result_t *result)
{
    static const column_t columns[] = {{"from", "from", false},
                                       {"to", "to", false},
                                       {"last", "last", true},
                                       {"rest", "behind the fence", true},
                                       {"fenced_ms", "fenced for ms", true}};
    int64_t fenced = result->fenced_ms ? result->whole_ms - result->fenced_ms : 0;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_RECORD,
                                           session->json, stdout);
    table_print_text(table, wish->from);
    table_print_text(table, wish->to);
    table_print_number(table, result->moved.last);
    table_print_number(table, result->moved.rest);
    table_print_number(table, (uint64_t)fenced);
    table_print_destroy(&table);
}

static bool prepare(wish_t *wish, int *ret_status)
{
    journal_needs_t needs;
    *ret_status = EX_CONFIG;
    if (journal_prepare(wish->from, false, &needs) == FAIL_INVALID) {
        fprintf(stderr, "kopeck: %s: %s\n", wish->from, journal_engines());
        return false;
    }
    memcpy(wish->from_snapshots, needs.directory, sizeof needs.directory);
    if (!journal_owner_find(needs.directory, NULL, &wish->owner))
        return false;
    if (journal_prepare(wish->to, false, &needs) == FAIL_INVALID) {
        fprintf(stderr, "kopeck: %s: %s\n", wish->to, journal_engines());
        return false;
    }
    memcpy(wish->to_snapshots, needs.directory, sizeof needs.directory);
    if (*needs.directory && !journal_owner_make(&wish->owner, needs.directory)) {
        fprintf(stderr, "kopeck: %s: %s\n", wish->to, strerror(errno));
        *ret_status = EX_CANTCREAT;
        return false;
    }
    return true;
}

static int move_and_switch(session_t *session, wish_t *wish)
{
    char why[CONFIG_ERROR_MAX];
    int status = EX_OK;
    if (!prepare(wish, &status))
        return status;
    result_t *result = apart_memory(sizeof *result);
    fail_t fail = apart_run(move, result, wish, 1);
    if (fail)
        return refuse(wish, fail, result);
    if (!config_edit(wish->file, "journal", "directory", wish->to, why, sizeof why)) {
        fprintf(stderr,
                "kopeck: %s: %s: the journal goes on at %s, write that there as "
                "journal/directory\n",
                wish->file, why, wish->to);
        return EX_CANTCREAT;
    }
    session_did_say(session, "the journal goes on at the new place");
    print(session, wish, result);
    return EX_OK;
}

int command_move(session_t *session, args_t *args)
{
    wish_t wish = {.to = args_option(args, "to")};
    wish.file = args_operand(args, "the process's config file");
    if (!wish.to && !*args->error)
        args_refuse(args, "--to", "", "the place where the journal is to go on");
    if (!command_ready(args) || !wish.to)
        return EX_USAGE;
    session_begin_change();
    AUTO(config) config = config_load(wish.file);
    wish.from = config_text(config, "journal/directory", NULL);
    if (config_error(config)) {
        fprintf(stderr, "kopeck: %s: %s\n", wish.file, config_error(config));
        return EX_CONFIG;
    }
    if (strcmp(wish.from, wish.to) == 0) {
        printf("%s: the journal is at %s already\n", wish.file, wish.to);
        return EX_OK;
    }
    return move_and_switch(session, &wish);
}
