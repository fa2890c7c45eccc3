// The screen «Баланс» and the autopay page, from answers and from silence.
#include "proto/codes.h"
#include "proto/wire.h"
#include "services/web/page_account.h"
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

enum { BALANCE, STATUS, AUTOPAY, MANDATE, METERS, PAYMENTS, PROMO, ROWS };

static uint8_t buffer[4096];

static void answer_balance(kopecks_t cash, bool low, bool exhausted, uint64_t head)
{
    answer_t answer = {.type = REQUEST_balance};
    answer.balance = (answer_balance_t){
        .sequence = 42, .cash = cash, .head = head, .low = low, .exhausted = exhausted};
    visit_rig_answer(BALANCE, &answer);
    answer = (answer_t){.type = REQUEST_status};
    answer.status.now = VISIT_RIG_NOW;
    visit_rig_answer(STATUS, &answer);
}

static void answer_meters(uint64_t replicas, int64_t burn)
{
    static uint8_t row[64];
    pack_t pack;
    pack_start(&pack, row, sizeof row);
    pack_array(&pack, 4);
    pack_i64(&pack, burn);
    pack_i64(&pack, 0);
    pack_i64(&pack, 0);
    pack_i64(&pack, burn); // of this minute
    answer_t answer = {.type = REQUEST_meters};
    answer.meters = (answer_meters_t){.replicas = replicas,
                                      .burn = burn,
                                      .now = VISIT_RIG_NOW,
                                      .settle_us = 2 * (uint64_t)MINUTE_US,
                                      .count = 1,
                                      .rows = {row, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(METERS, &answer);
}

// One price that will change.
static void answer_coming(void)
{
    static uint8_t row[64];
    pack_t pack;
    pack_start(&pack, row, sizeof row);
    pack_array(&pack, 5);
    pack_u64(&pack, 0);
    pack_text(&pack, text_of("nachalny<b>"));
    pack_i64(&pack, VISIT_RIG_NOW + DAY_US);
    pack_i64(&pack, 29000);
    pack_i64(&pack, 32000);
    visit_rig.asks[METERS].answer.meters.coming = (bytes_t){row, (uint32_t)pack_end(&pack)};
}

static void answer_autopay(kopecks_t amount, uint64_t count_max)
{
    answer_t answer = {.type = REQUEST_autopay};
    answer.autopay = (answer_autopay_t){.amount = amount,
                                        .count_max = count_max,
                                        .sum_max = amount * (kopecks_t)count_max,
                                        .threshold = 5000,
                                        .attempts_max = 5};
    visit_rig_answer(AUTOPAY, &answer);
}

static void come(void)
{
    assert_true(visit_rig_come("GET", "/balance", "", "read pay"));
    assert_false(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.asks_count, ROWS);
    visit_rig_fail(0, FAIL_TIMEOUT);
}

static void it_says_which_bonus_ends_first(void **state)
{
    (void)state;
    uint8_t bytes[64];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, 1);
    pack_array(&pack, 2);
    pack_i64(&pack, INT64_C(1780304400) * SECOND_US); // 2026-06-01 12:00 of Moscow
    pack_i64(&pack, 12345);
    come();
    answer_balance(10000, false, false, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_false(visit_rig_shows("действуют до"));
    come();
    answer_t answer = {.type = REQUEST_balance};
    answer.balance.bonus = 20000;
    answer.balance.endings = (bytes_t){bytes, (uint32_t)pack_end(&pack)};
    visit_rig_answer(BALANCE, &answer);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows(
        "Из бонусов 123,45\u00a0₽ действуют до 1\u00a0июня 2026, 12:00"));
}

static void strips_come_one_at_a_time(void **state)
{
    (void)state;
    come();
    answer_balance(-40, true, true, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Долг 0,40") && !visit_rig_shows("Баланс ниже порога"));
    assert_true(visit_rig_shows("Данные верны на запись № 42"));
    come();
    answer_balance(9999, true, false, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Баланс ниже порога") && !visit_rig_shows("Долг"));
    come();
    answer_balance(10000, false, false, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(!visit_rig_shows("Баланс ниже порога") && !visit_rig_shows("Долг"));
}

static void a_closed_account_says_so_and_takes_no_money(void **state)
{
    (void)state;
    come();
    answer_t answer = {.type = REQUEST_balance};
    answer.balance = (answer_balance_t){.sequence = 42, .cash = 700, .low = true, .closed = true};
    visit_rig_answer(BALANCE, &answer);
    answer = (answer_t){.type = REQUEST_status};
    answer.status.now = VISIT_RIG_NOW;
    visit_rig_answer(STATUS, &answer);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Счёт закрыт"));
    assert_false(visit_rig_shows("Баланс ниже порога"));
    assert_false(visit_rig_shows("/balance/topup"));
    assert_false(visit_rig_shows("/balance/promo"));
    come();
    answer_balance(700, true, false, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_false(visit_rig_shows("Счёт закрыт"));
    assert_true(visit_rig_shows("/balance/topup"));
}

// An accountant reads, an owner pays: the platform's token says which.
static void who_only_reads_is_shown_no_form(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance", "", "read"));
    assert_false(visit_rig_step(page_account_balance));
    answer_balance(700, true, false, 0);
    answer_autopay(50000, 3);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("7,00"));
    assert_false(visit_rig_shows("action=\"/balance/") || visit_rig_shows("action=\"/autopay/"));
}

static void a_price_that_will_change_is_told_with_its_day(void **state)
{
    (void)state;
    come();
    answer_balance(10000, false, false, 0);
    answer_meters(2, CARRY_DENOMINATOR);
    answer_coming();
    assert_true(visit_rig_step(page_account_balance));
    assert_true(
        visit_rig_shows("С 30\u00a0ноября 2026, 14:05\u00a0МСК меняется цена "
                        "nachalny&lt;b&gt;: 320,00\u00a0₽ вместо 290,00\u00a0₽."));
    come();
    answer_balance(10000, false, false, 0);
    answer_meters(2, CARRY_DENOMINATOR);
    assert_true(visit_rig_step(page_account_balance));
    assert_false(visit_rig_shows("меняется цена"));
}

static void the_forecast_is_rounded_down(void **state)
{
    (void)state;
    // 60 kopecks an hour; 100 rubles last 10 000 minutes.
    come();
    answer_balance(10000, false, false, 0);
    answer_meters(2, CARRY_DENOMINATOR);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows(
        "Расход 0,60\u00a0₽ в час, работает 2\u00a0реплики. "
        "Хватит "
        "примерно до "
        "6\u00a0декабря 2026, 12:45"));
    come();
    answer_balance(INT64_MAX / 2, false, false, 0);
    answer_meters(1, 1);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Хватит больше чем на 90\u00a0дней"));
    come();
    answer_balance(0, false, false, 0);
    answer_meters(1, CARRY_DENOMINATOR);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Деньги на счёте кончились"));
    come();
    answer_balance(0, false, false, 0);
    answer_meters(0, 0);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("Ничего не работает"));
}

// 100 rubles at a ruble a minute: at 15:02 the 50 minutes up to 14:55 would leave 50, the 55 up to
// 15:00 leave 45. One payment of 10 rubles, then none is left, and at 17:02 no money.
static void the_forecast_counts_autopay_in(void **state)
{
    (void)state;
    come();
    answer_balance(10000, false, false, 0);
    answer_meters(1, 100 * CARRY_DENOMINATOR);
    answer_autopay(1000, 1);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(
        visit_rig_shows("Следующий автоплатёж примерно 29\u00a0ноября 2026, 15:02\u00a0МСК."));
    assert_true(visit_rig_shows(
        "Лимит автоплатежей закончится примерно 29\u00a0ноября 2026, 16:02\u00a0МСК."));
    assert_true(visit_rig_shows("хватит примерно до 29\u00a0ноября 2026, 16:02\u00a0МСК, потом"));
    come();
    answer_balance(10000, false, false, 0);
    answer_meters(1, 100 * CARRY_DENOMINATOR);
    assert_true(visit_rig_step(page_account_balance)); // autopay is silent
    assert_false(visit_rig_shows("Следующий автоплатёж"));
}

static void a_silent_block_says_so_and_the_rest_stands(void **state)
{
    (void)state;
    come();
    answer_balance(10000, false, false, 41);
    assert_false(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.requests[ROWS].statement.head, 41);
    visit_rig_fail(ROWS, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("100,00") && visit_rig_shows("data-silent=\"metering\"") &&
                visit_rig_shows("data-silent=\"autopay\"") &&
                visit_rig_shows("data-silent=\"statement\"") &&
                visit_rig_shows("data-silent=\"chart\""));
    come();
    answer_balance(10000, false, false, 41);
    assert_false(visit_rig_step(page_account_balance));
    visit_rig_posting_t posting = {
        .sequence = 41, .debit = 2, .credit = 64, .kind = POSTING_TOPUP, .amount = 777};
    answer_t rows = visit_rig_statement(&posting, 1, 0, buffer, sizeof buffer);
    visit_rig_answer(ROWS, &rows);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(visit_rig_shows("+7,77"));
}

// They stand above the form, so that nobody pays twice what is on its way.
static void open_payments_stand_above_the_form(void **state)
{
    (void)state;
    uint8_t bytes[64];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, 8);
    const uint64_t row[] = {17, PAYMENT_KIND_TOPUP, PAYMENT_CREATED, 50000, VISIT_RIG_NOW, 0, 0, 0};
    for (size_t i = 0; i < 8; i++)
        pack_u64(&pack, row[i]);
    come();
    answer_balance(10000, false, false, 0);
    assert_int_equal(visit_rig.requests[PAYMENTS].payments.states,
                     1 << PAYMENT_CREATED | 1 << PAYMENT_SENT | 1 << PAYMENT_PENDING |
                         1 << PAYMENT_UNKNOWN);
    answer_t answer = {.type = REQUEST_payments};
    answer.payments = (answer_payments_t){.count = 1, .rows = {bytes, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(PAYMENTS, &answer);
    assert_true(visit_rig_step(page_account_balance));
    assert_true(
        visit_rig_shows("Ждём 500\u00a0₽, создан 29\u00a0ноября 2026, 14:05"));
    const char *open = memmem(visit_rig.page, visit_rig.page_size, "/payments/17", 12);
    const char *form = memmem(visit_rig.page, visit_rig.page_size, "/balance/topup", 14);
    assert_true(open && form && open < form);
    come();
    answer_balance(10000, false, false, 0);
    assert_true(visit_rig_step(page_account_balance)); // payment is silent
    assert_true(visit_rig_shows("data-silent=\"payment\""));
    come();
    answer_balance(10000, false, false, 0);
    visit_rig_fail(PAYMENTS, FAIL_UNKNOWN_ACCOUNT);
    assert_true(visit_rig_step(page_account_balance));
    assert_false(visit_rig_shows("data-silent=\"payment\"") || visit_rig_shows("Незавершённые"));
}

static void without_the_ledger_there_is_no_page(void **state)
{
    (void)state;
    come();
    assert_true(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.status, 503);
    assert_true(visit_rig_shows("Временно недоступно"));
    come();
    visit_rig_fail(0, FAIL_UNKNOWN_ACCOUNT);
    assert_true(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("Операций ещё не было") && visit_rig_shows("не подключён") &&
                visit_rig_shows("Ничего не работает"));
    assert_true(visit_rig_come("GET", "/balance", "x=1", "read pay"));
    assert_true(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.status, 400);
    assert_true(visit_rig_come("GET", "/balance", "", NULL));
    assert_true(visit_rig_step(page_account_balance));
    assert_int_equal(visit_rig.status, 401);
}

static void come_to_autopay(const char *query, uint64_t mandate_state, uint64_t request,
                            bool suspended)
{
    assert_true(visit_rig_come("GET", "/autopay", query, "read pay"));
    assert_false(visit_rig_step(page_account_autopay));
    answer_balance(100, false, false, 0);
    answer_t answer = {.type = REQUEST_autopay};
    answer.autopay = (answer_autopay_t){.verdict = AUTOPAY_NO_PENDING,
                                        .mandate = {{1}},
                                        .amount = 50000,
                                        .request = request,
                                        .suspended = suspended};
    visit_rig_answer(AUTOPAY, &answer);
    answer = (answer_t){.type = REQUEST_mandate};
    answer.mandate = (answer_mandate_t){
        .state = mandate_state, .amount = 50000, .count_max = 2, .sum_max = 100000};
    visit_rig_answer(MANDATE, &answer);
    assert_true(visit_rig_step(page_account_autopay));
    assert_int_equal(visit_rig.status, 200);
}

static void off_is_what_payment_says(void **state)
{
    (void)state;
    come_to_autopay("done=off", MANDATE_REVOKED, 0, false);
    assert_true(visit_rig_shows("больше ничего не спишем") && !visit_rig_shows("ушёл в банк"));
    come_to_autopay("done=off", MANDATE_REVOKED, 9, false);
    assert_true(visit_rig_shows("Платёж 500\u00a0₽ ушёл в банк"));
    come_to_autopay("done=off", MANDATE_LIVE, 9, false);
    assert_false(visit_rig_shows("больше ничего не спишем"));
    come_to_autopay("done=resumed", MANDATE_LIVE, 0, false);
    assert_true(visit_rig_shows("Автоплатёж возобновлён"));
    assert_true(visit_rig_shows("action=\"/autopay/limits\""));
    come_to_autopay("done=limits", MANDATE_LIVE, 0, false);
    assert_true(visit_rig_shows(
        "не более 2\u00a0раз и не более 1\u00a0000\u00a0₽ за месяц"));
    come_to_autopay("done=limits", MANDATE_REVOKED, 0, false);
    assert_true(!visit_rig_shows("спишет не более") && !visit_rig_shows("/autopay/limits"));
    come_to_autopay("done=resumed", MANDATE_LIVE, 0, true);
    assert_true(!visit_rig_shows("Автоплатёж возобновлён") && visit_rig_shows("Возобновить"));
    assert_true(visit_rig_come("GET", "/autopay", "x=1", "read pay"));
    assert_true(visit_rig_step(page_account_autopay));
    assert_int_equal(visit_rig.status, 400);
    assert_true(visit_rig_come("GET", "/autopay", "", NULL));
    assert_true(visit_rig_step(page_account_autopay));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_come("GET", "/autopay", "", "read pay"));
    assert_false(visit_rig_step(page_account_autopay));
    assert_true(visit_rig_step(page_account_autopay));
    assert_int_equal(visit_rig.status, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_says_which_bonus_ends_first, fresh),
        cmocka_unit_test_setup(strips_come_one_at_a_time, fresh),
        cmocka_unit_test_setup(a_closed_account_says_so_and_takes_no_money, fresh),
        cmocka_unit_test_setup(who_only_reads_is_shown_no_form, fresh),
        cmocka_unit_test_setup(a_price_that_will_change_is_told_with_its_day, fresh),
        cmocka_unit_test_setup(the_forecast_is_rounded_down, fresh),
        cmocka_unit_test_setup(the_forecast_counts_autopay_in, fresh),
        cmocka_unit_test_setup(a_silent_block_says_so_and_the_rest_stands, fresh),
        cmocka_unit_test_setup(open_payments_stand_above_the_form, fresh),
        cmocka_unit_test_setup(without_the_ledger_there_is_no_page, fresh),
        cmocka_unit_test_setup(off_is_what_payment_says, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_account", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
