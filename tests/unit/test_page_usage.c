// What metering's journal says of usage, read.
#include "services/web/page_usage.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const uid_t16 resource = {{1, 2, 3, 4, [14] = 0xab, 0xcd}};

static event_t charged(void)
{
    event_t event = {.type = EVENT_usage_charged, .at = 5};
    event.usage_charged = (event_usage_charged_t){.resource = resource,
                                                  .kind = 1,
                                                  .version = 2,
                                                  .hour = HOUR_US,
                                                  .minutes = 60,
                                                  .price = 43200,
                                                  .amount = 60,
                                                  .remainder = 7,
                                                  .reason = 3,
                                                  .tariff = text_of("nachalny")};
    return event;
}

static bytes_t stored(const event_t *event)
{
    static uint8_t bytes[512];
    return (bytes_t){bytes, (uint32_t)event_encode(event, bytes, sizeof bytes)};
}

static void a_charge_is_its_own_line(void **state)
{
    (void)state;
    page_usage_t usage;
    event_t event = charged();
    assert_true(page_usage_read(9, stored(&event), &usage));
    assert_int_equal(usage.sequence, 9);
    assert_int_equal(usage.line, 9);
    assert_int_equal(usage.minutes, 60);
    assert_int_equal(usage.reason, 3);
    assert_false(usage.credited);
    assert_string_equal(usage.tariff, "nachalny");
    char text[PAGE_USAGE_ID_SIZE];
    assert_true(span_is(page_usage_id(&usage.resource, text), SPAN("01020304…abcd")));
}

static void what_is_given_back_names_its_line(void **state)
{
    (void)state;
    char code[100];
    page_usage_t usage;
    memset(code, 'x', sizeof code);
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited = (event_usage_credited_t){
        .original = 4, .resource = resource, .minutes = 3, .tariff = {code, sizeof code}};
    assert_true(page_usage_read(9, stored(&event), &usage));
    assert_true(usage.credited);
    assert_int_equal(usage.line, 4);
    assert_int_equal(strlen(usage.tariff), PAGE_USAGE_TARIFF_SIZE - 1);
    event = (event_t){.type = EVENT_hour_closed};
    assert_false(page_usage_read(9, stored(&event), &usage));
    assert_false(page_usage_read(9, (bytes_t){(const uint8_t *)"\xc1", 1}, &usage));
}

static void a_walk_passes_over_other_events(void **state)
{
    (void)state;
    static uint8_t rows[1024];
    pack_t pack;
    page_usage_walk_t walk;
    page_usage_t usage;
    pack_start(&pack, rows, sizeof rows);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        event_t event = sequence == 2 ? (event_t){.type = EVENT_hour_closed} : charged();
        bytes_t bytes = stored(&event);
        pack_array(&pack, 2);
        pack_u64(&pack, sequence);
        pack_bytes(&pack, bytes.data, bytes.size);
    }
    answer_events_t answer = {.count = 3, .rows = {rows, (uint32_t)pack_end(&pack)}};
    page_usage_start(&walk, &answer);
    assert_true(page_usage_next(&walk, &usage));
    assert_int_equal(usage.sequence, 1);
    assert_true(page_usage_next(&walk, &usage));
    assert_int_equal(usage.sequence, 3);
    assert_false(page_usage_next(&walk, &usage));
    answer.rows.size--;
    page_usage_start(&walk, &answer);
    assert_true(page_usage_next(&walk, &usage));
    assert_false(page_usage_next(&walk, &usage));
}

static void what_is_wanted_finds_room(void **state)
{
    (void)state;
    uint64_t sequences[PAGE_USAGE_MAX];
    uint8_t buffer[PAGE_USAGE_WANTED_BYTES];
    memset(sequences, 0xff, sizeof sequences);
    assert_int_equal(page_usage_wanted(sequences, PAGE_USAGE_MAX, buffer).size,
                     PAGE_USAGE_WANTED_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_charge_is_its_own_line),
                                       cmocka_unit_test(what_is_given_back_names_its_line),
                                       cmocka_unit_test(a_walk_passes_over_other_events),
                                       cmocka_unit_test(what_is_wanted_finds_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
