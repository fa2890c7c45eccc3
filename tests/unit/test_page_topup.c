// A top-up: sums as people type them, the review, one form one invoice.
#include "proto/codes.h"
#include "proto/digest.h"
#include "services/web/page_topup.h"
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

static bool send_form(const char *ticket, const char *rest)
{
    char form[1024];
    snprintf(form, sizeof form, "ticket=%s&%s", ticket, rest);
    assert_true(visit_rig_come("POST", "/balance/topup", form, "read pay"));
    return visit_rig_step(page_topup_send);
}

static bool send_fresh(const char *rest)
{
    return send_form(visit_rig_ticket("/balance/topup", ""), rest);
}

static void sums_are_read_as_people_type_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t rubles;
    } rows[] = {{"500", 500},
                {"1 000 ₽", 1000},
                {"1\u00a0000\u00a0₽", 1000},
                {"1\u202f000 руб.", 1000},
                {" 7 руб", 7},
                {"007", 7},
                {"100,5", 0},
                {"1e3", 0},
                {"+5", 0},
                {"-5", 0},
                {"٥", 0},
                {"", 0},
                {"₽", 0},
                {"0", 0},
                {"999999999", 999999999},
                {"1000000000", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(page_topup_rubles(span_of(rows[i].text)), rows[i].rubles);
}

static void a_form_is_one_command(void **state)
{
    (void)state;
    assert_false(send_fresh("amount=500&count=3"));
    assert_int_equal(visit_rig.requests[0].topup.amount_rub, 500);
    assert_int_equal(visit_rig.requests[0].topup.count_max, 0);
    assert_true(uid_equal(&visit_rig.requests[0].topup.account, &visit_rig_account));
    web_ticket_t ticket;
    assert_true(visit_ticket(&visit_rig, "/balance/topup", &ticket));
    assert_true(uid_equal(&visit_rig.requests[0].id, &ticket.command));
    answer_t answer = {.type = REQUEST_topup};
    answer.topup.link = text_of("https://pay.example/?a=1&b=2");
    answer.topup.invoice = 17;
    visit_rig_answer(0, &answer);
    assert_false(visit_rig_step(page_topup_send));
    assert_int_equal(visit_rig.requests[1].payment.invoice, 17);
    visit_rig_fail(1, FAIL_TIMEOUT); // then it is to be paid, as far as is known
    assert_true(visit_rig_step(page_topup_send));
    assert_int_equal(visit_rig.status, 303);
    assert_string_equal(visit_rig.location, "https://pay.example/?a=1&b=2");
}

// Sent again behind Back: what is paid leads to its page, and not to be paid once more.
static void what_is_paid_is_not_sent_to_be_paid(void **state)
{
    (void)state;
    static const uint64_t states[] = {PAYMENT_CREATED, PAYMENT_SUCCEEDED, PAYMENT_EXPIRED};
    for (size_t i = 0; i < 3; i++) {
        assert_false(send_fresh("amount=500"));
        answer_t answer = {.type = REQUEST_topup};
        answer.topup.invoice = 17;
        answer.topup.link = text_of("https://pay.example/");
        visit_rig_answer(0, &answer);
        assert_false(visit_rig_step(page_topup_send));
        answer_t payment = {.type = REQUEST_payment, .payment.state = states[i]};
        visit_rig_answer(1, &payment);
        assert_true(visit_rig_step(page_topup_send));
        assert_string_equal(visit_rig.location, i ? "/payments/17" : "https://pay.example/");
    }
}

static void a_foreign_card_pays_a_thousand_at_least(void **state)
{
    (void)state;
    assert_true(send_fresh("amount=999&method=foreign"));
    assert_int_equal(visit_rig.status, 422);
    assert_true(
        visit_rig_shows(
            "С иностранной карты: 1\u00a0000\u00a0₽ или больше") &&
        visit_rig_shows("value=\"999\""));
    assert_true(visit_rig_shows("value=\"foreign\" aria-describedby=\"foreign-hint\" checked"));
    assert_false(send_fresh("amount=1000&method=foreign"));
    assert_int_equal(visit_rig.requests[0].topup.method, METHOD_FOREIGN_CARD);
    assert_false(send_fresh("amount=999&method=any"));
    assert_int_equal(visit_rig.requests[0].topup.method, METHOD_ANY);
}

static void outcomes_have_their_pages(void **state)
{
    (void)state;
    static const struct {
        fail_t fail;
        unsigned status;
        const char *text;
    } rows[] = {{FAIL_CONFLICT, 409, "уже отправлена"}, {FAIL_TIMEOUT, 503, "Отправить ещё раз"},
                {FAIL_LATER, 503, "Отправить ещё раз"}, {FAIL_FULL, 429, "Слишком"},
                {FAIL_LIMIT, 429, "Слишком"},           {FAIL_DENIED, 401, "Войдите снова"},
                {FAIL_INVALID, 422, "не понят"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        visit_rig_begin();
        assert_false(send_fresh("amount=500"));
        visit_rig_fail(0, rows[i].fail);
        assert_true(visit_rig_step(page_topup_send));
        assert_int_equal(visit_rig.status, rows[i].status);
        assert_true(visit_rig_shows(rows[i].text));
    }
    visit_rig_begin();
    assert_false(send_fresh("amount=500"));
    answer_t answer = {.type = REQUEST_topup};
    visit_rig_answer(0, &answer); // without a link
    assert_false(visit_rig_step(page_topup_send));
    assert_true(visit_rig_step(page_topup_send));
    assert_int_equal(visit_rig.status, 500);
}

static void what_is_wrong_is_said_and_kept(void **state)
{
    (void)state;
    assert_true(send_fresh("amount=100%2C5"));
    assert_int_equal(visit_rig.status, 422);
    assert_true(visit_rig_shows("value=\"100,5\"") && visit_rig_shows("id=\"amount-wrong\""));
    assert_true(send_fresh("amount=100001"));
    assert_int_equal(visit_rig.status, 422);
    assert_true(send_fresh("amount=5&autopay=1&count=32"));
    assert_true(visit_rig_shows("id=\"count-wrong\"") && visit_rig_shows(" checked"));
    assert_true(send_fresh("amount=5&x=1"));
    assert_int_equal(visit_rig.status, 400);
    assert_true(send_form("forged", "amount=5"));
    assert_int_equal(visit_rig.status, 403);
    visit_rig_begin();
    for (int i = 0; i < 6; i++)
        assert_true(send_fresh("amount=x"));
    assert_true(send_fresh("amount=5"));
    assert_int_equal(visit_rig.status, 429);
}

static void with_the_box_ticked_nothing_is_made_before_the_review(void **state)
{
    (void)state;
    assert_false(send_fresh("amount=500&autopay=1&count=3"));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_autopay);
    answer_t answer = {.type = REQUEST_autopay};
    answer.autopay = (answer_autopay_t){.mandate = {{1}}, .amount = 30000, .threshold = 10000};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_topup_send));
    assert_int_equal(visit_rig.status, 200);
    assert_true(
        visit_rig_shows("не более 3\u00a0раз и не более 1\u00a0500\u00a0₽"));
    assert_true(visit_rig_shows(
        "Автоплатёж станет 500\u00a0₽ вместо 300\u00a0₽"));
    assert_false(send_fresh("amount=500&autopay=1&count=3"));
    visit_rig_fail(0, FAIL_TIMEOUT); // what would be agreed to is not known
    assert_true(visit_rig_step(page_topup_send));
    assert_int_equal(visit_rig.status, 503);
}

