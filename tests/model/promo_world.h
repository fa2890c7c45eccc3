#pragma once
// promo_world - the naive world of the model of promo codes: the list of all that ever happened,
// which is walked for every question, and what speaks against a code by it.
//
// Example: three claims of a campaign are held or used; a campaign of three uses is used up.
//
// Memory: bounded by the steps of a world. Threads: one. Source: docs/rules.md "Promo campaigns".
#include "services/payment/promo_decide.h"
#include "tests/model/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    SEEDS = 150,
    STEPS = 500,
    ACCOUNTS = 6,
    CAMPAIGNS = 4,
    CODES_EACH = 6, // words and a single-use code
    CODES = CAMPAIGNS * CODES_EACH,
    WELCOMES = 2, // campaigns of welcome balances, numbered behind the others
    ALL = CAMPAIGNS + WELCOMES,
    ROWS = STEPS + 8,
};
#define T0 (20000 * DAY_US)

typedef enum { HELD, USED, GONE } claim_state_t;

typedef struct {
    claim_state_t state;
    unsigned account, code;
    kopecks_t most, bonus;
    instant_t end;
    uint64_t invoice;
} claim_t;

typedef struct {
    unsigned account;
    uint64_t number;
    kopecks_t rubles;
    instant_t expires;
    bool autopay, paid;
} bill_t;

typedef struct {
    uint64_t random, seed;
    unsigned step, guesser; // who tries codes
    instant_t now;
    promo_state_t state;
    promo_keys_t keys;
    promo_terms_t terms[ALL];
    bool stopped[ALL], forgotten[ALL];
    instant_t stopped_at[ALL];
    uint64_t newcomers; // accounts that were opened on the way
    char codes[CODES][PROMO_CODE_SIZE];
    instant_t opened[ACCOUNTS];
    claim_t claims[ROWS];
    size_t claims_count;
    bill_t bills[ROWS];
    size_t bills_count;
    struct {
        unsigned account;
        instant_t at;
    } refusals[ROWS];
    size_t refusals_count;
    unsigned reserved, redeemed, refused, locked; // that the world was a lively one
    unsigned welcomed[ALL], forgets;
} world_t;

static inline uint64_t draw(world_t *self, uint64_t below)
{
    return random_below(&self->random, below);
}

static inline bool chance(world_t *self, unsigned percent)
{
    return draw(self, 100) < percent;
}

static inline uid_t16 account_of(unsigned account)
{
    return table_key(account + 1, 5);
}

static inline void expect(const world_t *self, bool good, const char *what)
{
    if (good)
        return;
    print_error("seed %llu, step %u: promo codes are not what they should be: %s\n",
                (unsigned long long)self->seed, self->step, what);
    fail();
}

// --- the naive world ---

static inline unsigned campaign_of(unsigned code)
{
    return code / CODES_EACH;
}

static inline bool is_single(unsigned code)
{
    return code % CODES_EACH == CODES_EACH - 1;
}

static inline claim_t *held_by(world_t *self, unsigned account)
{
    for (size_t i = 0; i < self->claims_count; i++)
        if (self->claims[i].state == HELD && self->claims[i].account == account)
            return &self->claims[i];
    return NULL;
}

typedef struct {
    unsigned in_all, of_account, of_code, of_both;
    kopecks_t kopecks;
} counts_t;

static inline counts_t count(const world_t *self, unsigned code, unsigned account)
{
    counts_t counts = {0};
    for (size_t i = 0; i < self->claims_count; i++) {
        const claim_t *claim = &self->claims[i];
        if (claim->state == GONE || campaign_of(claim->code) != campaign_of(code))
            continue;
        counts.in_all++;
        counts.of_account += claim->account == account;
        counts.of_code += claim->code == code;
        counts.of_both += claim->code == code && claim->account == account;
        counts.kopecks += claim->state == HELD ? claim->most : claim->bonus;
    }
    return counts;
}

static inline bool has_paid(const world_t *self, unsigned account)
{
    for (size_t i = 0; i < self->bills_count; i++)
        if (self->bills[i].account == account && self->bills[i].paid && !self->bills[i].autopay)
            return true;
    return false;
}

static inline unsigned refusals_within(const world_t *self, unsigned account, int64_t window)
{
    unsigned found = 0;
    for (size_t i = 0; i < self->refusals_count; i++)
        found += self->refusals[i].account == account && self->refusals[i].at + window > self->now;
    return found;
}

static inline kopecks_t most_of(const promo_terms_t *terms)
{
    return terms->kind == PROMO_PERCENT ? terms->cap : terms->value;
}

// All that speaks against it, a bit a reason.
static inline uint32_t reasons_against(const world_t *self, unsigned account, unsigned code)
{
    unsigned campaign = campaign_of(code);
    const promo_terms_t *terms = &self->terms[campaign];
    counts_t counts = count(self, code, account);
    uint32_t reasons = 0;
    reasons |= (uint32_t)self->stopped[campaign] << PROMO_CAMPAIGN_STOPPED;
    reasons |= (uint32_t)(self->now < terms->starts) << PROMO_NOT_YET;
    reasons |= (uint32_t)(terms->ends && self->now >= terms->ends) << PROMO_ENDED;
    reasons |= (uint32_t)((terms->new_accounts && self->opened[account] < terms->starts) ||
                          (terms->new_us && self->now - self->opened[account] > terms->new_us))
               << PROMO_NOT_NEW;
    reasons |= (uint32_t)(terms->first_topup && has_paid(self, account)) << PROMO_NOT_FIRST;
    reasons |= (uint32_t)(counts.of_both > 0 ||
                          (terms->per_account && counts.of_account + 1 > terms->per_account))
               << PROMO_USED_BEFORE;
    reasons |= (uint32_t)((is_single(code) && counts.of_code > 0) ||
                          (terms->in_all && counts.in_all + 1 > terms->in_all))
               << PROMO_USED_UP;
    reasons |= (uint32_t)(terms->budget && counts.kopecks + most_of(terms) > terms->budget)
               << PROMO_BUDGET;
    return reasons;
}

static inline void check_limits(const world_t *self)
{
    for (unsigned code = 0; code < CODES; code++) {
        const promo_terms_t *terms = &self->terms[campaign_of(code)];
        for (unsigned account = 0; account < ACCOUNTS; account++) {
            counts_t counts = count(self, code, account);
            expect(self, !terms->in_all || counts.in_all <= terms->in_all, "more uses than in all");
            expect(self, !terms->per_account || counts.of_account <= terms->per_account,
                   "more uses of an account");
            expect(self, counts.of_both <= 1, "a code is used twice by an account");
            expect(self, !is_single(code) || counts.of_code <= 1,
                   "a single-use code is used twice");
            expect(self, !terms->budget || counts.kopecks <= terms->budget,
                   "more kopecks than the budget");
        }
    }
}
