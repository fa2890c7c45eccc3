// test_robokassa_notice - only an authentic notice, read exactly, is believed; each attack is
// refused.
#include "services/robokassa/robokassa_notice.h"
#include "robokassa_fixture.h"

enum { NOTICE_MAX = 4096 };

static const span_t PASSWORD2 = SPAN("Pw2_live_9Kx");

// The fields with the signature that `password` gives them: what Robokassa would send.
static const char *sign(const char *fields, span_t password, digest_t digest,
                        robokassa_order_t order)
{
    static char body[NOTICE_MAX];
    form_t form = form_of(fields);
    robokassa_base_t base = {.parts_count = 0};
    char hex[DIGEST_HEX_MAX + 1];
    robokassa_base_add(&base, form.fields[0].value);
    robokassa_base_add(&base, form.fields[1].value);
    robokassa_base_add(&base, password);
    robokassa_base_add_shp(&base, form.fields, form.fields_count, order);
    robokassa_base_sign(&base, digest, hex);
    snprintf(body, sizeof body, "%s&SignatureValue=%s", fields, hex);
    return body;
}

static robokassa_verdict_t verdict_of(const robokassa_shop_t *shop, const char *body,
                                      robokassa_notice_t *ret_notice)
{
    form_t form = form_of(body);
    return robokassa_notice_verify(shop, &form, ret_notice);
}

static void authentic_notices_whose_values_cannot_be_right_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *sum, *invoice;
        robokassa_verdict_t want;
    } CASES[] = {
        {"199.000000", "1001", ROBOKASSA_AUTHENTIC},
        {"199", "9223372036854775807", ROBOKASSA_AUTHENTIC},
        {"0", "1001", ROBOKASSA_AUTHENTIC}, // the invoice's own sum refuses it
        {"-199.00", "1001", ROBOKASSA_SUM_INVALID},
        {"1e3", "1001", ROBOKASSA_SUM_INVALID},
        {"199,00", "1001", ROBOKASSA_SUM_INVALID},
        {"199.001", "1001", ROBOKASSA_SUM_INVALID},
        {"0199.00", "1001", ROBOKASSA_SUM_INVALID},
        {"92233720368547758.08", "1001", ROBOKASSA_SUM_INVALID},
        {"%20199.00", "1001", ROBOKASSA_SUM_INVALID},
        {"199.00", "0", ROBOKASSA_INVOICE_INVALID},
        {"199.00", "-1", ROBOKASSA_INVOICE_INVALID},
        {"199.00", "01001", ROBOKASSA_INVOICE_INVALID},
        {"199.00", "9223372036854775808", ROBOKASSA_INVOICE_INVALID},
        {"199.00:1001", "1001", ROBOKASSA_SUM_INVALID},
    };
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        char fields[256];
        robokassa_notice_t notice = {.invoice = -7};
        snprintf(fields, sizeof fields, "OutSum=%s&InvId=%s", CASES[i].sum, CASES[i].invoice);
        print_message("  %s\n", fields);
        const char *body = sign(fields, PASSWORD2, DIGEST_SHA256, ROBOKASSA_ORDER_BYTES);
        assert_int_equal(verdict_of(&shop, body, &notice), CASES[i].want);
        if (CASES[i].want)
            assert_int_equal(notice.invoice, -7);
    }
}

