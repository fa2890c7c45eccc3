#include "tools/desk/desk_change.h"
#include "proto/codes.h"
#include "proto/posting.h"
#include "proto/status_read.h"
#include "tools/desk/desk_rows.h"

enum { REFUNDS_READ = 100 };

#define SHEET changes->sheet

// --- what several are asked for ---

static bool ask_balance(web_visit_t *visit, const uid_t16 *account)
{
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_LEDGER_MS)->balance.account = *account;
    return true;
}

// The balance that the n-th answer says; NULL, and nothing is known, where it says none.
static const answer_balance_t *balance_of(web_visit_t *visit, size_t index, desk_changes_t *changes)
{
    const answer_t *answer = index < visit->asks_count ? visit_answer(visit, index) : NULL;
    changes->unknown = changes->unknown || !answer;
    return answer ? &answer->balance : NULL;
}

static void change_money(desk_changes_t *changes, text_id_t what, kopecks_t before, kopecks_t by)
{
    kopecks_t then;
    if (money_add(before, by, &then))
        desk_change(changes, what, desk_money(SHEET, before), desk_money(SHEET, then));
    else
        changes->unknown = true;
}

static void change_flag(desk_changes_t *changes, text_id_t what, bool before, bool then)
{
    desk_change(changes, what, desk_yes(SHEET, before), desk_yes(SHEET, then));
}

static void change_code(desk_changes_t *changes, text_id_t what, codes_family_t family,
                        uint64_t before, uint64_t then)
{
    desk_change(changes, what, desk_code(SHEET, family, before), desk_code(SHEET, family, then));
}

// --- autopay ---

static bool ask_autopay(web_visit_t *visit, const uid_t16 *account, unsigned round)
{
    if (round == 0)
        visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay, VISIT_LEDGER_MS)->autopay.account =
            *account;
    return round == 0;
}

bool desk_ask_hold(web_visit_t *visit, const request_t *request, unsigned round)
{
    return ask_autopay(visit, &request->autopay_hold.account, round);
}

void desk_show_hold(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    bool none = !answer && desk_is_none(visit_fail(visit, 0));
    changes->unknown = !answer && !none;
    change_flag(changes, TEXT_DESK_A_HELD, answer && answer->autopay.held,
                request->autopay_hold.held);
}

bool desk_ask_resume(web_visit_t *visit, const request_t *request, unsigned round)
{
    return ask_autopay(visit, &request->autopay_resume.account, round);
}

void desk_show_resume(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    (void)request;
    changes->unknown = !answer;
    if (answer)
        change_flag(changes, TEXT_DESK_A_SUSPENDED, answer->autopay.suspended, false);
}

bool desk_ask_revoke(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_mandate, VISIT_LEDGER_MS)->mandate.account =
            request->revoke.account;
    return round == 0;
}

void desk_show_revoke(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    (void)request;
    changes->unknown = !answer;
    if (answer)
        change_code(changes, TEXT_DESK_MANDATE, CODES_mandate_state, answer->mandate.state,
                    MANDATE_REVOKED);
}

// --- postings by hand ---

static bool credits(const request_t *request)
{
    return posting_system_number(&request->post.debit) != 0;
}

bool desk_ask_post(web_visit_t *visit, const request_t *request, unsigned round)
{
    return round == 0 &&
           ask_balance(visit, credits(request) ? &request->post.credit : &request->post.debit);
}

void desk_show_post(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_balance_t *balance = balance_of(visit, 0, changes);
    kopecks_t amount = request->post.amount;
    if (balance)
        change_money(changes, TEXT_DESK_CASH, balance->cash, credits(request) ? amount : -amount);
}

bool desk_ask_bonus(web_visit_t *visit, const request_t *request, unsigned round)
{
    return round == 0 && ask_balance(visit, &request->bonus_give.account);
}

void desk_show_bonus(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_balance_t *balance = balance_of(visit, 0, changes);
    if (balance)
        change_money(changes, TEXT_DESK_BONUS, balance->bonus, request->bonus_give.amount);
}

bool desk_ask_void(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_lots, VISIT_LEDGER_MS)->lots.account =
            request->bonus_void.account;
    return round == 0;
}

