// Copies are LMDB's: a directory of files that anybody checks and reads without the server.
#include "store/journal_transfer.h"
#include "store/lmdb/journal_lmdb.h"
#include "store/postgresql/postgresql_journal.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

// LMDB's own and its writer's: a copy has nobody's.
static void remove_locks(const char *directory)
{
    static const char *const names[] = {"lock.mdb", "writer.lock"};
    char path[JOURNAL_PLACE_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (snprintf(path, sizeof path, "%s/%s", directory, names[i]) < (int)sizeof path)
            (void)unlink(path);
}

static fail_t seal_all(journal_t *copy)
{
    journal_room_t room;
    fail_t fail = FAIL_NONE;
    uint64_t whole = journal_last(copy) / journal_segment_events(copy);
    do {
        bool sealed;
        fail = journal_seal(copy, true, &sealed);
        if (!fail)
            fail = journal_room(copy, &room);
        if (!fail && !sealed)
            (void)nanosleep(&(struct timespec){.tv_nsec = 1000000},
                            NULL); // a thread of the engine's writes the segment
    } while (!fail && (room.sealed_events < whole * journal_segment_events(copy) || room.leftover));
    return fail;
}

fail_t postgresql_copy(journal_t *base, const journal_moment_t *moment, const journal_copy_t *copy,
                       journal_copied_t *ret_copied)
{
    journal_t *to = NULL;
    const journal_options_t options = {
        .create = true, .segment_events = base->segment_events, .term_min = moment->term};
    *ret_copied = (journal_copied_t){0};
    fail_t fail = journal_lmdb_open(copy->directory, &options, &to);
    if (!fail && journal_last(to) && !copy->replace)
        fail = FAIL_CONFLICT;
    if (!fail)
        fail = journal_transfer(base, moment, to, copy);
    if (!fail)
        fail = seal_all(to);
    if (!fail)
        ret_copied->segments = journal_last(to) / journal_segment_events(to);
    journal_destroy(&to);
    if (!fail)
        remove_locks(copy->directory);
    return fail;
}
