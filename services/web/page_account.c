#include "services/web/page_account.h"
#include "services/forecast/forecast.h"
#include "proto/codes.h"
#include "proto/wire.h"
#include "services/web/page_card.h"
#include "services/web/page_chart.h"
#include "services/web/page_limits.h"
#include "services/web/page_payments.h"
#include "services/web/page_promo.h"
#include "services/web/page_rows.h"

enum { ROWS = 10, OPEN_SHOWN = 3, COMING_SHOWN = 8 };
enum {
    ASK_BALANCE,
    ASK_STATUS,
    ASK_AUTOPAY,
    ASK_MANDATE,
    ASK_METERS,
    ASK_PAYMENTS,
    ASK_PROMO,
    ASK_ROWS,
    ASK_CHART
};

static void ask_account(web_visit_t *visit)
{
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_LEDGER_MS)->balance.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_status, VISIT_LEDGER_MS);
    visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay, VISIT_BLOCK_MS)->autopay.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_mandate, VISIT_BLOCK_MS)->mandate.account =
        visit->account;
}

static bool is_none(fail_t fail)
{
    return fail == FAIL_MISSING || fail == FAIL_UNKNOWN_ACCOUNT;
}

static instant_t time_of(const web_visit_t *visit)
{
    const answer_t *status = visit_answer(visit, ASK_STATUS);
    return status ? status->status.now : visit->now;
}

static page_card_t card_of(web_visit_t *visit, page_card_tickets_t *tickets)
{
    const answer_t *autopay = visit_answer(visit, ASK_AUTOPAY);
    const answer_t *mandate = visit_answer(visit, ASK_MANDATE);
    bool missing = is_none(visit_fail(visit, ASK_AUTOPAY)) ||
                   (!autopay && is_none(visit_fail(visit, ASK_MANDATE)));
    return page_card_fill(visit, autopay ? &autopay->autopay : NULL,
                          mandate ? &mandate->mandate : NULL, missing, time_of(visit), tickets);
}

// --- what is spent ---

static void fill_payments(page_balance_t *page, const forecast_t *told)
{
    page->pays = told->payment != FORECAST_NEVER;
    page->payment = told->payment;
    page->limits = page->pays && told->limit != FORECAST_NEVER;
    page->limited = told->limit;
    page->ends = page->pays && told->stops != FORECAST_NEVER;
    page->stops = told->stops;
}

// Rounded down, so that nobody is told of a minute that he does not have.
static void foretell(page_balance_t *page, bytes_t endings, const answer_meters_t *meters,
                     const answer_autopay_t *autopay)
{
    forecast_t told;
    autopay_inputs_t inputs = {0};
    if (autopay)
        inputs = forecast_autopay(autopay, meters->now);
    page->meters_silent =
        forecast(page->total, endings, meters, autopay ? &inputs : NULL, &told) != FAIL_NONE;
    page->idle = !page->meters_silent && told.idle;
    if (page->meters_silent || told.idle)
        return;
    page->replicas = meters->replicas;
    page->burn = told.burn_hour;
    page->used_up = page->total <= 0;
    if (page->used_up)
        return;
    page->days_max = FORECAST_DAYS;
    page->lasts_long = told.lasts == FORECAST_NEVER;
    page->lasts = !page->lasts_long;
    page->until = told.lasts;
    fill_payments(page, &told);
}

// Prices of what runs now that are going to change.
static void fill_coming(page_balance_t *page, bytes_t rows, page_balance_coming_t *coming)
{
    wire_t wire;
    page->coming = coming;
    wire_start(&wire, rows.data, rows.size);
    for (; page->coming_count < COMING_SHOWN && rows.size && wire_array(&wire, 5) == 5;
         page->coming_count++) {
        page_balance_coming_t *row = &coming[page->coming_count];
        uint64_t kind;
        text_t code;
        wire_u64(&wire, &kind);
        wire_text(&wire, &code);
        wire_i64(&wire, &row->effective);
        wire_i64(&wire, &row->before);
        wire_i64(&wire, &row->price);
        row->tariff = (span_t){code.data, code.size};
        if (wire.fail)
            return;
    }
}

