// How the words of a command line are taken, and which are refused with what is expected.
#include "proto/service.h"
#include "tools/kopeck/args.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

enum { WORDS_MAX = 300 };

// The words of a line, separated by single spaces.
static args_t *args_of(const char *line)
{
    static char text[1024];
    static char *words[WORDS_MAX];
    static args_t args;
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    args_init(&args, count, words);
    return &args;
}

static void options_are_taken_from_any_place_and_in_both_forms(void **state)
{
    (void)state;
    args_t *args = args_of("--limit 5 one --json --from=2026-01-01 two --to-day 9");
    assert_int_equal(args_option_number(args, "limit", 1, 1, 5), 5);
    assert_true(args_flag(args, "json"));
    assert_false(args_flag(args, "json"));
    assert_true(args_option_time(args, "from", 7) == INT64_C(1767214800000000));
    assert_null(args_option(args, "to")); // no part of a name is the name
    assert_true(args_option_time(args, "to", 7) == 7);
    assert_string_equal(args_option(args, "to-day"), "9");
    assert_string_equal(args_operand(args, "the first"), "one");
    assert_string_equal(args_operand_maybe(args, "more"), "two");
    assert_null(args_operand_maybe(args, "more"));
    assert_true(args_check(args));
}

static void after_two_dashes_everything_is_an_operand(void **state)
{
    (void)state;
    args_t *args = args_of("- -- --json -- -5 --limit");
    assert_false(args_flag(args, "json"));
    assert_null(args_option(args, "limit"));
    assert_string_equal(args_operand(args, "a"), "-");
    assert_string_equal(args_operand(args, "b"), "--json");
    assert_string_equal(args_operand(args, "c"), "--");
    assert_string_equal(args_operand(args, "d"), "-5");
    assert_string_equal(args_operand(args, "e"), "--limit");
    assert_true(args_check(args));
}

static void a_word_is_found_among_the_operands_only(void **state)
{
    (void)state;
    static const char *const words[] = {"list", "--define", NULL};
    args_t *args = args_of("x --define list");
    assert_int_equal(args_word(args, words), 0);
    assert_int_equal(args_word(args, words), -1);
    args = args_of("-- --define");
    assert_int_equal(args_word(args, words), 1);
}

typedef void take_t(args_t *args);

static void take_number(args_t *args)
{
    (void)args_operand_number(args, "the number");
}
static void take_uid(args_t *args)
{
    (void)args_operand_uid(args, "the account");
}
static void take_stream(args_t *args)
{
    (void)args_operand_stream(args, "the process");
}
static void take_limit(args_t *args)
{
    assert_int_equal(args_option_number(args, "limit", 42, 2, 5), 42);
}
static void take_time(args_t *args)
{
    (void)args_option_time(args, "from", 0);
}
static void take_nothing(args_t *args)
{
    (void)args;
}

static void what_is_wrong_is_said_with_what_was_expected(void **state)
{
    (void)state;
    char names[SERVICE_LIST_MAX], no_process[SERVICE_LIST_MAX + 64];
    service_list(names);
    snprintf(no_process, sizeof no_process, "the process: \"web\": expected %s", names);
    const struct {
        const char *line;
        take_t *take;
        const char *error;
    } cases[] = {
        {"", take_number, "the number is missing: expected it on the command line; see --help"},
        {"--5", take_number, "the number is missing: expected it on the command line; see --help"},
        {"5x", take_number, "the number: \"5x\": expected a whole number"},
        {"-5", take_number, "the number: \"-5\": expected a whole number"},
        {"18446744073709551616", take_number,
         "the number: \"18446744073709551616\": expected a whole number"},
        {"me", take_uid, "the account: \"me\": expected a UUID"},
        {"", take_stream, "the process is missing: expected it on the command line; see --help"},
        {"web", take_stream, no_process},
        {"--limit 1", take_limit, "limit: \"1\": expected a whole number from 2 to 5"},
        {"--limit 6", take_limit, "limit: \"6\": expected a whole number from 2 to 5"},
        {"--limit=x", take_limit, "limit: \"x\": expected a whole number from 2 to 5"},
        {"--limit=", take_limit, "limit: \"\": expected a word that is not empty"},
        {"--limit=\xcf", take_limit, "limit: expected UTF-8 without control characters"},
        {"\xcf\xeb", take_number, "the number: expected UTF-8 without control characters"},
        {"\x01", take_stream, "the process: expected UTF-8 without control characters"},
        {"\xed\xa0\x80", take_nothing,
         "a word too many: expected UTF-8 without control characters"},
        {"--limit", take_limit, "limit is missing: expected a value after the option"},
        {"--limit --json", take_limit, "limit is missing: expected a value after the option"},
        {"--from today", take_time,
         "from: \"today\": expected a date, or a time as 2026-01-31T12:00:00; Moscow's, "
         "unless Z or +03:00 follows"},
        {"--jsn", take_nothing, "the option \"--jsn\" is not known here; see --help"},
        {"more", take_nothing, "the word \"more\" is not known here; see --help"},
        {"5x more", take_number, "the number: \"5x\": expected a whole number"}, // the first sticks
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        args_t *args = args_of(cases[i].line);
        cases[i].take(args);
        assert_false(args_check(args));
        assert_string_equal(args->error, cases[i].error);
    }
    args_t *args = args_of("");
    args_refuse(args, "first", NULL, "one");
    args_refuse(args, "second", NULL, "two");
    assert_string_equal(args->error, "first is missing: expected one");
}

