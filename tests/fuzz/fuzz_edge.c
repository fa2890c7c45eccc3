// fuzz_edge - any body or query that a stranger sends the HTTP face becomes a request that payment
// reads as the same fields, or is refused; any method and path has a route and every route a reply.
//
// Method and path stand before two newlines, what follows them is the form.
#include "proto/form.h"
#include "services/payment/payment_form.h"
#include "services/web/web_routes.h"
#include "tests/fuzz/fuzz.h"

static web_reply_t reply;

static void check_reply(const web_route_t *route, fail_t fail, const answer_t *answer)
{
    for (int english = 0; english < 2; english++) {
        web_outcome_t outcome = {.fail = fail, .answer = answer, .english = english};
        if (route)
            route->reply(&outcome, &reply);
        else
            web_reply_not_found(&reply);
        require(reply.status >= 200 && reply.status < 600 && reply.content_type);
        require(reply.size > 0 && reply.size < sizeof reply.body);
        require(reply.size == strlen(reply.body));
    }
}

// Payment reads what web packed as what the form held.
static void check_fields(const web_route_t *route, const char *text, size_t size)
{
    static uint8_t buffer[EDGE_PACKED_MAX], bytes[5 * EDGE_BODY_MAX];
    static char decoded[EDGE_BODY_MAX];
    const uid_t16 id = {{1, 2, 3}}, token = {{0}};
    request_t request, received;
    form_t sent, read;
    fail_t fail = route->read((span_t){text, size}, &id, buffer, sizeof buffer, &request);
    if (fail) {
        require(size > EDGE_BODY_MAX || !form_decode(text, size, decoded, sizeof decoded, &sent));
        return;
    }
    require(form_decode(text, size, decoded, sizeof decoded, &sent));
    size_t encoded = request_encode(&request, bytes, sizeof bytes);
    require(encoded > 0 && request_decode(bytes, encoded, &received, NULL) == FAIL_NONE);
    require(received.type == request.type);
    bytes_t fields =
        received.type == REQUEST_callback ? received.callback.fields : received.success.fields;
    require(payment_form_read(fields, &read));
    require(read.fields_count == sent.fields_count);
    for (size_t i = 0; i < sent.fields_count; i++)
        require(span_is(read.fields[i].name, sent.fields[i].name) &&
                span_is(read.fields[i].value, sent.fields[i].value));
    require(payment_form_invoice(&read) <= INT64_MAX);
    (void)payment_form_has_token(&read, &token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    const uint8_t *next = end ? memchr(end + 1, '\n', size - (size_t)(end + 1 - data)) : NULL;
    if (!next)
        return 0;
    char *method = text_copy(data, (size_t)(end - data));
    char *path = text_copy(end + 1, (size_t)(next - end) - 1);
    size_t form_size = size - (size_t)(next + 1 - data);
    char *form = text_copy(next + 1, form_size);
    const web_route_t *route = web_route_find(WEB_PAGES | WEB_NOTICES, path);
    if (route && !web_route_takes(route, method))
        route = NULL;
    if (route && !route->read)
        route = NULL; // a page: fuzz_page has what strangers say there
    answer_t answer = {.type = REQUEST_callback, .detail = text_of("")};
    answer.callback.invoice = form_size;
    check_reply(route, FAIL_NONE, &answer);
    check_reply(route, (fail_t)(form_size % 24), &answer);
    if (route && route->form_max > 0)
        check_fields(route, form, form_size);
    free(method);
    free(path);
    free(form);
    return 0;
}
