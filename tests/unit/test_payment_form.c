// What payment writes to Robokassa about an invoice, and what it reads of the fields that web hands
// on.
#include "services/payment/payment_form.h"
#include "tests/common/shop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
// cmocka wants those first
#include <cmocka.h>

static const uid_t16 token = {{0xab, 1}}, other = {{0xab, 2}};

static void a_link_names_the_invoice_and_shows_the_token(void **state)
{
    (void)state;
    payment_settings_t settings = shop_settings();
    char link[PAYMENT_FORM_MAX], again[PAYMENT_FORM_MAX], small[64];
    size_t size = payment_form_link(&settings, &settings.receipt, 7000000001, 50000, &token, false,
                                    link, sizeof link);
    assert_in_range(size, 1, sizeof link - 1);
    assert_memory_equal(link, SHOP_PAYMENT_URL, strlen(SHOP_PAYMENT_URL));
    assert_non_null(strstr(link, "InvId=7000000001"));
    assert_non_null(strstr(link, "Shp_token=ab01000000"));
    assert_null(strstr(link, "Recurring"));
    assert_int_equal(payment_form_link(&settings, &settings.receipt, 7000000001, 50000, &token,
                                       false, again, sizeof again),
                     size);
    assert_memory_equal(link, again, size);
    assert_true(payment_form_link(&settings, &settings.receipt, 7000000001, 50000, &token, true,
                                  again, sizeof again) > size);
    assert_non_null(strstr(again, "Recurring=true"));
    assert_int_equal(payment_form_link(&settings, &settings.receipt, 7000000001, 50000, &token,
                                       false, small, sizeof small),
                     0);
}

static void a_charge_names_its_parent_and_a_question_its_invoice(void **state)
{
    (void)state;
    payment_settings_t settings = shop_settings();
    invoice_t invoice = {.token = token, .amount = 50000, .parent = 7000000001};
    char body[PAYMENT_FORM_MAX];
    assert_true(payment_form_charge(&settings, &settings.receipt, 7000000002, &invoice, body,
                                    sizeof body) > 0);
    assert_non_null(strstr(body, "InvoiceID=7000000002"));
    assert_non_null(strstr(body, "PreviousInvoiceID=7000000001"));
    assert_true(payment_form_question(&settings, 7000000002, body, sizeof body) > 0);
    assert_non_null(strstr(body, "InvoiceID=7000000002"));
}

static void fields_are_read_as_they_stand(void **state)
{
    (void)state;
    uint8_t bytes[SHOP_FIELDS_MAX];
    char text[PAYMENT_TOKEN_SIZE], longer[PAYMENT_TOKEN_SIZE + 1];
    form_t form;
    payment_form_token(&token, text);
    bytes_t fields = shop_notice(7000000001, "500.00", text, SHOP_PASSWORD2, bytes);
    assert_true(payment_form_read(fields, &form));
    assert_int_equal(payment_form_invoice(&form), 7000000001);
    assert_true(payment_form_has_token(&form, &token));
    assert_false(payment_form_has_token(&form, &other));
    snprintf(longer, sizeof longer, "%s0", text);
    assert_true(
        payment_form_read(shop_notice(7000000001, "500.00", longer, SHOP_PASSWORD2, bytes), &form));
    assert_false(payment_form_has_token(&form, &token));
    fields = shop_notice(7000000001, "500.00", text, SHOP_PASSWORD2, bytes);
    fields.size--;
    assert_false(payment_form_read(fields, &form));
    fields.size = 0;
    assert_false(payment_form_read(fields, &form));
}

static void no_invoice_is_read_where_there_is_none(void **state)
{
    (void)state;
    form_t form = {.fields = {{SPAN("InvId"), SPAN("12x")}}, .fields_count = 1};
    assert_int_equal(payment_form_invoice(&form), 0);
    form.fields[0] = (form_field_t){SPAN("invid"), SPAN("12")}; // in any case
    assert_int_equal(payment_form_invoice(&form), 12);
    form.fields_count = 0;
    assert_int_equal(payment_form_invoice(&form), 0);
    assert_false(payment_form_has_token(&form, &token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_names_the_invoice_and_shows_the_token),
        cmocka_unit_test(a_charge_names_its_parent_and_a_question_its_invoice),
        cmocka_unit_test(fields_are_read_as_they_stand),
        cmocka_unit_test(no_invoice_is_read_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
