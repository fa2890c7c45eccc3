#pragma once
// promo_decide - the rules of promo codes: what is accepted, what a payment brings, what ends
// (docs/rules.md "Promo campaigns", "Promo codes", "Guessed promo codes").
//
// Each function looks at the state and the instant and says with which event it goes on; nothing is
// changed before promo_state_apply. One event is decided and applied before the next is decided:
// then every limit holds, in whatever order applications, invoices and payments come.
//
//   promo_decide_due   until it says none, before anything else of that instant: what has ended is
//                      released. Whoever leaves it out breaks no limit; the uses come back later.
//   promo_decide_welcome an account was opened: its welcome balance
//   promo_decide_apply a customer enters a code: a gift is given, anything else reserved
//   promo_decide_bind  the account makes a top-up: the reservation is its invoice's from now on
//   promo_decide_paid  that invoice is paid: the bonus
//   promo_decide_closed that invoice was declined: the use goes back
//
// Ownership  Borrows. Failures: false, and *ret_event of kind PROMO_NOTHING, where nothing follows.
// Threads    One.
#include "services/payment/promo_state.h"

#define PROMO_RESERVED_US DAY_US

// ANSWER(enumerator, name): what a customer is told.
#define PROMO_ANSWERS(ANSWER)                                                                      \
    ANSWER(PROMO_ACCEPTED, "PROMO_ACCEPTED")                                                       \
    ANSWER(PROMO_NOT_ACCEPTED, "PROMO_NOT_ACCEPTED")                                               \
    ANSWER(PROMO_TRY_LATER, "PROMO_TRY_LATER")

typedef enum {
#define ANSWER(enumerator, name) enumerator,
    PROMO_ANSWERS(ANSWER)
#undef ANSWER
} promo_answer_t;

typedef struct {
    uid_t16 account;
    span_t typed;
    instant_t now;
    instant_t opened; // the account; now if it is not yet, INT64_MIN if nobody knows
    bool topped_up;   // a top-up of the account has succeeded
} promo_wish_t;

typedef struct {
    uid_t16 account;
    uint64_t invoice;
    kopecks_t amount; // 1 to POSTING_AMOUNT_MAX
    instant_t expires;
    bool autopay; // which uses no codes
} promo_invoice_t;

// --- operators ---

// Terms of a new campaign; *ret_wrong says what is wrong with them.
bool promo_decide_begin(const promo_state_t *self, const promo_terms_t *terms, instant_t now,
                        promo_event_t *ret_event, const char **ret_wrong);
// A code of a campaign: a single-use code, or a word. Refused if it is no code, or is there already
// under whichever key.
bool promo_decide_add(const promo_state_t *self, const promo_keys_t *keys, uint32_t campaign,
                      span_t code, instant_t now, promo_event_t *ret_event, const char **ret_wrong);
// No code of it is accepted any more; what is reserved is honoured.
bool promo_decide_stop(const promo_state_t *self, uint32_t campaign, instant_t now,
                       promo_event_t *ret_event);

// --- new accounts ---

// Of one that was opened then, and that nobody knew before: the first campaign of welcome balances
// that was open then, was not stopped and holds one more gives it. True with PROMO_WELCOMED.
bool promo_decide_welcome(const promo_state_t *self, const uid_t16 *account, instant_t opened,
                          instant_t now, promo_event_t *ret_event);

// --- customers ---

// Every refusal is PROMO_NOT_ACCEPTED, whatever its reason; the event has it. PROMO_TRY_LATER looks
// at no code and leaves no event. The account's own reserved code once more is accepted, and leaves
// none.
promo_answer_t promo_decide_apply(const promo_state_t *self, const promo_keys_t *keys,
                                  const promo_wish_t *wish, promo_event_t *ret_event);

// --- payments ---

// The account's reservation is bound to this invoice: true with PROMO_BOUND. Not to one that is
// smaller than the campaign wants, or would bring less than a kopeck.
bool promo_decide_bind(const promo_state_t *self, const promo_invoice_t *invoice, instant_t now,
                       promo_event_t *ret_event);
// The invoice is paid; `first` if no top-up of the account succeeded before. True with
// PROMO_REDEEMED, or with PROMO_RELEASED where the money comes without a bonus after all. Only the
// first time: after that nothing is reserved for it.
bool promo_decide_paid(const promo_state_t *self, const promo_invoice_t *invoice, bool first,
                       instant_t now, promo_event_t *ret_event);
// It was declined. True with PROMO_RELEASED. Not asked for one that has expired: what is reserved
// for it lives to its own end if that is later, and promo_decide_due knows both.
bool promo_decide_closed(const promo_state_t *self, const uid_t16 *account, uint64_t invoice,
                         instant_t now, promo_event_t *ret_event);
// The next reservation that has ended by now, or, where none has, the next campaign that is over
// for so long that it is forgotten. True with PROMO_RELEASED or PROMO_FORGOTTEN.
bool promo_decide_due(const promo_state_t *self, instant_t now, promo_event_t *ret_event);

const char *promo_answer_name(promo_answer_t answer);
