#include "tools/page_compiler/template.h"
#include "proto/digest.h"
#include "tools/page_compiler/html_state.h"
#include "tools/page_compiler/texts.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 64, STATICS_MAX = 16, NESTED_MAX = 16, ARGUMENTS_MAX = PLACES_MAX };

static const struct {
    const char *kind, *type;
    unsigned places;
} kinds[] = {
    {"text", "span_t", HTML_HOLE_TEXT},
    {"attr", "span_t", HTML_HOLE_ATTRIBUTE},
    {"path", "span_t", HTML_HOLE_URL},
    {"query", "span_t", HTML_HOLE_QUERY},
    {"money", "kopecks_t", HTML_HOLE_TEXT},
    {"signed", "kopecks_t", HTML_HOLE_TEXT},
    {"rubles", "kopecks_t", HTML_HOLE_TEXT},
    {"price", "kopecks_t", HTML_HOLE_TEXT},
    {"time", "instant_t", HTML_HOLE_TEXT},
    {"date", "instant_t", HTML_HOLE_TEXT},
    {"clock", "instant_t", HTML_HOLE_TEXT | HTML_HOLE_ATTRIBUTE},
    {"stamp", "instant_t", HTML_HOLE_ATTRIBUTE},
    {"count", "uint64_t", HTML_HOLE_TEXT},
    {"id", "uint64_t", HTML_HOLE_TEXT | HTML_HOLE_ATTRIBUTE | HTML_HOLE_URL | HTML_HOLE_QUERY},
    {"said", "text_id_t", HTML_HOLE_TEXT | HTML_HOLE_ATTRIBUTE},
    {"route", "span_t", HTML_HOLE_URL},
    {"svg", "int64_t", HTML_HOLE_ATTRIBUTE}};

typedef struct {
    const char *name, *path;
    char *bytes;
    char hash[2 * DIGEST_SHA256_SIZE + 1];
} static_file_t;

static static_file_t statics[STATICS_MAX];
static size_t statics_count;

// Members of a struct in the order in which they were met.
typedef struct {
    char types[MEMBERS_MAX][2 * WORD_MAX], names[MEMBERS_MAX][WORD_MAX];
    size_t count;
    char type[2 * WORD_MAX]; // its own name
} scope_t;

typedef struct {
    const char *file, *at, *name;
    int line;
    html_state_t html;
    FILE *header, *source; // structs; functions of rows, which are whole before the page's
    FILE *body;            // the statements of the function that is being written
    char *literal;
    size_t literal_size;
    int depth; // of blocks, for the indentation
    bool layout, split;
    char layout_name[WORD_MAX];
} compiler_t;

#define STOP(self, ...) stop_at((self)->file, (self)->line, __VA_ARGS__)

static void add_member(compiler_t *self, scope_t *scope, const char *type, const char *name)
{
    for (size_t i = 0; i < scope->count; i++)
        if (strcmp(scope->names[i], name) == 0) {
            if (strcmp(scope->types[i], type) != 0)
                STOP(self, "%s is %s elsewhere, and %s here", name, scope->types[i], type);
            return;
        }
    if (scope->count == MEMBERS_MAX)
        STOP(self, "too many holes");
    snprintf(scope->types[scope->count], sizeof scope->types[0], "%s", type);
    snprintf(scope->names[scope->count++], WORD_MAX, "%s", name);
}

static void write_struct(FILE *out, const scope_t *scope)
{
    fputs("typedef struct {\n", out);
    for (size_t i = 0; i < scope->count; i++)
        fprintf(out, "    %s %s;\n", scope->types[i], scope->names[i]);
    fprintf(out, "    char end_;\n} %s;\n\n", scope->type);
}

static void indent(compiler_t *self)
{
    fprintf(self->body, "%*s", 4 * (self->depth + 1), "");
}

static void flush(compiler_t *self)
{
    if (!self->literal_size)
        return;
    indent(self);
    fputs("writer_text(writer, SPAN(", self->body);
    write_string(self->body, self->literal, self->literal_size);
    fputs("));\n", self->body);
    self->literal_size = 0;
}

static void add_literal(compiler_t *self, char c)
{
    // Blanks with a line's end among them are one line's end.
    if (self->html.where == HTML_TEXT && isspace((unsigned char)c) && self->literal_size &&
        isspace((unsigned char)self->literal[self->literal_size - 1])) {
        if (c == '\n')
            self->literal[self->literal_size - 1] = '\n';
        return;
    }
    self->literal = realloc(self->literal, self->literal_size + 8);
    assert(self->literal);
    if (c == '&') { // a link's, which is all that may have one
        memcpy(self->literal + self->literal_size, "&amp;", 5);
        self->literal_size += 5;
    } else {
        self->literal[self->literal_size++] = c;
    }
}

