#pragma once
// ledger_core - the money truth: every posting between a customer's account and a system account,
// each customer's chain of postings, and the judgements low, exhausted and restored.
//
// It follows metering (usage.charged, meter.closed: the customer is debited; usage.credited: he
// gets back what the line took, once that was recalled) and payment (payment.succeeded: he is
// credited), takes bulk postings as a feed of posting.requested, and the commands post and
// ledger.policy. Money that has come or was used is never refused: what cannot be placed on the
// named account goes to suspense, with that account's id as the reference. (Only what would take a
// system account out of int64 is: FAIL_OVERFLOW.)
//
// Units: kopecks. Signs: credits minus debits, for system accounts too, so that the sum over all
// accounts is zero after every event.
// Accounts: a customer's account is opened, with the next dense number from 64, in the decision
// that posts to it first. System accounts are always there and have no chain.
// Bounds: no posting that can be refused takes a balance (cash, bonus, a system account, the sum
// over all customers) beyond +-LEDGER_BALANCE_MAX, so that sums of two never overflow.
// Memory: 144 bytes an account, its share of the index and of a bitmap, and 32 bytes for each of
// its lots and debts (ledger_purse). Threads: one. Source: docs/rules.md "The ledger";
// proto/PROTOCOL.md §16.
//
// The chain. The postings of an account are numbered by `ordinal` from 1. Posting n carries
//     previous   the sequence of posting n - 1, and
//     skip       when 16 divides n: with 16^k the highest power of 16, up to 16^4, that divides n,
//                the sequence of posting n - 16^k; otherwise the sequence of the latest posting
//                whose ordinal is a multiple of 16;
// 0 where there is no such posting. Sequence and time never fall along the chain, so the newest
// posting at or before an instant is found by following skip where the skipped-to posting is still
// too new and previous where it is not: at most 16 steps up and 16 down each of the levels 16^k,
// and from 16^5 postings on one step more for each 65 536.
#include "proto/core.h"
#include "proto/posting.h"

#define LEDGER_BALANCE_MAX INT64_C(4000000000000000000)
#define LEDGER_RUN_AHEAD_US (5 * MINUTE_US) // an id of a run may be so far ahead of the clock

enum {
    LEDGER_ACCOUNTS_MAX = 20 * 1000 * 1000,
    LEDGER_LOW_THRESHOLD = 10000, // kopecks; the policy that a new journal begins with
    LEDGER_SKIP_RADIX = 16,
    LEDGER_SKIP_LEVELS = 4,
    LEDGER_ACCOUNTS_PAGE = 200,     // rows of an answer to `accounts`; 50 bytes each at most
    LEDGER_ACCOUNTS_LOOKED = 20000, // at most so many are looked at for it
    LEDGER_LOTS_PAGE = 500,         // rows of an answer to `lots`; 85 bytes each at most
    LEDGER_PAGE_ROWS = 700          // rows of a table page; 79 bytes each at most: below 56 KiB
};

// NULL settings are the defaults.
typedef struct {
    uint32_t accounts_max; // FAIL_LIMIT beyond it; facts then go to suspense
} ledger_settings_t;

extern const core_t ledger_core;
