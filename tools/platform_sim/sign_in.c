#include "tools/platform_sim/sign_in.h"
#include "proto/field.h"
#include "tools/fleet/fleet_customers.h"
#include <assert.h>
#include <arpa/inet.h>
#include <microhttpd.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum {
    TOKEN_MAX = 2048,
    LIFE_S = 900,
    HALF = 32, // of an ES256 signature
    PAGE_MAX = 1 << 20,
    ROW_MAX = 256,
    URL_MAX = 64
};

struct sign_in {
    struct MHD_Daemon *daemon;
    char url[URL_MAX];
    pthread_mutex_t lock; // of what follows
    EVP_PKEY *key;
    char web[URL_MAX];
    uid_t16 *accounts;
    size_t count;
};

// --- the token ---

// Base64 for addresses, without padding; its size.
static size_t put_base64(const void *bytes, size_t size, char *out)
{
    size_t written = (size_t)EVP_EncodeBlock((uint8_t *)out, bytes, (int)size);
    while (written && out[written - 1] == '=')
        written--;
    for (size_t i = 0; i < written; i++)
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    out[written] = '\0';
    return written;
}

// r and s one after the other, as a JWS wants it.
static bool sign(EVP_PKEY *key, const char *text, size_t size, uint8_t ret_signature[2 * HALF])
{
    uint8_t der[128];
    const uint8_t *at = der;
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context);
    bool good = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, der, &der_size, (const uint8_t *)text, size) == 1;
    EVP_MD_CTX_free(context);
    ECDSA_SIG *pair = good ? d2i_ECDSA_SIG(NULL, &at, (long)der_size) : NULL;
    good = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret_signature, HALF) == HALF &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret_signature + HALF, HALF) == HALF;
    ECDSA_SIG_free(pair);
    return good;
}

size_t sign_in_token(EVP_PKEY *key, const uid_t16 *account, int64_t now_s, const char *number,
                     char *ret_token, size_t size)
{
    static const char header[] = "{\"alg\":\"ES256\"}";
    char claims[512], uuid[UID_TEXT_SIZE], text[TOKEN_MAX];
    uint8_t signature[2 * HALF];
    uid_format(account, uuid);
    int length =
        snprintf(claims, sizeof claims,
                 "{\"iss\":\"" FLEET_CUSTOMERS_ISSUER "\",\"aud\":\"kopeck\",\"sub\":\"%s\","
                 "\"iat\":%lld,\"exp\":%lld,\"auth_time\":%lld,\"jti\":\"%s\","
                 "\"scope\":\"read pay\"}",
                 uuid, (long long)now_s, (long long)now_s + LIFE_S, (long long)now_s, number);
    if (length < 0 || (size_t)length >= sizeof claims)
        return 0;
    size_t used = put_base64(header, sizeof header - 1, text);
    text[used++] = '.';
    used += put_base64(claims, (size_t)length, text + used);
    if (!sign(key, text, used, signature))
        return 0;
    text[used++] = '.';
    used += put_base64(signature, sizeof signature, text + used);
    if (used >= size)
        return 0;
    memcpy(ret_token, text, used + 1);
    return used;
}

// --- what is served ---

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *body,
                             const char *location)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (location)
        MHD_add_response_header(response, "Location", location);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

// An address of the page to go on to; anything else is left out.
static bool is_path(const char *text)
{
    return text && *text == '/' && text[1] != '/' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789/-") == strlen(text);
}

static enum MHD_Result list_customers(const sign_in_t *self, struct MHD_Connection *connection,
                                      const char *back)
{
    char *page = malloc(PAGE_MAX), uuid[UID_TEXT_SIZE];
    assert(page);
    int used = snprintf(page, PAGE_MAX,
                        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Platform"
                        "</title><h1>A platform that never was</h1><p>Sign in as a customer. Those "
                        "of even places linked a card.</p><ol>\n");
    for (size_t i = 0; i < self->count && used < PAGE_MAX - ROW_MAX; i++) {
        uid_format(&self->accounts[i], uuid);
        used += snprintf(page + used, (size_t)(PAGE_MAX - used),
                         "<li><a href=\"/sign-in?account=%s&amp;return=%s\">%s</a>\n", uuid,
                         is_path(back) ? back : "/balance", uuid);
    }
    enum MHD_Result result = reply(connection, 200, page, NULL);
    free(page);
    return result;
}

static bool is_customer(const sign_in_t *self, const uid_t16 *account)
{
    for (size_t i = 0; i < self->count; i++)
        if (uid_equal(&self->accounts[i], account))
            return true;
    return false;
}

static enum MHD_Result send_in(const sign_in_t *self, struct MHD_Connection *connection,
                               const char *back)
{
    char token[TOKEN_MAX], location[TOKEN_MAX + 256], number[33];
    uint8_t random[16];
    uid_t16 account;
    const char *named = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "account");
    if (!named || !uid_parse(named, &account) || !is_customer(self, &account))
        return reply(connection, 404, "no such customer\n", NULL);
    ssize_t got = getrandom(random, sizeof random, 0);
    assert(got == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(number + 2 * i, 3, "%02x", random[i]);
    if (!sign_in_token(self->key, &account, time(NULL), number, token, sizeof token))
        return reply(connection, 500, "no token\n", NULL);
    snprintf(location, sizeof location, "%s/enter?k=%s&return=%s", self->web, token,
             is_path(back) ? back : "/balance");
    return reply(connection, 303, "", location);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)version, (void)data, (void)size, (void)state;
    sign_in_t *self = arg;
    const char *back = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "return");
    if (strcmp(method, "GET") != 0)
        return MHD_NO;
    enum MHD_Result result;
    pthread_mutex_lock(&self->lock);
    if (!self->key)
        result = reply(connection, 503, "not open yet\n", NULL);
    else if (strcmp(path, "/") == 0)
        result = list_customers(self, connection, back);
    else if (strcmp(path, "/sign-in") == 0)
        result = send_in(self, connection, back);
    else
        result = reply(connection, 404, "no such page\n", NULL);
    pthread_mutex_unlock(&self->lock);
    return result;
}

// --- begin and end ---

sign_in_t *sign_in_new(void)
{
    sign_in_t *self = calloc(1, sizeof *self);
    assert(self);
    pthread_mutex_init(&self->lock, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    self->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, self,
                                    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        self->daemon ? MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        sign_in_destroy(&self);
    else
        snprintf(self->url, sizeof self->url, "http://127.0.0.1:%u/", info->port);
    return self;
}

void sign_in_destroy(sign_in_t **self_p)
{
    sign_in_t *self = *self_p;
    if (!self)
        return;
    if (self->daemon)
        MHD_stop_daemon(self->daemon);
    EVP_PKEY_free(self->key);
    pthread_mutex_destroy(&self->lock);
    free(self->accounts);
    free(self);
    *self_p = NULL;
}

const char *sign_in_url(const sign_in_t *self)
{
    return self->url;
}

bool sign_in_open(sign_in_t *self, const char *key, const char *web, const uid_t16 *accounts,
                  size_t count)
{
    FILE *file = fopen(key, "re");
    EVP_PKEY *read = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!read)
        return false;
    pthread_mutex_lock(&self->lock);
    self->accounts = malloc(count * sizeof *accounts + 1);
    assert(self->accounts && !self->key);
    memcpy(self->accounts, accounts, count * sizeof *accounts);
    self->count = count;
    snprintf(self->web, sizeof self->web, "%s", web);
    self->key = read;
    pthread_mutex_unlock(&self->lock);
    return true;
}