// All that is left of it is taken back: as much as was shown, or nothing.
void desk_show_void(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    desk_lot_row_t row;
    changes->unknown = true;
    if (!answer)
        return;
    desk_walk(&walk, answer->lots.rows, answer->lots.count);
    while (desk_walk_lot(&walk, &row))
        if (row.number == request->bonus_void.lot && row.kind == LOT_BONUS && row.left > 0) {
            changes->unknown = false;
            request->bonus_void.amount = row.left;
            change_money(changes, TEXT_DESK_LEFT, row.left, -row.left);
            change_money(changes, TEXT_DESK_BONUS, answer->lots.bonus, -row.left);
            return;
        }
}

// --- the account itself ---

bool desk_ask_close(web_visit_t *visit, const request_t *request, unsigned round)
{
    return round == 0 && ask_balance(visit, &request->account_close.account);
}

void desk_show_close(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_balance_t *balance = balance_of(visit, 0, changes);
    if (!balance)
        return;
    request->account_close.cash = balance->cash;
    request->account_close.bonus = balance->bonus;
    change_flag(changes, TEXT_DESK_CLOSED, balance->closed, true);
    change_money(changes, TEXT_DESK_CASH, balance->cash, 0);
    change_money(changes, TEXT_DESK_BONUS, balance->bonus, -balance->bonus);
}

bool desk_ask_reopen(web_visit_t *visit, const request_t *request, unsigned round)
{
    return round == 0 && ask_balance(visit, &request->account_reopen.account);
}

void desk_show_reopen(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_balance_t *balance = balance_of(visit, 0, changes);
    (void)request;
    if (balance)
        change_flag(changes, TEXT_DESK_CLOSED, balance->closed, false);
}

bool desk_ask_limit(web_visit_t *visit, const request_t *request, unsigned round)
{
    return round == 0 && ask_balance(visit, &request->credit_limit.account);
}

void desk_show_limit(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_balance_t *balance = balance_of(visit, 0, changes);
    if (balance)
        desk_change(changes, TEXT_DESK_LIMIT, desk_money(SHEET, balance->limit),
                    desk_money(SHEET, request->credit_limit.limit));
}

// --- refunds ---

static void ask_payment(web_visit_t *visit, uint64_t invoice)
{
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_LEDGER_MS)->payment.invoice = invoice;
}

// What did not come to nothing of a payment's refunds.
static kopecks_t refunded(const answer_refunds_t *refunds)
{
    desk_walk_t walk;
    desk_refund_row_t row;
    kopecks_t sum = 0;
    desk_walk(&walk, refunds->rows, refunds->count);
    while (desk_walk_refund(&walk, &row))
        if (row.state <= REFUND_DONE || row.state == REFUND_UNKNOWN)
            sum += row.amount;
    return sum;
}

bool desk_ask_refund(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0) {
        ask_payment(visit, request->refund.invoice);
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_refunds, VISIT_LEDGER_MS)->refunds =
            (request_refunds_t){.invoice = request->refund.invoice, .limit = REFUNDS_READ};
        return true;
    }
    const answer_t *payment = visit_answer(visit, 0);
    return round == 1 && payment && ask_balance(visit, &payment->payment.account);
}

void desk_show_refund(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *payment = visit_answer(visit, 0), *refunds = visit_answer(visit, 1);
    const answer_balance_t *balance = balance_of(visit, 2, changes);
    changes->unknown = !payment || !refunds || !balance;
    if (changes->unknown)
        return;
    kopecks_t left = payment->payment.amount - refunded(&refunds->refunds);
    change_money(changes, TEXT_DESK_REFUNDABLE, left, -request->refund.amount);
    change_money(changes, TEXT_DESK_CASH, balance->cash, -request->refund.amount);
    if (left < request->refund.amount)
        desk_sheet_warn(SHEET, desk_joined(SHEET, desk_text(SHEET, TEXT_DESK_REFUNDABLE), ": ",
                                           desk_money(SHEET, left)));
}

static bool ask_refunds(web_visit_t *visit, unsigned round)
{
    if (round == 0)
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_refunds, VISIT_LEDGER_MS)->refunds.limit =
            REFUNDS_READ;
    return round == 0;
}

static bool find_refund(const web_visit_t *visit, uint64_t number, desk_refund_row_t *ret_row)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    if (!answer)
        return false;
    desk_walk(&walk, answer->refunds.rows, answer->refunds.count);
    while (desk_walk_refund(&walk, ret_row))
        if (ret_row->refund == number)
            return true;
    return false;
}

bool desk_ask_cancel(web_visit_t *visit, const request_t *request, unsigned round)
{
    (void)request;
    return ask_refunds(visit, round);
}

