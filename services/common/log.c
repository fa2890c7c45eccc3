#include "services/common/log.h"
#include "proto/field.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { NUMBERS = 16 };

static _Atomic log_level_t lowest = LOG_LEVEL_INFO;
static const char *const names[] = {"debug", "info", "warn", "error"};
static _Thread_local char numbers[NUMBERS][24];
static _Thread_local unsigned numbers_next;

void log_set_level(log_level_t level)
{
    lowest = level;
}

int log_level_parse(const char *name)
{
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *log_number(uint64_t value)
{
    char *text = numbers[numbers_next++ % NUMBERS];
    snprintf(text, sizeof numbers[0], "%" PRIu64, value);
    return text;
}

const char *log_signed(int64_t value)
{
    char *text = numbers[numbers_next++ % NUMBERS];
    snprintf(text, sizeof numbers[0], "%" PRId64, value);
    return text;
}

typedef struct {
    char text[LOG_LINE_MAX];
    size_t size;
} line_t;

static void put(line_t *line, char c)
{
    if (line->size < sizeof line->text - 1) // one is kept for the newline
        line->text[line->size++] = c;
}

static void put_plain(line_t *line, const char *text)
{
    while (*text)
        put(line, *text++);
}

static bool needs_quotes(const char *text)
{
    if (!*text)
        return true;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=' || *text == '\\' ||
            *text == 0x7f)
            return true;
    return false;
}

static void put_value(line_t *line, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    if (!needs_quotes(text)) {
        put_plain(line, text);
        return;
    }
    put(line, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            put(line, '\\');
            put(line, (char)c);
        } else if (c < ' ' || c == 0x7f) {
            put_plain(line, "\\x");
            put(line, hex[c >> 4]);
            put(line, hex[c & 15]);
        } else {
            put(line, (char)c);
        }
    }
    put(line, '"');
}

void log_line(log_level_t level, const char *message, ...)
{
    if (level < lowest)
        return;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char when[TIME_TEXT_SIZE];
    time_format((instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000, when);

    line_t line = {.size = 0};
    put_plain(&line, when);
    put(&line, ' ');
    put_plain(&line, names[level]);
    put(&line, ' ');
    put_value(&line, message);
    va_list pairs;
    va_start(pairs, message);
    for (const char *key; (key = va_arg(pairs, const char *));) {
        const char *value = va_arg(pairs, const char *);
        put(&line, ' ');
        put_plain(&line, key);
        put(&line, '=');
        put_value(&line, value ? value : "-");
    }
    va_end(pairs);
    line.text[line.size++] = '\n';
    // A log that cannot be written has nowhere to say so.
    ssize_t written = write(STDERR_FILENO, line.text, line.size);
    (void)written;
}
