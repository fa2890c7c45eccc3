#include "tools/robokassa_sim/operation.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <stdlib.h>

static const struct {
    operation_state_t from;
    operation_event_t event;
    operation_state_t to;
} TRANSITIONS[] = {
    {OPERATION_OPENED, OPERATION_CONFIRM, OPERATION_INITIATED},
    {OPERATION_INITIATED, OPERATION_DECLINE, OPERATION_CANCELLED},
    {OPERATION_INITIATED, OPERATION_AUTHORISE, OPERATION_HELD},
    {OPERATION_INITIATED, OPERATION_RECEIVE, OPERATION_CREDITING},
    {OPERATION_INITIATED, OPERATION_SUSPEND, OPERATION_SUSPENDED},
    {OPERATION_CANCELLED, OPERATION_REVIVE, OPERATION_CREDITING},
    {OPERATION_HELD, OPERATION_RECEIVE, OPERATION_CREDITING},
    {OPERATION_HELD, OPERATION_RETURN, OPERATION_RETURNED},
    {OPERATION_CREDITING, OPERATION_CREDIT, OPERATION_PAID},
    {OPERATION_CREDITING, OPERATION_RETURN, OPERATION_RETURNED},
    {OPERATION_CREDITING, OPERATION_SUSPEND, OPERATION_SUSPENDED},
    {OPERATION_SUSPENDED, OPERATION_REVIVE, OPERATION_CREDITING},
    {OPERATION_SUSPENDED, OPERATION_DECLINE, OPERATION_CANCELLED},
    {OPERATION_SUSPENDED, OPERATION_RETURN, OPERATION_RETURNED},
};

// The one table of stored fields.
#define NUMBER(f)                                                                                  \
    {                                                                                              \
#f, 'n', offsetof(operation_t, f)                                                          \
    }
#define FLAG(f)                                                                                    \
    {                                                                                              \
#f, 'b', offsetof(operation_t, f)                                                          \
    }
#define STRING(f)                                                                                  \
    {                                                                                              \
#f, 's', offsetof(operation_t, f)                                                          \
    }
#define CHANNEL(prefix, i)                                                                         \
    {prefix "due_us", 'n', offsetof(operation_t, channel[i].due_us)},                              \
        {prefix "deliveries", 'n', offsetof(operation_t, channel[i].deliveries)},                  \
        {prefix "duplicates", 'n', offsetof(operation_t, channel[i].duplicates)},                  \
    {                                                                                              \
        prefix "acknowledged", 'b', offsetof(operation_t, channel[i].acknowledged)                 \
    }

static const struct {
    const char *name;
    char type;
    size_t offset;
} FIELDS[] = {
    NUMBER(id),
    NUMBER(invoice),
    NUMBER(parent),
    NUMBER(amount_kopecks),
    NUMBER(refunded_kopecks),
    NUMBER(state),
    NUMBER(created_us),
    NUMBER(state_us),
    NUMBER(expires_us),
    NUMBER(hold_until_us),
    NUMBER(captured_us),
    NUMBER(decide_us),
    NUMBER(outcome),
    FLAG(recurring),
    FLAG(receipted),
    FLAG(hold),
    FLAG(test),
    FLAG(invoiced),
    NUMBER(decide_delay_us),
    NUMBER(callback_delay_us),
    NUMBER(wrong_amounts),
    NUMBER(wrong_signatures),
    FLAG(callback_never),
    STRING(out_sum),
    STRING(shp),
    STRING(description),
    STRING(culture),
    STRING(result_url2),
    STRING(success_url2),
    STRING(success_method),
    STRING(fail_url2),
    STRING(fail_method),
    STRING(page),
    STRING(op_key),
    CHANNEL("", OPERATION_RESULT),
    CHANNEL("result2_", OPERATION_RESULT2),
};
#define FIELDS_COUNT (sizeof FIELDS / sizeof FIELDS[0])

