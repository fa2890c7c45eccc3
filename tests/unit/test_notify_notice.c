// What a webhook says, and what it is called.
#include "notify_contacts.h"
#include "services/notify/notify_notice.h"
#include <jansson.h>

static const uid_t16 whom = {{0xc0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

static void a_step_is_json_with_all_that_was_seen(void **state)
{
    (void)state;
    char body[NOTICE_BODY_MAX];
    event_t event = {.type = EVENT_ladder_moved, .at = NOON};
    event.ladder_moved = (event_ladder_moved_t){.account = customer(1),
                                                .rung = LADDER_LOW,
                                                .balance = 9999,
                                                .burn = INT64_MAX,
                                                .lasts = NOON + HOUR_US};
    size_t size = notify_notice_json(&event, 41, &whom, body);
    json_t *json = json_loadb(body, size, 0, NULL), *data = json_object_get(json, "data");
    assert_non_null(data);
    assert_string_equal(json_string_value(json_object_get(json, "type")), "ladder.low");
    assert_string_equal(json_string_value(json_object_get(json, "timestamp")),
                        "2026-01-01T12:00:00.000000Z");
    assert_string_equal(json_string_value(json_object_get(data, "account")),
                        "c0000000-0000-4000-8000-000000000001");
    assert_int_equal(json_integer_value(json_object_get(data, "seq")), 41);
    assert_string_equal(json_string_value(json_object_get(data, "step_before")), "none");
    assert_int_equal(json_integer_value(json_object_get(data, "balance_kop")), 9999);
    assert_int_equal(json_integer_value(json_object_get(data, "burn_kop_hour_num")), INT64_MAX);
    assert_string_equal(json_string_value(json_object_get(data, "lasts_until")),
                        "2026-01-01T13:00:00.000000Z");
    assert_true(json_is_null(json_object_get(data, "next_step_at")));
    json_decref(json);
}

static void what_others_say_is_json_by_its_kind(void **state)
{
    (void)state;
    char body[NOTICE_BODY_MAX];
    event_t event = {.type = EVENT_notice_heard};
    event.notice_heard = (event_notice_heard_t){.account = customer(1),
                                                .kind = NOTICE_AUTOPAY_DECLINED,
                                                .at = NOON,
                                                .amount = 50000,
                                                .why = DECLINE_REJECTED};
    json_t *json = json_loadb(body, notify_notice_json(&event, 7, &whom, body), 0, NULL);
    json_t *data = json_object_get(json, "data");
    assert_string_equal(json_string_value(json_object_get(json, "type")), "autopay.declined");
    assert_int_equal(json_integer_value(json_object_get(data, "amount_kop")), 50000);
    assert_string_equal(json_string_value(json_object_get(data, "why")), "REJECTED");
    assert_true(json_is_null(json_object_get(data, "not_before")));
    json_decref(json);
    for (uint64_t kind = NOTICE_MANDATE_GIVEN; kind <= NOTICE_ACCOUNT_CLOSED; kind++) {
        event.notice_heard.kind = kind;
        json = json_loadb(body, notify_notice_json(&event, 7, &whom, body), 0, NULL);
        assert_non_null(json);
        json_decref(json);
    }
    event.notice_heard.kind = NOTICE_LADDER;
    assert_int_equal(notify_notice_json(&event, 7, &whom, body), 0);
}

static void a_price_is_json_for_whom_it_is_told(void **state)
{
    (void)state;
    char body[NOTICE_BODY_MAX];
    event_t event = {.type = EVENT_price_heard};
    event.price_heard = (event_price_heard_t){.at = NOON,
                                              .code = text_of("a\"\\\n б"),
                                              .effective = NOON + DAY_US,
                                              .before = 29000,
                                              .price = 32000};
    json_t *json = json_loadb(body, notify_notice_json(&event, 9, &whom, body), 0, NULL);
    json_t *data = json_object_get(json, "data");
    assert_string_equal(json_string_value(json_object_get(json, "type")), "price.announced");
    assert_string_equal(json_string_value(json_object_get(data, "account")),
                        "c0000000-0000-4000-8000-000000000001");
    assert_string_equal(json_string_value(json_object_get(data, "code")), "a\"\\\n б");
    assert_string_equal(json_string_value(json_object_get(data, "of")), "MINUTES");
    assert_int_equal(json_integer_value(json_object_get(data, "before_kop")), 29000);
    assert_int_equal(json_integer_value(json_object_get(data, "price_kop")), 32000);
    json_decref(json);
    event.price_heard.withdrawn = true;
    event.price_heard.kind = RESOURCE_DISK;
    json = json_loadb(body, notify_notice_json(&event, 9, &whom, body), 0, NULL);
    data = json_object_get(json, "data");
    assert_string_equal(json_string_value(json_object_get(json, "type")), "price.withdrawn");
    assert_string_equal(json_string_value(json_object_get(data, "of")), "DISK");
    json_decref(json);
}

static void a_name_is_the_same_for_ever(void **state)
{
    (void)state;
    char name[NOTICE_NAME_MAX];
    assert_true(notify_notice_name(1748768520, 42, name));
    assert_string_equal(name, "evt_0.6.1748768520.42");
    assert_true(notify_notice_name(UINT64_MAX, UINT64_MAX, name));
    assert_string_equal(notify_notice_step(LADDER_DELETABLE), "deletable");
    assert_string_equal(notify_notice_step(99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_json_with_all_that_was_seen),
        cmocka_unit_test(what_others_say_is_json_by_its_kind),
        cmocka_unit_test(a_price_is_json_for_whom_it_is_told),
        cmocka_unit_test(a_name_is_the_same_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
