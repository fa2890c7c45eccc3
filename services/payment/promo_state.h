#pragma once
// promo_state - what promo codes have come to: campaigns, their codes, what is reserved and what
// was used. It is the fold of the events below; promo_state_apply alone changes it, and knows no
// rule.
//
// A use is taken by a reservation or a gift. It counts for its code, its campaign and its account
// until the reservation is released; so a limit is never passed, whatever comes in between. What a
// use may come to is committed against the campaign's budget, and what it came to stays so.
//
// Example: of a campaign with `in_all` 3, three accounts hold a reservation; a fourth is refused
// until one of the three is released.
//
// Memory     70 bytes a code, 80 a reservation, 8 a use and 30 its account; the PROMO_…_MAX below
//            are checked by promo_decide. Of a campaign that is over for PROMO_FORGET_US its
//            single-use codes and all uses leave memory; its words stay, or they could be given
//            again to those who had them.
// Ownership  The state owns all it points to. An event is plain data and holds no code.
// Failures   None; an event that does not fit the state is an error of ours and ends the process.
// Threads    One. Source: docs/rules.md "Promo campaigns".
#include "services/base/pool.h"
#include "services/payment/promo_code.h"
#include "services/payment/promo_guesses.h"
#include "services/payment/promo_terms.h"

enum {
    PROMO_CAMPAIGNS_MAX = 10000,
    PROMO_CODES_MAX = 4000000,
    PROMO_RESERVED_MAX = 1000000,
    PROMO_USES_MAX = 16000000,
    PROMO_ACCOUNT_USES_MAX = 1024,
};

#define PROMO_FORGET_US (30 * DAY_US)

typedef enum {
    PROMO_NOTHING,
    PROMO_BEGAN,     // campaign, terms
    PROMO_STOPPED,   // campaign
    PROMO_FORGOTTEN, // campaign
    PROMO_ADDED,     // campaign, hmac, key_version, single
    PROMO_RESERVED,  // account, campaign, hmac, amount: the most, until
    PROMO_BOUND,     // account, invoice, until
    PROMO_REDEEMED,  // account, campaign, invoice, amount: the bonus, until, begins and category
                     // of the bonus
    PROMO_GIVEN,     // account, campaign, hmac, amount: the bonus, until, begins and category of it
    PROMO_WELCOMED,  // account, campaign, amount: the bonus, until, begins and category of it
    PROMO_RELEASED,  // account, invoice, reason
    PROMO_REFUSED,   // account, reason
} promo_event_kind_t;

typedef struct {
    promo_event_kind_t kind;
    instant_t at;
    uint32_t campaign; // from 1
    uid_t16 account;
    uint64_t invoice; // 0 where none was bound
    kopecks_t amount;
    instant_t until;
    instant_t begins; // of the bonus
    uint64_t category;
    promo_reason_t reason;
    hash_t hmac;
    uint8_t key_version;
    bool single;
    promo_terms_t terms;
} promo_event_t;

typedef struct {
    uid_t16 key;
    promo_terms_t terms;
    uint32_t codes;
    uint32_t taken;      // uses, reserved ones among them
    kopecks_t committed; // of the budget
    uint32_t reserved;   // of the uses
    uint32_t welcome;    // of one of welcome balances: the next of them, 0 for none
    bool stopped;
} promo_campaign_t;

typedef struct {
    uid_t16 key; // the first half of the HMAC
    hash_t hmac;
    uint32_t campaign, taken;
    uint8_t key_version;
    bool single; // one use in all
} promo_code_row_t;

typedef struct {
    uid_t16 key; // the account: it has one at a time
    uint64_t invoice;
    kopecks_t most;
    instant_t until; // it counts before this instant
    uint32_t code;   // its row
} promo_reservation_t;

typedef struct {
    table_t campaigns, codes, reservations, accounts;
    pool_t uses;
    heap_t ends; // of reservations
    heap_t over; // campaigns that are not forgotten, by when they end or were stopped
    uint32_t welcome_first, welcome_last; // campaigns of welcome balances, 0 for none
    promo_guesses_t guesses;
} promo_state_t;

void promo_state_init(promo_state_t *self);
void promo_state_release(promo_state_t *self);
void promo_state_walk(promo_state_t *self, walk_t *walk);
void promo_state_apply(promo_state_t *self, const promo_event_t *event);

// --- what there is ---

const promo_campaign_t *promo_state_campaign(const promo_state_t *self, uint32_t campaign);
// The row of a code; TABLE_NONE if it is unknown.
uint32_t promo_state_find(const promo_state_t *self, const hash_t *hmac);
const promo_code_row_t *promo_state_code(const promo_state_t *self, uint32_t row);
// The account's reservation, NULL if it has none.
const promo_reservation_t *promo_state_reservation(const promo_state_t *self,
                                                   const uid_t16 *account);

// When the next campaign is to be forgotten, INT64_MAX if none is. While something of it is
// reserved that waits, and what is reserved ends by itself.
instant_t promo_state_forgets(const promo_state_t *self, uint32_t *ret_campaign);

// A version of the key that codes were written with which may still be accepted at that instant or
// later, and that is not among these; 0 if all are. Cost: a walk over all codes.
uint8_t promo_state_lacks_key(const promo_state_t *self, const promo_keys_t *keys, instant_t at);

typedef struct {
    uint32_t of_code, of_campaign, in_all;
} promo_uses_t;

promo_uses_t promo_state_uses(const promo_state_t *self, const uid_t16 *account, uint32_t code);
