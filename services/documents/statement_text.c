#include "services/documents/statement_text.h"
#include "proto/utf8.h"

// The upper halves of the sets; 0 is no character. Source: the mappings of the Unicode Consortium.
static const uint16_t windows_1251[128] = {
    0x0402, 0x0403, 0x201a, 0x0453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409, 0x2039,
    0x040a, 0x040c, 0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x0000, 0x2122, 0x0459, 0x203a, 0x045a, 0x045c, 0x045b, 0x045f, 0x00a0, 0x040e, 0x045e, 0x0408,
    0x00a4, 0x0490, 0x00a6, 0x00a7, 0x0401, 0x00a9, 0x0404, 0x00ab, 0x00ac, 0x00ad, 0x00ae, 0x0407,
    0x00b0, 0x00b1, 0x0406, 0x0456, 0x0491, 0x00b5, 0x00b6, 0x00b7, 0x0451, 0x2116, 0x0454, 0x00bb,
    0x0458, 0x0405, 0x0455, 0x0457, 0x0410, 0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417,
    0x0418, 0x0419, 0x041a, 0x041b, 0x041c, 0x041d, 0x041e, 0x041f, 0x0420, 0x0421, 0x0422, 0x0423,
    0x0424, 0x0425, 0x0426, 0x0427, 0x0428, 0x0429, 0x042a, 0x042b, 0x042c, 0x042d, 0x042e, 0x042f,
    0x0430, 0x0431, 0x0432, 0x0433, 0x0434, 0x0435, 0x0436, 0x0437, 0x0438, 0x0439, 0x043a, 0x043b,
    0x043c, 0x043d, 0x043e, 0x043f, 0x0440, 0x0441, 0x0442, 0x0443, 0x0444, 0x0445, 0x0446, 0x0447,
    0x0448, 0x0449, 0x044a, 0x044b, 0x044c, 0x044d, 0x044e, 0x044f,
};

static const uint16_t cp866[128] = {
    0x0410, 0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417, 0x0418, 0x0419, 0x041a, 0x041b,
    0x041c, 0x041d, 0x041e, 0x041f, 0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x0427,
    0x0428, 0x0429, 0x042a, 0x042b, 0x042c, 0x042d, 0x042e, 0x042f, 0x0430, 0x0431, 0x0432, 0x0433,
    0x0434, 0x0435, 0x0436, 0x0437, 0x0438, 0x0439, 0x043a, 0x043b, 0x043c, 0x043d, 0x043e, 0x043f,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x0440, 0x0441, 0x0442, 0x0443, 0x0444, 0x0445, 0x0446, 0x0447, 0x0448, 0x0449, 0x044a, 0x044b,
    0x044c, 0x044d, 0x044e, 0x044f, 0x0401, 0x0451, 0x0404, 0x0454, 0x0407, 0x0457, 0x040e, 0x045e,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x2116, 0x00a4, 0x25a0, 0x00a0,
};

#define REPLACEMENT 0xfffdu

static bool is_control(uint32_t character)
{
    return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
           (character >= 0x7f && character < 0xa0);
}

