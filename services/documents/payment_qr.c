#include "services/documents/payment_qr.h"
#include "proto/utf8.h"
#include "services/documents/statement_text.h"
#include <inttypes.h>
#include <stdio.h>

enum { FIELDS = 9, HEAD_FIELDS = 5, ANY = 0 };

typedef struct {
    const char *name;
    span_t value;
    size_t characters_min, characters_max;
} qr_field_t;

static bool counts(span_t text, size_t min, size_t max)
{
    size_t count = 0;
    for (size_t at = 0, size; at < text.size; at += size, count++) {
        size = utf8_character(text.bytes + at, text.size - at);
        if (size == 0 || (uint8_t)text.bytes[at] < 0x20)
            return false;
    }
    return count >= min && count <= max;
}

// The first sign that is in no value; 0 if each is in some.
static char separator_of(const qr_field_t fields[FIELDS])
{
    for (const char *sign = "|#;:^~_"; *sign; sign++) {
        bool free = true;
        for (size_t i = 0; i < FIELDS; i++)
            free = free && !(fields[i].value.size &&
                             memchr(fields[i].value.bytes, *sign, fields[i].value.size));
        if (free)
            return *sign;
    }
    return 0;
}

// Writes the fields; ret_head is where the mandatory ones end.
static size_t write_fields(const qr_field_t fields[FIELDS], char encoding, char separator,
                           char text[PAYMENT_QR_SIZE_MAX], size_t *ret_head)
{
    writer_t writer = writer_on(text, PAYMENT_QR_SIZE_MAX);
    writer_string(&writer, "ST0001");
    writer_put(&writer, &encoding, 1);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].value.size > 0) {
            writer_put(&writer, &separator, 1);
            writer_string(&writer, fields[i].name);
            writer_put(&writer, "=", 1);
            writer_text(&writer, fields[i].value);
        }
        if (i + 1 == HEAD_FIELDS)
            *ret_head = writer.size;
    }
    return writer.refused ? 0 : writer.size;
}

size_t payment_qr_write(const payment_qr_t *self, char ret_bytes[PAYMENT_QR_SIZE_MAX])
{
    char sum[24], text[PAYMENT_QR_SIZE_MAX];
    size_t head = 0, narrow = 0;
    snprintf(sum, sizeof sum, "%" PRId64, self->sum);
    const qr_field_t fields[FIELDS] = {
        {"Name", self->name, 1, 160},
        {"PersonalAcc", self->account, 20, 20},
        {"BankName", self->bank, 1, 45},
        {"BIC", self->bic, 9, 9},
        {"CorrespAcc", self->correspondent.size ? self->correspondent : SPAN("0"), 1, 20},
        {"PayeeINN", self->inn, ANY, 12},
        {"KPP", self->kpp, ANY, 9},
        {"Sum", self->sum > 0 ? span_of(sum) : (span_t){NULL, 0}, ANY, 18},
        {"Purpose", self->purpose, ANY, PAYMENT_QR_PURPOSE_MAX},
    };
    for (size_t i = 0; i < FIELDS; i++)
        if (!counts(fields[i].value, fields[i].characters_min, fields[i].characters_max))
            return 0;
    char separator = separator_of(fields);
    if (!separator || self->sum < 0)
        return 0;
    // Written as UTF-8 first: what is narrower is made of that.
    size_t size = write_fields(fields, '1', separator, text, &head);
    size_t narrow_head = 0;
    if (size > 0 && !self->utf8 &&
        statement_text_narrow((span_t){text, head}, ret_bytes, &narrow_head) &&
        statement_text_narrow((span_t){text, size}, ret_bytes, &narrow))
        return narrow_head <= PAYMENT_QR_HEAD_MAX ? narrow : 0;
    size = write_fields(fields, '2', separator, ret_bytes, &head);
    return head <= PAYMENT_QR_HEAD_MAX ? size : 0;
}
