#pragma once
// verify_stream - checks what holds of every journal: no gap, every event decodes, time never runs
// back, behind an orderly end stands only the next start, and the Merkle tree over all of it has
// the root that its writer states.
//
// Ownership: plain data. Failures: in the report. Threads: one. Source: proto/PROTOCOL.md §9, §10.
#include "store/tree.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    stream_t stream;
    tree_t tree;
    uint64_t last; // sequence of the last event fed
    instant_t at;  // its time
    hash_t leaf;   // its leaf
    bool ended;    // it is a node.ended
} verify_stream_t;

void verify_stream_init(verify_stream_t *self, verify_report_t *report, stream_t stream);
// Whose journal an event shows this to be: STREAM_NONE if it may be anybody's.
stream_t verify_stream_owner(const event_t *event);
// Checks the next event's bytes and decodes them; false if they are no event known here, or not the
// next one.
bool verify_stream_feed(verify_stream_t *self, uint64_t sequence, bytes_t bytes,
                        event_t *ret_event);
// After the last event: `last` and `root` are what the writer states.
void verify_stream_finish(verify_stream_t *self, uint64_t last, const hash_t *root);
