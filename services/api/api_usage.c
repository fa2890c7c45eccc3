#include "services/api/api_usage.h"
#include "proto/event.h"
#include "proto/stream.h"
#include "services/api/api_call.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { LINE_MAX_BYTES = 4096, EVENT_ROOM = 512, ITEMS_ROOM = FRAME_LARGE_MAX - 256 };

static const event_type_t taken[] = {
    EVENT_usage_ticked,     EVENT_replica_started, EVENT_replica_stopped, EVENT_resource_created,
    EVENT_resource_deleted, EVENT_resource_scaled, EVENT_disk_sampled,    EVENT_tokens_used};

#define PARAMETER(type, name, meaning)                                                             \
    {                                                                                              \
#name, meaning, FIELD_TYPE_##type, offsetof(api_usage_batch_t, name), CODES_NONE           \
    }

const field_t api_usage_parameters[API_USAGE_PARAMETERS] = {
    PARAMETER(id64, producer, "as whom the items come: one of those of the key"),
    PARAMETER(u64, epoch, "names the producer's numbering, from 1 on"),
    PARAMETER(u64, first, "the sequence of the first item; of none, that of the next"),
    PARAMETER(time, through, "all that happened up to this instant has been sent"),
    PARAMETER(time, time, "what the producer's clock says")};

json_t *api_usage_schema(void)
{
    return json_pack(
        "{s:s, s:b, s:[ssss], s:{s:{s:s, s:s}, s:{s:s, s:s}, s:{s:s, s:s}, s:{s:s, s:{s:s}, s:s}}}",
        "type", "object", "additionalProperties", 0, "required", "acknowledged", "taken", "detail",
        "results", "properties", "acknowledged", "type", "integer", "description",
        "sequence of the producer's last item that is durable", "taken", "type", "integer",
        "description", "items of this batch that have a result", "detail", "type", "string",
        "description", "about the first that was refused", "results", "type", "array", "items",
        "type", "string", "description",
        "of each item: `ok`, or the failure for which it was refused for good");
}

// --- JSON Lines ---

static const event_info_t *info_named(const char *name)
{
    for (size_t i = 0; name && i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(event_info(taken[i])->name, name) == 0)
            return event_info(taken[i]);
    return NULL;
}

static bool refuse_line(size_t line, const char *what, const char *why, char out[API_WHY_MAX])
{
    snprintf(out, API_WHY_MAX, "line %zu: %.40s: %.120s", line, what, why);
    return false;
}

static bool refuse_surplus(const json_t *object, const event_info_t *info, size_t line,
                           char out[API_WHY_MAX])
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool known = strcmp(name, "type") == 0 || strcmp(name, "at") == 0;
        for (size_t i = 0; i < info->fields_count; i++)
            known = known || strcmp(info->fields()[i].name, name) == 0;
        if (!known)
            return refuse_line(line, name, "no such field", out);
    }
    return true;
}

// `kind` may be missing: it is compute then (proto/events.def).
static bool read_fields(const json_t *object, const event_info_t *info, event_t *event, size_t line,
                        char out[API_WHY_MAX])
{
    char why[API_WHY_MAX];
    size_t met = 2; // type and at
    const field_t *fields = info->fields();
    for (size_t i = 0; i < info->fields_count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        bool optional = fields[i].type == FIELD_TYPE_code;
        if (!value && optional)
            continue;
        if (!value)
            return refuse_line(line, fields[i].name, "missing", out);
        if (!api_json_read(value, &fields[i], (void *)(uintptr_t)event_body(event), why))
            return refuse_line(line, fields[i].name, why, out);
        met++;
    }
    return json_object_size(object) == met || refuse_surplus(object, info, line, out);
}

