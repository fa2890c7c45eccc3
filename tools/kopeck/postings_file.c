#include "tools/kopeck/postings_file.h"
#include "tools/kopeck/args.h"
#include <jansson.h>

typedef enum { DEBIT, CREDIT, AMOUNT, AMOUNT_KOPECKS, KIND, REFERENCE, NAMES } name_t;
static const char *const names[NAMES] = {"debit",          "credit", "amount",
                                         "amount_kopecks", "kind",   "reference"};
static const char *const expected[NAMES] = {"a UUID, or a system account's title",
                                            "a UUID, or a system account's title",
                                            "rubles, as 12 or 12.34",
                                            "whole kopecks",
                                            "a posting kind, by number or title",
                                            "a UUID"};

void postings_file_init(postings_file_t *self, FILE *file)
{
    *self = (postings_file_t){0};
    csv_init(&self->csv, file);
    csv_take_semicolons(&self->csv);
}

// Rubles as the file writes them: where semicolons part the fields, the comma is the decimal one.
static bool read_rubles(const postings_file_t *self, const char *text, kopecks_t *ret_amount)
{
    char point[32];
    size_t size = strlen(text);
    if (self->json || self->csv.separator != ';' || size >= sizeof point)
        return args_read_rubles(text, ret_amount);
    for (size_t i = 0; i <= size; i++) {
        if (text[i] == '.')
            return false; // of 1.234,5 and 12.34 nobody knows what was meant
        point[i] = text[i] == ',' ? '.' : text[i];
    }
    return args_read_rubles(point, ret_amount);
}

static bool refuse_posting(postings_file_t *self, const char *what, const char *value,
                           const char *wanted)
{
    snprintf(self->error, sizeof self->error, "line %llu: %s: \"%.60s\": expected %s",
             (unsigned long long)self->csv.line, what, value, wanted);
    return false;
}

// Reads one value into the posting; false if it is none.
static bool read_value(const postings_file_t *self, name_t name, const char *text,
                       event_posting_requested_t *out)
{
    uint64_t number;
    switch (name) {
    case DEBIT:
        return args_read_account(text, &out->debit);
    case CREDIT:
        return args_read_account(text, &out->credit);
    case AMOUNT:
        return read_rubles(self, text, &out->amount);
    case AMOUNT_KOPECKS:
        if (!args_read_number(text, &number) || number > INT64_MAX)
            return false;
        out->amount = (kopecks_t)number;
        return true;
    case KIND:
        return args_read_kind(text, &out->kind);
    default:
        return uid_parse(text, &out->reference);
    }
}

static int find_name(const char *text)
{
    for (int i = 0; i < NAMES; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

// What every posting must name.
static bool is_whole(postings_file_t *self, unsigned seen)
{
    for (int i = 0; i < NAMES; i++) {
        bool other = i == AMOUNT ? seen & 1u << AMOUNT_KOPECKS : seen & 1u << AMOUNT;
        bool amount = i == AMOUNT || i == AMOUNT_KOPECKS;
        if (seen & 1u << i || i == REFERENCE || (amount && other))
            continue;
        return refuse_posting(self, names[i], "", "it to be there");
    }
    return true;
}

// --- CSV ---

static bool read_header(postings_file_t *self)
{
    unsigned seen = 0;
    for (size_t i = 0; i < self->csv.count; i++) {
        int name = find_name(self->csv.fields[i]);
        if (name < 0 || seen & 1u << name)
            return refuse_posting(
                self, "header", self->csv.fields[i],
                "debit, credit, amount or amount_kopecks, kind, reference, each once");
        seen |= 1u << name;
        self->columns[self->columns_count++] = name;
    }
    return is_whole(self, seen);
}

static bool read_csv(postings_file_t *self, event_posting_requested_t *out)
{
    for (size_t i = 0; i < self->csv.count; i++) {
        const char *field = self->csv.fields[i];
        if (i == self->columns_count)
            return refuse_posting(self, "line", field, "as many fields as the header has");
        name_t name = (name_t)self->columns[i];
        if (name == REFERENCE && !*field)
            continue;
        if (!read_value(self, name, field, out))
            return refuse_posting(self, names[name], field,
                                  name == AMOUNT && self->csv.separator == ';'
                                      ? "rubles, as 12 or 12,34 where semicolons part the fields"
                                      : expected[name]);
    }
    if (self->csv.count < self->columns_count)
        return refuse_posting(self, names[self->columns[self->csv.count]], "",
                              "as many fields as the header has");
    return true;
}

// The next record or line of JSON; false at the end, and where it is none.
static bool next_record(postings_file_t *self)
{
    if (self->json ? csv_line(&self->csv) : csv_next(&self->csv))
        return true;
    if (self->csv.error && self->json)
        snprintf(self->error, sizeof self->error, "line %llu: %s",
                 (unsigned long long)self->csv.line, self->csv.error);
    else if (self->csv.error)
        snprintf(self->error, sizeof self->error, "line %llu: field %zu: %s",
                 (unsigned long long)self->csv.line, self->csv.count + 1, self->csv.error);
    return false;
}

// --- JSON ---

static bool read_member(postings_file_t *self, const char *key, const json_t *value, unsigned *seen,
                        event_posting_requested_t *out)
{
    int name = find_name(key);
    if (name < 0 || name == AMOUNT_KOPECKS)
        return refuse_posting(self, "object", key, "debit, credit, amount, kind, reference");
    *seen |= 1u << name;
    if (json_is_integer(value) && name == AMOUNT)
        out->amount = json_integer_value(value);
    else if (json_is_integer(value) && name == KIND && json_integer_value(value) > 0)
        out->kind = (uint64_t)json_integer_value(value);
    else if (!json_is_string(value) || name == AMOUNT ||
             !read_value(self, (name_t)name, json_string_value(value), out))
        return refuse_posting(self, key,
                              json_is_string(value) ? json_string_value(value) : "(no text)",
                              name == AMOUNT ? "kopecks, a whole number" : expected[name]);
    return true;
}

static bool read_json(postings_file_t *self, const char *line, event_posting_requested_t *out)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse_posting(self, "JSON", line, "one object");
    }
    const char *key;
    json_t *value;
    unsigned seen = 0;
    bool good = true;
    json_object_foreach(object, key, value) good =
        good && read_member(self, key, value, &seen, out);
    json_decref(object);
    return good && is_whole(self, seen);
}

// --- both ---

static bool next_posting(postings_file_t *self, event_posting_requested_t *out)
{
    if (!next_record(self))
        return false;
    return self->json ? read_json(self, self->csv.fields[0], out) : read_csv(self, out);
}

bool postings_file_next(postings_file_t *self, event_posting_requested_t *ret_posting)
{
    event_posting_requested_t posting = {0};
    if (self->error[0])
        return false;
    if (!self->begun) {
        self->begun = true;
        self->json = csv_peek(&self->csv) == '{';
        if (!self->json && (!next_record(self) || !read_header(self)))
            return false;
    }
    if (!next_posting(self, &posting))
        return false;
    *ret_posting = posting;
    return true;
}
