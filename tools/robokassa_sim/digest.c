#include "tools/robokassa_sim/digest.h"
#include <assert.h>
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *alias, *evp;
} ALGORITHMS[] = {
    [DIGEST_MD5] = {"MD5", "HMD5", "MD5"},
    [DIGEST_RIPEMD160] = {"RIPEMD160", "RIPEMD", "RIPEMD160"},
    [DIGEST_SHA1] = {"SHA1", "HS1", "SHA1"},
    [DIGEST_SHA256] = {"SHA256", "HS256", "SHA256"},
    [DIGEST_SHA384] = {"SHA384", "HS384", "SHA384"},
    [DIGEST_SHA512] = {"SHA512", "HS512", "SHA512"},
};

bool digest_named(const char *name, digest_t *ret_digest)
{
    for (size_t i = 0; i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++)
        if (!strcasecmp(name, ALGORITHMS[i].name) || !strcasecmp(name, ALGORITHMS[i].alias)) {
            *ret_digest = (digest_t)i;
            return true;
        }
    return false;
}

static const EVP_MD *evp(digest_t self)
{
    const EVP_MD *md = EVP_get_digestbyname(ALGORITHMS[self].evp);
    assert(md);
    return md;
}

void digest_hex(digest_t self, const char *text, bool upper, char ret_hex[DIGEST_HEX_MAX])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int done = EVP_Digest(text, strlen(text), bytes, &size, evp(self), NULL);
    assert(done == 1);
    for (unsigned i = 0; i < size; i++)
        snprintf(ret_hex + 2 * i, 3, upper ? "%02X" : "%02x", bytes[i]);
}

size_t digest_hmac(digest_t self, const char *key, const void *data, size_t size,
                   unsigned char ret_mac[DIGEST_BYTES_MAX])
{
    unsigned length = 0;
    void *done = HMAC(evp(self), key, (int)strlen(key), data, size, ret_mac, &length);
    assert(done);
    return length;
}

bool digest_equal(const char *a, const char *b)
{
    size_t length = strlen(a);
    if (strlen(b) != length)
        return false;
    int difference = 0;
    for (size_t i = 0; i < length; i++)
        difference |= tolower((unsigned char)a[i]) ^ tolower((unsigned char)b[i]);
    return difference == 0;
}

char *digest_base64(const void *data, size_t size, bool url)
{
    char *out = malloc((size + 2) / 3 * 4 + 1);
    assert(out);
    EVP_EncodeBlock((unsigned char *)out, data, (int)size);
    if (url) {
        out[strcspn(out, "=")] = 0;
        for (char *c = out; *c; c++)
            *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    }
    return out;
}

unsigned char *digest_unbase64(const char *text, size_t length, size_t *ret_size)
{
    while (length && text[length - 1] == '=')
        length--;
    if (length % 4 == 1)
        return NULL;
    size_t padded = (length + 3) / 4 * 4;
    char *copy = malloc(padded + 1);
    unsigned char *out = malloc(padded / 4 * 3 + 1);
    assert(copy);
    assert(out);
    bool clean = true; // EVP_DecodeBlock forgives white space at the ends; a token has none
    for (size_t i = 0; i < padded; i++) {
        char c = i < length ? text[i] : '=';
        copy[i] = c == '-' ? '+' : c == '_' ? '/' : c;
        clean = clean && (i >= length || isalnum((unsigned char)copy[i]) || copy[i] == '+' ||
                          copy[i] == '/');
    }
    int size = clean ? EVP_DecodeBlock(out, (unsigned char *)copy, (int)padded) : -1;
    free(copy);
    if (size < 0) {
        free(out);
        return NULL;
    }
    *ret_size = (size_t)size - (padded - length);
    out[*ret_size] = 0;
    return out;
}
