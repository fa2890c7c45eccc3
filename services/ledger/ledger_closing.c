#include "services/ledger/ledger_closing.h"

// Refuses, and says TABLE_NONE, if the ledger knows no such account.
static uint32_t find(const ledger_state_t *self, const uid_t16 *account, fail_t *ret_fail,
                     decision_t *out)
{
    uint32_t index = table_find(&self->accounts, account);
    if (index == TABLE_NONE)
        *ret_fail = decision_refuse(out, FAIL_UNKNOWN_ACCOUNT, "the ledger knows no such account");
    return index;
}

bool ledger_closing_is(const ledger_state_t *self, const uid_t16 *account)
{
    uint32_t index = table_find(&self->accounts, account);
    return index != TABLE_NONE && ledger_row_at(self, index)->closed;
}

fail_t ledger_closing_close(const ledger_state_t *self, const request_account_close_t *order,
                            decision_t *out)
{
    fail_t fail = FAIL_NONE;
    uint32_t index = find(self, &order->account, &fail, out);
    if (fail)
        return fail;
    const ledger_row_t *row = ledger_row_at(self, index);
    if (row->closed)
        return decision_refuse(out, FAIL_STATE, "the account is closed already");
    if (row->cash != order->cash || row->bonus != order->bonus)
        return decision_refuse(out, FAIL_MISMATCH, "the account has another balance");
    decision_add(out, EVENT_account_closed)->account_closed =
        (event_account_closed_t){.account = order->account,
                                 .number = (uint64_t)index + SYSTEM_END,
                                 .cash = row->cash,
                                 .bonus = row->bonus};
    return FAIL_NONE;
}

fail_t ledger_closing_reopen(const ledger_state_t *self, const request_account_reopen_t *order,
                             decision_t *out)
{
    fail_t fail = FAIL_NONE;
    uint32_t index = find(self, &order->account, &fail, out);
    if (fail)
        return fail;
    if (!ledger_row_at(self, index)->closed)
        return decision_refuse(out, FAIL_STATE, "the account is not closed");
    decision_add(out, EVENT_account_reopened)->account_reopened = (event_account_reopened_t){
        .account = order->account, .number = (uint64_t)index + SYSTEM_END};
    return FAIL_NONE;
}

// Who is no longer below what he may owe is told so at once; who is below it, by a judgement.
static void add_restored(const ledger_row_t *row, uint64_t number, kopecks_t limit, decision_t *out)
{
    if (row->exhausted && ledger_row_balance(row) >= -limit)
        decision_add(out, EVENT_account_restored)->account_restored =
            (event_account_restored_t){row->account, number, ledger_row_balance(row)};
}

fail_t ledger_closing_limit(const ledger_state_t *self, const request_credit_limit_t *order,
                            decision_t *out)
{
    fail_t fail = FAIL_NONE;
    if (order->limit < 0 || order->limit > LEDGER_CREDIT_LIMIT_MAX)
        return decision_refuse(out, FAIL_INVALID, "limit: expected 0 to 10^14 kopecks");
    uint32_t index = find(self, &order->account, &fail, out);
    if (fail)
        return fail;
    const ledger_row_t *row = ledger_row_at(self, index);
    kopecks_t before = ledger_state_limit(self, row);
    if (row->closed && order->limit)
        return decision_refuse(out, FAIL_STATE, "the account is closed");
    if (before == order->limit)
        return decision_refuse(out, FAIL_STATE, "that is its limit already");
    uint64_t number = (uint64_t)index + SYSTEM_END;
    decision_add(out, EVENT_credit_limit_set)->credit_limit_set = (event_credit_limit_set_t){
        .account = order->account, .number = number, .limit = order->limit, .before = before};
    add_restored(row, number, order->limit, out);
    return FAIL_NONE;
}
