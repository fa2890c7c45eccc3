#include "tools/kopeck/policy_words.h"
#include "tools/kopeck/args.h"

#define SPAN_END "_us"

static const policy_unit_t units[] = {
    {"-hours", HOUR_US}, {"-minutes", MINUTE_US}, {"-seconds", SECOND_US}, {"-us", 1}};
enum { UNITS = sizeof units / sizeof units[0] };

static size_t stem_size(const field_t *field)
{
    return strlen(field->name) - (policy_words_is_span(field) ? strlen(SPAN_END) : 0);
}

bool policy_words_is_span(const field_t *field)
{
    size_t size = strlen(field->name), end = strlen(SPAN_END);
    return field->type == FIELD_TYPE_u64 && size > end &&
           strcmp(field->name + size - end, SPAN_END) == 0;
}

const policy_unit_t *policy_words_unit(uint64_t one, uint64_t other)
{
    size_t i = 0;
    while (one % units[i].us || other % units[i].us)
        i++;
    return &units[i];
}

void policy_words_name(const field_t *field, const policy_unit_t *unit, char out[POLICY_WORD_MAX])
{
    const char *end = policy_words_is_span(field) ? unit->end : "";
    snprintf(out, POLICY_WORD_MAX, "%.*s%s", (int)stem_size(field), field->name, end);
    for (char *at = out; *at; at++)
        if (*at == '_')
            *at = '-';
}

// --- reading ---

static bool is_name(text_t word, const field_t *field, const policy_unit_t *unit)
{
    char name[POLICY_WORD_MAX];
    policy_words_name(field, unit, name);
    return text_equal(word, text_of(name));
}

// The index of the field that the word names, and the unit by which it does; -1 if none.
static int find(const field_t *fields, size_t count, text_t word, const policy_unit_t **ret_unit)
{
    for (size_t i = 0; i < count; i++)
        for (size_t u = 0; u < UNITS; u++)
            if (is_name(word, &fields[i], &units[u])) {
                *ret_unit = &units[u];
                return (int)i;
            }
    return -1;
}

static void list_names(const field_t *fields, size_t count, char *out)
{
    size_t used = (size_t)snprintf(out, POLICY_EXPECTED_MAX, "NAME=VALUE, NAME one of");
    for (size_t i = 0; i < count && used < POLICY_EXPECTED_MAX; i++) {
        char name[POLICY_WORD_MAX];
        policy_words_name(&fields[i], policy_words_unit(MINUTE_US, MINUTE_US), name);
        used +=
            (size_t)snprintf(out + used, POLICY_EXPECTED_MAX - used, "%s %s", i ? "," : "", name);
    }
}

// What was expected, NULL if the text was it.
static const char *read_value(const field_t *field, const policy_unit_t *unit, const char *text,
                              void *at)
{
    if (field->type == FIELD_TYPE_money)
        return args_read_rubles(text, at) ? NULL : ARGS_RUBLES;
    uint64_t scale = policy_words_is_span(field) ? unit->us : 1, number;
    if (!args_read_number(text, &number) || number > INT64_MAX / scale)
        return "a whole number";
    *(uint64_t *)at = number * scale;
    return NULL;
}

int policy_words_read(const field_t *fields, size_t count, const char *text, void *body,
                      char ret_expected[POLICY_EXPECTED_MAX])
{
    const policy_unit_t *unit = NULL;
    size_t size = strcspn(text, "=");
    int found = text[size] ? find(fields, count, (text_t){text, (uint32_t)size}, &unit) : -1;
    if (found < 0) {
        list_names(fields, count, ret_expected);
        return -1;
    }
    const char *expected =
        read_value(&fields[found], unit, text + size + 1, (char *)body + fields[found].offset);
    if (expected)
        snprintf(ret_expected, POLICY_EXPECTED_MAX, "%s", expected);
    return expected ? -1 : found;
}
