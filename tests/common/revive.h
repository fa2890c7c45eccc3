#pragma once
// revive - makes a node of what a journal holds, as a process does at its start: the head, every
// record, and that both come to the same.
//
// Ownership: the node is the caller's; it reads the journal through `reader` for as long as it
// lives. Failures: those of the journal and of node_restore, node_replay and node_started; the node
// is then NULL. Threads: one.
#include "services/node/node.h"

// `config` without segment_events, find and find_arg, which follow from the journal.
fail_t revive_node(const node_config_t *config, journal_t *journal, journal_reader_t *reader,
                   uint64_t term, node_t **ret_node);
