#include "services/api/api_openapi.h"
#include "services/api/api_call.h"
#include "services/api/api_usage.h"
#include <assert.h>

static const field_t *field_of(const api_operation_t *row, const char *name)
{
    const request_info_t *info = request_info(row->request);
    for (size_t i = 0; info && i < info->fields_count; i++)
        if (strcmp(info->fields()[i].name, name) == 0)
            return &info->fields()[i];
    assert(false); // the table names a field that the request has not
    return NULL;
}

static bool is_among(const char *name, const char *const names[API_QUERY_MAX])
{
    for (size_t i = 0; i < API_QUERY_MAX && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// --- parameters ---

static json_t *parameter(const char *name, const char *in, bool required, const char *meaning,
                         json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", name, "in", in, "required", required,
                     "description", meaning, "schema", schema);
}

// A parameter of a query is never null.
static json_t *input_schema(const field_t *field)
{
    json_t *schema = api_json_schema(field);
    const codes_info_t *info = codes_info(field->family);
    if (json_is_array(json_object_get(schema, "type")))
        json_object_set_new(schema, "type", json_string("string"));
    if (!info)
        return schema;
    json_t *names = json_array();
    for (size_t i = 0; i < info->count; i++)
        json_array_append_new(names, json_string(codes_name(field->family, info->codes[i].number)));
    json_object_set_new(schema, "enum", names);
    json_object_del(schema, "pattern");
    return schema;
}

static json_t *limit_parameter(const api_operation_t *row)
{
    return parameter("limit", "query", false, "at most so many rows",
                     json_pack("{s:s, s:i, s:I, s:i}", "type", "integer", "minimum", 1, "maximum",
                               (json_int_t)row->limit_max, "default", 50));
}

static json_t *parameters_of(const api_operation_t *row)
{
    char name[API_NAME_MAX];
    json_t *list = json_array();
    for (const char *at = row->path; (at = strchr(at, '{')); at++) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        const field_t *field = field_of(row, name);
        json_array_append_new(list,
                              parameter(name, "path", true, field->meaning, input_schema(field)));
    }
    for (size_t i = 0; !row->posts && i < API_QUERY_MAX && row->fields[i]; i++) {
        const field_t *field = field_of(row, row->fields[i]);
        if (row->limit_max && strcmp(field->name, "limit") == 0) {
            json_array_append_new(list, limit_parameter(row));
            continue;
        }
        json_array_append_new(list, parameter(api_json_name(field, name), "query",
                                              is_among(row->fields[i], row->required),
                                              field->meaning, input_schema(field)));
    }
    if (row->cursor)
        json_array_append_new(list, parameter("cursor", "query", false, "`next` of the page before",
                                              json_pack("{s:s}", "type", "string")));
    for (size_t i = 0; i < row->parameters.count; i++) {
        const field_t *field = &row->parameters.columns[i];
        json_array_append_new(
            list, parameter(field->name, "query", false, field->meaning, input_schema(field)));
    }
    if (row->posts && !row->body_type)
        json_array_append_new(
            list, parameter("Idempotency-Key", "header", true, "a UUIDv7: the id of the command",
                            json_pack("{s:s, s:s}", "type", "string", "format", "uuid")));
    for (size_t i = 0; row->step == api_step_usage && i < API_USAGE_PARAMETERS; i++) {
        const field_t *field = &api_usage_parameters[i];
        json_array_append_new(list, parameter(field->name, "query", i < API_USAGE_REQUIRED,
                                              field->meaning, input_schema(field)));
    }
    return list;
}

// --- bodies ---

static void add_field(json_t *properties, json_t *required, const field_t *field)
{
    char name[API_NAME_MAX];
    api_json_name(field, name);
    json_object_set_new(properties, name, api_json_schema(field));
    json_array_append_new(required, json_string(name));
}

static json_t *object_schema(json_t *properties, json_t *required)
{
    return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
                     "properties", properties, "required", required);
}

static json_t *columns_schema(const api_columns_t *columns)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < columns->count; i++)
        add_field(properties, required, &columns->columns[i]);
    return object_schema(properties, required);
}

static json_t *event_schema(void)
{
    return json_pack("{s:s, s:[ssss], s:{s:{s:s}, s:{s:s}, s:{s:s, s:s}, s:{s:s}}}", "type",
                     "object", "required", "sequence", "type", "at", "fields", "properties",
                     "sequence", "type", "integer", "type", "type", "string", "at", "type",
                     "string", "format", "date-time", "fields", "type", "object");
}

