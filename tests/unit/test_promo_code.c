// test_promo_code - what is typed is one code however it is typed, a typing error is found, and the
// HMAC is that of others' vectors.
#include "promo_words.h"
#include <stdio.h>

static void codes_are_read_however_they_are_typed(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *signs;
        promo_shape_t shape;
    } cases[] = {
        {"7K2MQ4RZ9TA9", "7K2MQ4RZ9TA9", PROMO_SHAPE_SINGLE},
        {" 7k2m-q4rz\u00a09ta9\t", "7K2MQ4RZ9TA9", PROMO_SHAPE_SINGLE},
        {"7К2МQ4RZ9ТА9", "7K2MQ4RZ9TA9", PROMO_SHAPE_SINGLE},
        {"7к2мq4rz9та9", "7K2MQ4RZ9TA9", PROMO_SHAPE_SINGLE},
        {"7K2MQ4R9ZTA9", "7K2MQ4R9ZTA9", PROMO_SHAPE_WRONG},
        {"7K2MQ4RZ9TAU", "7K2MQ4RZ9TAU", PROMO_SHAPE_WRONG},  // no check symbol at all
        {"000000000-14U", "00000000014U", PROMO_SHAPE_WRONG}, // that of 36, were it given out
        {"U0000000000-0", "U00000000000", PROMO_SHAPE_WRONG}, // U is no symbol
        {"АВЕКМНОРСТУХ1", "ABEKMH0PCTYX1", PROMO_SHAPE_WORD},
        {"авекмнорстух1", "ABEKMH0PCTYX1", PROMO_SHAPE_WORD},
        {"welcome", "WE1C0ME", PROMO_SHAPE_WORD},
        {"ILilOo", "111100", PROMO_SHAPE_WORD},
        {"SUMMER", "SUMMER", PROMO_SHAPE_WORD},
        {"ABCDEFGHJKMNPQRSTVWXYZ23", "ABCDEFGHJKMNPQRSTVWXYZ23", PROMO_SHAPE_WORD},
        {"ABCDEFGHJKMNPQRSTVWXYZ234", NULL, PROMO_SHAPE_NONE},
        {"", NULL, PROMO_SHAPE_NONE},
        {" - ", NULL, PROMO_SHAPE_NONE},
        {"SHORT", NULL, PROMO_SHAPE_NONE},
        {"ЖЖЖЖЖЖ", NULL, PROMO_SHAPE_NONE},
        {"WELCOME!", NULL, PROMO_SHAPE_NONE},
        {"WELCOM\xd0", NULL, PROMO_SHAPE_NONE},
        {"WELCOM\xff", NULL, PROMO_SHAPE_NONE},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        promo_code_t code = {"before"};
        print_message("  %s\n", cases[i].typed);
        assert_int_equal(promo_code_read(span_of(cases[i].typed), &code), cases[i].shape);
        assert_string_equal(code.signs, cases[i].signs ? cases[i].signs : "before");
    }
}

static void a_long_text_is_no_code(void **state)
{
    (void)state;
    char text[PROMO_TYPED_MAX + 2];
    promo_code_t code;
    memset(text, ' ', sizeof text);
    memcpy(text, "WELCOME", 7);
    assert_int_equal(promo_code_read((span_t){text, PROMO_TYPED_MAX}, &code), PROMO_SHAPE_WORD);
    assert_int_equal(promo_code_read((span_t){text, PROMO_TYPED_MAX + 1}, &code), PROMO_SHAPE_NONE);
    assert_int_equal(promo_code_read((span_t){NULL, 0}, &code), PROMO_SHAPE_NONE);
}

// Crockford's page and public programs: 42 is 1A and 5, 1234 is 16J and D.
static void check_symbols_are_those_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *symbols;
        char check;
    } cases[] = {{"1A", '5'}, {"16J", 'D'}, {"7K2MQ4RZ9TA", '9'}, {"7K2MQ4R9ZTA", 'G'},
                 {"", '0'},   {"10", '*'},  {"11", '~'},          {"12", '$'},
                 {"13", '='}, {"14", 'U'},  {"15", '0'},          {"1U", '\0'}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(promo_code_check(span_of(cases[i].symbols)), cases[i].check);
}

// Every other sign in one place, and every swap of two different neighbours.
static void one_wrong_sign_and_every_swap_are_found(void **state)
{
    (void)state;
    static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const char *code = "7K2MQ4RZ9TA9";
    promo_code_t read;
    for (size_t i = 0; i < PROMO_SINGLE_SIGNS; i++)
        for (size_t j = 0; j < LENGTH(symbols) - 1; j++) {
            char typed[PROMO_CODE_SIZE];
            strcpy(typed, code);
            typed[i] = symbols[j];
            assert_int_equal(promo_code_read(span_of(typed), &read),
                             symbols[j] == code[i] ? PROMO_SHAPE_SINGLE : PROMO_SHAPE_WRONG);
        }
    for (size_t i = 0; i + 2 < PROMO_SINGLE_SIGNS; i++) {
        char typed[PROMO_CODE_SIZE];
        strcpy(typed, code);
        typed[i] = code[i + 1];
        typed[i + 1] = code[i];
        assert_int_equal(promo_code_read(span_of(typed), &read), PROMO_SHAPE_WRONG);
    }
}

static void codes_that_are_made_can_be_typed(void **state)
{
    (void)state;
    uint64_t random = 1;
    unsigned made = 0;
    for (unsigned i = 0; i < 10000; i++) {
        promo_code_t code = {""}, read;
        char shown[PROMO_SHOWN_SIZE];
        memset(shown, '?', sizeof shown);
        random = random * 6364136223846793005u + 1442695040888963407u;
        if (!promo_code_make(random >> 9, &code)) {
            assert_string_equal(code.signs, "");
            continue;
        }
        promo_code_show(&code, shown);
        assert_int_equal(promo_code_read(span_of(shown), &read), PROMO_SHAPE_SINGLE);
        assert_string_equal(read.signs, code.signs);
        assert_true(shown[4] == '-' && shown[9] == '-' && strlen(shown) == PROMO_SHOWN_SIZE - 1);
        made++;
    }
    assert_in_range(made, 8400, 8900); // 32 of 37
}

static void hmacs_are_those_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *code, *hex;
    } cases[] = {
        {"7K2MQ4RZ9TA9", "266a7e1ae69314ed7f15538fbdae14cc7afae4af878ff42f2626c81685e2073a"},
        {"WELCOME", "1a9b1711b05f670b96987ec96028da6981ccb5986cd3a9fcd9f526d81ea34fba"}};
    promo_key_t key = {.version = 1};
    for (size_t i = 0; i < PROMO_KEY_SIZE; i++)
        key.bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        promo_code_t code;
        char hex[65];
        (void)promo_code_read(span_of(cases[i].code), &code);
        hash_t hmac = promo_code_hmac(&key, &code);
        digest_hex_lower(hmac.bytes, sizeof hmac.bytes, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_read_however_they_are_typed),
        cmocka_unit_test(a_long_text_is_no_code),
        cmocka_unit_test(check_symbols_are_those_of_others),
        cmocka_unit_test(one_wrong_sign_and_every_swap_are_found),
        cmocka_unit_test(codes_that_are_made_can_be_typed),
        cmocka_unit_test(hmacs_are_those_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
