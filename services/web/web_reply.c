#include "services/web/web_reply.h"
#include "proto/codes.h"
#include <stdio.h>
#include <string.h>

static const char plain[] = "text/plain; charset=utf-8";

static void say(web_reply_t *reply, unsigned status, const char *type, const char *body)
{
    reply->status = status;
    reply->content_type = type;
    reply->allow = NULL;
    reply->location[0] = '\0';
    int size = snprintf(reply->body, sizeof reply->body, "%s", body);
    reply->size = (size_t)size < sizeof reply->body ? (size_t)size : sizeof reply->body - 1;
}

void web_reply_notice(const web_outcome_t *outcome, web_reply_t *ret_reply)
{
    char accepted[32];
    fail_t fail = outcome->fail;
    if (!fail) {
        snprintf(accepted, sizeof accepted, "OK%llu",
                 (unsigned long long)outcome->answer->callback.invoice);
        say(ret_reply, 200, plain, accepted);
    } else if (fail == FAIL_SIGNATURE || fail == FAIL_INVALID || fail == FAIL_MISSING) {
        say(ret_reply, 400, plain, "bad sign\n"); // the same for whatever a stranger may send
    } else {
        say(ret_reply, 503, plain, "not now, please repeat\n");
    }
}

// What the payer reads after his return; the page itself shows the balance.
static const char *describe(const web_outcome_t *outcome, bool failed)
{
    bool english = outcome->english;
    if (outcome->fail && fail_retry(outcome->fail))
        return english
                   ? "We cannot look the payment up right now. If you have paid, the money will "
                     "arrive by itself."
                   : "Сейчас мы не можем проверить платёж. Если вы заплатили, деньги поступят "
                     "сами.";
    if (outcome->fail)
        return english ? "We do not know this payment." : "Такой платёж нам неизвестен.";
    if (outcome->answer->success.state == PAYMENT_SUCCEEDED)
        return english ? "The payment has arrived." : "Платёж зачислен.";
    if (failed)
        return english ? "The payment was not completed. Nothing was credited."
                       : "Платёж не завершён. Ничего не зачислено.";
    return english
               ? "The payment is being processed. The balance changes when Robokassa confirms it."
               : "Платёж обрабатывается. Баланс изменится, когда Robokassa его подтвердит.";
}

// His session's cookie does not come with a return by POST from another site, but with what follows
// a 303: so the page of the payment is another one, and it alone knows who may see it.
static void show_return(const web_outcome_t *outcome, bool failed, web_reply_t *ret_reply)
{
    if (outcome->has_page && !outcome->fail) {
        say(ret_reply, 303, plain, "");
        snprintf(ret_reply->location, sizeof ret_reply->location, "/payments/%llu?returned=%d",
                 (unsigned long long)outcome->answer->success.invoice, !failed);
        return;
    }
    char page[WEB_REPLY_MAX];
    snprintf(page, sizeof page,
             "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\"><title>%s</title>"
             "<p>%s</p></html>\n",
             outcome->english ? "en" : "ru", outcome->english ? "Payment" : "Платёж",
             describe(outcome, failed));
    unsigned status = !outcome->fail ? 200 : fail_retry(outcome->fail) ? 503 : 400;
    say(ret_reply, status, "text/html; charset=utf-8", page);
}

void web_reply_success(const web_outcome_t *outcome, web_reply_t *ret_reply)
{
    show_return(outcome, false, ret_reply);
}

void web_reply_failure(const web_outcome_t *outcome, web_reply_t *ret_reply)
{
    show_return(outcome, true, ret_reply);
}

void web_reply_health(const web_outcome_t *outcome, web_reply_t *ret_reply)
{
    if (outcome->fail)
        say(ret_reply, 503, plain, "payment does not answer\n");
    else if (!outcome->answer->status.ready)
        say(ret_reply, 503, plain, "payment is starting\n");
    else if (outcome->answer->status.full)
        say(ret_reply, 503, plain, "payment has no room: notices are refused\n");
    else
        say(ret_reply, 200, plain, "ok\n");
}

void web_reply_not_found(web_reply_t *ret_reply)
{
    say(ret_reply, 404, plain, "no such page\n");
}

void web_reply_not_allowed(const char *allow, web_reply_t *ret_reply)
{
    say(ret_reply, 405, plain, "GET or POST\n");
    ret_reply->allow = allow;
}
