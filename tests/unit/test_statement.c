// test_statement - which of the formats and encodings a file is, by its bytes.
#include "statement_words.h"

#define SHORT_1251                                                                                 \
    "1CClientBankExchange\n\xc2\xe5\xf0\xf1\xe8\xff\xd4\xee\xf0\xec\xe0\xf2\xe0=1.03\n"            \
    "\xca\xee\xed\xe5\xf6\xd4\xe0\xe9\xeb\xe0\n"
#define SHORT_866                                                                                  \
    "1CClientBankExchange\n\x82\xa5\xe0\xe1\xa8\xef\x94\xae\xe0\xac\xa0\xe2\xa0=1.03\n"            \
    "\x8a\xae\xad\xa5\xe6\x94\xa0\xa9\xab\xa0\n"
#define SHORT_UTF8 "1CClientBankExchange\nВерсияФормата=1.03\nКонецФайла\n"

static void the_encoding_comes_from_the_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        statement_encoding_t encoding;
    } cases[] = {
        {SHORT_UTF8, STATEMENT_UTF8},
        {"\xef\xbb\xbf" SHORT_UTF8, STATEMENT_UTF8},
        {SHORT_1251, STATEMENT_WINDOWS_1251},
        {SHORT_866, STATEMENT_CP866},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        statement_t statement;
        assert_true(read_text(&statement, cases[i].text));
        assert_int_equal(statement.encoding, cases[i].encoding);
        statement_release(&statement);
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        statement_refusal_t refusal;
    } cases[] = {
        {"1CClientBankExchange\nVersion=1.03\n", STATEMENT_ENCODING},
        {"1CClientBankExchange\n\xf7\xc5\xd2\xd3\xc9\xd1\xe6\xcf\xd2\xcd\xc1\xd4\xc1=1.03\n",
         STATEMENT_ENCODING}, // KOI8-R
        {"\xef\xbb\xbf" SHORT_1251, STATEMENT_ENCODING},
        {"1CClientBankExchange", STATEMENT_ENCODING},
        {"1CClientBankExchanges\n", STATEMENT_FORMAT},
        {"1C", STATEMENT_FORMAT},
        {"", STATEMENT_FORMAT},
        {" \r\n\t", STATEMENT_FORMAT},
        {"<?xml version=\"1.0\"?>", STATEMENT_FORMAT},
        {"\x98\xff", STATEMENT_ENCODING},
        {"\xef\xbb\xbf\x98", STATEMENT_ENCODING},
        {"1CClientBankExchange\nВерсияФормата=1.03\n", STATEMENT_UNFINISHED},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("  %zu\n", i);
        assert_int_equal(refusal_of(cases[i].text, true), cases[i].refusal);
    }
}

static void a_file_larger_than_is_read_is_refused(void **state)
{
    (void)state;
    size_t size = STATEMENT_BYTES_MAX;
    char *text = malloc(size + 1);
    statement_t statement;
    assert_non_null(text);
    memset(text, '\n', size + 1);
    memcpy(text, SHORT_UTF8, sizeof SHORT_UTF8 - 1);
    assert_true(read_own(&statement, text, size, true));
    statement_release(&statement);
    assert_false(read_own(&statement, text, size + 1, true));
    assert_int_equal(statement.refusal, STATEMENT_TOO_LARGE);
    statement_release(&statement);
    free(text);
}

static void every_refusal_and_warning_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    for (statement_refusal_t i = STATEMENT_TOO_LARGE; i < STATEMENT_REFUSALS_COUNT; i++)
        assert_true(strlen(statement_refusal_name(i)) > 5 &&
                    strlen(statement_refusal_meaning(i)) > 5);
    for (statement_warning_t i = 0; i < STATEMENT_WARNINGS_COUNT; i++)
        assert_true(strlen(statement_warning_name(i)) > 2 &&
                    strlen(statement_warning_meaning(i)) > 5);
    assert_string_equal(statement_refusal_name(STATEMENT_ACCEPTED), "");
}

static void the_hash_is_of_the_bytes_as_they_came(void **state)
{
    (void)state;
    statement_t statement;
    uint8_t digest[DIGEST_SHA256_SIZE];
    static const char text[] = "\xef\xbb\xbf" SHORT_UTF8 "\x1a";
    digest_sha256(text, sizeof text - 1, digest);
    assert_true(read_text(&statement, text));
    assert_memory_equal(statement.sha256, digest, sizeof digest);
    statement_release(&statement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_encoding_comes_from_the_bytes),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(a_file_larger_than_is_read_is_refused),
        cmocka_unit_test(every_refusal_and_warning_has_a_name_and_a_meaning),
        cmocka_unit_test(the_hash_is_of_the_bytes_as_they_came),
    };
    return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
