// test_span - a writer never passes its end, and plain text is UTF-8 without control
// characters.
#include "proto/span.h"
#include "robokassa_fixture.h"

static void a_writer_fills_its_buffer_and_no_more(void **state)
{
    (void)state;
    char buffer[8] = "#######";
    writer_t writer = writer_on(buffer, 4);
    writer_string(&writer, "ab");
    writer_text(&writer, SPAN(""));
    writer_text(&writer, SPAN("c"));
    assert_int_equal(writer_end(&writer), 3);
    assert_memory_equal(buffer, "abc\0###", 8);
}

static void a_writer_that_met_its_end_stays_refused(void **state)
{
    (void)state;
    char buffer[8] = "#######";
    writer_t writer = writer_on(buffer, 4);
    writer_string(&writer, "ab");
    writer_string(&writer, "cde"); // does not fit: nothing of it is written
    writer_string(&writer, "f");   // would fit, but the text has a hole
    assert_int_equal(writer_end(&writer), 0);
    assert_memory_equal(buffer, "ab#####", 8);

    writer = writer_on(buffer, 2); // no room for the NUL
    writer_string(&writer, "ab");
    assert_int_equal(writer_end(&writer), 0);
    writer = writer_on(buffer, 0);
    assert_int_equal(writer_end(&writer), 0);
}

static void texts_are_compared_by_all_their_bytes(void **state)
{
    (void)state;
    span_t name = SPAN("InvId");
    assert_true(span_is(name, span_of("InvId")));
    assert_false(span_is(name, SPAN("invid")));
    assert_false(span_is(name, SPAN("InvIdx")));
    assert_false(span_is(name, SPAN("InvI")));
    assert_true(span_is_any_case(name, SPAN("INVID")));
    assert_false(span_is_any_case(name, SPAN("inv_id")));
    assert_true(span_is((span_t){NULL, 0}, SPAN("")));
    assert_true(span_is_any_case((span_t){NULL, 0}, SPAN("")));
}

static void plain_text_is_counted_in_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } GOOD[] = {
        {"", 0},
        {"abc ~", 5},
        {"Вася", 4},
        {"\xC2\xA0", 1},
        {"\xDF\xBF", 1},
        {"\xE0\xA0\x80", 1},
        {"\xED\x9F\xBF", 1},
        {"\xEE\x80\x80", 1},
        {"\xF0\x90\x80\x80", 1},
        {"\xF4\x8F\xBF\xBF", 1},
    };
    static const char *const BAD[] = {
        "\x01",
        "a\n",
        "\x7F",
        "\xC2\x80",
        "\xC2\x9F",
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2 ",
        "\xE0\x9F\xBF",
        "\xE2\x82",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFF",
    };
    for (size_t i = 0; i < LENGTH(GOOD); i++) {
        size_t characters = 77;
        assert_true(span_is_plain(span_of(GOOD[i].text), &characters));
        assert_int_equal(characters, GOOD[i].want);
    }
    for (size_t i = 0; i < LENGTH(BAD); i++) {
        size_t characters = 77;
        print_message("  case %zu\n", i);
        assert_false(span_is_plain(span_of(BAD[i]), &characters));
        assert_int_equal(characters, 77);
    }
    size_t characters;
    assert_false(span_is_plain((span_t){"a\0b", 3}, &characters));
    assert_false(span_is_plain((span_t){"\xD0\xAF", 1}, &characters));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_fills_its_buffer_and_no_more),
        cmocka_unit_test(a_writer_that_met_its_end_stays_refused),
        cmocka_unit_test(texts_are_compared_by_all_their_bytes),
        cmocka_unit_test(plain_text_is_counted_in_characters),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
