// One request to /api/v1, without HTTP: who may do what, what is asked, and what is answered.
#include "services/api/api_serve.h"
#include "services/api/api_table.h"
#include "services/api/api_openapi.h"
#include "services/api/api_usage.h"
#include "proto/event.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define ACCOUNT "11111111-2222-4333-8444-555555555555"
static const uint8_t random_bytes[API_KEY_RANDOM] = {1};
static char bearer[8 + API_KEY_SIZE];
static api_face_t face;
static web_visit_t visit;

static int begin_face(void **state)
{
    char key[API_KEY_SIZE], id[API_KEY_ID_SIZE], hash[API_KEY_HASH_SIZE];
    (void)state;
    api_key_make(random_bytes, key, id, hash);
    snprintf(bearer, sizeof bearer, "Bearer %s", key);
    face = (api_face_t){.lock = PTHREAD_MUTEX_INITIALIZER,
                        .takes_usage = true,
                        .operation_at = api_table_at,
                        .keys.count = 1};
    api_key_t *row = &face.keys.rows[0];
    *row =
        (api_key_t){.scopes = API_SCOPE_READ | API_SCOPE_USAGE, .rate = 5, .producers = {100, 199}};
    return api_key_hash_read(hash, row->hash) ? 0 : -1;
}

// The status, or 0 where something was asked.
static unsigned come(const char *method, const char *path, const char *query, const char *body)
{
    static int64_t now_ms; // the key's places come back in between
    web_visit_release(&visit);
    visit = (web_visit_t){.face = &face,
                          .method = method,
                          .path = path,
                          .query = span_of(query),
                          .body = span_of(body),
                          .head = {.authorization = bearer, .content_type = "application/jsonl"}};
    visit.now_ms = now_ms += 1000;
    return api_serve(&visit) ? visit.status : 0;
}

static bool shows(const char *text)
{
    return visit.page && memmem(visit.page, visit.page_size, text, strlen(text));
}

static int end_visit(void **state)
{
    (void)state;
    web_visit_release(&visit);
    visit = (web_visit_t){0};
    return 0;
}

static void a_question_goes_to_its_door_for_that_account(void **state)
{
    (void)state;
    assert_int_equal(come("GET", "/api/v1/accounts/" ACCOUNT "/mandate", "", ""), 0);
    assert_int_equal(visit.asks_count, 1);
    assert_int_equal(visit.asks[0].door, WEB_DOOR_PAYMENT);
    assert_int_equal(visit.requests[0].type, REQUEST_mandate);
    assert_int_equal(visit.requests[0].mandate.account.bytes[15], 0x55);
    visit.asks[0].fail = FAIL_UNKNOWN_ACCOUNT;
    visit.round = 1;
    assert_true(api_serve(&visit));
    assert_int_equal(visit.status, 404);
    assert_true(shows("urn:kopeck:problem:unknown_account"));
}

static void a_contact_is_set_and_its_secret_is_shown_nowhere(void **state)
{
    (void)state;
    static const char body[] = "{\"kind\":\"WEBHOOK\",\"address\":\"https://hooks.example/k\","
                               "\"key\":\"whsec_1\",\"wants\":33554432}";
    assert_int_equal(come("POST", "/api/v1/accounts/" ACCOUNT "/contacts", "", body), 403);
    face.keys.rows[0].scopes |= API_SCOPE_PAY;
    (void)come("POST", "/api/v1/accounts/" ACCOUNT "/contacts", "", body);
    visit.head.content_type = "application/json";
    visit.head.idempotency_key = "01890a5d-ac96-774b-bcce-b302099a8057";
    web_visit_t asked = visit;
    web_visit_release(&visit);
    visit = (web_visit_t){.face = &face,
                          .method = "POST",
                          .path = "/api/v1/accounts/" ACCOUNT "/contacts",
                          .body = span_of(body),
                          .head = asked.head,
                          .now_ms = asked.now_ms + 1000};
    assert_false(api_serve(&visit));
    assert_int_equal(visit.asks[0].door, WEB_DOOR_NOTIFY);
    const request_contact_set_t *set = &visit.requests[0].contact_set;
    assert_int_equal(visit.requests[0].type, REQUEST_contact_set);
    assert_int_equal(set->account.bytes[15], 0x55);
    assert_int_equal(set->kind, CONTACT_WEBHOOK);
    assert_int_equal(set->wants, 33554432);
    assert_true(text_equal(set->key, text_of("whsec_1")));
    visit.asks[0].fail = FAIL_INVALID;
    visit.round = 1;
    assert_true(api_serve(&visit));
    assert_int_equal(visit.status, 422);
    assert_false(shows("whsec_1"));
    assert_false(shows("hooks.example"));
    face.keys.rows[0].scopes = API_SCOPE_READ | API_SCOPE_USAGE;
}

