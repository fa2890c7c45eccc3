#include "services/api/api_serve.h"
#include "proto/counter.h"
#include "services/web/web_metrics.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PARAMETERS_MAX = 2, MS_A_SECOND = 1000, ROWS = 50 };

static const char root[] = "/api/v1/";

// --- the operation ---

bool api_path_is(const char *pattern, const char *path, span_t ret_values[2])
{
    size_t count = 0;
    while (*pattern) {
        if (*pattern == '{') {
            size_t size = strcspn(path, "/");
            if (size == 0 || count == PARAMETERS_MAX)
                return false;
            ret_values[count++] = (span_t){path, size};
            path += size;
            pattern += strcspn(pattern, "}") + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

// False: the answer is ready.
static bool find_operation(api_call_t *self, span_t values[PARAMETERS_MAX])
{
    const api_operation_t *row;
    const web_visit_t *visit = self->visit;
    bool posts = strcmp(visit->method, "POST") == 0;
    bool gets = strcmp(visit->method, "GET") == 0 || strcmp(visit->method, "HEAD") == 0;
    const char *allow = NULL;
    char why[32];
    for (size_t i = 0; (row = self->face->operation_at(i)); i++) {
        if (!api_path_is(row->path, visit->path, values))
            continue;
        allow = row->posts ? "POST" : "GET";
        if (row->posts ? posts : gets) {
            self->operation = row;
            return true;
        }
    }
    if (allow)
        api_header(self, "Allow", allow);
    snprintf(why, sizeof why, "expected %s", allow ? allow : "");
    (void)(allow
               ? api_problem(self, 405, "method", why, NULL)
               : api_problem(self, 404, "missing", "no such path; see /api/v1/openapi.json", NULL));
    return false;
}

// --- the key ---

static bool may(api_call_t *self)
{
    uint8_t bucket[LIMITS_KEY_SIZE] = {'k'};
    api_scope_t scope = self->operation->scope;
    if (scope == API_SCOPE_NONE)
        return true;
    pthread_mutex_lock(&self->face->lock);
    const api_key_t *key =
        api_keys_find(&self->face->keys, self->visit->head.authorization, self->visit->now);
    if (key)
        self->key = *key;
    pthread_mutex_unlock(&self->face->lock);
    if (!key) {
        api_header(self, "WWW-Authenticate", "Bearer realm=\"kopeck\"");
        return !api_problem(self, 401, "unauthorized", "expected Authorization: Bearer kpk_…",
                            NULL);
    }
    if (!(self->key.scopes & scope)) {
        char why[64];
        snprintf(why, sizeof why, "expected a key of the scope %s", api_scope_name(scope));
        return !api_problem(self, 403, "scope", why, NULL);
    }
    memcpy(bucket + 1, self->key.hash, sizeof bucket - 1);
    int64_t each_ms = MS_A_SECOND / (int64_t)self->key.rate;
    int64_t wait_ms = each_ms ? web_limits_take(&self->face->limits, bucket, each_ms,
                                                (int64_t)self->key.rate, self->visit->now_ms)
                              : 0;
    if (wait_ms == 0)
        return true;
    self->visit->retry_s = (unsigned)((wait_ms + MS_A_SECOND - 1) / MS_A_SECOND);
    return !api_problem(self, 429, "rate", "this key asks too often", NULL);
}

// --- parameters ---

static const field_t *field_of(const api_call_t *self, const char *name)
{
    const request_info_t *info = request_info(self->operation->request);
    for (size_t i = 0; info && i < info->fields_count; i++)
        if (strcmp(info->fields()[i].name, name) == 0)
            return &info->fields()[i];
    return NULL;
}

// The struct of the request's type is at the front of the union.
static void *body_of(api_call_t *self)
{
    return &self->asked.status;
}

static bool read_path(api_call_t *self, const span_t values[PARAMETERS_MAX])
{
    const char *at = self->operation->path;
    char name[API_NAME_MAX], why[API_WHY_MAX];
    for (size_t i = 0; (at = strchr(at, '{')); i++, at++) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        const field_t *field = field_of(self, name);
        assert(field);
        if (!api_json_read_text(values[i], field, body_of(self), why))
            return !api_problem(self, 422, "invalid", why, name);
    }
    return true;
}

// The field that is called so in JSON, if the operation takes it.
static const field_t *wanted_field(const api_call_t *self, span_t name)
{
    char buffer[API_NAME_MAX];
    const char *const *fields = self->operation->fields;
    for (size_t i = 0; i < API_QUERY_MAX && fields[i]; i++) {
        const field_t *field = field_of(self, fields[i]);
        assert(field);
        if (span_is(name, span_of(api_json_name(field, buffer))))
            return field;
    }
    return NULL;
}

static bool read_cursor(api_call_t *self, span_t text)
{
    char digits[17] = "", again[API_CURSOR_SIZE];
    uint64_t number = 0;
    if (text.size == API_CURSOR_SIZE - 1) {
        memcpy(digits, text.bytes, 16);
        number = strtoull(digits, NULL, 16);
        api_cursor_write(self, number, again);
        if (number && memcmp(again, text.bytes, text.size) == 0) {
            const field_t *field = field_of(self, self->operation->cursor);
            memcpy((char *)body_of(self) + field->offset, &number, sizeof number);
            return true;
        }
    }
    return !api_problem(self, 400, "cursor", "expected the `next` of a page of this very query",
                        "cursor");
}

static bool is_twice(const form_t *form, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (span_is(form->fields[i].name, form->fields[index].name))
            return true;
    return false;
}

static bool read_parameter(api_call_t *self, const form_field_t *parameter)
{
    char name[API_NAME_MAX], why[API_WHY_MAX];
    snprintf(name, sizeof name, "%.*s", (int)parameter->name.size, parameter->name.bytes);
    if (self->operation->cursor && span_is(parameter->name, SPAN("cursor")))
        return true; // when all the others are known
    const field_t *field = wanted_field(self, parameter->name);
    if (!field)
        return !api_problem(self, 422, "invalid", "no such parameter",
                            utf8_is_text(text_of(name)) ? name : "?");
    return api_json_read_text(parameter->value, field, body_of(self), why) ||
           !api_problem(self, 422, "invalid", why, name);
}

// A page has so many rows where the query does not say.
static bool limit_rows(api_call_t *self)
{
    uint64_t limit, max = self->operation->limit_max;
    char why[48];
    if (!max)
        return true;
    void *at = (char *)body_of(self) + field_of(self, "limit")->offset;
    memcpy(&limit, at, sizeof limit);
    if (!api_query(self, "limit").size)
        limit = ROWS;
    memcpy(at, &limit, sizeof limit);
    snprintf(why, sizeof why, "expected 1 to %" PRIu64, max);
    return (limit > 0 && limit <= max) || !api_problem(self, 422, "invalid", why, "limit");
}

static bool read_query(api_call_t *self)
{
    for (size_t i = 0; i < self->query.fields_count; i++) {
        if (is_twice(&self->query, i))
            return !api_problem(self, 400, "invalid", "a parameter came twice", NULL);
        if (!read_parameter(self, &self->query.fields[i]))
            return false;
    }
    span_t cursor = api_query(self, "cursor");
    return limit_rows(self) && (!cursor.size || read_cursor(self, cursor));
}

static bool is_required(const api_operation_t *operation, const char *name)
{
    for (size_t i = 0; i < API_QUERY_MAX && operation->required[i]; i++)
        if (strcmp(operation->required[i], name) == 0)
            return true;
    return false;
}

static bool has_required(api_call_t *self)
{
    char name[API_NAME_MAX];
    const char *const *fields = self->operation->fields;
    for (size_t i = 0; i < API_QUERY_MAX && fields[i]; i++) {
        if (!is_required(self->operation, fields[i]))
            continue;
        api_json_name(field_of(self, fields[i]), name);
        bool there = self->operation->posts ? json_object_get(self->body, name) != NULL
                                            : api_query(self, name).size > 0;
        if (!there)
            return !api_problem(self, 422, "invalid", "missing", name);
    }
    return true;
}

static bool read_body(api_call_t *self)
{
    char why[API_WHY_MAX];
    const web_visit_t *visit = self->visit;
    if (!api_has_type(self, "application/json"))
        return !api_problem(self, 415, "type", "expected Content-Type: application/json", NULL);
    self->body = api_json_parse(visit->body, why);
    if (!self->body)
        return !api_problem(self, 400, "invalid", why, NULL);
    if (!json_is_object(self->body))
        return !api_problem(self, 422, "invalid", "expected an object", NULL);
    const char *name;
    json_t *value;
    json_object_foreach(self->body, name, value)
    {
        const field_t *field = wanted_field(self, span_of(name));
        if (!field)
            return !api_problem(self, 422, "invalid", "no such field", name);
        if (!api_json_read(value, field, body_of(self), why))
            return !api_problem(self, 422, "invalid", why, name);
    }
    return true;
}

static bool read_parameters(api_call_t *self, const span_t values[PARAMETERS_MAX])
{
    web_visit_t *visit = self->visit;
    self->asked.type = self->operation->request;
    self->query_buffer = malloc(visit->query.size + 1);
    assert(self->query_buffer);
    if (!form_decode(visit->query.bytes, visit->query.size, self->query_buffer,
                     visit->query.size + 1, &self->query))
        return !api_problem(self, 400, "invalid", "the query is no form", NULL);
    if (visit->too_long || (!self->operation->body_type && visit->body.size > API_BODY_MAX))
        return !api_problem(self, 413, "size",
                            self->operation->body_type ? "expected at most 4 MiB"
                                                       : "expected at most 16 KiB",
                            NULL);
    if (self->operation->request == REQUEST_NONE)
        return true;
    return read_path(self, values) &&
           (self->operation->posts ? read_body(self) : read_query(self)) && has_required(self);
}

// --- a request from its first call to its answer ---

static void end_call(void *own)
{
    api_call_t *self = own;
    json_decref(self->body);
    free(self->query_buffer);
    free(self->own);
}

static bool begin_call(api_call_t *self)
{
    span_t values[PARAMETERS_MAX];
    return find_operation(self, values) && may(self) && read_parameters(self, values);
}

bool api_serve(web_visit_t *visit)
{
    api_call_t *self = visit_own(visit, sizeof *self);
    self->visit = visit;
    self->face = visit->face;
    visit->end_own = end_call;
    return (visit->round == 0 && !begin_call(self)) || self->operation->step(self);
}

static const web_route_t route = {.path = root,
                                  .prefix = true,
                                  .methods = WEB_ANY,
                                  .form_max = API_USAGE_MAX,
                                  .lane = WEB_LANE_PAGES,
                                  .step = api_serve,
                                  .inner = true};
static const web_route_t health = {.path = "/health",
                                   .methods = WEB_ANY,
                                   .form_max = API_BODY_MAX,
                                   .lane = WEB_LANE_PAGES,
                                   .step = api_serve,
                                   .inner = true};

static bool serve_missing(web_visit_t *visit)
{
    api_call_t *self = visit_own(visit, sizeof *self);
    self->visit = visit;
    return api_problem(self, 404, "missing", "no such path; see /api/v1/openapi.json", NULL);
}

// Of this face alone: web tells of the processes (docs/operations.md "Metrics and alerts").
static bool serve_metrics(web_visit_t *visit)
{
    char made[METRICS_LINES_MAX];
    writer_t lines = writer_on(made, sizeof made);
    counter_put(&lines, COUNTER_up, 1);
    web_metrics_source_t source = {.process = "api",
                                   .made = {made, (uint32_t)lines.size},
                                   .told = text_of(visit->counters ? visit->counters : "")};
    writer_t writer = visit_writer(visit);
    web_metrics_print(&source, 1, false, &writer);
    (void)visit_show(visit, 200, &writer);
    visit->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}

static const web_route_t metrics = {
    .path = "/metrics", .methods = WEB_GET, .step = serve_metrics, .inner = true};

static const web_route_t missing = {.path = "",
                                    .methods = WEB_ANY,
                                    .form_max = API_BODY_MAX,
                                    .lane = WEB_LANE_PAGES,
                                    .step = serve_missing,
                                    .inner = true};

const web_route_t *api_serve_find(unsigned served, const char *path)
{
    (void)served;
    if (path && strcmp(path, "/health") == 0)
        return &health;
    if (path && strcmp(path, "/metrics") == 0)
        return &metrics;
    return path && strncmp(path, root, sizeof root - 1) == 0 ? &route : &missing;
}
