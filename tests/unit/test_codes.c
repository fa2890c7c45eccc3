// The table of numbered meanings: each number once, each text in both languages.
#include "proto/codes.h"
#include "proto/posting.h"
#include <stdarg.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define EACH_FAMILY(family)                                                                        \
    for (codes_family_t family = (codes_family_t)(CODES_NONE + 1); family < CODES_END;             \
         family = (codes_family_t)(family + 1))

static void numbers_of_a_family_ascend_so_none_stands_twice(void **state)
{
    (void)state;
    EACH_FAMILY(family)
    {
        const codes_info_t *info = codes_info(family);
        assert_true(info->count > 0);
        for (size_t i = 1; i < info->count; i++)
            if (info->codes[i].number <= info->codes[i - 1].number)
                fail_msg("%s: %s is not above %s", info->name, info->codes[i].name,
                         info->codes[i - 1].name);
    }
}

static void names_begin_as_their_family_says_and_differ(void **state)
{
    (void)state;
    EACH_FAMILY(family)
    {
        const codes_info_t *info = codes_info(family);
        for (size_t i = 0; i < info->count; i++) {
            assert_memory_equal(info->codes[i].name, info->prefix, strlen(info->prefix));
            assert_true(strlen(info->codes[i].name) > strlen(info->prefix));
        }
    }
}

static bool is_cyrillic(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text == 0xd0 || (unsigned char)*text == 0xd1)
            return true;
    return false;
}

static void every_code_has_a_text_in_both_languages(void **state)
{
    (void)state;
    EACH_FAMILY(family)
    {
        const codes_info_t *info = codes_info(family);
        for (size_t i = 0; i < info->count; i++) {
            const code_t *code = &info->codes[i];
            if (!*code->english || is_cyrillic(code->english) || !is_cyrillic(code->russian))
                fail_msg("%s: \"%s\", \"%s\"", code->name, code->english, code->russian);
            for (size_t j = 0; j < i; j++) { // or nobody could tell which is meant
                assert_string_not_equal(code->english, info->codes[j].english);
                assert_string_not_equal(code->russian, info->codes[j].russian);
            }
        }
    }
}

static void each_code_is_found_and_nothing_else_is(void **state)
{
    (void)state;
    EACH_FAMILY(family)
    {
        const codes_info_t *info = codes_info(family);
        size_t found = 0;
        for (uint64_t number = 0; number < 2000; number++)
            found += codes_find(family, number) != NULL;
        assert_int_equal(found, info->count);
        for (size_t i = 0; i < info->count; i++) {
            uint64_t number = info->codes[i].number;
            assert_ptr_equal(codes_find(family, number), &info->codes[i]);
            assert_null(codes_find(family, number + (UINT64_C(1) << 32)));
            assert_string_equal(codes_text(family, number), info->codes[i].english);
        }
        assert_null(codes_find(family, UINT64_MAX));
        assert_null(codes_name(family, UINT64_MAX));
        assert_null(codes_text(family, UINT64_MAX));
    }
    assert_string_equal(codes_name(CODES_autopay_reason, AUTOPAY_NO_PENDING), "NO_PENDING");
    assert_null(codes_info(CODES_NONE));
    assert_null(codes_info(CODES_END));
    assert_null(codes_find(CODES_NONE, 1));
}

static void a_list_says_all_codes_or_as_many_as_fit(void **state)
{
    (void)state;
    char text[64] = "", short_text[8] = "";
    codes_list(CODES_outcome, text, sizeof text);
    assert_string_equal(text, "1 succeeded, 2 declined");
    codes_list(CODES_outcome, short_text, sizeof short_text);
    assert_string_equal(short_text, "1 succe");
}

// The cores have arrays by kind and by system account.
static void what_cores_count_by_has_no_gaps(void **state)
{
    (void)state;
    for (uint64_t kind = 1; kind <= CODES_COUNT_resource_kind; kind++)
        assert_non_null(codes_find(CODES_resource_kind, kind));
    for (uint64_t number = SYSTEM_END; number < 2 * SYSTEM_END; number++)
        assert_null(codes_find(CODES_system_account, number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_a_family_ascend_so_none_stands_twice),
        cmocka_unit_test(names_begin_as_their_family_says_and_differ),
        cmocka_unit_test(every_code_has_a_text_in_both_languages),
        cmocka_unit_test(each_code_is_found_and_nothing_else_is),
        cmocka_unit_test(a_list_says_all_codes_or_as_many_as_fit),
        cmocka_unit_test(what_cores_count_by_has_no_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
