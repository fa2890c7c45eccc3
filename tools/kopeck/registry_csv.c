#include "tools/kopeck/registry_csv.h"
#include "services/documents/statement_amount.h"
#include "services/documents/statement_text.h"
#include "tools/command_line/csv.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

typedef enum { DATE, NUMBER, AMOUNT, KIND, STATE, FEE, COLUMNS } column_t;
enum { NAMES_MAX = 4, TOTAL_FIELDS = 5, DECIMALS_MAX = 6 };

#define NEEDED KIND // the columns before it must be there

static const char *const names[COLUMNS][NAMES_MAX] = {
    [DATE] = {"date", "дата"},
    [NUMBER] = {"invoice", "InvId", "номер счета"},
    [AMOUNT] = {"amount", "OutSum", "сумма"},
    [KIND] = {"kind", "тип"},
    [STATE] = {"state", "состояние"},
    [FEE] = {"fee", "комиссия"},
};

static const char *const expected[COLUMNS] = {
    [DATE] = "a day of Moscow, as 31.08.2026 or 2026-08-31, and maybe a time behind it",
    [NUMBER] = "a payment's number",
    [AMOUNT] = "rubles, more than nought, as 500, 500.00 or 500,000000",
    [KIND] = "payment or refund",
    [STATE] = "paid, processing, canceled, or a state's code",
    [FEE] = "rubles, or nothing",
};

static const struct {
    const char *word;
    registry_state_t state;
} states[] = {
    {"paid", REGISTRY_DONE},
    {"finished", REGISTRY_DONE},
    {"100", REGISTRY_DONE},
    {"оплачен", REGISTRY_DONE},
    {"возвращен", REGISTRY_DONE},
    {"processing", REGISTRY_UNDER_WAY},
    {"5", REGISTRY_UNDER_WAY},
    {"20", REGISTRY_UNDER_WAY},
    {"50", REGISTRY_UNDER_WAY},
    {"80", REGISTRY_UNDER_WAY},
    {"в обработке", REGISTRY_UNDER_WAY},
    {"canceled", REGISTRY_NOTHING},
    {"10", REGISTRY_NOTHING},
    {"60", REGISTRY_NOTHING},
    {"отменен", REGISTRY_NOTHING},
};

typedef struct {
    registry_csv_t *out;
    csv_t csv;
    size_t columns[COLUMNS]; // place + 1 in a row, 0 if it is not there
    size_t columns_count;
    size_t first; // row of this file
    kopecks_t paid, returned, kept;
} reader_csv_t;

// --- words ---

static bool is_word(const char *text, const char *word)
{
    span_t value = statement_text_trim(span_of(text));
    return value.size == strlen(word) && statement_text_begins(value, span_of(word));
}

static bool refuse(reader_csv_t *self, column_t column, const char *value)
{
    snprintf(self->out->error, sizeof self->out->error,
             "line %" PRIu64 ": column %s: \"%.40s\": expected %s", self->csv.line,
             names[column][0], value, expected[column]);
    return false;
}

static bool refuse_row(reader_csv_t *self, const char *what)
{
    snprintf(self->out->error, sizeof self->out->error, "line %" PRIu64 ": %s", self->csv.line,
             what);
    return false;
}

static bool next_row(reader_csv_t *self)
{
    if (csv_next(&self->csv))
        return true;
    if (self->csv.error)
        snprintf(self->out->error, sizeof self->out->error, "line %" PRIu64 ": field %zu: %s",
                 self->csv.line, self->csv.count + 1, self->csv.error);
    return false;
}

// --- values ---

// Robokassa writes six decimals; those past the second must be nought.
static bool read_sum(const char *text, kopecks_t *ret_sum)
{
    span_t sum = statement_text_trim(span_of(text));
    size_t decimals = 0;
    while (decimals < sum.size && sum.bytes[sum.size - 1 - decimals] >= '0' &&
           sum.bytes[sum.size - 1 - decimals] <= '9')
        decimals++;
    bool point = decimals < sum.size && strchr(".,", sum.bytes[sum.size - 1 - decimals]) != NULL;
    if (point && decimals > DECIMALS_MAX)
        return false;
    for (; point && decimals > 2 && sum.bytes[sum.size - 1] == '0'; decimals--)
        sum.size--;
    return statement_amount_parse(sum, ret_sum);
}

// A day, and maybe a time of that day, without a zone.
static bool read_day(const char *text, day_t *ret_day)
{
    static const char TIME[] = "0123456789:.";
    span_t value = statement_text_trim(span_of(text));
    size_t size = 0;
    while (size < value.size && value.bytes[size] != ' ' && value.bytes[size] != 'T')
        size++;
    for (size_t i = size + 1; i < value.size; i++)
        if (!strchr(TIME, value.bytes[i]))
            return false;
    return size + 1 != value.size && day_parse((span_t){value.bytes, size}, ret_day);
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    span_t value = statement_text_trim(span_of(text));
    uint64_t number = 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned digit = (unsigned)(value.bytes[i] - '0');
        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        number = 10 * number + digit;
    }
    *ret_number = number;
    return number > 0;
}

static bool read_kind(const char *text, bool *ret_refund)
{
    *ret_refund = is_word(text, "refund") || is_word(text, "возврат");
    return *ret_refund || is_word(text, "payment") || is_word(text, "оплата") || !*text;
}

static bool read_state(const char *text, registry_state_t *ret_state)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (is_word(text, states[i].word)) {
            *ret_state = states[i].state;
            return true;
        }
    return false;
}

