#include "services/web/page_stream.h"

enum { ASK_BALANCE = 0, STREAM_EACH_MS = 500, STREAM_BURST = 6 };

static void write_event(writer_t *writer, language_t language, const answer_balance_t *balance)
{
    writer_text(writer, SPAN("data: "));
    hole_money(writer, language, balance->cash + balance->bonus);
    writer_text(writer, SPAN("\ndata: "));
    say_B1(writer, language, balance->cash, balance->bonus);
    writer_text(writer, SPAN("\n\n"));
}

static bool show(web_visit_t *visit)
{
    static const answer_balance_t none; // of an account that the ledger does not know yet
    const answer_t *answer = visit_answer(visit, ASK_BALANCE);
    writer_t writer = visit_writer(visit);
    writer_text(&writer, SPAN("retry: 1000\n\n"));
    if (answer)
        write_event(&writer, visit->language, &answer->balance);
    else if (visit_fail(visit, ASK_BALANCE) == FAIL_UNKNOWN_ACCOUNT)
        write_event(&writer, visit->language, &none);
    visit_show(visit, 200, &writer);
    visit->content_type = "text/event-stream; charset=utf-8";
    return true;
}

bool page_stream_send(web_visit_t *visit)
{
    static const char *const names[] = {NULL};
    if (visit->round > 0)
        return show(visit);
    if (!visit->signed_in)
        return visit_say(visit, 401, TEXT_SIGN_IN, TEXT_E1);
    if (!visit->reads)
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (visit_is_limited(visit, 's', STREAM_EACH_MS, STREAM_BURST))
        return true;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_BLOCK_MS)->balance.account =
        visit->account;
    return false;
}
