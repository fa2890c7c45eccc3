#include "services/web/page_why.h"
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/month.h"
#include "services/web/page_rows.h"

enum { FLAGS_MAX = 16 };

typedef struct {
    uint64_t decision;
    size_t ask; // the question for it
} why_t;

static size_t fill_flags(uint64_t flags, language_t language, page_why_flags_t rows[FLAGS_MAX])
{
    const codes_info_t *info = codes_info(CODES_autopay_flag);
    size_t count = 0;
    for (size_t i = 0; i < info->count && count < FLAGS_MAX; i++)
        if (flags & info->codes[i].number)
            rows[count++].what = page_words(CODES_autopay_flag, info->codes[i].number, language);
    return count;
}

// What decisions of both kinds say.
#define FILL(page, said)                                                                           \
    ((page)->amount = (said)->amount, (page)->balance = (said)->balance,                           \
     (page)->balance_sequence = (said)->balance_sequence, (page)->threshold = (said)->threshold,   \
     (page)->count = (said)->count, (page)->count_max = (said)->count_max,                         \
     (page)->sum = (said)->sum, (page)->sum_max = (said)->sum_max,                                 \
     (page)->declines = (said)->declines, (page)->attempts = (said)->attempts,                     \
     (page)->last = (said)->last, (page)->declined = (said)->declined,                             \
     (page)->rule = (said)->rule, (page)->previous = (said)->previous,                             \
     (page)->month = month_start((said)->month))

static bool fill_decision(page_why_t *page, const event_t *event, language_t language,
                          page_why_flags_t flags[FLAGS_MAX])
{
    switch (event->type) {
    case EVENT_autopay_payment_requested:
        FILL(page, &event->autopay_payment_requested);
        page->charges = true;
        break;
    case EVENT_autopay_withheld:
        FILL(page, &event->autopay_withheld);
        page->reason = page_words(CODES_autopay_reason, event->autopay_withheld.reason, language);
        page->flags = flags;
        page->flags_count = fill_flags(event->autopay_withheld.flags, language, flags);
        page->has_flags = page->flags_count > 0;
        break;
    default:
        return false;
    }
    page->known = true;
    page->at = event->at;
    page->charged_before = page->last != 0;
    page->declined_before = page->declined != 0;
    page->has_previous = page->previous != 0;
    return true;
}

static bool show(web_visit_t *visit, page_why_t *page)
{
    page->frame = visit_frame(visit, TEXT_WHY_TITLE, 0);
    page->frame.on_autopay = true;
    page->chosen = visit_field(visit, "decision").size > 0;
    writer_t writer = visit_writer(visit);
    page_why(&writer, visit->language, page);
    return visit_show(visit, 200, &writer);
}

static bool ask_decision(web_visit_t *visit, why_t *why)
{
    why->ask = visit->asks_count;
    visit_ask(visit, WEB_DOOR_AUTOPAY_REPLAY, REQUEST_event, VISIT_LEDGER_MS)->event.sequence =
        why->decision;
    return false;
}

static bool begin(web_visit_t *visit, why_t *why)
{
    static const char *const names[] = {"decision", NULL};
    if (visit_needs_customer(visit, false))
        return true;
    if (!visit_form_has_only(visit, names) ||
        !visit_number(visit_field(visit, "decision"), &why->decision))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (why->decision)
        return ask_decision(visit, why);
    visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay, VISIT_LEDGER_MS)->autopay.account =
        visit->account;
    return false;
}

static bool show_decision(web_visit_t *visit, const why_t *why)
{
    page_why_t page = {.decision = why->decision};
    page_why_flags_t flags[FLAGS_MAX];
    event_t event;
    const answer_t *answer = visit_answer(visit, why->ask);
    fail_t fail = visit_fail(visit, why->ask);
    if (fail == FAIL_MISSING) // nobody's, or somebody else's
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    page.silent = !answer;
    if (answer && (event_decode(answer->event.event.data, answer->event.event.size, &event) ||
                   !fill_decision(&page, &event, visit->language, flags)))
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    return show(visit, &page);
}

bool page_why_show(web_visit_t *visit)
{
    why_t *why = visit_own(visit, sizeof *why);
    if (visit->round == 0)
        return begin(visit, why);
    if (why->decision)
        return show_decision(visit, why);
    const answer_t *autopay = visit_answer(visit, 0);
    fail_t fail = visit_fail(visit, 0);
    bool none = fail == FAIL_UNKNOWN_ACCOUNT || (autopay && !autopay->autopay.decision);
    if (!autopay || none)
        return show(visit, &(page_why_t){.none = none, .silent = !none});
    why->decision = autopay->autopay.decision;
    return ask_decision(visit, why);
}
