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
    *self = (postings_file_t){.file = file};
}

static bool refuse(postings_file_t *self, const char *what, const char *value, const char *wanted)
{
    snprintf(self->error, sizeof self->error, "line %llu: %s: \"%.60s\": expected %s",
             (unsigned long long)self->line, what, value, wanted);
    return false;
}

// Reads one value into the posting; false if it is none.
static bool read_value(name_t name, const char *text, event_posting_requested_t *out)
{
    uint64_t number;
    switch (name) {
    case DEBIT:
        return args_read_account(text, &out->debit);
    case CREDIT:
        return args_read_account(text, &out->credit);
    case AMOUNT:
        return args_read_rubles(text, &out->amount);
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
        return refuse(self, names[i], "", "it to be there");
    }
    return true;
}

// --- CSV ---

static bool read_header(postings_file_t *self, char *line)
{
    unsigned seen = 0;
    for (char *field; (field = strsep(&line, ","));) {
        int name = find_name(field);
        if (name < 0 || seen & 1u << name || self->columns_count == NAMES)
            return refuse(self, "header", field,
                          "debit, credit, amount or amount_kopecks, kind, reference, each once");
        seen |= 1u << name;
        self->columns[self->columns_count++] = name;
    }
    return is_whole(self, seen);
}

static bool read_csv(postings_file_t *self, char *line, event_posting_requested_t *out)
{
    size_t column = 0;
    for (char *field; (field = strsep(&line, ",")); column++) {
        if (column == self->columns_count)
            return refuse(self, "line", field, "as many fields as the header has");
        name_t name = (name_t)self->columns[column];
        if (name == REFERENCE && !*field)
            continue;
        if (!read_value(name, field, out))
            return refuse(self, names[name], field, expected[name]);
    }
    if (column < self->columns_count)
        return refuse(self, names[self->columns[column]], "", "as many fields as the header has");
    return true;
}

// --- JSON ---

static bool read_member(postings_file_t *self, const char *key, const json_t *value, unsigned *seen,
                        event_posting_requested_t *out)
{
    int name = find_name(key);
    if (name < 0 || name == AMOUNT_KOPECKS)
        return refuse(self, "object", key, "debit, credit, amount, kind, reference");
    *seen |= 1u << name;
    if (json_is_integer(value) && name == AMOUNT)
        out->amount = json_integer_value(value);
    else if (json_is_integer(value) && name == KIND && json_integer_value(value) > 0)
        out->kind = (uint64_t)json_integer_value(value);
    else if (!json_is_string(value) || name == AMOUNT ||
             !read_value((name_t)name, json_string_value(value), out))
        return refuse(self, key, json_is_string(value) ? json_string_value(value) : "(no text)",
                      name == AMOUNT ? "kopecks, a whole number" : expected[name]);
    return true;
}

static bool read_json(postings_file_t *self, const char *line, event_posting_requested_t *out)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse(self, "JSON", line, "one object");
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

// --- lines ---

static bool next_line(postings_file_t *self, char line[POSTINGS_LINE_MAX])
{
    do {
        if (!fgets(line, POSTINGS_LINE_MAX, self->file))
            return ferror(self->file) ? refuse(self, "file", "", "it to be readable") : false;
        self->line++;
        size_t size = strlen(line);
        if (size == POSTINGS_LINE_MAX - 1 && line[size - 1] != '\n')
            return refuse(self, "line", line, "at most 4095 bytes");
        line[strcspn(line, "\r\n")] = '\0';
    } while (!*line);
    return true;
}

bool postings_file_next(postings_file_t *self, event_posting_requested_t *ret_posting)
{
    char line[POSTINGS_LINE_MAX];
    event_posting_requested_t posting = {0};
    if (self->error[0] || !next_line(self, line))
        return false;
    if (!self->begun) {
        self->begun = true;
        self->json = line[0] == '{';
        if (!self->json && (!read_header(self, line) || !next_line(self, line)))
            return false;
    }
    if (self->json ? !read_json(self, line, &posting) : !read_csv(self, line, &posting))
        return false;
    *ret_posting = posting;
    return true;
}
