// Lists of the desk out of made-up answers: what is stuck and what is not, lights, and silence.
#include "proto/codes.h"
#include "proto/wire.h"
#include "tools/desk/desk_screens.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { STATUS, TABLE };

static uint8_t rows[4096];
static char cookie[VISIT_RIG_COOKIE];

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin_desk(cookie);
    return 0;
}

static void come(const char *path, const char *query)
{
    web_visit_release(&visit_rig);
    visit_rig = (web_visit_t){.site = &visit_rig_site,
                              .head = {.cookie = cookie, .host = "localhost:8099"},
                              .method = "GET",
                              .path = path,
                              .query = span_of(query),
                              .now = VISIT_RIG_NOW,
                              .now_ms = 1000};
    assert_true(web_visit_begin(&visit_rig));
}

static void pack_open(pack_t *pack, uint64_t invoice, instant_t created)
{
    pack_array(pack, 6);
    pack_u64(pack, 1);
    pack_uid(pack, &visit_rig_account);
    pack_u64(pack, invoice);
    pack_u64(pack, PAYMENT_KIND_AUTOPAY);
    pack_i64(pack, created);
    pack_u64(pack, 9);
}

// By payment's own time, which may be a driven one.
static void a_payment_is_stuck_from_fifteen_minutes_on(void **state)
{
    (void)state;
    instant_t now = VISIT_RIG_NOW + 400 * DAY_US;
    pack_t pack;
    come("/desk/payments", "");
    assert_false(visit_rig_step(desk_payments_show));
    answer_t answer = {.type = REQUEST_status};
    answer.status.now = now;
    visit_rig_answer(STATUS, &answer);
    pack_start(&pack, rows, sizeof rows);
    pack_open(&pack, 555001, now - 15 * MINUTE_US);
    pack_open(&pack, 555002, now - 15 * MINUTE_US + 1);
    answer = (answer_t){.type = REQUEST_table};
    answer.table =
        (answer_table_t){.count = 2, .next = 700, .rows = {rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(TABLE, &answer);
    assert_false(visit_rig_step(desk_payments_show)); // there is another page of the table
    assert_int_equal(visit_rig.requests[TABLE + 1].table.from, 700);
    answer.table = (answer_table_t){.count = 0};
    visit_rig_answer(TABLE + 1, &answer);
    assert_true(visit_rig_step(desk_payments_show));
    assert_true(visit_rig_shows("555001") && !visit_rig_shows("555002"));
    assert_true(visit_rig_shows("/desk/do/resolve?invoice=555001"));
}

static void who_says_nothing_is_dark_and_the_others_are_shown(void **state)
{
    (void)state;
    uint8_t alarms[64];
    pack_t pack;
    come("/desk", "");
    assert_false(visit_rig_step(desk_health_show));
    assert_int_equal(visit_rig.asks_count, 2 * DESK_PROCESSES);
    visit_rig_fail(0, FAIL_TIMEOUT);
    answer_t answer = {.type = REQUEST_status};
    answer.status.ready = true;
    answer.status.counters = text_of("transfers_in_suspense 3\nstream_3_applied 5\n"
                                     "stream_3_announced 12\n");
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        if (desk_processes[i].door == WEB_DOOR_DOCUMENTS)
            visit_rig_answer(i, &answer);
    pack_start(&pack, alarms, sizeof alarms);
    pack_array(&pack, 1);
    pack_array(&pack, 3);
    pack_u64(&pack, ALARM_FULL);
    pack_text(&pack, text_of(""));
    pack_i64(&pack, VISIT_RIG_NOW);
    answer.status.alarms = (bytes_t){alarms, (uint32_t)pack_end(&pack)};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(desk_health_show));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("● зелёный") && visit_rig_shows("▲ красный"));
    assert_true(visit_rig_shows("○ не отвечает"));
    const code_t *full = codes_find(CODES_alarm, ALARM_FULL);
    assert_true(visit_rig_shows(full->russian));
    assert_true(visit_rig_shows("<td data-name=\"Отставание, записей\" class=\"number\">7</td>"));
    assert_true(visit_rig_shows("<td data-name=\"Сколько\" class=\"number\">3</td>"));
}

static void a_list_that_is_empty_is_not_one_that_cannot_be_seen(void **state)
{
    (void)state;
    come("/desk/transfers", "after=4");
    assert_false(visit_rig_step(desk_transfers_show));
    assert_int_equal(visit_rig.requests[0].transfers.after, 4);
    answer_t answer = {.type = REQUEST_transfers};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(desk_transfers_show));
    assert_true(visit_rig_shows("Ничего нет") && !visit_rig_shows("не ответил"));
    come("/desk/transfers", "");
    assert_false(visit_rig_step(desk_transfers_show));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(desk_transfers_show));
    assert_true(visit_rig_shows("не ответил") && !visit_rig_shows("Ничего нет"));
}

static void find(const char *form)
{
    web_visit_release(&visit_rig);
    visit_rig = (web_visit_t){.site = &visit_rig_site,
                              .head = {.cookie = cookie,
                                       .host = "localhost:8099",
                                       .fetch_site = "same-origin",
                                       .content_type = "application/x-www-form-urlencoded"},
                              .method = "POST",
                              .path = "/desk/find",
                              .body = span_of(form),
                              .now = VISIT_RIG_NOW,
                              .now_ms = 1000};
    assert_true(web_visit_begin(&visit_rig));
    assert_false(visit_rig_step(desk_accounts_find));
}

// No payment has that number.
static void answer_companies(uint64_t count)
{
    pack_t pack;
    answer_t answer = {.type = REQUEST_companies};
    visit_rig_fail(0, FAIL_MISSING);
    pack_start(&pack, rows, sizeof rows);
    for (uint8_t i = 0; i < count; i++) {
        pack_array(&pack, 3);
        pack_uid(&pack, &(uid_t16){{0xab, i}});
        pack_text(&pack, text_of("999901001"));
        pack_text(&pack, text_of("ООО «Ромашка» <b>"));
    }
    answer.companies =
        (answer_companies_t){.count = count, .rows = {rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(1, &answer);
    assert_true(visit_rig_step(desk_accounts_find));
}

static void an_account_is_found_by_the_inn_of_its_company(void **state)
{
    (void)state;
    find("what=9999123456");
    assert_int_equal(visit_rig.asks_count, 2);
    assert_int_equal(visit_rig.asks[1].door, WEB_DOOR_DOCUMENTS);
    assert_true(text_equal(visit_rig.requests[1].companies.inn, text_of("9999123456")));
    answer_companies(1);
    assert_string_equal(visit_rig.location, "/desk/accounts/ab000000-0000-0000-0000-000000000000");
    find("what=9999123456");
    answer_companies(2);
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("ООО «Ромашка» &lt;b&gt;"));
    assert_true(visit_rig_shows("/desk/accounts/ab010000-0000-0000-0000-000000000000"));
    find("what=9999123456");
    answer_companies(0);
    assert_int_equal(visit_rig.status, 404);
    find("what=17"); // no INN: a payment's number alone
    assert_int_equal(visit_rig.asks_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_payment_is_stuck_from_fifteen_minutes_on, fresh),
        cmocka_unit_test_setup(who_says_nothing_is_dark_and_the_others_are_shown, fresh),
        cmocka_unit_test_setup(an_account_is_found_by_the_inn_of_its_company, fresh),
        cmocka_unit_test_setup(a_list_that_is_empty_is_not_one_that_cannot_be_seen, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
