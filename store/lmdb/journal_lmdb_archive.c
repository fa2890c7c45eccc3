// Sealed segments leave for other directories. They never change, so whoever reads one meanwhile
// has it mapped, and finds it in the other place afterwards.
#include "store/lmdb/journal_lmdb_env.h"
#include "store/record.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    const lmdb_t *journal;
    const journal_archive_t *archive;
    char *why;
} task_t;

// Whether both names are of one directory, whichever way they are written.
static bool is_same(const char *one, const char *other)
{
    char *a = realpath(one, NULL), *b = realpath(other, NULL);
    bool same = a && b && strcmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

static fail_t check_target(const task_t *self)
{
    const segment_places_t *places = &self->journal->places;
    if (!self->archive->to)
        return FAIL_NONE;
    for (size_t i = 1; i < places->count; i++)
        if (is_same(places->directories[i], self->archive->to))
            return FAIL_NONE;
    snprintf(self->why, JOURNAL_WHY_MAX,
             "it is no directory that the journal's file `%s` names: where it is not named, nobody "
             "looks for a segment",
             SEGMENT_ARCHIVE);
    return FAIL_CONFIG;
}

// Their root is of the events alone, however they are packed.
static bool is_of_same_events(const segment_t *segment, const segment_t *copy)
{
    return memcmp(segment_root(segment), segment_root(copy), sizeof(hash_t)) == 0;
}

// Read back from the disk, hashed, and the same as ours.
static fail_t check_copy(const task_t *self, const segment_t *segment, size_t *ret_bytes)
{
    segment_t *copy = NULL;
    uint64_t number = segment_number(segment);
    fail_t fail = segment_open(self->archive->to, number, segment_events(segment), &copy);
    if (!fail)
        fail = is_of_same_events(segment, copy) ? segment_check(copy, NULL) : FAIL_CORRUPT;
    if (!fail)
        (void)segment_file(copy, ret_bytes);
    segment_destroy(&copy);
    if (fail)
        snprintf(self->why, JOURNAL_WHY_MAX, "segment %llu: its copy is not what it is here: %s",
                 (unsigned long long)number, fail_text(fail));
    return fail;
}

static fail_t remove_own(const lmdb_t *journal, uint64_t number)
{
    char path[SEGMENT_PATH_MAX];
    fail_t fail = segment_path(lmdb_segments(journal), number, path);
    if (!fail && unlink(path))
        fail = FAIL_STORE;
    return fail ? fail : lmdb_sync_directory(lmdb_segments(journal));
}

static fail_t write_record(segment_writer_t *writer, const journal_record_t *record)
{
    record_walk_t walk;
    fail_t fail = FAIL_NONE;
    if (!record_walk_from(record, record->first, &walk))
        return FAIL_CORRUPT;
    while (!fail && record_walk_next(&walk))
        fail = segment_writer_add(writer, walk.event.data, walk.event.size);
    return fail;
}

static fail_t write_packed(const segment_t *segment, const char *directory)
{
    segment_writer_t *writer = NULL;
    fail_t fail = segment_writer_open(directory, segment_number(segment), segment_events(segment),
                                      true, &writer);
    for (size_t i = 0; !fail && i < segment_records(segment); i++) {
        journal_record_t record;
        fail = segment_record(segment, i, &record);
        if (!fail)
            fail = write_record(writer, &record);
    }
    if (!fail)
        fail = segment_writer_finish(writer);
    segment_writer_destroy(&writer);
    return fail;
}

static fail_t move(const task_t *self, const segment_t *segment, size_t *ret_bytes)
{
    fail_t fail = write_packed(segment, self->archive->to);
    if (fail)
        snprintf(self->why, JOURNAL_WHY_MAX, "segment %llu: it cannot be written there: %s",
                 (unsigned long long)segment_number(segment), fail_text(fail));
    if (!fail)
        fail = check_copy(self, segment, ret_bytes);
    return fail ? fail : remove_own(self->journal, segment_number(segment));
}

static fail_t look(const task_t *self, uint64_t number, bool moves, journal_archived_t *out)
{
    const lmdb_t *journal = self->journal;
    uint64_t events = journal->base.segment_events;
    char lost[JOURNAL_WHY_MAX];
    segment_t *segment = NULL;
    size_t place = 0, bytes = 0;
    journal_segment_t found = {
        .number = number, .first = number * events + 1, .last = (number + 1) * events};
    found.fail = segment_places_find(&journal->places, number, events, lost, &segment, &place);
    fail_t fail = FAIL_NONE;
    if (!found.fail && moves && place == 0)
        fail = move(self, segment, &bytes);
    else if (!found.fail)
        (void)segment_file(segment, &bytes);
    found.bytes = bytes;
    found.moved = !found.fail && moves && place == 0 && !fail;
    found.archived = !found.fail && (place > 0 || found.moved);
    found.place = found.fail    ? lost
                  : found.moved ? self->archive->to
                                : journal->places.directories[place];
    out->segments++;
    out->moved += found.moved;
    out->missing += found.fail != FAIL_NONE;
    if (!fail && self->archive->visit)
        self->archive->visit(self->archive->arg, &found);
    segment_destroy(&segment);
    return fail;
}

fail_t lmdb_archive(journal_t *base, const journal_archive_t *archive,
                    journal_archived_t *ret_archived)
{
    char unsaid[JOURNAL_WHY_MAX];
    task_t task = {(const lmdb_t *)base, archive, archive->why ? archive->why : unsaid};
    journal_archived_t archived = {0};
    uint64_t count = task.journal->sealed / base->segment_events;
    fail_t fail = check_target(&task);
    for (uint64_t number = 0; !fail && number < count; number++)
        fail = look(&task, number, archive->to && number + archive->keep < count, &archived);
    if (!fail)
        *ret_archived = archived;
    return fail;
}