// Every change of what is signed, and every way not to sign.
static void forged_notices_are_refused(void **state)
{
    (void)state;
    // md5 of 199.000000:1001:Pw2_live_9Kx:Shp_plan=monthly:Shp_user=42
#define SIGNED "B08FBD527BD1163547FEDFE5379535DD"
#define SHPS "&Shp_plan=monthly&Shp_user=42"
    static const struct {
        const char *body;
        robokassa_verdict_t want;
    } CASES[] = {
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS, ROBOKASSA_AUTHENTIC},
        {"outsum=199.000000&INVID=1001&signaturevalue=" SIGNED SHPS, ROBOKASSA_AUTHENTIC},
        {"Shp_user=42&SignatureValue=b08fbd527bd1163547fedfe5379535dd&InvId=1001&OutSum=199.000000"
         "&Shp_plan=monthly&Fee=1.00&IsTest=0",
         ROBOKASSA_AUTHENTIC},
        {"OutSum=199.00&InvId=1001&SignatureValue=" SIGNED SHPS, ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=1990.000000&InvId=1001&SignatureValue=" SIGNED SHPS, ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1002&SignatureValue=" SIGNED SHPS, ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED, ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&Shp_x=1",
         ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED "&shp_plan=monthly&Shp_user=42",
         ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED "&Shp_plan=monthly&Shp_user=43",
         ROBOKASSA_SIGNATURE_WRONG},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&IsTest=1",
         ROBOKASSA_TEST_REFUSED},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&istest=true",
         ROBOKASSA_TEST_REFUSED},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&OutSum=1.000000",
         ROBOKASSA_FIELD_REPEATED},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&invid=7",
         ROBOKASSA_FIELD_REPEATED},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&SIGNATUREVALUE=" SIGNED,
         ROBOKASSA_FIELD_REPEATED},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SHPS "&shp_user=42",
         ROBOKASSA_FIELD_REPEATED},
        {"InvId=1001&SignatureValue=" SIGNED SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=199.000000&SignatureValue=" SIGNED SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=199.000000&InvId=1001" SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=199.000000&InvId=1001&crc=" SIGNED SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=&InvId=&SignatureValue=" SIGNED SHPS, ROBOKASSA_FIELD_MISSING},
        {"OutSum=199.000000&InvId=1001&SignatureValue=B08FBD527BD1163547FEDFE5379535D" SHPS,
         ROBOKASSA_SIGNATURE_INVALID},
        {"OutSum=199.000000&InvId=1001&SignatureValue=B0" SHPS, ROBOKASSA_SIGNATURE_INVALID},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED "00" SHPS,
         ROBOKASSA_SIGNATURE_INVALID},
        {"OutSum=199.000000&InvId=1001&SignatureValue=" SIGNED SIGNED SHPS,
         ROBOKASSA_SIGNATURE_INVALID},
        {"OutSum=199.000000&InvId=1001&SignatureValue=+08FBD527BD1163547FEDFE5379535DD" SHPS,
         ROBOKASSA_SIGNATURE_INVALID},
        {"", ROBOKASSA_FIELD_MISSING},
    };
    robokassa_shop_t shop = live_shop(DIGEST_MD5);
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_notice_t notice = {.invoice = -7};
        print_message("  %s\n", CASES[i].body);
        assert_int_equal(verdict_of(&shop, CASES[i].body, &notice), CASES[i].want);
        assert_int_equal(notice.invoice, CASES[i].want ? -7 : 1001);
    }
}

static void a_signature_with_one_bit_or_byte_changed_is_refused(void **state)
{
    (void)state;
    robokassa_shop_t shop = live_shop(DIGEST_SHA256);
    char body[NOTICE_MAX];
    strcpy(body,
           sign("OutSum=199.000000&InvId=1001", PASSWORD2, DIGEST_SHA256, ROBOKASSA_ORDER_BYTES));
    char *hex = strrchr(body, '=') + 1;
    robokassa_notice_t notice;
    assert_int_equal(verdict_of(&shop, body, &notice), ROBOKASSA_AUTHENTIC);
    for (size_t i = 0; i < 64; i++) {
        char right = hex[i];
        for (const char *digit = "0123456789abcdef"; *digit; digit++) {
            hex[i] = *digit;
            assert_int_equal(verdict_of(&shop, body, &notice),
                             *digit == right ? ROBOKASSA_AUTHENTIC : ROBOKASSA_SIGNATURE_WRONG);
        }
        hex[i] = right;
    }
}

static void a_million_random_signatures_are_refused(void **state)
{
    (void)state;
    const size_t rounds = getenv("KOPECK_COUNTING") ? 1000 : 1000000; // branches show in few
    uint64_t seed = 0x9E3779B97F4A7C15;
    print_message("  seed %llx\n", (unsigned long long)seed);
    robokassa_shop_t shop = live_shop(DIGEST_MD5);
    shop.password2_other = SPAN("Pw2_next_3Zz");
    form_t form =
        form_of("OutSum=199.000000&InvId=1001&SignatureValue=00000000000000000000000000000000");
    char hex[33];
    form.fields[2].value = (span_t){hex, 32};
    for (size_t i = 0; i < rounds; i++) {
        uint64_t random[2];
        for (size_t k = 0; k < 2; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            random[k] = seed;
        }
        digest_hex_upper((const uint8_t *)random, sizeof random, hex);
        robokassa_notice_t notice;
        assert_int_equal(robokassa_notice_verify(&shop, &form, &notice), ROBOKASSA_SIGNATURE_WRONG);
    }
}

