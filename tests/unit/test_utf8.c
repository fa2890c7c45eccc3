// Which bytes are text: every sequence of up to four bytes against a decoder that goes by numbers;
// and JSON of any bytes.
#include "proto/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// The code point that the first bytes stand for, and of how many it is; 0 if they are none.
static size_t decode(const uint8_t *at, size_t left, uint32_t *ret_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : 4;
    if ((size == 4 && at[0] >> 3 != 30) || left < size)
        return 0;
    uint32_t point = size == 1 ? at[0] : at[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        point = point << 6 | (at[i] & 0x3fu);
    }
    bool good = point >= least[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    *ret_point = point;
    return good ? size : 0;
}

static bool is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0, step; i < size; i += step) {
        uint32_t point;
        step = decode(bytes + i, size - i, &point);
        if (!step || point < 0x20 || (point >= 0x7f && point < 0xa0))
            return false;
    }
    return true;
}

// All first two bytes (where branches are counted, which takes its time, some of each kind), and of
// the others those at the edges of what may follow.
static void a_character_is_what_its_number_says(void **state)
{
    (void)state;
    static const uint8_t edges[] = {0, 'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    uint8_t bytes[4];
    uint32_t point;
    const unsigned step = getenv("KOPECK_COUNTING") ? 7 : 1;
    for (unsigned two = 0; two < 0x10000; two += step)
        for (unsigned rest = 0; rest < sizeof edges * sizeof edges; rest++) {
            bytes[0] = (uint8_t)(two >> 8);
            bytes[1] = (uint8_t)two;
            bytes[2] = edges[rest / sizeof edges];
            bytes[3] = edges[rest % sizeof edges];
            for (size_t size = 1; size <= sizeof bytes; size++) {
                size_t expected = decode(bytes, size, &point);
                if (utf8_character((const char *)bytes, size) != expected ||
                    utf8_is_text((text_t){(const char *)bytes, (uint32_t)size}) !=
                        is_text(bytes, size))
                    fail_msg("%02x %02x %02x %02x, %zu bytes", bytes[0], bytes[1], bytes[2],
                             bytes[3], size);
            }
        }
    assert_int_equal(utf8_character("", 0), 0);
}

// In every place of a text that is looked at eight bytes at a time.
static void a_byte_is_found_wherever_it_stands(void **state)
{
    (void)state;
    char text[40];
    for (size_t at = 0; at < sizeof text; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            memset(text, '~', sizeof text);
            text[at] = (char)byte;
            assert_int_equal(utf8_is_text((text_t){text, sizeof text}),
                             byte >= 0x20 && byte < 0x7f);
        }
    assert_true(utf8_is_text(text_of("")));
    assert_true(utf8_is_text(text_of("Начальный Плюс ₽ 😀")));
}

static void expect_json(const char *bytes, size_t size, const char *expected)
{
    char *made = NULL;
    size_t made_size = 0;
    FILE *out = open_memstream(&made, &made_size);
    assert_non_null(out);
    utf8_json((text_t){bytes, (uint32_t)size}, out);
    fclose(out);
    assert_string_equal(made, expected);
    free(made);
}

static void json_of_any_bytes_is_json(void **state)
{
    (void)state;
    expect_json("a\"\\\n\x7f", 5, "\"a\\\"\\\\\\u000a\\u007f\"");
    expect_json("Плюс", 8, "\"Плюс\"");
    expect_json("\xcf\xeb\xfe\xf1", 4, "\"����\""); // cp1251
    expect_json("a\xed\xa0\x80z", 5, "\"a���z\"");  // a surrogate
    expect_json("\xc0\xaf", 2, "\"��\"");           // an overlong form
    expect_json("\xf0\x9f\x98", 3, "\"���\"");      // half a character
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_is_what_its_number_says),
        cmocka_unit_test(a_byte_is_found_wherever_it_stands),
        cmocka_unit_test(json_of_any_bytes_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
