// What is wanted from Robokassa, in which order, and which of its answers still say something.
#include "tests/model/payment_moves.h"

static void an_answer_that_belongs_to_an_earlier_question_says_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    uid_t16 token = payment_state_invoice(world_core_state(w), invoice)->token;
    moves_tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
    assert_null(world_wanted(w, invoice, false));
    w->now += HOUR_US;
    uint64_t key = world_wanted(w, invoice, false)->key;
    world_result(w, key, RESULT_NO_ANSWER, 0, NULL);
    world_result(w, key, RESULT_ANSWERED, 200, world_xml(0, 100, "500.00", &token));
    assert_string_equal(world_events(w), "");
    world_result(w, UINT64_MAX, RESULT_ANSWERED, 200, world_xml(0, 100, "500.00", &token));
    assert_string_equal(world_events(w), "");
}

static void questions_come_with_longer_and_longer_waits(void **state)
{
    static const instant_t waits_s[] = {30, 120, 600, 3600, 3600, 3600};
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    for (size_t i = 0; i < LENGTH(waits_s); i++) {
        w->now += waits_s[i] * SECOND_US - 1;
        assert_null(world_wanted(w, invoice, false));
        assert_true(world_due(w)->wake <= w->now + 1);
        w->now += 1;
        const outside_t *wanted = world_wanted(w, invoice, false);
        assert_non_null(wanted);
        world_result(w, wanted->key, RESULT_NO_ANSWER, 0, NULL);
    }
}

static void requests_at_once_are_bounded_and_charges_come_first(void **state)
{
    world_t *w = *state;
    for (uint8_t i = 1; i <= 40; i++) {
        uid_t16 account = {{i}};
        world_link(w, &account, 500, 3);
        world_topup(w, &account, 10, 0);
    }
    w->now += HOUR_US;
    for (uint8_t i = 1; i <= 10; i++) {
        uid_t16 account = {{i}};
        event_autopay_payment_requested_t wish = world_wish(w, &account);
        world_request(w, &wish, w->now);
    }
    const due_t *due = world_due(w);
    assert_int_equal(due->count, 16);
    for (size_t i = 0; i < due->count; i++) {
        bool charge = memmem(due->requests[i].url.data, due->requests[i].url.size, "Recurring", 9);
        assert_int_equal(charge, i < 10);
        for (size_t k = 0; k < i; k++)
            assert_true(due->requests[i].key != due->requests[k].key);
    }
    uint64_t first = due->requests[0].key;
    assert_int_equal(world_due(w)->requests[0].key, first); // the same until its result
}

// Links many cards and has a charge of each asked for at once: more than may be out.
static void ask_for_more_than_may_be_out(world_t *w, uint64_t *ret_last)
{
    w->settings.requests_max = 2;
    for (uint8_t i = 1; i <= 3; i++)
        world_link(w, &(uid_t16){{i}}, 500, 3);
    for (uint8_t i = 1; i <= 3; i++) {
        event_autopay_payment_requested_t wish = world_wish(w, &(uid_t16){{i}});
        world_request(w, &wish, w->now);
        *ret_last = w->decision->events[0].payment_created.invoice;
    }
    assert_null(world_wanted(w, *ret_last, true)); // no place is free
}

static void a_charge_that_found_no_place_in_time_never_leaves(void **state)
{
    world_t *w = *state;
    uint64_t last;
    instant_t start = w->now;
    ask_for_more_than_may_be_out(w, &last);
    w->now = start + PAYMENT_REQUEST_AGE_US + 1;
    w->settings.requests_max = 16;
    assert_null(world_wanted(w, last, true));
    w->current = false; // a fact needs no judgement
    w->now = start + PAYMENT_REQUEST_AGE_US + PAYMENT_ANSWER_US;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown payment.unknown payment.unknown");
    assert_int_equal(world_state(w, last), PAYMENT_UNKNOWN);
    assert_null(world_wanted(w, last, true));
}

static void a_charge_that_waits_for_a_place_does_not_leave_after_a_later_credit(void **state)
{
    world_t *w = *state;
    uint64_t last;
    ask_for_more_than_may_be_out(w, &last);
    w->settings.requests_max = 16;
    assert_non_null(world_wanted(w, last, true));
    uint64_t topup = world_topup(w, &(uid_t16){{3}}, 1000, 0);
    world_notice(w, SHOP_PASSWORD2, topup, "1000.000000", false);
    assert_null(world_wanted(w, last, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(an_answer_that_belongs_to_an_earlier_question_says_nothing),
        MOVES_TEST(questions_come_with_longer_and_longer_waits),
        MOVES_TEST(requests_at_once_are_bounded_and_charges_come_first),
        MOVES_TEST(a_charge_that_found_no_place_in_time_never_leaves),
        MOVES_TEST(a_charge_that_waits_for_a_place_does_not_leave_after_a_later_credit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