static unsigned answered(uint64_t accounts, const char *known)
{
    (void)come("GET", "/api/v1/totals", "", "");
    visit.asks[0].fail = FAIL_NONE;
    visit.asks[0].answer = (answer_t){.type = REQUEST_totals, .totals = {.accounts = accounts}};
    visit.head.if_none_match = known;
    visit.round = 1;
    assert_true(api_serve(&visit));
    return visit.status;
}

static void who_has_an_answer_by_its_tag_is_not_given_it_again(void **state)
{
    (void)state;
    char tag[VISIT_HEADER_MAX];
    assert_int_equal(answered(7, NULL), 200);
    assert_string_equal(visit.headers[0].name, "ETag");
    snprintf(tag, sizeof tag, "%s", visit.headers[0].value);
    assert_int_equal(answered(7, tag), 304);
    assert_int_equal(visit.page_size, 0);
    assert_string_equal(visit.headers[0].value, tag);
    assert_int_equal(answered(7, tag + 2), 304); // weakly compared
    assert_int_equal(answered(8, tag), 200);
    assert_string_not_equal(visit.headers[0].value, tag);
    (void)come("GET", "/api/v1/totals", "", "");
    visit.asks[0].fail = FAIL_TIMEOUT;
    visit.round = 1;
    assert_true(api_serve(&visit));
    assert_int_equal(visit.headers_count, 0); // a problem is no answer
}

static void who_has_no_key_or_no_scope_asks_nothing(void **state)
{
    (void)state;
    assert_int_equal(come("POST", "/api/v1/accounts/" ACCOUNT "/topups", "", "{}"), 403);
    assert_int_equal(visit.asks_count, 0);
    assert_int_equal(come("GET", "/api/v1/events", "", ""), 403);
    face.keys.count = 0;
    assert_int_equal(come("GET", "/api/v1/totals", "", ""), 401);
    assert_int_equal(come("GET", "/api/v1/openapi.json", "", ""), 200);
    face.keys.count = 1;
    assert_int_equal(come("GET", "/api/v1/totals", "", ""), 0);
}

static void a_key_may_ask_so_often(void **state)
{
    (void)state;
    unsigned status = 0, asked = 0;
    while (status == 0 && asked < 100) {
        web_visit_release(&visit);
        visit = (web_visit_t){.face = &face,
                              .method = "GET",
                              .path = "/api/v1/totals",
                              .now_ms = INT64_C(1) << 50,
                              .head.authorization = bearer};
        status = api_serve(&visit) ? visit.status : 0;
        asked += status == 0;
    }
    assert_int_equal(status, 429);
    assert_int_equal(asked, 5);
    assert_true(visit.retry_s > 0);
}

static void what_is_wrong_is_said_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *path, *query;
        unsigned status;
        const char *says;
    } cases[] = {
        {"/api/v1/accounts/x/balance", "", 422, "\"name\":\"account\""},
        {"/api/v1/accounts//balance", "", 404, "no such path"},
        {"/api/v1/accounts/" ACCOUNT "/balance", "min_sequence=-1", 422, "min_sequence"},
        {"/api/v1/accounts/" ACCOUNT "/balance", "x=1", 422, "\"name\":\"x\""},
        {"/api/v1/accounts/" ACCOUNT "/balance", "min_sequence=1&min_sequence=1", 400, "twice"},
        {"/api/v1/accounts/" ACCOUNT "/balance", "%zz", 400, "no form"},
        {"/api/v1/accounts/" ACCOUNT "/lines", "limit=501", 422, "1 to 500"},
        {"/api/v1/accounts/" ACCOUNT "/lines", "limit=0", 422, "1 to 500"},
        {"/api/v1/accounts/" ACCOUNT "/lines", "side=both", 422, "ALL, DEBITS, CREDITS"},
        {"/api/v1/accounts/" ACCOUNT "/lines", "cursor=1", 400, "cursor"},
        {"/api/v1/accounts/" ACCOUNT "/lines", "cursor=00000000000000070000000000000000", 400,
         "cursor"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(come("GET", cases[i].path, cases[i].query, ""), cases[i].status);
        if (!shows(cases[i].says))
            fail_msg("%s?%s: %.*s", cases[i].path, cases[i].query, (int)visit.page_size,
                     visit.page);
        assert_string_equal(visit.content_type, "application/problem+json");
    }
    assert_int_equal(come("DELETE", "/api/v1/totals", "", ""), 405);
}

