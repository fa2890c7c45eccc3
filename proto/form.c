#include "proto/form.h"
#include "proto/digest.h"
#include <stdint.h>

// Decodes one name or value to *at_p and moves *at_p past it.
static bool decode(const char *encoded, size_t size, char **at_p, span_t *ret_text)
{
    char *start = *at_p, *at = start;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)encoded[i];
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (size - i < 3 || !digest_unhex(encoded + i + 1, 2, 1, &byte))
                return false;
            i += 2;
        }
        if (byte == '\0')
            return false;
        *at++ = (char)byte;
    }
    *ret_text = (span_t){start, (size_t)(at - start)};
    *at_p = at;
    return true;
}

bool form_decode(const char *encoded, size_t size, char *buffer, size_t buffer_size,
                 form_t *ret_form)
{
    if (size > FORM_SIZE_MAX || size > buffer_size)
        return false;
    form_t form = {.fields_count = 0};
    for (size_t from = 0; from < size;) {
        const char *pair = encoded + from;
        const char *pair_end = memchr(pair, '&', size - from);
        size_t pair_size = pair_end ? (size_t)(pair_end - pair) : size - from;
        from += pair_size + 1;
        if (pair_size == 0)
            continue;
        if (form.fields_count == FORM_FIELDS_MAX)
            return false;
        const char *equals = memchr(pair, '=', pair_size);
        size_t name_size = equals ? (size_t)(equals - pair) : pair_size;
        size_t value_from = equals ? name_size + 1 : pair_size;
        form_field_t *field = &form.fields[form.fields_count++];
        if (!decode(pair, name_size, &buffer, &field->name) ||
            !decode(pair + value_from, pair_size - value_from, &buffer, &field->value))
            return false;
    }
    *ret_form = form;
    return true;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void form_escape(writer_t *writer, span_t text)
{
    for (size_t i = 0; i < text.size; i++) {
        char escape[4] = "%";
        if (is_unreserved(text.bytes[i])) {
            writer_put(writer, &text.bytes[i], 1);
        } else {
            digest_hex_upper((const uint8_t *)&text.bytes[i], 1, escape + 1);
            writer_put(writer, escape, 3);
        }
    }
}

void form_add(writer_t *writer, size_t form_start, span_t name, span_t value)
{
    if (writer->size > form_start)
        writer_put(writer, "&", 1);
    form_escape(writer, name);
    writer_put(writer, "=", 1);
    form_escape(writer, value);
}
