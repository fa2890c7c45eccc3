#include "tools/page_compiler/texts.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NOUNS_MAX = 32, FORMS = 5 };

typedef struct {
    char name[WORD_MAX];
    char *forms[FORMS];
} noun_t;

static const char *file;
static const char *at; // where it is read
static int line = 1;
static text_entry_t texts[TEXTS_MAX];
static size_t texts_count;
static noun_t nouns[NOUNS_MAX];
static size_t nouns_count;

void stop_at(const char *where, int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", where, number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

char *read_whole(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, got;
    if (!in)
        stop_at(path, 1, "%s", strerror(errno));
    do {
        text = realloc(text, size + 65536 + 1);
        if (!text)
            abort();
        got = fread(text + size, 1, 65536, in);
        size += got;
    } while (got);
    fclose(in);
    text[size] = '\0';
    return text;
}

void write_string(FILE *out, const char *bytes, size_t size)
{
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < 0x20 || c == '?')
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void skip(void)
{
    for (;; at++) {
        if (*at == '\n')
            line++;
        if (at[0] == '/' && at[1] == '/')
            at += strcspn(at, "\n") - 1;
        else if (!isspace((unsigned char)*at))
            return;
    }
}

static void expect(char c)
{
    skip();
    if (*at != c)
        stop_at(file, line, "expected %c%s", c, c == ',' ? ": is a translation missing?" : "");
    at++;
}

static void read_word(char word[WORD_MAX])
{
    skip();
    size_t size = 0;
    for (; isalnum((unsigned char)*at) || *at == '_'; at++)
        if (size + 1 < WORD_MAX)
            word[size++] = *at;
    word[size] = '\0';
    if (!size)
        stop_at(file, line, "expected a name");
}

// One or more literals, which are joined.
static char *read_string(void)
{
    char *text = calloc(1, 1);
    size_t size = 0;
    skip();
    if (*at != '"')
        stop_at(file, line, "expected a text in quotes: is a translation missing?");
    while (*at == '"') {
        for (at++; *at != '"'; at++) {
            if (!*at || *at == '\n')
                stop_at(file, line, "a text without its closing quote");
            char *longer = realloc(text, size + 2);
            if (!longer)
                stop_at(file, line, "no memory for this text");
            text = longer;
            text[size++] = *at;
            text[size] = '\0';
        }
        at++;
        skip();
    }
    if (!size)
        stop_at(file, line, "an empty text");
    return text;
}

static const noun_t *find_noun(const char *name)
{
    for (size_t i = 0; i < nouns_count; i++)
        if (strcmp(nouns[i].name, name) == 0)
            return &nouns[i];
    return NULL;
}

const char *texts_type(const char *kind)
{
    static const char *const kinds[][2] = {
        {"text", "span_t"},     {"money", "kopecks_t"}, {"rubles", "kopecks_t"},
        {"price", "kopecks_t"}, {"time", "instant_t"},  {"date", "instant_t"},
        {"count", "uint64_t"},  {"id", "uint64_t"},     {"clock", "instant_t"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i][0], kind) == 0)
            return kinds[i][1];
    return find_noun(kind) ? "uint64_t" : NULL;
}

// The next {kind:name} of a text; false if there is none.
static bool next_place(const char **text, place_t *ret_place)
{
    const char *open = strchr(*text, '{');
    if (!open)
        return false;
    if (sscanf(open, "{%47[a-z_]:%47[a-z_]}", ret_place->kind, ret_place->name) != 2 ||
        !texts_type(ret_place->kind))
        stop_at(file, line, "not a place: %.20s", open);
    *text = strchr(open, '}') + 1;
    return true;
}

static bool has_place(const text_entry_t *text, const place_t *place)
{
    for (size_t i = 0; i < text->places_count; i++)
        if (strcmp(text->places[i].name, place->name) == 0)
            return strcmp(text->places[i].kind, place->kind) == 0;
    return false;
}

static void read_places(text_entry_t *text)
{
    place_t place;
    for (const char *rest = text->languages[0]; next_place(&rest, &place);) {
        if (has_place(text, &place))
            continue;
        if (text->places_count == PLACES_MAX)
            stop_at(file, line, "%s: too many places", text->name);
        text->places[text->places_count++] = place;
    }
    size_t met = 0;
    char seen[PLACES_MAX][WORD_MAX];
    for (const char *rest = text->languages[1]; next_place(&rest, &place);) {
        if (!has_place(text, &place))
            stop_at(file, line, "%s: {%s:%s} is in English alone", text->name, place.kind,
                    place.name);
        bool known = false;
        for (size_t i = 0; i < met; i++)
            known = known || strcmp(seen[i], place.name) == 0;
        if (!known)
            memcpy(seen[met++], place.name, WORD_MAX);
    }
    if (met != text->places_count)
        stop_at(file, line, "%s: a place is in Russian alone", text->name);
}