static void lines_become_events(void **state)
{
    (void)state;
    static const char tick[] =
        "{\"type\":\"usage.ticked\",\"at\":\"2026-01-01T00:00:00Z\",\"resource\":\"" ACCOUNT
        "\",\"replica\":\"" ACCOUNT "\",\"account\":\"" ACCOUNT "\",\"tariff\":\"nachalny\"}";
    static const char deleted[] =
        "{\"at\":\"2026-01-01T00:01:00Z\",\"type\":\"resource.deleted\",\"resource\":\"" ACCOUNT
        "\"}";
    char body[1024], why[API_WHY_MAX];
    uint8_t items[1024];
    size_t size;
    uint32_t count;
    snprintf(body, sizeof body, "%s\r\n\n%s", tick, deleted);
    assert_true(api_usage_read_lines(span_of(body), items, sizeof items, &size, &count, why));
    assert_int_equal(count, 2);
    wire_t wire;
    event_t event;
    wire_start(&wire, items, size);
    assert_int_equal(event_read(&wire, &event), FAIL_NONE);
    assert_int_equal(event.type, EVENT_usage_ticked);
    assert_int_equal(event.at, INT64_C(1767225600000000));
    assert_true(text_equal(event.usage_ticked.tariff, text_of("nachalny")));
    assert_int_equal(event.usage_ticked.account.bytes[0], 0x11);
    assert_int_equal(event_read(&wire, &event), FAIL_NONE);
    assert_int_equal(event.type, EVENT_resource_deleted);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_true(api_usage_count((span_t){(char *)items, size}, &count, why));
    assert_int_equal(count, 2);
    assert_false(api_usage_count((span_t){(char *)items, size - 1}, &count, why));
    assert_false(api_usage_read_lines(span_of(body), items, 40, &size, &count, why)); // no room
}

static void usage_is_pushed_as_the_producers_of_the_key(void **state)
{
    (void)state;
    static const char line[] =
        "{\"type\":\"resource.deleted\",\"at\":\"2026-01-01T00:01:00Z\",\"resource\":\"" ACCOUNT
        "\"}";
    assert_int_equal(come("POST", "/api/v1/usage", "producer=100&epoch=3&first=7", line), 0);
    assert_true(visit.asks[0].pushes);
    assert_int_equal(visit.asks[0].door, WEB_DOOR_METERING_FEED);
    assert_int_equal(visit.batch.producer, 100);
    assert_int_equal(visit.batch.epoch, 3);
    assert_int_equal(visit.batch.first, 7);
    assert_int_equal(visit.batch.count, 1);
    assert_int_equal(come("POST", "/api/v1/usage", "producer=200&epoch=3&first=7", line), 403);
    assert_int_equal(visit.asks_count, 0);
    assert_int_equal(come("POST", "/api/v1/usage", "producer=100&epoch=3", line), 422);
    assert_true(shows("\"name\":\"first\""));
}

static void the_description_has_every_operation(void **state)
{
    (void)state;
    const api_operation_t *row;
    json_t *paths, *all = api_openapi(api_table_at);
    assert_non_null(all);
    paths = json_object_get(all, "paths");
    for (size_t i = 0; (row = api_table_at(i)); i++) {
        json_t *operation =
            json_object_get(json_object_get(paths, row->path), row->posts ? "post" : "get");
        assert_string_equal(json_string_value(json_object_get(operation, "operationId")),
                            row->name);
        assert_true(row->scope || !row->posts); // nobody changes anything without a key
    }
    json_decref(all);
}

int main(void)
{
#define VISIT_TEST(name) cmocka_unit_test_teardown(name, end_visit)
    const struct CMUnitTest tests[] = {
        VISIT_TEST(a_question_goes_to_its_door_for_that_account),
        VISIT_TEST(a_contact_is_set_and_its_secret_is_shown_nowhere),
        VISIT_TEST(who_has_an_answer_by_its_tag_is_not_given_it_again),
        VISIT_TEST(who_has_no_key_or_no_scope_asks_nothing),
        VISIT_TEST(what_is_wrong_is_said_by_name),
        VISIT_TEST(lines_become_events),
        VISIT_TEST(usage_is_pushed_as_the_producers_of_the_key),
        VISIT_TEST(the_description_has_every_operation),
        VISIT_TEST(a_key_may_ask_so_often), // the last: it is far ahead
    };
    return cmocka_run_group_tests(tests, begin_face, NULL);
}
