#include "services/process/security/access_token.h"
#include "proto/digest.h"
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

enum {
    REMEMBERED = 256,
    SHA256_SIZE = 32,
    ES256_SIZE = 64,
    RSA_BITS_MIN = 2048,
    AHEAD_S = 60, // a platform's clock may be so far before ours
    PARTS = 3
};

typedef struct {
    uint8_t sha256[SHA256_SIZE];
    customer_t customer;
    instant_t until; // 0: a free place
} remembered_t;

struct access_judge {
    char *issuer;
    access_algorithm_t algorithm;
    EVP_PKEY *keys[ACCESS_TOKEN_KEYS_MAX];
    size_t keys_count, next;
    remembered_t remembered[REMEMBERED];
};

static fail_t refuse_token(const char **ret_detail, const char *why)
{
    *ret_detail = why;
    return FAIL_DENIED;
}

// --- keys ---

static const char *const algorithms[] = {"ES256", "RS256"};

static bool is_fit(access_algorithm_t algorithm, EVP_PKEY *key)
{
    char group[32] = "";
    if (algorithm == ACCESS_RS256)
        return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_bits(key) >= RSA_BITS_MIN;
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) &&
           strcmp(group, "prime256v1") == 0;
}

static EVP_PKEY *load_key(const char *file, access_algorithm_t algorithm, char *error,
                          size_t error_size)
{
    FILE *in = fopen(file, "re");
    EVP_PKEY *key = in ? PEM_read_PUBKEY(in, NULL, NULL, NULL) : NULL;
    if (!in)
        snprintf(error, error_size, "%s: %s", file, strerror(errno));
    else if (!key)
        snprintf(error, error_size, "%s: expected a public key in PEM", file);
    else if (!is_fit(algorithm, key)) {
        snprintf(error, error_size, "%s: expected a key for %s (P-256, or RSA of 2048 bits)", file,
                 algorithms[algorithm]);
        EVP_PKEY_free(key);
        key = NULL;
    }
    if (in)
        fclose(in);
    return key;
}

access_judge_t *access_judge_new(const access_settings_t *settings, char *error, size_t error_size)
{
    access_judge_t *self = calloc(1, sizeof *self);
    assert(self);
    self->issuer = strdup(settings->issuer);
    assert(self->issuer);
    self->algorithm = settings->algorithm;
    for (size_t i = 0; i < settings->keys_count; i++) {
        self->keys[i] = load_key(settings->keys[i], self->algorithm, error, error_size);
        if (!self->keys[i]) {
            access_judge_destroy(&self);
            return NULL;
        }
        self->keys_count++;
    }
    return self;
}

bool access_judges_new(const access_settings_t *settings, access_judge_t *ret_judges[2],
                       char *error, size_t error_size)
{
    for (int i = 0; i < 2 && *settings->issuer; i++)
        if (!(ret_judges[i] = access_judge_new(settings, error, error_size)))
            return false;
    return true;
}

void access_judge_destroy(access_judge_t **self_p)
{
    access_judge_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->keys_count; i++)
        EVP_PKEY_free(self->keys[i]);
    free(self->issuer);
    free(self);
    *self_p = NULL;
}

// --- the compact form ---