static void fill_meters(const web_visit_t *visit, page_balance_t *page)
{
    const answer_t *meters = visit_answer(visit, ASK_METERS);
    const answer_t *autopay = visit_answer(visit, ASK_AUTOPAY);
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    bytes_t endings = balance ? balance->balance.endings : (bytes_t){0};
    if (meters)
        foretell(page, endings, &meters->meters, autopay ? &autopay->autopay : NULL);
    else if (is_none(visit_fail(visit, ASK_METERS)))
        page->idle = true;
    else
        page->meters_silent = true;
}

// --- the screens ---

// The bonus that ends first, if any does.
static bool read_first(bytes_t endings, instant_t *ret_until, kopecks_t *ret_left)
{
    enum { ENDINGS_MAX = 16 };
    wire_t wire;
    if (!endings.size)
        return false;
    wire_start(&wire, endings.data, endings.size);
    if (!wire_array(&wire, ENDINGS_MAX) || wire_array(&wire, 2) != 2)
        return false;
    wire_i64(&wire, ret_until);
    wire_i64(&wire, ret_left);
    return !wire.fail;
}

static void fill_balance(page_balance_t *page, const answer_balance_t *balance)
{
    page->cash = balance->cash;
    page->bonus = balance->bonus;
    page->total = balance->cash + balance->bonus;
    page->debt = balance->exhausted || page->total < 0;
    page->debt_sum = page->total < 0 ? -page->total : 0;
    page->closed = balance->closed;
    page->low = !page->debt && balance->low && !page->closed;
    page->apart = balance->apart;
    page->has_apart = balance->apart > 0;
    page->lapsing = read_first(balance->endings, &page->lapses_at, &page->lapses);
}

// They stand above the form, so that nobody pays twice what is on its way.
static void fill_open(const web_visit_t *visit, page_balance_t *page, page_balance_open_t *open)
{
    const answer_t *answer = visit_answer(visit, ASK_PAYMENTS);
    page->payments_silent = !answer && !is_none(visit_fail(visit, ASK_PAYMENTS));
    page->open = open;
    page_payments_walk_t walk;
    page_payments_row_t row;
    if (answer)
        for (page_payments_start(&walk, &answer->payments);
             page->open_count < OPEN_SHOWN && page_payments_next(&walk, &row); page->open_count++)
            open[page->open_count] = (page_balance_open_t){
                .sum = row.amount, .created = row.created, .number = row.invoice};
    page->has_open = page->open_count > 0;
}

static void fill_chart(const web_visit_t *visit, page_balance_t *page, page_chart_rows_t *rows)
{
    const answer_t *answer = visit_answer(visit, ASK_CHART);
    page->has_chart =
        answer && page_chart_fill(&answer->as_of_many, time_of(visit), rows, &page->chart);
    page->chart_silent = !page->has_chart;
}

