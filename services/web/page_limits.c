#include "services/web/page_limits.h"
#include "proto/codes.h"
#include "proto/digest.h"
#include "services/web/page_topup.h"
#include <inttypes.h>
#include <stdio.h>

enum { COUNT_MAX = 31, SEEN_MAX = 128, ASK_MANDATE = 0, ASK_CHANGE = 1 };

static const char route[] = "/autopay/limits";
static const char *const names[] = {"ticket", "count", "sum", NULL};

typedef struct {
    uint64_t count;
    kopecks_t sum;
    web_ticket_t ticket;
} limits_t;

// The limits that were shown, in words of ours.
static void seen_of(const answer_mandate_t *mandate, char ret_text[SEEN_MAX])
{
    char key[33] = {0};
    digest_hex_lower(mandate->mandate.bytes, sizeof mandate->mandate.bytes, key);
    snprintf(ret_text, SEEN_MAX, "%s %" PRIu64 " %" PRId64, key, mandate->count_max,
             mandate->sum_max);
}

page_limits_t page_limits_form(const web_visit_t *visit, const answer_mandate_t *mandate,
                               page_limits_texts_t *texts)
{
    char seen[SEEN_MAX];
    seen_of(mandate, seen);
    visit_new_ticket(visit, route, seen, texts->ticket);
    snprintf(texts->count, sizeof texts->count, "%" PRIu64, mandate->count_max);
    snprintf(texts->sum, sizeof texts->sum, "%" PRId64, mandate->sum_max / 100);
    span_t count = visit_field(visit, "count"), sum = visit_field(visit, "sum"); // as typed before
    return (page_limits_t){.ticket = span_of(texts->ticket),
                           .count = count.size ? count : span_of(texts->count),
                           .sum = sum.size ? sum : span_of(texts->sum),
                           .a = mandate->amount};
}

static bool show_errors(web_visit_t *visit, const answer_mandate_t *mandate, bool count_wrong,
                        bool sum_wrong)
{
    page_limits_texts_t texts;
    page_limits_wrong_t page = {.frame = visit_frame(visit, TEXT_TAB_AUTOPAY, 0),
                                .limits = page_limits_form(visit, mandate, &texts)};
    page.frame.error = true;
    page.limits.wrong = true;
    page.limits.count = visit_field(visit, "count"); // as it was typed
    page.limits.sum = visit_field(visit, "sum");
    page.limits.count_wrong = count_wrong;
    page.limits.sum_wrong = sum_wrong;
    writer_t writer = visit_writer(visit);
    page_limits_wrong(&writer, visit->language, &page);
    return visit_show(visit, 422, &writer);
}

// True when the reply is ready.
static bool refuse_form(web_visit_t *visit, limits_t *limits)
{
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    limits->count = page_topup_rubles(visit_field(visit, "count"));
    limits->sum = (kopecks_t)page_topup_rubles(visit_field(visit, "sum")) * 100;
    return !visit_ticket(visit, route, &limits->ticket) && visit_say(visit, 403, TEXT_E2, TEXT_E2);
}

static bool lead_to_topup(web_visit_t *visit, const answer_mandate_t *mandate, uint64_t count)
{
    char location[128];
    snprintf(location, sizeof location,
             "/balance?amount=%" PRId64 "&count=%" PRIu64 "&raise=1#topup", mandate->amount / 100,
             count);
    return visit_redirect(visit, location);
}

static bool change(web_visit_t *visit, const limits_t *limits, const answer_mandate_t *mandate)
{
    char text[SEEN_MAX];
    uint8_t seen[TICKET_SEEN_SIZE];
    // Of a sum that is no whole rubles the form shows the whole ones: that is not less.
    bool same_sum = limits->sum / 100 == mandate->sum_max / 100;
    if (same_sum && limits->count == mandate->count_max)
        return visit_redirect(visit, "/autopay?done=limits"); // also what was pressed twice
    seen_of(mandate, text);
    web_ticket_seen(span_of(text), seen);
    if (memcmp(seen, limits->ticket.seen, sizeof seen) != 0)
        return visit_say(visit, 409, TEXT_TAB_AUTOPAY, TEXT_E5);
    bool count_wrong = limits->count < 1 || limits->count > COUNT_MAX;
    bool sum_wrong = limits->sum < mandate->amount;
    if (count_wrong || sum_wrong)
        return show_errors(visit, mandate, count_wrong, sum_wrong);
    if (limits->count > mandate->count_max || (!same_sum && limits->sum > mandate->sum_max))
        return lead_to_topup(visit, mandate, limits->count);
    request_t *request =
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_mandate_change, VISIT_COMMAND_MS);
    request->id = limits->ticket.command;
    request->mandate_change =
        (request_mandate_change_t){.account = visit->account,
                                   .count_max = limits->count,
                                   .sum_max = same_sum ? mandate->sum_max : limits->sum};
    return false;
}

// Without a live mandate there is nothing to limit: it was ended in another tab.
static bool say_outcome(web_visit_t *visit, size_t ask)
{
    fail_t fail = visit_fail(visit, ask);
    if (fail == FAIL_TIMEOUT || (fail && fail_retry(fail)))
        return visit_say_again(visit, route, names);
    if (fail == FAIL_MISSING || fail == FAIL_UNKNOWN_ACCOUNT)
        return visit_say(visit, 409, TEXT_TAB_AUTOPAY, TEXT_E5);
    return fail ? visit_say_failure(visit, fail) : visit_redirect(visit, "/autopay?done=limits");
}

bool page_limits_send(web_visit_t *visit)
{
    limits_t *limits = visit_own(visit, sizeof *limits);
    const answer_t *mandate;
    switch (visit->round) {
    case 0:
        if (refuse_form(visit, limits))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_mandate, VISIT_LEDGER_MS)->mandate.account =
            visit->account;
        return false;
    case 1:
        mandate = visit_answer(visit, ASK_MANDATE);
        if (!mandate)
            return say_outcome(visit, ASK_MANDATE);
        if (mandate->mandate.state != MANDATE_LIVE)
            return visit_say(visit, 409, TEXT_TAB_AUTOPAY, TEXT_E5);
        return change(visit, limits, &mandate->mandate);
    default:
        return say_outcome(visit, ASK_CHANGE);
    }
}
