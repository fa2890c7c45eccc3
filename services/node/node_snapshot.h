#pragma once
// node_snapshot - a node's fold as bytes: what its events made of it and of its core, at one
// sequence. A start loads it and replays from there.
//
// Saved is only a node that has replayed and begun no batch: it holds what is committed and nothing
// else, and no clock that it read. Who wants a snapshot of a running process makes a second node,
// which does what a start does, and saves that (services/process/snapshots.h).
//
// Loaded is a snapshot that is of this journal and this program, or none of it: the stream, the
// epoch, the leaf hash of the journal's own event at its sequence, the shape of the states and the
// program must all be the same. (That its bytes are whole snapshot_check has said.)
//
// Failures: said by each. Ownership: a walk borrows from the node. Threads: that of the node.
#include "services/base/walk.h"
#include "services/node/node.h"
#include "store/snapshot.h"

// False for a core whose states are not walked yet: every start replays.
bool node_has_snapshots(const node_t *self);
// The digest of all fields of this node's fold. Ends the process by assert where one was forgotten.
void node_shape(node_t *self, hash_t *ret_shape);

// After node_started, before the first batch: the parts of the blob, for walk_release, and what
// they are of. FAIL_MISSING of a journal without events.
fail_t node_save(node_t *self, walk_t *ret_walk, snapshot_mark_t *ret_mark);
// After node_restore, before node_replay. NULL if it was loaded, else why it was passed over; *ret_
// broken: the node can only be destroyed then.
const char *node_load(node_t *self, const snapshot_mark_t *mark, const void *blob, size_t size,
                      bool *ret_broken);
// The sequence from which the journal is to be read for node_replay: 1, or after a load the first
// event behind the tail that is hashed again.
uint64_t node_replays_from(const node_t *self);
// A node that was made beside the journal's writer (`beside`), and has begun no batch, goes on to a
// newer head of the same journal: the events behind what it has are replayed, then node_started
// again. FAIL_HISTORY if the journal ends before that, or holds another event there. After
// FAIL_STORE, here or of the read, it may be tried again.
fail_t node_go_on(node_t *self, const void *head, size_t size, uint64_t last, uint64_t term);
uint64_t node_loaded(const node_t *self); // the snapshot's sequence; 0 if none was loaded
