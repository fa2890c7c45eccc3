#include "services/robokassa/robokassa_base.h"

static void append(robokassa_base_t *self, span_t text)
{
    assert(self->parts_count < ROBOKASSA_BASE_PARTS_MAX);
    self->parts[self->parts_count++] = (digest_part_t){text.bytes, text.size};
}

void robokassa_base_add(robokassa_base_t *self, span_t operand)
{
    if (self->parts_count > 0)
        append(self, SPAN(":"));
    append(self, operand);
}

void robokassa_base_add_present(robokassa_base_t *self, span_t operand)
{
    if (operand.size > 0)
        robokassa_base_add(self, operand);
}

bool robokassa_base_is_shp(span_t name)
{
    return name.size > 4 && strncasecmp(name.bytes, "Shp_", 4) == 0;
}

static bool is_before(span_t a, span_t b, robokassa_order_t order)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int difference = order == ROBOKASSA_ORDER_BYTES ? memcmp(a.bytes, b.bytes, size)
                                                    : strncasecmp(a.bytes, b.bytes, size);
    return difference != 0 ? difference < 0 : a.size < b.size;
}

void robokassa_base_add_shp(robokassa_base_t *self, const form_field_t *fields, size_t fields_count,
                            robokassa_order_t order)
{
    assert(fields_count <= FORM_FIELDS_MAX);
    const form_field_t *sorted[FORM_FIELDS_MAX];
    size_t sorted_count = 0;
    for (size_t i = 0; i < fields_count; i++) {
        if (!robokassa_base_is_shp(fields[i].name))
            continue;
        size_t at = sorted_count++;
        for (; at > 0 && is_before(fields[i].name, sorted[at - 1]->name, order); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &fields[i];
    }
    for (size_t i = 0; i < sorted_count; i++) {
        robokassa_base_add(self, sorted[i]->name);
        append(self, SPAN("="));
        append(self, sorted[i]->value);
    }
}

size_t robokassa_base_digest(const robokassa_base_t *self, digest_t digest,
                             uint8_t ret_digest[DIGEST_SIZE_MAX])
{
    return digest_parts(digest, self->parts, self->parts_count, ret_digest);
}

span_t robokassa_base_sign(const robokassa_base_t *self, digest_t digest,
                           char ret_hex[DIGEST_HEX_MAX + 1])
{
    uint8_t bytes[DIGEST_SIZE_MAX];
    size_t size = robokassa_base_digest(self, digest, bytes);
    digest_hex_lower(bytes, size, ret_hex);
    return (span_t){ret_hex, 2 * size};
}
