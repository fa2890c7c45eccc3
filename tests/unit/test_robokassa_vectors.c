// test_robokassa_vectors - every published and computed vector of the protocol: signatures, what
// goes over the wire, tokens.
#include "robokassa_fixture.h"
#include "services/robokassa/robokassa_notice.h"
#include "services/robokassa/robokassa_receipt.h"

enum { VECTORS = 30, VECTOR_TEXT_MAX = 4096 };

static struct {
    char name[8], base[VECTOR_TEXT_MAX];
    char hex[3][DIGEST_HEX_MAX + 1]; // in the order of ALGORITHMS
} vectors[VECTORS];
static const digest_t ALGORITHMS[] = {DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512};

static struct {
    char name[4], text[VECTOR_TEXT_MAX];
} receipts[4];

static span_t receipt(const char *name)
{
    for (size_t i = 0; i < LENGTH(receipts); i++) {
        if (strcmp(receipts[i].name, name) == 0)
            return span_of(receipts[i].text);
    }
    fail_msg("no receipt %s", name);
    return SPAN("");
}

// Replaces {RJ}, {RE} or {RP}.
static void expand(const char *raw, char *ret_base)
{
    const char *brace = strchr(raw, '{');
    char name[4] = "";
    if (!brace) {
        strcpy(ret_base, raw);
        return;
    }
    memcpy(name, brace + 1, 2);
    span_t text = receipt(name);
    snprintf(ret_base, VECTOR_TEXT_MAX, "%.*s%.*s%s", (int)(brace - raw), raw, (int)text.size,
             text.bytes, brace + 4);
}

static int load(void **state)
{
    (void)state;
    char line[VECTOR_TEXT_MAX];
    FILE *file = fopen("tests/vectors/robokassa_receipts.txt", "r");
    assert_non_null(file);
    for (size_t i = 0; i < LENGTH(receipts); i++)
        assert_int_equal(fscanf(file, "%3s\t%4095[^\n]\n", receipts[i].name, receipts[i].text), 2);
    fclose(file);

    file = fopen("tests/vectors/robokassa_vectors.tsv", "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (size_t i = 0; i < VECTORS; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *at = line, *column[6];
        for (size_t k = 0; k < 6; k++)
            assert_non_null(column[k] = strsep(&at, "\t\n"));
        snprintf(vectors[i].name, sizeof vectors[i].name, "%s", column[0]);
        expand(column[2], vectors[i].base);
        for (size_t k = 0; k < 3; k++)
            snprintf(vectors[i].hex[k], sizeof vectors[i].hex[k], "%s", column[3 + k]);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    return 0;
}

static const char *wanted(const char *name, size_t algorithm)
{
    for (size_t i = 0; i < VECTORS; i++) {
        if (strcmp(vectors[i].name, name) == 0)
            return vectors[i].hex[algorithm];
    }
    fail_msg("no vector %s", name);
    return "";
}

static void assert_base(const char *base, digest_t digest, const char *want)
{
    uint8_t bytes[DIGEST_SIZE_MAX];
    char hex[DIGEST_HEX_MAX + 1];
    size_t size = digest_parts(digest, &(digest_part_t){base, strlen(base)}, 1, bytes);
    digest_hex_lower(bytes, size, hex);
    if (strcasecmp(hex, want) != 0)
        fail_msg("%s of %s is %s, not %s", digest_name(digest), base, hex, want);
}

static void every_base_gives_its_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        for (size_t k = 0; k < LENGTH(ALGORITHMS); k++)
            assert_base(vectors[i].base, ALGORITHMS[k], vectors[i].hex[k]);
    }
}

static void published_examples_reproduce(void **state)
{
    (void)state;
    static const struct {
        const char *base, *md5;
    } CASES[] = {
        {"my_merchant_login:100.00:42:my_password1", "7642fdc174d0aabe022d992afd59f276"},
        {"test-socionom.org:200.00:0:{\"items\":[{\"name\":\"test\",\"quantity\":1,\"sum\":200,"
         "\"payment_method\":\"full_payment\",\"payment_object\":\"service\",\"tax\":\"vat20\"}]}:"
         "my_password1:shp_interface=link",
         "888f7275e88d20ead0fc62cdf5b69f72"},
        {"robo-demo:100.00:1:password_1", "8ca1d1c1a6f9353bebe5b087697ba797"},
        {"robo-demo:10.00::USD:127.0.0.1:password#1", "9113fcc7a218deb0b5bc1c9c8e28c513"},
        {"robo-demo:10.00:1:password#1:shp_email=user@example.com:shp_user_id=1",
         "b98027823a17ee5be83c767f18315400"},
        {"login:5:154:p1", "ea9bd729a4456cfbfb91294b8e2781d6"},
        {"myMerchantLogin:1000:0:my_first_secret_password", "abd49d48d09a4ad6e373d3bfabc0051e"},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++)
        assert_base(CASES[i].base, DIGEST_MD5, CASES[i].md5);
}

