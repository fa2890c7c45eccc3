#pragma once
// ledger_reader - statements and balances as of a sequence or a time, walked from committed
// postings: no index, only each posting's `previous` and `skip` (the chain of ledger_core.h).
//
// Ownership: nothing is kept between calls. Failures: FAIL_INVALID for a request that breaks a rule
// or a `head` that is no posting of that account; FAIL_CORRUPT when a chain leads elsewhere than to
// an earlier posting of the account; and what `find` says. Threads: any, as far as `find` allows;
// meant for the reading thread. Source: proto/PROTOCOL.md §12, §16.
#include "proto/event.h"
#include "proto/request.h"

// The stored bytes of one committed event, valid until the next call. FAIL_MISSING for none.
typedef fail_t ledger_find_t(void *arg, uint64_t sequence, bytes_t *ret_event);

enum {
    LEDGER_STATEMENT_ROWS_MAX = 500,
    LEDGER_STATEMENT_READS_MAX = 20000, // a page ends here too: a filter may let nothing through
    LEDGER_INSTANTS_MAX = 64,           // of one question
    LEDGER_INSTANTS_BYTES = LEDGER_INSTANTS_MAX * 48,
    LEDGER_STATEMENT_BYTES_MIN = EVENT_BYTES_MAX + 16 // room in which any row fits
};

// One page, newest first. `rows` of the answer lie in `out`, at most `cap` of them, which is at
// least LEDGER_STATEMENT_BYTES_MIN. A page may hold fewer rows than the limit, even none, and still
// have a next one: the end is next == 0.
fail_t ledger_reader_statement(ledger_find_t *find, void *arg, const request_statement_t *request,
                               void *out, size_t cap, answer_statement_t *ret_answer);

// Back from the newest instant to the oldest, in one walk. `rows` of the answer lie in `out`, of
// which LEDGER_INSTANTS_BYTES are enough.
fail_t ledger_reader_as_of_many(ledger_find_t *find, void *arg, const request_as_of_many_t *request,
                                void *out, size_t cap, answer_as_of_many_t *ret_answer);
fail_t ledger_reader_as_of(ledger_find_t *find, void *arg, const request_as_of_t *request,
                           answer_as_of_t *ret_answer);
