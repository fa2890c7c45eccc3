#include "services/robokassa/robokassa_jwt.h"

// base64url without padding (RFC 4648, 5).
static void write_base64url(writer_t *writer, const void *data, size_t size)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i < 3 ? size - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)bytes[i + 2] : 0;
        char text[4];
        for (size_t n = 0; n < sizeof text; n++)
            text[n] = DIGITS[group >> (18 - 6 * n) & 63];
        writer_put(writer, text, left + 1);
    }
}

static size_t write_token(digest_t digest, const char *header, span_t key, span_t payload,
                          char *buffer, size_t buffer_size)
{
    if (payload.size > ROBOKASSA_JWT_PAYLOAD_MAX)
        return 0;
    writer_t writer = writer_on(buffer, buffer_size);
    write_base64url(&writer, header, strlen(header));
    writer_string(&writer, ".");
    write_base64url(&writer, payload.bytes, payload.size);
    uint8_t code[DIGEST_SIZE_MAX];
    size_t code_size = digest_hmac(digest, key.bytes, key.size, writer.bytes, writer.size, code);
    writer_string(&writer, ".");
    write_base64url(&writer, code, code_size);
    return writer_end(&writer);
}

// The headers are bytes under the signature: each is written as the service's own samples have it.
static const char *refund_header(digest_t digest)
{
    switch (digest) {
    case DIGEST_SHA256:
        return "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    case DIGEST_SHA384:
        return "{\"alg\":\"HS384\",\"typ\":\"JWT\"}";
    case DIGEST_SHA512:
        return "{\"alg\":\"HS512\",\"typ\":\"JWT\"}";
    default:
        return NULL;
    }
}

static const char *invoice_header(digest_t digest)
{
    switch (digest) {
    case DIGEST_MD5:
        return "{\"typ\":\"JWT\",\"alg\":\"MD5\"}";
    case DIGEST_RIPEMD160:
        return "{\"typ\":\"JWT\",\"alg\":\"RIPEMD160\"}";
    case DIGEST_SHA1:
        return "{\"typ\":\"JWT\",\"alg\":\"SHA1\"}";
    case DIGEST_SHA256:
        return "{\"typ\":\"JWT\",\"alg\":\"SHA256\"}";
    case DIGEST_SHA384:
        return "{\"typ\":\"JWT\",\"alg\":\"SHA384\"}";
    case DIGEST_SHA512:
        return "{\"typ\":\"JWT\",\"alg\":\"SHA512\"}";
    default:
        return NULL;
    }
}

size_t robokassa_jwt_refund(digest_t digest, span_t password3, span_t payload, char *buffer,
                            size_t buffer_size)
{
    const char *header = refund_header(digest);
    return header ? write_token(digest, header, password3, payload, buffer, buffer_size) : 0;
}

size_t robokassa_jwt_invoice(digest_t digest, span_t login, span_t password1, span_t payload,
                             char *buffer, size_t buffer_size)
{
    const char *header = invoice_header(digest);
    char key[ROBOKASSA_JWT_KEY_MAX];
    writer_t writer = writer_on(key, sizeof key);
    writer_text(&writer, login);
    writer_string(&writer, ":");
    writer_text(&writer, password1);
    size_t size = 0;
    if (header && !writer.refused)
        size =
            write_token(digest, header, (span_t){key, writer.size}, payload, buffer, buffer_size);
    explicit_bzero(key, sizeof key);
    return size;
}

size_t robokassa_jwt_fiscal(digest_t digest, span_t password1, span_t json, char *buffer,
                            size_t buffer_size)
{
    if (json.size > ROBOKASSA_JWT_PAYLOAD_MAX)
        return 0;
    writer_t writer = writer_on(buffer, buffer_size);
    write_base64url(&writer, json.bytes, json.size);
    const digest_part_t parts[] = {{writer.bytes, writer.size}, {password1.bytes, password1.size}};
    uint8_t bytes[DIGEST_SIZE_MAX];
    char hex[DIGEST_HEX_MAX + 1];
    size_t size = digest_parts(digest, parts, 2, bytes);
    digest_hex_lower(bytes, size, hex);
    writer_string(&writer, ".");
    write_base64url(&writer, hex, 2 * size);
    return writer_end(&writer);
}
