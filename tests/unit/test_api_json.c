// Fields as JSON and back.
#include "services/api/api_json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct {
    uint64_t number, wide, code;
    kopecks_t money;
    instant_t time;
    bool flag;
    uid_t16 id;
    hash_t hash;
    text_t text;
    bytes_t bytes;
} body_t;

#define FIELD_ROW(name, kind, family)                                                              \
    {                                                                                              \
#name, "", FIELD_TYPE_##kind, offsetof(body_t, name), CODES_##family                       \
    }
static const field_t fields[] = {FIELD_ROW(number, u64, NONE),
                                 FIELD_ROW(wide, id64, NONE),
                                 FIELD_ROW(code, code, invoice_state),
                                 FIELD_ROW(money, money, NONE),
                                 FIELD_ROW(time, time, NONE),
                                 FIELD_ROW(flag, flag, NONE),
                                 FIELD_ROW(id, uid, NONE),
                                 FIELD_ROW(hash, hash, NONE),
                                 FIELD_ROW(text, text, NONE),
                                 FIELD_ROW(bytes, bytes, NONE)};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static void says(const body_t *body, const char *const *left_out, const char *expected)
{
    size_t size;
    json_t *object = api_json_object(fields, FIELDS, body, left_out);
    char *text = api_json_text(object, &size);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(text));
    free(text);
    json_decref(object);
}

static void values_are_as_the_page_says(void **state)
{
    (void)state;
    static const char *const left_out[] = {"hash", NULL};
    body_t body = {.number = 7,
                   .wide = UINT64_MAX,
                   .code = PAYMENT_SUCCEEDED,
                   .money = -50,
                   .time = INT64_C(1767225600000001),
                   .flag = true,
                   .id = {{0x11}},
                   .text = text_of("a\"b")};
    says(&body, left_out,
         "{\"number\":7,\"wide\":\"18446744073709551615\",\"code\":\"SUCCEEDED\",\"money_kop\":-50,"
         "\"time\":\"2026-01-01T00:00:00.000001Z\",\"flag\":true,"
         "\"id\":\"11000000-0000-0000-0000-000000000000\",\"text\":\"a\\\"b\"}");
    body = (body_t){.code = 999, .text = {"\xff", 1}}; // newer than we are, and no text
    says(&body, left_out,
         "{\"number\":0,\"wide\":\"0\",\"code\":\"999\",\"money_kop\":0,\"time\":null,\"flag\":"
         "false,"
         "\"id\":null,\"text\":\"\xef\xbf\xbd\"}");
}

static bool takes(size_t field, const char *json, body_t *body)
{
    char why[API_WHY_MAX] = "", parse[API_WHY_MAX];
    char object[512];
    snprintf(object, sizeof object, "{\"v\":%s}", json);
    json_t *value = api_json_parse(span_of(object), parse);
    assert_non_null(value);
    bool taken = api_json_read(json_object_get(value, "v"), &fields[field], body, why);
    assert_int_equal(taken, !*why);
    if (!taken)
        assert_memory_equal(why, "expected ", 9);
    json_decref(value); // texts borrowed from it are not looked at
    return taken;
}

static void what_a_stranger_writes_is_taken_strictly(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        const char *json;
        bool taken;
    } cases[] = {{0, "7", true},
                 {0, "-1", false},
                 {0, "7.0", false},
                 {0, "\"7\"", false},
                 {0, "null", false},
                 {1, "\"18446744073709551615\"", true},
                 {1, "\"18446744073709551616\"", false},
                 {1, "\"\"", false},
                 {1, "7", false},
                 {2, "\"SUCCEEDED\"", true},
                 {2, "\"succeeded\"", false},
                 {2, "1", false},
                 {3, "-50", true},
                 {3, "0.5", false},
                 {4, "\"2026-01-01T00:00:00Z\"", true},
                 {4, "\"2026-01-01T03:00:00+03:00\"", true},
                 {4, "\"2026-01-01T00:00:00\"", false},
                 {4, "\"2026-01-01\"", false},
                 {5, "true", true},
                 {5, "1", false},
                 {6, "\"11111111-2222-4333-8444-555555555555\"", true},
                 {6, "\"11111111\"", false},
                 {7, "\"00\"", false},
                 {8, "\"text\"", true},
                 {8, "\"a\\u0001\"", false},
                 {9, "\"00\"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        body_t body = {0};
        if (takes(cases[i].field, cases[i].json, &body) != cases[i].taken)
            fail_msg("%s of %s", cases[i].json, fields[cases[i].field].name);
    }
    body_t body = {0};
    assert_true(takes(4, "\"2026-01-01T03:00:00+03:00\"", &body));
    assert_int_equal(body.time, INT64_C(1767225600000000));
}

static void what_is_no_json_or_too_deep_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "{", "{\"a\":1,\"a\":2}", "\"\xff\"", "[[[[[[[[[1]]]]]]]]]", "{} {}"};
    char why[API_WHY_MAX];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        *why = '\0';
        assert_null(api_json_parse(span_of(wrong[i]), why));
        assert_true(*why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_as_the_page_says),
        cmocka_unit_test(what_a_stranger_writes_is_taken_strictly),
        cmocka_unit_test(what_is_no_json_or_too_deep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