// An unset variable of a script: it stands for nothing, wherever it stands.
static void an_empty_word_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    char empty[] = "", option[] = "--limit", literal[] = "--", word[] = "5";
    char *const lines[][3] = {{empty}, {option, empty}, {literal, empty}, {word, empty}};
    args_t args;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int count = lines[i][1] ? 2 : 1;
        args_init(&args, count, (char **)(uintptr_t)lines[i]);
        (void)args_option(&args, "limit");
        (void)args_operand_stream(&args, "the process");
        assert_false(args_check(&args));
        if (i != 3)
            assert_non_null(strstr(args.error, "expected a word that is not empty"));
    }
}

static void a_line_of_too_many_words_is_refused(void **state)
{
    (void)state;
    static char word[] = "x";
    char *words[ARGS_MAX + 1];
    args_t args;
    for (size_t i = 0; i < ARGS_MAX + 1; i++)
        words[i] = word;
    args_init(&args, ARGS_MAX, words);
    assert_string_equal(args.error, "");
    args_init(&args, ARGS_MAX + 1, words);
    assert_string_equal(args.error, "the command line: \"x\": expected fewer words");
    assert_false(args_check(&args));
}

static void rubles_have_two_decimals_at_most_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kopecks_t amount;
    } good[] = {
        {"0", 0},
        {"12", 1200},
        {"12.3", 1230},
        {"12.34", 1234},
        {"-0.05", -5},
        {"007", 700},
        {"92233720368547758.07", INT64_MAX},
        {"-92233720368547758.07", -INT64_MAX},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      ".5",
                                      "x",
                                      "5x",
                                      "12.",
                                      "12.345",
                                      "1.2.3",
                                      "12,5",
                                      "--5",
                                      "+5",
                                      " 5",
                                      "1 000",
                                      "-:",
                                      "1/2",
                                      "92233720368547758.08",
                                      "92233720368547758.1",
                                      "92233720368547759",
                                      "9223372036854775808",
                                      "92233720368547758070"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        kopecks_t amount;
        assert_true(args_read_rubles(good[i].text, &amount));
        assert_true(amount == good[i].amount);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kopecks_t amount = 7;
        if (args_read_rubles(bad[i], &amount))
            fail_msg("`%s` was read", bad[i]);
        assert_true(amount == 7);
    }
}

static void kinds_are_read_by_number_and_by_title(void **state)
{
    (void)state;
    uint64_t kind = 0;
    assert_true(args_read_kind("1", &kind));
    assert_int_equal(kind, 1);
    assert_true(args_read_kind("Correction", &kind));
    assert_true(kind > 1);
    kind = 99;
    assert_false(args_read_kind("0", &kind));
    assert_false(args_read_kind("12345", &kind));
    assert_false(args_read_kind("correctio", &kind));
    assert_false(args_read_kind("", &kind));
    assert_int_equal(kind, 99);
}

static void codes_are_read_by_number_and_by_word(void **state)
{
    (void)state;
    uint64_t why = 99;
    assert_true(args_read_code(CODES_revoke_reason, "Operator", &why));
    assert_int_equal(why, REVOKE_OPERATOR);
    assert_true(args_read_code(CODES_statement_side, "0", &why));
    assert_int_equal(why, SIDE_ALL);
    assert_false(args_read_code(CODES_revoke_reason, "0", &why));
    assert_false(args_read_code(CODES_revoke_reason, "debits", &why));
    assert_int_equal(why, SIDE_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_taken_from_any_place_and_in_both_forms),
        cmocka_unit_test(after_two_dashes_everything_is_an_operand),
        cmocka_unit_test(a_word_is_found_among_the_operands_only),
        cmocka_unit_test(what_is_wrong_is_said_with_what_was_expected),
        cmocka_unit_test(a_line_of_too_many_words_is_refused),
        cmocka_unit_test(rubles_have_two_decimals_at_most_and_fit),
        cmocka_unit_test(kinds_are_read_by_number_and_by_title),
        cmocka_unit_test(codes_are_read_by_number_and_by_word),
        cmocka_unit_test(an_empty_word_is_refused_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
