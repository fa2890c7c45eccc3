// A posting for usage, opened to its minutes.
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/money.h"
#include "proto/wire.h"
#include "services/web/page_hour.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define HOUR_OF_IT (VISIT_RIG_NOW - VISIT_RIG_NOW % HOUR_US - HOUR_US)

enum { ASK_POSTING, ASK_USAGE, ASK_MINUTES, ASK_LINES, LINE = 500, LATER = 520 };

static uint8_t posting_bytes[512], usage_bytes[512], rows[4096], lines[512], events[2048];

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static void answer_event(size_t index, const event_t *event, uint8_t *bytes, size_t size)
{
    answer_t answer = {.type = REQUEST_event};
    answer.event.event = (bytes_t){bytes, (uint32_t)event_encode(event, bytes, size)};
    visit_rig_answer(index, &answer);
}

// 90 replica-minutes of nachalny: 62 kopecks and a half, or a few more that came later.
static event_t charged(uint64_t minutes, uint64_t reason)
{
    event_t event = {.type = EVENT_usage_charged, .at = VISIT_RIG_NOW};
    event.usage_charged =
        (event_usage_charged_t){.account = visit_rig_account,
                                .resource = {{0xaa, 0xbb}},
                                .kind = RESOURCE_COMPUTE,
                                .version = 2,
                                .hour = HOUR_OF_IT,
                                .minutes = minutes,
                                .price = 30000,
                                .amount = (kopecks_t)(minutes * 30000 / 43200),
                                .remainder = (int64_t)(minutes * 30000 % 43200) * 640000,
                                .reason = reason,
                                .tariff = text_of("nachalny")};
    return event;
}

static bool come_to(const char *path, const char *query, const event_t *usage)
{
    assert_true(visit_rig_come("GET", path, query, "read"));
    assert_false(visit_rig_step(page_hour_show));
    assert_int_equal(visit_rig.asks[ASK_POSTING].door, WEB_DOOR_LEDGER_REPLAY);
    assert_int_equal(visit_rig.requests[ASK_POSTING].event.sequence, 41);
    event_t posting = {.type = EVENT_posted, .at = VISIT_RIG_NOW};
    posting.cause =
        (cause_t){.stream = usage ? STREAM_METERING : STREAM_PAYMENT, .sequence = LATER};
    posting.posted = (event_posted_t){.account = visit_rig_account,
                                      .debit = usage ? 64 : 2,
                                      .credit = usage ? 1 : 64,
                                      .kind = usage ? POSTING_CHARGE : POSTING_TOPUP,
                                      .amount = 62,
                                      .cash = 1000};
    answer_event(ASK_POSTING, &posting, posting_bytes, sizeof posting_bytes);
    bool done = visit_rig_step(page_hour_show);
    if (done)
        return true;
    assert_int_equal(visit_rig.asks[ASK_USAGE].door, WEB_DOOR_METERING_REPLAY);
    assert_int_equal(visit_rig.requests[ASK_USAGE].event.sequence, LATER);
    answer_event(ASK_USAGE, usage, usage_bytes, sizeof usage_bytes);
    return visit_rig_step(page_hour_show);
}

static void answer_minutes(const uint64_t masks[][2], size_t count, uint64_t next)
{
    pack_t pack;
    pack_start(&pack, rows, sizeof rows);
    for (size_t i = 0; i < count; i++) {
        uid_t16 replica = {{(uint8_t)(i + 1)}};
        pack_array(&pack, 7);
        pack_u64(&pack, RESOURCE_COMPUTE);
        pack_u64(&pack, 2);
        pack_text(&pack, text_of("nachalny"));
        pack_i64(&pack, 30000);
        pack_uid(&pack, &replica);
        pack_u64(&pack, masks[i][0]);
        pack_u64(&pack, masks[i][1]);
    }
    answer_t answer = {.type = REQUEST_minutes};
    answer.minutes = (answer_minutes_t){
        .count = count, .next = next, .rows = {rows, (uint32_t)pack_end(&pack)}, .lines_count = 2};
    pack_start(&pack, lines, sizeof lines);
    for (uint64_t line = LINE; line <= LATER; line += LATER - LINE) {
        pack_array(&pack, 5);
        pack_u64(&pack, line);
        pack_u64(&pack, RESOURCE_COMPUTE);
        pack_u64(&pack, 2);
        pack_u64(&pack, line == LINE ? 87 : 3);
        pack_i64(&pack, line == LINE ? 2 : 0);
    }
    answer.minutes.lines = (bytes_t){lines, (uint32_t)pack_end(&pack)};
    visit_rig_answer(ASK_MINUTES, &answer);
}

