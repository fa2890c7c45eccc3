#include "proto/utf8.h"
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

// Eight bytes of which each is ' ' to '~'. A byte below x borrows: the trick of "hasless".
static bool is_plain(uint64_t eight)
{
    uint64_t control = (eight - EACH(0x20)) & ~eight;
    uint64_t is_delete = eight ^ EACH(0x7f);
    uint64_t deleted = (is_delete - EACH(1)) & ~is_delete;
    return !((eight | control | deleted) & EACH(0x80));
}

static bool follows(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t utf8_character(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;
    if (!left)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2) // a following byte, or an overlong form of two
        return 0;
    if (at[0] < 0xe0)
        return left > 1 && follows(at[1]) ? 2 : 0;
    unsigned char least = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80; // else overlong
    unsigned char most = at[0] == 0xed   ? 0x9f                               // else a surrogate
                         : at[0] == 0xf4 ? 0x8f                               // else above U+10FFFF
                                         : 0xbf;
    size_t size = at[0] < 0xf0 ? 3 : 4;
    if (at[0] > 0xf4 || left < size || at[1] < least || at[1] > most || !follows(at[2]))
        return 0;
    return size == 3 || follows(at[3]) ? size : 0;
}

static bool is_control(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)at[1] < 0xa0);
}

bool utf8_is_text(text_t text)
{
    for (size_t i = 0; i < text.size;) {
        uint64_t eight;
        if (text.size - i >= sizeof eight) {
            memcpy(&eight, text.data + i, sizeof eight);
            if (is_plain(eight)) {
                i += sizeof eight;
                continue;
            }
        }
        size_t size = utf8_character(text.data + i, text.size - i);
        if (!size || is_control(text.data + i))
            return false;
        i += size;
    }
    return true;
}

void utf8_json(text_t text, FILE *out)
{
    fputc('"', out);
    for (size_t i = 0; i < text.size;) {
        const char *at = text.data + i;
        size_t size = utf8_character(at, text.size - i);
        if (!size)
            fputs("\xef\xbf\xbd", out); // U+FFFD
        else if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if ((unsigned char)*at < 0x20 || *at == 0x7f)
            fprintf(out, "\\u%04x", (unsigned)*at);
        else
            fwrite(at, 1, size, out);
        i += size ? size : 1;
    }
    fputc('"', out);
}
