#pragma once
// texts - what texts.def declares: each text in Russian and in English, with typed places.
//
//   NOUN(days, "день", "дня", "дней", "day", "days")
//   TEXT(LASTS, "Хватит на {days:n}.", "Lasts {days:n}.")
//
// Both languages must be there and have the same places; else the build stops. Russian takes the
// first form of a noun for 1, 21, 31 …, the second for 2-4, 22-24 …, the third otherwise.
// Ownership: everything lives until the program ends. Failures: end the program with a line that
// names the place. Threads: one.
#include <stdio.h>

enum { TEXTS_MAX = 1024, PLACES_MAX = 12, WORD_MAX = 48 };

typedef struct {
    char kind[WORD_MAX], name[WORD_MAX]; // "money", "sum"
} place_t;

typedef struct {
    char name[WORD_MAX];
    char *languages[2]; // Russian, English
    place_t places[PLACES_MAX];
    size_t places_count;
} text_entry_t;

void texts_read(const char *file); // more than one, one after the other
const text_entry_t *texts_find(const char *name);
// The C type of what stands at a place, NULL if there is no such kind.
const char *texts_type(const char *kind);
void texts_write_header(FILE *out);
void texts_write_source(FILE *out);

_Noreturn void stop_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
char *read_whole(const char *file);
void write_string(FILE *out, const char *bytes, size_t size); // as a C literal
