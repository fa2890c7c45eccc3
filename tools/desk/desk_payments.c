#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include <stdio.h>

// A payment is stuck from then on (docs/rules.md: its first word of being overdue).
#define STUCK_US (15 * MINUTE_US)
enum { SHOWN = 50, PAGES_MAX = 10 };

// --- the stuck ones, out of payment's table of what is under way ---

static void add_row(desk_sheet_t *sheet, const desk_open_row_t *row)
{
    span_t invoice = desk_number(sheet, row->invoice);
    desk_row(sheet);
    desk_cell_link(sheet, invoice, "desk/payment", "invoice", invoice);
    desk_cell(sheet, desk_time(sheet, row->created));
    desk_cell(sheet, desk_code(sheet, CODES_payment_kind, row->kind));
    desk_cell_account(sheet, &row->account);
    desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_RESOLVE), "desk/do/resolve", "invoice",
                   invoice);
}

// What time it is for payment: its clock may be a driven one.
static instant_t time_of(const web_visit_t *visit)
{
    const answer_t *status = visit_answer(visit, 0);
    return status ? status->status.now : visit->now;
}

static bool show_stuck(web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_PAYMENT, TEXT_DESK_CREATED, TEXT_DESK_KIND,
                                      TEXT_DESK_ACCOUNT, TEXT_DESK_DO};
    desk_walk_t walk;
    desk_open_row_t row;
    size_t shown = 0;
    instant_t before = time_of(visit) - STUCK_US;
    const answer_t *last = visit_answer(visit, visit->asks_count - 1);
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_PAYMENTS);
    desk_sheet_frame(sheet)->on_stuck = true;
    desk_part(sheet, TEXT_DESK_PAYMENTS);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_PAYMENTS_NOTE));
    desk_table(sheet, heads, 5, 0);
    for (size_t i = 1; i < visit->asks_count; i++) {
        const answer_t *answer = visit_answer(visit, i);
        if (!answer)
            break;
        desk_walk(&walk, answer->table.rows, answer->table.count);
        while (shown < SHOWN && desk_walk_open(&walk, &row))
            if (row.created <= before) {
                add_row(sheet, &row);
                shown++;
            }
    }
    if (!last || !shown)
        desk_note(sheet, desk_text(sheet, last ? TEXT_DESK_NONE : TEXT_DESK_SILENT));
    if (last && last->table.next)
        desk_link(sheet, desk_text(sheet, TEXT_DESK_MORE), "desk/payments", "from",
                  desk_number(sheet, last->table.next));
    return desk_sheet_show(&sheet, 200);
}

static void ask_page(web_visit_t *visit, uint64_t from)
{
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_table, VISIT_LEDGER_MS)->table.from = from;
}

// Page after page of the table, up to a bound: few accounts have a payment under way.
bool desk_payments_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_status, VISIT_LEDGER_MS);
        ask_page(visit, desk_query_number(visit, "from"));
        return false;
    }
    const answer_t *last = visit_answer(visit, visit->asks_count - 1);
    if (last && last->table.next && visit->round < PAGES_MAX) {
        ask_page(visit, last->table.next);
        return false;
    }
    return show_stuck(visit);
}

// --- one payment, and what is evidence of it ---

enum { ASK_PAYMENT, ASK_REFUNDS, ASK_RECEIPTS };

static void add_payment(desk_sheet_t *sheet, const answer_payment_t *payment, uint64_t invoice)
{
    desk_part(sheet, TEXT_DESK_PAYMENT);
    desk_fact(sheet, TEXT_DESK_NUMBER, desk_number(sheet, invoice));
    desk_fact(sheet, TEXT_DESK_ACCOUNT, desk_uid(sheet, &payment->account));
    desk_fact(sheet, TEXT_DESK_KIND, desk_code(sheet, CODES_payment_kind, payment->kind));
    desk_fact(sheet, TEXT_DESK_SUM, desk_money(sheet, payment->amount));
    desk_fact(sheet, TEXT_DESK_STATE, desk_code(sheet, CODES_invoice_state, payment->state));
    desk_fact(sheet, TEXT_DESK_CREATED, desk_time(sheet, payment->created));
}

