// test_robokassa_sim_signature - every golden vector, and the strings the stand-in signs and
// checks.
#include "tools/robokassa_sim/callback.h"
#include "tools/robokassa_sim/order.h"
#include "tools/robokassa_sim/text.h"
#include "tools/robokassa_sim/token.h"
// cmocka wants these first
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS 30
#define LINE_MAX_BYTES 4096

static struct {
    char name[8], *base, *md5, *sha256, *sha512;
} vectors[VECTORS];
static char *receipts[4][2];

static shop_t shop = {
    .login = "subs_shop",
    .password1 = "Pw1_live_7Qz",
    .password2 = "Pw2_live_9Kx",
    .password3 = "Pw3_refund_5Tt",
    .test_password1 = "Tpw1_test_4Rr",
    .test_password2 = "Tpw2_test_8Yy",
    .active = true,
    .recurring = true,
    .hold = true,
    .hash = DIGEST_MD5,
};

static const char *receipt(const char *name)
{
    for (size_t i = 0; i < 4; i++)
        if (strcmp(receipts[i][0], name) == 0)
            return receipts[i][1];
    fail_msg("no receipt %s", name);
    return NULL;
}

// "{RE}" and its like become the receipt of that name.
static char *expand(const char *text)
{
    const char *brace = strchr(text, '{');
    text_t out;
    text_open(&out);
    if (!brace) {
        fputs(text, out.file);
    } else {
        char name[3] = {brace[1], brace[2], 0};
        fprintf(out.file, "%.*s%s%s", (int)(brace - text), text, receipt(name), brace + 4);
    }
    return text_take(&out);
}

static int read_vectors(void **state)
{
    (void)state;
    char line[LINE_MAX_BYTES];
    FILE *file = fopen("tests/vectors/robokassa_receipts.txt", "re");
    assert_non_null(file);
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *tab = strchr(line, '\t');
        assert_non_null(tab);
        *tab++ = 0;
        tab[strcspn(tab, "\n")] = 0;
        receipts[i][0] = text_copy(line);
        receipts[i][1] = text_copy(tab);
    }
    fclose(file);
    file = fopen("tests/vectors/robokassa_vectors.tsv", "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (size_t i = 0; i < VECTORS; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\n")] = 0;
        char *rest = line;
        snprintf(vectors[i].name, sizeof vectors[i].name, "%s", strsep(&rest, "\t"));
        strsep(&rest, "\t");
        vectors[i].base = expand(strsep(&rest, "\t"));
        vectors[i].md5 = text_copy(strsep(&rest, "\t"));
        vectors[i].sha256 = text_copy(strsep(&rest, "\t"));
        vectors[i].sha512 = text_copy(strsep(&rest, "\t"));
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    return 0;
}

static int free_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        free(vectors[i].base);
        free(vectors[i].md5);
        free(vectors[i].sha256);
        free(vectors[i].sha512);
    }
    for (size_t i = 0; i < 8; i++)
        free(receipts[i / 2][i % 2]);
    return 0;
}

static size_t vector(const char *name)
{
    for (size_t i = 0; i < VECTORS; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return i;
    fail_msg("no vector %s", name);
    return 0;
}

static void every_base_hashes_to_its_vector(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        const struct {
            digest_t digest;
            const char *want;
        } HASHES[] = {{DIGEST_MD5, vectors[i].md5},
                      {DIGEST_SHA256, vectors[i].sha256},
                      {DIGEST_SHA512, vectors[i].sha512}};
        for (size_t h = 0; h < 3; h++) {
            char hex[DIGEST_HEX_MAX];
            digest_hex(HASHES[h].digest, vectors[i].base, false, hex);
            assert_true(digest_equal(hex, HASHES[h].want));
        }
    }
}

static void the_other_three_algorithms_hash_v01(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } CASES[] = {
        {"sha1", "ec93fd32ab76a3326637e8b4055eff024f2b3f62"},
        {"RIPEMD160", "c568faeab074ffb28afc370cf7dcb5529338a912"},
        {"Sha384",
         "2450c26cfc9e14f3465b1ca33d73e718983aac6695a1ce4e3b4811535e13842bb3c0232a33654d16a65"
         "7894c8538851a"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        digest_t digest;
        char hex[DIGEST_HEX_MAX];
        assert_true(digest_named(CASES[i].name, &digest));
        digest_hex(digest, vectors[0].base, false, hex);
        assert_string_equal(hex, CASES[i].want);
    }
    digest_t digest;
    assert_false(digest_named("crc32", &digest));
}

