#pragma once
// promo_terms - what a campaign of promo codes promises, how much bonus that is, and how much of it
// goes back with its top-up (docs/rules.md "Promo campaigns", "The bonus of a promo code").
//
// Example: 20 % and at most 300.00 give 300.00 for a top-up of 2000.00, min(400.00, 300.00).
//
// Units: kopecks; percent in hundredths, so that 12.5 % is 1250. Failures: terms that make no sense
// are told in a sentence. Threads: any.
#include "proto/codes.h"
#include "proto/money.h"
#include "proto/types.h"

#define PROMO_BONUS_LIFE_MAX_US (3660 * DAY_US)
#define PROMO_BEGINS_MAX (INT64_C(9000000000) * SECOND_US) // later is no instant of ours

enum { PROMO_PERCENT_MAX = 10000 };

// 0 is no limit, no end, no minimum, no beginning, any category.
typedef struct {
    promo_kind_t kind;
    int64_t value;          // a percent's hundredths, or kopecks
    kopecks_t cap;          // of a percent, which has one: the most that a use gives
    kopecks_t topup_min;    // a smaller top-up leaves the code for the next one
    kopecks_t budget;       // of all bonuses, those that are only reserved counted in full
    uint64_t category;      // of service, which alone may use the bonus (category_t)
    instant_t starts, ends; // when codes are accepted: [starts, ends)
    int64_t bonus_life_us;  // from the bonus on, or from `begins` where that is later
    instant_t begins;       // a bonus pays no hour that ended before
    int64_t new_us;         // accounts alone that were opened so long ago at most; 0 for any
    uint32_t per_account;   // uses; of one code an account has one in any case
    uint32_t in_all;        // uses of all codes together
    bool new_accounts;      // opened since `starts` alone
    bool first_topup;       // the first top-up that succeeds alone
} promo_terms_t;

// NULL, or what is wrong.
const char *promo_terms_wrong(const promo_terms_t *self);
// What one use may come to: so much of the budget is reserved.
kopecks_t promo_terms_most(const promo_terms_t *self);
// What all uses may come to, by the budget or the uses in all; INT64_MAX where neither bounds it.
// Of terms that make no sense too, 0 or more.
kopecks_t promo_terms_total(const promo_terms_t *self);
// For a top-up of that amount, 1 to POSTING_AMOUNT_MAX; rounded down. A gift is the same for any.
kopecks_t promo_terms_bonus(const promo_terms_t *self, kopecks_t topup);

// The beginning and the end of a bonus that is given then, 0 for none. Example: given on May 10th
// for 30 days from June 1st on, it ends on July 1st.
instant_t promo_terms_begins(const promo_terms_t *self, instant_t given);
instant_t promo_terms_until(const promo_terms_t *self, instant_t given);

// How much more of a bonus is due when `returned` of its top-up went back so far, all together, and
// `clawed` of the bonus was due before. Example: of 1.00 with a top-up of 3.00, thirds that go back
// are due as 0.33, 0.33 and 0.34.
kopecks_t promo_claw_back(kopecks_t bonus, kopecks_t topup, kopecks_t returned, kopecks_t clawed);