// --- directives ---

typedef struct {
    char words[2 + ARGUMENTS_MAX][2 * WORD_MAX];
    size_t count;
} directive_t;

// Reads {word word …}; `at` is behind the opening brace.
static directive_t read_directive(compiler_t *self)
{
    directive_t directive = {.count = 0};
    const char *end = strchr(self->at, '}');
    if (!end)
        STOP(self, "a { without its }");
    while (self->at < end) {
        size_t size = strcspn(self->at, " \n}");
        if (size >= sizeof directive.words[0] || directive.count == 2 + ARGUMENTS_MAX)
            STOP(self, "too long a directive");
        if (size)
            memcpy(directive.words[directive.count++], self->at, size);
        self->line += self->at[size] == '\n';
        self->at += size + (self->at + size < end);
    }
    self->at = end + 1;
    if (!directive.count)
        STOP(self, "an empty directive");
    return directive;
}

static unsigned place_here(compiler_t *self)
{
    const char *why;
    unsigned place = html_place(&self->html, &why);
    if (why)
        STOP(self, "%s", why);
    return place;
}

static void put_hole(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    const char *kind = directive->words[0];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) != 0)
            continue;
        if (directive->count != 2)
            STOP(self, "{%s NAME} is expected", kind);
        if (!(kinds[i].places & place_here(self)))
            STOP(self, "a hole %s may not stand here", kind);
        add_member(self, scope, kinds[i].type, directive->words[1]);
        flush(self);
        indent(self);
        fprintf(self->body, "hole_%s(writer, language, page->%s);\n", kind, directive->words[1]);
        html_filled(&self->html);
        return;
    }
    STOP(self, "there is no hole %s", kind);
}

// The member that fills a place: given as place=member, or of the place's own name.
static const char *argument(const directive_t *directive, const char *place)
{
    for (size_t i = 2; i < directive->count; i++) {
        const char *word = directive->words[i], *equals = strchr(word, '=');
        if (equals && strlen(place) == (size_t)(equals - word) &&
            memcmp(word, place, strlen(place)) == 0)
            return equals + 1;
    }
    return place;
}

static void put_say(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    const text_entry_t *text = directive->count > 1 ? texts_find(directive->words[1]) : NULL;
    if (!text)
        STOP(self, "there is no text %s", directive->words[1]);
    if (!(place_here(self) & (HTML_HOLE_TEXT | HTML_HOLE_ATTRIBUTE)))
        STOP(self, "a text may not stand here");
    flush(self);
    indent(self);
    fprintf(self->body, "say_%s(writer, language", text->name);
    for (size_t i = 0; i < text->places_count; i++) {
        const char *member = argument(directive, text->places[i].name);
        add_member(self, scope, texts_type(text->places[i].kind), member);
        fprintf(self->body, ", page->%s", member);
    }
    fputs(");\n", self->body);
    html_filled(&self->html);
}

static void put_static(compiler_t *self, const directive_t *directive)
{
    for (size_t i = 0; i < statics_count; i++) {
        const char *name = statics[i].name, *dot = strrchr(name, '.');
        if (strcmp(name, directive->words[1]) != 0)
            continue;
        char address[256];
        snprintf(address, sizeof address, "/static/%.*s.%.8s%s", (int)(dot - name), name,
                 statics[i].hash, dot);
        for (const char *c = address; *c; c++) {
            const char *why = html_take(&self->html, *c);
            if (why)
                STOP(self, "%s", why);
            add_literal(self, *c);
        }
        return;
    }
    STOP(self, "there is no static file %s", directive->words[1]);
}

static void put_use(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    char type[2 * WORD_MAX];
    if (place_here(self) != HTML_HOLE_TEXT)
        STOP(self, "a template may not stand here");
    snprintf(type, sizeof type, "page_%.47s_t", directive->words[1]);
    add_member(self, scope, type, directive->words[1]);
    flush(self);
    indent(self);
    fprintf(self->body, "page_%s(writer, language, &page->%s);\n", directive->words[1],
            directive->words[1]);
}

