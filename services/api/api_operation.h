#pragma once
// api_table - the one table of what /api/v1 serves: a row is an operation, with its method, path,
// scope, parameters, answer and step. The dispatcher, openapi.json and docs/api.md come of it; a
// new operation is a row.
//
// Ownership: rows are static. Failures: none. Threads: any.
#include "proto/request.h"
#include "services/api/api_keys.h"
#include "services/web/web_question.h"

enum { API_QUERY_MAX = 8, API_EXTRA_MAX = 24 };

struct api_call;
typedef bool api_step_fn(struct api_call *call);

// A column of the rows of an answer, or a field that a step makes itself. Its `offset` is not used.
typedef struct {
    const field_t *columns;
    size_t count;
} api_columns_t;

typedef struct {
    const char *name; // "getBalance": operationId
    bool posts;
    const char *path; // "/api/v1/accounts/{account}/balance": {NAME} is a field of the request
    api_scope_t scope;
    const char *meaning;
    request_type_t request; // what is asked; REQUEST_NONE: the step knows
    web_door_id_t door;
    const char *fields[API_QUERY_MAX];   // of the request, from the query or, of a POST, the body
    const char *required[API_QUERY_MAX]; // of them
    const char *cursor;                  // the request's field that a page's cursor stands for
    uint64_t limit_max;                  // of the request's field `limit`, rows of a page; 0: none
    const char *left_out[API_QUERY_MAX]; // fields of the answer that are not shown
    const char *rows_field, *rows_name;  // a field of bytes, and what its rows are called in JSON
    api_columns_t rows;
    api_columns_t made;       // what the answer holds beside the fields
    bool only_made;           // or instead of them
    api_columns_t parameters; // of a query that the step reads itself
    const char *body_type;    // of a POST; NULL: application/json
    const char *answer_type;  // NULL: application/json
    bool event;               // the answer is an event
    api_step_fn *step;
} api_operation_t;

// The index-th of a table, NULL behind the last.
typedef const api_operation_t *api_operation_at_fn(size_t index);
