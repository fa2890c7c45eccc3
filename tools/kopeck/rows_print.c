#include "tools/kopeck/rows_print.h"
#include "proto/utf8.h"
#include <inttypes.h>
#include <string.h>

// More digits than Excel keeps of a number, with room for those that it would show as 1,2E+11.
#define EXCEL_NUMBER_MAX UINT64_C(99999999999)

static void before(rows_print_t *self)
{
    bool first = self->column == 0;
    if (self->format != ROWS_JSONL) {
        if (!first)
            fputc(self->format == ROWS_EXCEL ? ';' : ',', self->out);
        return;
    }
    fputc(first ? '{' : ',', self->out);
    utf8_json(text_of(self->columns[self->column]), self->out);
    fputc(':', self->out);
}

static void after(rows_print_t *self)
{
    if (++self->column < self->count)
        return;
    self->column = 0;
    fputs(self->format == ROWS_JSONL ? "}\n" : "\r\n", self->out);
}

static void quoted(rows_print_t *self, const char *text, const char *ahead)
{
    bool plain =
        !*ahead && !text[strcspn(text, self->format == ROWS_EXCEL ? ";\"\r\n" : ",\"\r\n")];
    if (plain) {
        fputs(text, self->out);
        return;
    }
    fputc('"', self->out);
    fputs(ahead, self->out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', self->out);
        fputc(*text, self->out);
    }
    fputc('"', self->out);
}

void rows_print_text(rows_print_t *self, const char *text)
{
    before(self);
    bool formula = self->format == ROWS_EXCEL && *text && strchr("=+-@\t\r", *text);
    if (self->format == ROWS_JSONL)
        utf8_json(text_of(text), self->out);
    else
        quoted(self, text, formula ? "'" : "");
    after(self);
}

static void digits(rows_print_t *self, uint64_t value, const char *around)
{
    before(self);
    if (self->format == ROWS_EXCEL && value > EXCEL_NUMBER_MAX)
        fprintf(self->out, "\"=\"\"%" PRIu64 "\"\"\"", value);
    else
        fprintf(self->out, "%s%" PRIu64 "%s", around, value, around);
    after(self);
}

void rows_print_number(rows_print_t *self, uint64_t value)
{
    digits(self, value, "");
}

void rows_print_id64(rows_print_t *self, uint64_t value)
{
    digits(self, value, self->format == ROWS_JSONL ? "\"" : "");
}

void rows_print_money(rows_print_t *self, kopecks_t value)
{
    before(self);
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (self->format == ROWS_JSONL)
        fprintf(self->out, "%" PRId64, value);
    else
        fprintf(self->out, "%s%" PRIu64 "%c%02u", value < 0 ? "-" : "", size / 100,
                self->format == ROWS_EXCEL ? ',' : '.', (unsigned)(size % 100));
    after(self);
}

void rows_print_time(rows_print_t *self, instant_t value)
{
    char text[TIME_TEXT_SIZE];
    time_format_moscow(value, text);
    rows_print_text(self, text);
}

void rows_print_uid(rows_print_t *self, const uid_t16 *value)
{
    char text[UID_TEXT_SIZE];
    uid_format(value, text);
    rows_print_text(self, text);
}

void rows_print_none(rows_print_t *self)
{
    before(self);
    if (self->format == ROWS_JSONL)
        fputs("null", self->out);
    after(self);
}

rows_print_t rows_print_begin(const char *const *columns, size_t count, rows_format_t format,
                              FILE *out)
{
    rows_print_t self = {.columns = columns, .count = count, .format = format, .out = out};
    if (format == ROWS_EXCEL)
        fputs("\xef\xbb\xbf", out);
    for (size_t i = 0; format != ROWS_JSONL && i < count; i++)
        rows_print_text(&self, columns[i]);
    return self;
}

bool rows_format_read(const char *text, rows_format_t *ret_format)
{
    static const char *const names[] = {
        [ROWS_CSV] = "csv", [ROWS_EXCEL] = "excel", [ROWS_JSONL] = "jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            *ret_format = (rows_format_t)i;
            return true;
        }
    return false;
}
