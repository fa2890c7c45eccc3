// test_payment_refund - a refund is sent at most once and moves the held sum at most once, whatever
// is answered and told, in any order.
#include "services/payment/payment_refund.h"
#include "documents_fixture.h"

#define NOW (1780304520 * SECOND_US)
#define REQUEST SPAN("6B8E7A1C-1F0D-4E21-9C55-0A1B2C3D4E5F")

enum { SUM = 15000 };

static const payment_refund_answer_t accepted = {true, 200, true, true, REQUEST};
static const payment_refund_answer_t refused = {true, 200, true, false, {NULL, 0}};
static const payment_refund_answer_t silent = {true, 0, false, false, {NULL, 0}};
static const payment_refund_answer_t not_connected = {false, 0, false, false, {NULL, 0}};

static payment_refund_t left(void)
{
    payment_refund_t self = payment_refund_begin(SUM);
    assert_true(payment_refund_approve(&self));
    assert_true(payment_refund_send(&self));
    return self;
}

static payment_refund_t sent(void)
{
    payment_refund_t self = left();
    assert_int_equal(payment_refund_answered(&self, &accepted, NOW), PAYMENT_REFUND_HELD);
    return self;
}

static payment_refund_effect_t told(payment_refund_t *self, const char *label, const char *amount)
{
    return payment_refund_told(self, REQUEST, span_of(label), span_of(amount));
}

static void nothing_leaves_before_it_was_approved_nor_twice(void **state)
{
    (void)state;
    payment_refund_t self = payment_refund_begin(SUM);
    assert_false(payment_refund_send(&self));
    assert_true(payment_refund_approve(&self));
    assert_false(payment_refund_approve(&self));
    assert_true(payment_refund_send(&self));
    assert_false(payment_refund_send(&self));
    assert_false(payment_refund_approve(&self));
}

