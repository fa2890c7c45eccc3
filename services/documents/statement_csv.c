#include "services/documents/statement_csv.h"
#include "services/documents/statement_amount.h"
#include "services/documents/statement_parts.h"
#include "services/documents/statement_text.h"
#include <inttypes.h>

typedef enum {
    DATE,
    NUMBER,
    AMOUNT,
    DIRECTION,
    OWN_ACCOUNT,
    PAYER_INN,
    PAYER_ACCOUNT,
    PAYER_NAME,
    PURPOSE,
    COLUMNS
} column_t;

static const char *const names[COLUMNS] = {"date",          "number",      "amount",
                                           "direction",     "own_account", "payer_inn",
                                           "payer_account", "payer_name",  "purpose"};

enum { FIELDS_MAX = 32, TOTAL_FIELDS = 4 };

typedef struct {
    statement_t *statement;
    span_t rest;
    uint32_t line, next_line;
    span_t fields[FIELDS_MAX];
    size_t count;
    size_t column_of[COLUMNS]; // the field in which a column stands
    size_t columns_count;
    kopecks_t in, out;
} reader_csv_t;

// --- rows ---

// A field in quotes, moved together in place: quotes doubled become one.
static bool take_quoted(reader_csv_t *self, span_t *ret_field)
{
    char *text = (char *)(uintptr_t)self->rest.bytes;
    size_t at = 1, size = 0;
    for (; at < self->rest.size; at++) {
        if (text[at] == '"' && (at + 1 == self->rest.size || text[at + 1] != '"'))
            break;
        if (text[at] == '"')
            at++;
        self->next_line += text[at] == '\n';
        // A line end within a field is a blank of the text.
        text[size++] = text[at] == '\n' || text[at] == '\r' ? ' ' : text[at];
    }
    if (at >= self->rest.size)
        return statement_refuse(self->statement, STATEMENT_UNFINISHED, self->line,
                                "a quote that does not end");
    self->rest = (span_t){text + at + 1, self->rest.size - at - 1};
    *ret_field = statement_text_trim((span_t){text, size});
    return true;
}

static span_t take_plain(reader_csv_t *self)
{
    size_t size = 0;
    while (size < self->rest.size && !strchr(";\r\n", self->rest.bytes[size]))
        size++;
    span_t field = {self->rest.bytes, size};
    self->rest = (span_t){self->rest.bytes + size, self->rest.size - size};
    return statement_text_trim(field);
}

static bool ends_row(const reader_csv_t *self)
{
    return self->rest.size == 0 || self->rest.bytes[0] == '\r' || self->rest.bytes[0] == '\n';
}

static void skip_line_end(reader_csv_t *self)
{
    size_t size = 0;
    while (size < self->rest.size && strchr("\r\n", self->rest.bytes[size]))
        self->next_line += self->rest.bytes[size++] == '\n';
    self->rest = (span_t){self->rest.bytes + size, self->rest.size - size};
}

// The fields of the next row that is not empty: `count` 0 at the end. False after a refusal.
static bool next_row(reader_csv_t *self)
{
    self->count = 0;
    skip_line_end(self);
    self->line = self->next_line;
    while (self->rest.size > 0) {
        if (self->count == FIELDS_MAX)
            return statement_refuse(self->statement, STATEMENT_TOO_LARGE, self->line,
                                    "more than %d fields", FIELDS_MAX);
        span_t *field = &self->fields[self->count++];
        if (self->rest.bytes[0] != '"')
            *field = take_plain(self);
        else if (!take_quoted(self, field))
            return false;
        if (ends_row(self))
            break;
        if (self->rest.bytes[0] != ';')
            return statement_refuse(self->statement, STATEMENT_FORMAT, self->line,
                                    "text behind a closing quote");
        self->rest = (span_t){self->rest.bytes + 1, self->rest.size - 1};
        if (ends_row(self)) { // an empty field at the end
            if (self->count < FIELDS_MAX)
                self->fields[self->count++] = (span_t){NULL, 0};
            break;
        }
    }
    return true;
}

// --- columns ---

static column_t column_named(span_t name)
{
    column_t column = 0;
    while (column < COLUMNS && !span_is_any_case(name, span_of(names[column])))
        column++;
    return column;
}

static bool read_header(reader_csv_t *self)
{
    bool there[COLUMNS] = {false};
    if (!next_row(self))
        return false;
    self->columns_count = self->count;
    for (size_t i = 0; i < self->count; i++) {
        column_t column = column_named(self->fields[i]);
        if (column == COLUMNS)
            continue;
        if (there[column])
            return statement_refuse(self->statement, STATEMENT_REPEATED_KEY, self->line,
                                    "the column %s stands twice", names[column]);
        there[column] = true;
        self->column_of[column] = i;
    }
    for (column_t i = 0; i < COLUMNS; i++)
        if (!there[i])
            return statement_refuse(self->statement, STATEMENT_FORMAT, self->line,
                                    "the column %s is missing", names[i]);
    return true;
}

static span_t value_of(const reader_csv_t *self, column_t column)
{
    return self->fields[self->column_of[column]];
}

static bool refuse_value(reader_csv_t *self, statement_refusal_t refusal, column_t column,
                         const char *expected)
{
    return statement_refuse(self->statement, refusal, self->line, "%s: expected %s", names[column],
                            expected);
}

