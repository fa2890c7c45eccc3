// test_robokassa - requests that break a rule of the protocol are never written.
#include "robokassa_fixture.h"

static char request[ROBOKASSA_REQUEST_MAX];

static const robokassa_payment_t GOOD_PAYMENT = {
    .sum = 19900, .invoice = 1001, .description = SPAN("Pro")};
static const robokassa_charge_t GOOD_CHARGE = {
    .sum = 19900, .invoice = 1003, .previous_invoice = 1001};

static size_t payment_size(const robokassa_payment_t *payment)
{
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    size_t size = robokassa_payment_body(&shop, payment, request, sizeof request);
    size_t link_size = robokassa_payment_link(&shop, payment, request, sizeof request);
    assert_int_equal(link_size, size ? size + shop.payment_url.size + 1 : 0);
    return size;
}

static size_t charge_size(const robokassa_charge_t *charge)
{
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    return robokassa_charge_body(&shop, charge, request, sizeof request);
}

#define REFUSED(base, type, size_of, why, change)                                                  \
    do {                                                                                           \
        type changed = base;                                                                       \
        print_message("  %s\n", why);                                                              \
        change;                                                                                    \
        assert_int_equal(size_of(&changed), 0);                                                    \
    } while (0)
#define PAYMENT_REFUSED(why, change)                                                               \
    REFUSED(GOOD_PAYMENT, robokassa_payment_t, payment_size, why, change)
#define CHARGE_REFUSED(why, change)                                                                \
    REFUSED(GOOD_CHARGE, robokassa_charge_t, charge_size, why, change)

static void payments_that_break_a_rule_are_refused(void **state)
{
    (void)state;
    static char letters[ROBOKASSA_DESCRIPTION_MAX + 1];
    memset(letters, 'a', sizeof letters);
    span_t yes = SPAN("x");
    assert_true(payment_size(&GOOD_PAYMENT) > 0);
    PAYMENT_REFUSED("no money", changed.sum = 0);
    PAYMENT_REFUSED("negative", changed.sum = -1);
    PAYMENT_REFUSED("no such invoice", changed.invoice = -2);
    PAYMENT_REFUSED("long description", changed.description = ((span_t){letters, sizeof letters}));
    PAYMENT_REFUSED("description of two lines", changed.description = SPAN("a\nb"));
    PAYMENT_REFUSED("address without method", changed.success_url2 = yes);
    PAYMENT_REFUSED("method without address", changed.fail_url2_method = SPAN("GET"));
    PAYMENT_REFUSED("unknown method", (changed.fail_url2 = yes, changed.fail_url2_method = yes));
    PAYMENT_REFUSED("parent on hold", changed.recurring = changed.hold = true);
    PAYMENT_REFUSED("parent by token", (changed.recurring = true, changed.token = yes));
    PAYMENT_REFUSED("parent that expires", (changed.recurring = true, changed.expiration = yes));
}

static void charges_that_break_a_rule_are_refused(void **state)
{
    (void)state;
    assert_true(charge_size(&GOOD_CHARGE) > 0);
    CHARGE_REFUSED("no money", changed.sum = 0);
    CHARGE_REFUSED("no invoice", changed.invoice = 0);
    CHARGE_REFUSED("no number of its own", changed.invoice = ROBOKASSA_INVOICE_ABSENT);
    CHARGE_REFUSED("no parent", changed.previous_invoice = 0);
    CHARGE_REFUSED("its own parent", changed.previous_invoice = changed.invoice);
    CHARGE_REFUSED("description of two lines", changed.description = SPAN("a\nb"));
    robokassa_shop_t test = test_shop(DIGEST_MD5);
    assert_int_equal(robokassa_charge_body(&test, &GOOD_CHARGE, request, sizeof request), 0);
    assert_int_equal(robokassa_state_body(&test, 0, request, sizeof request), 0);
}

