#pragma once
// api_call - one request to /api/v1: what it asks of the processes, and the JSON or the problem
// (RFC 9457) that answers it.
//
// Steps are those of web_visit.h. Ownership: the visit owns the call. Failures: the answer says so.
// Threads: the listener's. Source: docs/api.md.
#include "proto/form.h"
#include "services/api/api_json.h"
#include "services/api/api_operation.h"
#include "services/web/web_routes.h"
#include "services/web/web_visit.h"
#include <pthread.h>

enum {
    API_BODY_MAX = 16 * 1024,
    API_USAGE_MAX = 4 * 1024 * 1024,
    API_ASK_MS = 2000,
    API_COMMAND_MS = 8000,
    API_CURSOR_SIZE = 33
};

// What all requests share.
typedef struct {
    pthread_mutex_t lock; // of the keys, which are read again at a SIGHUP
    api_keys_t keys;
    web_limits_t limits;
    api_operation_at_fn *operation_at; // the table
    bool takes_usage;
} api_face_t;

typedef struct api_call {
    web_visit_t *visit;
    api_face_t *face;
    const api_operation_t *operation;
    api_key_t key;
    form_t query;
    char *query_buffer;
    json_t *body;
    request_t asked; // as the parameters say
    void *own;
    bool tagged; // its answer has an ETag by now
} api_call_t;

// --- for steps ---

// Copies what was asked to a new question of the visit.
request_t *api_ask(api_call_t *self, web_door_id_t door, request_type_t type, int64_t patience_ms);
// Takes the JSON, a new reference, as the answer's body. A question's answer has an ETag of what it
// says, if the step gave none, and is 304 where the asker has it.
bool api_show(api_call_t *self, unsigned status, json_t *value);
// Does the asker have what that weak tag, W/"…", stands for? Then the answer is 304, ready.
bool api_is_known(api_call_t *self, const char *tag);
// Questions; what streams, or describes this face, has none.
bool api_is_tagged(const api_operation_t *operation);
bool api_show_bytes(api_call_t *self, unsigned status, const char *type, char *bytes, size_t size);
void api_header(api_call_t *self, const char *name, const char *value);
// `field` may be NULL.
bool api_problem(api_call_t *self, unsigned status, const char *fail, const char *detail,
                 const char *field);
bool api_problem_of(api_call_t *self, fail_t fail, text_t detail);
// The problem of the question that failed.
bool api_problem_asked(api_call_t *self, size_t index);
// Is the body said to be of that type?
bool api_has_type(const api_call_t *self, const char *type);
// What stands in the query under that name; empty if nothing does.
span_t api_query(const api_call_t *self, const char *name);
// The cursor that stands for a number, of this operation, path and filter.
void api_cursor_write(const api_call_t *self, uint64_t number, char ret_cursor[API_CURSOR_SIZE]);
// The next page is told of by a cursor and a Link.
void api_next_page(api_call_t *self, json_t *answer, uint64_t next);
// The rows of a field of bytes as an array. A new reference.
json_t *api_rows(bytes_t rows, const api_columns_t *columns);
// An event as an object, without the fields that are left out (NULL: with all). A new reference;
// NULL if it is none.
json_t *api_event(uint64_t sequence, bytes_t bytes, const char *const *left_out);

// --- steps of the table ---
api_step_fn api_step_read, api_step_balance, api_step_lines, api_step_forecast, api_step_decision;
api_step_fn api_step_command, api_step_usage, api_step_events, api_step_openapi, api_step_health;