// What travels, decoded once, gives exactly the vector's base; what does not fit is error 29.
static void requests_give_the_bases_of_their_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *vector;
        order_kind_t kind;
        const char *wire; // {RE} as everywhere; %s-free
        refusal_t want;   // besides the signature
    } CASES[] = {
        {"V01", ORDER_START, "OutSum=199.00&InvId=1001", 0},
        {"V01", ORDER_START, "out_summ=199.00&inv_id=1001&Desc=x", 0},
        {"V01", ORDER_START, "OUTSUM=199.00&invoiceid=1001&Culture=ru&Email=a%40b", 0},
        {"V02", ORDER_START, "OutSum=199.00", 0},
        {"V02", ORDER_START, "OutSum=199.00&InvId=", 0},
        {"V03", ORDER_START, "OutSum=199.00&InvId=0", 0},
        {"V04", ORDER_START, "OutSum=199.00&InvId=1001&Shp_user=42&Shp_plan=monthly", 0},
        {"V05", ORDER_START, "OutSum=199.00&InvId=1001&Recurring=true&Shp_plan=monthly&Shp_user=42",
         0},
        {"V06", ORDER_START, "OutSum=199.00&InvId=1001&Receipt={RR}&Shp_plan=monthly&Shp_user=42",
         0},
        {"V08", ORDER_START, "OutSum=199.00&InvId=1001&Receipt={RE}&Shp_plan=monthly&Shp_user=42",
         0},
        {"V08", ORDER_START, "OutSum=199.00&InvId=1001&Receipt={RP}&Shp_plan=monthly&Shp_user=42",
         0},
        {"V09", ORDER_START,
         "OutSum=199.00&InvId=1002&StepByStep=true&ResultUrl2=https%3A%2F%2Fshop.example%"
         "2Frobokassa"
         "%2Fresult2",
         0},
        {"V10", ORDER_START,
         "FailUrl2Method=POST&FailUrl2=https://shop.example/pay/fail&SuccessUrl2Method=GET&"
         "SuccessUrl2=https://shop.example/pay/ok&ResultUrl2=https://shop.example/robokassa/"
         "result2&"
         "StepByStep=true&Receipt={RR}&OutSum=199.00&InvId=1002&Shp_plan=monthly&Shp_user=42",
         0},
        {"V11", ORDER_START,
         "OutSum=199.00&InvId=1001&SuccessUrl2=https://shop.example/pay/ok&SuccessUrl2Method=GET&"
         "FailUrl2=https%3A%2F%2Fshop.example%2Fpay%2Ffail&FailUrl2Method=GET",
         0},
        {"V13", ORDER_START, "OutSum=10.00&InvId=1001&OutSumCurrency=USD&UserIp=127.0.0.1", 0},
        {"V14", ORDER_START,
         "OutSum=199.00&InvId=1001&Shp_name=%25D0%2592%25D0%25B0%25D1%2581%25D1"
         "%258F",
         0},
        {"V15", ORDER_START, "OutSum=199.00&InvId=1001&IsTest=1&Shp_plan=monthly&Shp_user=42", 0},
        {"V21", ORDER_CHILD, "OutSum=199.00&InvoiceID=1003&PreviousInvoiceID=1001", 0},
        {"V22", ORDER_CHILD,
         "OutSum=199.00&InvoiceID=1003&PreviousInvoiceID=1001&Shp_plan=monthly&Shp_user=42", 0},
        {"V23", ORDER_CHILD,
         "OutSum=199.00&InvoiceID=1003&PreviousInvoiceID=1001&Receipt={RR}&Shp_plan=monthly&"
         "Shp_user=42",
         0},
        {"V26", ORDER_CONFIRM, "OutSum=199.00&InvoiceID=1002", 0},
        {"V27", ORDER_CONFIRM, "OutSum=199.00&InvoiceID=1002&Receipt={RR}", 0},
        {"V28", ORDER_CANCEL, "OutSum=199.00&InvoiceID=1002", 0},
        {"V29", ORDER_START,
         "OutSum=199.00&InvId=1004&Token=E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4", 0},
        // The wrong ones: an encoded URL in the base, PreviousInvoiceID signed, live for test.
        {"V12", ORDER_START,
         "OutSum=199.00&InvId=1001&SuccessUrl2=https%3A%2F%2Fshop.example%2Fpay%2Fok&"
         "SuccessUrl2Method=GET&FailUrl2=https%3A%2F%2Fshop.example%2Fpay%2Ffail&FailUrl2Method="
         "GET",
         REFUSAL_SIGNATURE},
        {"V24", ORDER_CHILD, "OutSum=199.00&InvoiceID=1003&PreviousInvoiceID=1001",
         REFUSAL_SIGNATURE},
        {"V04", ORDER_START, "OutSum=199.00&InvId=1001&IsTest=1&Shp_user=42&Shp_plan=monthly",
         REFUSAL_SIGNATURE},
        {"V04", ORDER_START, "OutSum=199.0&InvId=1001&Shp_user=42&Shp_plan=monthly",
         REFUSAL_SIGNATURE},
        {"V01", ORDER_START, "OutSum=199.00&InvId=1001&Shp_x=", REFUSAL_SIGNATURE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t v = vector(CASES[i].vector);
        char *wire = expand(CASES[i].wire);
        text_t text;
        text_open(&text);
        fprintf(text.file, "MerchantLogin=subs_shop&%s&SignatureValue=%s", wire, vectors[v].md5);
        char *request = text_take(&text);
        form_t form = {0};
        order_t order;
        assert_true(form_decode(&form, request, strlen(request)));
        refusal_t refusal = order_read(&order, CASES[i].kind, &shop, &form);
        if (refusal != CASES[i].want)
            fail_msg("%s %s: %d", CASES[i].vector, CASES[i].wire, (int)refusal);
        char *base = order_base(&order, CASES[i].kind, &shop, false);
        if (!CASES[i].want)
            assert_string_equal(base, vectors[v].base);
        shop_base_free(base);
        order_clear(&order);
        form_clear(&form);
        free(request);
        free(wire);
    }
}

