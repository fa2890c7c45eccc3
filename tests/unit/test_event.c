#include "proto/event.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static size_t encode(const event_t *event, uint8_t *out, size_t cap)
{
    size_t size = event_encode(event, out, cap);
    assert_true(size > 0);
    return size;
}

static void a_cause_is_a_place_or_a_command_or_nothing(void **state)
{
    (void)state;
    static const cause_t causes[] = {
        {0},
        {.stream = STREAM_METERING, .sequence = 41},
        {.stream = UINT64_MAX, .sequence = UINT64_MAX},
        {.command = {{1}}, .content = {{2}}},
    };
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        uint8_t bytes[128];
        event_t event = {.type = EVENT_node_clock_confirmed, .at = -1, .cause = causes[i]}, read;
        size_t size = encode(&event, bytes, sizeof bytes);
        assert_int_equal(event_decode(bytes, size, &read), FAIL_NONE);
        assert_int_equal(read.at, -1);
        assert_memory_equal(&read.cause, &causes[i], sizeof causes[i]);
    }
}

static void a_command_of_zero_is_no_cause(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0x94, 3, 0, 0xc4, 16};
    bytes[21] = 0xc4;
    bytes[22] = 16;
    event_t event;
    assert_int_equal(event_decode(bytes, 39, &event), FAIL_INVALID);
    bytes[5] = 1;
    assert_int_equal(event_decode(bytes, 39, &event), FAIL_NONE);
}

static void an_unknown_type_is_told_apart_with_its_envelope(void **state)
{
    (void)state;
    static const uint8_t must[] = {0x95, 0xcd, 0x03, 0xe7, 5, 1, 2, 0x91, 0xc0}, // 999
        may[] = {0x95, 0xcd, 0x03, 0xe8, 5, 1, 2, 0x91, 0xc0},                   // 1000
        huge[] = {0x94, 0xcf, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2};
    event_t event = {0};
    assert_int_equal(event_decode(must, sizeof must, &event), FAIL_VERSION);
    assert_true((int)event.type == 999 && event.at == 5 && event.cause.sequence == 2);
    assert_true((int)event.type < EVENT_MAY_FIRST);
    assert_int_equal(event_decode(may, sizeof may, &event), FAIL_VERSION);
    assert_true((int)event.type >= EVENT_MAY_FIRST);
    assert_int_equal(event_decode(huge, sizeof huge, &event), FAIL_VERSION);
    assert_true((int)event.type >= EVENT_MAY_FIRST);
    assert_int_equal(event_decode(must, sizeof must - 1, &event), FAIL_INVALID);
}

static void events_one_after_the_other_are_read_in_order(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t size = 0;
    for (unsigned i = 1; i <= 3; i++) {
        event_t event = {.type = EVENT_usage_charged, .at = i};
        event.usage_charged.amount = i;
        event.usage_charged.tariff = text_of("pico");
        size += encode(&event, bytes + size, sizeof bytes - size);
    }
    wire_t wire;
    wire_start(&wire, bytes, size);
    for (unsigned i = 1; i <= 3; i++) {
        event_t event;
        assert_int_equal(event_read(&wire, &event), FAIL_NONE);
        assert_int_equal(event.usage_charged.amount, i);
        assert_true(text_equal(event.usage_charged.tariff, text_of("pico")));
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

static void the_largest_event_fits_and_one_byte_more_does_not(void **state)
{
    (void)state;
    static uint8_t mask[EVENT_BYTES_MAX], bytes[EVENT_BYTES_MAX];
    event_t event = {.type = EVENT_usage_accepted, .at = 0}, read;
    event.usage_accepted.masks = (bytes_t){mask, sizeof mask - 9};
    assert_int_equal(encode(&event, bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(event_decode(bytes, sizeof bytes, &read), FAIL_NONE);
    event.usage_accepted.masks.size++;
    assert_int_equal(event_encode(&event, bytes, sizeof bytes), 0);
}

static void numbers_and_names_are_unique_and_within_their_range(void **state)
{
    (void)state;
    const event_info_t *info, *other;
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        assert_true(info->fields_count + 4 <= EVENT_FIELDS_MAX);
        assert_true(info->type > 0 && (info->since == 1 || (info->type < 1000) == info->must));
        for (size_t j = i + 1; (other = event_info_at(j)); j++) {
            assert_int_not_equal(info->type, other->type);
            assert_string_not_equal(info->name, other->name);
        }
        assert_ptr_equal(event_info(info->type), info);
    }
    assert_null(event_info((event_type_t)9999));
}

static void json_keeps_fields_apart_from_the_envelope(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    event_t event = {.type = EVENT_node_reseeded, .at = 5, .cause = {.stream = 1, .sequence = 2}};
    event.node_reseeded.sequence = 9;
    event_json(&event, 7, out);
    event = (event_t){.type = EVENT_node_clock_confirmed, .at = 6};
    event_json(&event, 8, out);
    event_print(&event, out);
    fclose(out);
    assert_string_equal(
        text, "{\"sequence\":7,\"type\":\"node.reseeded\",\"at\":5,\"cause\":{\"stream\":1,"
              "\"sequence\":2},\"fields\":{\"stream\":0,\"epoch\":0,\"sequence\":9,\"leaf\":\""
              "0000000000000000000000000000000000000000000000000000000000000000\"}}\n"
              "{\"sequence\":8,\"type\":\"node.clock_confirmed\",\"at\":6,\"fields\":{}}\n"
              "node.clock_confirmed at=1970-01-01T00:00:00.000006Z\n");
    free(text);
}

static void an_event_is_printed_with_its_cause_and_a_strange_one_without_fields(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    event_t event = {.type = EVENT_node_clock_confirmed, .cause = {.stream = 1, .sequence = 2}};
    event_print(&event, out);
    event.cause = (cause_t){.command = {{1}}};
    event_print(&event, out);
    event.cause.command.bytes[0] = 0;
    event.type = (event_type_t)9999;
    event_print(&event, out);
    event_json(&event, 3, out);
    fclose(out);
    assert_string_equal(text, "node.clock_confirmed at=1970-01-01T00:00:00.000000Z cause=1/2\n"
                              "node.clock_confirmed at=1970-01-01T00:00:00.000000Z"
                              " cause=01000000-0000-0000-0000-000000000000\n"
                              "unknown at=1970-01-01T00:00:00.000000Z\n"
                              "{\"sequence\":3,\"type\":\"unknown\",\"at\":0,\"fields\":{}}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_is_a_place_or_a_command_or_nothing),
        cmocka_unit_test(a_command_of_zero_is_no_cause),
        cmocka_unit_test(an_unknown_type_is_told_apart_with_its_envelope),
        cmocka_unit_test(events_one_after_the_other_are_read_in_order),
        cmocka_unit_test(the_largest_event_fits_and_one_byte_more_does_not),
        cmocka_unit_test(numbers_and_names_are_unique_and_within_their_range),
        cmocka_unit_test(json_keeps_fields_apart_from_the_envelope),
        cmocka_unit_test(an_event_is_printed_with_its_cause_and_a_strange_one_without_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