static bool read_inn(span_t text, span_t *ret_inn)
{
    if (text.size != 10 && text.size != 12)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    *ret_inn = text;
    return true;
}

static bool read_document(reader_csv_t *self)
{
    statement_t *statement = self->statement;
    if (self->count != self->columns_count)
        return statement_refuse(statement, STATEMENT_FORMAT, self->line,
                                "%zu fields where the header has %zu", self->count,
                                self->columns_count);
    statement_document_t *document = statement_add_document(statement, self->line);
    if (!document)
        return false;
    if (!day_parse(value_of(self, DATE), &document->day))
        return refuse_value(self, STATEMENT_DATE, DATE, "a date as 31.08.2026 or 2026-08-31");
    if (!statement_amount_parse(value_of(self, AMOUNT), &document->amount) || document->amount == 0)
        return refuse_value(self, STATEMENT_AMOUNT, AMOUNT,
                            "rubles with at most two decimals, more than nought");
    bool in = span_is_any_case(value_of(self, DIRECTION), SPAN("in"));
    if (!in && !span_is_any_case(value_of(self, DIRECTION), SPAN("out")))
        return refuse_value(self, STATEMENT_FORMAT, DIRECTION, "in or out");
    span_t own = value_of(self, OWN_ACCOUNT);
    if (own.size == 0)
        return refuse_value(self, STATEMENT_NOT_OUR_ACCOUNT, OWN_ACCOUNT, "an account");
    if (!statement_add_account(statement, own, self->line))
        return false;
    document->kind = SPAN("CSV");
    document->number = value_of(self, NUMBER);
    document->payer.name = value_of(self, PAYER_NAME);
    (void)read_inn(value_of(self, PAYER_INN), &document->payer.inn);
    document->payer.account = in ? value_of(self, PAYER_ACCOUNT) : own;
    document->receiver.account = in ? own : (span_t){NULL, 0};
    document->payer.booked = document->receiver.booked = document->day;
    document->purpose = value_of(self, PURPOSE);
    document->plain = statement_plain(statement, document->purpose);
    if (!money_add(in ? self->in : self->out, document->amount, in ? &self->in : &self->out))
        return refuse_value(self, STATEMENT_AMOUNT, AMOUNT, "sums within int64");
    return true;
}

// --- the last row ---

static bool is_number(span_t text, size_t number)
{
    size_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9' || value > STATEMENT_DOCUMENTS_MAX)
            return false;
        value = 10 * value + (size_t)(text.bytes[i] - '0');
    }
    return text.size > 0 && value == number;
}

static bool read_total(reader_csv_t *self)
{
    statement_t *statement = self->statement;
    kopecks_t in = 0, out = 0;
    uint32_t line = self->line;
    for (size_t i = TOTAL_FIELDS; i < self->count; i++)
        if (self->fields[i].size > 0)
            return statement_refuse(statement, STATEMENT_FORMAT, line, "more than TOTAL has");
    if (self->count < TOTAL_FIELDS ||
        (self->fields[2].size > 0 && !statement_amount_parse(self->fields[2], &in)) ||
        (self->fields[3].size > 0 && !statement_amount_parse(self->fields[3], &out)))
        return statement_refuse(statement, STATEMENT_AMOUNT, line,
                                "expected TOTAL;count;sum_in;sum_out");
    if (!is_number(self->fields[1], statement->documents_count) || in != self->in ||
        out != self->out)
        return statement_refuse(statement, STATEMENT_TOTALS, line,
                                "TOTAL %.*s;%" PRId64 ".%02" PRId64 ";%" PRId64 ".%02" PRId64
                                ", documents %zu;%" PRId64 ".%02" PRId64 ";%" PRId64 ".%02" PRId64,
                                (int)(self->fields[1].size < 9 ? self->fields[1].size : 9),
                                self->fields[1].bytes, in / 100, in % 100, out / 100, out % 100,
                                statement->documents_count, self->in / 100, self->in % 100,
                                self->out / 100, self->out % 100);
    statement->has_total = true;
    if (!next_row(self))
        return false;
    if (self->count > 0)
        return statement_refuse(statement, STATEMENT_FORMAT, self->line, "rows behind TOTAL");
    return true;
}

bool statement_csv_is(span_t text)
{
    size_t size = 0;
    while (size < text.size && text.bytes[size] != '\n' && text.bytes[size] != '\r')
        size++;
    text.size = size;
    return statement_text_contains(text, SPAN("own_account")) &&
           statement_text_contains(text, SPAN(";"));
}

bool statement_csv_read(statement_t *self)
{
    reader_csv_t reader = {
        .statement = self, .rest = {self->text, self->text_size}, .next_line = 1};
    if (!read_header(&reader))
        return false;
    for (;;) {
        if (!next_row(&reader))
            return false;
        if (reader.count == 0)
            return statement_refuse(self, STATEMENT_UNFINISHED, reader.line,
                                    "the row TOTAL is missing: the file was cut off");
        if (span_is(reader.fields[0], SPAN("TOTAL")))
            return read_total(&reader);
        if (!read_document(&reader))
            return false;
    }
}