static void only_what_was_seen_is_agreed_to(void **state)
{
    (void)state;
    char sentence[2048];
    writer_t writer = writer_on(sentence, sizeof sentence);
    say_T8(&writer, LANGUAGE_RUSSIAN, 50000, 10000, 3, 150000);
    writer_end(&writer);
    char ticket[TICKET_SIZE + 1];
    hash_t hash;
    digest_sha256(sentence, strlen(sentence), hash.bytes);
    memcpy(ticket, visit_rig_ticket("/balance/topup", sentence), sizeof ticket);
    assert_true(send_form(ticket, "amount=500&autopay=1&count=31&below=10000&agreed=1"));
    assert_int_equal(visit_rig.status, 409);
    assert_true(send_fresh("amount=500&autopay=1&count=3&below=10000&agreed=1"));
    assert_int_equal(visit_rig.status, 409);
    assert_true(send_form(ticket, "amount=500&autopay=1&count=3&below=99999&agreed=1"));
    assert_int_equal(visit_rig.status, 409);
    assert_false(send_form(ticket, "amount=500&autopay=1&count=3&below=10000&agreed=1"));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_topup);
    assert_int_equal(visit_rig.requests[0].topup.count_max, 3);
    assert_memory_equal(visit_rig.requests[0].topup.consent.bytes, hash.bytes, sizeof hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_read_as_people_type_them),
        cmocka_unit_test_setup(a_form_is_one_command, fresh),
        cmocka_unit_test_setup(what_is_paid_is_not_sent_to_be_paid, fresh),
        cmocka_unit_test_setup(a_foreign_card_pays_a_thousand_at_least, fresh),
        cmocka_unit_test_setup(outcomes_have_their_pages, fresh),
        cmocka_unit_test_setup(what_is_wrong_is_said_and_kept, fresh),
        cmocka_unit_test_setup(with_the_box_ticked_nothing_is_made_before_the_review, fresh),
        cmocka_unit_test_setup(only_what_was_seen_is_agreed_to, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_topup", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
