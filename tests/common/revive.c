#include "tests/common/revive.h"

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
    replay_t self = {node, 1};
    fail_t fail = FAIL_NONE;
    while (!fail && self.next <= last)
        fail = journal_read(reader, self.next, piece, replay, &self);
    return fail;
}

fail_t revive_node(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, node_t **ret_node)
{
    static uint8_t head[JOURNAL_HEAD_MAX];
    size_t size;
    uint64_t last;
    node_config_t full = *config;
    full.segment_events = journal_segment_events(journal);
    full.find = find;
    full.find_arg = reader;
    fail_t fail = journal_head(journal, head, sizeof head, &size, &last);
    if (fail)
        return fail;
    node_t *node = node_new(&full);
    fail = node_restore(node, head, size, last, term);
    if (!fail)
        fail = replay_all(node, reader, journal_piece_bytes(journal), last);
    if (!fail)
        fail = node_started(node);
    if (fail)
        node_destroy(&node);
    else
        *ret_node = node;
    return fail;
}