void desk_show_cancel(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_refund_row_t row;
    changes->unknown = !find_refund(visit, request->refund_cancel.refund, &row);
    if (!changes->unknown)
        change_code(changes, TEXT_DESK_STATE, CODES_refund_state, row.state, REFUND_CANCELED);
}

bool desk_ask_refund_done(web_visit_t *visit, const request_t *request, unsigned round)
{
    (void)request;
    return ask_refunds(visit, round);
}

void desk_show_refund_done(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_refund_row_t row;
    changes->unknown = !find_refund(visit, request->refund_resolve.refund, &row);
    if (changes->unknown)
        return;
    request->refund_resolve.amount = row.amount;
    desk_change(changes, TEXT_DESK_STATE, desk_code(SHEET, CODES_refund_state, row.state),
                request->refund_resolve.done ? desk_code(SHEET, CODES_refund_state, REFUND_DONE)
                                             : desk_text(SHEET, TEXT_DESK_NOT_DONE));
    desk_change(changes, TEXT_DESK_SUM, desk_money(SHEET, row.amount),
                desk_money(SHEET, row.amount));
}

// --- payments, receipts ---

bool desk_ask_resolve(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0) {
        ask_payment(visit, request->payment_resolve.invoice);
        return true;
    }
    const answer_t *payment = visit_answer(visit, 0);
    return round == 1 && payment && ask_balance(visit, &payment->payment.account);
}

void desk_show_resolve(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *payment = visit_answer(visit, 0);
    bool succeeded = request->payment_resolve.outcome == OUTCOME_SUCCEEDED;
    changes->unknown = !payment;
    if (!payment)
        return;
    change_code(changes, TEXT_DESK_PAYMENT, CODES_invoice_state, payment->payment.state,
                succeeded ? PAYMENT_SUCCEEDED : PAYMENT_DECLINED);
    desk_change(changes, TEXT_DESK_SUM, desk_money(SHEET, payment->payment.amount),
                desk_money(SHEET, succeeded ? request->payment_resolve.amount : 0));
    // An account is born with its first credit.
    const answer_t *balance = visit->asks_count > 1 ? visit_answer(visit, 1) : NULL;
    bool none = !balance && visit->asks_count > 1 && desk_is_none(visit_fail(visit, 1));
    changes->unknown = !balance && !none;
    if (!changes->unknown)
        change_money(changes, TEXT_DESK_CASH, balance ? balance->balance.cash : 0,
                     succeeded ? request->payment_resolve.amount : 0);
}

bool desk_ask_receipt(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_receipts, VISIT_LEDGER_MS)->receipts =
            (request_receipts_t){.invoice = request->receipt_resolve.invoice, .limit = 10};
    return round == 0;
}

void desk_show_receipt(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    desk_receipt_row_t row;
    changes->unknown = true;
    if (!answer)
        return;
    desk_walk(&walk, answer->receipts.rows, answer->receipts.count);
    while (desk_walk_receipt(&walk, &row))
        if (row.kind == request->receipt_resolve.kind) {
            changes->unknown = false;
            change_code(changes, TEXT_DESK_RECEIPT, CODES_receipt_state, row.state,
                        request->receipt_resolve.again ? RECEIPT_STATE_DUE : RECEIPT_STATE_SETTLED);
        }
}

// --- transfers ---

static void ask_transfer(web_visit_t *visit, uint64_t sequence)
{
    visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_transfers, VISIT_LEDGER_MS)->transfers =
        (request_transfers_t){.after = sequence ? sequence - 1 : 0, .limit = 1};
}

static bool read_transfer(const web_visit_t *visit, uint64_t sequence, desk_transfer_row_t *ret_row)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    if (!answer)
        return false;
    desk_walk(&walk, answer->transfers.rows, answer->transfers.count);
    return desk_walk_transfer(&walk, ret_row) && ret_row->sequence == sequence;
}

bool desk_ask_assign(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0) {
        ask_transfer(visit, request->transfer_assign.transfer);
        if (!uid_is_zero(&request->transfer_assign.account))
            ask_balance(visit, &request->transfer_assign.account);
    }
    return round == 0;
}

void desk_show_assign(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_transfer_row_t row;
    changes->unknown = !read_transfer(visit, request->transfer_assign.transfer, &row);
    if (changes->unknown)
        return;
    change_money(changes, TEXT_DESK_IN_SUSPENSE, row.amount, -row.amount);
    if (uid_is_zero(&request->transfer_assign.account))
        return;
    const answer_t *balance = visit_answer(visit, 1);
    changes->unknown = !balance && !desk_is_none(visit_fail(visit, 1));
    if (!changes->unknown)
        change_money(changes, TEXT_DESK_CASH, balance ? balance->balance.cash : 0, row.amount);
}

