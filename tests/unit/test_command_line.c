// What a program's options are taken for, and which words are refused.
#include "tools/command_line/command_line.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    bool flag;
    uint64_t number;
} given_t;

static const struct option options[] = {{"flag", no_argument, NULL, 'f'},
                                        {"number", required_argument, NULL, 'n'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};

static void help(FILE *out)
{
    fputs("usage\n", out);
}

static bool set(void *arg, int option, const char *value)
{
    given_t *given = arg;
    if (option == 'f')
        return given->flag = *value == '\0';
    return command_line_number(value, 2, 9, &given->number);
}

static void options_are_read_up_to_the_words_behind_them(void **state)
{
    (void)state;
    static const struct {
        const char *words[4];
        bool good, flag;
        uint64_t number;
        int rest; // words that are no options
    } rows[] = {
        {{NULL}, true, false, 0, 0},
        {{"--flag", "--number", "9"}, true, true, 9, 0},
        {{"--number=2", "word"}, true, false, 2, 1},
        {{"word", "--flag"}, true, true, 0, 1}, // in any order
        {{"--number", "1"}, false, false, 0, 0},
        {{"--number", "10"}, false, false, 0, 0},
        {{"--number"}, false, false, 0, 0},
        {{"--flag=1"}, false, false, 0, 0},
        {{"--unknown"}, false, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char words[5][16] = {"program"}, *argv[6] = {words[0]};
        int argc = 1;
        for (; argc <= 4 && rows[i].words[argc - 1]; argc++)
            argv[argc] = strcpy(words[argc], rows[i].words[argc - 1]);
        given_t given = {0};
        const command_line_t line = {"program", options, help, set, &given};
        optind = 0; // from the start
        assert_int_equal(command_line_read(&line, argc, argv), rows[i].good);
        assert_int_equal(given.number, rows[i].number);
        if (!rows[i].good)
            continue;
        assert_int_equal(given.flag, rows[i].flag);
        assert_int_equal(argc - optind, rows[i].rest);
    }
}

static void a_number_is_digits_within_its_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t min, max;
        bool good;
        uint64_t number;
    } rows[] = {
        {"0", 0, 0, true, 0},
        {"007", 7, 7, true, 7},
        {"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", 0, UINT64_MAX, false, 0},
        {"6", 7, 9, false, 0},
        {"10", 7, 9, false, 0},
        {"", 0, 9, false, 0},
        {" 1", 0, 9, false, 0},
        {"+1", 0, 9, false, 0},
        {"-1", 0, UINT64_MAX, false, 0},
        {"1x", 0, 9, false, 0},
        {"0x1", 0, 9, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t number = 99;
        assert_int_equal(command_line_number(rows[i].text, rows[i].min, rows[i].max, &number),
                         rows[i].good);
        assert_int_equal(number, rows[i].good ? rows[i].number : 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_up_to_the_words_behind_them),
        cmocka_unit_test(a_number_is_digits_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