#define URL(path) SPAN("https://shop.example/" path)
static const form_field_t PLAN_USER[] = {SHP("Shp_plan", "monthly"), SHP("Shp_user", "42")};
static const form_field_t CYRILLIC[] = {SHP("Shp_name", "%D0%92%D0%B0%D1%81%D1%8F")};

// V01-V15 and V29 by our own builder.
static void our_payments_carry_the_vectors_signatures(void **state)
{
    (void)state;
    const robokassa_payment_t plain = {.sum = 19900, .invoice = 1001};
    robokassa_payment_t with_shp = plain;
    with_shp.shp = PLAN_USER;
    with_shp.shp_count = LENGTH(PLAN_USER);
    struct {
        const char *name;
        bool test;
        robokassa_payment_t payment;
    } cases[] = {
        {"V01", false, plain},    {"V02", false, plain},    {"V03", false, plain},
        {"V04", false, with_shp}, {"V05", false, with_shp}, {"V06", false, with_shp},
        {"V07", false, with_shp}, {"V08", false, with_shp}, {"V09", false, plain},
        {"V10", false, with_shp}, {"V11", false, plain},    {"V12", false, plain},
        {"V13", false, plain},    {"V14", false, plain},    {"V15", true, with_shp},
        {"V29", false, plain},
    };
    cases[1].payment.invoice = ROBOKASSA_INVOICE_ABSENT;
    cases[2].payment.invoice = 0;
    cases[4].payment.recurring = true;
    cases[5].payment.receipt = receipt("RE");
    cases[6].payment.receipt = receipt("RP");
    cases[7].payment.receipt = receipt("RJ");
    cases[8].payment.invoice = cases[9].payment.invoice = 1002;
    cases[8].payment.hold = cases[9].payment.hold = true;
    cases[8].payment.result_url2 = cases[9].payment.result_url2 = URL("robokassa/result2");
    cases[9].payment.receipt = receipt("RE");
    cases[9].payment.success_url2 = cases[10].payment.success_url2 = URL("pay/ok");
    cases[9].payment.fail_url2 = cases[10].payment.fail_url2 = URL("pay/fail");
    cases[9].payment.success_url2_method = cases[10].payment.success_url2_method = SPAN("GET");
    cases[9].payment.fail_url2_method = SPAN("POST");
    cases[10].payment.fail_url2_method = SPAN("GET");
    cases[11].payment = cases[10].payment; // the old rule: escaped once more
    cases[11].payment.success_url2 = SPAN("https%3A%2F%2Fshop.example%2Fpay%2Fok");
    cases[11].payment.fail_url2 = SPAN("https%3A%2F%2Fshop.example%2Fpay%2Ffail");
    cases[12].payment.sum = 1000;
    cases[12].payment.currency = SPAN("USD");
    cases[12].payment.user_ip = SPAN("127.0.0.1");
    cases[13].payment.shp = CYRILLIC;
    cases[13].payment.shp_count = 1;
    cases[15].payment.invoice = 1004;
    cases[15].payment.token = SPAN("E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4");

    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t k = 0; k < LENGTH(ALGORITHMS); k++) {
            robokassa_shop_t shop =
                cases[i].test ? test_shop(ALGORITHMS[k]) : live_shop(ALGORITHMS[k]);
            char body[FORM_SIZE_MAX];
            assert_true(robokassa_payment_body(&shop, &cases[i].payment, body, sizeof body) > 0);
            print_message("  %s %s\n", cases[i].name, digest_name(ALGORITHMS[k]));
            assert_string_equal(field_of(body, "SignatureValue"), wanted(cases[i].name, k));
        }
    }
}

static robokassa_charge_t charge_of_1003(void)
{
    return (robokassa_charge_t){.sum = 19900, .invoice = 1003, .previous_invoice = 1001};
}

static void our_charges_and_questions_carry_the_vectors_signatures(void **state)
{
    (void)state;
    char body[FORM_SIZE_MAX];
    for (size_t k = 0; k < LENGTH(ALGORITHMS); k++) {
        robokassa_shop_t shop = live_shop(ALGORITHMS[k]);
        robokassa_charge_t charge = charge_of_1003();
        assert_true(robokassa_charge_body(&shop, &charge, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "SignatureValue"), wanted("V21", k));
        assert_string_not_equal(field_of(body, "SignatureValue"), wanted("V24", k));
        charge.shp = PLAN_USER;
        charge.shp_count = 2;
        assert_true(robokassa_charge_body(&shop, &charge, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "SignatureValue"), wanted("V22", k));
        charge.receipt = receipt("RE");
        assert_true(robokassa_charge_body(&shop, &charge, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "SignatureValue"), wanted("V23", k));
        assert_true(robokassa_state_body(&shop, 1003, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "Signature"), wanted("V25", k));
    }
}

