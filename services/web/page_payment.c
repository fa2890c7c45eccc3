#include "services/web/page_payment.h"
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/web/page_rows.h"
#include <inttypes.h>
#include <stdio.h>

#define LATE_US (15 * MINUTE_US)
// Credits since the payment was made are looked through for it; clocks of processes may differ.
#define CLOCKS_US (60 * MINUTE_US)
enum { CREDITS_LOOKED_AT = 500 };
enum { ASK_PAYMENT, ASK_BALANCE, ASK_STATUS, ASK_CREDITS };

// The number behind /payments/, and what stands behind it, "" or "/pay"; 0 for what is none.
static uint64_t number_of(const web_visit_t *visit, const char *behind)
{
    static const char prefix[] = "/payments/";
    uint64_t number = 0;
    const char *at = visit->path + sizeof prefix - 1;
    size_t size = strspn(at, "0123456789");
    return strcmp(at + size, behind) == 0 && visit_number((span_t){at, size}, &number) ? number : 0;
}

static uint64_t invoice_of(const web_visit_t *visit)
{
    return number_of(visit, "");
}

// Of a payment that came: is it credited? Behind so many later credits it cannot be said from here.
static void fill_credited(const web_visit_t *visit, page_payment_t *page)
{
    page_walk_t walk;
    page_posting_t posting;
    const answer_t *credits =
        visit->asks_count > ASK_CREDITS ? visit_answer(visit, ASK_CREDITS) : NULL;
    if (credits) {
        page_walk_start(&walk, &credits->statement);
        while (!page->credited && page_walk_next(&walk, &posting))
            page->credited = posting_payment_number(&posting.posted.reference) == page->invoice;
    }
    page->came = credits && !page->credited && credits->statement.next;
    page->arriving = page->changes = !page->credited && !page->came;
}

static void fill_state(const web_visit_t *visit, page_payment_t *page,
                       const answer_payment_t *payment)
{
    const answer_t *status = visit_answer(visit, ASK_STATUS);
    instant_t now = status ? status->status.now : payment->created;
    bool late = now - payment->created >= LATE_US;
    switch (payment->state) {
    case PAYMENT_SUCCEEDED:
        fill_credited(visit, page);
        return;
    case PAYMENT_DECLINED:
        page->declined = page->again = true;
        return;
    case PAYMENT_EXPIRED:
        page->expired = page->again = true;
        return;
    case PAYMENT_MISMATCHED:
        page->mismatched = true;
        return;
    case PAYMENT_FORGOTTEN:
        page->past = true;
        return;
    default:
        break;
    }
    page->open = page->changes = true;
    bool paid = page->returned || payment->state != PAYMENT_CREATED;
    page->late = paid && late;
    page->waiting = paid && !late;
    page->unpaid = page->again = !paid;
    page->payable = !paid && payment->link.size > 0;
}

static bool show(web_visit_t *visit)
{
    const answer_t *payment = visit_answer(visit, ASK_PAYMENT);
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    page_payment_t page = {
        .frame = visit_frame(visit, TEXT_P_TITLE, balance ? balance->balance.sequence : 0),
        .invoice = invoice_of(visit),
        .returned = span_is(visit_field(visit, "returned"), SPAN("1")),
        .silent = !payment,
        .changes = !payment,
        .known = payment};
    if (payment) {
        page.sum = payment->payment.amount;
        page.rubles = (uint64_t)payment->payment.amount / 100;
        page.created = payment->payment.created;
        fill_state(visit, &page, &payment->payment);
    }
    writer_t writer = visit_writer(visit);
    page_payment(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}

static bool begin(web_visit_t *visit)
{
    static const char *const names[] = {"returned", NULL};
    uint64_t invoice = invoice_of(visit);
    if (!visit->signed_in) // the same whatever the number is
        return visit_say(visit, 401, TEXT_SIGN_IN, TEXT_P9);
    if (visit_needs_customer(visit, false))
        return true;
    if (!invoice || !visit_form_has_only(visit, names))
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_BLOCK_MS)->payment.invoice = invoice;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_LEDGER_MS)->balance.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_status, VISIT_LEDGER_MS);
    return false;
}

// Back to Robokassa's page while there is something to pay, else to ours. It changes nothing.
static bool pay(web_visit_t *visit, uint64_t invoice)
{
    static const char *const names[] = {NULL};
    const answer_t *payment = visit->round ? visit_answer(visit, ASK_PAYMENT) : NULL;
    char location[VISIT_TEXT_MAX];
    if (visit->round == 0) {
        if (visit_needs_customer(visit, true))
            return true;
        if (!visit_form_has_only(visit, names))
            return visit_say(visit, 404, TEXT_E3, TEXT_E3);
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_LEDGER_MS)->payment.invoice =
            invoice;
        return false;
    }
    if (!payment)
        return visit_say_failure(visit, visit_fail(visit, ASK_PAYMENT));
    text_t link = payment->payment.link;
    if (link.size && link.size < sizeof location)
        snprintf(location, sizeof location, "%.*s", (int)link.size, link.data);
    else
        snprintf(location, sizeof location, "/payments/%" PRIu64, invoice);
    return visit_redirect(visit, location);
}

bool page_payment_show(web_visit_t *visit)
{
    uint64_t payable = visit->signed_in ? number_of(visit, "/pay") : 0;
    if (payable)
        return pay(visit, payable);
    if (visit->round == 0)
        return begin(visit);
    if (visit->round > 1)
        return show(visit);
    fail_t fail = visit_fail(visit, ASK_PAYMENT);
    if (fail == FAIL_MISSING || fail == FAIL_DENIED || fail == FAIL_UNKNOWN_ACCOUNT)
        return visit_say_failure(visit, fail);
    const answer_t *payment = visit_answer(visit, ASK_PAYMENT);
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    if (!payment || payment->payment.state != PAYMENT_SUCCEEDED || !balance ||
        !balance->balance.head)
        return show(visit);
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, VISIT_LEDGER_MS)->statement =
        (request_statement_t){.account = visit->account,
                              .head = balance->balance.head,
                              .side = SIDE_CREDITS,
                              .from = payment->payment.created - CLOCKS_US,
                              .limit = CREDITS_LOOKED_AT};
    return false;
}