static bool read_value(column_t column, const char *text, registry_row_t *out)
{
    switch (column) {
    case DATE:
        return read_day(text, &out->day);
    case NUMBER:
        return read_number(text, &out->number);
    case AMOUNT:
        return read_sum(text, &out->amount) && out->amount > 0;
    case KIND:
        return read_kind(text, &out->refund);
    case STATE:
        return read_state(text, &out->state);
    default:
        out->has_fee = *text != '\0';
        return !out->has_fee || read_sum(text, &out->fee);
    }
}

// --- rows ---

static column_t column_named(const char *text)
{
    for (column_t column = 0; column < COLUMNS; column++)
        for (size_t i = 0; i < NAMES_MAX && names[column][i]; i++)
            if (is_word(text, names[column][i]))
                return column;
    return COLUMNS;
}

static bool read_header(reader_csv_t *self)
{
    if (!next_row(self))
        return self->csv.error ? false
                               : refuse_row(self, "expected a header, and the file is empty");
    self->columns_count = self->csv.count;
    for (size_t i = 0; i < self->csv.count; i++) {
        column_t column = column_named(self->csv.fields[i]);
        if (column == COLUMNS)
            continue;
        if (self->columns[column])
            return refuse(self, column, "twice");
        self->columns[column] = i + 1;
    }
    for (column_t column = 0; column < NEEDED; column++)
        if (!self->columns[column])
            return refuse(self, column, "missing");
    return true;
}

static bool keep(registry_csv_t *self, const registry_row_t *row)
{
    if (self->count == REGISTRY_ROWS_MAX)
        return false;
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 256;
        self->rows = realloc(self->rows, self->room * sizeof *self->rows);
        assert(self->rows);
    }
    self->rows[self->count++] = *row;
    return true;
}

static bool add_up(reader_csv_t *self, const registry_row_t *row)
{
    kopecks_t *sum = row->refund ? &self->returned : &self->paid;
    return row->state != REGISTRY_DONE ||
           (money_add(*sum, row->amount, sum) && money_add(self->kept, row->fee, &self->kept));
}

static bool read_row(reader_csv_t *self)
{
    registry_row_t row = {.line = self->csv.line};
    if (self->csv.count != self->columns_count)
        return refuse_row(self, "another count of fields than the header has");
    for (column_t column = 0; column < COLUMNS; column++) {
        size_t place = self->columns[column];
        if (place && !read_value(column, self->csv.fields[place - 1], &row))
            return refuse(self, column, self->csv.fields[place - 1]);
    }
    if (row.has_fee && row.fee > row.amount)
        return refuse(self, FEE, "more than the row's sum");
    if (!add_up(self, &row))
        return refuse_row(self, "the sums of the rows leave int64");
    return keep(self->out, &row) || refuse_row(self, "more rows than are read");
}

// TOTAL;count;payments;refunds;fees: what is empty or missing is not compared.
static bool read_total(reader_csv_t *self)
{
    const kopecks_t sums[] = {self->paid, self->returned, self->kept};
    size_t count = self->out->count - self->first;
    uint64_t number = 0;
    const char *text = self->csv.count > 1 ? self->csv.fields[1] : "";
    if (strcmp(text, "0") != 0 && !read_number(text, &number))
        return refuse_row(self, "expected TOTAL, the count of rows, payments, refunds and fees");
    if (number != count)
        return refuse_row(self,
                          "TOTAL counts other rows than the file has: it was cut off, or mended");
    for (size_t i = 2; i < self->csv.count; i++) {
        kopecks_t sum = 0;
        if (!*self->csv.fields[i])
            continue;
        if (i >= TOTAL_FIELDS || !read_sum(self->csv.fields[i], &sum))
            return refuse_row(self,
                              "expected TOTAL, the count of rows, payments, refunds and fees");
        if (sum != sums[i - 2])
            return refuse_row(self, "TOTAL says another sum than the rows come to");
    }
    if (next_row(self))
        return refuse_row(self, "rows behind TOTAL");
    self->out->totals++;
    return !self->csv.error;
}

static bool read_rows(reader_csv_t *self)
{
    if (!read_header(self))
        return false;
    while (next_row(self)) {
        if (is_word(self->csv.fields[0], "TOTAL") || is_word(self->csv.fields[0], "итого"))
            return read_total(self);
        if (!read_row(self))
            return false;
    }
    return !self->csv.error;
}

static bool read_text(registry_csv_t *self, char *text, size_t size)
{
    FILE *file = fmemopen(text, size, "r");
    assert(file); // it is not empty
    reader_csv_t *reader = calloc(1, sizeof *reader);
    assert(reader);
    reader->out = self;
    reader->first = self->count;
    csv_init(&reader->csv, file);
    csv_take_semicolons(&reader->csv);
    bool good = read_rows(reader);
    if (!good)
        self->count = reader->first;
    free(reader);
    (void)fclose(file);
    return good;
}

bool registry_csv_read(registry_csv_t *self, const void *bytes, size_t size)
{
    span_t raw = {bytes, size};
    size_t decoded = 0;
    self->error[0] = '\0';
    char *text = size && size <= REGISTRY_BYTES_MAX ? malloc(3 * size) : NULL;
    bool read = text && (statement_text_decode(raw, STATEMENT_UTF8, text, &decoded) ||
                         statement_text_decode(raw, STATEMENT_WINDOWS_1251, text, &decoded));
    bool good = read && read_text(self, text, decoded);
    if (!read)
        snprintf(self->error, sizeof self->error,
                 "line 1: expected UTF-8 or Windows-1251, and at "
                 "most 32 MiB");
    free(text);
    return good;
}

void registry_csv_release(registry_csv_t *self)
{
    free(self->rows);
    *self = (registry_csv_t){0};
}
