// Sums as papers spell them: each form of each noun, and the ends of the range.
#include "services/documents/sum_words.h"
#include "documents_fixture.h"

static void is(kopecks_t amount, const char *expected)
{
    char text[SUM_WORDS_MAX];
    assert_true(sum_words(amount, text));
    assert_string_equal(text, expected);
}

static void nouns_have_three_forms(void **state)
{
    (void)state;
    is(0, "Ноль рублей 00 копеек");
    is(101, "Один рубль 01 копейка");
    is(202, "Два рубля 02 копейки");
    is(405, "Четыре рубля 05 копеек");
    is(500, "Пять рублей 00 копеек");
    is(1111, "Одиннадцать рублей 11 копеек");
    is(1412, "Четырнадцать рублей 12 копеек");
    is(2121, "Двадцать один рубль 21 копейка");
    is(11100, "Сто одиннадцать рублей 00 копеек");
    is(11200, "Сто двенадцать рублей 00 копеек");
    is(12234, "Сто двадцать два рубля 34 копейки");
}

static void thousands_are_feminine(void **state)
{
    (void)state;
    is(100000, "Одна тысяча рублей 00 копеек");
    is(140201, "Одна тысяча четыреста два рубля 01 копейка");
    is(200000, "Две тысячи рублей 00 копеек");
    is(1100000, "Одиннадцать тысяч рублей 00 копеек");
    is(2200100, "Двадцать две тысячи один рубль 00 копеек");
    is(14000000, "Сто сорок тысяч рублей 00 копеек");
    is(100000100, "Один миллион один рубль 00 копеек");
    is(200000000, "Два миллиона рублей 00 копеек");
}

// What an invoice may ask for at most, and all that a sum of ours can be.
static void the_largest_sums_are_spelled(void **state)
{
    (void)state;
    char text[SUM_WORDS_MAX];
    is(100000000000000, "Один триллион рублей 00 копеек");
    is(INT64_MAX,
       "Девяносто два квадриллиона двести тридцать три триллиона семьсот двадцать миллиардов "
       "триста шестьдесят восемь миллионов пятьсот сорок семь тысяч семьсот пятьдесят восемь "
       "рублей 07 копеек");
    assert_false(sum_words(-1, text));
}

// Each word begins a sum: none is left small.
static void the_first_letter_is_a_capital(void **state)
{
    (void)state;
    char text[SUM_WORDS_MAX];
    for (kopecks_t rubles = 0; rubles < 1000; rubles++) {
        assert_true(sum_words(rubles * 100, text));
        unsigned char second = (unsigned char)text[1];
        assert_int_equal((unsigned char)text[0], 0xd0);
        assert_in_range(second, 0x90, 0xaf); // А to Я
        assert_null(strstr(text, "  "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nouns_have_three_forms),
        cmocka_unit_test(thousands_are_feminine),
        cmocka_unit_test(the_largest_sums_are_spelled),
        cmocka_unit_test(the_first_letter_is_a_capital),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