static void put_layout(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    char type[2 * WORD_MAX];
    snprintf(self->layout_name, sizeof self->layout_name, "%.47s", directive->words[1]);
    snprintf(type, sizeof type, "page_%.47s_t", directive->words[1]);
    add_member(self, scope, type, directive->words[1]);
    indent(self);
    fprintf(self->body, "page_%s_before(writer, language, &page->%s);\n", self->layout_name,
            self->layout_name);
    self->layout = true;
}

static void put_content(compiler_t *self)
{
    if (self->depth || place_here(self) != HTML_HOLE_TEXT || self->split)
        STOP(self, "{content} may not stand here");
    flush(self);
    self->split = true;
    fprintf(self->body,
            "}\n\nvoid page_%s_after(writer_t *writer, language_t language, const "
            "page_%s_t *page)\n{\n    (void)language, (void)page;\n",
            self->name, self->name);
}

// --- blocks ---

typedef enum { ENDED_BY_FILE, ENDED_BY_END, ENDED_BY_ELSE } ended_t;

static ended_t compile_until(compiler_t *self, scope_t *scope);

static void check_branch(compiler_t *self, const html_state_t *before)
{
    html_settle(&self->html);
    if (!html_same(&self->html, before))
        STOP(self, "this branch leaves other elements open than it found");
}

static void compile_if(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    bool negated = directive->count == 3 && strcmp(directive->words[1], "not") == 0;
    if (directive->count != 2u + negated)
        STOP(self, "{if NAME} or {if not NAME} is expected");
    html_settle(&self->html);
    html_state_t before = self->html;
    add_member(self, scope, "bool", directive->words[1 + negated]);
    flush(self);
    indent(self);
    fprintf(self->body, "if (%spage->%s) {\n", negated ? "!" : "", directive->words[1 + negated]);
    self->depth++;
    ended_t ended = compile_until(self, scope);
    check_branch(self, &before);
    if (ended == ENDED_BY_ELSE) {
        self->depth--;
        indent(self);
        self->depth++;
        fputs("} else {\n", self->body);
        self->html = before;
        ended = compile_until(self, scope);
        check_branch(self, &before);
    }
    if (ended != ENDED_BY_END)
        STOP(self, "an {if} without its {end}");
    self->depth--;
    indent(self);
    fputs("}\n", self->body);
}

static void compile_each(compiler_t *self, scope_t *scope, const directive_t *directive)
{
    const char *name = directive->words[1];
    char type[3 * WORD_MAX], count[2 * WORD_MAX];
    scope_t row = {.count = 0};
    if (directive->count != 2 || place_here(self) != HTML_HOLE_TEXT)
        STOP(self, "an {each NAME} may not stand here");
    snprintf(row.type, sizeof row.type, "page_%.40s_%.40s_t", self->name, name);
    snprintf(type, sizeof type, "const %s *", row.type);
    snprintf(count, sizeof count, "%.80s_count", name);
    add_member(self, scope, type, name);
    add_member(self, scope, "size_t", count);
    flush(self);
    indent(self);
    fprintf(self->body, "for (size_t i = 0; i < page->%s; i++)\n", count);
    indent(self);
    fprintf(self->body, "    row_%s_%s(writer, language, &page->%s[i]);\n", self->name, name, name);

    // Its rows are a function of their own, written before.
    FILE *outer = self->body;
    int depth = self->depth;
    char *text;
    size_t size;
    html_state_t before = self->html;
    self->body = open_memstream(&text, &size);
    self->depth = 0;
    if (compile_until(self, &row) != ENDED_BY_END)
        STOP(self, "an {each} without its {end}");
    check_branch(self, &before);
    fclose(self->body);
    self->body = outer;
    self->depth = depth;
    write_struct(self->header, &row);
    fprintf(self->source,
            "static void row_%s_%s(writer_t *writer, language_t language, const %s *page)\n{\n"
            "    (void)language, (void)page;\n%s}\n\n",
            self->name, name, row.type, text);
    free(text);
}

static ended_t take_directive(compiler_t *self, scope_t *scope, bool *ret_ended)
{
    directive_t directive = read_directive(self);
    const char *word = directive.words[0];
    *ret_ended = strcmp(word, "end") == 0 || strcmp(word, "else") == 0;
    if (*ret_ended) {
        flush(self);
        return *word == 'e' && word[1] == 'n' ? ENDED_BY_END : ENDED_BY_ELSE;
    }
    if (*word == '#')
        return ENDED_BY_FILE;
    if (strcmp(word, "if") == 0)
        compile_if(self, scope, &directive);
    else if (strcmp(word, "each") == 0)
        compile_each(self, scope, &directive);
    else if (strcmp(word, "say") == 0)
        put_say(self, scope, &directive);
    else if (strcmp(word, "static") == 0)
        put_static(self, &directive);
    else if (strcmp(word, "use") == 0)
        put_use(self, scope, &directive);
    else if (strcmp(word, "layout") == 0)
        put_layout(self, scope, &directive);
    else if (strcmp(word, "content") == 0)
        put_content(self);
    else
        put_hole(self, scope, &directive);
    return ENDED_BY_FILE;
}