static void shp_fields_are_such_that_every_order_is_one(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        form_field_t fields[2];
    } CASES[] = {
        {"other prefix", {SHP("Shp_a", "1"), SHP("shp_b", "1")}},
        {"no suffix", {SHP("Shp_a", "1"), SHP("Shp_", "1")}},
        {"upper case", {SHP("Shp_a", "1"), SHP("Shp_B", "1")}},
        {"underscore", {SHP("Shp_a", "1"), SHP("Shp_b_c", "1")}},
        {"the same twice", {SHP("Shp_a", "1"), SHP("Shp_a", "1")}},
        {"one the beginning of the other", {SHP("Shp_a1", "1"), SHP("Shp_a", "1")}},
        {"a colon", {SHP("Shp_a", "1:Shp_b=2"), SHP("Shp_b", "1")}},
        {"a letter not escaped", {SHP("Shp_a", "я"), SHP("Shp_b", "1")}},
        {"a space", {SHP("Shp_a", "1 2"), SHP("Shp_b", "1")}},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_payment_t payment = GOOD_PAYMENT;
        robokassa_charge_t charge = GOOD_CHARGE;
        payment.shp = charge.shp = CASES[i].fields;
        payment.shp_count = charge.shp_count = 2;
        print_message("  %s\n", CASES[i].why);
        assert_int_equal(payment_size(&payment), 0);
        assert_int_equal(charge_size(&charge), 0);
    }
    static char value[ROBOKASSA_SHP_SIZE_MAX];
    memset(value, 'a', sizeof value);
    form_field_t full = {SPAN("Shp_a"), {value, sizeof value - 5}};
    robokassa_payment_t payment = GOOD_PAYMENT;
    payment.shp = &full;
    payment.shp_count = 1;
    assert_true(payment_size(&payment) > 0);
    full.value.size++;
    assert_int_equal(payment_size(&payment), 0);
}

static void the_order_of_shp_fields_does_not_change_the_signature(void **state)
{
    (void)state;
    const form_field_t one[] = {SHP("Shp_a", "1"), SHP("Shp_b", "2"), SHP("Shp_c", "3")};
    const form_field_t other[] = {one[2], one[0], one[1]};
    robokassa_payment_t payment = GOOD_PAYMENT;
    char signature[DIGEST_HEX_MAX + 1];
    payment.shp_count = 3;
    payment.shp = one;
    assert_true(payment_size(&payment) > 0);
    strcpy(signature, field_of(request, "SignatureValue"));
    payment.shp = other;
    assert_true(payment_size(&payment) > 0);
    assert_string_equal(field_of(request, "SignatureValue"), signature);
}

static void a_buffer_too_small_is_refused_at_every_size(void **state)
{
    (void)state;
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    size_t size = payment_size(&GOOD_PAYMENT);
    for (size_t room = 0; room <= size + 1; room++)
        assert_int_equal(robokassa_payment_body(&shop, &GOOD_PAYMENT, request, room),
                         room > size ? size : 0);
}

static void no_request_holds_a_password(void **state)
{
    (void)state;
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    memset(request, 0, sizeof request);
    assert_true(payment_size(&GOOD_PAYMENT) > 0 && !strstr(request, "Pw"));
    assert_true(charge_size(&GOOD_CHARGE) > 0 && !strstr(request, "Pw"));
    assert_true(robokassa_state_body(&shop, 1, request, sizeof request) && !strstr(request, "Pw"));
}

static void test_mode_is_said_and_nothing_else(void **state)
{
    (void)state;
    robokassa_shop_t shop = test_shop(DIGEST_MD5);
    robokassa_payment_body(&shop, &GOOD_PAYMENT, request, sizeof request);
    assert_string_equal(field_of(request, "IsTest"), "1");
    assert_true(payment_size(&GOOD_PAYMENT) > 0);
    assert_null(strstr(request, "IsTest"));
}

static void shops_that_cannot_be_safe_are_told(void **state)
{
    (void)state;
    robokassa_shop_t good = live_shop(DIGEST_SHA256), bad = good;
    assert_true(robokassa_shop_is_safe(&good));
    bad.login.size = 0;
    assert_false(robokassa_shop_is_safe(&bad));
    bad = good, bad.password1 = good.password2;
    assert_false(robokassa_shop_is_safe(&bad));
    bad = good, bad.password2_other = good.password1;
    assert_false(robokassa_shop_is_safe(&bad));
    bad = good, bad.password2_other = SPAN("short");
    assert_false(robokassa_shop_is_safe(&bad));
    bad = good, bad.password1.size = 0;
    assert_false(robokassa_shop_is_safe(&bad));
    bad = good, bad.password2.size = 7;
    assert_false(robokassa_shop_is_safe(&bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payments_that_break_a_rule_are_refused),
        cmocka_unit_test(charges_that_break_a_rule_are_refused),
        cmocka_unit_test(shp_fields_are_such_that_every_order_is_one),
        cmocka_unit_test(the_order_of_shp_fields_does_not_change_the_signature),
        cmocka_unit_test(a_buffer_too_small_is_refused_at_every_size),
        cmocka_unit_test(no_request_holds_a_password),
        cmocka_unit_test(test_mode_is_said_and_nothing_else),
        cmocka_unit_test(shops_that_cannot_be_safe_are_told),
    };
    return cmocka_run_group_tests_name("robokassa", tests, NULL, NULL);
}