static bool read_line(span_t text, size_t line, uint8_t *out, size_t cap, size_t *ret_size,
                      char why[API_WHY_MAX])
{
    json_error_t error;
    static const field_t at = {.type = FIELD_TYPE_time};
    json_t *object = json_loadb(text.bytes, text.size, JSON_REJECT_DUPLICATES, &error);
    event_t event = {0};
    char wrong[API_WHY_MAX];
    bool good = json_is_object(object);
    if (!good) {
        (void)refuse_line(line, "not an object", object ? "" : error.text, why);
        json_decref(object);
        return false;
    }
    const event_info_t *info = info_named(json_string_value(json_object_get(object, "type")));
    const json_t *time = json_object_get(object, "at");
    if (!info)
        good =
            refuse_line(line, "type", "expected an item of metering's feed, as usage.ticked", why);
    else if (!time || !api_json_read(time, &at, &event.at, wrong))
        good = refuse_line(line, "at", time ? wrong : "missing", why);
    if (good) {
        event.type = info->type;
        good = read_fields(object, info, &event, line, why);
    }
    if (good) {
        *ret_size = event_encode(&event, out, cap);
        good = *ret_size > 0 || refuse_line(line, "items", "expected at most 1 MiB of events", why);
    }
    json_decref(object);
    return good;
}

bool api_usage_read_lines(span_t body, uint8_t *items, size_t cap, size_t *ret_size,
                          uint32_t *ret_count, char why[API_WHY_MAX])
{
    size_t used = 0, line = 0;
    uint32_t count = 0;
    while (body.size) {
        const char *end = memchr(body.bytes, '\n', body.size);
        span_t text = {body.bytes, end ? (size_t)(end - body.bytes) : body.size}, whole = text;
        line++;
        body = end ? (span_t){end + 1, body.size - text.size - 1} : (span_t){0};
        if (whole.size && whole.bytes[whole.size - 1] == '\r')
            whole.size--;
        if (!whole.size)
            continue;
        if (whole.size > LINE_MAX_BYTES)
            return refuse_line(line, "size", "expected at most 4096 bytes", why);
        size_t size = 0;
        if (count == FEED_ITEMS_MAX)
            return refuse_line(line, "count", "expected at most 8189 items", why);
        if (!read_line(whole, line, items + used, cap - used, &size, why))
            return false;
        used += size;
        count++;
    }
    *ret_size = used;
    *ret_count = count;
    return true;
}

bool api_usage_count(span_t body, uint32_t *ret_count, char why[API_WHY_MAX])
{
    wire_t wire;
    uint32_t count = 0;
    wire_start(&wire, body.bytes, body.size);
    while (wire_left(&wire) && count <= FEED_ITEMS_MAX) {
        wire_skip(&wire, 1);
        count++;
    }
    bool good = wire_end(&wire) == FAIL_NONE && count <= FEED_ITEMS_MAX;
    if (!good)
        snprintf(why, API_WHY_MAX, "expected at most %d MessagePack events, one after the other",
                 FEED_ITEMS_MAX);
    *ret_count = count;
    return good;
}

// --- the step ---

typedef struct {
    api_usage_batch_t asked;
    size_t items_size;
    uint32_t count;
    uint8_t items[ITEMS_ROOM];
} usage_t;

static bool read_parameters(api_call_t *self, usage_t *own)
{
    char why[API_WHY_MAX], name[API_NAME_MAX];
    unsigned met = 0;
    for (size_t i = 0; i < self->query.fields_count; i++) {
        const form_field_t *given = &self->query.fields[i];
        size_t k = 0;
        snprintf(name, sizeof name, "%.*s", (int)given->name.size, given->name.bytes);
        while (k < API_USAGE_PARAMETERS && strcmp(api_usage_parameters[k].name, name) != 0)
            k++;
        if (k == API_USAGE_PARAMETERS || met & 1U << k)
            return !api_problem(self, 422, "invalid", "no such parameter, or it came twice",
                                utf8_is_text(text_of(name)) ? name : "?");
        met |= 1U << k;
        if (!api_json_read_text(given->value, &api_usage_parameters[k], &own->asked, why))
            return !api_problem(self, 422, "invalid", why, name);
    }
    for (size_t k = 0; k < API_USAGE_REQUIRED; k++)
        if (!(met & 1U << k))
            return !api_problem(self, 422, "invalid", "missing", api_usage_parameters[k].name);
    return true;
}

