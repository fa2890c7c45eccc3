// test_robokassa_base - operands are joined by colons, absent ones vanish with theirs, Shp_ fields
// come last and sorted.
#include "services/robokassa/robokassa_base.h"
#include "robokassa_fixture.h"

// The string a base stands for.
static const char *text_of(const robokassa_base_t *base)
{
    static char text[4096];
    writer_t writer = writer_on(text, sizeof text);
    for (size_t i = 0; i < base->parts_count; i++)
        writer_put(&writer, base->parts[i].data, base->parts[i].size);
    writer_end(&writer);
    return text;
}

static void absent_operands_vanish_with_their_colon(void **state)
{
    (void)state;
    robokassa_base_t base = {.parts_count = 0};
    robokassa_base_add(&base, SPAN("login"));
    robokassa_base_add(&base, SPAN(""));
    robokassa_base_add_present(&base, SPAN(""));
    robokassa_base_add_present(&base, SPAN("true"));
    robokassa_base_add(&base, SPAN("password"));
    assert_string_equal(text_of(&base), "login::true:password");
}

static void shp_fields_are_sorted_and_others_left_out(void **state)
{
    (void)state;
    const form_field_t fields[] = {
        SHP("Shp_b", "2"), SHP("OutSum", "1"), SHP("shp_a", "=:"), SHP("Shp_", "0"),
        SHP("Shp_a1", ""), SHP("Shp_a", "1"),  SHP("xShp_a", "1"), SHP("SHP_C", "3"),
    };
    robokassa_base_t base = {.parts_count = 0};
    robokassa_base_add_shp(&base, fields, LENGTH(fields), ROBOKASSA_ORDER_BYTES);
    assert_string_equal(text_of(&base), "SHP_C=3:Shp_a=1:Shp_a1=:Shp_b=2:shp_a==:");
    base.parts_count = 0;
    robokassa_base_add_shp(&base, fields, LENGTH(fields), ROBOKASSA_ORDER_ANY_CASE);
    assert_string_equal(text_of(&base), "shp_a==::Shp_a=1:Shp_a1=:Shp_b=2:SHP_C=3");
}

static void the_largest_form_fits(void **state)
{
    (void)state;
    form_field_t fields[FORM_FIELDS_MAX];
    char names[FORM_FIELDS_MAX][8];
    robokassa_base_t base = {.parts_count = 0};
    for (size_t i = 0; i < LENGTH(fields); i++) {
        snprintf(names[i], sizeof names[i], "Shp_%02zu", LENGTH(fields) - 1 - i);
        fields[i] = (form_field_t){span_of(names[i]), SPAN("1")};
    }
    for (size_t i = 0; i < ROBOKASSA_OPERANDS_MAX; i++)
        robokassa_base_add(&base, SPAN("x"));
    robokassa_base_add_shp(&base, fields, LENGTH(fields), ROBOKASSA_ORDER_BYTES);
    assert_non_null(strstr(text_of(&base), ":x:Shp_00=1:Shp_01=1:"));
    assert_non_null(strstr(text_of(&base), ":Shp_62=1:Shp_63=1"));
}

static void a_signature_is_the_lower_case_hex_of_the_digest(void **state)
{
    (void)state;
    robokassa_base_t base = {.parts_count = 0};
    char hex[DIGEST_HEX_MAX + 1];
    robokassa_base_add(&base, SPAN("login"));
    robokassa_base_add(&base, SPAN("5"));
    robokassa_base_add(&base, SPAN("154"));
    robokassa_base_add(&base, SPAN("p1"));
    span_t signature = robokassa_base_sign(&base, DIGEST_MD5, hex);
    assert_true(span_is(signature, SPAN("ea9bd729a4456cfbfb91294b8e2781d6")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_operands_vanish_with_their_colon),
        cmocka_unit_test(shp_fields_are_sorted_and_others_left_out),
        cmocka_unit_test(the_largest_form_fits),
        cmocka_unit_test(a_signature_is_the_lower_case_hex_of_the_digest),
    };
    return cmocka_run_group_tests_name("robokassa_base", tests, NULL, NULL);
}