operation_t *operation_create(void)
{
    operation_t *self = calloc(1, sizeof *self);
    assert(self);
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        if (FIELDS[i].type == 's')
            *(char **)((char *)self + FIELDS[i].offset) = text_copy(NULL);
    self->email = text_copy(NULL);
    self->decide_us = self->hold_until_us = OPERATION_NEVER_US;
    for (size_t i = 0; i < OPERATION_CHANNELS; i++)
        self->channel[i].due_us = OPERATION_NEVER_US;
    return self;
}

void operation_destroy(operation_t **self_p)
{
    operation_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        if (FIELDS[i].type == 's')
            free(*(char **)((char *)self + FIELDS[i].offset));
    free(self->email);
    free(self);
    *self_p = NULL;
}

bool operation_next(operation_state_t state, operation_event_t event, operation_state_t *ret_next)
{
    for (size_t i = 0; i < sizeof TRANSITIONS / sizeof TRANSITIONS[0]; i++)
        if (TRANSITIONS[i].from == state && TRANSITIONS[i].event == event) {
            *ret_next = TRANSITIONS[i].to;
            return true;
        }
    return false;
}

bool operation_apply(operation_t *self, operation_event_t event, int64_t now_us)
{
    operation_state_t next;
    if (!operation_next((operation_state_t)self->state, event, &next))
        return false;
    self->state = next;
    self->state_us = now_us;
    if (next == OPERATION_CREDITING && !self->captured_us)
        self->captured_us = now_us;
    if (next == OPERATION_RETURNED || next == OPERATION_CANCELLED)
        self->captured_us = 0;
    return true;
}

int64_t operation_wake_us(const operation_t *self)
{
    int64_t wake_us = self->decide_us < self->hold_until_us ? self->decide_us : self->hold_until_us;
    for (size_t i = 0; i < OPERATION_CHANNELS; i++)
        if (!self->channel[i].in_flight && self->channel[i].due_us < wake_us)
            wake_us = self->channel[i].due_us;
    return wake_us;
}

bool operation_delivered(operation_t *self, size_t channel, bool accepted, int64_t now_us,
                         const int64_t *gaps_us, size_t gaps)
{
    operation_channel_t *way = &self->channel[channel];
    bool first = !way->acknowledged;
    way->in_flight = false;
    way->due_us = OPERATION_NEVER_US;
    way->deliveries++;
    if (accepted)
        way->acknowledged = true;
    if (way->acknowledged) {
        if (way->duplicates > 0) {
            way->duplicates--;
            way->due_us = now_us + (gaps ? gaps_us[0] : 0);
        }
    } else if ((size_t)way->deliveries <= gaps) {
        way->due_us = now_us + gaps_us[way->deliveries - 1];
        return false;
    }
    // Credited once the shop knows, or once nobody will tell it any more.
    if (channel == OPERATION_RESULT && self->state == OPERATION_CREDITING)
        operation_apply(self, OPERATION_CREDIT, now_us);
    return first && !way->acknowledged;
}

json_t *operation_json(const operation_t *self)
{
    json_t *json = json_object();
    for (size_t i = 0; i < FIELDS_COUNT; i++) {
        const char *at = (const char *)self + FIELDS[i].offset;
        json_t *value = FIELDS[i].type == 's'   ? json_string(*(char *const *)at)
                        : FIELDS[i].type == 'b' ? json_boolean(*(const bool *)at)
                        : *(const int64_t *)at == OPERATION_NEVER_US
                            ? json_null()
                            : json_integer(*(const int64_t *)at);
        // A string that is not UTF-8 has no JSON; it is shown as null.
        json_object_set_new(json, FIELDS[i].name, value ? value : json_null());
    }
    return json;
}

bool operation_load(operation_t *self, const json_t *json)
{
    for (size_t i = 0; i < FIELDS_COUNT; i++) {
        const json_t *value = json_object_get(json, FIELDS[i].name);
        char *at = (char *)self + FIELDS[i].offset;
        if (!value)
            return false;
        if (FIELDS[i].type == 's')
            text_replace((char **)at, json_string_value(value));
        else if (FIELDS[i].type == 'b')
            *(bool *)at = json_is_true(value);
        else
            *(int64_t *)at = json_is_null(value) ? OPERATION_NEVER_US : json_integer_value(value);
    }
    return true;
}