static operation_t *paid(bool test)
{
    operation_t *o = operation_create();
    o->invoice = 1001;
    o->amount_kopecks = 19900;
    o->test = test;
    text_replace(&o->out_sum, "199.00");
    text_replace(&o->shp, "Shp_plan=monthly&Shp_user=42");
    text_replace(&o->culture, "ru");
    return o;
}

static void callbacks_carry_the_signatures_of_their_vectors(void **state)
{
    (void)state;
    const callback_style_t style = {.payer_email = "payer@example.com", .fee_ppm = 39000};
    static const struct {
        const char *vector;
        bool test, success;
    } CASES[] = {
        {"V17", false, false}, {"V18", true, false}, {"V19", false, true}, {"V20", true, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        operation_t *o = paid(CASES[i].test);
        char *wire = CASES[i].success ? callback_success(o, &shop)
                                      : callback_result(o, &shop, &style, CALLBACK_TRUE);
        form_t form = {0};
        assert_true(form_decode(&form, wire, strlen(wire)));
        assert_true(
            digest_equal(FORM_GET(&form, "SignatureValue"), vectors[vector(CASES[i].vector)].md5));
        assert_string_equal(FORM_GET(&form, "crc"), FORM_GET(&form, "SignatureValue"));
        form_clear(&form);
        free(wire);
        operation_destroy(&o);
    }
    operation_t *o = paid(false);
    char *wire = callback_result(o, &shop, &style, CALLBACK_TRUE);
    assert_string_equal(wire,
                        "out_summ=199.000000&OutSum=199.000000&inv_id=1001&InvId=1001&crc=B08FBD"
                        "527BD1163547FEDFE5379535DD&SignatureValue=B08FBD527BD1163547FEDFE5379535D"
                        "D&PaymentMethod=BankCard&IncSum=199.000000&IncCurrLabel=BankCardPSR&EMail"
                        "=payer%40example.com&Fee=7.760000&Shp_plan=monthly&Shp_user=42");
    free(wire);
    operation_destroy(&o);
}

static void the_shops_answer_is_ok_and_the_number(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *body;
        bool accepted;
    } CASES[] = {
        {200, "OK1001", true},     {200, "ok1001\n", true}, {200, "OK1001\r\n", true},
        {200, "OK10011", false},   {200, "OK100", false},   {200, "OK", false},
        {200, "OK 1001", false},   {500, "OK1001", false},  {302, "OK1001", false},
        {200, "OK1001<p>", false}, {200, "", false},
    };
    operation_t *o = paid(false);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_int_equal(callback_accepted(o, CASES[i].status, CASES[i].body), CASES[i].accepted);
    operation_destroy(&o);
}

static void shp_fields_sort_by_the_shops_rule(void **state)
{
    (void)state;
    static const struct {
        shop_order_t order;
        const char *want;
    } CASES[] = {
        {SHOP_ORDER_ORDINAL, "Shp_B=2&Shp_a=1&Shp_a1=3&shp_Z=4"},
        {SHOP_ORDER_NOCASE, "Shp_a=1&Shp_a1=3&Shp_B=2&shp_Z=4"},
        {SHOP_ORDER_PAIRS, "Shp_B=2&Shp_a1=3&Shp_a=1&shp_Z=4"},
    };
    static const char WIRE[] = "shp_Z=4&Shp_a1=3&Shp_B=2&x=9&Shp_a=1";
    form_t form = {0};
    assert_true(form_decode(&form, WIRE, strlen(WIRE)));
    for (size_t i = 0; i < 3; i++) {
        const shop_t one = {.shp_order = CASES[i].order};
        char *shp = shop_shp(&one, &form);
        assert_string_equal(shp, CASES[i].want);
        free(shp);
    }
    form_clear(&form);
}

