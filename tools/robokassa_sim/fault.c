#include "tools/robokassa_sim/fault.h"
#include "tools/robokassa_sim/decimal.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1000000
#define LINE_MAX_BYTES 512
#define PAYS (FAULT_ON_INITIAL | FAULT_ON_RECURRING)

static const struct {
    const char *name;
    unsigned on; // where it means anything
    int64_t code, times;
} KINDS[FAULT_KINDS] = {
    [FAULT_OUTAGE] = {"outage", FAULT_ON_ANY, 503, 0},
    [FAULT_DROP] = {"drop", FAULT_ON_ANY, 0, 0},
    [FAULT_SERVER_ERROR] = {"server_error", FAULT_ON_ANY, 500, 0},
    [FAULT_REFUSE] = {"refuse", PAYS | FAULT_ON_STATE | FAULT_ON_RECEIPT, 41, 0},
    [FAULT_SLOW_ANSWER] = {"slow_answer", FAULT_ON_ANY, 0, 0},
    [FAULT_TIMEOUT_AFTER_ACCEPT] = {"timeout_after_accept",
                                    FAULT_ON_ANY & ~(FAULT_ON_STATE | FAULT_ON_PAGE), 0, 0},
    [FAULT_CALLBACK_FIRST] = {"callback_first", PAYS, 0, 0},
    [FAULT_DECLINE] = {"decline", PAYS, 0, 0},
    [FAULT_STUCK] = {"stuck", PAYS | FAULT_ON_RECEIPT, 0, 0},
    [FAULT_LATE_DECISION] = {"late_decision", PAYS, 0, 0},
    [FAULT_CALLBACK_LATE] = {"callback_late", PAYS, 0, 0},
    [FAULT_CALLBACK_NEVER] = {"callback_never", PAYS, 0, 0},
    [FAULT_CALLBACK_DUPLICATE] = {"callback_duplicate", PAYS, 0, 1},
    [FAULT_CALLBACK_WRONG_AMOUNT] = {"callback_wrong_amount", PAYS, 0, 1},
    [FAULT_CALLBACK_WRONG_SIGNATURE] = {"callback_wrong_signature", PAYS, 0, 1},
};

static const struct {
    const char *name;
    fault_on_t on;
} PLACES[] = {
    {"any", FAULT_ON_ANY},       {"initial", FAULT_ON_INITIAL}, {"recurring", FAULT_ON_RECURRING},
    {"state", FAULT_ON_STATE},   {"hold", FAULT_ON_HOLD},       {"invoice", FAULT_ON_INVOICE},
    {"refund", FAULT_ON_REFUND}, {"page", FAULT_ON_PAGE},       {"receipt", FAULT_ON_RECEIPT},
};
#define PLACES_COUNT (sizeof PLACES / sizeof PLACES[0])

static const struct {
    const char *name;
    size_t offset;
} NUMBERS[] = {
    {"invoice", offsetof(fault_rule_t, invoice)},
    {"parent", offsetof(fault_rule_t, parent)},
    {"probability_ppm", offsetof(fault_rule_t, probability_ppm)},
    {"count", offsetof(fault_rule_t, count)},
    {"from_us", offsetof(fault_rule_t, from_us)},
    {"until_us", offsetof(fault_rule_t, until_us)},
    {"delay_ms", offsetof(fault_rule_t, delay_ms)},
    {"times", offsetof(fault_rule_t, times)},
    {"code", offsetof(fault_rule_t, code)},
};
#define NUMBERS_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])

static int64_t *number(fault_rule_t *rule, size_t i)
{
    return (int64_t *)((char *)rule + NUMBERS[i].offset);
}

static bool start(fault_rule_t *rule, const char *name, char error[FAULT_ERROR_MAX])
{
    for (size_t i = 0; i < FAULT_KINDS; i++)
        if (strcmp(name, KINDS[i].name) == 0) {
            *rule = (fault_rule_t){.kind = (fault_kind_t)i,
                                   .on = KINDS[i].on,
                                   .probability_ppm = MILLION,
                                   .count = -1,
                                   .until_us = INT64_MAX,
                                   .times = KINDS[i].times,
                                   .code = KINDS[i].code};
            return true;
        }
    snprintf(error, FAULT_ERROR_MAX, "unknown fault '%.40s'", name);
    return false;
}

static bool place(fault_rule_t *rule, const char *name, char error[FAULT_ERROR_MAX])
{
    for (size_t i = 0; i < PLACES_COUNT; i++)
        if (strcmp(name, PLACES[i].name) == 0 && PLACES[i].on & KINDS[rule->kind].on) {
            rule->on = PLACES[i].on & KINDS[rule->kind].on;
            return true;
        }
    snprintf(error, FAULT_ERROR_MAX, "fault %s cannot be on '%.40s'", KINDS[rule->kind].name, name);
    return false;
}

