#include "tools/kopeck/table_print.h"
#include "tools/kopeck/words.h"
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

typedef struct {
    char *shown;
    size_t width;
} cell_t;

struct table_print {
    const column_t *columns;
    size_t count;
    table_shape_t shape;
    bool json;
    FILE *out;
    size_t widths[TABLE_COLUMNS_MAX];
    cell_t (*rows)[TABLE_COLUMNS_MAX]; // TABLE_PAGE_ROWS of them; not for JSON
    size_t rows_count, column;         // where the next cell goes
    uint64_t printed;                  // rows so far
    bool headed;
};

// The same widths whatever the user's locale: output is UTF-8.
static locale_t utf8(void)
{
    static locale_t locale;
    if (!locale)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    assert(locale);
    return locale;
}

size_t table_print_width(const char *text)
{
    locale_t before = uselocale(utf8());
    mbstate_t state = {0};
    size_t width = 0, left = strlen(text);
    while (left) {
        wchar_t c;
        size_t used = mbrtowc(&c, text, left, &state);
        if (used == (size_t)-1 || used == (size_t)-2) { // not UTF-8: a byte is a column
            state = (mbstate_t){0};
            used = 1;
            width++;
        } else {
            int columns = wcwidth(c);
            width += columns > 0 ? (size_t)columns : 0;
        }
        text += used;
        left -= used;
    }
    (void)uselocale(before);
    return width;
}

table_print_t *table_print_new(const column_t *columns, size_t count, table_shape_t shape,
                               bool json, FILE *out)
{
    assert(count > 0 && count <= TABLE_COLUMNS_MAX);
    table_print_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (table_print_t){
        .columns = columns, .count = count, .shape = shape, .json = json, .out = out};
    self->rows = calloc(json ? 1 : TABLE_PAGE_ROWS, sizeof *self->rows);
    assert(self->rows);
    for (size_t i = 0; i < count; i++) {
        assert(!strchr(columns[i].key, ' ') && "a key in JSON is one word");
        self->widths[i] = table_print_width(columns[i].title);
    }
    if (json && shape == TABLE_ROWS)
        fputc('[', out);
    return self;
}

// --- tables ---

static void print_padding(size_t width, size_t wanted, FILE *out)
{
    for (; width < wanted; width++)
        fputc(' ', out);
}

static void print_cell(const table_print_t *self, size_t column, const char *text, size_t width)
{
    const column_t *c = &self->columns[column];
    if (column)
        fputs("  ", self->out);
    if (c->right)
        print_padding(width, self->widths[column], self->out);
    fputs(text, self->out);
    if (!c->right && column + 1 < self->count)
        print_padding(width, self->widths[column], self->out);
}

static void print_table(table_print_t *self)
{
    for (size_t r = 0; r < self->rows_count; r++)
        for (size_t i = 0; i < self->count; i++)
            if (self->rows[r][i].width > self->widths[i])
                self->widths[i] = self->rows[r][i].width;
    if (!self->headed) {
        for (size_t i = 0; i < self->count; i++)
            print_cell(self, i, self->columns[i].title, table_print_width(self->columns[i].title));
        fputc('\n', self->out);
        self->headed = true;
    }
    for (size_t r = 0; r < self->rows_count; r++) {
        for (size_t i = 0; i < self->count; i++)
            print_cell(self, i, self->rows[r][i].shown, self->rows[r][i].width);
        fputc('\n', self->out);
    }
}

static void print_records(const table_print_t *self)
{
    size_t widest = 0;
    for (size_t i = 0; i < self->count; i++) {
        size_t width = table_print_width(self->columns[i].title);
        widest = width > widest ? width : widest;
    }
    for (size_t r = 0; r < self->rows_count; r++)
        for (size_t i = 0; i < self->count; i++) {
            const char *title = self->columns[i].title;
            fputs(title, self->out);
            print_padding(table_print_width(title), widest + 2, self->out);
            fprintf(self->out, "%s\n", self->rows[r][i].shown);
        }
}

