#include "tests/crash/snapshots.h"
#include "store/snapshot.h"
#include <assert.h>

enum { EPOCH = 1, COUNT = 6, BLOB_MAX = 12 * 1024 };

static size_t make_blob(uint64_t sequence, uint8_t out[BLOB_MAX])
{
    draw_t draw = draw_fork(sequence, 5);
    size_t size = 64 + draw_below(&draw, BLOB_MAX - 64);
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)draw_next(&draw);
    return size;
}

static fail_t write_one(const char *directory, uint64_t sequence)
{
    uint8_t blob[BLOB_MAX];
    size_t size = make_blob(sequence, blob), half = size / 2;
    snapshot_mark_t mark = {.epoch = EPOCH, .sequence = sequence};
    digest_part_t parts[] = {{blob, half}, {blob + half, size - half}};
    return snapshot_write(directory, &mark, parts, 2);
}

void snapshots_write(tape_t *tape, const char *directory, uint64_t seed)
{
    draw_t draw = draw_fork(seed, 4);
    uint64_t failing = 1 + draw_below(&draw, 2 * COUNT); // half of the runs have none
    for (uint64_t sequence = 1; sequence <= COUNT; sequence++) {
        tape_mark(tape, STEP_SUBMITTED, sequence);
        watch_fail_flush(sequence == failing);
        if (write_one(directory, sequence) == FAIL_NONE)
            tape_mark(tape, STEP_ACKNOWLEDGED, sequence);
    }
}

static const char *load(const char *directory, int from, int to, int *ret_sequence)
{
    uint8_t blob[BLOB_MAX];
    snapshot_t *snapshot = NULL;
    *ret_sequence = 0;
    if (snapshot_load(directory, UINT64_MAX, NULL, NULL, &snapshot))
        return from ? "no snapshot is found, and one was acknowledged" : NULL;
    size_t size, wanted = make_blob(snapshot_mark(snapshot)->sequence, blob);
    const void *bytes = snapshot_blob(snapshot, &size);
    bool whole = size == wanted && memcmp(bytes, blob, size) == 0;
    *ret_sequence = (int)snapshot_mark(snapshot)->sequence;
    snapshot_destroy(&snapshot);
    if (!whole)
        return "a snapshot is damaged and was not noticed";
    if (*ret_sequence < from)
        return "an acknowledged snapshot is lost";
    return *ret_sequence > to ? "a snapshot that was not written yet" : NULL;
}

const char *snapshots_check(const char *directory, const bounds_t *bounds, bool goes_on)
{
    int found;
    const char *why = load(directory, bounds->acknowledged, bounds->submitted, &found);
    if (why || !goes_on)
        return why;
    if (write_one(directory, (uint64_t)found + 1))
        return "the next snapshot cannot be written";
    return load(directory, found + 1, found + 1, &found);
}