static void answer_lines(size_t count)
{
    pack_t pack;
    uint8_t bytes[512];
    const event_t said[] = {charged(90, CHARGED_HOUR), charged(3, CHARGED_LATE)};
    pack_start(&pack, events, sizeof events);
    for (size_t i = 0; i < count; i++) {
        pack_array(&pack, 2);
        pack_u64(&pack, i ? LATER : LINE);
        pack_bytes(&pack, bytes, event_encode(&said[i], bytes, sizeof bytes));
    }
    answer_t answer = {.type = REQUEST_events};
    answer.events = (answer_events_t){.count = count, .rows = {events, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(ASK_LINES, &answer);
}

static size_t count_of(const char *text)
{
    size_t count = 0, size = strlen(text);
    const char *end = visit_rig.page + visit_rig.page_size;
    for (const char *at = visit_rig.page; (at = memmem(at, (size_t)(end - at), text, size));
         at += size)
        count++;
    return count;
}

static void shows(const char *text)
{
    if (!visit_rig_shows(text))
        fail_msg("%s is not in %.*s", text, (int)visit_rig.page_size, visit_rig.page);
}

// Of the second replica minutes 0 to 29 are charged, 30 and 31 wait.
static const uint64_t two[][2] = {{(UINT64_C(1) << 60) - 1, 0},
                                  {(UINT64_C(1) << 30) - 1, UINT64_C(3) << 30}};

static void marked_cells_are_the_minutes_charged(void **state)
{
    (void)state;
    event_t usage = charged(90, CHARGED_HOUR);
    assert_false(come_to("/balance/lines/41", "", &usage));
    const request_minutes_t *asked = &visit_rig.requests[ASK_MINUTES].minutes;
    assert_int_equal(visit_rig.asks[ASK_MINUTES].door, WEB_DOOR_METERING);
    assert_int_equal(asked->hour, HOUR_OF_IT);
    assert_int_equal(asked->kind, RESOURCE_COMPUTE);
    assert_int_equal(asked->version, 2);
    assert_true(uid_equal(&asked->account, &visit_rig_account));
    answer_minutes(two, 2, 0);
    assert_false(visit_rig_step(page_hour_show));
    answer_lines(2);
    assert_true(visit_rig_step(page_hour_show));
    assert_int_equal(visit_rig.status, 200);
    assert_int_equal(count_of("<td class=\"on\">"), 90);
    assert_int_equal(count_of("<td class=\"waits\">"), 2);
    assert_int_equal(count_of("<td class=\"\">"), 28);
    shows("Реплика 02000000…0000: 30\u00a0минут");
    shows("\u22120,62\u00a0₽");
    shows("nachalny, 300,00\u00a0₽ за 720 часов");
    shows("29\u00a0ноября 2026, 13:00");
    assert_false(visit_rig_shows("стали известны позже"));
}

static void each_line_says_how_it_came_to_its_kopecks(void **state)
{
    (void)state;
    event_t usage = charged(90, CHARGED_HOUR);
    assert_false(come_to("/balance/lines/41", "", &usage));
    answer_minutes(two, 2, 0);
    assert_false(visit_rig_step(page_hour_show));
    answer_lines(2);
    assert_true(visit_rig_step(page_hour_show));
    shows("Строка № 500, 29\u00a0ноября 2026, 14:05\u00a0МСК, закончился час. 90\u00a0минут");
    shows("90\u00a0минут × 300,00\u00a0₽ за 720 часов = 62 + 21600/43200 коп.; "
          "прежний");
    shows("прежний остаток 0 коп.; списано 0,62\u00a0₽, остаток");
    shows("остаток 21600/43200 коп. перейдёт");
    shows("перейдёт дальше. Потом возвращено: 3\u00a0минуты, "
          "0,02\u00a0₽.");
    shows("Строка № 520, 29\u00a0ноября 2026, 14:05\u00a0МСК, минуты, пришедшие позже. "
          "3\u00a0минуты");
    assert_int_equal(count_of("Потом возвращено"), 1);
}

static void late_minutes_have_both_dates(void **state)
{
    (void)state;
    event_t usage = charged(3, CHARGED_LATE);
    assert_false(come_to("/balance/lines/41", "", &usage));
    answer_minutes(two, 2, 0);
    assert_false(visit_rig_step(page_hour_show));
    answer_lines(2);
    assert_true(visit_rig_step(page_hour_show));
    shows("Уточнение за 29\u00a0ноября 2026, 13:00\u00a0МСК");
    shows("<time datetime=\"2026-11-29T14:05:00+03:00\">29\u00a0ноября 2026, 14:05");
}

static void what_is_given_back_opens_its_hour(void **state)
{
    (void)state;
    event_t usage = {.type = EVENT_usage_credited, .at = VISIT_RIG_NOW};
    usage.usage_credited = (event_usage_credited_t){.original = LINE,
                                                    .account = visit_rig_account,
                                                    .kind = RESOURCE_COMPUTE,
                                                    .version = 2,
                                                    .hour = HOUR_OF_IT,
                                                    .minutes = 3,
                                                    .price = 30000,
                                                    .amount = 2,
                                                    .tariff = text_of("nachalny")};
    assert_false(come_to("/balance/lines/41", "", &usage));
    visit_rig_fail(ASK_MINUTES, FAIL_EXPIRED);
    assert_false(visit_rig_step(page_hour_show));
    bytes_t wanted = visit_rig.requests[ASK_LINES].events.sequences;
    assert_int_equal(wanted.size, 4); // its line alone: [500]
    answer_lines(1);
    assert_true(visit_rig_step(page_hour_show));
    shows("Возвращено за 29\u00a0ноября 2026, 13:00\u00a0МСК: 3\u00a0минуты");
    shows("Строка № 500");
    shows("минуты помнятся 80\u00a0часов");
    assert_int_equal(count_of("<table"), 0);
}

static void other_postings_are_shown_as_they_are(void **state)
{
    (void)state;
    assert_true(come_to("/balance/lines/41", "", NULL));
    shows("пополнение");
    shows("+0,62\u00a0₽");
    shows("нет часа");
    event_t usage = {.type = EVENT_hour_closed}; // no usage, though metering caused it
    assert_true(come_to("/balance/lines/41", "", &usage));
    shows("нет часа");
}

static void silence_is_said(void **state)
{
    (void)state;
    event_t usage = charged(90, CHARGED_HOUR);
    assert_false(come_to("/balance/lines/41", "", &usage));
    visit_rig_fail(ASK_MINUTES, FAIL_TIMEOUT);
    assert_false(visit_rig_step(page_hour_show));
    visit_rig_fail(ASK_LINES, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_hour_show));
    shows("data-silent=\"metering\"");
    shows("\u22120,62\u00a0₽");
    assert_false(visit_rig_shows("минуты помнятся"));
}

static void many_replicas_are_pages(void **state)
{
    (void)state;
    static uint64_t many[30][2];
    event_t usage = charged(90, CHARGED_HOUR);
    for (size_t i = 0; i < 30; i++)
        many[i][0] = 7;
    assert_false(come_to("/balance/lines/41", "skip=24", &usage));
    assert_int_equal(visit_rig.requests[ASK_MINUTES].minutes.skip, 24);
    answer_minutes(many, 30, 0);
    assert_false(visit_rig_step(page_hour_show));
    answer_lines(2);
    assert_true(visit_rig_step(page_hour_show));
    assert_int_equal(count_of("<td class=\"on\">"), 24 * 3);
    shows("/balance/lines/41?skip=48\"");
}

static void anothers_and_nothing_are_the_same(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"/balance/lines/", "/balance/lines/0",
                                          "/balance/lines/x"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(visit_rig_come("GET", nowhere[i], "", "read"));
        assert_true(visit_rig_step(page_hour_show));
        assert_int_equal(visit_rig.status, 404);
    }
    assert_true(visit_rig_come("GET", "/balance/lines/41", "", "read"));
    assert_false(visit_rig_step(page_hour_show));
    visit_rig_fail(0, FAIL_MISSING);
    assert_true(visit_rig_step(page_hour_show));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/balance/lines/41", "", NULL));
    assert_true(visit_rig_step(page_hour_show));
    assert_int_equal(visit_rig.status, 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(marked_cells_are_the_minutes_charged, fresh),
        cmocka_unit_test_setup(each_line_says_how_it_came_to_its_kopecks, fresh),
        cmocka_unit_test_setup(late_minutes_have_both_dates, fresh),
        cmocka_unit_test_setup(what_is_given_back_opens_its_hour, fresh),
        cmocka_unit_test_setup(other_postings_are_shown_as_they_are, fresh),
        cmocka_unit_test_setup(silence_is_said, fresh),
        cmocka_unit_test_setup(many_replicas_are_pages, fresh),
        cmocka_unit_test_setup(anothers_and_nothing_are_the_same, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
