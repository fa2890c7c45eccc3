#include "tests/common/revive.h"
#include "services/node/node_snapshot.h"
#include <assert.h>
#include <stdlib.h>

static fail_t find(void *reader, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(reader, sequence, out, cap, ret_size);
}

typedef struct {
    node_t *node;
    uint64_t next;
} replay_t;

static fail_t replay(const journal_record_t *record, void *arg)
{
    replay_t *self = arg;
    self->next = record->first + record->count;
    return node_replay(self->node, record);
}

// In pieces, as a process reads its journal: each begins with the record that holds the next event.
static fail_t replay_all(node_t *node, journal_reader_t *reader, size_t piece, uint64_t last)
{
    replay_t self = {node, node_replays_from(node)};
    fail_t fail = FAIL_NONE;
    while (!fail && self.next <= last)
        fail = journal_read(reader, self.next, piece, replay, &self);
    return fail ? fail : node_started(node);
}

typedef struct {
    node_config_t config;
    uint8_t head[JOURNAL_HEAD_MAX];
    size_t head_size;
    uint64_t last, term;
} start_t;

static fail_t make(const start_t *start, node_t **ret_node)
{
    *ret_node = node_new(&start->config);
    return node_restore(*ret_node, start->head, start->head_size, start->last, start->term);
}

static const char *load(node_t *node, const revive_snapshot_t *snapshot, bool *ret_broken)
{
    snapshot_mark_t mark;
    *ret_broken = false;
    const char *why = snapshot_check(snapshot->bytes, snapshot->size, &mark);
    return why ? why
               : node_load(node, &mark, snapshot->bytes + SNAPSHOT_HEAD_BYTES,
                           snapshot->size - SNAPSHOT_HEAD_BYTES, ret_broken);
}

// A node that a snapshot has broken is made anew.
static fail_t load_first(const start_t *start, const revive_snapshot_t *snapshots, size_t count,
                         node_t **node_p, const char **ret_why)
{
    fail_t fail = FAIL_NONE;
    for (size_t i = 0; i < count && !fail; i++) {
        bool broken;
        const char *why = load(*node_p, &snapshots[i], &broken);
        if (!why)
            break;
        *ret_why = why;
        if (broken) {
            node_destroy(node_p);
            fail = make(start, node_p);
        }
    }
    return fail;
}

fail_t revive_from(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, const revive_snapshot_t *snapshots, size_t count,
                   node_t **ret_node, const char **ret_why)
{
    static start_t start;
    start.config = *config;
    start.config.segment_events = journal_segment_events(journal);
    start.config.find = find;
    start.config.find_arg = reader;
    start.term = term;
    *ret_why = NULL;
    fail_t fail =
        journal_head(journal, start.head, sizeof start.head, &start.head_size, &start.last);
    if (fail)
        return fail;
    node_t *node = NULL;
    fail = make(&start, &node);
    if (!fail)
        fail = load_first(&start, snapshots, count, &node, ret_why);
    if (!fail)
        fail = replay_all(node, reader, journal_piece_bytes(journal), start.last);
    if (fail)
        node_destroy(&node);
    else
        *ret_node = node;
    return fail;
}

fail_t revive_node(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, node_t **ret_node)
{
    const char *why;
    return revive_from(config, journal, reader, term, NULL, 0, ret_node, &why);
}

fail_t revive_go_on(node_t *node, journal_t *journal, journal_reader_t *reader, uint64_t term)
{
    static uint8_t head[JOURNAL_HEAD_MAX];
    size_t size;
    uint64_t last;
    fail_t fail = journal_head(journal, head, sizeof head, &size, &last);
    if (!fail)
        fail = node_go_on(node, head, size, last, term);
    return fail ? fail : replay_all(node, reader, journal_piece_bytes(journal), last);
}

void revive_forget(revive_snapshot_t *snapshot)
{
    free(snapshot->bytes);
    *snapshot = (revive_snapshot_t){0};
}

bool revive_save(node_t *node, revive_snapshot_t *ret)
{
    walk_t walk;
    snapshot_mark_t mark;
    if (!node_has_snapshots(node) || node_save(node, &walk, &mark))
        return false;
    revive_forget(ret);
    size_t size = SNAPSHOT_HEAD_BYTES;
    for (size_t i = 0; i < walk.parts_count; i++)
        size += walk.parts[i].size;
    *ret = (revive_snapshot_t){malloc(size), size, mark.sequence};
    assert(ret->bytes);
    snapshot_head(&mark, walk.parts, walk.parts_count, ret->bytes);
    uint8_t *at = ret->bytes + SNAPSHOT_HEAD_BYTES;
    for (size_t i = 0; i < walk.parts_count; at += walk.parts[i++].size)
        memcpy(at, walk.parts[i].data, walk.parts[i].size);
    walk_release(&walk);
    return true;
}
