#pragma once
// hole - how each kind of value stands on a page or in an e-mail, in both languages, escaped. Pure.
//
// Templates write nothing but their own literals and what goes through here, and every function
// escapes what a stranger may have said; there is none that does not. Sums are `1 234,56 ₽` or
// `1,234.56 ₽`, with no-break spaces and the sign U+2212; times are those of Moscow.
// Units: kopecks; microseconds. Ownership: nothing is kept. Failures: a full writer stays full.
// Threads: any. Source: docs/rules.md "Month" for the zone.
#include "proto/money.h"
#include "proto/span.h"
#include "proto/types.h"

typedef enum { LANGUAGE_RUSSIAN, LANGUAGE_ENGLISH } language_t;

// Text, in an element or in a value in quotes. What is no UTF-8 and control characters become
// U+FFFD; so do the marks that turn the direction of what is around them.
void hole_text(writer_t *writer, language_t language, span_t text);
#define hole_attr hole_text
// A part of a path, and a value in a query: all but letters, digits and -._~ are %XX.
void hole_path(writer_t *writer, language_t language, span_t text);
#define hole_query hole_path
// The rest of an address of ours, behind its first /: letters of a-z, digits and -._/ alone.
void hole_route(writer_t *writer, language_t language, span_t text);

void hole_money(writer_t *writer, language_t language, kopecks_t sum);
void hole_signed(writer_t *writer, language_t language, kopecks_t sum);  // + before a credit
void hole_rubles(writer_t *writer, language_t language, kopecks_t sum);  // whole ones without ,00
void hole_price(writer_t *writer, language_t language, kopecks_t price); // of 720 hours: a minute's
void hole_count(writer_t *writer, language_t language, uint64_t number);
void hole_id(writer_t *writer, language_t language, uint64_t number); // digits alone
void hole_svg(writer_t *writer, language_t language, int64_t number); // a coordinate
void hole_plural(writer_t *writer, language_t language, uint64_t number,
                 const char *const forms[5]);

void hole_time(writer_t *writer, language_t language, instant_t at); // 29 ноября 2026, 14:05 МСК
void hole_date(writer_t *writer, language_t language, instant_t at);  // 29 ноября 2026
void hole_clock(writer_t *writer, language_t language, instant_t at); // 29.11.2026 14:05
void hole_stamp(writer_t *writer, language_t language, instant_t at); // 2026-11-29T14:05:00+03:00

// The same without escaping anything, for a file: 1234,56.
void hole_plain_money(writer_t *writer, char comma, kopecks_t sum);
void hole_utc(writer_t *writer, instant_t at); // 2026-11-29T11:05:00Z
// Reads what hole_clock writes, or a date alone, which begins at 00:00.
bool hole_read_clock(span_t text, instant_t *ret_at);
