#include "tools/tracing/pods.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMN_NAME, COLUMN_CPU, COLUMN_SCHEDULED, COLUMN_DELETED, COLUMNS };
static const char *const titles[COLUMNS] = {"name", "cpu_milli", "scheduled_time", "deletion_time"};

enum { VALUE_SHOWN_MAX = 40 };

typedef struct {
    const char *file;
    unsigned line;
    size_t places[COLUMNS]; // where each column stands
    char *error;
} reader_t;

static bool refuse(const reader_t *self, size_t column, const char *value, const char *why)
{
    snprintf(self->error, PODS_ERROR_MAX, "%.200s:%u: column %s: '%.*s': %s", self->file,
             self->line, titles[column], VALUE_SHOWN_MAX, value, why);
    return false;
}

// Splits a line in place at its commas.
static size_t split(char *line, const char *fields[PODS_COLUMNS_MAX])
{
    size_t count = 0;
    for (char *next = line; next && count < PODS_COLUMNS_MAX;)
        fields[count++] = strsep(&next, ",");
    return count;
}

static bool read_header(reader_t *self, char *line)
{
    const char *fields[PODS_COLUMNS_MAX];
    size_t count = split(line, fields);
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t i = 0;
        while (i < count && strcmp(fields[i], titles[c]) != 0)
            i++;
        if (i == count)
            return refuse(self, c, count ? fields[0] : "", "the header lacks this column");
        self->places[c] = i;
    }
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

static bool read_row(reader_t *self, char *line, pod_t *pod)
{
    const char *fields[PODS_COLUMNS_MAX], *values[COLUMNS];
    size_t count = split(line, fields);
    for (size_t c = 0; c < COLUMNS; c++) {
        if (self->places[c] >= count)
            return refuse(self, c, "", "the row ends before this column");
        values[c] = fields[self->places[c]];
    }
    int64_t cpu_milli;
    if (!parse_name(values[COLUMN_NAME], &pod->number))
        return refuse(self, COLUMN_NAME, values[COLUMN_NAME], "expected NAME-NUMBER");
    if (!parse_number(values[COLUMN_CPU], UINT32_MAX, &cpu_milli))
        return refuse(self, COLUMN_CPU, values[COLUMN_CPU], "expected thousandths of a processor");
    pod->cpu_milli = (uint32_t)cpu_milli;
    pod->scheduled = pod->deleted = -1;
    const char *scheduled = values[COLUMN_SCHEDULED], *deleted = values[COLUMN_DELETED];
    if (*scheduled && !parse_number(scheduled, PODS_SECONDS_MAX, &pod->scheduled))
        return refuse(self, COLUMN_SCHEDULED, scheduled, "expected seconds, or nothing");
    if (*deleted && !parse_number(deleted, PODS_SECONDS_MAX, &pod->deleted))
        return refuse(self, COLUMN_DELETED, deleted, "expected seconds");
    if (pod->scheduled >= 0 && pod->deleted < 0)
        return refuse(self, COLUMN_DELETED, deleted, "it was scheduled, so it needs a deletion");
    if (pod->scheduled >= 0 && pod->deleted < pod->scheduled)
        return refuse(self, COLUMN_DELETED, deleted, "lies before scheduled_time");
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

static bool read_lines(reader_t *self, FILE *file, pods_t *pods)
{
    char line[PODS_LINE_MAX];
    size_t room = 0;
    while (fgets(line, sizeof line, file)) {
        self->line++;
        size_t size = strcspn(line, "\r\n");
        if (!line[size] && !feof(file))
            return refuse(self, COLUMN_NAME, line, "the line is longer than 4095 bytes");
        line[size] = '\0';
        if (self->line == 1) {
            if (!read_header(self, line))
                return false;
            continue;
        }
        if (!*line)
            continue;
        if (pods->count == PODS_MAX)
            return refuse(self, COLUMN_NAME, line, "more than 1000000 rows");
        if (pods->count == room) {
            room = room ? room * 2 : 1024;
            pods->pods = realloc(pods->pods, room * sizeof *pods->pods);
            assert(pods->pods);
        }
        if (!read_row(self, line, &pods->pods[pods->count]))
            return false;
        pods->count++;
    }
    if (self->line == 0)
        return refuse(self, COLUMN_NAME, "", "the file has no header");
    if (!pods->count)
        return refuse(self, COLUMN_NAME, "", "the file has no rows");
    qsort(pods->pods, pods->count, sizeof *pods->pods, by_number);
    return numbers_differ(self, pods);
}

bool pods_read(const char *path, pods_t *ret_pods, char error[PODS_ERROR_MAX])
{
    reader_t self = {.file = path, .error = error};
    pods_t pods = {0};
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(error, PODS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
        return false;
    }
    bool good = read_lines(&self, file, &pods);
    if (good && ferror(file)) {
        snprintf(error, PODS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
        good = false;
    }
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
