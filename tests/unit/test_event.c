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
              "node.clock_confirmed at=1970-01-01T03:00:00.000006+03:00\n");
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
    assert_string_equal(text, "node.clock_confirmed at=1970-01-01T03:00:00.000000+03:00 cause=1/2\n"
                              "node.clock_confirmed at=1970-01-01T03:00:00.000000+03:00"
                              " cause=01000000-0000-0000-0000-000000000000\n"
                              "unknown at=1970-01-01T03:00:00.000000+03:00\n"
                              "{\"sequence\":3,\"type\":\"unknown\",\"at\":0,\"fields\":{}}\n");
    free(text);
}

static void an_unknown_code_passes_in_each_event_that_has_one(void **state)
{
    (void)state;
    const event_info_t *info;
    size_t found = 0;
    for (size_t i = 0; (info = event_info_at(i)); i++)
        for (size_t f = 0; f < info->fields_count; f++) {
            if (info->fields()[f].type != FIELD_TYPE_code)
                continue;
            uint8_t bytes[512];
            event_t event = {.type = info->type, .at = 1}, read;
            size_t offset = info->fields()[f].offset;
            const uint64_t unknown = UINT64_MAX - 7;
            assert_null(codes_find(info->fields()[f].family, unknown));
            memcpy((char *)&event.node_booted + offset, &unknown, sizeof unknown);
            size_t size = event_encode(&event, bytes, sizeof bytes);
            assert_int_equal(event_decode(bytes, size, &read), FAIL_NONE);
            assert_memory_equal((const char *)event_body(&read) + offset, &unknown, sizeof unknown);
            found++;
        }
    assert_true(found > 20);
}

static void a_code_is_a_name_for_people_and_a_number_for_programs(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    event_t event = {.type = EVENT_autopay_suspended};
    event.autopay_suspended.why = SUSPENDED_BY_HARD_DECLINE;
    event_print(&event, out);
    event_json(&event, 1, out);
    event.autopay_suspended.why = 77;
    event_print(&event, out);
    fclose(out);
    assert_non_null(strstr(text, " why=BY_HARD_DECLINE\n"));
    assert_non_null(strstr(text, "\"why\":2}"));
    assert_non_null(strstr(text, " why=77\n"));
    free(text);
}

// Journals from before the question are read, others are asked it; JSON is JSON either way.
static void text_that_is_none_is_read_and_named(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xcf\xeb\xfe\xf1", "a\xc0\xaf", "\xed\xa0\x80", "a\nb",
                                      "\xf4\x90\x80\x80", "\x7f",      "\xc2\x85"};
    const event_info_t *info;
    size_t found = 0;
    for (size_t i = 0; (info = event_info_at(i)); i++)
        for (size_t f = 0; f < info->fields_count; f++) {
            const field_t *field = &info->fields()[f];
            if (field->type != FIELD_TYPE_text)
                continue;
            for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
                uint8_t bytes[EVENT_BYTES_MAX];
                event_t event = {.type = info->type}, read;
                char *text = (char *)(uintptr_t)event_body(&event) + field->offset;
                *(text_t *)(void *)text = text_of("fits: Плюс");
                assert_null(event_misfit(&event));
                *(text_t *)(void *)text = text_of(bad[b]);
                assert_string_equal(event_misfit(&event), field->name);
                size_t size = encode(&event, bytes, sizeof bytes);
                assert_int_equal(event_decode(bytes, size, &read), FAIL_NONE);
                char *json = NULL;
                size_t json_size = 0;
                FILE *out = open_memstream(&json, &json_size);
                event_json(&read, 1, out);
                fclose(out);
                assert_true(json_size && json[json_size - 1] == '\n');
                for (size_t k = 0; k + 1 < json_size;) {
                    size_t step = utf8_character(json + k, json_size - k);
                    assert_true(step && (unsigned char)json[k] >= 0x20);
                    k += step;
                }
                free(json);
                found++;
            }
        }
    assert_in_range(found, 7 * 7, 1000);
    event_t none = {.type = EVENT_NONE};
    assert_null(event_misfit(&none));
}

// A journal may hold numbers that this release has no name for, and bytes are nobody's text.
static void what_is_no_text_fits_whatever_it_says(void **state)
{
    (void)state;
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        event_t event = {.type = info->type, .at = INT64_MIN};
        uint8_t *body = (uint8_t *)(uintptr_t)event_body(&event);
        for (size_t f = 0; f < info->fields_count; f++) {
            const field_t *field = &info->fields()[f];
            if (field->type == FIELD_TYPE_bytes)
                *(bytes_t *)(void *)(body + field->offset) =
                    (bytes_t){(const uint8_t *)"\xff\n", 2};
            else if (field->type != FIELD_TYPE_text && field->type != FIELD_TYPE_secret)
                memset(body + field->offset, 0xff, field->type == FIELD_TYPE_flag ? 0 : 8);
        }
        assert_null(event_misfit(&event));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_is_a_place_or_a_command_or_nothing),
        cmocka_unit_test(a_command_of_zero_is_no_cause),
        cmocka_unit_test(text_that_is_none_is_read_and_named),
        cmocka_unit_test(what_is_no_text_fits_whatever_it_says),
        cmocka_unit_test(an_unknown_type_is_told_apart_with_its_envelope),
        cmocka_unit_test(events_one_after_the_other_are_read_in_order),
        cmocka_unit_test(the_largest_event_fits_and_one_byte_more_does_not),
        cmocka_unit_test(numbers_and_names_are_unique_and_within_their_range),
        cmocka_unit_test(an_unknown_code_passes_in_each_event_that_has_one),
        cmocka_unit_test(a_code_is_a_name_for_people_and_a_number_for_programs),
        cmocka_unit_test(json_keeps_fields_apart_from_the_envelope),
        cmocka_unit_test(an_event_is_printed_with_its_cause_and_a_strange_one_without_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
