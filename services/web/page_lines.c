#include "services/web/page_lines.h"
#include "proto/codes.h"
#include "services/web/page_period.h"
#include "services/web/page_rows.h"

enum { ROWS = 50 };
enum { ASK_BALANCE, ASK_STATUS, ASK_ROWS, ASK_BEFORE, ASK_AFTER, ASK_AT };

static void ask_as_of(web_visit_t *visit, const page_period_t *period, instant_t at)
{
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_as_of, VISIT_LEDGER_MS)->as_of =
        (request_as_of_t){.account = visit->account, .head = period->at, .time = at};
}

static void ask_rows(web_visit_t *visit, const page_period_t *period)
{
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, VISIT_LEDGER_MS)->statement =
        (request_statement_t){.account = visit->account,
                              .head = period->head ? period->head : period->at,
                              .side = period->side,
                              .from = period->from,
                              .to = period->to,
                              .limit = ROWS};
    ask_as_of(visit, period, period->from - 1);
    ask_as_of(visit, period, period->to - 1);
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_event, VISIT_LEDGER_MS)->event.sequence =
        period->at;
}

static void fill_sums(const web_visit_t *visit, page_lines_t *page)
{
    const answer_t *before = visit_answer(visit, ASK_BEFORE);
    const answer_t *after = visit_answer(visit, ASK_AFTER);
    page->sums = before && after;
    if (!page->sums)
        return;
    page->before = before->as_of.cash + before->as_of.bonus;
    page->after = after->as_of.cash + after->as_of.bonus;
    page->counted = before->as_of.counted && after->as_of.counted;
    page->credited = after->as_of.credits - before->as_of.credits;
    page->debited = page->credited - (page->after - page->before);
}

// How many postings came since the head at which the pages are frozen.
static void fill_newer(const web_visit_t *visit, page_lines_t *page)
{
    const answer_t *at = visit_answer(visit, ASK_AT), *balance = visit_answer(visit, ASK_BALANCE);
    event_t event;
    if (!at || event_decode(at->event.event.data, at->event.event.size, &event) ||
        event.type != EVENT_posted || event.posted.ordinal >= balance->balance.postings)
        return;
    page->newer = true;
    page->newer_count = balance->balance.postings - event.posted.ordinal;
}

static void fill_rows(const web_visit_t *visit, page_lines_t *page, page_rows_lines_t *lines)
{
    const answer_t *rows = visit_answer(visit, ASK_ROWS);
    page->silent = !rows;
    if (!rows)
        return;
    page->rows.lines = lines;
    page->rows.lines_count = page_rows_fill(&rows->statement, visit->language, lines, ROWS);
    page->has_rows = page->rows.lines_count > 0;
    page->next = rows->statement.next;
    page->more = page->next > 0;
    page->none = !page->has_rows && !page->more;
    page->files = page->has_rows;
    fill_sums(visit, page);
    fill_newer(visit, page);
}

static bool show(web_visit_t *visit, const page_period_t *period)
{
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    page_rows_lines_t lines[ROWS];
    page_lines_t page = {
        .frame = visit_frame(visit, TEXT_TAB_LINES, balance ? balance->balance.sequence : 0),
        .side = span_of(period->side_name),
        .debits = period->side == SIDE_DEBITS,
        .credits = period->side == SIDE_CREDITS,
        .all = period->side == SIDE_ALL,
        .kept = true,
        .from_text = span_of(period->from_text),
        .to_text = span_of(period->to_text),
        .from_wrong = period->from_wrong,
        .to_wrong = period->to_wrong,
        .clock_wrong = period->from_wrong || period->to_wrong,
        .order_wrong = period->order_wrong,
        .at = period->at,
        .paged = period->head > 0};
    bool wrong = page_period_is_wrong(period);
    page.frame.on_lines = true;
    page.frame.error = wrong;
    if (visit->asks_count > ASK_ROWS)
        fill_rows(visit, &page, lines);
    else
        page.none = !wrong;
    writer_t writer = visit_writer(visit);
    page_lines(&writer, visit->language, &page);
    return visit_show(visit, wrong ? 422 : 200, &writer);
}

static bool begin(web_visit_t *visit)
{
    if (visit_needs_customer(visit, false))
        return true;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_LEDGER_MS)->balance.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_status, VISIT_LEDGER_MS);
    return false;
}

// True when the reply is ready.
static bool read_period(web_visit_t *visit, page_period_t *period)
{
    const answer_t *status = visit_answer(visit, ASK_STATUS);
    fail_t fail = visit_fail(visit, ASK_BALANCE);
    if (!status || (fail && fail != FAIL_UNKNOWN_ACCOUNT))
        return visit_say_failure(visit, fail ? fail : visit_fail(visit, ASK_STATUS));
    if (!page_period_read(visit, status->status.now, period))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    if (!period->at)
        period->at = balance ? balance->balance.head : 0;
    return (page_period_is_wrong(period) || !period->at || !balance) && show(visit, period);
}

bool page_lines_show(web_visit_t *visit)
{
    page_period_t *period = visit_own(visit, sizeof *period);
    switch (visit->round) {
    case 0:
        return begin(visit);
    case 1:
        if (read_period(visit, period))
            return true;
        ask_rows(visit, period);
        return false;
    default: // a head of somebody else's, or of nobody's
        if (visit_fail(visit, ASK_ROWS) == FAIL_INVALID)
            return visit_say(visit, 404, TEXT_E3, TEXT_E3);
        return show(visit, period);
    }
}
