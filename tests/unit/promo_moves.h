#pragma once
// promo_moves - the words in which payment's tests speak of promo codes: campaigns, codes, who
// enters one.
#include "tests/model/payment_moves.h"

#define PROMO_WORD "WELCOME2026"

static inline fail_t promo_begin(world_t *w, request_promo_begin_t terms)
{
    request_t request = {.type = REQUEST_promo_begin, .promo_begin = terms};
    return world_command(w, &request, ROLE_OPERATOR);
}

static inline fail_t promo_add(world_t *w, uint64_t campaign, const char *code)
{
    request_t request = {.type = REQUEST_promo_add};
    request.promo_add.campaign = campaign;
    request.promo_add.code = text_of(code);
    return world_command(w, &request, ROLE_OPERATOR);
}

static inline fail_t promo_stop(world_t *w, uint64_t campaign)
{
    request_t request = {.type = REQUEST_promo_stop};
    request.promo_stop.campaign = campaign;
    return world_command(w, &request, ROLE_OPERATOR);
}

static inline fail_t promo_enter(world_t *w, const uid_t16 *account, const char *code,
                                 answer_promo_apply_t *ret_answer)
{
    request_t request = {.type = REQUEST_promo_apply};
    request.promo_apply.account = *account;
    request.promo_apply.code = text_of(code);
    fail_t fail = world_command(w, &request, ROLE_WEB);
    answer_t answer = {.type = REQUEST_promo_apply};
    if (!fail && ret_answer) {
        assert_int_equal(world_answer(w, &request, &answer), FAIL_NONE);
        *ret_answer = answer.promo_apply;
    }
    return fail;
}

// 20 % of the next top-up, at most 300.00, with the word above.
static inline void promo_percent(world_t *w)
{
    assert_int_equal(
        promo_begin(w, (request_promo_begin_t){.kind = PROMO_PERCENT, .value = 2000, .cap = 30000}),
        FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
}
