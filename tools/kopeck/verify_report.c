#include "tools/kopeck/verify_report.h"
#include "proto/digest.h"
#include <assert.h>
#include <inttypes.h>

// The same text may have several addresses; each is looked up by its text once.
static size_t find_rule(verify_report_t *self, const char *rule)
{
    size_t place = ((uintptr_t)rule >> 3) % VERIFY_PLACES, i = 0;
    if (self->places[place].rule == rule)
        return self->places[place].index;
    while (i < self->rules_count && strcmp(self->rules[i].rule, rule) != 0)
        i++;
    if (i == self->rules_count) {
        assert(i < VERIFY_RULES_MAX);
        self->rules[self->rules_count++].rule = rule;
    }
    self->places[place].rule = rule;
    self->places[place].index = i;
    return i;
}

static void count(verify_report_t *self, const char *rule, bool holds)
{
    size_t i = find_rule(self, rule);
    self->rules[i].checked++;
    self->rules[i].violated += !holds;
    self->checked++;
    self->violated += !holds;
}

static void say(const verify_report_t *self, const violation_t *violation)
{
    if (self->say)
        self->say(self->arg, violation);
}

bool verify_equal(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                  int64_t expected, int64_t found)
{
    count(self, rule, expected == found);
    if (expected == found)
        return true;
    char a[VERIFY_TEXT_MAX], b[VERIFY_TEXT_MAX];
    snprintf(a, sizeof a, "%" PRId64, expected);
    snprintf(b, sizeof b, "%" PRId64, found);
    say(self, &(violation_t){rule, stream, sequence, a, b});
    return false;
}

bool verify_that(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 bool holds, const char *expected, int64_t found)
{
    count(self, rule, holds);
    if (holds)
        return true;
    char text[VERIFY_TEXT_MAX];
    snprintf(text, sizeof text, "%" PRId64, found);
    say(self, &(violation_t){rule, stream, sequence, expected, text});
    return false;
}

bool verify_same(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 const uid_t16 *expected, const uid_t16 *found)
{
    bool holds = uid_equal(expected, found);
    count(self, rule, holds);
    if (holds)
        return true;
    char a[UID_TEXT_SIZE], b[UID_TEXT_SIZE];
    uid_format(expected, a);
    uid_format(found, b);
    say(self, &(violation_t){rule, stream, sequence, a, b});
    return false;
}

bool verify_hash(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 const hash_t *expected, const hash_t *found)
{
    bool holds = memcmp(expected, found, sizeof *expected) == 0;
    count(self, rule, holds);
    if (holds)
        return true;
    char a[DIGEST_HEX_MAX + 1], b[DIGEST_HEX_MAX + 1];
    digest_hex_lower(expected->bytes, sizeof expected->bytes, a);
    digest_hex_lower(found->bytes, sizeof found->bytes, b);
    say(self, &(violation_t){rule, stream, sequence, a, b});
    return false;
}

uint64_t verify_violations(const verify_report_t *self, const char *rule)
{
    for (size_t i = 0; i < self->rules_count; i++)
        if (strcmp(self->rules[i].rule, rule) == 0)
            return self->rules[i].violated;
    return 0;
}
