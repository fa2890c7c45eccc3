#include "services/api/api_keys.h"
#include "proto/digest.h"
#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>

static const char *const names[] = {
#define API_SCOPE(name, NAME, meaning) #name,
    API_SCOPE_LIST(API_SCOPE)
#undef API_SCOPE
};

const char *api_scope_name(api_scope_t scope)
{
    for (size_t i = 0; i < API_SCOPES; i++)
        if (scope == 1U << i)
            return names[i];
    return NULL;
}

bool api_scopes_read(const char *text, unsigned *ret_scopes)
{
    unsigned scopes = 0;
    for (const char *at = text + strspn(text, ", "); *at; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ", "), i = 0;
        while (i < API_SCOPES && !span_is((span_t){at, size}, span_of(names[i])))
            i++;
        if (i == API_SCOPES)
            return false;
        scopes |= 1U << i;
        at += size;
    }
    *ret_scopes = scopes;
    return scopes != 0;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (digit_of(text[i]) < 0)
            return false;
    return true;
}

bool api_key_id_is_good(const char *id)
{
    return strlen(id) == API_KEY_ID_SIZE - 1 && is_hex(id, API_KEY_ID_SIZE - 1);
}

bool api_key_hash_read(const char *hex, uint8_t ret_hash[32])
{
    if (strlen(hex) != 64 || !is_hex(hex, 64))
        return false;
    for (size_t i = 0; i < 32; i++)
        ret_hash[i] = (uint8_t)(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    return true;
}

const api_key_t *api_keys_find(const api_keys_t *self, const char *authorization, instant_t now)
{
    static const char bearer[] = "Bearer ", prefix[] = "kpk_";
    uint8_t hash[DIGEST_SHA256_SIZE];
    if (!authorization || strncmp(authorization, bearer, sizeof bearer - 1) != 0)
        return NULL;
    const char *key = authorization + sizeof bearer - 1;
    if (strlen(key) != API_KEY_SIZE - 1 || strncmp(key, prefix, sizeof prefix - 1) != 0)
        return NULL;
    digest_sha256(key, API_KEY_SIZE - 1, hash);
    for (size_t i = 0; i < self->count; i++) {
        const api_key_t *row = &self->rows[i];
        if (CRYPTO_memcmp(hash, row->hash, sizeof hash) == 0 && (!row->until || now < row->until))
            return row;
    }
    return NULL;
}

static void put_hex(const uint8_t *bytes, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void api_key_make(const uint8_t random[API_KEY_RANDOM], char ret_key[API_KEY_SIZE],
                  char ret_id[API_KEY_ID_SIZE], char ret_hash[API_KEY_HASH_SIZE])
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    char secret[65];
    put_hex(random, 4, ret_id);
    put_hex(random + 4, 32, secret);
    int size = snprintf(ret_key, API_KEY_SIZE, "kpk_%s_%s", ret_id, secret);
    assert(size == API_KEY_SIZE - 1);
    digest_sha256(ret_key, (size_t)size, hash);
    put_hex(hash, sizeof hash, ret_hash);
    OPENSSL_cleanse(secret, sizeof secret);
}