static json_t *answer_schema(const api_operation_t *row)
{
    json_t *properties = json_object(), *required = json_array();
    const request_info_t *info = row->only_made ? NULL : request_info(row->request);
    for (size_t i = 0; info && i < info->answer_count; i++) {
        const field_t *field = &info->answer_fields()[i];
        if (!api_json_hides(field) && !is_among(field->name, row->left_out))
            add_field(properties, required, field);
    }
    for (size_t i = 0; i < row->made.count; i++)
        add_field(properties, required, &row->made.columns[i]);
    if (row->rows_name) {
        json_object_set_new(
            properties, row->rows_name,
            json_pack("{s:s, s:o}", "type", "array", "items", columns_schema(&row->rows)));
        json_array_append_new(required, json_string(row->rows_name));
    }
    if (row->cursor) {
        json_object_set_new(properties, "next", json_pack("{s:[ss]}", "type", "string", "null"));
        json_array_append_new(required, json_string("next"));
    }
    return object_schema(properties, required);
}

static json_t *body_of(const api_operation_t *row)
{
    char name[API_NAME_MAX];
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < API_QUERY_MAX && row->fields[i]; i++) {
        const field_t *field = field_of(row, row->fields[i]);
        json_object_set_new(properties, api_json_name(field, name), input_schema(field));
        if (is_among(row->fields[i], row->required))
            json_array_append_new(required, json_string(name));
    }
    return json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content", "application/json", "schema",
                     object_schema(properties, required));
}

static json_t *usage_body(void)
{
    json_t *content = json_object();
    json_object_set_new(content, "application/jsonl",
                        json_pack("{s:{s:s}}", "schema", "type", "string"));
    json_object_set_new(
        content, "application/msgpack",
        json_pack("{s:{s:s, s:s}}", "schema", "type", "string", "format", "binary"));
    return json_pack("{s:b, s:o}", "required", 1, "content", content);
}

// --- operations ---

static json_t *problem_response(const char *meaning)
{
    return json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", meaning, "content",
                     "application/problem+json", "schema", "$ref", "#/components/schemas/Problem");
}

static json_t *responses_of(const api_operation_t *row)
{
    static const struct {
        const char *status, *meaning;
        bool keyed; // only where a key is needed
    } problems[] = {{"400", "It cannot be read.", true},
                    {"401", "No key, or one that is not known or over.", true},
                    {"403", "The key may not do that.", true},
                    {"404", "There is no such thing.", true},
                    {"409", "It is in another state.", true},
                    {"413", "The body is too long.", false},
                    {"415", "The body is of another type.", true},
                    {"422", "A value is wrong; `fields` says which.", true},
                    {"429", "The key asks too often; Retry-After.", true},
                    {"503", "Not now; Retry-After.", false}};
    json_t *responses = json_object();
    const char *type = row->answer_type ? row->answer_type : "application/json";
    json_t *schema = row->answer_type                ? json_pack("{s:s}", "type", "string")
                     : row->event                    ? event_schema()
                     : row->step == api_step_usage   ? api_usage_schema()
                     : row->step == api_step_openapi ? json_pack("{s:s}", "type", "object")
                                                     : answer_schema(row);
    json_object_set_new(
        responses, "200",
        json_pack("{s:s, s:{s:{s:o}}}", "description", "Done.", "content", type, "schema", schema));
    if (api_is_tagged(row))
        json_object_set_new(responses, "304",
                            json_pack("{s:s}", "description", "As in If-None-Match."));
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (row->scope || !problems[i].keyed)
            json_object_set_new(responses, problems[i].status,
                                problem_response(problems[i].meaning));
    return responses;
}

static json_t *operation_json(const api_operation_t *row)
{
    json_t *operation =
        json_pack("{s:s, s:s, s:o, s:o}", "operationId", row->name, "summary", row->meaning,
                  "parameters", parameters_of(row), "responses", responses_of(row));
    if (row->posts)
        json_object_set_new(operation, "requestBody", row->body_type ? usage_body() : body_of(row));
    json_object_set_new(operation, "security",
                        row->scope ? json_pack("[{s:[s]}]", "key", api_scope_name(row->scope))
                                   : json_array());
    return operation;
}

