#pragma once
// registry_books - what payment's and the ledger's journals hold of payments by card and of what
// went back, set against Robokassa's registry: each difference has a name, and its line, number and
// sums. And of what is paid out: which days' registries a bank transfer brought.
//
// Shares no code with the cores: it goes by events alone. Pure: no clock, no file.
//
// Order: payment's events, the ledger's events, then comparisons. The ledger may be left out; then
// what it alone knows is not compared.
// Units      Kopecks; days of Moscow. Memory: 136 bytes a payment, 56 a refund.
// Ownership  Everything is the value's own. Failures: none; a sum that leaves int64 is saturated.
// Threads    One. Source: docs/rules.md "Reconciliation with the registry".
#include "proto/codes.h"
#include "proto/event.h"
#include "services/base/table.h"
#include "tools/kopeck/registry_csv.h"

// DIFFERENCE(enumerator, name, what it is, what to do)
#define REGISTRY_DIFFERENCES(DIFFERENCE)                                                           \
    DIFFERENCE(REGISTRY_MISSING_HERE, "missing_here", "the registry has it, payment does not",     \
               "another shop's file, or a lost journal's payment: find whose it is, then "         \
               "`kopeck post-one`")                                                                \
    DIFFERENCE(REGISTRY_MISSING_THERE, "missing_there", "paid here, and not in the registry",      \
               "look for the number in the cabinet; where it is not there, ask Robokassa")         \
    DIFFERENCE(REGISTRY_SUM_DIFFERS, "sum_differs", "another sum than payment has",                \
               "look at both in the cabinet; correct by `kopeck post-one`")                        \
    DIFFERENCE(REGISTRY_STATE_DIFFERS, "state_differs", "paid on one side alone",                  \
               "paid there: `--resolve`, or `kopeck payment INVOICE resolve`; paid here alone: "   \
               "ask Robokassa")                                                                    \
    DIFFERENCE(REGISTRY_TWICE, "twice", "the registry has this payment once more",                 \
               "a second payment: `kopeck refunds` says whether it goes back; else the cabinet")   \
    DIFFERENCE(REGISTRY_FEE_DIFFERS, "commission_differs", "another commission than agreed",       \
               "ask Robokassa; the fee of `kopeck bank settle` is what it truly kept")             \
    DIFFERENCE(REGISTRY_REFUND_THERE, "refund_only_there", "went back there, and not here",        \
               "`kopeck refund resolve done`, or post it by hand")                                 \
    DIFFERENCE(REGISTRY_REFUND_HERE, "refund_only_here", "went back here, and not there",          \
               "look in the cabinet whether it went back")                                         \
    DIFFERENCE(REGISTRY_REFUND_SUM, "refund_sum_differs", "another sum went back there",           \
               "look in the cabinet; correct by `kopeck post-one`")                                \
    DIFFERENCE(REGISTRY_NOT_CREDITED, "not_credited", "the ledger did not post what came",         \
               "`kopeck status`: is the ledger behind payment? then `kopeck verify`")              \
    DIFFERENCE(REGISTRY_CREDITED_OTHER, "credited_otherwise", "the ledger posted another sum",     \
               "`kopeck verify`, and `kopeck statement ACCOUNT`")                                  \
    DIFFERENCE(REGISTRY_REFUND_UNPOSTED, "refund_not_posted", "the ledger did not post it back",   \
               "`kopeck status`: is the ledger behind payment? then `kopeck verify`")              \
    DIFFERENCE(REGISTRY_PAYOUT_DIFFERS, "payout_differs", "a transfer brought another sum",        \
               "ask Robokassa for that day's registry and what was kept")                          \
    DIFFERENCE(REGISTRY_PAYOUT_TWICE, "payout_twice", "a transfer is a day's once more",           \
               "ask Robokassa whose it is")                                                        \
    DIFFERENCE(REGISTRY_PAYOUT_FEE, "payout_fee_differs", "settled with another fee",              \
               "correct between fees and clearing by `kopeck post-one`")                           \
    DIFFERENCE(REGISTRY_NOT_PAID_OUT, "not_paid_out", "no transfer brought this day",              \
               "import the bank's statement, `kopeck bank settle`; else ask Robokassa")            \
    DIFFERENCE(REGISTRY_CLEARING_LEFT, "clearing_left", "clearing is not nought",                  \
               "the rows above say where from; else `kopeck verify`")

typedef enum {
#define DIFFERENCE(enumerator, name, meaning, remedy) enumerator,
    REGISTRY_DIFFERENCES(DIFFERENCE)
#undef DIFFERENCE
        REGISTRY_DIFFERENCES_COUNT
} registry_difference_t;

typedef struct {
    registry_difference_t what;
    bool resolvable;       // paid there, open here, and in the sum that was asked for
    uint64_t line;         // of the registry, 0 if it is not there
    uint64_t number;       // the payment's; of a payout the ledger's sequence; 0 if there is none
    day_t day;             // of a payout; DAY_NONE
    kopecks_t there, here; // of that side; 0 if it has none
} registry_finding_t;

typedef struct {
    day_t from, to;      // the days that are compared, both with
    int64_t fee_ppm;     // what is agreed, in millionths of a payment; below 0: not compared
    bool ledger, payout; // the ledger was read; everything of these days is to be paid out
} registry_terms_t;

// Clearing, as the ledger's journal has it.
typedef struct {
    kopecks_t captured, returned, paid_out, fees, other; // other: by hand; what left less what came
    kopecks_t left;                                      // in clearing, after all of it
    kopecks_t after; // of it, what came and went back after the days that are compared
} registry_clearing_t;

typedef struct {
    uint64_t rows, earlier;          // earlier: made before these days, and not in the file
    kopecks_t paid_there, paid_here; // on these days
    kopecks_t returned_there, returned_here;
    kopecks_t fees_there;
    registry_clearing_t clearing;
    registry_finding_t *findings;
    size_t count, room;
} registry_report_t;

typedef struct {
    uint64_t sequence;
    uid_t16 reference;
    kopecks_t amount, fee;
    instant_t at;
} registry_payout_t;

typedef struct {
    table_t payments, refunds;
    table_t days; // of the ledger: what came into clearing less what went back, by day
    registry_payout_t *payouts;
    size_t payouts_count, payouts_room;
    registry_clearing_t clearing;
} registry_books_t;

void registry_books_init(registry_books_t *self);
void registry_books_release(registry_books_t *self);
void registry_books_payment(registry_books_t *self, const event_t *event);
void registry_books_ledger(registry_books_t *self, uint64_t sequence, const event_t *event);
// The rows of other days than the terms' are left out.
void registry_books_compare(registry_books_t *self, const registry_csv_t *file,
                            const registry_terms_t *terms, registry_report_t *ret_report);
void registry_report_release(registry_report_t *self);
void registry_report_add(registry_report_t *self, const registry_finding_t *finding);

const char *registry_difference_name(registry_difference_t what);
const char *registry_difference_meaning(registry_difference_t what);
const char *registry_difference_remedy(registry_difference_t what);
instant_t registry_day_start(day_t day);          // its first instant in Moscow
kopecks_t registry_add(kopecks_t a, kopecks_t b); // saturates