static void add_refunds(desk_sheet_t *sheet, const answer_t *answer)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER, TEXT_DESK_SUM, TEXT_DESK_STATE,
                                      TEXT_DESK_CHANGED};
    desk_walk_t walk;
    desk_refund_row_t row;
    desk_part(sheet, TEXT_DESK_REFUNDS);
    if (!answer || !answer->refunds.count) {
        desk_note(sheet, desk_text(sheet, answer ? TEXT_DESK_NONE : TEXT_DESK_SILENT));
        return;
    }
    desk_table(sheet, heads, 4, 1 << 1);
    desk_walk(&walk, answer->refunds.rows, answer->refunds.count);
    while (desk_walk_refund(&walk, &row)) {
        desk_row(sheet);
        desk_cell(sheet, desk_number(sheet, row.refund));
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_refund_state, row.state));
        desk_cell(sheet, desk_time(sheet, row.changed));
    }
}

static void add_receipts(desk_sheet_t *sheet, const answer_t *answer)
{
    static const text_id_t heads[] = {TEXT_DESK_KIND, TEXT_DESK_SUM, TEXT_DESK_STATE,
                                      TEXT_DESK_CHANGED};
    desk_walk_t walk;
    desk_receipt_row_t row;
    desk_part(sheet, TEXT_DESK_RECEIPTS);
    if (!answer || !answer->receipts.count) {
        desk_note(sheet, desk_text(sheet, answer ? TEXT_DESK_NONE : TEXT_DESK_SILENT));
        return;
    }
    desk_table(sheet, heads, 4, 1 << 1);
    desk_walk(&walk, answer->receipts.rows, answer->receipts.count);
    while (desk_walk_receipt(&walk, &row)) {
        desk_row(sheet);
        desk_cell(sheet, desk_code(sheet, CODES_receipt_kind, row.kind));
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_receipt_state, row.state));
        desk_cell(sheet, desk_time(sheet, row.changed));
    }
}

static void add_actions(desk_sheet_t *sheet, const answer_payment_t *payment, uint64_t number)
{
    char path[96], id[UID_TEXT_SIZE];
    span_t invoice = desk_number(sheet, number);
    bool settled = payment->state == PAYMENT_SUCCEEDED;
    uid_format(&payment->account, id);
    snprintf(path, sizeof path, "desk/accounts/%s", id);
    desk_part(sheet, TEXT_DESK_DO);
    if (settled) {
        desk_link(sheet, desk_text(sheet, TEXT_DESK_C_REFUND), "desk/do/refund", "invoice",
                  invoice);
        desk_link(sheet, desk_text(sheet, TEXT_DESK_C_RECEIPT), "desk/do/receipt", "invoice",
                  invoice);
    } else {
        desk_note(sheet, desk_text(sheet, TEXT_DESK_EVIDENCE_HOW));
        desk_link(sheet, desk_text(sheet, TEXT_DESK_C_RESOLVE), "desk/do/resolve", "invoice",
                  invoice);
    }
    desk_link(sheet, desk_text(sheet, TEXT_DESK_ACCOUNT), path, NULL, SPAN(""));
}

bool desk_payment_show(web_visit_t *visit)
{
    uint64_t invoice = desk_query_number(visit, "invoice");
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_LEDGER_MS)->payment.invoice =
            invoice;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_refunds, VISIT_LEDGER_MS)->refunds =
            (request_refunds_t){.invoice = invoice, .limit = SHOWN};
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_receipts, VISIT_LEDGER_MS)->receipts =
            (request_receipts_t){.invoice = invoice, .limit = 10};
        return false;
    }
    const answer_t *payment = visit_answer(visit, ASK_PAYMENT);
    if (!payment)
        return desk_say_failure(visit, ASK_PAYMENT, TEXT_DESK_PAYMENT);
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_PAYMENT);
    desk_sheet_frame(sheet)->on_stuck = true;
    add_payment(sheet, &payment->payment, invoice);
    add_actions(sheet, &payment->payment, invoice);
    add_refunds(sheet, visit_answer(visit, ASK_REFUNDS));
    add_receipts(sheet, visit_answer(visit, ASK_RECEIPTS));
    return desk_sheet_show(&sheet, 200);
}
