#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void text_open(text_t *self)
{
    *self = (text_t){0};
    self->file = open_memstream(&self->bytes, &self->size);
    assert(self->file);
}

char *text_take(text_t *self)
{
    int failed = fclose(self->file);
    assert(!failed);
    self->file = NULL;
    return self->bytes;
}

char *text_copy(const char *string)
{
    char *copy = strdup(string ? string : "");
    assert(copy);
    return copy;
}

void text_replace(char **string_p, const char *string)
{
    char *copy = text_copy(string);
    free(*string_p);
    *string_p = copy;
}

void text_put_encoded(FILE *out, const char *string)
{
    for (const unsigned char *c = (const unsigned char *)string; *c; c++)
        if ((*c < 0x80 && isalnum(*c)) || strchr("-._~", *c))
            fputc(*c, out);
        else
            fprintf(out, "%%%02X", *c);
}

void text_put_escaped(FILE *out, const char *string)
{
    for (const unsigned char *c = (const unsigned char *)string; *c; c++)
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*c < 0x20 ? ' ' : *c, out);
        }
}