static void the_other_algorithms_give_their_vectors(void **state)
{
    (void)state;
    static const struct {
        digest_t digest;
        const char *v01, *v25, *v17;
    } CASES[] = {
        {DIGEST_SHA1, "ec93fd32ab76a3326637e8b4055eff024f2b3f62",
         "5ea26a7185f2c342f0bd5cf7248a2e05e1ec5016", "26EF4A67DEEC81E20A5A5DB4E4F4190C0930A422"},
        {DIGEST_RIPEMD160, "c568faeab074ffb28afc370cf7dcb5529338a912",
         "04e47db57ba41d6ec4b87f1fb1567a85817f4504", "41F314A0ACA6E137B5B684F235EAFDC47068BA07"},
        {DIGEST_SHA384,
         "2450c26cfc9e14f3465b1ca33d73e718983aac6695a1ce4e3b4811535e13842b"
         "b3c0232a33654d16a657894c8538851a",
         "8b8c87a1b645c319259a1ac3fec604dd56986db4a7ba66e8072d26754e86feaf"
         "269ceb3557914aee9be13448ee31ffef",
         "D9D31F8A72CA1420A87864C15E2C8FCC38DC0476DEC107818587444C2DDD3379"
         "28606F97A229FDAA4A4FD5B94D53798E"},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_shop_t shop = live_shop(CASES[i].digest);
        char body[FORM_SIZE_MAX];
        robokassa_payment_t payment = {.sum = 19900, .invoice = 1001};
        assert_true(robokassa_payment_body(&shop, &payment, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "SignatureValue"), CASES[i].v01);
        assert_true(robokassa_state_body(&shop, 1003, body, sizeof body) > 0);
        assert_string_equal(field_of(body, "Signature"), CASES[i].v25);

        snprintf(body, sizeof body,
                 "OutSum=199.000000&InvId=1001&SignatureValue=%s&Shp_user=42&Shp_plan=monthly",
                 CASES[i].v17);
        form_t form = form_of(body);
        robokassa_notice_t notice;
        assert_int_equal(robokassa_notice_verify(&shop, &form, &notice), ROBOKASSA_AUTHENTIC);
    }
}

// V16-V20: the notices verify, each at its own door and with its own shop only.
static void notices_of_the_vectors_are_authentic(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fields;
        bool test, success;
    } CASES[] = {
        {"V16", "OutSum=199.000000&InvId=1001", false, false},
        {"V17", "OutSum=199.000000&InvId=1001&Shp_plan=monthly&Shp_user=42", false, false},
        {"V18", "OutSum=199.00&InvId=1001&IsTest=1&Shp_plan=monthly&Shp_user=42", true, false},
        {"V19", "OutSum=199.000000&InvId=1001&Shp_plan=monthly&Shp_user=42", false, true},
        {"V20", "OutSum=199.00&InvId=1001&IsTest=1&Shp_plan=monthly&Shp_user=42", true, true},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        for (size_t k = 0; k < LENGTH(ALGORITHMS); k++) {
            char body[1024];
            snprintf(body, sizeof body, "%s&SignatureValue=%s", CASES[i].fields,
                     wanted(CASES[i].name, k));
            form_t form = form_of(body);
            robokassa_shop_t shop =
                CASES[i].test ? test_shop(ALGORITHMS[k]) : live_shop(ALGORITHMS[k]);
            robokassa_shop_t other =
                CASES[i].test ? live_shop(ALGORITHMS[k]) : test_shop(ALGORITHMS[k]);
            robokassa_notice_t notice;
            robokassa_verdict_t result = robokassa_notice_verify(&shop, &form, &notice);
            robokassa_verdict_t success = robokassa_notice_verify_success(&shop, &form, &notice);
            assert_int_equal(CASES[i].success ? success : result, ROBOKASSA_AUTHENTIC);
            assert_int_equal(CASES[i].success ? result : success, ROBOKASSA_SIGNATURE_WRONG);
            assert_int_equal(notice.sum, 19900);
            assert_int_equal(notice.invoice, 1001);
            assert_int_not_equal(robokassa_notice_verify(&other, &form, &notice),
                                 ROBOKASSA_AUTHENTIC);
        }
    }
}

