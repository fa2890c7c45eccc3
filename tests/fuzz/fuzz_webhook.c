// fuzz_webhook - whatever text is a secret, has one spelling; whatever is verified, is what we
// would sign; and whatever is signed, is verified.
//
// Lines: the secret, the id, the timestamp, the signatures; all that is left is the body.
#include "services/base/webhook.h"
#include "tests/fuzz/fuzz.h"

static span_t take_line(span_t *rest)
{
    const char *end = rest->size ? memchr(rest->bytes, '\n', rest->size) : NULL;
    span_t line = {rest->bytes, end ? (size_t)(end - rest->bytes) : rest->size};
    size_t taken = line.size + (end != NULL);
    *rest = (span_t){rest->bytes + taken, rest->size - taken};
    return line;
}

static void check_spelling(span_t secret, const webhook_key_t *key)
{
    char again[DIGEST_BASE64_MAX + 1];
    size_t size = digest_base64(key->bytes, key->size, again);
    require(key->size >= WEBHOOK_KEY_MIN && key->size <= WEBHOOK_KEY_MAX);
    require(secret.size > size && memcmp(secret.bytes + secret.size - size, again, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = text_copy(data, size), header[WEBHOOK_SIGNATURES_SIZE];
    span_t rest = {copy, size}, secret = take_line(&rest), id = take_line(&rest);
    span_t time = take_line(&rest), signatures = take_line(&rest);
    webhook_t notice = {id, 0, rest};
    webhook_key_t key;
    if (webhook_key_read(secret, &key) && webhook_timestamp_read(time, &notice.seconds)) {
        check_spelling(secret, &key);
        size_t signed_size = webhook_sign(&notice, &key, 1, header);
        bool taken = webhook_verify(&notice, signatures, &key, 1, notice.seconds);
        require(!taken || (signed_size > 0 &&
                           memmem(signatures.bytes, signatures.size, header, signed_size)));
        if (signed_size > 0)
            require(
                webhook_verify(&notice, (span_t){header, signed_size}, &key, 1, notice.seconds));
    }
    free(copy);
    return 0;
}