static void read_text(void)
{
    text_entry_t *text = &texts[texts_count++];
    if (texts_count == TEXTS_MAX)
        stop_at(file, line, "too many texts");
    read_word(text->name);
    for (size_t i = 0; i + 1 < texts_count; i++)
        if (strcmp(texts[i].name, text->name) == 0)
            stop_at(file, line, "%s is there already", text->name);
    for (int i = 0; i < 2; i++) {
        expect(',');
        text->languages[i] = read_string();
    }
    read_places(text);
}

static void read_noun(void)
{
    noun_t *noun = &nouns[nouns_count++];
    if (nouns_count == NOUNS_MAX)
        stop_at(file, line, "too many nouns");
    read_word(noun->name);
    for (int i = 0; i < FORMS; i++) {
        expect(',');
        noun->forms[i] = read_string();
    }
}

void texts_read(const char *path)
{
    char word[WORD_MAX];
    file = path;
    line = 1;
    char *whole = read_whole(path);
    at = whole;
    for (skip(); *at; skip()) {
        read_word(word);
        expect('(');
        if (strcmp(word, "TEXT") == 0)
            read_text();
        else if (strcmp(word, "NOUN") == 0)
            read_noun();
        else
            stop_at(file, line, "expected TEXT or NOUN, not %s", word);
        expect(')');
    }
    free(whole); // what was read of it are copies
}

const text_entry_t *texts_find(const char *name)
{
    for (size_t i = 0; i < texts_count; i++)
        if (strcmp(texts[i].name, name) == 0)
            return &texts[i];
    return NULL;
}

// --- what is written ---

static void write_signature(FILE *out, const text_entry_t *text)
{
    fprintf(out, "void say_%s(writer_t *writer, language_t language", text->name);
    for (size_t i = 0; i < text->places_count; i++)
        fprintf(out, ", %s %s", texts_type(text->places[i].kind), text->places[i].name);
    fputc(')', out);
}

void texts_write_header(FILE *out)
{
    fputs("// A text without places.\ntypedef enum {\n    TEXT_NONE,\n", out);
    for (size_t i = 0; i < texts_count; i++)
        if (!texts[i].places_count)
            fprintf(out, "    TEXT_%s,\n", texts[i].name);
    fputs("    TEXTS\n} text_id_t;\n\nspan_t text_get(text_id_t id, language_t language);\n", out);
    for (size_t i = 0; i < texts_count; i++) {
        write_signature(out, &texts[i]);
        fputs(";\n", out);
    }
}

static void write_piece(FILE *out, const char *bytes, size_t size)
{
    if (!size)
        return;
    fputs("        hole_text(writer, language, SPAN(", out);
    write_string(out, bytes, size);
    fputs("));\n", out);
}

static void write_language(FILE *out, const text_entry_t *text, const char *rest)
{
    place_t place;
    for (const char *from = rest; next_place(&rest, &place); from = rest) {
        write_piece(out, from, strchr(from, '{') - from);
        const noun_t *noun = find_noun(place.kind);
        if (!noun) {
            fprintf(out, "        hole_%s(writer, language, %s);\n", place.kind, place.name);
            continue;
        }
        fprintf(out, "        hole_plural(writer, language, %s, (const char *const[]){",
                place.name);
        for (int i = 0; i < FORMS; i++) {
            write_string(out, noun->forms[i], strlen(noun->forms[i]));
            fputs(i + 1 < FORMS ? ", " : "});\n", out);
        }
    }
    (void)text;
    write_piece(out, rest, strlen(rest));
}

void texts_write_source(FILE *out)
{
    fputs("span_t text_get(text_id_t id, language_t language)\n{\n"
          "    static const span_t texts[TEXTS][2] = {[TEXT_NONE] = {{\"\", 0}, {\"\", 0}},\n",
          out);
    for (size_t i = 0; i < texts_count; i++)
        if (!texts[i].places_count) {
            fprintf(out, "        [TEXT_%s] = {", texts[i].name);
            for (int l = 0; l < 2; l++) {
                fputc('{', out);
                write_string(out, texts[i].languages[l], strlen(texts[i].languages[l]));
                fprintf(out, ", %zu}%s", strlen(texts[i].languages[l]), l ? "},\n" : ", ");
            }
        }
    fputs("    };\n    return texts[id][language];\n}\n\n", out);
    for (size_t i = 0; i < texts_count; i++) {
        write_signature(out, &texts[i]);
        fputs("\n{\n    if (language == LANGUAGE_RUSSIAN) {\n", out);
        write_language(out, &texts[i], texts[i].languages[0]);
        fputs("    } else {\n", out);
        write_language(out, &texts[i], texts[i].languages[1]);
        fputs("    }\n}\n\n", out);
    }
}
