// The details: frozen at a head, page by page.
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/wire.h"
#include "services/web/page_lines.h"
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

static uint8_t buffer[4096], at_bytes[512];
static const visit_rig_posting_t posting = {
    .sequence = 41, .debit = 64, .credit = 1, .kind = POSTING_CHARGE, .amount = 777};

static bool come(const char *query, uint64_t head)
{
    assert_true(visit_rig_come("GET", "/balance/lines", query, "read"));
    assert_false(visit_rig_step(page_lines_show));
    answer_t answer = {.type = REQUEST_balance};
    answer.balance = (answer_balance_t){.sequence = 50, .head = head, .postings = 3};
    visit_rig_answer(0, &answer);
    answer = (answer_t){.type = REQUEST_status};
    answer.status.now = VISIT_RIG_NOW;
    visit_rig_answer(1, &answer);
    return visit_rig_step(page_lines_show);
}

static void answer_rest(uint64_t next)
{
    answer_t answer = {.type = REQUEST_as_of};
    answer.as_of = (answer_as_of_t){.sequence = 1, .cash = 100, .bonus = 11};
    visit_rig_answer(3, &answer);
    visit_rig_answer(4, &answer);
    event_t event = {.type = EVENT_posted};
    event.posted = (event_posted_t){.account = visit_rig_account, .debit = 64, .ordinal = 1};
    answer = (answer_t){.type = REQUEST_event};
    answer.event.event =
        (bytes_t){at_bytes, (uint32_t)event_encode(&event, at_bytes, sizeof at_bytes)};
    visit_rig_answer(5, &answer);
    answer = visit_rig_statement(&posting, 1, next, buffer, sizeof buffer);
    visit_rig_answer(2, &answer);
}

static void pages_are_frozen_at_the_head(void **state)
{
    (void)state;
    assert_false(come("", 41));
    assert_int_equal(visit_rig.requests[2].statement.head, 41);
    assert_int_equal(visit_rig.requests[2].statement.side, SIDE_DEBITS);
    answer_rest(7);
    assert_true(visit_rig_step(page_lines_show));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("−7,77") && visit_rig_shows("Было 1,11") &&
                visit_rig_shows("&amp;at=41&amp;head=7") && visit_rig_shows("новых операций: 2"));
    assert_false(come("at=41&head=7", 49));
    assert_int_equal(visit_rig.requests[2].statement.head, 7);
    assert_int_equal(visit_rig.requests[3].as_of.head, 41);
    answer_rest(0);
    assert_true(visit_rig_step(page_lines_show));
    assert_true(visit_rig_shows("К началу") && !visit_rig_shows("rel=\"next\""));
}

static const visit_rig_posting_t usage[] = {
    {.sequence = 41, .debit = 64, .credit = 1, .kind = POSTING_CHARGE, .amount = 5, .usage = 500},
    {.sequence = 40, .debit = 64, .credit = 1, .kind = POSTING_CHARGE, .amount = 3, .usage = 501}};

// Row 501 is of minutes that came later.
static void answer_usage(void)
{
    static uint8_t rows[1024];
    pack_t pack;
    uint8_t bytes[512];
    pack_start(&pack, rows, sizeof rows);
    for (uint64_t sequence = 500; sequence <= 501; sequence++) {
        event_t event = {.type = EVENT_usage_charged};
        event.usage_charged =
            (event_usage_charged_t){.hour = VISIT_RIG_NOW - 3 * HOUR_US - 5 * MINUTE_US,
                                    .minutes = sequence == 500 ? 60 : 2,
                                    .reason = sequence == 500 ? CHARGED_HOUR : CHARGED_LATE,
                                    .tariff = text_of("ultra")};
        pack_array(&pack, 2);
        pack_u64(&pack, sequence);
        pack_bytes(&pack, bytes, event_encode(&event, bytes, sizeof bytes));
    }
    answer_t answer = {.type = REQUEST_events};
    answer.events = (answer_events_t){.count = 2, .rows = {rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(6, &answer);
}

static void usage_says_of_which_hour_it_is(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        assert_false(come("", 41));
        answer_rest(0);
        answer_t rows = visit_rig_statement(usage, 2, 0, buffer, sizeof buffer);
        visit_rig_answer(2, &rows);
        assert_false(visit_rig_step(page_lines_show));
        assert_int_equal(visit_rig.asks[6].door, WEB_DOOR_METERING_REPLAY);
        if (silent)
            visit_rig_fail(6, FAIL_TIMEOUT);
        else
            answer_usage();
        assert_true(visit_rig_step(page_lines_show));
        assert_true(visit_rig_shows("<a href=\"/balance/lines/41\">потребление</a>"));
        bool said = visit_rig_shows("ultra, 60\u00a0минут за час 29.11.2026 11:00");
        bool late = visit_rig_shows("Уточнение за час 29.11.2026 11:00: ultra, 2\u00a0минуты");
        assert_true(said == !silent && late == !silent);
    }
}

static void nothing_silence_and_others_are_told_apart(void **state)
{
    (void)state;
    assert_true(come("", 0));
    assert_true(visit_rig_shows("За этот период операций нет"));
    assert_false(come("", 41));
    visit_rig_fail(2, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_lines_show));
    assert_true(visit_rig_shows("data-silent=\"statement\""));
    assert_false(come("at=40", 41));
    visit_rig_fail(2, FAIL_INVALID);
    assert_true(visit_rig_step(page_lines_show));
    assert_int_equal(visit_rig.status, 404);
    assert_false(come("", 41));
    answer_rest(0);
    visit_rig_fail(3, FAIL_TIMEOUT);
    answer_t empty = visit_rig_statement(&posting, 0, 7, buffer, sizeof buffer);
    visit_rig_answer(2, &empty);
    assert_true(visit_rig_step(page_lines_show));
    assert_true(visit_rig_shows("Искать дальше") && !visit_rig_shows("Было"));
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    assert_true(come("from=x", 41));
    assert_int_equal(visit_rig.status, 422);
    assert_true(visit_rig_shows("Введите дату и время") && visit_rig_shows("value=\"x\""));
    assert_true(come("from=02.11.2026&to=01.11.2026", 41));
    assert_true(visit_rig_shows("Конец периода"));
    assert_true(come("side=x", 41));
    assert_int_equal(visit_rig.status, 400);
    assert_true(visit_rig_come("GET", "/balance/lines", "", "read"));
    assert_false(visit_rig_step(page_lines_show));
    assert_true(visit_rig_step(page_lines_show)); // the ledger is silent
    assert_int_equal(visit_rig.status, 503);
    assert_true(visit_rig_come("GET", "/balance/lines", "", NULL));
    assert_true(visit_rig_step(page_lines_show));
    assert_int_equal(visit_rig.status, 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pages_are_frozen_at_the_head, fresh),
        cmocka_unit_test_setup(usage_says_of_which_hour_it_is, fresh),
        cmocka_unit_test_setup(nothing_silence_and_others_are_told_apart, fresh),
        cmocka_unit_test_setup(what_is_wrong_is_said, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_lines", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
