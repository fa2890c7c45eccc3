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
        "\xef\xbb\xbf" HEADER ACCOUNT ",bank,12.34,correction," ACCOUNT "\n",
        "\"debit\",credit,\"amount\",kind,reference\r\n\"" ACCOUNT
        "\",\"bank\",\"12.34\",correction,\"" ACCOUNT "\"\r\n",
        "\xef\xbb\xbf\n{\"debit\":\"" ACCOUNT "\",\"credit\":\"bank\",\"amount\":1234,"
        "\"kind\":\"correction\",\"reference\":\"" ACCOUNT "\"}",
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
        {HEADER "bank,\"revenue,1,fee,\n", "line 2: field 2", "does not end"},
        {HEADER "bank,revenue,1\"0\",fee,\n", "line 2: field 3", "a quote inside"},
        {HEADER "\"bank\nx\",revenue,1,fee,\n", "line 2", "debit"},
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
    static char text[2 * CSV_RECORD_MAX];
    strcpy(text, JSON(WHOLE));
    size_t size = strlen(text) - 2; // room inside the braces
    memset(text + size, ' ', CSV_RECORD_MAX);
    strcpy(text + CSV_RECORD_MAX - 2, "}\n");
    assert_int_equal(count(text), 1);
    strcpy(text + CSV_RECORD_MAX - 2, " }\n");
    assert_int_equal(count(text), 0);
    assert_string_equal(reader.error, "line 1: the line is longer than 4095 bytes");
}

static int count_bytes(const char *text, size_t size)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, size, "r");
    int postings = 0;
    assert_non_null(file);
    postings_file_init(&reader, file);
    while (postings_file_next(&reader, &last))
        postings++;
    fclose(file);
    return postings;
}

// A bare carriage return hid what stood behind it, and so did a zero byte.
static void every_byte_is_posted_or_refused_by_line(void **state)
{
    (void)state;
#define ROW "bank,revenue,1,fee,\n"
#define TEXT(text) text, sizeof(text) - 1
    static const struct {
        const char *text;
        size_t size;
        int postings;
        const char *error;
    } cases[] = {
        {TEXT("{" WHOLE "}\r{" WHOLE "}\n"), 0, "line 1: a carriage return inside a line"},
        {TEXT("{" WHOLE "}\n{" WHOLE "}\rmore"), 1, "line 2: a carriage return inside a line"},
        {TEXT("{" WHOLE "}\0{" WHOLE "}\n"), 0, "line 1: a zero byte"},
        {TEXT("{" WHOLE "}\n\0\n"), 1, "line 2: a zero byte"},
        {TEXT("{" WHOLE "}\n\xef\xbb\xbf{" WHOLE "}\n"), 1, "line 2: JSON"},
        {TEXT("{" WHOLE "}\n{\"debit\":\"\xcf\"}\n"), 1, "line 2: bytes that are no UTF-8"},
        {TEXT("{" WHOLE "} {}\n"), 0, "line 1: JSON"},
        {TEXT("{" WHOLE "}\r\n{" WHOLE "}"), 2, ""},
        {TEXT("{" WHOLE "}\n{" WHOLE), 1, "line 2: JSON"}, // cut off
        {TEXT(HEADER ROW "bank,revenue,1,fee,\rbank,revenue,1,fee,\n"), 1,
         "line 3: field 5: a carr"},
        {TEXT(HEADER ROW "bank,revenue,1,fee,\0\n"), 1, "line 3: field 5: a zero byte"},
        {TEXT(HEADER ROW "\xcf,revenue,1,fee,\n"), 1, "line 3: field 1: bytes that are no UTF-8"},
        {TEXT(HEADER ROW "\xef\xbb\xbf" ROW), 1, "line 3: debit"},
        {TEXT(HEADER ROW "bank,revenue,1,fee"), 1, "line 3: reference"},
        {TEXT(HEADER ROW "bank,revenue,1,fee,"), 2, ""}, // the last line may lack its end
    };
#undef TEXT
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int postings = count_bytes(cases[i].text, cases[i].size);
        if (postings != cases[i].postings ||
            strncmp(reader.error, cases[i].error, strlen(cases[i].error)) != 0 ||
            !*cases[i].error != !*reader.error)
            fail_msg("row %zu: %d, `%s`", i, postings, reader.error);
    }
}

static void what_excel_writes_is_read(void **state)
{
    (void)state;
    static const char excel[] = "\xef\xbb\xbf"
                                "debit;credit;amount;kind;reference\r\n" ACCOUNT
                                ";bank;12,34;correction;\r\n" ACCOUNT ";bank;7;correction;\r\n";
    assert_int_equal(count(excel), 2);
    assert_int_equal(last.amount, 700);
    // A point there, blanks between thousands and three decimals may mean several things.
    static const char *const amounts[] = {"12.34",
                                          "1.234,50",
                                          "1 234,50",
                                          "1,234",
                                          ",5",
                                          "12,",
                                          "1234567890123456789012345678901234,5"};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "debit;credit;amount;kind\n" ACCOUNT ";bank;%s;correction\n",
                 amounts[i]);
        assert_int_equal(count(text), 0);
        assert_non_null(strstr(reader.error, "line 2: amount: "));
        assert_non_null(strstr(reader.error, "12,34 where semicolons part the fields"));
    }
    // where commas part them, a comma is no decimal one
    assert_int_equal(count(HEADER ACCOUNT ",bank,\"12,34\",correction,\n"), 0);
    assert_non_null(strstr(reader.error, "expected rubles, as 12 or 12.34"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_excel_writes_is_read),
        cmocka_unit_test(both_forms_say_the_same_posting),
        cmocka_unit_test(what_is_no_posting_is_named_with_its_line),
        cmocka_unit_test(a_line_of_4095_bytes_is_read_and_a_longer_one_refused),
        cmocka_unit_test(every_byte_is_posted_or_refused_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
