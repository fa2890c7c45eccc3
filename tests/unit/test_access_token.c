// Access tokens: of the right key, issuer, audience, life and form, and no others. Keys and
// signatures are made here by OpenSSL.
#include "services/process/security/access_token.h"
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define NOW_S INT64_C(1795980000)
#define ACCOUNT "0b8ee0a2-1111-4222-8333-444455556666"
#define GOOD_CLAIMS                                                                                \
    "{\"iss\":\"https://p.example\",\"aud\":\"kopeck\",\"sub\":\"" ACCOUNT                         \
    "\",\"iat\":1795980000,\"exp\":1795980900,\"auth_time\":1795970000,\"jti\":\"1\","             \
    "\"scope\":\"read pay\"}"

static char directory[] = "/tmp/kopeck-access-XXXXXX", files[3][64];
static EVP_PKEY *keys[3]; // P-256, RSA, a stranger's P-256

static void save_key(int i, EVP_PKEY *key)
{
    keys[i] = key;
    snprintf(files[i], sizeof files[i], "%s/%d.pem", directory, i);
    FILE *out = fopen(files[i], "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_PUBKEY(out, key), 1);
    fclose(out);
}

static int make_keys(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    save_key(0, EVP_EC_gen("P-256"));
    save_key(1, EVP_RSA_gen(2048));
    save_key(2, EVP_EC_gen("P-256"));
    return 0;
}

static int remove_keys(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        EVP_PKEY_free(keys[i]);
        unlink(files[i]);
    }
    return rmdir(directory);
}

static size_t encode(const void *data, size_t size, char *out)
{
    int length = EVP_EncodeBlock((uint8_t *)out, data, (int)size);
    while (length && out[length - 1] == '=')
        length--;
    for (int i = 0; i < length; i++)
        out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
    out[length] = '\0';
    return (size_t)length;
}

static size_t sign(EVP_PKEY *key, const char *input, uint8_t *out, size_t cap)
{
    size_t size = cap;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, out, &size, (const uint8_t *)input, strlen(input)), 1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_is_a(key, "RSA"))
        return size;
    const uint8_t *at = out; // r and s, 32 bytes each
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
    assert_non_null(pair);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32), 32);
    ECDSA_SIG_free(pair);
    return 64;
}

static text_t make_token(EVP_PKEY *key, const char *header, const char *claims)
{
    static char token[8192];
    uint8_t signature[512];
    size_t used = encode(header, strlen(header), token);
    token[used++] = '.';
    used += encode(claims, strlen(claims), token + used);
    size_t size = sign(key, token, signature, sizeof signature);
    token[used++] = '.';
    used += encode(signature, size, token + used);
    return (text_t){token, (uint32_t)used};
}

static access_judge_t *make_judge(access_algorithm_t algorithm, int key)
{
    const access_settings_t settings = {.issuer = "https://p.example",
                                        .algorithm = algorithm,
                                        .keys = {files[2], files[key]},
                                        .keys_count = 2};
    access_settings_t one = settings;
    if (algorithm == ACCESS_RS256) {
        one.keys[0] = files[key];
        one.keys_count = 1;
    }
    char error[256] = "";
    access_judge_t *judge = access_judge_new(&one, error, sizeof error);
    if (!judge)
        fail_msg("%s", error);
    return judge;
}

static fail_t judge_at(access_judge_t *judge, text_t token, int64_t now_s, customer_t *customer)
{
    const char *detail = NULL;
    fail_t fail = access_judge(judge, token, now_s * SECOND_US, customer, &detail);
    assert_true((fail != FAIL_NONE) == (detail != NULL));
    return fail;
}

static void one_use_is_told_by_its_number(void **state)
{
    (void)state;
    instant_t issued = 0;
    uint8_t one[16], other[16];
    text_t token = make_token(keys[0], "{}", "{\"iat\":7,\"jti\":\"a\"}");
    assert_true(access_token_once(token, &issued, one));
    assert_int_equal(issued, 7 * SECOND_US);
    token = make_token(keys[0], "{\"x\":1}", "{\"jti\":\"a\",\"iat\":8}"); // the same, written anew
    assert_true(access_token_once(token, &issued, other));
    assert_memory_equal(one, other, sizeof one);
    token = make_token(keys[0], "{}", "{\"jti\":\"b\",\"iat\":8}");
    assert_true(access_token_once(token, &issued, other));
    assert_memory_not_equal(one, other, sizeof one);
    assert_false(access_token_once(make_token(keys[0], "{}", "{\"iat\":8}"), &issued, one));
    assert_false(access_token_once(text_of("a.b"), &issued, one));
    assert_false(access_token_once(text_of("a.b.c"), &issued, one));
    assert_false(access_token_once((text_t){token.data, ACCESS_TOKEN_SIZE_MAX + 1}, &issued, one));
}

static void a_good_one_says_who_and_what(void **state)
{
    (void)state;
    static const struct {
        access_algorithm_t algorithm;
        const char *header;
    } kinds[] = {{ACCESS_ES256, "{\"alg\":\"ES256\",\"kid\":\"x\"}"},
                 {ACCESS_RS256, "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}"}};
    for (int i = 0; i < 2; i++) {
        access_judge_t *judge = make_judge(kinds[i].algorithm, i);
        text_t token = make_token(keys[i], kinds[i].header, GOOD_CLAIMS);
        customer_t customer = {0};
        uid_t16 account;
        assert_true(uid_parse(ACCOUNT, &account));
        for (int again = 0; again < 2; again++) { // the second time from memory
            assert_int_equal(judge_at(judge, token, NOW_S, &customer), FAIL_NONE);
            assert_true(uid_equal(&customer.account, &account));
            assert_true(customer.reads && customer.pays);
        }
        assert_int_equal(judge_at(judge, token, NOW_S + 899, &customer), FAIL_NONE);
        assert_int_equal(judge_at(judge, token, NOW_S + 900, &customer), FAIL_DENIED);
        access_judge_destroy(&judge);
    }
}