static bool finish(const fault_rule_t *rule, char error[FAULT_ERROR_MAX])
{
    const char *wrong = NULL;
    if (rule->probability_ppm < 0 || rule->probability_ppm > MILLION)
        wrong = "probability_ppm is 0 to 1000000";
    else if (rule->delay_ms < 0 || rule->delay_ms > INT64_C(1000) * 86400 * 366)
        wrong = "delay_ms is 0 to a year";
    else if (rule->times < 0 || rule->times > 100)
        wrong = "times is 0 to 100";
    else if (rule->code < 0 || rule->code > 1000)
        wrong = "code is 0 to 1000";
    else if (rule->kind == FAULT_SERVER_ERROR && (rule->code < 400 || rule->code > 599))
        wrong = "code is 400 to 599";
    else if (rule->kind == FAULT_OUTAGE && rule->code && (rule->code < 400 || rule->code > 599))
        wrong = "code is 0 or 400 to 599";
    if (wrong)
        snprintf(error, FAULT_ERROR_MAX, "fault %s: %s", KINDS[rule->kind].name, wrong);
    return !wrong;
}

bool fault_parse(const char *line, fault_rule_t *ret_rule, char error[FAULT_ERROR_MAX])
{
    char copy[LINE_MAX_BYTES], *rest = NULL;
    if (snprintf(copy, sizeof copy, "%s", line) >= (int)sizeof copy) {
        snprintf(error, FAULT_ERROR_MAX, "a fault rule is at most %d bytes", LINE_MAX_BYTES - 1);
        return false;
    }
    const char *name = strtok_r(copy, " \t", &rest);
    fault_rule_t rule;
    if (!start(&rule, name ? name : "", error))
        return false;
    for (char *word; (word = strtok_r(NULL, " \t", &rest));) {
        char *value = strchr(word, '=');
        if (value)
            *value++ = 0;
        else
            value = word + strlen(word);
        if (strcmp(word, "on") == 0) {
            if (!place(&rule, value, error))
                return false;
            continue;
        }
        size_t i = 0;
        while (i < NUMBERS_COUNT && strcmp(word, NUMBERS[i].name) != 0)
            i++;
        if (i == NUMBERS_COUNT || !decimal_parse_integer(value, number(&rule, i))) {
            snprintf(error, FAULT_ERROR_MAX, "fault %s: cannot read '%.40s'", KINDS[rule.kind].name,
                     word);
            return false;
        }
    }
    if (!finish(&rule, error))
        return false;
    *ret_rule = rule;
    return true;
}

bool fault_parse_json(const json_t *json, fault_rule_t *ret_rule, char error[FAULT_ERROR_MAX])
{
    const char *name = json_string_value(json_object_get(json, "fault")), *key;
    fault_rule_t rule;
    if (!start(&rule, name ? name : "", error))
        return false;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        if (strcmp(key, "fault") == 0)
            continue;
        if (strcmp(key, "on") == 0) {
            if (!place(&rule, json_is_string(value) ? json_string_value(value) : "", error))
                return false;
            continue;
        }
        size_t i = 0;
        while (i < NUMBERS_COUNT && strcmp(key, NUMBERS[i].name) != 0)
            i++;
        if (i == NUMBERS_COUNT || !json_is_integer(value)) {
            snprintf(error, FAULT_ERROR_MAX, "fault %s: cannot read '%.40s'", KINDS[rule.kind].name,
                     key);
            return false;
        }
        *number(&rule, i) = json_integer_value(value);
    }
    if (!finish(&rule, error))
        return false;
    *ret_rule = rule;
    return true;
}

bool fault_add(fault_t *self, const fault_rule_t *rule)
{
    if (self->count == FAULT_RULES_MAX)
        return false;
    self->rules[self->count++] = *rule;
    return true;
}

json_t *fault_json(const fault_t *self)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < self->count; i++) {
        fault_rule_t rule = self->rules[i];
        json_t *json = json_object();
        json_object_set_new(json, "fault", json_string(KINDS[rule.kind].name));
        for (size_t n = 0; n < NUMBERS_COUNT; n++)
            json_object_set_new(json, NUMBERS[n].name, json_integer(*number(&rule, n)));
        json_object_set_new(json, "struck", json_integer(rule.struck));
        json_array_append_new(rules, json);
    }
    return json_pack("{s:I, s:o}", "seed", (json_int_t)self->seed, "rules", rules);
}

// The finaliser of splitmix64: every input bit reaches every output bit.
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static bool throws(fault_t *self, size_t i, fault_on_t on, int64_t invoice)
{
    uint64_t dice = mix(mix(mix((uint64_t)self->seed) + i) + (uint64_t)invoice);
    // Questions may be asked again and should not meet the same fate for ever.
    if (!(on & PAYS))
        dice = mix(dice + self->draws++);
    return (int64_t)(dice % MILLION) < self->rules[i].probability_ppm;
}

fault_set_t fault_draw(fault_t *self, fault_on_t on, int64_t invoice, int64_t parent,
                       int64_t now_us)
{
    fault_set_t set = {0};
    for (size_t i = 0; i < self->count; i++) {
        fault_rule_t *rule = &self->rules[i];
        bool fits = rule->on & on && (!rule->invoice || rule->invoice == invoice) &&
                    (!rule->parent || rule->parent == parent) && rule->count != 0 &&
                    rule->from_us <= now_us && now_us < rule->until_us;
        if (!fits || set.struck[rule->kind] || !throws(self, i, on, invoice))
            continue;
        if (rule->count > 0)
            rule->count--;
        rule->struck++;
        set.struck[rule->kind] = true;
        set.delay_ms[rule->kind] = rule->delay_ms;
        set.times[rule->kind] = rule->times;
        set.code[rule->kind] = rule->code;
    }
    return set;
}
