#pragma once
// verify_told - checks what notify's journal says that customers are told: each notice tells an
// event of its own account, and what it heard of others those said there, once.
//
// Notify is read first; what it heard is held against the others as they come by. Where one of them
// is not read, nothing is held against it.
//
// Memory: 96 bytes a notice that was heard, until it was found. Failures: in the report. Threads:
// one. Source: docs/rules.md "Notices to contacts".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t claims; // what was heard, by stream and sequence
    table_t prices; // those that are not told to everybody yet, by sequence
    // The last event that only the next one tells.
    uint64_t last;
    uid_t16 account;
    uint64_t kind;
} verify_told_t;

void verify_told_init(verify_told_t *self, verify_report_t *report);
void verify_told_release(verify_told_t *self);
void verify_told_feed(verify_told_t *self, uint64_t sequence, const event_t *event); // notify's
// An event of a stream that notify follows.
void verify_told_said(verify_told_t *self, stream_t stream, uint64_t sequence,
                      const event_t *event);
void verify_told_finish(verify_told_t *self, stream_t stream); // that one was read to its end
