// test_form - a form is decoded exactly once, or refused whole.
#include "proto/form.h"
#include "robokassa_fixture.h"

static void assert_field(const form_t *form, size_t at, const char *name, const char *value)
{
    assert_true(at < form->fields_count);
    assert_true(span_is(form->fields[at].name, span_of(name)));
    assert_true(span_is(form->fields[at].value, span_of(value)));
}

static void each_field_is_decoded_once_and_in_order(void **state)
{
    (void)state;
    form_t form = form_of("b=2&a=1+%2B1&%53hp_x=%2541&e=&f&g=h=i&=j&b=3&%D0%AF=%d1%8f");
    assert_int_equal(form.fields_count, 9);
    assert_field(&form, 0, "b", "2");
    assert_field(&form, 1, "a", "1 +1");
    assert_field(&form, 2, "Shp_x", "%41");
    assert_field(&form, 3, "e", "");
    assert_field(&form, 4, "f", "");
    assert_field(&form, 5, "g", "h=i");
    assert_field(&form, 6, "", "j");
    assert_field(&form, 7, "b", "3");
    assert_field(&form, 8, "Я", "я");
}

static void empty_pairs_are_nothing(void **state)
{
    (void)state;
    static const char *const CASES[] = {"", "&", "&&&"};
    for (size_t i = 0; i < LENGTH(CASES); i++)
        assert_int_equal(form_of(CASES[i]).fields_count, 0);
    form_t form = form_of("&a=1&&b=2&");
    assert_int_equal(form.fields_count, 2);
    assert_field(&form, 1, "b", "2");
}

static void broken_forms_are_refused_whole(void **state)
{
    (void)state;
    static const char *const CASES[] = {"a=%",    "a=%4",    "a=%4&b=1",    "a=%G1", "a=%1G",
                                        "a=%%41", "a=% 41",  "%=1",         "a=%00", "%00=1",
                                        "a=%-1",  "a=%+1&b", "b=1&a=%u0041"};
    char buffer[64];
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        form_t form = {.fields_count = 77};
        print_message("  %s\n", CASES[i]);
        assert_false(form_decode(CASES[i], strlen(CASES[i]), buffer, sizeof buffer, &form));
        assert_int_equal(form.fields_count, 77);
    }
    form_t form;
    assert_false(form_decode("a=\0", 3, buffer, sizeof buffer, &form));
    assert_false(form_decode("a=1", 3, buffer, 2, &form));
    assert_false(form_decode("a=%41", 4, buffer, sizeof buffer, &form)); // the end is 4
    assert_false(form_decode("%41=b", 2, buffer, sizeof buffer, &form));
}

static void maxima_hold(void **state)
{
    (void)state;
    static char body[FORM_SIZE_MAX + 1], buffer[sizeof body];
    form_t form;
    for (size_t i = 0; i < 2 * FORM_FIELDS_MAX; i += 2)
        memcpy(body + i, "a&", 2);
    assert_true(form_decode(body, 2 * FORM_FIELDS_MAX, buffer, sizeof buffer, &form));
    assert_int_equal(form.fields_count, FORM_FIELDS_MAX);
    memcpy(body + 2 * FORM_FIELDS_MAX, "a", 1);
    assert_false(form_decode(body, 2 * FORM_FIELDS_MAX + 1, buffer, sizeof buffer, &form));

    memset(body, 'a', sizeof body);
    assert_true(form_decode(body, FORM_SIZE_MAX, buffer, sizeof buffer, &form));
    assert_false(form_decode(body, FORM_SIZE_MAX + 1, buffer, sizeof buffer, &form));
}

static void every_byte_survives_escaping_and_decoding(void **state)
{
    (void)state;
    char raw[255], encoded[1024], buffer[1024];
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (char)(i + 1);
    writer_t writer = writer_on(encoded, sizeof encoded);
    form_add(&writer, 0, SPAN("a=b&c"), (span_t){raw, sizeof raw});
    form_add(&writer, 0, SPAN("d"), SPAN(""));
    size_t size = writer_end(&writer);
    for (size_t i = 0; i < size; i++) // nothing but what RFC 3986 leaves alone
        assert_true(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%=&",
                           encoded[i]));
    form_t form;
    assert_true(form_decode(encoded, size, buffer, sizeof buffer, &form));
    assert_int_equal(form.fields_count, 2);
    assert_true(span_is(form.fields[0].name, SPAN("a=b&c")));
    assert_true(span_is(form.fields[0].value, (span_t){raw, sizeof raw}));
    assert_field(&form, 1, "d", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_decoded_once_and_in_order),
        cmocka_unit_test(empty_pairs_are_nothing),
        cmocka_unit_test(broken_forms_are_refused_whole),
        cmocka_unit_test(maxima_hold),
        cmocka_unit_test(every_byte_survives_escaping_and_decoding),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