static json_t *problem_schema(void)
{
    return json_pack(
        "{s:s, s:[sssss], s:{s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:{s:s, "
        "s:[ss], s:{s:{s:s}, s:{s:s}}}}}}",
        "type", "object", "required", "type", "title", "status", "detail", "retry", "properties",
        "type", "type", "string", "pattern", "^urn:kopeck:problem:[a-z_]+$", "title", "type",
        "string", "status", "type", "integer", "detail", "type", "string", "retry", "type",
        "boolean", "fields", "type", "array", "items", "type", "object", "required", "name", "why",
        "properties", "name", "type", "string", "why", "type", "string");
}

json_t *api_openapi(api_operation_at_fn *at)
{
    const api_operation_t *row;
    json_t *paths = json_object();
    for (size_t i = 0; (row = at(i)); i++) {
        json_t *path = json_object_get(paths, row->path);
        if (!path) {
            path = json_object();
            json_object_set_new(paths, row->path, path);
        }
        json_object_set_new(path, row->posts ? "post" : "get", operation_json(row));
    }
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:{s:o}, s:{s:{s:s, s:s}}}}", "openapi",
                     "3.1.0", "info", "title", "Kopeck", "version", "1", "description",
                     "Balances, payments and usage for the platform's own programs.", "paths",
                     paths, "components", "schemas", "Problem", problem_schema(), "securitySchemes",
                     "key", "type", "http", "scheme", "bearer");
}

bool api_step_openapi(api_call_t *self)
{
    return api_show(self, 200, api_openapi(self->face->operation_at));
}

// --- the page ---

static void print_row(const api_operation_t *row, FILE *out)
{
    fprintf(out, "| `%s %s` | %s | %s |\n", row->posts ? "POST" : "GET", row->path,
            row->scope ? api_scope_name(row->scope) : "", row->meaning);
}

static void print_fields(const char *what, json_t *properties, FILE *out)
{
    const char *name;
    json_t *schema;
    if (!json_object_size(properties))
        return;
    fprintf(out, "%s:\n\n", what);
    json_object_foreach(properties, name, schema)
    {
        const char *meaning = json_string_value(json_object_get(schema, "description"));
        fprintf(out, "* `%s`%s%s\n", name, meaning ? ": " : "", meaning ? meaning : "");
    }
    fprintf(out, "\n");
}

static void print_operation(const api_operation_t *row, FILE *out)
{
    json_t *operation = operation_json(row);
    const json_t *parameters = json_object_get(operation, "parameters");
    fprintf(out, "### %s\n\n`%s %s`. %s\n\n", row->name, row->posts ? "POST" : "GET", row->path,
            row->meaning);
    if (json_array_size(parameters)) {
        fprintf(out, "Parameters:\n\n");
        for (size_t i = 0; i < json_array_size(parameters); i++) {
            const json_t *parameter = json_array_get(parameters, i);
            fprintf(out, "* `%s` (%s%s): %s\n",
                    json_string_value(json_object_get(parameter, "name")),
                    json_string_value(json_object_get(parameter, "in")),
                    json_is_true(json_object_get(parameter, "required")) ? ", required" : "",
                    json_string_value(json_object_get(parameter, "description")));
        }
        fprintf(out, "\n");
    }
    if (row->posts && !row->body_type) {
        json_t *body = body_of(row);
        json_t *schema = json_object_get(
            json_object_get(json_object_get(body, "content"), "application/json"), "schema");
        print_fields("Body", json_object_get(schema, "properties"), out);
        json_decref(body);
    }
    if (!row->answer_type && !row->event && row->step != api_step_openapi) {
        json_t *schema = row->step == api_step_usage ? api_usage_schema() : answer_schema(row);
        print_fields("Answer", json_object_get(schema, "properties"), out);
        json_decref(schema);
    }
    if (row->rows_name && row->rows.count) {
        json_t *schema = columns_schema(&row->rows);
        char what[64];
        snprintf(what, sizeof what, "Each of `%s`", row->rows_name);
        print_fields(what, json_object_get(schema, "properties"), out);
        json_decref(schema);
    }
    json_decref(operation);
}

void api_openapi_print_page(api_operation_at_fn *at, FILE *out)
{
    const api_operation_t *row;
    fputs(
#include "services/api/api_page.h"
        , out);
    fputs("## Operations\n\n| operation | scope | meaning |\n|---|---|---|\n", out);
    for (size_t i = 0; (row = at(i)); i++)
        print_row(row, out);
    fputs("\n", out);
    for (size_t i = 0; (row = at(i)); i++)
        print_operation(row, out);
}