static bool read_items(api_call_t *self, usage_t *own)
{
    char why[API_WHY_MAX];
    span_t body = self->visit->body;
    if (api_has_type(self, "application/jsonl") || api_has_type(self, "application/x-ndjson"))
        return api_usage_read_lines(body, own->items, sizeof own->items, &own->items_size,
                                    &own->count, why) ||
               !api_problem(self, 422, "invalid", why, NULL);
    if (!api_has_type(self, "application/msgpack") &&
        !api_has_type(self, "application/vnd.msgpack"))
        return !api_problem(self, 415, "type",
                            "expected Content-Type: application/jsonl or application/msgpack",
                            NULL);
    if (body.size > sizeof own->items)
        return !api_problem(self, 413, "size", "expected at most 1 MiB of events", NULL);
    if (!api_usage_count(body, &own->count, why))
        return !api_problem(self, 422, "invalid", why, NULL);
    own->items_size = body.size;
    if (body.size)
        memcpy(own->items, body.bytes, body.size);
    return true;
}

static void ask(api_call_t *self, const usage_t *own)
{
    web_visit_t *visit = self->visit;
    (void)visit_ask(visit, WEB_DOOR_METERING_FEED, REQUEST_NONE, API_COMMAND_MS);
    visit->asks[0].pushes = true;
    visit->batch = (feed_batch_t){.producer = own->asked.producer,
                                  .epoch = own->asked.epoch,
                                  .first = own->asked.first,
                                  .count = own->count,
                                  .through = own->asked.through,
                                  .time = own->asked.time,
                                  .items = {own->items, (uint32_t)own->items_size}};
}

static bool begin(api_call_t *self, usage_t *own)
{
    if (!self->face->takes_usage)
        return api_problem(self, 503, "config", "this face is not configured to take usage", NULL);
    if (!read_parameters(self, own))
        return true;
    if (!producers_have(&self->key.producers, own->asked.producer))
        return api_problem(self, 403, "producer", "this key does not name that producer",
                           "producer");
    if (!read_items(self, own))
        return true;
    ask(self, own);
    return false;
}

// --- the answer ---

static void put_result(writer_t *writer, uint8_t result, bool first)
{
    const char *name = fail_name((fail_t)result);
    writer_string(writer, first ? "\"" : ",\"");
    if (result == FAIL_NONE)
        writer_string(writer, "ok");
    else
        writer_string(writer, name + strlen("FAIL_"));
    writer_string(writer, "\"");
}

static bool show(api_call_t *self, const feed_answer_t *answer)
{
    enum { RESULT_MAX = 32, HEAD_MAX = 4096 };
    char numbers[128];
    size_t room = HEAD_MAX + RESULT_MAX * (size_t)answer->results.size;
    char *text = malloc(room);
    assert(text);
    writer_t writer = writer_on(text, room - 1);
    json_t *detail = json_stringn(answer->detail.data, answer->detail.size);
    char *quoted = json_dumps(detail ? detail : json_null(), JSON_ENCODE_ANY);
    snprintf(numbers, sizeof numbers,
             "{\"acknowledged\":%" PRIu64 ",\"taken\":%u,\"detail\":", answer->acknowledged,
             (unsigned)answer->results.size);
    writer_string(&writer, numbers);
    writer_string(&writer, quoted && detail ? quoted : "\"\"");
    writer_string(&writer, ",\"results\":[");
    for (size_t i = 0; i < answer->results.size; i++)
        put_result(&writer, answer->results.data[i], i == 0);
    writer_string(&writer, "]}");
    json_decref(detail);
    free(quoted);
    return api_show_bytes(self, 200, "application/json", text, writer.size);
}

// A gap says where to go on.
static bool show_gap(api_call_t *self, const feed_answer_t *answer)
{
    char why[API_WHY_MAX];
    snprintf(why, sizeof why, "a sequence was skipped: the next one is %" PRIu64,
             answer->acknowledged + 1);
    return api_problem(self, 409, "gap", why, "first");
}

bool api_step_usage(api_call_t *self)
{
    if (self->visit->round == 0) {
        self->own =
            malloc(sizeof(usage_t)); // its room of a MiB is not touched where it is not used
        assert(self->own);
        memset(self->own, 0, offsetof(usage_t, items));
        return begin(self, self->own);
    }
    const web_question_t *question = &self->visit->asks[0];
    if (question->fail == FAIL_GAP && question->answered)
        return show_gap(self, &question->pushed);
    return question->fail ? api_problem_asked(self, 0) : show(self, &question->pushed);
}
