#include "tools/robokassa_sim/request.h"
#include "tools/robokassa_sim/text.h"
#include <stdlib.h>

void reply_text(reply_t *self, unsigned status, const char *type, char *body)
{
    free(self->body);
    self->status = status;
    self->type = type;
    self->body = body;
}

void reply_json(reply_t *self, unsigned status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    reply_text(self, text ? status : 500, TYPE_JSON, text ? text : text_copy("{}"));
}

void reply_clear(reply_t *self)
{
    free(self->body);
    free(self->location);
    *self = (reply_t){0};
}

bool reply_fault_before(reply_t *self, const fault_set_t *set)
{
    if (set->struck[FAULT_SLOW_ANSWER])
        self->hold_ms = set->delay_ms[FAULT_SLOW_ANSWER];
    if (set->struck[FAULT_DROP] || (set->struck[FAULT_OUTAGE] && !set->code[FAULT_OUTAGE])) {
        self->drop = true;
        return true;
    }
    int64_t code =
        set->struck[FAULT_OUTAGE] ? set->code[FAULT_OUTAGE] : set->code[FAULT_SERVER_ERROR];
    if (!code)
        return false;
    reply_text(self, (unsigned)code, TYPE_TEXT, text_copy("unavailable\n"));
    return true;
}

void reply_fault_after(reply_t *self, const fault_set_t *set, const operation_t *operation)
{
    if (set->struck[FAULT_TIMEOUT_AFTER_ACCEPT]) {
        self->drop = true;
        self->hold_ms += set->delay_ms[FAULT_TIMEOUT_AFTER_ACCEPT];
    }
    if (set->struck[FAULT_CALLBACK_FIRST])
        self->await = operation;
}
