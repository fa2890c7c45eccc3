// What payment answers of promo codes.
#include "services/payment/payment_query_promo.h"
#include "services/payment/payment_query.h"
#include "tests/unit/promo_moves.h"

static void a_customer_hears_what_his_code_brings_and_never_why_not(void **state)
{
    world_t *w = *state;
    answer_promo_apply_t answer = {.amount = 0};
    promo_percent(w);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, &answer), FAIL_NONE);
    assert_true(answer.accepted);
    assert_int_equal(answer.kind, PROMO_PERCENT);
    assert_int_equal(answer.amount, 30000);
    assert_int_equal(answer.until, w->now + DAY_US);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, &answer), FAIL_NONE);
    assert_string_equal(world_events(w), ""); // from a second tab
    assert_true(answer.accepted);
    assert_int_equal(answer.amount, 30000);
    static const char *const refused[] = {"no", "7K2MQ4R9ZTA9", "7K2MQ4RZ9TA9", "OTHERWORD"};
    for (size_t i = 0; i < LENGTH(refused); i++) {
        answer_promo_apply_t other = {.amount = 1};
        assert_int_equal(promo_enter(w, &MOVES_OTHER, refused[i], &other), FAIL_NONE);
        assert_memory_equal(&other, &(answer_promo_apply_t){0}, sizeof other);
    }
}

static void a_gift_says_what_was_given(void **state)
{
    world_t *w = *state;
    answer_promo_apply_t answer = {.amount = 0};
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = 5000}),
                     FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, &answer), FAIL_NONE);
    assert_true(answer.accepted);
    assert_int_equal(answer.kind, PROMO_GIFT);
    assert_int_equal(answer.amount, 5000);
    assert_int_equal(answer.until, 0);
}

static void what_is_reserved_is_told_until_it_ends(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_promo, .promo.account = MOVES_ACCOUNT};
    answer_t answer;
    promo_percent(w);
    assert_int_equal(world_query(w, &request, &answer), FAIL_MISSING);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.promo.kind, PROMO_PERCENT);
    assert_int_equal(answer.promo.value, 2000);
    assert_int_equal(answer.promo.cap, 30000);
    assert_int_equal(answer.promo.invoice, 0);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.promo.invoice, invoice);
    w->now += DAY_US; // and no tick yet
    assert_int_equal(world_query(w, &request, &answer), FAIL_MISSING);
}

static void campaigns_are_listed_with_what_is_taken(void **state)
{
    world_t *w = *state;
    enum { CAMPAIGNS = PROMO_PAGE_ROWS + 3 };
    promo_percent(w);
    for (unsigned i = 1; i < CAMPAIGNS; i++)
        assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = i}),
                         FAIL_NONE);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    (void)promo_stop(w, 1);
    request_t request = {.type = REQUEST_promo_campaigns};
    answer_t answer;
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.promo_campaigns.count, PROMO_PAGE_ROWS);
    assert_int_equal(answer.promo_campaigns.next, PROMO_PAGE_ROWS + 1);
    wire_t wire;
    wire_start(&wire, answer.promo_campaigns.rows.data, answer.promo_campaigns.rows.size);
    assert_int_equal(wire_array(&wire, 20), 20);
    static const uint64_t first[] = {1, PROMO_PERCENT, 2000, 30000, 0, 0, 0, 0, 0, 0};
    uint64_t value;
    bool flag;
    for (size_t i = 0; i < LENGTH(first); i++) {
        wire_u64(&wire, &value);
        assert_int_equal(value, first[i]);
    }
    wire_flag(&wire, &flag);
    assert_false(flag);
    wire_flag(&wire, &flag);
    assert_true(flag);                                // stopped
    static const uint64_t taken[] = {1, 1, 30000, 0}; // and no end of its bonuses
    for (size_t i = 0; i < LENGTH(taken); i++) {
        wire_u64(&wire, &value);
        assert_int_equal(value, taken[i]);
    }
    wire_skip(&wire, 4); // for any service, from now on, of any account
    assert_int_equal(wire.fail, FAIL_NONE);
    request.promo_campaigns.from = answer.promo_campaigns.next;
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.promo_campaigns.count, 3);
    assert_int_equal(answer.promo_campaigns.next, 0);
}

static void counters_name_what_there_is_of_codes(void **state)
{
    world_t *w = *state;
    char text[512];
    promo_percent(w);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    assert_true(payment_core.counters(world_core_state(w), text, sizeof text) > 0);
    assert_non_null(strstr(text, "promo_campaigns 1\npromo_codes 1\npromo_reserved 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_customer_hears_what_his_code_brings_and_never_why_not),
        MOVES_TEST(a_gift_says_what_was_given),
        MOVES_TEST(what_is_reserved_is_told_until_it_ends),
        MOVES_TEST(campaigns_are_listed_with_what_is_taken),
        MOVES_TEST(counters_name_what_there_is_of_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
