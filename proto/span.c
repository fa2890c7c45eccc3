#include "proto/span.h"
#include <stdint.h>

// Every byte that starts a character says how many follow; a longer form than needed, a surrogate
// and what lies past U+10FFFF are no UTF-8.
bool span_is_plain(span_t text, size_t *ret_characters)
{
    static const uint32_t SMALLEST[] = {0, 0x80, 0x800, 0x10000};
    size_t characters = 0;
    for (size_t i = 0; i < text.size; characters++) {
        uint32_t c = (uint8_t)text.bytes[i++];
        size_t more = c < 0x80       ? 0
                      : c >> 5 == 6  ? 1
                      : c >> 4 == 14 ? 2
                      : c >> 3 == 30 ? 3
                                     : SIZE_MAX;
        if (more > text.size - i)
            return false;
        if (more > 0)
            c &= 0x3Fu >> more;
        for (size_t n = 0; n < more; n++) {
            uint8_t next = (uint8_t)text.bytes[i++];
            if (next >> 6 != 2)
                return false;
            c = c << 6 | (next & 0x3Fu);
        }
        if (c < SMALLEST[more] || c > 0x10FFFF || c >> 11 == 0x1B || c < 0x20 || c == 0x7F ||
            (c >= 0x80 && c < 0xA0))
            return false;
    }
    *ret_characters = characters;
    return true;
}
