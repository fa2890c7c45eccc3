#include "tools/tracing/pods.h"
#include "tools/command_line/csv.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMN_NAME, COLUMN_CPU, COLUMN_SCHEDULED, COLUMN_DELETED, COLUMNS };
static const char *const titles[COLUMNS] = {"name", "cpu_milli", "scheduled_time", "deletion_time"};

enum { VALUE_SHOWN_MAX = 40 };

typedef struct {
    const char *file;
    csv_t csv;
    size_t places[COLUMNS]; // where each column stands
    char *error;
} reader_t;

static bool refuse_value(const reader_t *self, size_t column, const char *value, const char *why)
{
    snprintf(self->error, PODS_ERROR_MAX, "%.200s:%llu: column %s: '%.*s': %s", self->file,
             (unsigned long long)self->csv.line, titles[column], VALUE_SHOWN_MAX, value, why);
    return false;
}

// The name of the column in which the CSV itself is wrong, as far as the header told it.
static bool refuse_record(const reader_t *self)
{
    size_t c = 0;
    while (c < COLUMNS && self->places[c] != self->csv.count)
        c++;
    snprintf(self->error, PODS_ERROR_MAX, "%.200s:%llu: column %zu%s%s: %s", self->file,
             (unsigned long long)self->csv.line, self->csv.count + 1, c < COLUMNS ? ", " : "",
             c < COLUMNS ? titles[c] : "", self->csv.error);
    return false;
}

static bool read_header(reader_t *self)
{
    size_t places[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t i = 0;
        while (i < self->csv.count && strcmp(self->csv.fields[i], titles[c]) != 0)
            i++;
        if (i == self->csv.count)
            return refuse_value(self, c, self->csv.fields[0], "the header lacks this column");
        places[c] = i;
    }
    memcpy(self->places, places, sizeof places);
    return true;
}

static bool parse_number(const char *text, int64_t max, int64_t *ret_number)
{
    int64_t number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (*text - '0');
        if (number > max)
            return false;
    }
    *ret_number = number;
    return true;
}

// A whole number that may be written as a decimal fraction, as 1511808.0: that is how a column with
// empty cells leaves the tools that public traces are made with.
static bool parse_cell(const char *text, int64_t max, int64_t *ret_number)
{
    char whole[VALUE_SHOWN_MAX];
    size_t size = strcspn(text, ".");
    size_t zeros = text[size] ? strspn(text + size + 1, "0") : 0;
    if (size >= sizeof whole || (text[size] && (!zeros || text[size + 1 + zeros])))
        return false;
    memcpy(whole, text, size);
    whole[size] = '\0';
    return parse_number(whole, max, ret_number);
}

// The number after the last '-' of the name.
static bool parse_name(const char *name, uint32_t *ret_number)
{
    const char *dash = strrchr(name, '-');
    int64_t number;
    if (!dash || dash == name || !parse_number(dash + 1, 999999999, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool read_row(const reader_t *self, pod_t *pod)
{
    const char *values[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        if (self->places[c] >= self->csv.count)
            return refuse_value(self, c, "", "the row ends before this column");
        values[c] = self->csv.fields[self->places[c]];
    }
    int64_t cpu_milli;
    if (!parse_name(values[COLUMN_NAME], &pod->number))
        return refuse_value(self, COLUMN_NAME, values[COLUMN_NAME], "expected NAME-NUMBER");
    if (!parse_cell(values[COLUMN_CPU], UINT32_MAX, &cpu_milli))
        return refuse_value(self, COLUMN_CPU, values[COLUMN_CPU],
                            "expected thousandths of a processor");
    pod->cpu_milli = (uint32_t)cpu_milli;
    pod->scheduled = pod->deleted = -1;
    const char *scheduled = values[COLUMN_SCHEDULED], *deleted = values[COLUMN_DELETED];
    if (*scheduled && !parse_cell(scheduled, PODS_SECONDS_MAX, &pod->scheduled))
        return refuse_value(self, COLUMN_SCHEDULED, scheduled, "expected seconds, or nothing");
    if (*deleted && !parse_cell(deleted, PODS_SECONDS_MAX, &pod->deleted))
        return refuse_value(self, COLUMN_DELETED, deleted, "expected seconds");
    if (pod->scheduled >= 0 && pod->deleted < 0)
        return refuse_value(self, COLUMN_DELETED, deleted,
                            "it was scheduled, so it needs a deletion");
    if (pod->scheduled >= 0 && pod->deleted < pod->scheduled)
        return refuse_value(self, COLUMN_DELETED, deleted, "lies before scheduled_time");
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const pod_t *)a)->number, y = ((const pod_t *)b)->number;
    return (x > y) - (x < y);
}

// Two rows of one pod would be two lives of one resource.
static bool numbers_differ(const reader_t *self, const pods_t *pods)
{
    for (size_t i = 1; i < pods->count; i++)
        if (pods->pods[i - 1].number == pods->pods[i].number) {
            snprintf(self->error, PODS_ERROR_MAX, "%.200s: column name: pod %u stands there twice",
                     self->file, pods->pods[i].number);
            return false;
        }
    return true;
}

static bool add_row(reader_t *self, pods_t *pods, size_t *room)
{
    if (pods->count == PODS_MAX)
        return refuse_value(self, COLUMN_NAME, self->csv.fields[0], "more than 1000000 rows");
    if (pods->count == *room) {
        *room = *room ? *room * 2 : 1024;
        pods->pods = realloc(pods->pods, *room * sizeof *pods->pods);
        assert(pods->pods);
    }
    return read_row(self, &pods->pods[pods->count]) && ++pods->count;
}

static bool read_records(reader_t *self, pods_t *pods)
{
    size_t room = 0;
    if (csv_next(&self->csv) && !read_header(self))
        return false;
    bool headed = self->csv.count > 0;
    while (!self->csv.error && csv_next(&self->csv))
        if (!add_row(self, pods, &room))
            return false;
    if (self->csv.error)
        return refuse_record(self);
    if (!headed)
        return refuse_value(self, COLUMN_NAME, "", "the file has no header");
    if (!pods->count)
        return refuse_value(self, COLUMN_NAME, "", "the file has no rows");
    qsort(pods->pods, pods->count, sizeof *pods->pods, by_number);
    return numbers_differ(self, pods);
}

bool pods_read(const char *path, pods_t *ret_pods, char error[PODS_ERROR_MAX])
{
    reader_t self = {.file = path, .error = error};
    memset(self.places, 0xff, sizeof self.places); // none is known yet
    pods_t pods = {0};
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(error, PODS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
        return false;
    }
    csv_init(&self.csv, file);
    bool good = read_records(&self, &pods);
    fclose(file);
    if (good)
        *ret_pods = pods;
    else
        pods_clear(&pods);
    return good;
}

void pods_clear(pods_t *self)
{
    free(self->pods);
    *self = (pods_t){0};
}
