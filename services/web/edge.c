#include "services/web/edge.h"
#include "proto/form.h"
#include "proto/payment.h"
#include <stdio.h>

edge_route_t edge_route(const char *method, const char *path)
{
    static const struct {
        const char *path;
        edge_route_t route;
        bool post;
    } routes[] = {
        {"/robokassa/result", EDGE_NOTICE, true},
        {"/robokassa/success", EDGE_SUCCESS, true},
        {"/robokassa/fail", EDGE_FAIL, true},
        {"/health", EDGE_HEALTH, false},
    };
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (strcmp(path, routes[i].path) == 0) {
            bool post = strcmp(method, "POST") == 0, get = strcmp(method, "GET") == 0;
            return get || (post && routes[i].post) ? routes[i].route : EDGE_NOT_ALLOWED;
        }
    return EDGE_NOT_FOUND;
}

fail_t edge_request(edge_route_t route, const char *form, size_t size, const uid_t16 *id,
                    uint8_t *buffer, size_t cap, request_t *ret_request)
{
    char decoded[EDGE_BODY_MAX];
    form_t fields;
    if (size > sizeof decoded || !form_decode(form, size, decoded, sizeof decoded, &fields))
        return FAIL_INVALID;
    pack_t pack;
    pack_start(&pack, buffer, cap);
    pack_array(&pack, fields.fields_count);
    for (size_t i = 0; i < fields.fields_count; i++) {
        const form_field_t *field = &fields.fields[i];
        pack_array(&pack, 2);
        pack_text(&pack, (text_t){field->name.bytes, (uint32_t)field->name.size});
        pack_text(&pack, (text_t){field->value.bytes, (uint32_t)field->value.size});
    }
    bytes_t packed = {buffer, (uint32_t)pack_end(&pack)};
    if (!packed.size)
        return FAIL_INVALID;
    memset(ret_request, 0, sizeof *ret_request);
    if (route == EDGE_NOTICE) {
        ret_request->type = REQUEST_callback;
        ret_request->id = *id;
        ret_request->callback.fields = packed;
    } else {
        ret_request->type = REQUEST_success;
        ret_request->success.fields = packed;
        ret_request->success.failed = route == EDGE_FAIL;
    }
    return FAIL_NONE;
}

static void say(edge_reply_t *reply, unsigned status, const char *type, const char *body)
{
    reply->status = status;
    reply->content_type = type;
    int size = snprintf(reply->body, sizeof reply->body, "%s", body);
    reply->size = (size_t)size < sizeof reply->body ? (size_t)size : sizeof reply->body - 1;
}

static void reply_notice(fail_t fail, const answer_t *answer, edge_reply_t *reply)
{
    static const char plain[] = "text/plain; charset=utf-8";
    char accepted[32];
    if (!fail) {
        snprintf(accepted, sizeof accepted, "OK%llu", (unsigned long long)answer->callback.invoice);
        say(reply, 200, plain, accepted);
    } else if (fail == FAIL_SIGNATURE || fail == FAIL_INVALID || fail == FAIL_MISSING)
        say(reply, 400, plain, "bad sign\n"); // the same for whatever a stranger may send
    else
        say(reply, 503, plain, "not now, please repeat\n");
}

// What the payer reads after his return; the page itself shows the balance.
static const char *outcome(edge_route_t route, fail_t fail, const answer_t *answer, bool english)
{
    if (fail && fail_retry(fail))
        return english
                   ? "We cannot look the payment up right now. If you have paid, the money will "
                     "arrive by itself."
                   : "Сейчас мы не можем проверить платёж. Если вы заплатили, деньги поступят "
                     "сами.";
    if (fail)
        return english ? "We do not know this payment." : "Такой платёж нам неизвестен.";
    if (answer->success.state == PAYMENT_SUCCEEDED)
        return english ? "The payment has arrived." : "Платёж зачислен.";
    if (route == EDGE_FAIL)
        return english ? "The payment was not completed. Nothing was credited."
                       : "Платёж не завершён. Ничего не зачислено.";
    return english
               ? "The payment is being processed. The balance changes when Robokassa confirms it."
               : "Платёж обрабатывается. Баланс изменится, когда Robokassa его подтвердит.";
}

void edge_reply(edge_route_t route, fail_t fail, const answer_t *answer, bool english,
                edge_reply_t *ret_reply)
{
    char page[EDGE_REPLY_MAX];
    switch (route) {
    case EDGE_NOTICE:
        reply_notice(fail, answer, ret_reply);
        return;
    case EDGE_HEALTH:
        say(ret_reply, fail ? 503 : 200, "text/plain; charset=utf-8",
            fail ? "payment does not answer\n" : "ok\n");
        return;
    case EDGE_NOT_FOUND:
        say(ret_reply, 404, "text/plain; charset=utf-8", "no such page\n");
        return;
    case EDGE_NOT_ALLOWED:
        say(ret_reply, 405, "text/plain; charset=utf-8", "GET or POST\n");
        return;
    case EDGE_SUCCESS:
    case EDGE_FAIL:
        snprintf(page, sizeof page,
                 "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\"><title>%s</title>"
                 "<p>%s</p></html>\n",
                 english ? "en" : "ru", english ? "Payment" : "Платёж",
                 outcome(route, fail, answer, english));
        say(ret_reply,
            fail && !fail_retry(fail) ? 400
            : fail                    ? 503
                                      : 200,
            "text/html; charset=utf-8", page);
        return;
    }
}
