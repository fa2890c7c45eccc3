#include "services/api/api_call.h"
#include "proto/digest.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

// --- the answer ---

void api_header(api_call_t *self, const char *name, const char *value)
{
    web_visit_t *visit = self->visit;
    assert(visit->headers_count < VISIT_HEADERS_MAX);
    visit->headers[visit->headers_count].name = name;
    snprintf(visit->headers[visit->headers_count++].value, VISIT_HEADER_MAX, "%s", value);
}

bool api_show_bytes(api_call_t *self, unsigned status, const char *type, char *bytes, size_t size)
{
    web_visit_t *visit = self->visit;
    free(visit->page);
    visit->page = bytes;
    visit->page_size = size;
    visit->status = status;
    visit->content_type = type;
    return true;
}

bool api_is_tagged(const api_operation_t *operation)
{
    return operation && !operation->posts && operation->request != REQUEST_NONE;
}

bool api_is_known(api_call_t *self, const char *tag)
{
    const char *known = self->visit->head.if_none_match;
    self->tagged = true;
    api_header(self, "ETag", tag);
    return known && strstr(known, tag + 2) && // weakly compared: with W/ or without
           api_show_bytes(self, 304, "application/json", calloc(1, 1), 0);
}

// Of what it says: a process's sequence would be another one after each commit of anybody.
static bool is_known_text(api_call_t *self, const char *text, size_t size)
{
    enum { TAG_BYTES = 16 };
    uint8_t hash[DIGEST_SIZE_MAX];
    char hex[2 * TAG_BYTES + 1], tag[sizeof hex + 4];
    const digest_part_t part = {text, size};
    digest_parts(DIGEST_SHA256, &part, 1, hash);
    digest_hex_lower(hash, TAG_BYTES, hex);
    snprintf(tag, sizeof tag, "W/\"%.*s\"", 2 * TAG_BYTES, hex);
    return api_is_known(self, tag);
}

bool api_show(api_call_t *self, unsigned status, json_t *value)
{
    size_t size;
    char *text = api_json_text(value, &size);
    json_decref(value);
    if (status == 200 && api_is_tagged(self->operation) && !self->tagged &&
        is_known_text(self, text, size)) {
        free(text);
        return true;
    }
    return api_show_bytes(self, status, "application/json", text, size);
}

static const char *title_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {{400, "The request cannot be read"},
                  {401, "A key is needed"},
                  {403, "This key may not do that"},
                  {404, "There is no such thing"},
                  {405, "Not by this method"},
                  {409, "It is in another state"},
                  {413, "The body is too long"},
                  {415, "Not in this form"},
                  {422, "A value is wrong"},
                  {429, "Too many requests"},
                  {503, "Not now"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "A fault of ours";
}

static bool show_problem(api_call_t *self, unsigned status, const char *fail, json_t *detail,
                         const char *field)
{
    char type[64];
    bool retry = status == 503 || status == 429;
    snprintf(type, sizeof type, "urn:kopeck:problem:%s", fail);
    json_t *problem =
        json_pack("{s:s, s:s, s:i, s:o, s:b}", "type", type, "title", title_of(status), "status",
                  status, "detail", detail, "retry", retry);
    if (field)
        json_object_set_new(problem, "fields",
                            json_pack("[{s:s, s:O}]", "name", field, "why", detail));
    if (retry && !self->visit->retry_s)
        self->visit->retry_s = 1;
    (void)api_show(self, status, problem);
    self->visit->content_type = "application/problem+json";
    return true;
}

bool api_problem(api_call_t *self, unsigned status, const char *fail, const char *detail,
                 const char *field)
{
    json_t *text = json_string(detail);
    return show_problem(self, status, fail, text ? text : json_string(""), field);
}

static unsigned status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_INVALID:
    case FAIL_OVERFLOW:
    case FAIL_TARIFF:
    case FAIL_EXPIRED:
    case FAIL_FUTURE:
    case FAIL_CONFLICT: // the id of another command
        return 422;
    case FAIL_SIGNATURE:
        return 400;
    case FAIL_DENIED:
        return 403;
    case FAIL_MISSING:
    case FAIL_UNKNOWN_ACCOUNT:
        return 404;
    case FAIL_STATE:
    case FAIL_MISMATCH:
    case FAIL_BILLED:
    case FAIL_DELETED:
    case FAIL_GAP:
    case FAIL_HISTORY:
    case FAIL_LIMIT:
        return 409;
    case FAIL_FENCED:
        return 503;
    default:
        return fail_retry(fail) ? 503 : 500;
    }
}

