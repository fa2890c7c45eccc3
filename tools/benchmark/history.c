#include "tools/benchmark/history.h"
#include "services/node/head.h"
#include "services/node/node.h"
#include "services/ledger/ledger_core.h"
#include "store/journal.h"
#include "store/record.h"

static fail_t apply(const journal_record_t *record, void *arg)
{
    return node_replay(arg, record);
}

static fail_t hash(const journal_record_t *record, void *arg)
{
    record_hash(record, arg);
    return FAIL_NONE;
}

static fail_t find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(arg, sequence, out, cap, ret_size);
}

// The journal into a node as a start does it; `tree` if every event shall be hashed as well.
static double replay(journal_t *journal, journal_reader_t *reader, const void *head, size_t size,
                     tree_t *tree)
{
    uint64_t last = journal_last(journal);
    node_config_t config = {.core = &ledger_core,
                            .version = "bench",
                            .epoch = 1,
                            .segment_events = journal_segment_events(journal),
                            .find = find,
                            .find_arg = reader};
    node_t *node = node_new(&config);
    // It appends nothing, so any term above its last writer's will do.
    if (node_restore(node, head, size, last, UINT64_MAX))
        bench_die("the journal's head does not belong to it");
    int64_t began = bench_now_ns();
    fail_t fail = journal_read(reader, 1, SIZE_MAX, apply, node);
    if (!fail && tree)
        fail = journal_read(reader, 1, SIZE_MAX, hash, tree);
    double seconds = (double)(bench_now_ns() - began) / 1e9;
    if (fail || node_started(node))
        bench_die("the journal does not replay: %s", fail_text(fail));
    node_destroy(&node);
    return (double)last / seconds;
}

void history_measure(const bench_rig_t *rig, history_t *ret_history)
{
    char directory[128];
    bench_rig_place(rig, directory, sizeof directory);
    journal_t *journal;
    journal_reader_t *reader;
    static uint8_t head[JOURNAL_HEAD_MAX];
    static head_t decoded;
    size_t size;
    uint64_t last;
    journal_room_t room;
    if (journal_open(directory, &(journal_options_t){0}, &journal) ||
        journal_head(journal, head, sizeof head, &size, &last) ||
        journal_reader_open(journal, &reader) || journal_room(journal, &room) ||
        head_decode(head, size, &decoded))
        bench_die("%s: the journal cannot be read", directory);
    static tree_t tree;
    memset(&tree, 0, sizeof tree);
    *ret_history = (history_t){.events = last, .bytes = room.used_bytes};
    ret_history->replay_per_second = replay(journal, reader, head, size, NULL);
    ret_history->verify_per_second = replay(journal, reader, head, size, &tree);
    hash_t want, have;
    tree_root(&decoded.tree, &want);
    tree_root(&tree, &have);
    if (memcmp(&want, &have, sizeof want) != 0)
        bench_die("the journal's hashes do not come to its root");
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}