static ended_t compile_until(compiler_t *self, scope_t *scope)
{
    while (*self->at) {
        if (*self->at == '{') {
            bool ended;
            self->at++;
            ended_t how = take_directive(self, scope, &ended);
            if (ended)
                return how;
            continue;
        }
        char c = *self->at++;
        const char *why = html_take(&self->html, c);
        if (why)
            STOP(self, "%s", why);
        add_literal(self, c);
        self->line += c == '\n';
    }
    flush(self);
    return ENDED_BY_FILE;
}

static void write_function(compiler_t *self, const scope_t *scope, const char *body)
{
    const char *suffix = self->split ? "_before" : "";
    write_struct(self->header, scope);
    fprintf(self->header,
            "void page_%s%s(writer_t *writer, language_t language, const page_%s_t *page);\n",
            self->name, suffix, self->name);
    if (self->split)
        fprintf(self->header,
                "void page_%s_after(writer_t *writer, language_t language, const page_%s_t "
                "*page);\n",
                self->name, self->name);
    fprintf(self->source,
            "void page_%s%s(writer_t *writer, language_t language, const page_%s_t *page)\n{\n"
            "    (void)language, (void)page;\n%s",
            self->name, suffix, self->name, body);
    if (self->layout)
        fprintf(self->source, "    page_%s_after(writer, language, &page->%s);\n",
                self->layout_name, self->layout_name);
    fputs("}\n\n", self->source);
}

static char *name_of(const char *file, const char *ending)
{
    const char *slash = strrchr(file, '/');
    char *name = strdup(slash ? slash + 1 : file);
    assert(name && strlen(name) > strlen(ending));
    name[strlen(name) - strlen(ending)] = '\0';
    return name;
}

void template_compile(const char *file, FILE *header, FILE *source)
{
    char *text = read_whole(file), *name = name_of(file, ".html");
    compiler_t self = {
        .file = file, .at = text, .name = name, .line = 1, .header = header, .source = source};
    scope_t scope = {.count = 0};
    char *body;
    size_t size;
    snprintf(scope.type, sizeof scope.type, "page_%.47s_t", self.name);
    self.body = open_memstream(&body, &size);
    if (compile_until(&self, &scope) != ENDED_BY_FILE)
        STOP(&self, "an {end} or {else} without its beginning");
    const char *why = html_end(&self.html);
    if (why)
        STOP(&self, "%s", why);
    fclose(self.body);
    write_function(&self, &scope, body);
    free(body);
    free(self.literal);
    free(name);
    free(text);
}

// --- static files ---

void template_add_static(const char *file)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    static_file_t *self = &statics[statics_count++];
    assert(statics_count < STATICS_MAX);
    self->path = file;
    self->name = name_of(file, "");
    self->bytes = read_whole(file);
    digest_sha256(self->bytes, strlen(self->bytes), digest);
    digest_hex_lower(digest, sizeof digest, self->hash);
}

void template_write_statics(FILE *header, FILE *source)
{
    fprintf(header,
            "typedef struct {\n    const char *path, *type;\n    span_t bytes;\n} "
            "page_static_t;\n\nenum { PAGE_STATICS = %zu };\n"
            "extern const page_static_t page_statics[PAGE_STATICS];\n",
            statics_count);
    fputs("const page_static_t page_statics[PAGE_STATICS] = {\n", source);
    for (size_t i = 0; i < statics_count; i++) {
        const char *name = statics[i].name, *dot = strrchr(name, '.');
        fprintf(source, "    {\"/static/%.*s.%.8s%s\", \"%s; charset=utf-8\", {", (int)(dot - name),
                name, statics[i].hash, dot,
                strcmp(dot, ".css") == 0 ? "text/css" : "text/javascript");
        write_string(source, statics[i].bytes, strlen(statics[i].bytes));
        fprintf(source, ", %zu}},\n", strlen(statics[i].bytes));
    }
    fputs("};\n\n", source);
}