static void both_passwords_are_valid_while_one_replaces_the_other(void **state)
{
    (void)state;
    robokassa_shop_t shop = live_shop(DIGEST_SHA512);
    span_t next = SPAN("Pw2_next_3Zz");
    robokassa_notice_t notice;
    char old_body[NOTICE_MAX], next_body[NOTICE_MAX], empty_body[NOTICE_MAX];
    const char *fields = "OutSum=199.000000&InvId=1001&Shp_user=42";
    strcpy(old_body, sign(fields, PASSWORD2, DIGEST_SHA512, ROBOKASSA_ORDER_BYTES));
    strcpy(next_body, sign(fields, next, DIGEST_SHA512, ROBOKASSA_ORDER_BYTES));
    strcpy(empty_body, sign(fields, SPAN(""), DIGEST_SHA512, ROBOKASSA_ORDER_BYTES));
    assert_int_equal(verdict_of(&shop, old_body, &notice), ROBOKASSA_AUTHENTIC);
    assert_int_equal(verdict_of(&shop, next_body, &notice), ROBOKASSA_SIGNATURE_WRONG);
    assert_int_equal(verdict_of(&shop, empty_body, &notice), ROBOKASSA_SIGNATURE_WRONG);
    shop.password2_other = next;
    assert_int_equal(verdict_of(&shop, old_body, &notice), ROBOKASSA_AUTHENTIC);
    assert_int_equal(verdict_of(&shop, next_body, &notice), ROBOKASSA_AUTHENTIC);
    shop.password2 = next;
    shop.password2_other = SPAN("");
    assert_int_equal(verdict_of(&shop, old_body, &notice), ROBOKASSA_SIGNATURE_WRONG);
    assert_int_equal(verdict_of(&shop, next_body, &notice), ROBOKASSA_AUTHENTIC);
}

// An operation of the invoice service brings shp_interface along with our Shp_ fields.
static void shp_names_of_mixed_case_verify_in_either_order(void **state)
{
    (void)state;
    const char *fields = "OutSum=199.000000&InvId=1001&Shp_user=42&shp_interface=link&SHP_a=1";
    robokassa_shop_t shop = live_shop(DIGEST_MD5);
    robokassa_notice_t notice;
    char bodies[ROBOKASSA_ORDERS][NOTICE_MAX];
    for (int order = 0; order < ROBOKASSA_ORDERS; order++) {
        strcpy(bodies[order], sign(fields, PASSWORD2, DIGEST_MD5, (robokassa_order_t)order));
        assert_int_equal(verdict_of(&shop, bodies[order], &notice), ROBOKASSA_AUTHENTIC);
    }
    assert_string_not_equal(bodies[0], bodies[1]);
}

static void a_fail_redirect_is_read_and_never_believed(void **state)
{
    (void)state;
    form_t form = form_of("inv_id=1001&InvId=1001&out_summ=199.00&OutSum=199.00&Culture=ru");
    robokassa_notice_t notice;
    assert_true(robokassa_notice_read_fail(&form, &notice));
    assert_int_equal(notice.invoice, 1001);
    assert_int_equal(notice.sum, 19900);
    assert_false(notice.has_fee);
    form = form_of("InvId=1001&OutSum=199.00&invid=7");
    assert_false(robokassa_notice_read_fail(&form, &notice));
    form = form_of("InvId=x&OutSum=199.00");
    assert_false(robokassa_notice_read_fail(&form, &notice));
}

static void shp_values_are_found_by_their_exact_name(void **state)
{
    (void)state;
    form_t form = form_of("Shp_key=a%2541&shp_key2=b");
    span_t value = {NULL, 0};
    assert_true(robokassa_notice_field(&form, SPAN("Shp_key"), &value));
    assert_true(span_is(value, SPAN("a%41")));
    assert_false(robokassa_notice_field(&form, SPAN("Shp_key2"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authentic_notices_whose_values_cannot_be_right_are_named),
        cmocka_unit_test(forged_notices_are_refused),
        cmocka_unit_test(a_signature_with_one_bit_or_byte_changed_is_refused),
        cmocka_unit_test(a_million_random_signatures_are_refused),
        cmocka_unit_test(both_passwords_are_valid_while_one_replaces_the_other),
        cmocka_unit_test(shp_names_of_mixed_case_verify_in_either_order),
        cmocka_unit_test(a_fail_redirect_is_read_and_never_believed),
        cmocka_unit_test(shp_values_are_found_by_their_exact_name),
    };
    return cmocka_run_group_tests_name("robokassa_notice", tests, NULL, NULL);
}
