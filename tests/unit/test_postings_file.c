// Which lines of a file are postings, and what is said of the others.
#include "tools/kopeck/postings_file.h"
#include "proto/posting.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define ACCOUNT "11111111-2222-4333-8444-555555555555"
#define HEADER "debit,credit,amount,kind,reference\n"

static postings_file_t reader;
static event_posting_requested_t last;

// How many postings the text has before its end or its first error.
static int count(const char *text)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int postings = 0;
    assert_non_null(file);
    postings_file_init(&reader, file);
    while (postings_file_next(&reader, &last))
        postings++;
    assert_false(postings_file_next(&reader, &last)); // the end is the end
    fclose(file);
    return postings;
}

static void both_forms_say_the_same_posting(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEADER ACCOUNT ",bank,12.34,correction," ACCOUNT "\n",
        "\n\r\n" HEADER "\n" ACCOUNT ",bank,12.34,correction," ACCOUNT "\r\n\n",
        HEADER ACCOUNT ",bank,12.34,correction," ACCOUNT,
        "kind,reference,amount_kopecks,credit,debit\ncorrection," ACCOUNT ",1234,Bank," ACCOUNT
        "\n",
        "{\"debit\":\"" ACCOUNT "\",\"credit\":\"bank\",\"amount\":1234,\"kind\":\"correction\","
        "\"reference\":\"" ACCOUNT "\"}\n",
    };
    uid_t16 bank = posting_system_id(SYSTEM_BANK), account;
    assert_true(uid_parse(ACCOUNT, &account));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(count(texts[i]), 1);
        assert_string_equal(reader.error, "");
        assert_true(uid_equal(&last.debit, &account) && uid_equal(&last.credit, &bank));
        assert_true(uid_equal(&last.reference, &account));
        assert_int_equal(last.amount, 1234);
        assert_string_equal(posting_kind_title(last.kind), "correction");
    }
    assert_int_equal(count(HEADER "bank,revenue,1,fee,\nbank,revenue,2,1,\n"), 2);
    assert_true(uid_is_zero(&last.reference));
    assert_int_equal(last.kind, 1);
    assert_int_equal(count("{\"debit\":\"bank\",\"credit\":\"revenue\",\"amount\":1,\"kind\":1}"),
                     1);
    assert_int_equal(last.kind, 1);
    assert_int_equal(count(HEADER), 0);
    assert_string_equal(reader.error, "");
}

#define JSON(members) "{" members "}\n"
#define WHOLE "\"debit\":\"bank\",\"credit\":\"revenue\",\"amount\":1,\"kind\":1"

static void what_is_no_posting_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *named;
    } cases[] = {
        {"debit,credit\n", "line 1", "amount"},
        {"debit,credit,amount,colour\n", "line 1", "colour"},
        {"debit,credit,amount,kind,kind\n", "line 1", "kind"},
        {"debit,credit,kind\n", "line 1", "amount"},
        {HEADER "bank,revenue\n", "line 2", "amount"},
        {HEADER "bank,revenue,1,fee,,more\n", "line 2", "more"},
        {HEADER "banc,revenue,1,fee,\n", "line 2", "debit"},
        {HEADER "bank,revenu,1,fee,\n", "line 2", "credit"},
        {HEADER "bank,revenue,1.234,fee,\n", "line 2", "1.234"},
        {HEADER "bank,revenue,1,fees,\n", "line 2", "fees"},
        {HEADER "\nbank,revenue,1,fee,x\n", "line 3", "reference"},
        {"debit,credit,amount_kopecks,kind\nbank,revenue,1.5,fee\n", "line 2", "1.5"},
        {"debit,credit,amount_kopecks,kind\nbank,revenue,9223372036854775808,fee\n", "line 2",
         "amount_kopecks"},
        {"{\n", "line 1", "one object"},
        {JSON(""), "line 1", "debit"},
        {JSON(WHOLE) "[]\n", "line 2", "one object"},
        {JSON(WHOLE ",\"kind\":2"), "line 1", "one object"}, // twice
        {JSON(WHOLE ",\"colour\":2"), "line 1", "colour"},
        {JSON(WHOLE ",\"amount_kopecks\":2"), "line 1", "amount_kopecks"},
        {JSON("\"amount\":\"1\""), "line 1", "a whole number"},
        {JSON("\"amount\":1.5"), "line 1", "a whole number"},
        {JSON("\"kind\":0"), "line 1", "kind"},
        {JSON("\"kind\":-1"), "line 1", "kind"},
        {JSON("\"kind\":\"fees\""), "line 1", "fees"},
        {JSON("\"debit\":5"), "line 1", "debit"},
        {JSON("\"debit\":null"), "line 1", "(no text)"},
        {JSON("\"debit\":\"banc\",\"credit\":\"revenue\""), "line 1", "banc"},
        {JSON("\"debit\":\"bank\",\"credit\":\"revenue\",\"kind\":1"), "line 1", "amount"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)count(cases[i].text);
        if (!strstr(reader.error, cases[i].line) || !strstr(reader.error, cases[i].named))
            fail_msg("row %zu: `%s`", i, reader.error);
    }
}

static void a_line_of_4095_bytes_is_read_and_a_longer_one_refused(void **state)
{
    (void)state;
    static char text[2 * POSTINGS_LINE_MAX];
    strcpy(text, JSON(WHOLE));
    size_t size = strlen(text) - 2; // room inside the braces
    memset(text + size, ' ', POSTINGS_LINE_MAX - 2 - size - 1);
    strcpy(text + POSTINGS_LINE_MAX - 3, "}\n");
    assert_int_equal(strlen(text), POSTINGS_LINE_MAX - 1);
    assert_int_equal(count(text), 1);
    strcpy(text + POSTINGS_LINE_MAX - 3, "  }\n");
    assert_int_equal(count(text), 0);
    assert_non_null(strstr(reader.error, "at most 4095 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_say_the_same_posting),
        cmocka_unit_test(what_is_no_posting_is_named_with_its_line),
        cmocka_unit_test(a_line_of_4095_bytes_is_read_and_a_longer_one_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