static void tokens_of_the_vectors_verify_and_altered_ones_do_not(void **state)
{
    (void)state;
    static const char INVOICE[] =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJNRDUifQ."
        "eyJNZXJjaGFudExvZ2luIjoic3Vic19zaG9wIiwiSW52b2ljZVR5cGUiO"
        "iJPbmVUaW1lIiwiQ3VsdHVyZSI6InJ1IiwiSW52SWQiOjEwMDEsIk91dFN1bSI6MTk5LjAwLCJEZXNjcmlwdGlvbiI"
        "6I"
        "lBybyIsIkFkZGl0aW9uYWxQYXJhbWV0ZXJzIjp7IlJlY3VycmluZyI6InRydWUifX0.OdUl_FL3I8Msu56KaPwnmA";
    static const char REFUND[] =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJPcEtleSI6IkUxMjUzNzI4LTQ4QTktNDg4RC1BMDQ1LTk5NTRDNDQ"
        "yQUY1Qy1xTmF2clhDNlk0In0.0MqhgDNi6IRyuQYPRid9KwAhgMJiEk3f4Zk_eqliANs";
    const char *const KEY = "subs_shop:Pw1_live_7Qz";
    json_t *payload = token_verify(INVOICE, KEY, DIGEST_SHA256, false);
    assert_non_null(payload);
    assert_int_equal(json_integer_value(json_object_get(payload, "InvId")), 1001);
    json_decref(payload);
    payload = token_verify(REFUND, shop.password3, DIGEST_MD5, true);
    assert_non_null(payload);
    json_decref(payload);
    assert_null(token_verify(INVOICE, KEY, DIGEST_MD5, true)); // refunds take SHA-2 only
    assert_null(token_verify(INVOICE, "subs_shop:other", DIGEST_MD5, false));
    char altered[sizeof INVOICE];
    memcpy(altered, INVOICE, sizeof INVOICE);
    altered[60] ^= 1;
    assert_null(token_verify(altered, KEY, DIGEST_MD5, false));
    static const char *const MALFORMED[] = {"", ".", "..", "a.b", "\"\"", "....", "a b.c.d"};
    for (size_t i = 0; i < sizeof MALFORMED / sizeof MALFORMED[0]; i++)
        assert_null(token_verify(MALFORMED[i], KEY, DIGEST_MD5, false));
}

// With the public key of the certificate that the shop would be given.
static bool verifies(const char *jws, const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    assert_non_null(certificate);
    const char *last = strrchr(jws, '.');
    size_t size;
    unsigned char *signature = digest_unbase64(last + 1, strlen(last + 1), &size);
    assert_non_null(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, X509_get0_pubkey(certificate));
    bool good = EVP_DigestVerify(context, signature, size, (const unsigned char *)jws,
                                 (size_t)(last - jws)) == 1;
    EVP_MD_CTX_free(context);
    free(signature);
    X509_free(certificate);
    BIO_free(in);
    return good;
}

static void result2_verifies_with_the_certificate_and_no_other(void **state)
{
    (void)state;
    token_key_t *key = token_key_create(NULL, false), *other = token_key_create(NULL, true);
    operation_t *o = paid(false);
    o->state = OPERATION_HELD;
    char *payload = callback_state(o, &shop, 1767225600999999);
    assert_string_equal(
        payload, "{\"header\":{\"type\":\"PaymentStateNotification\",\"version\":\"1.0.0\","
                 "\"timestamp\":\"1767225600\"},\"data\":{\"shop\":\"subs_shop\",\"opKey\":"
                 "\"\",\"invId\":\"1001\",\"paymentMethod\":\"BankCard\",\"incSum\":\"199.00\","
                 "\"state\":\"HOLD\"}}");
    char *jws = token_sign(key, payload);
    assert_true(verifies(jws, token_certificate(key)));
    assert_false(verifies(jws, token_certificate(other)));
    jws[40] ^= 1;
    assert_false(verifies(jws, token_certificate(key)));
    free(jws);
    free(payload);
    operation_destroy(&o);
    token_key_destroy(&key);
    token_key_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_base_hashes_to_its_vector),
        cmocka_unit_test(the_other_three_algorithms_hash_v01),
        cmocka_unit_test(requests_give_the_bases_of_their_vectors),
        cmocka_unit_test(callbacks_carry_the_signatures_of_their_vectors),
        cmocka_unit_test(the_shops_answer_is_ok_and_the_number),
        cmocka_unit_test(shp_fields_sort_by_the_shops_rule),
        cmocka_unit_test(result2_verifies_with_the_certificate_and_no_other),
        cmocka_unit_test(tokens_of_the_vectors_verify_and_altered_ones_do_not),
    };
    return cmocka_run_group_tests(tests, read_vectors, free_vectors);
}
