// A decision of autopay, opened to what it looked at.
#include "proto/codes.h"
#include "proto/event.h"
#include "services/web/page_why.h"
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

static uint8_t bytes[1024];

static event_t withheld(void)
{
    event_t event = {.type = EVENT_autopay_withheld, .at = VISIT_RIG_NOW};
    event.autopay_withheld =
        (event_autopay_withheld_t){.account = visit_rig_account,
                                   .reason = AUTOPAY_NO_BACKOFF,
                                   .amount = 50000,
                                   .month = 2026 * 12 + 10,
                                   .balance = -1234,
                                   .balance_sequence = 77,
                                   .threshold = 10000,
                                   .count = 2,
                                   .sum = 100000,
                                   .count_max = 3,
                                   .sum_max = 150000,
                                   .declines = 1,
                                   .attempts = 4,
                                   .last = VISIT_RIG_NOW - DAY_US,
                                   .flags = AUTOPAY_SUSPENDED | AUTOPAY_PENDING,
                                   .rule = 2,
                                   .previous = 31};
    return event;
}

static event_t requested(void)
{
    event_t event = {.type = EVENT_autopay_payment_requested, .at = VISIT_RIG_NOW};
    event.autopay_payment_requested =
        (event_autopay_payment_requested_t){.account = visit_rig_account,
                                            .amount = 50000,
                                            .month = 2026 * 12 + 10,
                                            .balance = 9999,
                                            .balance_sequence = 78,
                                            .threshold = 10000,
                                            .count_max = 3,
                                            .sum_max = 150000,
                                            .declined = VISIT_RIG_NOW - HOUR_US,
                                            .rule = 2};
    return event;
}

static void answer_event(size_t index, const event_t *event)
{
    answer_t answer = {.type = REQUEST_event};
    answer.event.event = (bytes_t){bytes, (uint32_t)event_encode(event, bytes, sizeof bytes)};
    visit_rig_answer(index, &answer);
}

static void ask_last(uint64_t decision)
{
    assert_true(visit_rig_come("GET", "/autopay/why", "", "read"));
    assert_false(visit_rig_step(page_why_show));
    answer_t answer = {.type = REQUEST_autopay};
    answer.autopay.decision = decision;
    visit_rig_answer(0, &answer);
}

static void shows_all(const char *const *words)
{
    for (; *words; words++)
        if (!visit_rig_shows(*words))
            fail_msg("%s is not in %.*s", *words, (int)visit_rig.page_size, visit_rig.page);
}

static void every_value_that_was_looked_at_is_shown(void **state)
{
    (void)state;
    static const char *const words[] = {
        "Решение № 42 принято 29\u00a0ноября 2026, 14:05",
        "Решили не списывать: пауза после отказа",
        "<dt>Баланс, запись № 77</dt><dd>\u221212,34\u00a0₽</dd>",
        "<dt>Порог</dt><dd>100,00\u00a0₽</dd>",
        "<dt>Один платёж</dt><dd>500,00\u00a0₽</dd>",
        "<dt>Платежей с 1\u00a0ноября 2026</dt><dd>2 из 3</dd>",
        "<dd>1\u00a0000\u00a0₽ из 1\u00a0500\u00a0₽</dd>",
        "подряд</dt><dd>1</dd>",
        "ноября 2026</dt><dd>4</dd>",
        "<dt>Прошлое решение списать</dt><dd>28\u00a0ноября 2026, 14:05",
        "<dt>Последний отказ банка</dt><dd>не было</dd>",
        "автоплатёж был приостановлен",
        "платёж шёл или его деньги ещё не были зачислены",
        "версия</dt><dd>2</dd>",
        "/autopay/why?decision=31\"",
        NULL};
    ask_last(42);
    assert_false(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.asks[1].door, WEB_DOOR_AUTOPAY_REPLAY);
    assert_int_equal(visit_rig.requests[1].event.sequence, 42);
    event_t event = withheld();
    answer_event(1, &event);
    assert_true(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.status, 200);
    shows_all(words);
    assert_false(visit_rig_shows("согласие было отозвано"));
}

static void a_charge_says_so(void **state)
{
    (void)state;
    static const char *const words[] = {"Решили списать 500\u00a0₽ с карты",
                                        "<dd>99,99\u00a0₽</dd>",
                                        "отказ банка</dt><dd>29\u00a0ноября 2026, 13:05", NULL};
    assert_true(visit_rig_come("GET", "/autopay/why", "decision=9", "read"));
    assert_false(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.requests[0].event.sequence, 9);
    event_t event = requested();
    answer_event(0, &event);
    assert_true(visit_rig_step(page_why_show));
    shows_all(words);
    assert_false(visit_rig_shows("decision=0")); // there is none before
    assert_false(visit_rig_shows("Что ещё было так"));
    assert_true(visit_rig_shows("Последнее решение"));
}

static void what_is_no_decision_of_his_is_no_page(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_autopay_held, .autopay_held.account = visit_rig_account};
    assert_true(visit_rig_come("GET", "/autopay/why", "decision=9", "read"));
    assert_false(visit_rig_step(page_why_show));
    answer_event(0, &event);
    assert_true(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/autopay/why", "decision=9", "read"));
    assert_false(visit_rig_step(page_why_show));
    visit_rig_fail(0, FAIL_MISSING);
    assert_true(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/autopay/why", "decision=x", "read"));
    assert_true(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.status, 400);
    assert_true(visit_rig_come("GET", "/autopay/why", "", NULL));
    assert_true(visit_rig_step(page_why_show));
    assert_int_equal(visit_rig.status, 401);
}

static void nothing_decided_and_nobody_there_are_said(void **state)
{
    (void)state;
    ask_last(0);
    assert_true(visit_rig_step(page_why_show));
    assert_true(visit_rig_shows("ещё ничего не решал"));
    ask_last(0);
    visit_rig_fail(0, FAIL_UNKNOWN_ACCOUNT);
    assert_true(visit_rig_step(page_why_show));
    assert_true(visit_rig_shows("ещё ничего не решал"));
    ask_last(0);
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_why_show));
    assert_true(visit_rig_shows("data-silent=\"autopay\""));
    ask_last(5);
    assert_false(visit_rig_step(page_why_show));
    visit_rig_fail(1, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_why_show));
    assert_true(visit_rig_shows("data-silent=\"autopay\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_value_that_was_looked_at_is_shown, fresh),
        cmocka_unit_test_setup(a_charge_says_so, fresh),
        cmocka_unit_test_setup(what_is_no_decision_of_his_is_no_page, fresh),
        cmocka_unit_test_setup(nothing_decided_and_nobody_there_are_said, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
