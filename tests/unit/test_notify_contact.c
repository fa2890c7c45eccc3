// What may be an address, and what a row and a code are.
#include "notify_contacts.h"

static void urls_are_of_hosts_by_tls(void **state)
{
    (void)state;
    static const char *const good[] = {HOOK, "https://h.example:8443/a?b=c&d=%20", "https://h.e"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "http://h.example/",
                                      "ftp://h.example/",
                                      "https://user@h.example/",
                                      "https://user:word@h.example/",
                                      "https://h.example/a b",
                                      "https://h.example/\r\nX: y",
                                      "https://localhost/",
                                      "https://[::1]/",
                                      "https:///path",
                                      "https://h.example/#part",
                                      "HTTPS://h.example/"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!contact_url_is_good(text_of(good[i]), false))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (contact_url_is_good(text_of(bad[i]), false))
            fail_msg("%s", bad[i]);
    assert_true(contact_url_is_good(text_of("http://127.0.0.1:8080/"), true));
}

static void a_code_is_read_as_people_type_it(void **state)
{
    (void)state;
    uid_t16 entropy = {{0, 1, 2, 33, 10, 11, 18, 19, 20, 31, 63, 95, 24, 25, 26, 255}};
    uid_t16 one = customer(1), two = customer(2), proof, other;
    char code[CONTACT_CODE_SIZE + 1];
    contact_code_make(&entropy, code);
    assert_string_equal(code, "0121ABJKMZZZRSTZ");
    assert_true(contact_code_prove(text_of(code), &one, &proof));
    assert_true(contact_code_prove(text_of("o12i-abjk mzzz-RSTZ"), &one, &other));
    assert_true(uid_equal(&proof, &other));
    assert_true(contact_code_prove(text_of(code), &two, &other));
    assert_false(uid_equal(&proof, &other));
    assert_false(contact_code_prove(text_of("0121ABJKMZZZRST"), &one, &other));
    assert_false(contact_code_prove(text_of("0121ABJKMZZZRSTZZ"), &one, &other));
    assert_false(contact_code_prove(text_of("0121ABJKMZZZRSTU"), &one, &other));
}

static void a_row_comes_back_and_another_is_none(void **state)
{
    (void)state;
    uint8_t bytes[CONTACT_ROW_MAX], torn[] = {0x93, 0xa1};
    contact_row_t row = {text_of(HOOK), text_of(HOOK_KEY), text_of("code"), NOON}, back;
    size_t size = contact_row_write(&row, bytes);
    side_row_t rows[] = {{.kind = CONTACT_WEBHOOK, .bytes = {bytes, (uint32_t)size}},
                         {.kind = CONTACT_EMAIL, .bytes = {torn, sizeof torn}}};
    recalled_t recalled = {.rows = rows, .rows_count = 2};
    assert_true(contact_row_find(&recalled, CONTACT_WEBHOOK, &back));
    assert_true(text_equal(back.address, row.address) && text_equal(back.key, row.key) &&
                text_equal(back.code, row.code));
    assert_false(contact_row_find(&recalled, CONTACT_EMAIL, &back));
    recalled.fail = FAIL_CORRUPT;
    assert_false(contact_row_find(&recalled, CONTACT_WEBHOOK, &back));
    assert_int_equal(back.address.size, 0);
}

static void of_two_rows_the_newer_counts_and_the_other_signs_too(void **state)
{
    (void)state;
    uint8_t bytes[2][CONTACT_ROW_MAX], old[] = {0x93, 0xa1, 'u', 0xa1, 'k', 0xa0};
    contact_row_t newer = {text_of(HOOK), text_of("new"), {0}, NOON + 1}, row;
    contact_row_t older = {text_of(HOOK), text_of("old"), {0}, NOON};
    side_row_t rows[] = {{.kind = CONTACT_WEBHOOK, .bytes = {bytes[0], 0}},
                         {.kind = CONTACT_ROW_SECOND, .bytes = {bytes[1], 0}}};
    recalled_t recalled = {.rows = rows, .rows_count = 1};
    for (unsigned turned = 0; turned < 2; turned++) {
        rows[turned].bytes =
            (bytes_t){bytes[turned], (uint32_t)contact_row_write(&newer, bytes[turned])};
        rows[!turned].bytes =
            (bytes_t){bytes[!turned], (uint32_t)contact_row_write(&older, bytes[!turned])};
        recalled.rows_count = 2;
        assert_true(contact_row_find(&recalled, CONTACT_WEBHOOK, &row));
        assert_true(text_equal(row.key, newer.key));
        assert_true(contact_row_before(&recalled, CONTACT_WEBHOOK, &row));
        assert_true(text_equal(row.key, older.key));
    }
    recalled.rows_count = 1;
    assert_false(contact_row_before(&recalled, CONTACT_WEBHOOK, &row));
    rows[0].bytes = (bytes_t){old, sizeof old}; // as it was before there were two
    assert_true(contact_row_find(&recalled, CONTACT_WEBHOOK, &row));
    assert_int_equal(row.set, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_of_hosts_by_tls),
        cmocka_unit_test(a_code_is_read_as_people_type_it),
        cmocka_unit_test(a_row_comes_back_and_another_is_none),
        cmocka_unit_test(of_two_rows_the_newer_counts_and_the_other_signs_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
