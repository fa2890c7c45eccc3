#pragma once
// request - an HTTP request and its reply, without HTTP: what every door of the stand-in takes and
// gives, so that each can be called from a test.
//
// Ownership: the reply owns body and location; reply_clear frees them.
#include "tools/robokassa_sim/form.h"
#include "tools/robokassa_sim/sim.h"

typedef struct {
    const char *method, *path; // path without query, decoded
    const form_t *form;        // query and, of a form POST, body
    const char *body;          // NUL-terminated, never NULL
} request_t;

typedef struct {
    unsigned status;
    const char *type;
    char *body, *location;
    bool drop;                // no answer: the connection is closed
    int64_t hold_ms;          // real time before the answer or the drop
    const operation_t *await; // the answer waits until this one's ResultURL delivery ended
} reply_t;

void reply_text(reply_t *self, unsigned status, const char *type, char *body); // takes the body
void reply_json(reply_t *self, unsigned status, json_t *json);                 // takes the JSON
void reply_clear(reply_t *self);

// Applies the faults that strike before anything happens; true when the reply is complete.
bool reply_fault_before(reply_t *self, const fault_set_t *set);
// Applies those that strike after it happened.
void reply_fault_after(reply_t *self, const fault_set_t *set, const operation_t *operation);

#define TYPE_HTML "text/html; charset=utf-8"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_XML "text/xml; charset=utf-8"
#define TYPE_JSON "application/json; charset=utf-8"