static void flush_rows(table_print_t *self)
{
    if (self->shape == TABLE_ROWS)
        print_table(self);
    else
        print_records(self);
    for (size_t r = 0; r < self->rows_count; r++)
        for (size_t i = 0; i < self->count; i++)
            free(self->rows[r][i].shown);
    self->rows_count = 0;
}

void table_print_destroy(table_print_t **self_p)
{
    table_print_t *self = *self_p;
    if (!self)
        return;
    assert(self->column == 0); // a row is whole
    if (!self->json)
        flush_rows(self);
    else if (self->shape == TABLE_ROWS)
        fputs(self->printed ? "\n]\n" : "]\n", self->out);
    free(self->rows);
    free(self);
    *self_p = NULL;
}

// --- cells ---

// Control characters would move the cursor or end the row.
static char *clean(const char *text, size_t size)
{
    char *copy = strndup(text, size);
    assert(copy);
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return copy;
}

static void end_cell(table_print_t *self)
{
    if (++self->column < self->count)
        return;
    self->column = 0;
    self->printed++;
    if (self->json)
        fputs(self->shape == TABLE_ROWS ? "}" : "}\n", self->out);
    else if (++self->rows_count == TABLE_PAGE_ROWS)
        flush_rows(self);
}

static void begin_json(table_print_t *self)
{
    if (self->column)
        fputc(',', self->out);
    else if (self->shape == TABLE_ROWS)
        fputs(self->printed ? ",\n{" : "\n{", self->out);
    else
        fputc('{', self->out);
    fprintf(self->out, "\"%s\":", self->columns[self->column].key);
}

static void put_shown(table_print_t *self, const char *text, size_t size)
{
    cell_t *cell = &self->rows[self->rows_count][self->column];
    cell->shown = clean(text, size);
    cell->width = table_print_width(cell->shown);
}

static const char *word_of(const field_t *field, const void *body)
{
    const void *at = (const char *)body + field->offset;
    return field->type == FIELD_TYPE_code ? words_of(field->family, *(const uint64_t *)at) : NULL;
}

void table_print_field(table_print_t *self, const field_t *field, const void *body)
{
    const char *word = word_of(field, body);
    if (self->json) {
        begin_json(self);
        field_json(field, body, self->out);
    } else if (word) {
        put_shown(self, word, strlen(word));
    } else if (field->type == FIELD_TYPE_text) {
        const text_t *text = (const void *)((const char *)body + field->offset);
        put_shown(self, text->size ? text->data : "", text->size);
    } else if (field->type == FIELD_TYPE_flag) {
        const char *text = *(const bool *)((const char *)body + field->offset) ? "yes" : "no";
        put_shown(self, text, strlen(text));
    } else {
        char *text = NULL;
        size_t size = 0;
        FILE *memory = open_memstream(&text, &size);
        assert(memory);
        field_print(field, body, memory);
        fclose(memory);
        put_shown(self, text, size);
        free(text);
    }
    end_cell(self);
}

static void put_value(table_print_t *self, field_type_t type, const void *value)
{
    const field_t field = {.type = type};
    table_print_field(self, &field, value);
}

void table_print_text(table_print_t *self, const char *text)
{
    table_print_slice(self, text_of(text));
}

void table_print_slice(table_print_t *self, text_t text)
{
    put_value(self, FIELD_TYPE_text, &text);
}

void table_print_number(table_print_t *self, uint64_t value)
{
    put_value(self, FIELD_TYPE_u64, &value);
}

void table_print_money(table_print_t *self, kopecks_t value)
{
    put_value(self, FIELD_TYPE_money, &value);
}

void table_print_time(table_print_t *self, instant_t value)
{
    put_value(self, FIELD_TYPE_time, &value);
}

void table_print_uid(table_print_t *self, const uid_t16 *value)
{
    put_value(self, FIELD_TYPE_uid, value);
}

void table_print_flag(table_print_t *self, bool value)
{
    put_value(self, FIELD_TYPE_flag, &value);
}

void table_print_none(table_print_t *self)
{
    if (self->json) {
        begin_json(self);
        fputs("null", self->out);
    } else {
        put_shown(self, "-", 1);
    }
    end_cell(self);
}
