// The hidden field of a form: good for one account, one route, one command, twelve hours.
#include "services/web/web_ticket.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const uid_t16 account = {{1}}, other = {{2}};
static const web_form_key_t key = {.bytes = {"0123456789abcdef"}, .sizes = {16}, .count = 1};
static const web_form_key_t turned = {
    .bytes = {"another secret...", "0123456789abcdef"}, .sizes = {17, 16}, .count = 2};
static const web_form_key_t foreign = {.bytes = {"0123456789abcdeF"}, .sizes = {16}, .count = 1};

#define MADE INT64_C(0x019af0000000) // milliseconds
static const web_ticket_t ticket = {.command = {{0x01, 0x9a, 0xf0, 0, 0, 0, 0x70, 9, 0x80}},
                                    .seen = {5, 6}};
static char text[TICKET_SIZE + 1];

static bool reads(const web_form_key_t *by, const char *route, const uid_t16 *whose, instant_t now)
{
    web_ticket_t read;
    return web_ticket_read(by, route, whose, span_of(text), now, &read);
}

static int write_ticket(void **state)
{
    (void)state;
    web_ticket_write(&key, "/a", &account, &ticket, text);
    return 0;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    web_ticket_t read;
    assert_int_equal(strlen(text), TICKET_SIZE);
    assert_memory_equal(text, "v1.019af0000000700980000000000000", 30);
    assert_true(web_ticket_read(&key, "/a", &account, span_of(text), MADE * 1000, &read));
    assert_memory_equal(&read, &ticket, sizeof ticket);
    assert_true(reads(&turned, "/a", &account, MADE * 1000));
}

static void it_is_no_other_forms_nor_anybody_elses(void **state)
{
    (void)state;
    instant_t now = MADE * 1000;
    assert_false(reads(&key, "/b", &account, now));
    assert_false(reads(&key, "/", &account, now));
    assert_false(reads(&key, "/a", &other, now));
    assert_false(reads(&foreign, "/a", &account, now));
    assert_true(reads(&key, "/a", &account, now + TICKET_LIFE_US));
    assert_false(reads(&key, "/a", &account, now + TICKET_LIFE_US + 1000));
}

static void a_changed_character_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TICKET_SIZE; i++) {
        char was = text[i];
        text[i] = was == '1' ? '2' : '1';
        assert_false(reads(&key, "/a", &account, MADE * 1000));
        text[i] = was;
    }
    web_ticket_t read;
    assert_false(web_ticket_read(&key, "/a", &account, (span_t){text, TICKET_SIZE - 1}, 0, &read));
    assert_false(web_ticket_read(&key, "/a", &account, SPAN(""), 0, &read));
}

static void what_was_seen_is_told_apart(void **state)
{
    (void)state;
    uint8_t one[TICKET_SEEN_SIZE], two[TICKET_SEEN_SIZE];
    web_ticket_seen(SPAN("500"), one);
    web_ticket_seen(SPAN("501"), two);
    assert_memory_not_equal(one, two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_written_is_read, write_ticket),
        cmocka_unit_test_setup(it_is_no_other_forms_nor_anybody_elses, write_ticket),
        cmocka_unit_test_setup(a_changed_character_is_refused, write_ticket),
        cmocka_unit_test(what_was_seen_is_told_apart),
    };
    return cmocka_run_group_tests_name("web_ticket", tests, NULL, NULL);
}
