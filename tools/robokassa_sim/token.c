#include "tools/robokassa_sim/token.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_BITS 2048
#define DAY_S 86400

struct token_key {
    EVP_PKEY *key;
    char *certificate;
};

static EVP_PKEY *read_or_make(const char *path)
{
    FILE *file = path ? fopen(path, "re") : NULL;
    if (file) {
        EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        fclose(file);
        if (!key)
            fprintf(stderr, "%s: no RSA key in it\n", path);
        return key;
    }
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    assert(key);
    if (!path)
        return key;
    int made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    file = made >= 0 ? fdopen(made, "w") : NULL;
    bool written = file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    if (file && fclose(file) != 0)
        written = false;
    if (!written) {
        fprintf(stderr, "%s: cannot be written\n", path);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static char *certify(EVP_PKEY *key, bool expired)
{
    X509 *certificate = X509_new();
    BIO *out = BIO_new(BIO_s_mem());
    assert(certificate);
    assert(out);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), expired ? -366L * DAY_S : -DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), expired ? -DAY_S : 365L * DAY_S);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ROBOKASSA", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    int size = X509_sign(certificate, key, EVP_sha256());
    assert(size > 0);
    PEM_write_bio_X509(out, certificate);
    char *bytes;
    long length = BIO_get_mem_data(out, &bytes);
    char *pem = strndup(bytes, (size_t)length);
    assert(pem);
    BIO_free(out);
    X509_free(certificate);
    return pem;
}

token_key_t *token_key_create(const char *path, bool expired)
{
    EVP_PKEY *key = read_or_make(path);
    if (!key)
        return NULL;
    token_key_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (token_key_t){key, certify(key, expired)};
    return self;
}

void token_key_destroy(token_key_t **self_p)
{
    token_key_t *self = *self_p;
    if (!self)
        return;
    EVP_PKEY_free(self->key);
    free(self->certificate);
    free(self);
    *self_p = NULL;
}

const char *token_certificate(const token_key_t *self)
{
    return self->certificate;
}

char *token_sign(const token_key_t *self, const char *payload)
{
    static const char HEADER[] = "{\"typ\":\"JWT\",\"alg\":\"RS256\"}";
    char *header = digest_base64(HEADER, strlen(HEADER), true);
    char *body = digest_base64(payload, strlen(payload), true);
    text_t text;
    text_open(&text);
    fprintf(text.file, "%s.%s", header, body);
    char *input = text_take(&text);

    unsigned char signature[KEY_BITS];
    size_t size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context);
    int ready = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, self->key);
    assert(ready == 1);
    int done = EVP_DigestSign(context, signature, &size, (unsigned char *)input, strlen(input));
    assert(done == 1);
    EVP_MD_CTX_free(context);

    char *tail = digest_base64(signature, size, true);
    text_open(&text);
    fprintf(text.file, "%s.%s", input, tail);
    free(header);
    free(body);
    free(input);
    free(tail);
    return text_take(&text);
}

static json_t *decode(const char *text, size_t length)
{
    size_t size;
    unsigned char *bytes = digest_unbase64(text, length, &size);
    json_t *json = bytes ? json_loadb((char *)bytes, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(bytes);
    return json;
}

static bool chosen(const json_t *header, digest_t hash, bool sha2_only, digest_t *ret_digest)
{
    const char *name = json_string_value(json_object_get(header, "alg"));
    digest_t digest = hash;
    if (name && !digest_named(name, &digest))
        return false;
    if (sha2_only && (!name || digest < DIGEST_SHA256))
        return false;
    *ret_digest = digest;
    return true;
}

json_t *token_verify(const char *body, const char *key, digest_t hash, bool sha2_only)
{
    const char *start = body + strspn(body, " \t\r\n\"");
    size_t length = strcspn(start, " \t\r\n\"");
    const char *dot = memchr(start, '.', length);
    const char *last = dot ? memchr(dot + 1, '.', length - (size_t)(dot + 1 - start)) : NULL;
    if (!last)
        return NULL;
    json_t *header = decode(start, (size_t)(dot - start)), *payload = NULL;
    digest_t digest;
    if (header && chosen(header, hash, sha2_only, &digest)) {
        unsigned char mac[DIGEST_BYTES_MAX];
        size_t size = digest_hmac(digest, key, start, (size_t)(last - start), mac), sent_size = 0;
        unsigned char *sent =
            digest_unbase64(last + 1, length - (size_t)(last + 1 - start), &sent_size);
        if (sent && sent_size == size && CRYPTO_memcmp(sent, mac, size) == 0)
            payload = decode(dot + 1, (size_t)(last - dot - 1));
        free(sent);
    }
    json_decref(header);
    return payload;
}