static void what_goes_over_the_wire_is_what_the_samples_show(void **state)
{
    (void)state;
    robokassa_shop_t shop = live_shop(DIGEST_MD5);
    char text[FORM_SIZE_MAX], want[FORM_SIZE_MAX];
    robokassa_payment_t payment = {.sum = 19900,
                                   .invoice = 1001,
                                   .description = SPAN("Pro"),
                                   .shp = PLAN_USER,
                                   .shp_count = 2};
    static const char V04[] =
        "https://auth.robokassa.ru/Merchant/Index.aspx?MerchantLogin=subs_shop&OutSum=199.00"
        "&InvId=1001&Description=Pro&Shp_plan=monthly&Shp_user=42&Encoding=utf-8"
        "&SignatureValue=4bcf18b70ed58aee5b541d6d7b24cc27";
    assert_int_equal(robokassa_payment_link(&shop, &payment, text, sizeof text), strlen(V04));
    assert_string_equal(text, V04);
    payment.recurring = true;
    robokassa_payment_link(&shop, &payment, text, sizeof text);
    snprintf(want, sizeof want, "%s&Recurring=true", V04);
    assert_string_equal(text, want);
    payment.shp = CYRILLIC;
    payment.shp_count = 1;
    robokassa_payment_link(&shop, &payment, text, sizeof text);
    assert_non_null(strstr(text, "&Shp_name=%25D0%2592%25D0%25B0%25D1%2581%25D1%258F&"));

    robokassa_charge_t charge = charge_of_1003();
    charge.description = SPAN("Pro");
    charge.shp = PLAN_USER;
    charge.shp_count = 2;
    static const char V22[] = "MerchantLogin=subs_shop&InvoiceID=1003&PreviousInvoiceID=1001"
                              "&OutSum=199.00&Description=Pro&Shp_plan=monthly&Shp_user=42"
                              "&SignatureValue=b5e523521a3c75059960762a85b7a91e";
    assert_int_equal(robokassa_charge_body(&shop, &charge, text, sizeof text), strlen(V22));
    assert_string_equal(text, V22);

    charge.receipt = receipt("RE");
    span_t twice = receipt("RR");
    snprintf(want, sizeof want, "&Receipt=%.*s&", (int)twice.size, twice.bytes);
    robokassa_charge_body(&shop, &charge, text, sizeof text);
    assert_non_null(strstr(text, want));

    robokassa_state_body(&shop, 1003, text, sizeof text);
    assert_string_equal(text, "MerchantLogin=subs_shop&InvoiceID=1003"
                              "&Signature=c69656fe4364defe7bc7fa8276e71aff");

    static const char V17[] =
        "out_summ=199.000000&OutSum=199.000000&inv_id=1001&InvId=1001"
        "&crc=B08FBD527BD1163547FEDFE5379535DD&SignatureValue=B08FBD527BD1163547FEDFE5379535DD"
        "&PaymentMethod=BankCard&IncSum=199.000000&IncCurrLabel=BankCardPSR"
        "&EMail=payer%40example.com&Fee=7.760000&Shp_plan=monthly&Shp_user=42";
    form_t form = form_of(V17);
    robokassa_notice_t notice;
    assert_int_equal(robokassa_notice_verify(&shop, &form, &notice), ROBOKASSA_AUTHENTIC);
    assert_int_equal(notice.sum, 19900);
    assert_true(notice.has_fee);
    assert_int_equal(notice.fee, 776);
}

static void our_receipt_is_the_samples_in_all_its_encodings(void **state)
{
    (void)state;
    robokassa_item_t item = {.name = SPAN("Подписка Pro"),
                             .quantity = 1,
                             .sum = 19900,
                             .method = ROBOKASSA_METHOD_FULL_PAYMENT,
                             .object = ROBOKASSA_OBJECT_SERVICE,
                             .tax = ROBOKASSA_TAX_NONE};
    robokassa_receipt_t ours = {ROBOKASSA_SNO_USN_INCOME, &item, 1};
    char json[2048], once[4096], twice[8192];
    size_t json_size = robokassa_receipt_json(&ours, 19900, json, sizeof json);
    assert_string_equal(json, receipt("RJ").bytes);
    size_t once_size = robokassa_receipt_escaped((span_t){json, json_size}, once, sizeof once);
    assert_string_equal(once, receipt("RE").bytes);
    robokassa_receipt_escaped((span_t){once, once_size}, twice, sizeof twice);
    assert_string_equal(twice, receipt("RR").bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_base_gives_its_digests),
        cmocka_unit_test(published_examples_reproduce),
        cmocka_unit_test(our_payments_carry_the_vectors_signatures),
        cmocka_unit_test(our_charges_and_questions_carry_the_vectors_signatures),
        cmocka_unit_test(the_other_algorithms_give_their_vectors),
        cmocka_unit_test(notices_of_the_vectors_are_authentic),
        cmocka_unit_test(what_goes_over_the_wire_is_what_the_samples_show),
        cmocka_unit_test(our_receipt_is_the_samples_in_all_its_encodings),
    };
    return cmocka_run_group_tests_name("robokassa_vectors", tests, load, NULL);
}