static void an_answer_decides_what_becomes_of_the_held_sum(void **state)
{
    (void)state;
    char long_number[PAYMENT_REFUND_REQUEST_MAX + 1];
    memset(long_number, 'A', sizeof long_number);
    const struct {
        payment_refund_answer_t answer;
        payment_refund_state_t state;
        payment_refund_effect_t effect;
    } cases[] = {
        {accepted, PAYMENT_REFUND_SENT, PAYMENT_REFUND_HELD},
        {refused, PAYMENT_REFUND_FAILED, PAYMENT_REFUND_RETURNS},
        {silent, PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {not_connected, PAYMENT_REFUND_APPROVED, PAYMENT_REFUND_HELD},
        // nothing to ask by: it may have been taken
        {{true, 200, true, true, {NULL, 0}}, PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {{true, 200, true, true, {long_number, sizeof long_number}},
         PAYMENT_REFUND_UNKNOWN,
         PAYMENT_REFUND_HELD},
        {{true, 200, true, true, {long_number, PAYMENT_REFUND_REQUEST_MAX}},
         PAYMENT_REFUND_SENT,
         PAYMENT_REFUND_HELD},
        {{true, 200, false, false, {NULL, 0}}, PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {{true, 500, false, false, {NULL, 0}}, PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {{true, 302, false, false, {NULL, 0}}, PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {{true, 400, false, false, {NULL, 0}}, PAYMENT_REFUND_FAILED, PAYMENT_REFUND_RETURNS},
        {{true, 401, false, false, {NULL, 0}}, PAYMENT_REFUND_FAILED, PAYMENT_REFUND_RETURNS},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_refund_t self = left();
        assert_int_equal(payment_refund_answered(&self, &cases[i].answer, NOW), cases[i].effect);
        assert_int_equal(self.state, cases[i].state);
        // Only what certainly never left may be sent again.
        assert_int_equal(payment_refund_send(&self), cases[i].state == PAYMENT_REFUND_APPROVED);
        // A second answer, as of a connection that was slow, says nothing any more.
        self.state = cases[i].state;
        assert_int_equal(payment_refund_answered(&self, &refused, NOW), PAYMENT_REFUND_HELD);
        assert_int_equal(self.state, cases[i].state);
    }
}

static void a_label_moves_the_held_sum_once(void **state)
{
    (void)state;
    static const struct {
        const char *label, *amount;
        payment_refund_state_t state;
        payment_refund_effect_t effect;
    } cases[] = {
        {"finished", "150.000000", PAYMENT_REFUND_DONE, PAYMENT_REFUND_LEAVES},
        {"finished", "150", PAYMENT_REFUND_DONE, PAYMENT_REFUND_LEAVES},
        {"finished", "150.00", PAYMENT_REFUND_DONE, PAYMENT_REFUND_LEAVES},
        {"canceled", "150.000000", PAYMENT_REFUND_CANCELED, PAYMENT_REFUND_RETURNS},
        {"canceled", "", PAYMENT_REFUND_CANCELED, PAYMENT_REFUND_RETURNS},
        {"processing", "150.000000", PAYMENT_REFUND_SENT, PAYMENT_REFUND_HELD},
        {"Finished", "150.000000", PAYMENT_REFUND_SENT, PAYMENT_REFUND_HELD},
        {"", "150.000000", PAYMENT_REFUND_SENT, PAYMENT_REFUND_HELD},
        // another amount, or none that can be read exactly
        {"finished", "149.990000", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "150.000001", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "150.0000000", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "1.5e2", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "150,00", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "15000.000000", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
        {"finished", "", PAYMENT_REFUND_UNKNOWN, PAYMENT_REFUND_HELD},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_refund_t self = sent();
        assert_int_equal(told(&self, cases[i].label, cases[i].amount), cases[i].effect);
        assert_int_equal(self.state, cases[i].state);
        if (cases[i].state == PAYMENT_REFUND_SENT)
            continue;
        assert_int_equal(told(&self, "finished", "150.000000"), PAYMENT_REFUND_HELD);
        assert_int_equal(told(&self, "canceled", "150.000000"), PAYMENT_REFUND_HELD);
        assert_int_equal(self.state, cases[i].state);
    }
}

static void another_request_is_not_ours(void **state)
{
    (void)state;
    payment_refund_t self = sent();
    assert_int_equal(
        payment_refund_told(&self, SPAN("6B8E7A1C"), SPAN("finished"), SPAN("150.000000")),
        PAYMENT_REFUND_HELD);
    assert_int_equal(self.state, PAYMENT_REFUND_SENT);
    self = left(); // has none yet
    assert_int_equal(
        payment_refund_told(&self, (span_t){NULL, 0}, SPAN("finished"), SPAN("150.000000")),
        PAYMENT_REFUND_HELD);
    assert_int_equal(self.state, PAYMENT_REFUND_LEFT);
}

static void people_alone_end_what_is_unknown(void **state)
{
    (void)state;
    for (int went_back = 0; went_back < 2; went_back++) {
        payment_refund_t self = left();
        assert_int_equal(payment_refund_resolve(&self, went_back), PAYMENT_REFUND_HELD);
        payment_refund_give_up(&self, NOW);
        assert_int_equal(self.state, PAYMENT_REFUND_UNKNOWN);
        assert_false(payment_refund_send(&self));
        assert_int_equal(payment_refund_resolve(&self, went_back),
                         went_back ? PAYMENT_REFUND_LEAVES : PAYMENT_REFUND_RETURNS);
        assert_int_equal(self.state, went_back ? PAYMENT_REFUND_DONE : PAYMENT_REFUND_FAILED);
        assert_int_equal(payment_refund_resolve(&self, !went_back), PAYMENT_REFUND_HELD);
    }
}

static void it_can_be_canceled_until_it_is_sent(void **state)
{
    (void)state;
    payment_refund_t self = payment_refund_begin(SUM);
    assert_int_equal(payment_refund_cancel(&self), PAYMENT_REFUND_RETURNS);
    assert_int_equal(payment_refund_cancel(&self), PAYMENT_REFUND_HELD);
    assert_false(payment_refund_approve(&self));
    self = payment_refund_begin(SUM);
    (void)payment_refund_approve(&self);
    assert_int_equal(payment_refund_cancel(&self), PAYMENT_REFUND_RETURNS);
    assert_false(payment_refund_send(&self));
    self = left();
    assert_int_equal(payment_refund_cancel(&self), PAYMENT_REFUND_HELD);
    assert_int_equal(self.state, PAYMENT_REFUND_LEFT);
}

static void it_is_asked_about_for_thirty_days(void **state)
{
    (void)state;
    static const struct {
        instant_t age, next;
    } cases[] = {
        {0, MINUTE_US},
        {MINUTE_US - 1, MINUTE_US},
        {MINUTE_US, 5 * MINUTE_US},
        {5 * MINUTE_US, 15 * MINUTE_US},
        {15 * MINUTE_US, HOUR_US},
        {HOUR_US, 2 * HOUR_US},
        {23 * HOUR_US, DAY_US},
        {DAY_US, 2 * DAY_US},
        {29 * DAY_US + HOUR_US, 30 * DAY_US},
    };
    payment_refund_t self = sent();
    instant_t at = 7;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_true(payment_refund_next_look(&self, NOW + cases[i].age, &at));
        assert_true(at == NOW + cases[i].next);
    }
    payment_refund_give_up(&self, NOW + 30 * DAY_US - 1);
    assert_int_equal(self.state, PAYMENT_REFUND_SENT);
    assert_false(payment_refund_next_look(&self, NOW + 30 * DAY_US, &at));
    payment_refund_give_up(&self, NOW + 30 * DAY_US);
    assert_int_equal(self.state, PAYMENT_REFUND_UNKNOWN);
    assert_false(payment_refund_next_look(&self, NOW, &at));
}

static void a_dispute_beside_a_refund_under_way_is_a_double_return(void **state)
{
    (void)state;
    payment_refund_t self = payment_refund_begin(SUM);
    assert_false(payment_refund_is_double(&self)); // it can still be canceled
    self = left();
    assert_true(payment_refund_is_double(&self));
    payment_refund_give_up(&self, NOW);
    assert_true(payment_refund_is_double(&self));
    (void)payment_refund_resolve(&self, false);
    assert_false(payment_refund_is_double(&self));
    self = sent();
    assert_true(payment_refund_is_double(&self));
}

// Any order of everything that can happen: it is sent once more only after a certain miss, and the
// held sum leaves or returns at most once, and never both.
static void in_any_order_the_held_sum_moves_once(void **state)
{
    (void)state;
    static const payment_refund_answer_t *const answers[] = {&accepted, &refused, &silent,
                                                             &not_connected};
    static const char *const labels[] = {"finished", "canceled", "processing", "finished"};
    uint64_t seed = 20261130;
    uint64_t ends = 0;
    for (int round = 0; round < 20000; round++) {
        payment_refund_t self = payment_refund_begin(SUM);
        uint32_t moves = 0, may_have_left = 0;
        for (int step = 0; step < 12; step++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint32_t draw = (uint32_t)(seed >> 40), which = draw / 8 % 4;
            payment_refund_effect_t effect = PAYMENT_REFUND_HELD;
            switch (draw % 8) {
            case 0:
                (void)payment_refund_approve(&self);
                break;
            case 1:
            case 2:
                may_have_left += payment_refund_send(&self);
                break;
            case 3:
                may_have_left -= which == 3 && self.state == PAYMENT_REFUND_LEFT;
                effect = payment_refund_answered(&self, answers[which], NOW);
                break;
            case 4:
            case 5:
                effect = told(&self, labels[which], which == 3 ? "1.00" : "150.000000");
                break;
            case 6:
                payment_refund_give_up(&self, NOW);
                break;
            default:
                effect = which == 3 ? payment_refund_cancel(&self)
                                    : payment_refund_resolve(&self, which == 1);
            }
            moves += effect != PAYMENT_REFUND_HELD;
            assert_true(may_have_left <= 1);
            bool over = self.state == PAYMENT_REFUND_DONE ||
                        self.state == PAYMENT_REFUND_CANCELED ||
                        self.state == PAYMENT_REFUND_FAILED;
            assert_int_equal(moves, over); // it moved in the step that ended it, and never again
            if (effect == PAYMENT_REFUND_LEAVES)
                assert_int_equal(self.state, PAYMENT_REFUND_DONE);
            ends += effect == PAYMENT_REFUND_LEAVES;
        }
    }
    assert_true(ends > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_before_it_was_approved_nor_twice),
        cmocka_unit_test(an_answer_decides_what_becomes_of_the_held_sum),
        cmocka_unit_test(a_label_moves_the_held_sum_once),
        cmocka_unit_test(another_request_is_not_ours),
        cmocka_unit_test(people_alone_end_what_is_unknown),
        cmocka_unit_test(it_can_be_canceled_until_it_is_sent),
        cmocka_unit_test(it_is_asked_about_for_thirty_days),
        cmocka_unit_test(a_dispute_beside_a_refund_under_way_is_a_double_return),
        cmocka_unit_test(in_any_order_the_held_sum_moves_once),
    };
    return cmocka_run_group_tests_name("payment_refund", tests, NULL, NULL);
}
