// fuzz_api - any method, path, query and body that comes to /api/v1 under a key of all scopes is
// asked of a process, or refused with a problem; and lines of usage become as many events as were
// counted, of those that metering's feed takes.
//
// Method, path, query and a header stand in lines, the body behind them.
#include "proto/event.h"
#include "services/api/api_serve.h"
#include "services/api/api_table.h"
#include "services/api/api_usage.h"
#include "tests/fuzz/fuzz.h"

static api_face_t face = {.lock = PTHREAD_MUTEX_INITIALIZER,
                          .takes_usage = true,
                          .operation_at = api_table_at,
                          .keys.count = 1};
static char bearer[8 + API_KEY_SIZE];

static void open_face(void)
{
    static const uint8_t random_bytes[API_KEY_RANDOM] = {1};
    char key[API_KEY_SIZE], id[API_KEY_ID_SIZE], hash[API_KEY_HASH_SIZE];
    if (*bearer)
        return;
    api_key_make(random_bytes, key, id, hash);
    snprintf(bearer, sizeof bearer, "Bearer %s", key);
    api_key_t *row = &face.keys.rows[0];
    *row = (api_key_t){.scopes = (1U << API_SCOPES) - 1, .rate = 1000, .producers = {100, 199}};
    require(api_key_hash_read(hash, row->hash));
}

static char *take_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = memchr(*data, '\n', *size);
    size_t length = end ? (size_t)(end - *data) : *size;
    char *line = text_copy(*data, length);
    *data += end ? length + 1 : length;
    *size -= end ? length + 1 : length;
    return line;
}

static void check_lines(span_t body)
{
    static uint8_t items[64 * 1024];
    char why[API_WHY_MAX] = "";
    size_t used = 0;
    uint32_t count = 0, again = 0;
    wire_t wire;
    if (!api_usage_read_lines(body, items, sizeof items, &used, &count, why)) {
        require(*why);
        return;
    }
    require(api_usage_count((span_t){(char *)items, used}, &again, why) && again == count);
    wire_start(&wire, items, used);
    for (uint32_t i = 0; i < count; i++) {
        event_t event;
        require(event_read(&wire, &event) == FAIL_NONE);
        require(event.type >= EVENT_resource_created && event.type <= EVENT_tokens_used);
        require(!event_misfit(&event));
    }
}

static void check_visit(web_visit_t *visit)
{
    static uint8_t frame[128 * 1024];
    const web_route_t *route = api_serve_find(WEB_PAGES, visit->path);
    if (!route->step(visit)) { // everything that is asked can be said
        require(visit->asks_count > 0);
        for (size_t i = 0; i < visit->asks_count && !visit->asks[i].pushes; i++)
            require(request_encode(&visit->requests[i], frame, sizeof frame) > 0);
        return;
    }
    require(visit->status >= 200 && visit->status < 600 && visit->content_type && visit->page);
    if (visit->status >= 400) {
        json_error_t error;
        json_t *problem = json_loadb(visit->page, visit->page_size, 0, &error);
        require(problem && json_integer_value(json_object_get(problem, "status")) ==
                               (json_int_t)visit->status);
        json_decref(problem);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int64_t now_ms;
    open_face();
    char *method = take_line(&data, &size), *path = take_line(&data, &size);
    char *query = take_line(&data, &size), *header = take_line(&data, &size);
    char *body = text_copy(data, size);
    web_visit_t visit = {.face = &face,
                         .method = method,
                         .path = path,
                         .query = span_of(query),
                         .body = {body, size},
                         .now_ms = now_ms += 1000,
                         .head = {.authorization = bearer,
                                  .content_type = header,
                                  .idempotency_key = header,
                                  .last_event_id = *header ? header : NULL}};
    check_lines((span_t){body, size});
    check_visit(&visit);
    web_visit_release(&visit);
    visit = (web_visit_t){.face = &face,
                          .method = method,
                          .path = path,
                          .query = span_of(query),
                          .body = {body, size},
                          .now_ms = now_ms += 1000,
                          .head = {.authorization = header}};
    check_visit(&visit);
    web_visit_release(&visit);
    free(method), free(path), free(query), free(header), free(body);
    return 0;
}