// None of our sets has a character that takes more than three bytes.
static size_t encode(uint32_t character, char *at)
{
    if (is_control(character))
        character = REPLACEMENT;
    if (character < 0x80) {
        at[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        at[0] = (char)(0xc0 | character >> 6);
        at[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    at[0] = (char)(0xe0 | character >> 12);
    at[1] = (char)(0x80 | (character >> 6 & 0x3f));
    at[2] = (char)(0x80 | (character & 0x3f));
    return 3;
}

static bool decode_utf8(span_t bytes, char *ret_text, size_t *ret_size)
{
    size_t size = 0;
    for (size_t at = 0, length; at < bytes.size; at += length) {
        const uint8_t *character = (const uint8_t *)bytes.bytes + at;
        length = utf8_character(bytes.bytes + at, bytes.size - at);
        if (length == 0)
            return false;
        if (length == 1 || (length == 2 && character[0] == 0xc2)) {
            size += encode(length == 1 ? character[0] : character[1], ret_text + size);
            continue;
        }
        memcpy(ret_text + size, character, length);
        size += length;
    }
    *ret_size = size;
    return true;
}

bool statement_text_decode(span_t bytes, statement_encoding_t encoding, char *ret_text,
                           size_t *ret_size)
{
    if (encoding == STATEMENT_UTF8)
        return decode_utf8(bytes, ret_text, ret_size);
    const uint16_t *upper = encoding == STATEMENT_CP866 ? cp866 : windows_1251;
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = (uint8_t)bytes.bytes[i];
        uint32_t character = byte < 0x80 ? byte : upper[byte - 0x80];
        if (byte >= 0x80 && character == 0)
            return false;
        size += encode(character, ret_text + size);
    }
    *ret_size = size;
    return true;
}

// -1 if it is not in Windows-1251.
static int narrow(uint32_t character)
{
    if (character < 0x80)
        return (int)character;
    for (int i = 0; i < 128; i++)
        if (windows_1251[i] == character)
            return 0x80 + i;
    return -1;
}

bool statement_text_narrow(span_t text, char *ret_bytes, size_t *ret_size)
{
    size_t size = 0;
    for (size_t at = 0, length; at < text.size; at += length) {
        const uint8_t *bytes = (const uint8_t *)text.bytes + at;
        length = utf8_character(text.bytes + at, text.size - at);
        if (length == 0 || length > 3)
            return false;
        uint32_t character = bytes[0];
        if (length == 2)
            character = (bytes[0] & 0x1fu) << 6 | (bytes[1] & 0x3fu);
        else if (length == 3)
            character = (bytes[0] & 0xfu) << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu);
        int byte = narrow(character);
        if (byte < 0)
            return false;
        ret_bytes[size++] = (char)byte;
    }
    *ret_size = size;
    return true;
}

const char *statement_encoding_name(statement_encoding_t encoding)
{
    static const char *const names[] = {"UTF-8", "Windows-1251", "CP866"};
    return names[encoding];
}

bool statement_encoding_is_called(statement_encoding_t encoding, span_t name)
{
    static const char *const names[][6] = {
        {"utf-8", "utf8", NULL},
        {"windows", "windows-1251", "win", "cp1251", "1251", NULL},
        {"dos", "cp866", "866", "ibm866", NULL},
    };
    for (size_t i = 0; names[encoding][i]; i++)
        if (span_is_any_case(name, span_of(names[encoding][i])))
            return true;
    return false;
}

// --- blanks ---

size_t statement_text_blank(span_t text)
{
    static const char *const wide[] = {"\u00a0", "\u2007", "\u2009", "\u202f", "\u3000"};
    if (text.size == 0)
        return 0;
    if (text.bytes[0] == ' ' || text.bytes[0] == '\t')
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        size_t size = strlen(wide[i]);
        if (text.size >= size && memcmp(text.bytes, wide[i], size) == 0)
            return size;
    }
    return 0;
}

static span_t behind(span_t text, size_t size)
{
    return (span_t){text.bytes + size, text.size - size};
}

// Of the last character, if it is a blank.
static size_t blank_at_end(span_t text)
{
    for (size_t size = 1; size <= 3 && size <= text.size; size++)
        if (statement_text_blank(behind(text, text.size - size)) == size)
            return size;
    return 0;
}

span_t statement_text_trim(span_t text)
{
    for (size_t size; (size = statement_text_blank(text)) > 0;)
        text = behind(text, size);
    for (size_t size; (size = blank_at_end(text)) > 0;)
        text.size -= size;
    return text;
}

size_t statement_text_plain(span_t text, char *ret_text)
{
    size_t size = 0;
    bool blank = false;
    for (text = statement_text_trim(text); text.size > 0;) {
        size_t length = statement_text_blank(text);
        if (length > 0) {
            blank = true;
            text = behind(text, length);
            continue;
        }
        if (blank)
            ret_text[size++] = ' ';
        blank = false;
        ret_text[size++] = text.bytes[0];
        text = behind(text, 1);
    }
    return size;
}

// --- letters ---

// The letter that the text begins with, in lower case, and the bytes it takes; other characters are
// bytes of their own.
static uint32_t letter(span_t text, size_t *ret_size)
{
    uint8_t first = (uint8_t)text.bytes[0];
    *ret_size = 1;
    if (first >= 'A' && first <= 'Z')
        return (uint32_t)first + 0x20;
    if ((first != 0xd0 && first != 0xd1) || text.size < 2)
        return first;
    *ret_size = 2;
    uint32_t character = (first & 0x1fu) << 6 | ((uint8_t)text.bytes[1] & 0x3fu);
    if (character >= 0x410 && character < 0x430)
        return character + 0x20;
    return character == 0x401 ? 0x451 : character; // Ё
}

bool statement_text_begins(span_t text, span_t word)
{
    while (word.size > 0) {
        size_t size, word_size;
        if (text.size == 0 || letter(text, &size) != letter(word, &word_size))
            return false;
        text = behind(text, size);
        word = behind(word, word_size);
    }
    return true;
}

bool statement_text_contains(span_t text, span_t word)
{
    for (; text.size >= word.size; text = behind(text, 1))
        if (statement_text_begins(text, word))
            return true;
    return false;
}