bool api_problem_of(api_call_t *self, fail_t fail, text_t detail)
{
    char name[40];
    snprintf(name, sizeof name, "%s", fail_name(fail) + strlen("FAIL_"));
    for (char *at = name; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    json_t *text = detail.size ? json_stringn(detail.data, detail.size) : NULL;
    return show_problem(self, status_of(fail), name, text ? text : json_string(fail_text(fail)),
                        NULL);
}

bool api_problem_asked(api_call_t *self, size_t index)
{
    const web_question_t *question = &self->visit->asks[index];
    text_t detail = {0};
    if (question->answered)
        detail = question->pushes ? question->pushed.detail : question->answer.detail;
    return api_problem_of(self, question->fail, detail);
}

// --- what it says ---

bool api_has_type(const api_call_t *self, const char *wanted)
{
    const char *type = self->visit->head.content_type;
    size_t size = strlen(wanted);
    return type && strncmp(type, wanted, size) == 0 && strchr("; \t", type[size]);
}

span_t api_query(const api_call_t *self, const char *name)
{
    for (size_t i = 0; i < self->query.fields_count; i++)
        if (span_is(self->query.fields[i].name, span_of(name)))
            return self->query.fields[i].value;
    return (span_t){"", 0};
}

// A cursor is of one operation, path and filter: 16 hex digits of a number, and 16 of a hash.
void api_cursor_write(const api_call_t *self, uint64_t number, char out[API_CURSOR_SIZE])
{
    uint8_t hash[DIGEST_SIZE_MAX];
    digest_part_t parts[2 * FORM_FIELDS_MAX + 2] = {{self->visit->path, strlen(self->visit->path)},
                                                    {&number, sizeof number}};
    size_t count = 2;
    for (size_t i = 0; i < self->query.fields_count; i++) {
        const form_field_t *field = &self->query.fields[i];
        if (span_is(field->name, SPAN("cursor")) || span_is(field->name, SPAN("limit")))
            continue;
        parts[count++] = (digest_part_t){field->name.bytes, field->name.size};
        parts[count++] = (digest_part_t){field->value.bytes, field->value.size};
    }
    digest_parts(DIGEST_SHA256, parts, count, hash);
    snprintf(out, API_CURSOR_SIZE, "%016" PRIx64 "%02x%02x%02x%02x%02x%02x%02x%02x", number,
             hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
}

void api_next_page(api_call_t *self, json_t *answer, uint64_t next)
{
    char cursor[API_CURSOR_SIZE], link[VISIT_HEADER_MAX];
    json_object_set_new(answer, "next", json_null());
    if (!next)
        return;
    api_cursor_write(self, next, cursor);
    json_object_set_new(answer, "next", json_string(cursor));
    writer_t writer = writer_on(link, sizeof link - 1);
    writer_string(&writer, "<");
    writer_string(&writer, self->visit->path);
    writer_string(&writer, "?cursor=");
    writer_string(&writer, cursor);
    for (size_t i = 0; i < self->query.fields_count; i++)
        if (!span_is(self->query.fields[i].name, SPAN("cursor")))
            form_add(&writer, 0, self->query.fields[i].name, self->query.fields[i].value);
    writer_string(&writer, ">; rel=\"next\"");
    if (writer_end(&writer))
        api_header(self, "Link", link);
}

// --- questions ---

request_t *api_ask(api_call_t *self, web_door_id_t door, request_type_t type, int64_t patience_ms)
{
    request_t *request = visit_ask(self->visit, door, type, patience_ms);
    if (type == self->asked.type)
        *request = self->asked;
    return request;
}

// --- rows ---

typedef union {
    uint64_t number;
    int64_t integer;
    bool flag;
    uid_t16 id;
    text_t text;
} cell_t;

static void read_cell(wire_t *wire, field_type_t type, cell_t *cell)
{
    switch (type) {
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
    case FIELD_TYPE_time:
        wire_i64(wire, &cell->integer);
        break;
    case FIELD_TYPE_flag:
        wire_flag(wire, &cell->flag);
        break;
    case FIELD_TYPE_uid:
        wire_uid(wire, &cell->id);
        break;
    case FIELD_TYPE_text:
        wire_text(wire, &cell->text);
        break;
    default:
        wire_u64(wire, &cell->number);
    }
}

json_t *api_rows(bytes_t rows, const api_columns_t *columns)
{
    wire_t wire;
    char name[API_NAME_MAX];
    json_t *array = json_array();
    wire_start(&wire, rows.data, rows.size);
    while (wire_left(&wire)) {
        uint32_t cells = wire_array(&wire, UINT16_MAX);
        json_t *row = json_object();
        for (size_t k = 0; k < columns->count && k < cells; k++) {
            cell_t cell = {0};
            field_t field = columns->columns[k];
            field.offset = 0;
            read_cell(&wire, field.type, &cell);
            json_object_set_new(row, api_json_name(&field, name), api_json_value(&field, &cell));
        }
        if (cells > columns->count)
            wire_skip(&wire, cells - (uint32_t)columns->count);
        if (wire.fail) {
            json_decref(row);
            break;
        }
        json_array_append_new(array, row);
    }
    return array;
}

json_t *api_event(uint64_t sequence, bytes_t bytes, const char *const *left_out)
{
    event_t event;
    if (event_decode(bytes.data, bytes.size, &event))
        return NULL;
    const event_info_t *info = event_info(event.type);
    field_t at = {.type = FIELD_TYPE_time};
    return json_pack(
        "{s:I, s:s, s:o, s:o}", "sequence", (json_int_t)sequence, "type", info->name, "at",
        api_json_value(&at, &event.at), "fields",
        api_json_object(info->fields(), info->fields_count, event_body(&event), left_out));
}
