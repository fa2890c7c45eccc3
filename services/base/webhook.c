#include "services/base/webhook.h"
#include <inttypes.h>
#include <stdio.h>

#define PREFIX "whsec_"
#define VERSION "v1,"

enum { SIGNED_MAX = WEBHOOK_ID_MAX + WEBHOOK_TIMESTAMP_SIZE + WEBHOOK_BODY_MAX + 4 };

bool webhook_key_read(span_t secret, webhook_key_t *ret_key)
{
    const size_t prefix = sizeof PREFIX - 1;
    webhook_key_t key = {.size = 0};
    bool good =
        secret.size > prefix && memcmp(secret.bytes, PREFIX, prefix) == 0 &&
        digest_unbase64(secret.bytes + prefix, secret.size - prefix, key.bytes, &key.size) &&
        key.size >= WEBHOOK_KEY_MIN;
    if (good)
        *ret_key = key;
    explicit_bzero(&key, sizeof key);
    return good;
}

static bool is_id(span_t id)
{
    if (id.size == 0 || id.size > WEBHOOK_ID_MAX)
        return false;
    for (size_t i = 0; i < id.size; i++) {
        char c = id.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

// The signed text; its size, or 0 if the notice is none.
static size_t write_signed(const webhook_t *self, char text[SIGNED_MAX])
{
    char timestamp[WEBHOOK_TIMESTAMP_SIZE];
    writer_t writer = writer_on(text, SIGNED_MAX);
    if (!is_id(self->id) || self->seconds < 0 || self->body.size == 0 ||
        self->body.size > WEBHOOK_BODY_MAX || self->body.bytes[0] != '{')
        return 0;
    writer_text(&writer, self->id);
    writer_string(&writer, ".");
    writer_text(&writer, webhook_timestamp_print(self->seconds, timestamp));
    writer_string(&writer, ".");
    writer_text(&writer, self->body);
    return writer_end(&writer);
}

static void code_of(span_t text, const webhook_key_t *key, uint8_t code[DIGEST_SIZE_MAX])
{
    assert(key->size >= WEBHOOK_KEY_MIN && key->size <= WEBHOOK_KEY_MAX);
    (void)digest_hmac(DIGEST_SHA256, key->bytes, key->size, text.bytes, text.size, code);
}

size_t webhook_sign(const webhook_t *self, const webhook_key_t *keys, size_t keys_count,
                    char ret_signatures[WEBHOOK_SIGNATURES_SIZE])
{
    char text[SIGNED_MAX], base64[DIGEST_BASE64_MAX + 1];
    uint8_t code[DIGEST_SIZE_MAX];
    size_t size = write_signed(self, text);
    if (size == 0 || keys_count == 0 || keys_count > WEBHOOK_KEYS_MAX)
        return 0;
    writer_t writer = writer_on(ret_signatures, WEBHOOK_SIGNATURES_SIZE);
    for (size_t i = 0; i < keys_count; i++) {
        code_of((span_t){text, size}, &keys[i], code);
        writer_string(&writer, i ? " " VERSION : VERSION);
        writer_put(&writer, base64, digest_base64(code, DIGEST_SHA256_SIZE, base64));
    }
    return writer_end(&writer);
}

static bool is_of_a_key(span_t signature, span_t text, const webhook_key_t *keys, size_t keys_count)
{
    uint8_t sent[DIGEST_SIZE_MAX], code[DIGEST_SIZE_MAX];
    size_t size, version = sizeof VERSION - 1;
    if (signature.size <= version || memcmp(signature.bytes, VERSION, version) != 0 ||
        !digest_unbase64(signature.bytes + version, signature.size - version, sent, &size) ||
        size != DIGEST_SHA256_SIZE)
        return false;
    bool found = false;
    for (size_t i = 0; i < keys_count; i++) {
        code_of(text, &keys[i], code);
        found |= digest_equal(sent, code, DIGEST_SHA256_SIZE);
    }
    return found;
}

bool webhook_verify(const webhook_t *self, span_t signatures, const webhook_key_t *keys,
                    size_t keys_count, int64_t now_seconds)
{
    char text[SIGNED_MAX];
    size_t size = write_signed(self, text);
    if (size == 0 || now_seconds < 0)
        return false;
    int64_t apart = self->seconds - now_seconds; // both are not below nought
    if (apart > WEBHOOK_TOLERANCE_S || apart < -WEBHOOK_TOLERANCE_S)
        return false;
    for (size_t i = 0; i < WEBHOOK_SIGNATURES_MAX && signatures.size > 0; i++) {
        const char *blank = memchr(signatures.bytes, ' ', signatures.size);
        size_t one = blank ? (size_t)(blank - signatures.bytes) : signatures.size;
        if (is_of_a_key((span_t){signatures.bytes, one}, (span_t){text, size}, keys, keys_count))
            return true;
        one += blank != NULL;
        signatures = (span_t){signatures.bytes + one, signatures.size - one};
    }
    return false;
}

span_t webhook_timestamp_print(int64_t seconds, char ret_text[WEBHOOK_TIMESTAMP_SIZE])
{
    int size = snprintf(ret_text, WEBHOOK_TIMESTAMP_SIZE, "%" PRId64, seconds);
    return (span_t){ret_text, (size_t)size};
}

bool webhook_timestamp_read(span_t text, int64_t *ret_seconds)
{
    int64_t seconds = 0;
    if (text.size == 0 || (text.size > 1 && text.bytes[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9' ||
            __builtin_mul_overflow(seconds, INT64_C(10), &seconds) ||
            __builtin_add_overflow(seconds, text.bytes[i] - '0', &seconds))
            return false;
    *ret_seconds = seconds;
    return true;
}

webhook_answer_t webhook_answer_read(int http_status)
{
    if (http_status >= 200 && http_status <= 299)
        return WEBHOOK_TAKEN;
    switch (http_status) {
    case 410:
        return WEBHOOK_DISABLE;
    case 429:
    case 502:
    case 504:
        return WEBHOOK_SLOWER;
    default: // redirects too: they are not followed
        return WEBHOOK_AGAIN;
    }
}

bool webhook_next_try(instant_t first, uint32_t tries, instant_t *ret_at)
{
    static const instant_t AFTER[WEBHOOK_TRIES_MAX] = {
        0,           5 * SECOND_US, 5 * MINUTE_US, 30 * MINUTE_US, 2 * HOUR_US,
        5 * HOUR_US, 10 * HOUR_US,  14 * HOUR_US,  20 * HOUR_US,   24 * HOUR_US};
    if (tries >= WEBHOOK_TRIES_MAX)
        return false;
    *ret_at = first + AFTER[tries];
    return true;
}
