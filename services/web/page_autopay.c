#include "services/web/page_autopay.h"
#include "proto/codes.h"

static const char *const names[] = {"ticket", NULL};

// True when the reply is ready. Else the form is good, and the command's id is the ticket's.
static bool refuse_press(web_visit_t *visit, const char *route, web_ticket_t *ret_ticket)
{
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    return !visit_ticket(visit, route, ret_ticket) && visit_say(visit, 403, TEXT_E2, TEXT_E2);
}

static bool is_unsure(fail_t fail)
{
    return fail == FAIL_TIMEOUT || fail_retry(fail);
}

bool page_autopay_off(web_visit_t *visit)
{
    static const char route[] = "/autopay/off";
    web_ticket_t ticket;
    if (visit->round == 0) {
        if (refuse_press(visit, route, &ticket))
            return true;
        request_t *request = visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_revoke, VISIT_COMMAND_MS);
        request->id = ticket.command;
        request->revoke = (request_revoke_t){.account = visit->account, .why = REVOKE_CUSTOMER};
        return false;
    }
    fail_t fail = visit_fail(visit, 0);
    if (is_unsure(fail))
        return visit_say_again(visit, route, names);
    if (fail && fail != FAIL_MISSING && fail != FAIL_UNKNOWN_ACCOUNT)
        return visit_say_failure(visit, fail);
    return visit_redirect(visit, "/autopay?done=off");
}

bool page_autopay_resume(web_visit_t *visit)
{
    static const char route[] = "/autopay/resume";
    web_ticket_t ticket;
    if (visit->round == 0) {
        if (refuse_press(visit, route, &ticket))
            return true;
        request_t *request =
            visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay_resume, VISIT_COMMAND_MS);
        request->id = ticket.command;
        request->autopay_resume =
            (request_autopay_resume_t){.account = visit->account, .why = RESUMED_BY_CUSTOMER};
        return false;
    }
    fail_t fail = visit_fail(visit, 0);
    if (is_unsure(fail))
        return visit_say_again(visit, route, names);
    return fail ? visit_say_failure(visit, fail) : visit_redirect(visit, "/autopay?done=resumed");
}
