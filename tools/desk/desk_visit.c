#include "tools/desk/desk_visit.h"
#include <stdio.h>

const desk_process_t desk_processes[DESK_PROCESSES] = {
    {WEB_DOOR_METERING, "metering"},   {WEB_DOOR_LEDGER, "ledger"},
    {WEB_DOOR_PAYMENT, "payment"},     {WEB_DOOR_AUTOPAY, "autopay"},
    {WEB_DOOR_DOCUMENTS, "documents"}, {WEB_DOOR_NOTIFY, "notify"}};

bool desk_needs_operator(web_visit_t *visit)
{
    visit->account = (uid_t16){{0}};
    return !visit->signed_in && visit_say(visit, 401, TEXT_SIGN_IN, TEXT_DESK_E1);
}

bool desk_needs_own_form(web_visit_t *visit)
{
    return visit_needs_own_page(visit) || desk_needs_operator(visit);
}

bool desk_is_none(fail_t fail)
{
    return fail == FAIL_MISSING || fail == FAIL_UNKNOWN_ACCOUNT;
}

static unsigned status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_INVALID:
    case FAIL_OVERFLOW:
    case FAIL_TARIFF:
    case FAIL_EXPIRED:
    case FAIL_FUTURE:
        return 422;
    case FAIL_DENIED:
    case FAIL_OWN:
        return 403;
    case FAIL_MISSING:
    case FAIL_UNKNOWN_ACCOUNT:
        return 404;
    case FAIL_CONFLICT:
    case FAIL_STATE:
    case FAIL_MISMATCH:
    case FAIL_APPROVED:
    case FAIL_REJECTED:
    case FAIL_LAPSED:
        return 409;
    default:
        return fail_retry(fail) || fail == FAIL_TIMEOUT ? 503 : 500;
    }
}

bool desk_say_failure(web_visit_t *visit, size_t index, text_id_t title)
{
    const web_question_t *question = &visit->asks[index];
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_NOT_DONE);
    desk_part(sheet, title);
    desk_note(sheet, desk_code(sheet, CODES_fail, question->fail));
    if (question->answered && question->answer.fail && question->answer.detail.size)
        desk_second(sheet, (span_t){question->answer.detail.data, question->answer.detail.size});
    desk_link(sheet, desk_text(sheet, TEXT_DESK_HEALTH), "desk", NULL, SPAN(""));
    return desk_sheet_show(&sheet, status_of(question->fail));
}

void desk_rest(const web_visit_t *visit, const char *prefix, char *ret_rest, size_t size)
{
    const char *rest = visit->path + strlen(prefix);
    snprintf(ret_rest, size, "%s", strlen(rest) < size ? rest : "");
}

uint64_t desk_query_number(const web_visit_t *visit, const char *name)
{
    uint64_t number;
    return visit_number(visit_field(visit, name), &number) ? number : 0;
}
