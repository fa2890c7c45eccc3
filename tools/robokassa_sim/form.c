#include "tools/robokassa_sim/form.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *form_unescape(const char *text, size_t size, bool plus)
{
    char *out = malloc(size + 1);
    assert(out);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '+' && plus)
            c = ' ';
        else if (c == '%' && i + 2 < size && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            c = (char)(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        }
        if (!c) {
            free(out);
            return NULL;
        }
        out[length++] = c;
    }
    out[length] = 0;
    return out;
}

static bool add(form_t *self, const char *name, size_t name_size, const char *value,
                size_t value_size, bool plus)
{
    if (self->count == FORM_FIELDS_MAX)
        return false;
    form_field_t field = {form_unescape(name, name_size, plus),
                          form_unescape(value, value_size, plus)};
    if (!field.name || !field.value) {
        free(field.name);
        free(field.value);
        return false;
    }
    self->fields[self->count++] = field;
    return true;
}

bool form_add(form_t *self, const char *name, const char *value)
{
    return add(self, name, strlen(name), value, strlen(value), false);
}

bool form_decode(form_t *self, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        if (!stop)
            stop = end;
        const char *equals = memchr(text, '=', (size_t)(stop - text));
        const char *name_end = equals ? equals : stop, *value = equals ? equals + 1 : stop;
        if (stop > text &&
            !add(self, text, (size_t)(name_end - text), value, (size_t)(stop - value), true))
            return false;
        text = stop + 1;
    }
    return true;
}

void form_clear(form_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->fields[i].name);
        free(self->fields[i].value);
    }
    self->count = 0;
}

static bool named(const form_field_t *field, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(field->name, *names) == 0)
            return true;
    return false;
}

const char *form_get(const form_t *self, const char *const *names)
{
    for (size_t i = 0; i < self->count; i++)
        if (named(&self->fields[i], names))
            return self->fields[i].value;
    return NULL;
}

size_t form_count(const form_t *self, const char *const *names)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += named(&self->fields[i], names);
    return count;
}
