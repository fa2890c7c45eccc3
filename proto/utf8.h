#pragma once
// utf8 - text that may be stored, and JSON of text that was stored before anybody looked.
//
// A text field is well-formed UTF-8 (no overlong form, no surrogate, nothing above U+10FFFF) and
// holds no control characters: U+0000 to U+001F, U+007F to U+009F. Example: a tariff's title typed
// at a cp1251 terminal is refused by name at every door; a journal that holds such a title from
// before replays, and its JSON shows U+FFFD for each byte that belongs to no character.
//
// Cost: text of ASCII is looked at eight bytes at a time. Failures: none. Threads: any.
// Source: The Unicode Standard, table 3-7; RFC 3629; RFC 8259, section 8.1.
#include "proto/types.h"
#include <stdbool.h>
#include <stdio.h>

#define UTF8_EXPECTED "UTF-8 without control characters"

// The bytes of the well-formed character at `at`, of which `left` bytes are there; 0 if it is none.
size_t utf8_character(const char *at, size_t left);
bool utf8_is_text(text_t text);
// The text as a JSON string, in quotes; always well-formed.
void utf8_json(text_t text, FILE *out);
