#include "services/process/revival.h"
#include "services/node/node_snapshot.h"
#include "services/process/clocks.h"
#include "services/process/log.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// --- a node and its head ---

static fail_t refuse(char *error, size_t size, const char *what, fail_t fail)
{
    snprintf(error, size, "%s: %s", what, fail_text(fail));
    return fail;
}

static fail_t restore(const revival_t *self, node_t *node, uint64_t *ret_last)
{
    size_t size;
    const journal_moment_t *moment = self->moment;
    if (moment) {
        *ret_last = moment->last;
        return node_restore(node, moment->head, moment->head_size, moment->last, self->term);
    }
    uint8_t *head = malloc(JOURNAL_HEAD_MAX);
    assert(head);
    fail_t fail = journal_reader_head(self->reader, head, JOURNAL_HEAD_MAX, &size, ret_last);
    if (!fail)
        fail = node_restore(node, head, size, *ret_last, self->term);
    free(head);
    return fail;
}

static fail_t make(const revival_t *self, node_t **ret_node, uint64_t *ret_last)
{
    *ret_node = node_new(self->config);
    if (self->before)
        node_resume(*ret_node, self->before);
    return restore(self, *ret_node, ret_last);
}

// --- a snapshot ---

static void passed(void *arg, uint64_t sequence, const char *why)
{
    (void)arg;
    log_warn("a snapshot is passed over", "sequence", log_number(sequence), "why", why);
}

// The newest that fits. A node that one has broken is made anew.
static fail_t load(const revival_t *self, node_t **node_p, uint64_t *ret_last)
{
    snapshot_t *snapshot;
    fail_t fail = FAIL_NONE;
    bool loaded = false;
    uint64_t most = UINT64_MAX;
    while (!fail && !loaded && most &&
           !snapshot_load(self->snapshots, most, passed, NULL, &snapshot)) {
        bool broken;
        size_t size;
        const void *blob = snapshot_blob(snapshot, &size);
        const snapshot_mark_t *mark = snapshot_mark(snapshot);
        const char *why = node_load(*node_p, mark, blob, size, &broken);
        loaded = !why;
        if (why)
            passed(NULL, mark->sequence, why);
        most = mark->sequence - 1;
        snapshot_destroy(&snapshot);
        if (!broken)
            continue;
        node_destroy(node_p);
        fail = make(self, node_p, ret_last);
    }
    return fail;
}

// --- the events behind it ---

typedef struct {
    node_t *node;
    uint64_t next, last;
} replay_t;

// A journal that is written to meanwhile goes on behind what the head said.
static fail_t take(const journal_record_t *record, void *arg)
{
    replay_t *replay = arg;
    if (record->first > replay->last)
        return FAIL_LATER;
    fail_t fail = node_replay(replay->node, record);
    replay->next = record->first + record->count;
    return fail;
}

static int64_t read_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Beside a running process: half of the time is left to it.
static void rest(int64_t since_ms)
{
    int64_t worked = read_ms() - since_ms;
    struct timespec pause = {.tv_sec = worked / 1000, .tv_nsec = worked % 1000 * 1000000 + 500000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

static fail_t replay(const revival_t *self, node_t *node, uint64_t last)
{
    replay_t replay = {.node = node, .next = node_replays_from(node), .last = last};
    int64_t said = read_ms();
    while (replay.next <= last) {
        int64_t now = read_ms();
        if (self->stop && atomic_load(self->stop))
            return FAIL_LATER;
        fail_t fail = journal_read(self->reader, replay.next, self->piece, take, &replay);
        if (fail && fail != FAIL_LATER)
            return fail;
        if (self->stop)
            rest(now);
        else if (now - said >= REVIVAL_PROGRESS_MS) {
            log_info("replaying", "sequence", log_number(replay.next - 1), "last",
                     log_number(last));
            said = now;
        }
    }
    return node_started(node);
}

static fail_t revive(const revival_t *self, const char *snapshots, node_t **ret_node, char *error,
                     size_t error_size)
{
    uint64_t last = 0;
    fail_t fail = make(self, ret_node, &last);
    if (!fail && snapshots)
        fail = load(self, ret_node, &last);
    if (fail)
        return refuse(error, error_size, "the journal's head", fail);
    fail = replay(self, *ret_node, last);
    if (!fail || fail == FAIL_LATER)
        return fail;
    const char *why = node_wrong(*ret_node);
    if (!why)
        why = journal_reader_why(self->reader);
    snprintf(error, error_size, "the journal's events: %s%s%s", fail_text(fail), *why ? ": " : "",
             why);
    return fail;
}

fail_t revival_go_on(const revival_t *self, node_t *node, char *error, size_t error_size)
{
    const journal_moment_t *moment = self->moment;
    fail_t fail = node_go_on(node, moment->head, moment->head_size, moment->last, self->term);
    if (!fail)
        fail = replay(self, node, moment->last);
    return fail ? refuse(error, error_size, "the journal behind what was followed", fail) : fail;
}

fail_t revival_run(const revival_t *self, node_t **ret_node, char *error, size_t error_size)
{
    int64_t started = read_ms();
    fail_t fail = revive(self, self->snapshots, ret_node, error, error_size);
    uint64_t loaded = node_loaded(*ret_node);
    if (fail && fail != FAIL_LATER && loaded && !self->strict) {
        log_warn("the journal does not go on from a snapshot: all of it is replayed", "sequence",
                 log_number(loaded), "why", error);
        node_destroy(ret_node);
        fail = revive(self, NULL, ret_node, error, error_size);
        loaded = 0;
    }
    if (!fail && !self->stop)
        log_info("journal replayed", "events", log_number(node_last(*ret_node)), "from_snapshot",
                 log_number(loaded), "ms", log_signed(read_ms() - started));
    return fail;
}
