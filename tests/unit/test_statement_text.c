// test_statement_text - a bank's bytes become well-formed text, whichever of the sets they are of.
#include "services/documents/statement_text.h"
#include "proto/utf8.h"
#include "documents_fixture.h"

static const char *decoded(const char *bytes, size_t size, statement_encoding_t encoding)
{
    static char text[1024];
    size_t text_size = 0;
    if (!statement_text_decode((span_t){bytes, size}, encoding, text, &text_size))
        return NULL;
    text[text_size] = '\0';
    return text;
}

#define DECODED(literal, encoding) decoded(literal, sizeof(literal) - 1, encoding)

static void each_set_is_decoded(void **state)
{
    (void)state;
    assert_string_equal(DECODED("\xcd\xee\xec\xe5\xf0 \xb9 5 \xa8\xb8\xa0", STATEMENT_WINDOWS_1251),
                        "Номер № 5 Ёё\u00a0");
    assert_string_equal(DECODED("\x8d\xae\xac\xa5\xe0 \xfc 5 \xf0\xf1\xff\xb0", STATEMENT_CP866),
                        "Номер № 5 Ёё\u00a0░");
    assert_string_equal(DECODED("Номер № 5 \xf0\x9f\x98\x80", STATEMENT_UTF8),
                        "Номер № 5 \xf0\x9f\x98\x80");
    assert_string_equal(DECODED("a\tb\r\nc", STATEMENT_UTF8), "a\tb\r\nc");
}

static void what_is_no_text_of_a_set_is_refused(void **state)
{
    (void)state;
    assert_null(DECODED("\x98", STATEMENT_WINDOWS_1251));
    assert_null(DECODED("\xcd\xee", STATEMENT_UTF8));
    assert_null(DECODED("abc\xd0", STATEMENT_UTF8));
    assert_null(DECODED("\xc0\x80", STATEMENT_UTF8));
}

static void control_characters_are_never_in_it(void **state)
{
    (void)state;
    assert_string_equal(DECODED("1\0002\x1f\x7f", STATEMENT_UTF8), "1\ufffd2\ufffd\ufffd");
    assert_string_equal(DECODED("1\0002", STATEMENT_CP866), "1\ufffd2");
    assert_string_equal(DECODED("\xc2\x85\xc2\x9f\xc2\xa0", STATEMENT_UTF8), "\ufffd\ufffd\u00a0");
}

static void every_byte_of_a_set_is_a_character(void **state)
{
    (void)state;
    for (statement_encoding_t set = STATEMENT_WINDOWS_1251; set <= STATEMENT_CP866; set++)
        for (int byte = 0; byte < 256; byte++) {
            char one = (char)byte;
            const char *text = decoded(&one, 1, set);
            if (set == STATEMENT_WINDOWS_1251 && byte == 0x98) {
                assert_null(text);
                continue;
            }
            assert_int_equal(utf8_character(text, strlen(text)), strlen(text));
        }
}

static void declarations_are_read_as_banks_write_them(void **state)
{
    (void)state;
    static const struct {
        statement_encoding_t encoding;
        const char *name;
        bool means;
    } cases[] = {
        {STATEMENT_WINDOWS_1251, "Windows", true},
        {STATEMENT_WINDOWS_1251, "windows", true},
        {STATEMENT_WINDOWS_1251, "windows-1251", true},
        {STATEMENT_CP866, "DOS", true},
        {STATEMENT_UTF8, "UTF-8", true},
        {STATEMENT_UTF8, "Windows", false},
        {STATEMENT_CP866, "Windows", false},
        {STATEMENT_WINDOWS_1251, "", false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(statement_encoding_is_called(cases[i].encoding, span_of(cases[i].name)),
                         cases[i].means);
    assert_string_equal(statement_encoding_name(STATEMENT_CP866), "CP866");
}

static void blanks_are_trimmed_and_made_one(void **state)
{
    (void)state;
    char plain[64];
    span_t text = statement_text_trim(SPAN(" \t\u00a0 a  b\u00a0\u202f"));
    assert_true(span_is(text, SPAN("a  b")));
    assert_int_equal(statement_text_trim(SPAN(" \u00a0")).size, 0);
    assert_int_equal(statement_text_trim(SPAN("")).size, 0);
    size_t size = statement_text_plain(SPAN("  a \u00a0 b\tc  "), plain);
    assert_true(span_is((span_t){plain, size}, SPAN("a b c")));
    assert_int_equal(statement_text_plain(SPAN("  "), plain), 0);
    assert_int_equal(statement_text_blank(SPAN("\xc2")), 0); // a piece of one
}

static void letters_of_either_case_are_equal(void **state)
{
    (void)state;
    assert_true(statement_text_begins(SPAN("ВОЗВРАТ"), SPAN("возврат")));
    assert_true(statement_text_begins(SPAN("Возвращаем"), SPAN("ВОЗВРАЩ")));
    assert_true(statement_text_begins(SPAN("ЁжЪ abc"), SPAN("ёЖъ ABC")));
    assert_false(statement_text_begins(SPAN("Возвр"), SPAN("Возврат")));
    assert_false(statement_text_begins(SPAN("Оплата"), SPAN("Возврат")));
    assert_true(statement_text_begins(SPAN("x"), SPAN("")));
    assert_true(statement_text_contains(SPAN("по ЭКВАЙРИНГУ за"), SPAN("эквайринг")));
    assert_false(statement_text_contains(SPAN("по эквайрин"), SPAN("эквайринг")));
    assert_false(statement_text_contains(SPAN(""), SPAN("эквайринг")));
    assert_false(statement_text_begins(SPAN("\xd0"), SPAN("Р")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_set_is_decoded),
        cmocka_unit_test(what_is_no_text_of_a_set_is_refused),
        cmocka_unit_test(control_characters_are_never_in_it),
        cmocka_unit_test(every_byte_of_a_set_is_a_character),
        cmocka_unit_test(declarations_are_read_as_banks_write_them),
        cmocka_unit_test(blanks_are_trimmed_and_made_one),
        cmocka_unit_test(letters_of_either_case_are_equal),
    };
    return cmocka_run_group_tests_name("statement_text", tests, NULL, NULL);
}
