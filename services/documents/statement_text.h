#pragma once
// statement_text - a bank's bytes as UTF-8, and the few things that are asked of such text.
//
// Decoded text is well-formed and has no control characters but line ends and tabs: U+FFFD stands
// for each of the others. Blanks are the space, the tab and Unicode's no-break and thin spaces.
// Ownership: texts borrow. Failures: false. Threads: any.
#include "services/documents/statement.h"

// Windows-1251 has one byte that is no character; UTF-8 is read strictly. ret_text has room for
// 3 x size bytes.
bool statement_text_decode(span_t bytes, statement_encoding_t encoding, char *ret_text,
                           size_t *ret_size);
// UTF-8 to Windows-1251; false if a character is not in it. ret_bytes has room for text.size bytes.
bool statement_text_narrow(span_t text, char *ret_bytes, size_t *ret_size);
const char *statement_encoding_name(statement_encoding_t encoding);
// Whether a declaration in a file, as banks write them, means this encoding.
bool statement_encoding_is_called(statement_encoding_t encoding, span_t name);

size_t statement_text_blank(span_t text); // bytes of the blank that the text begins with, or 0
span_t statement_text_trim(span_t text);  // without blanks at both ends
// Each run of blanks made one space, none at the ends. ret_text has room for text.size bytes.
size_t statement_text_plain(span_t text, char *ret_text);

// Russian and Latin letters of either case are equal.
bool statement_text_begins(span_t text, span_t word);
bool statement_text_contains(span_t text, span_t word);