// Strict base64url without padding. 0 for what is none, and for nothing.
static size_t decode_part(text_t part, uint8_t *out)
{
    char text[ACCESS_TOKEN_SIZE_MAX + 4];
    size_t size = part.size, padding = (4 - size % 4) % 4;
    if (size == 0 || size % 4 == 1)
        return 0;
    for (size_t i = 0; i < size; i++) {
        char c = part.data[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && c != '-' && c != '_')
            return 0;
        text[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    memset(text + size, '=', padding);
    int decoded = EVP_DecodeBlock(out, (const uint8_t *)text, (int)(size + padding));
    return decoded > 0 ? (size_t)decoded - padding : 0;
}

static bool split(text_t access_token, text_t parts[PARTS])
{
    size_t count = 0;
    const char *from = access_token.data, *end = access_token.data + access_token.size;
    for (const char *at = from; at <= end; at++)
        if (at == end || *at == '.') {
            if (count == PARTS)
                return false;
            parts[count++] = (text_t){from, (uint32_t)(at - from)};
            from = at + 1;
        }
    return count == PARTS;
}

static json_t *load_object(text_t part)
{
    uint8_t bytes[ACCESS_TOKEN_SIZE_MAX + 4];
    size_t size = decode_part(part, bytes);
    json_t *object = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (object && !json_is_object(object)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

// --- the signature ---

// r and s one after the other become the form that OpenSSL reads; its size, 0 if they are none.
static size_t to_der(const uint8_t raw[ES256_SIZE], uint8_t *out, size_t cap)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, ES256_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(raw + ES256_SIZE / 2, ES256_SIZE / 2, NULL);
    assert(pair && r && s);
    int set = ECDSA_SIG_set0(pair, r, s);
    assert(set == 1);
    int size = i2d_ECDSA_SIG(pair, NULL);
    if (size > 0 && (size_t)size <= cap)
        size = i2d_ECDSA_SIG(pair, &out);
    else
        size = 0;
    ECDSA_SIG_free(pair);
    return (size_t)size;
}

static bool verifies(EVP_PKEY *key, text_t input, const uint8_t *signature, size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context);
    bool good =
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, size, (const uint8_t *)input.data, input.size) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static bool is_signed(const access_judge_t *self, text_t access_token, text_t last)
{
    uint8_t raw[ACCESS_TOKEN_SIZE_MAX + 4], der[ES256_SIZE + 16];
    const uint8_t *signature = raw;
    size_t size = decode_part(last, raw);
    if (self->algorithm == ACCESS_ES256) {
        size = size == ES256_SIZE ? to_der(raw, der, sizeof der) : 0;
        signature = der;
    }
    text_t input = {access_token.data, access_token.size - last.size - 1};
    bool good = false;
    for (size_t i = 0; size && i < self->keys_count; i++)
        good = good || verifies(self->keys[i], input, signature, size);
    return good;
}

// --- what it says ---

static fail_t check_header(const access_judge_t *self, const json_t *header,
                           const char **ret_detail)
{
    const char *algorithm = member(header, "alg");
    if (!algorithm || strcmp(algorithm, algorithms[self->algorithm]) != 0)
        return refuse_token(ret_detail, "access token: alg: expected the configured algorithm");
    if (json_object_get(header, "crit"))
        return refuse_token(ret_detail, "access token: crit: expected none");
    return FAIL_NONE;
}

static bool is_for_us(const json_t *audience)
{
    if (json_is_string(audience))
        return strcmp(json_string_value(audience), "kopeck") == 0;
    return json_array_size(audience) == 1 && is_for_us(json_array_get(audience, 0));
}

// Words with a blank between them; others than ours grant nothing here.
static void read_scope(const char *scope, bool *ret_reads, bool *ret_pays)
{
    *ret_reads = *ret_pays = false;
    for (size_t size; *scope; scope += size + strspn(scope + size, " ")) {
        size = strcspn(scope, " ");
        *ret_reads = *ret_reads || (size == 4 && memcmp(scope, "read", 4) == 0);
        *ret_pays = *ret_pays || (size == 3 && memcmp(scope, "pay", 3) == 0);
    }
}

static fail_t check_times(const json_t *claims, instant_t now, instant_t *ret_until,
                          const char **ret_detail)
{
    const json_t *from = json_object_get(claims, "iat"), *to = json_object_get(claims, "exp");
    int64_t now_s = now / SECOND_US, iat = json_integer_value(from), exp = json_integer_value(to);
    if (!json_is_integer(from) || !json_is_integer(to) ||
        !json_is_integer(json_object_get(claims, "auth_time")) || iat < 0 || exp < 0)
        return refuse_token(ret_detail, "access token: iat, exp, auth_time: expected seconds");
    if (iat > now_s + AHEAD_S)
        return refuse_token(ret_detail, "access token: iat: expected at most a minute ahead");
    if (exp - iat > ACCESS_TOKEN_LIFE_S)
        return refuse_token(ret_detail, "access token: exp: expected at most 900 s after iat");
    if (exp <= now_s)
        return refuse_token(ret_detail, "access token: exp: it has ended");
    *ret_until = exp * SECOND_US;
    return FAIL_NONE;
}

static fail_t read_claims(const access_judge_t *self, const json_t *claims, instant_t now,
                          remembered_t *ret_found, const char **ret_detail)
{
    const char *issuer = member(claims, "iss"), *account = member(claims, "sub");
    const char *number = member(claims, "jti"), *scope = member(claims, "scope");
    if (!issuer || strcmp(issuer, self->issuer) != 0)
        return refuse_token(ret_detail, "access token: iss: expected the configured issuer");
    if (!is_for_us(json_object_get(claims, "aud")))
        return refuse_token(ret_detail, "access token: aud: expected `kopeck` alone");
    if (!account || !uid_parse(account, &ret_found->customer.account))
        return refuse_token(ret_detail, "access token: sub: expected the account's UUID");
    if (!number || !*number)
        return refuse_token(ret_detail, "access token: jti: expected a text");
    read_scope(scope ? scope : "", &ret_found->customer.reads, &ret_found->customer.pays);
    return check_times(claims, now, &ret_found->until, ret_detail);
}

static fail_t judge_parts(const access_judge_t *self, text_t access_token, instant_t now,
                          remembered_t *ret_found, const char **ret_detail)
{
    text_t parts[PARTS];
    if (!split(access_token, parts))
        return refuse_token(ret_detail, "access token: expected a JWS in its compact form");
    json_t *header = load_object(parts[0]), *claims = load_object(parts[1]);
    fail_t fail = header && claims
                      ? check_header(self, header, ret_detail)
                      : refuse_token(ret_detail, "access token: expected JSON objects");
    if (!fail && !is_signed(self, access_token, parts[2]))
        fail = refuse_token(ret_detail, "access token: the signature is none of the platform's");
    if (!fail)
        fail = read_claims(self, claims, now, ret_found, ret_detail);
    json_decref(header);
    json_decref(claims);
    return fail;
}

fail_t access_judge(access_judge_t *self, text_t access_token, instant_t now,
                    customer_t *ret_customer, const char **ret_detail)
{
    if (!*self->issuer)
        return refuse_token(ret_detail, "access token: nobody may speak for a customer here");
    if (access_token.size == 0 || access_token.size > ACCESS_TOKEN_SIZE_MAX)
        return refuse_token(ret_detail, "access token: expected one of at most 4096 bytes");
    remembered_t found = {0};
    digest_sha256(access_token.data, access_token.size, found.sha256);
    for (size_t i = 0; i < REMEMBERED; i++) {
        const remembered_t *old = &self->remembered[i];
        if (old->until > now && memcmp(old->sha256, found.sha256, SHA256_SIZE) == 0) {
            *ret_customer = old->customer;
            return FAIL_NONE;
        }
    }
    fail_t fail = judge_parts(self, access_token, now, &found, ret_detail);
    if (fail)
        return fail;
    self->remembered[self->next++ % REMEMBERED] = found;
    *ret_customer = found.customer;
    return FAIL_NONE;
}

bool access_token_once(text_t access_token, instant_t *ret_issued, uint8_t ret_number[16])
{
    text_t parts[PARTS];
    if (access_token.size > ACCESS_TOKEN_SIZE_MAX || !split(access_token, parts))
        return false;
    json_t *claims = load_object(parts[1]);
    const char *number = member(claims, "jti");
    if (number) {
        uint8_t sha256[SHA256_SIZE];
        digest_sha256(number, strlen(number), sha256);
        memcpy(ret_number, sha256, 16);
        *ret_issued = json_integer_value(json_object_get(claims, "iat")) * SECOND_US;
    }
    json_decref(claims);
    return number;
}

fail_t access_judge_as_speaker(void *arg, text_t access_token, instant_t wall,
                               customer_t *ret_customer, const char **ret_detail)
{
    return access_judge(arg, access_token, wall, ret_customer, ret_detail);
}