static bool show_balance(web_visit_t *visit)
{
    static const answer_balance_t none;
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    page_rows_lines_t lines[ROWS];
    page_balance_open_t open[OPEN_SHOWN];
    page_balance_coming_t coming[COMING_SHOWN];
    page_chart_rows_t chart;
    page_card_tickets_t tickets;
    page_promo_texts_t promo_texts;
    const answer_t *promo = visit_answer(visit, ASK_PROMO);
    page_balance_t page = {
        .frame = visit_frame(visit, TEXT_TAB_BALANCE, balance ? balance->balance.sequence : 0),
        .unknown = !balance};
    page.frame.on_balance = true;
    fill_balance(&page, balance ? &balance->balance : &none);
    page.may_pay = visit->pays && !page.closed;
    fill_meters(visit, &page);
    const answer_t *meters = visit_answer(visit, ASK_METERS);
    if (meters)
        fill_coming(&page, meters->meters.coming, coming);
    fill_open(visit, &page, open);
    if (visit->asks_count > ASK_ROWS) {
        const answer_t *rows = visit_answer(visit, ASK_ROWS);
        page.rows_silent = !rows;
        page.has_rows = rows;
        if (rows)
            page.rows.lines_count = page_rows_fill(&rows->statement, visit->language, lines, ROWS);
        page.rows.lines = lines;
        fill_chart(visit, &page, &chart);
    }
    page.no_rows = !page.has_rows && !page.rows_silent;
    page.card = card_of(visit, &tickets);
    page.form = page_card_form(visit, &tickets);
    page.promo = page_promo_form(visit, promo ? &promo->promo : NULL, &promo_texts);
    writer_t writer = visit_writer(visit);
    page_balance(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}

static bool has_no_balance(const web_visit_t *visit)
{
    fail_t fail = visit_fail(visit, ASK_BALANCE);
    return fail && fail != FAIL_UNKNOWN_ACCOUNT;
}

bool page_account_balance(web_visit_t *visit)
{
    static const char *const names[] = {"amount", "count", "method", "paid",
                                        "raise",  "gift",  "proof",  NULL};
    const answer_t *balance;
    switch (visit->round) {
    case 0:
        if (visit_needs_customer(visit, false))
            return true;
        if (!visit_form_has_only(visit, names))
            return visit_say(visit, 400, TEXT_E10, TEXT_E10);
        ask_account(visit);
        visit_ask(visit, WEB_DOOR_METERING, REQUEST_meters, VISIT_BLOCK_MS)->meters.account =
            visit->account;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payments, VISIT_BLOCK_MS)->payments =
            (request_payments_t){
                .account = visit->account, .states = PAGE_PAYMENTS_OPEN, .limit = OPEN_SHOWN};
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_promo, VISIT_BLOCK_MS)->promo.account =
            visit->account;
        return false;
    case 1:
        if (has_no_balance(visit))
            return visit_say_failure(visit, visit_fail(visit, ASK_BALANCE));
        balance = visit_answer(visit, ASK_BALANCE);
        if (!balance || !balance->balance.head)
            return show_balance(visit);
        visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, VISIT_LEDGER_MS)->statement =
            (request_statement_t){
                .account = visit->account, .head = balance->balance.head, .limit = ROWS};
        visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_as_of_many, VISIT_BLOCK_MS)->as_of_many =
            (request_as_of_many_t){
                .account = visit->account,
                .head = balance->balance.head,
                .times = page_chart_times(time_of(visit), visit_own(visit, CHART_TIMES_BYTES))};
        return false;
    default:
        return show_balance(visit);
    }
}

// Turned off is what payment says, not what an address says.
static void tell_outcome(const web_visit_t *visit, page_autopay_t *page)
{
    const answer_t *mandate = visit_answer(visit, ASK_MANDATE);
    const answer_t *autopay = visit_answer(visit, ASK_AUTOPAY);
    span_t done = visit_field(visit, "done");
    if (span_is(done, SPAN("off")) && mandate && mandate->mandate.state == MANDATE_REVOKED) {
        page->is_off = true;
        page->in_flight = autopay && autopay->autopay.request > 0;
        page->flight_sum = autopay ? autopay->autopay.amount : 0;
    }
    if (span_is(done, SPAN("limits")) && mandate && mandate->mandate.state == MANDATE_LIVE) {
        page->limited = true;
        page->n = mandate->mandate.count_max;
        page->s = mandate->mandate.sum_max;
    }
    page->goes_on = span_is(done, SPAN("resumed")) && autopay && !autopay->autopay.suspended;
}

bool page_account_autopay(web_visit_t *visit)
{
    static const char *const names[] = {"done", "count", "sum", NULL};
    if (visit->round == 0) {
        if (visit_needs_customer(visit, false))
            return true;
        if (!visit_form_has_only(visit, names))
            return visit_say(visit, 400, TEXT_E10, TEXT_E10);
        ask_account(visit);
        return false;
    }
    if (has_no_balance(visit))
        return visit_say_failure(visit, visit_fail(visit, ASK_BALANCE));
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    page_card_tickets_t tickets;
    page_limits_texts_t texts;
    page_autopay_t page = {
        .frame = visit_frame(visit, TEXT_TAB_AUTOPAY, balance ? balance->balance.sequence : 0)};
    page.frame.on_autopay = true;
    page.card = card_of(visit, &tickets);
    const answer_t *mandate = visit_answer(visit, ASK_MANDATE);
    page.has_limits = visit->pays && mandate && mandate->mandate.state == MANDATE_LIVE;
    if (page.has_limits)
        page.limits = page_limits_form(visit, &mandate->mandate, &texts);
    tell_outcome(visit, &page);
    writer_t writer = visit_writer(visit);
    page_autopay(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}
