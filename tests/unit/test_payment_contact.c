// Where receipts go: its forms, its row, and what is in hand.
#include "services/payment/payment_contact.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants those first
#include <cmocka.h>

#define ADDRESS "anna.k+bills@mail.example"

static void it_is_an_address_or_a_number(void **state)
{
    (void)state;
    static const char *const good[] = {ADDRESS, "+79990000001", "+123456789012345"};
    static const char *const bad[] = {"",
                                      "a",
                                      "79990000001",
                                      "+7999000000",
                                      "+7 9990000001",
                                      "+1234567890123456",
                                      "8-999-000-00-01",
                                      "+7999000000x",
                                      "a@b.c\r\nX",
                                      "+"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!payment_contact_is_good(text_of(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (payment_contact_is_good(text_of(bad[i])))
            fail_msg("%s", bad[i]);
    assert_false(payment_contact_is_phone(text_of(ADDRESS)));
    assert_true(payment_contact_is_phone(text_of(good[1])));
}

static void a_row_is_read_as_it_was_written(void **state)
{
    (void)state;
    uint8_t bytes[PAYMENT_CONTACT_ROW_MAX];
    text_t read = text_of("none");
    uint32_t size = (uint32_t)payment_contact_write(text_of(ADDRESS), bytes);
    side_row_t rows[2] = {{.kind = PAYMENT_CONTACT_ROW + 1},
                          {.kind = PAYMENT_CONTACT_ROW, .bytes = {bytes, size}}};
    recalled_t recalled = {.rows = rows, .rows_count = 2};
    assert_true(payment_contact_find(&recalled, &read));
    assert_true(text_equal(read, text_of(ADDRESS)));
    read = text_of("none");
    recalled.rows_count = 1; // of another kind
    assert_false(payment_contact_find(&recalled, &read));
    recalled.rows_count = 2;
    rows[1].bytes.size = size - 1;
    assert_false(payment_contact_find(&recalled, &read));
    rows[1].bytes.size = (uint32_t)payment_contact_write(text_of("no address"), bytes);
    assert_false(payment_contact_find(&recalled, &read));
    bytes[0] = 0x90; // an array of none
    assert_false(payment_contact_find(&recalled, &read));
    recalled.fail = FAIL_CORRUPT;
    assert_false(payment_contact_find(&recalled, &read));
    assert_true(text_equal(read, text_of("none")));
}

static void what_is_in_hand_is_wiped_when_it_goes(void **state)
{
    (void)state;
    static payment_contacts_t contacts;
    static const payment_contacts_t none;
    text_t found;
    assert_int_equal(payment_contacts_room(&contacts), PAYMENT_CONTACTS_MAX);
    for (uint64_t key = 1; key <= PAYMENT_CONTACTS_MAX + 1; key++)
        payment_contacts_take(&contacts, key, key % 2, text_of(ADDRESS));
    assert_int_equal(payment_contacts_room(&contacts), 0);
    assert_false(payment_contacts_have(&contacts, PAYMENT_CONTACTS_MAX + 1, &found)); // no room
    payment_contacts_take(&contacts, 3, 1, (text_t){0}); // one that cannot be read
    assert_true(payment_contacts_have(&contacts, 3, &found));
    assert_int_equal(found.size, 0);
    assert_true(payment_contacts_have(&contacts, 2, &found));
    assert_true(text_equal(found, text_of(ADDRESS)));
    payment_contacts_drop(&contacts, 2);
    payment_contacts_drop(&contacts, 2);
    assert_false(payment_contacts_have(&contacts, 2, &found));
    assert_int_equal(payment_contacts_room(&contacts), 1);
    payment_contacts_drop_of(&contacts, 1);
    assert_false(payment_contacts_have(&contacts, 1, &found));
    assert_true(payment_contacts_have(&contacts, 4, &found));
    payment_contacts_drop_of(&contacts, 0);
    assert_memory_equal(&contacts, &none, sizeof none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_an_address_or_a_number),
        cmocka_unit_test(a_row_is_read_as_it_was_written),
        cmocka_unit_test(what_is_in_hand_is_wiped_when_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
