// Every verdict of autopay in its words.
#include "proto/codes.h"
#include "services/web/page_card.h"
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

static page_card_tickets_t tickets;

static const char *card_text(const page_card_t *card)
{
    static char text[16384];
    writer_t writer = writer_on(text, sizeof text);
    page_card(&writer, LANGUAGE_RUSSIAN, card);
    writer_end(&writer);
    return text;
}

static answer_autopay_t autopay_of(uint64_t verdict)
{
    return (answer_autopay_t){.verdict = verdict,
                              .mandate = {{1}},
                              .amount = 50000,
                              .count = 3,
                              .count_max = 3,
                              .sum = 150000,
                              .sum_max = 150000,
                              .threshold = 10000,
                              .attempts = 5,
                              .last = VISIT_RIG_NOW - 10 * MINUTE_US,
                              .again = VISIT_RIG_NOW + HOUR_US,
                              .balance = 9999,
                              .balance_sequence = 12};
}

static void each_verdict_has_its_words(void **state)
{
    (void)state;
    static const struct {
        uint64_t verdict;
        const char *words;
    } rows[] = {
        {AUTOPAY_CHARGE, "скоро спишем"},
        {AUTOPAY_NO_STALE, "Обновляем данные"},
        {AUTOPAY_NO_ACCOUNT_CLOSED, "Счёт закрыт"},
        {AUTOPAY_NO_NOT_ENABLED, "не подключён"},
        {AUTOPAY_NO_REVOKED, "Автоплатёж отключён"},
        {AUTOPAY_NO_INSTRUMENT, "не подключён"},
        {AUTOPAY_NO_OPERATOR_HOLD, "Остановлен поддержкой"},
        {AUTOPAY_NO_SUSPENDED, "Приостановлен"},
        {AUTOPAY_NO_PENDING, "ждём ответа банка с 29\u00a0ноября 2026, 13:55"},
        {AUTOPAY_NO_ABOVE_THRESHOLD,
         "Когда баланс станет меньше 100\u00a0₽"},
        {AUTOPAY_NO_BACKOFF, "Следующая попытка не раньше 29\u00a0ноября 2026, 15:05"},
        {AUTOPAY_NO_INTERVAL, "Следующий не раньше 29\u00a0ноября 2026, 15:05"},
        {AUTOPAY_NO_ATTEMPT_CAP, "было 5\u00a0отказов банка"},
        {AUTOPAY_NO_COUNT_CAP, "Лимит месяца использован: 3 из 3. Снова с 1\u00a0декабря 2026"},
        {AUTOPAY_NO_SUM_CAP, "превысит 1\u00a0500\u00a0₽ в месяц"},
        {AUTOPAY_NO_PRENOTICE, "не раньше 29\u00a0ноября 2026, 15:05"},
        {AUTOPAY_NO_RETURNED, "только из-за возврата"},
        {999, "сейчас не списывает"}};
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        answer_autopay_t autopay = autopay_of(rows[i].verdict);
        page_card_t card =
            page_card_fill(&visit_rig, &autopay, NULL, false, VISIT_RIG_NOW, &tickets);
        const char *text = card_text(&card);
        if (!strstr(text, rows[i].words))
            fail_msg("verdict %d: %s", (int)rows[i].verdict, text);
        bool live = rows[i].verdict != AUTOPAY_NO_NOT_ENABLED &&
                    rows[i].verdict != AUTOPAY_NO_REVOKED &&
                    rows[i].verdict != AUTOPAY_NO_INSTRUMENT;
        assert_int_equal(card.live, live);
        assert_int_equal(strstr(text, "Отключить автоплатёж") != NULL, live);
    }
}

static void a_late_answer_of_the_bank_is_said_to_be_late(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    answer_autopay_t autopay = autopay_of(AUTOPAY_NO_PENDING);
    autopay.last = VISIT_RIG_NOW - 15 * MINUTE_US + 1;
    page_card_t card = page_card_fill(&visit_rig, &autopay, NULL, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.pending && !card.late);
    autopay.last--;
    card = page_card_fill(&visit_rig, &autopay, NULL, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.late && !card.pending);
    assert_non_null(strstr(card_text(&card), "Второй раз не спишем"));
}

// A limit that was lowered stands in payment before autopay has heard of it.
static void limits_are_payments(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    answer_autopay_t autopay = autopay_of(AUTOPAY_NO_ABOVE_THRESHOLD);
    answer_mandate_t mandate = {
        .state = MANDATE_LIVE, .mandate = {{1}}, .count_max = 2, .sum_max = 100000};
    page_card_t card =
        page_card_fill(&visit_rig, &autopay, &mandate, false, VISIT_RIG_NOW, &tickets);
    assert_non_null(strstr(card_text(&card), "3 из 2"));
    mandate.mandate.bytes[0] = 2; // of another consent, which autopay does not know yet
    card = page_card_fill(&visit_rig, &autopay, &mandate, false, VISIT_RIG_NOW, &tickets);
    assert_non_null(strstr(card_text(&card), "3 из 3"));
}

static void payment_knows_first_that_it_is_off(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    answer_autopay_t autopay = autopay_of(AUTOPAY_NO_ABOVE_THRESHOLD);
    answer_mandate_t revoked = {.state = MANDATE_REVOKED}, live = {.state = MANDATE_LIVE};
    page_card_t card =
        page_card_fill(&visit_rig, &autopay, &revoked, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.revoked && !card.live);
    card = page_card_fill(&visit_rig, NULL, &revoked, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.revoked && !card.silent);
    autopay.verdict = AUTOPAY_NO_REVOKED; // of the mandate before; the new one is not there yet
    card = page_card_fill(&visit_rig, &autopay, &live, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.live && !card.revoked);
}

static void silence_is_said_unless_there_is_nothing(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    answer_mandate_t live = {.state = MANDATE_LIVE};
    page_card_t card = page_card_fill(&visit_rig, NULL, NULL, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.silent && !card.off);
    card = page_card_fill(&visit_rig, NULL, &live, true, VISIT_RIG_NOW, &tickets);
    assert_true(card.silent && !card.off);
    card = page_card_fill(&visit_rig, NULL, NULL, true, VISIT_RIG_NOW, &tickets);
    assert_true(card.off && !card.silent);
    answer_autopay_t none = {.verdict = AUTOPAY_NO_ABOVE_THRESHOLD};
    card = page_card_fill(&visit_rig, &none, NULL, false, VISIT_RIG_NOW, &tickets);
    assert_true(card.off);
}

static void the_form_begins_unticked_with_a_sum(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance", "amount=700", "read pay"));
    page_form_t form = page_card_form(&visit_rig, &tickets);
    assert_true(span_is(form.amount, SPAN("700")) && !form.ticked && form.max == 10000000);
    assert_true(visit_rig.pays_outside);
    assert_true(visit_rig_come("GET", "/balance", "", "read pay"));
    assert_true(span_is(page_card_form(&visit_rig, &tickets).amount, SPAN("500")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_verdict_has_its_words, fresh),
        cmocka_unit_test_setup(a_late_answer_of_the_bank_is_said_to_be_late, fresh),
        cmocka_unit_test_setup(limits_are_payments, fresh),
        cmocka_unit_test_setup(payment_knows_first_that_it_is_off, fresh),
        cmocka_unit_test_setup(silence_is_said_unless_there_is_nothing, fresh),
        cmocka_unit_test_setup(the_form_begins_unticked_with_a_sum, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_card", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
