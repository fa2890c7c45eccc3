#include "tests/common/revive.h"

static fail_t find(void *reader, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(reader, sequence, out, cap, ret_size);
}

static fail_t replay(const journal_record_t *record, void *node)
{
    return node_replay(node, record);
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
    if (!fail && last)
        fail = journal_read(reader, 1, SIZE_MAX, replay, node);
    if (!fail)
        fail = node_started(node);
    if (fail)
        node_destroy(&node);
    else
        *ret_node = node;
    return fail;
}
