#pragma once
// promo_words - a world of promo codes for tests: what is decided is applied at once, and what is
// due comes first.
#include "services/payment/promo_decide.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define CODE "7K2M-Q4RZ-9TA9"
#define T0 (20000 * DAY_US)

typedef struct {
    promo_state_t state;
    promo_keys_t keys;
    promo_event_t event; // the last one
    instant_t now;
} promo_world_t;

static inline void world_open(promo_world_t *self)
{
    *self = (promo_world_t){.keys = {.count = 1}, .now = T0};
    self->keys.keys[0].version = 1;
    promo_state_init(&self->state);
}

static inline uid_t16 account_of(uint64_t n)
{
    return table_key(n, 77);
}

static inline void wait_until(promo_world_t *self, instant_t now)
{
    self->now = now;
    while (promo_decide_due(&self->state, now, &self->event))
        promo_state_apply(&self->state, &self->event);
}

// The number of the new campaign.
static inline uint32_t campaign_of(promo_world_t *self, promo_terms_t terms)
{
    const char *wrong;
    bool good = promo_decide_begin(&self->state, &terms, self->now, &self->event, &wrong);
    if (!good)
        print_message("  %s\n", wrong);
    assert_true(good);
    promo_state_apply(&self->state, &self->event);
    return self->event.campaign;
}

static inline const char *add_code(promo_world_t *self, uint32_t campaign, const char *code)
{
    const char *wrong;
    if (promo_decide_add(&self->state, &self->keys, campaign, span_of(code), self->now,
                         &self->event, &wrong))
        promo_state_apply(&self->state, &self->event);
    return wrong;
}

static inline promo_answer_t enter_as(promo_world_t *self, promo_wish_t wish, const char *code)
{
    wish.typed = span_of(code);
    wish.now = self->now;
    promo_answer_t answer = promo_decide_apply(&self->state, &self->keys, &wish, &self->event);
    promo_state_apply(&self->state, &self->event);
    return answer;
}

static inline promo_answer_t enter(promo_world_t *self, uint64_t account, const char *code)
{
    return enter_as(self, (promo_wish_t){.account = account_of(account), .opened = T0}, code);
}

static inline promo_invoice_t invoice_of(const promo_world_t *self, uint64_t account,
                                         uint64_t number, kopecks_t amount)
{
    return (promo_invoice_t){.account = account_of(account),
                             .invoice = number,
                             .amount = amount,
                             .expires = self->now + DAY_US};
}

static inline bool bind_to(promo_world_t *self, const promo_invoice_t *invoice)
{
    bool bound = promo_decide_bind(&self->state, invoice, self->now, &self->event);
    promo_state_apply(&self->state, &self->event);
    return bound;
}

static inline bool pay(promo_world_t *self, const promo_invoice_t *invoice, bool first)
{
    bool decided = promo_decide_paid(&self->state, invoice, first, self->now, &self->event);
    promo_state_apply(&self->state, &self->event);
    return decided;
}
