#include "proto/counter.h"
#include <inttypes.h>
#include <stdio.h>

enum { LINE_MAX_SIZE = 128, DIGITS_MAX = 20 };

static const counter_info_t infos[COUNTERS] = {
#define COUNTER(name, line, metric, kind, unit, label, meaning)                                    \
    [COUNTER_##name] = {                                                                           \
        line, metric, COUNTER_KIND_##kind, COUNTER_UNIT_##unit, COUNTER_LABEL_##label, meaning},
#include "proto/counters.def"
};

// How many of a unit's are one of the base unit, or how many of the base unit are in one.
static const struct {
    const char *base;
    int64_t parts, times;
    int digits; // of the parts
} units[] = {[COUNTER_UNIT_NONE] = {"", 1, 1, 0},
             [COUNTER_UNIT_BYTES] = {"bytes", 1, 1, 0},
             [COUNTER_UNIT_KOPECKS] = {"kopecks", 1, 1, 0},
             [COUNTER_UNIT_SECONDS] = {"seconds", 1, 1, 0},
             [COUNTER_UNIT_MILLISECONDS] = {"seconds", 1000, 1, 3},
             [COUNTER_UNIT_MICROSECONDS] = {"seconds", 1000000, 1, 6},
             [COUNTER_UNIT_MINUTES] = {"seconds", 1, 60, 0}};

const counter_info_t *counter_info(counter_t counter)
{
    return &infos[counter];
}

const char *counter_base_unit(counter_t counter)
{
    return units[infos[counter].unit].base;
}

void counter_metric(counter_t counter, char ret_name[COUNTER_METRIC_MAX])
{
    const char *unit = counter_base_unit(counter);
    snprintf(ret_name, COUNTER_METRIC_MAX, "kopeck_%s%s%s", infos[counter].metric, *unit ? "_" : "",
             unit);
}

void counter_put_value(writer_t *out, counter_t counter, int64_t value)
{
    char text[3 * DIGITS_MAX];
    int64_t parts = units[infos[counter].unit].parts, whole;
    if (__builtin_mul_overflow(value, units[infos[counter].unit].times, &whole))
        whole = value < 0 ? INT64_MIN : INT64_MAX;
    int64_t rest = whole % parts;
    if (parts == 1)
        snprintf(text, sizeof text, "%" PRId64, whole);
    else
        snprintf(text, sizeof text, "%s%" PRId64 ".%0*" PRId64,
                 whole < 0 && whole / parts == 0 ? "-" : "", whole / parts,
                 units[infos[counter].unit].digits, rest < 0 ? -rest : rest);
    writer_string(out, text);
}

void counter_put(writer_t *out, counter_t counter, int64_t value)
{
    counter_put_of(out, counter, 0, value);
}

void counter_put_of(writer_t *out, counter_t counter, uint64_t number, int64_t value)
{
    char line[LINE_MAX_SIZE];
    const char *name = infos[counter].line, *star = strchr(name, '*');
    int size = star ? snprintf(line, sizeof line, "%.*s%" PRIu64 "%s %" PRId64 "\n",
                               (int)(star - name), name, number, star + 1, value)
                    : snprintf(line, sizeof line, "%s %" PRId64 "\n", name, value);
    assert(size > 0 && (size_t)size < sizeof line);
    writer_put(out, line, (size_t)size);
}

// Decimal digits, at least one and nothing else, that fit.
static bool read_digits(const char *text, size_t size, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    *ret_number = number;
    return size > 0;
}

bool counter_is(counter_t counter, text_t name, uint64_t *ret_number)
{
    const char *line = infos[counter].line, *star = strchr(line, '*');
    *ret_number = 0;
    if (!star)
        return text_equal(name, text_of(line));
    size_t before = (size_t)(star - line), behind = strlen(star + 1);
    return name.size > before + behind && memcmp(name.data, line, before) == 0 &&
           memcmp(name.data + name.size - behind, star + 1, behind) == 0 &&
           read_digits(name.data + before, name.size - before - behind, ret_number);
}

bool counter_read(text_t text, int64_t *ret_value)
{
    uint64_t number;
    bool minus = text.size && *text.data == '-';
    if (!read_digits(text.data + minus, text.size - minus, &number) ||
        number > (uint64_t)INT64_MAX + minus)
        return false;
    *ret_value = (int64_t)(minus ? 0 - number : number);
    return true;
}