bool desk_ask_settle(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        ask_transfer(visit, request->transfer_settle.transfer);
    return round == 0;
}

void desk_show_settle(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_transfer_row_t row;
    changes->unknown = !read_transfer(visit, request->transfer_settle.transfer, &row);
    if (!changes->unknown)
        change_money(changes, TEXT_DESK_IN_SUSPENSE, row.amount, -row.amount);
}

// --- promo codes ---

bool desk_ask_begin(web_visit_t *visit, const request_t *request, unsigned round)
{
    (void)visit, (void)request, (void)round;
    return false;
}

void desk_show_begin(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    (void)visit;
    desk_change(changes, TEXT_DESK_CAMPAIGN, desk_text(SHEET, TEXT_DESK_NO),
                desk_code(SHEET, CODES_promo_kind, request->promo_begin.kind));
    change_money(changes, TEXT_DESK_BUDGET, 0, request->promo_begin.budget);
}

static void ask_campaign(web_visit_t *visit, uint64_t campaign)
{
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_promo_campaigns, VISIT_LEDGER_MS)
        ->promo_campaigns.from = campaign;
}

static bool read_campaign(const web_visit_t *visit, uint64_t campaign, desk_campaign_row_t *ret_row)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    if (!answer)
        return false;
    desk_walk(&walk, answer->promo_campaigns.rows, answer->promo_campaigns.count);
    return desk_walk_campaign(&walk, ret_row) && ret_row->campaign == campaign;
}

bool desk_ask_add(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        ask_campaign(visit, request->promo_add.campaign);
    return round == 0;
}

void desk_show_add(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_campaign_row_t row;
    changes->unknown = !read_campaign(visit, request->promo_add.campaign, &row);
    if (!changes->unknown)
        desk_change(changes, TEXT_DESK_CODES, desk_number(SHEET, row.codes),
                    desk_number(SHEET, row.codes + 1));
}

bool desk_ask_stop(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        ask_campaign(visit, request->promo_stop.campaign);
    return round == 0;
}

void desk_show_stop(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    desk_campaign_row_t row;
    changes->unknown = !read_campaign(visit, request->promo_stop.campaign, &row);
    if (!changes->unknown)
        change_flag(changes, TEXT_DESK_STOPPED, row.stopped, true);
}

// --- two persons, and the clock ---

static uid_t16 proposal_of(const request_t *request)
{
    return request->type == REQUEST_approve ? request->approve.command : request->reject.command;
}

static void tell_proposal(const web_visit_t *visit, const request_t *request,
                          const desk_proposal_row_t *row, desk_changes_t *changes)
{
    bool agrees = request->type == REQUEST_approve;
    span_t words = desk_fields_words(SHEET, row->request);
    span_t by = desk_kept(SHEET, (span_t){row->certificate.data, row->certificate.size});
    change_code(changes, TEXT_DESK_STATE, CODES_proposal_state, row->state,
                agrees ? PROPOSAL_APPROVED : PROPOSAL_REJECTED);
    desk_change(changes, TEXT_DESK_COMMAND, words,
                desk_text(SHEET, agrees ? TEXT_DESK_DONE : TEXT_DESK_NOT_DONE));
    desk_change(changes, TEXT_DESK_BY, by, by);
    if (agrees && span_is(by, span_of(visit->site->operator_name)))
        desk_sheet_warn(SHEET, desk_text(SHEET, TEXT_DESK_OWN));
}

void desk_show_proposal(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    uid_t16 wanted = proposal_of(request);
    desk_walk_t walk;
    desk_proposal_row_t row;
    changes->unknown = true;
    if (!answer)
        return;
    desk_walk(&walk, answer->proposals.rows, answer->proposals.count);
    while (changes->unknown && desk_walk_proposal(&walk, &row))
        if (uid_equal(&row.id, &wanted)) {
            changes->unknown = false;
            tell_proposal(visit, request, &row, changes);
        }
}

void desk_show_clock(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    uint64_t doubted = 0;
    (void)request;
    changes->unknown =
        !answer || !status_find_counter(answer->status.counters, "clock_doubted", &doubted);
    change_flag(changes, TEXT_DESK_CLOCK, !doubted, true);
}
