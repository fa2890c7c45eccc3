// test_payment_registration - when a receipt is sent and asked about, and when it is missing.
#include "services/payment/payment_registration.h"
#include "documents_fixture.h"

#define BEGIN (1780304520 * SECOND_US)

static void it_is_sent_again_under_its_number_until_a_day_is_over(void **state)
{
    (void)state;
    payment_registration_t self = payment_registration_begin(BEGIN);
    instant_t at = BEGIN;
    static const int64_t first_minutes[] = {0, 1, 6, 36, 96};
    for (size_t i = 0; i < LENGTH(first_minutes); i++) {
        at = BEGIN + first_minutes[i] * MINUTE_US;
        assert_int_equal(payment_registration_step(&self, at - 1), PAYMENT_REGISTRATION_REST);
        assert_int_equal(payment_registration_step(&self, at), PAYMENT_REGISTRATION_SEND);
        assert_int_equal(payment_registration_step(&self, at), PAYMENT_REGISTRATION_REST);
        assert_int_equal(self.state, PAYMENT_REGISTRATION_SENT);
    }
    uint32_t sends = LENGTH(first_minutes);
    for (at += HOUR_US; at < BEGIN + 3 * DAY_US; at += HOUR_US)
        sends += payment_registration_step(&self, at) == PAYMENT_REGISTRATION_SEND;
    assert_int_equal(sends, 4 + 23); // at 0:00, 0:01, 0:06, 0:36, and 1:36 to 23:36
    assert_int_equal(self.tries, sends);
}

static void what_was_taken_is_asked_about_and_not_sent_again(void **state)
{
    (void)state;
    payment_registration_t self = payment_registration_begin(BEGIN);
    assert_int_equal(payment_registration_step(&self, BEGIN), PAYMENT_REGISTRATION_SEND);
    payment_registration_heard(&self, PAYMENT_REGISTRATION_CODE_TAKEN);
    assert_int_equal(self.state, PAYMENT_REGISTRATION_WAITING);
    assert_int_equal(payment_registration_step(&self, BEGIN + MINUTE_US), PAYMENT_REGISTRATION_ASK);
    payment_registration_heard(&self, PAYMENT_REGISTRATION_CODE_WAITING);
    assert_int_equal(self.state, PAYMENT_REGISTRATION_WAITING);
    payment_registration_heard(&self, 7); // no code
    assert_int_equal(self.state, PAYMENT_REGISTRATION_WAITING);
    payment_registration_heard(&self, PAYMENT_REGISTRATION_CODE_REGISTERED);
    assert_int_equal(payment_registration_step(&self, BEGIN + DAY_US / 2),
                     PAYMENT_REGISTRATION_REST);
}

static void what_was_refused_is_sent_again(void **state)
{
    (void)state;
    static const int64_t codes[] = {PAYMENT_REGISTRATION_CODE_ERROR,
                                    PAYMENT_REGISTRATION_CODE_INTERNAL};
    for (size_t i = 0; i < LENGTH(codes); i++) {
        payment_registration_t self = payment_registration_begin(BEGIN);
        (void)payment_registration_step(&self, BEGIN);
        payment_registration_heard(&self, codes[i]);
        assert_int_equal(self.state, PAYMENT_REGISTRATION_FAILED);
        assert_int_equal(payment_registration_step(&self, BEGIN + MINUTE_US),
                         PAYMENT_REGISTRATION_SEND);
    }
}

static void nothing_undoes_a_registration(void **state)
{
    (void)state;
    static const int64_t codes[] = {0, 1, 3, 1000, 7};
    payment_registration_t self = payment_registration_begin(BEGIN);
    (void)payment_registration_step(&self, BEGIN);
    payment_registration_heard(&self, PAYMENT_REGISTRATION_CODE_REGISTERED);
    for (size_t i = 0; i < LENGTH(codes); i++) {
        payment_registration_heard(&self, codes[i]);
        assert_int_equal(self.state, PAYMENT_REGISTRATION_REGISTERED);
    }
    assert_false(payment_registration_is_missing(&self, BEGIN + 9 * DAY_US));
}

static void a_receipt_is_missing_after_a_day_whatever_it_waits_for(void **state)
{
    (void)state;
    static const int64_t codes[] = {7, 0, 1, 3, 1000};
    for (size_t i = 0; i < LENGTH(codes); i++) {
        payment_registration_t self = payment_registration_begin(BEGIN);
        (void)payment_registration_step(&self, BEGIN);
        payment_registration_heard(&self, codes[i]);
        assert_false(payment_registration_is_missing(&self, BEGIN + DAY_US - 1));
        assert_true(payment_registration_is_missing(&self, BEGIN + DAY_US));
        assert_int_equal(payment_registration_step(&self, BEGIN + DAY_US),
                         PAYMENT_REGISTRATION_REST);
        payment_registration_heard(&self, PAYMENT_REGISTRATION_CODE_REGISTERED); // people did
        assert_false(payment_registration_is_missing(&self, BEGIN + DAY_US));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_sent_again_under_its_number_until_a_day_is_over),
        cmocka_unit_test(what_was_taken_is_asked_about_and_not_sent_again),
        cmocka_unit_test(what_was_refused_is_sent_again),
        cmocka_unit_test(nothing_undoes_a_registration),
        cmocka_unit_test(a_receipt_is_missing_after_a_day_whatever_it_waits_for),
    };
    return cmocka_run_group_tests_name("payment_registration", tests, NULL, NULL);
}