static void claims_that_are_not_right_are_refused(void **state)
{
    (void)state;
    static const char *const replaced[][2] = {
        {"https://p.example", "https://q.example"},
        {"\"aud\":\"kopeck\"", "\"aud\":\"other\""},
        {"\"aud\":\"kopeck\"", "\"aud\":[\"kopeck\",\"other\"]"},
        {"\"sub\":\"" ACCOUNT "\"", "\"sub\":\"me\""},
        {"\"exp\":1795980900", "\"exp\":1795980901"},
        {"\"exp\":1795980900", "\"exp\":\"1795980900\""},
        {"\"exp\":1795980900,", ""},
        {"\"iat\":1795980000", "\"iat\":1795980061"},
        {"\"iat\":1795980000,", ""},
        {"\"jti\":\"1\",", ""},
        {"\"auth_time\":1795970000,", ""},
        {"{\"iss\"", "{\"sub\":\"00000000-0000-4000-8000-000000000000\",\"iss\""}, // twice
        {"{\"iss\"", "[{\"iss\""},
    };
    access_judge_t *judge = make_judge(ACCESS_ES256, 0);
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++) {
        char claims[512];
        const char *at = strstr(GOOD_CLAIMS, replaced[i][0]);
        assert_non_null(at);
        snprintf(claims, sizeof claims, "%.*s%s%s", (int)(at - GOOD_CLAIMS), GOOD_CLAIMS,
                 replaced[i][1], at + strlen(replaced[i][0]));
        customer_t customer;
        assert_int_equal(
            judge_at(judge, make_token(keys[0], "{\"alg\":\"ES256\"}", claims), NOW_S, &customer),
            FAIL_DENIED);
    }
    access_judge_destroy(&judge);
}

static void only_the_configured_algorithm_and_keys_count(void **state)
{
    (void)state;
    access_judge_t *judge = make_judge(ACCESS_ES256, 2); // who knows the stranger's key alone
    customer_t customer;
    static const char *const headers[] = {"{\"alg\":\"none\"}", "{\"alg\":\"HS256\"}",
                                          "{\"alg\":\"RS256\"}", "{}",
                                          "{\"alg\":\"ES256\",\"crit\":[\"b64\"]}"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(
            judge_at(judge, make_token(keys[2], headers[i], GOOD_CLAIMS), NOW_S, &customer),
            FAIL_DENIED);
    text_t token = make_token(keys[0], "{\"alg\":\"ES256\"}", GOOD_CLAIMS);
    assert_int_equal(judge_at(judge, token, NOW_S, &customer), FAIL_DENIED);
    token = make_token(keys[2], "{\"alg\":\"ES256\"}", GOOD_CLAIMS);
    assert_int_equal(judge_at(judge, token, NOW_S, &customer), FAIL_NONE);
    // Every byte counts, and no byte too many or too few does.
    for (uint32_t i = 0; i < token.size; i++) {
        char changed[2048];
        memcpy(changed, token.data, token.size);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        (void)judge_at(judge, (text_t){changed, i}, NOW_S, &customer);
        // The last character of 64 bytes has four bits that say nothing.
        if (i + 1 < token.size)
            assert_int_equal(judge_at(judge, (text_t){changed, token.size}, NOW_S, &customer),
                             FAIL_DENIED);
        assert_int_equal(judge_at(judge, (text_t){token.data, i}, NOW_S, &customer), FAIL_DENIED);
    }
    access_judge_destroy(&judge);
}

static void scopes_are_words(void **state)
{
    (void)state;
    static const struct {
        const char *scope;
        bool reads, pays;
    } rows[] = {{"", false, false},        {"read", true, false},    {"pay", false, true},
                {"pay  read", true, true}, {"reader", false, false}, {"write payer", false, false}};
    access_judge_t *judge = make_judge(ACCESS_ES256, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char claims[512];
        const char *at = strstr(GOOD_CLAIMS, "read pay");
        snprintf(claims, sizeof claims, "%.*s%s%s", (int)(at - GOOD_CLAIMS), GOOD_CLAIMS,
                 rows[i].scope, at + strlen("read pay"));
        customer_t customer;
        assert_int_equal(
            judge_at(judge, make_token(keys[0], "{\"alg\":\"ES256\"}", claims), NOW_S, &customer),
            FAIL_NONE);
        assert_int_equal(customer.reads, rows[i].reads);
        assert_int_equal(customer.pays, rows[i].pays);
    }
    access_judge_destroy(&judge);
}

static void keys_of_another_kind_and_no_keys_are_refused_by_name(void **state)
{
    (void)state;
    char error[256];
    access_settings_t settings = {
        .issuer = "x", .algorithm = ACCESS_RS256, .keys = {files[0]}, .keys_count = 1};
    assert_null(access_judge_new(&settings, error, sizeof error));
    assert_non_null(strstr(error, "RS256"));
    settings.keys[0] = "/nonexistent.pem";
    assert_null(access_judge_new(&settings, error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent.pem: No such file"));
    settings.keys[0] = "/etc/hostname";
    assert_null(access_judge_new(&settings, error, sizeof error));
    assert_non_null(strstr(error, "public key in PEM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_use_is_told_by_its_number),
        cmocka_unit_test(a_good_one_says_who_and_what),
        cmocka_unit_test(claims_that_are_not_right_are_refused),
        cmocka_unit_test(only_the_configured_algorithm_and_keys_count),
        cmocka_unit_test(scopes_are_words),
        cmocka_unit_test(keys_of_another_kind_and_no_keys_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
