#pragma once
// revive - makes a node of what a journal holds, as a process does at its start: the head, every
// record, and that both come to the same.
//
// Ownership: the node is the caller's; it reads the journal through `reader` for as long as it
// lives. Failures: those of the journal and of node_restore, node_replay and node_started; the node
// is then NULL. Threads: one.
#include "services/node/node.h"

// A snapshot's file, in memory.
typedef struct {
    uint8_t *bytes;
    size_t size;
    uint64_t sequence;
} revive_snapshot_t;

void revive_forget(revive_snapshot_t *snapshot);
// Of a node that was revived and has begun no batch; replaces what `ret` held. False: of nothing,
// or of a core without snapshots.
bool revive_save(node_t *node, revive_snapshot_t *ret);

// `config` without segment_events, find and find_arg, which follow from the journal.
fail_t revive_node(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, node_t **ret_node);
// Takes a node that was revived `beside` the journal's writer to where that is now, as one that
// stands by does it. After FAIL_HISTORY it is to be destroyed.
fail_t revive_go_on(node_t *node, journal_t *journal, journal_reader_t *reader, uint64_t term);
// From the first of the snapshots that fits, as services/process/revival.c does it; *ret_why says
// of the last one passed over why it was, NULL if none was.
fail_t revive_from(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, const revive_snapshot_t *snapshots, size_t count,
                   node_t **ret_node, const char **ret_why);
