#include "services/web/page_lines.h"
#include "proto/codes.h"
#include "services/web/page_period.h"
#include "services/web/page_rows.h"
#include "services/web/page_usage.h"

enum { ROWS = PAGE_USAGE_MAX };
enum { ASK_BALANCE, ASK_STATUS, ASK_ROWS, ASK_BEFORE, ASK_AFTER, ASK_AT, ASK_USAGE };

typedef struct {
    page_period_t period;
    uint8_t wanted[PAGE_USAGE_WANTED_BYTES];
    page_usage_t usages[ROWS]; // of the rows
    size_t usages_count;
} lines_t;

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

// What metering says of the rows that are usage; without its answer they are shown without that.
static void read_usages(const web_visit_t *visit, lines_t *own)
{
    page_usage_walk_t walk;
    const answer_t *answer = visit->asks_count > ASK_USAGE ? visit_answer(visit, ASK_USAGE) : NULL;
    if (!answer)
        return;
    page_usage_start(&walk, &answer->events);
    while (own->usages_count < ROWS && page_usage_next(&walk, &own->usages[own->usages_count]))
        own->usages_count++;
}

static const page_usage_t *find_usage(const lines_t *own, uint64_t sequence)
{
    for (size_t i = 0; sequence && i < own->usages_count; i++)
        if (own->usages[i].sequence == sequence)
            return &own->usages[i];
    return NULL;
}

static void fill_usage(const page_usage_t *usage, page_rows_lines_t *line)
{
    line->late = usage->credited || usage->reason == CHARGED_LATE;
    line->used = !line->late;
    line->tariff = span_of(usage->tariff);
    line->n = usage->minutes;
    line->hour = usage->hour;
}

static void fill_usages(const web_visit_t *visit, lines_t *own, const answer_statement_t *rows,
                        page_rows_lines_t *lines, size_t count)
{
    page_walk_t walk;
    page_posting_t posting;
    read_usages(visit, own);
    page_walk_start(&walk, rows);
    for (size_t i = 0; i < count && page_walk_next(&walk, &posting); i++) {
        const page_usage_t *usage = find_usage(own, page_posting_usage(&posting));
        if (usage)
            fill_usage(usage, &lines[i]);
    }
}

static void fill_rows(const web_visit_t *visit, lines_t *own, page_lines_t *page,
                      page_rows_lines_t *lines)
{
    const answer_t *rows = visit_answer(visit, ASK_ROWS);
    page->silent = !rows;
    if (!rows)
        return;
    page->rows.lines = lines;
    page->rows.lines_count = page_rows_fill(&rows->statement, visit->language, lines, ROWS);
    fill_usages(visit, own, &rows->statement, lines, page->rows.lines_count);
    page->has_rows = page->rows.lines_count > 0;
    page->next = rows->statement.next;
    page->more = page->next > 0;
    page->none = !page->has_rows && !page->more;
    page->files = page->has_rows;
    fill_sums(visit, page);
    fill_newer(visit, page);
}

static bool show(web_visit_t *visit, lines_t *own)
{
    const page_period_t *period = &own->period;
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
        fill_rows(visit, own, &page, lines);
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
static bool read_period(web_visit_t *visit, lines_t *own)
{
    page_period_t *period = &own->period;
    const answer_t *status = visit_answer(visit, ASK_STATUS);
    fail_t fail = visit_fail(visit, ASK_BALANCE);
    if (!status || (fail && fail != FAIL_UNKNOWN_ACCOUNT))
        return visit_say_failure(visit, fail ? fail : visit_fail(visit, ASK_STATUS));
    if (!page_period_read(visit, status->status.now, period))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    if (!period->at)
        period->at = balance ? balance->balance.head : 0;
    return (page_period_is_wrong(period) || !period->at || !balance) && show(visit, own);
}

// False: there is usage among the rows, and metering is asked about it.
static bool ask_usages(web_visit_t *visit, lines_t *own)
{
    page_walk_t walk;
    page_posting_t posting;
    uint64_t sequences[ROWS];
    size_t count = 0;
    const answer_t *rows = visit_answer(visit, ASK_ROWS);
    if (!rows)
        return true;
    page_walk_start(&walk, &rows->statement);
    while (count < ROWS && page_walk_next(&walk, &posting))
        if (page_posting_usage(&posting))
            sequences[count++] = page_posting_usage(&posting);
    if (!count)
        return true;
    visit_ask(visit, WEB_DOOR_METERING_REPLAY, REQUEST_events, VISIT_BLOCK_MS)->events.sequences =
        page_usage_wanted(sequences, count, own->wanted);
    return false;
}

bool page_lines_show(web_visit_t *visit)
{
    lines_t *own = visit_own(visit, sizeof *own);
    switch (visit->round) {
    case 0:
        return begin(visit);
    case 1:
        if (read_period(visit, own))
            return true;
        ask_rows(visit, &own->period);
        return false;
    case 2:
        if (visit_fail(visit, ASK_ROWS) ==
            FAIL_INVALID) // a head of somebody else's, or of nobody's
            return visit_say(visit, 404, TEXT_E3, TEXT_E3);
        return ask_usages(visit, own) && show(visit, own);
    default:
        return show(visit, own);
    }
}
