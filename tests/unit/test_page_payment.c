// What became of a payment, in each of its states.
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/web/page_payment.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static uint8_t buffer[4096];

static void come(const char *path, const char *query, uint64_t payment_state, instant_t age)
{
    assert_true(visit_rig_come("GET", path, query, "read"));
    assert_false(visit_rig_step(page_payment_show));
    answer_t answer = {.type = REQUEST_payment};
    answer.payment =
        (answer_payment_t){.amount = 50000, .state = payment_state, .created = VISIT_RIG_NOW - age};
    visit_rig_answer(0, &answer);
    answer = (answer_t){.type = REQUEST_balance};
    answer.balance = (answer_balance_t){.sequence = 12, .head = 11};
    visit_rig_answer(1, &answer);
    answer = (answer_t){.type = REQUEST_status};
    answer.status.now = VISIT_RIG_NOW;
    visit_rig_answer(2, &answer);
}

static void each_state_has_its_words(void **state)
{
    (void)state;
    static const struct {
        uint64_t state;
        const char *query, *words;
        instant_t age;
        bool again;
    } rows[] = {{PAYMENT_CREATED, "", "не завершён или ещё идёт", 0, true},
                {PAYMENT_CREATED, "returned=0", "не завершён или ещё идёт", HOUR_US, true},
                {PAYMENT_CREATED, "returned=1", "Ждём подтверждения", 0, false},
                {PAYMENT_CREATED, "returned=1", "Не платите ещё раз", 15 * MINUTE_US, false},
                {PAYMENT_UNKNOWN, "", "Ждём подтверждения", 0, false},
                {PAYMENT_UNKNOWN, "", "Не платите ещё раз", HOUR_US, false},
                {PAYMENT_DECLINED, "", "Платёж не прошёл", 0, true},
                {PAYMENT_EXPIRED, "", "счёт закрыт", 0, true},
                {PAYMENT_MISMATCHED, "", "другая сумма", 0, false},
                {PAYMENT_FORGOTTEN, "", "старше 400 дней", 401 * DAY_US, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        come("/payments/17", rows[i].query, rows[i].state, rows[i].age);
        assert_true(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig.status, 200);
        assert_true(visit_rig_shows(rows[i].words));
        assert_int_equal(visit_rig_shows("Новое пополнение"), rows[i].again);
    }
}

static void credited_is_what_a_posting_says(void **state)
{
    (void)state;
    visit_rig_posting_t posting = {
        .sequence = 11, .debit = 2, .credit = 64, .kind = POSTING_TOPUP, .amount = 1};
    for (uint64_t invoice = 17; invoice <= 18; invoice++) {
        come("/payments/17", "", PAYMENT_SUCCEEDED, 0);
        assert_false(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig.requests[3].statement.head, 11);
        assert_true(visit_rig.requests[3].statement.from < VISIT_RIG_NOW);
        posting.reference = posting_payment_reference(invoice);
        answer_t answer = visit_rig_statement(&posting, 1, 0, buffer, sizeof buffer);
        visit_rig_answer(3, &answer);
        assert_true(visit_rig_step(page_payment_show));
        assert_true(visit_rig_shows(invoice == 17 ? "Зачислено 500" : "пришёл, зачисляем"));
        assert_true(
            visit_rig_shows(invoice == 17 ? "data-payment=\"done\"" : "data-payment=\"changes\""));
    }
    // More credits came since than are looked through.
    come("/payments/17", "", PAYMENT_SUCCEEDED, 0);
    assert_false(visit_rig_step(page_payment_show));
    answer_t answer = visit_rig_statement(&posting, 1, 7, buffer, sizeof buffer);
    visit_rig_answer(3, &answer);
    assert_true(visit_rig_step(page_payment_show));
    assert_false(visit_rig_shows("зачисляем"));
    assert_true(visit_rig_shows("data-payment=\"done\""));
    come("/payments/17", "", PAYMENT_SUCCEEDED, 0);
    assert_false(visit_rig_step(page_payment_show));
    visit_rig_fail(3, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_payment_show));
    assert_true(visit_rig_shows("пришёл, зачисляем"));
}

static void silence_and_absence_are_told_apart(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/payments/17", "", "read"));
    assert_false(visit_rig_step(page_payment_show));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("data-silent=\"payment\""));
    assert_true(visit_rig_come("GET", "/payments/17", "", "read"));
    assert_false(visit_rig_step(page_payment_show));
    visit_rig_fail(0, FAIL_MISSING);
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 404);
    static const char *const none[] = {"/payments/", "/payments/x", "/payments/17x",
                                       "/payments/99999999999999999999", "/payments/0"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_true(visit_rig_come("GET", none[i], "", "read"));
        assert_true(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig.status, 404);
    }
    assert_true(visit_rig_come("GET", "/payments/17", "", NULL));
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_shows("Войдите, чтобы увидеть платёж"));
}

static void what_can_be_paid_leads_back_to_be_paid(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_payment};
    for (int paid = 0; paid < 2; paid++) {
        come("/payments/17", paid ? "returned=1" : "", PAYMENT_CREATED, 0);
        visit_rig.asks[0].answer.payment.link = text_of("https://pay.example/?a=1");
        assert_true(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig_shows("/payments/17/pay"), !paid);
        assert_false(visit_rig_shows("pay.example"));
        assert_true(visit_rig_come("GET", "/payments/17/pay", "", "read pay"));
        assert_false(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig.requests[0].payment.invoice, 17);
        answer.payment.link = text_of(paid ? "" : "https://pay.example/?a=1");
        visit_rig_answer(0, &answer);
        assert_true(visit_rig_step(page_payment_show));
        assert_int_equal(visit_rig.status, 303);
        assert_string_equal(visit_rig.location, paid ? "/payments/17" : "https://pay.example/?a=1");
    }
    assert_true(visit_rig_come("GET", "/payments/17/pay", "", "read pay"));
    assert_false(visit_rig_step(page_payment_show));
    visit_rig_fail(0, FAIL_MISSING); // another's
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/payments/17/pay", "", "read"));
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("GET", "/payments/17/pay", "x=1", "read pay"));
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/payments/17/pay", "", NULL));
    assert_true(visit_rig_step(page_payment_show));
    assert_int_equal(visit_rig.status, 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_state_has_its_words, fresh),
        cmocka_unit_test_setup(what_can_be_paid_leads_back_to_be_paid, fresh),
        cmocka_unit_test_setup(credited_is_what_a_posting_says, fresh),
        cmocka_unit_test_setup(silence_and_absence_are_told_apart, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_payment", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
