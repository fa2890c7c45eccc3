#include "services/ledger/ledger_query.h"
#include "proto/codes.h"
#include "proto/counter.h"
#include <assert.h>

enum { ENDINGS_MAX = 16, ENDING_BYTES = 20 };

// Those that end stand before those that do not.
static bytes_t pack_endings(const ledger_state_t *self, const ledger_purse_t *purse, query_t *out)
{
    const ledger_lot_t *found[ENDINGS_MAX];
    size_t count = 0;
    pack_t pack;
    for (uint32_t n = ledger_purse_first_in(&self->lots.lots, purse->bonus);
         n && count < ENDINGS_MAX; n = ledger_purse_after_in(&self->lots.lots, purse->bonus, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(&self->lots, n);
        if (!ledger_purse_terms(&self->lots, lot)->until)
            break;
        if (lot->left && !lot->lapsed && !lot->apart)
            found[count++] = lot;
    }
    if (!count || out->scratch_size < ENDINGS_MAX * ENDING_BYTES)
        return (bytes_t){0};
    pack_start(&pack, out->scratch, out->scratch_size);
    pack_array(&pack, count);
    for (size_t i = 0; i < count; i++) {
        pack_array(&pack, 2);
        pack_i64(&pack, ledger_purse_terms(&self->lots, found[i])->until);
        pack_i64(&pack, found[i]->left);
    }
    return (bytes_t){out->scratch, (uint32_t)pack_end(&pack)};
}

static fail_t query_balance(const ledger_state_t *self, const request_balance_t *request,
                            query_t *out)
{
    if (request->min_sequence > out->last)
        return FAIL_LATER;
    uint32_t index = table_find(&self->accounts, &request->account);
    if (index == TABLE_NONE)
        return FAIL_UNKNOWN_ACCOUNT;
    const ledger_row_t *row = ledger_row_at(self, index);
    out->answer->balance = (answer_balance_t){.sequence = out->last,
                                              .cash = row->cash,
                                              .bonus = row->bonus,
                                              .number = (uint64_t)index + SYSTEM_END,
                                              .head = row->head,
                                              .postings = row->ordinal,
                                              .low = row->low,
                                              .exhausted = row->exhausted,
                                              .credit = row->credit,
                                              .closed = row->closed,
                                              .limit = ledger_state_limit(self, row)};
    if (row->purse.bonus)
        out->answer->balance.apart = ledger_lots_totals(&self->lots, &row->purse, out->now).apart;
    out->answer->balance.endings = pack_endings(self, &row->purse, out);
    return FAIL_NONE;
}

static fail_t query_totals(const ledger_state_t *self, query_t *out)
{
    pack_t pack;
    size_t systems = 0;
    uint64_t sum = (uint64_t)self->customers; // exact modulo 2^64, whatever the order
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            systems++;
            sum += (uint64_t)self->systems[number];
        }
    pack_start(&pack, out->scratch, out->scratch_size);
    pack_array(&pack, systems);
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            pack_array(&pack, 2);
            pack_u64(&pack, number);
            pack_i64(&pack, self->systems[number]);
        }
    size_t size = pack_end(&pack);
    if (!size)
        return FAIL_LIMIT; // no message holds so many system accounts
    out->answer->totals = (answer_totals_t){.sequence = out->last,
                                            .accounts = self->accounts.count,
                                            .customers = self->customers,
                                            .sum = (kopecks_t)sum,
                                            .systems = {out->scratch, (uint32_t)size}};
    return FAIL_NONE;
}

// --- lots and debts, one after the other ---

typedef struct {
    pack_t rows;
    uint64_t skip, seen, count;
} lots_page_t;

static bool on_page(lots_page_t *page)
{
    bool wanted = page->seen >= page->skip && page->count < LEDGER_LOTS_PAGE;
    page->seen++;
    page->count += wanted;
    return wanted;
}

static void pack_lot(lots_page_t *page, const ledger_state_t *self, const ledger_purse_t *purse,
                     const ledger_lot_t *lot)
{
    const ledger_terms_t *terms = ledger_purse_terms(&self->lots, lot);
    pack_array(&page->rows, 9);
    pack_u64(&page->rows, lot->bonus ? LOT_BONUS : LOT_CASH);
    pack_u64(&page->rows, lot->number);
    pack_i64(&page->rows, lot->amount);
    pack_i64(&page->rows, ledger_purse_left(purse, lot));
    pack_i64(&page->rows, terms->held);
    pack_i64(&page->rows, terms->from);
    pack_i64(&page->rows, terms->until);
    pack_u64(&page->rows, terms->category);
    pack_flag(&page->rows, lot->apart);
}

static void pack_debt(lots_page_t *page, const ledger_debt_t *debt)
{
    static const uint8_t kinds[] = {[LEDGER_DEBT_USAGE] = LOT_USAGE_DEBT,
                                    [LEDGER_DEBT_REVERSAL] = LOT_REVERSAL_DEBT,
                                    [LEDGER_DEBT_BONUS] = LOT_BONUS_DEBT};
    pack_array(&page->rows, 9);
    pack_u64(&page->rows, kinds[debt->kind]);
    pack_u64(&page->rows, debt->number);
    pack_i64(&page->rows, debt->left);
    pack_i64(&page->rows, debt->left);
    for (unsigned i = 0; i < 4; i++)
        pack_i64(&page->rows, 0);
    pack_flag(&page->rows, false);
}

static bool shows(const ledger_state_t *self, const ledger_purse_t *purse, const ledger_lot_t *lot)
{
    return ledger_purse_left(purse, lot) || ledger_purse_terms(&self->lots, lot)->held;
}

static fail_t query_lots(const ledger_state_t *self, const request_lots_t *request, query_t *out)
{
    uint32_t index = table_find(&self->accounts, &request->account);
    if (index == TABLE_NONE)
        return FAIL_UNKNOWN_ACCOUNT;
    const ledger_purses_t *lots = &self->lots;
    const ledger_purse_t *purse = &ledger_row_at(self, index)->purse;
    lots_page_t page = {.skip = request->skip};
    pack_start(&page.rows, out->scratch, out->scratch_size);
    for (uint32_t n = ledger_purse_first(lots, purse); n; n = ledger_purse_after(lots, purse, n))
        if (shows(self, purse, ledger_purse_lot(lots, n)) && on_page(&page))
            pack_lot(&page, self, purse, ledger_purse_lot(lots, n));
    for (uint32_t n = ledger_purse_first_in(&lots->debts, purse->debts); n;
         n = ledger_purse_after_in(&lots->debts, purse->debts, n))
        if (on_page(&page))
            pack_debt(&page, ledger_purse_debt(lots, n));
    size_t size = pack_end(&page.rows);
    if (page.count && !size)
        return FAIL_LIMIT;
    ledger_totals_t totals = ledger_lots_totals(lots, purse, out->now);
    uint64_t next = page.skip + page.count;
    out->answer->lots = (answer_lots_t){.sequence = out->last,
                                        .cash = totals.cash,
                                        .bonus = totals.bonus,
                                        .apart = totals.apart,
                                        .held = totals.held,
                                        .usage_debt = totals.usage,
                                        .reversal_debt = totals.reversal,
                                        .next = page.count && next < page.seen ? next : 0,
                                        .count = page.count,
                                        .rows = {out->scratch, (uint32_t)size}};
    return FAIL_NONE;
}

static bool is_sought(const ledger_row_t *row, const request_accounts_t *request)
{
    return (!request->below || row->cash + row->bonus < request->below) &&
           (!request->low || row->low) && (!request->exhausted || row->exhausted);
}

static void pack_account(const ledger_row_t *row, pack_t *rows)
{
    pack_array(rows, 7);
    pack_uid(rows, &row->account);
    pack_i64(rows, row->cash);
    pack_i64(rows, row->bonus);
    pack_u64(rows, row->head);
    pack_flag(rows, row->low);
    pack_flag(rows, row->exhausted);
    pack_flag(rows, row->closed);
}

// Accounts are never removed, so a row's number is a place that stays.
static fail_t query_accounts(const ledger_state_t *self, const request_accounts_t *request,
                             query_t *out)
{
    uint64_t limit = request->limit && request->limit < LEDGER_ACCOUNTS_PAGE ? request->limit
                                                                             : LEDGER_ACCOUNTS_PAGE;
    uint64_t at = request->from, all = self->accounts.count, looked = 0, count = 0;
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (; at < all && count < limit && looked < LEDGER_ACCOUNTS_LOOKED; at++, looked++) {
        const ledger_row_t *row = ledger_row_at(self, (uint32_t)at);
        if (!is_sought(row, request))
            continue;
        pack_account(row, &rows);
        count++;
    }
    size_t size = pack_end(&rows);
    if (count && !size)
        return FAIL_LIMIT;
    out->answer->accounts = (answer_accounts_t){.sequence = out->last,
                                                .next = at < all ? at : 0,
                                                .count = count,
                                                .rows = {out->scratch, (uint32_t)size}};
    return FAIL_NONE;
}

// What stands before a command's posting is of the same decision.
static uint64_t posting_of(const event_t *first, uint64_t sequence)
{
    bool before =
        first && (first->type == EVENT_account_opened || first->type == EVENT_charge_parted);
    return sequence + before;
}

// Nothing was caused where the account had its bonus for that month already.
static fail_t query_level(const ledger_state_t *self, const request_level_grant_t *request,
                          const event_t *first, uint64_t first_sequence, query_t *out)
{
    answer_level_grant_t *answer = &out->answer->level_grant;
    uid_t16 reference = posting_level_reference(&request->account, request->month);
    const ledger_bonus_t *bonus = ledger_bonuses_find(&self->bonuses, &reference);
    answer->amount = request->amount;
    answer->pending = first && first->type == EVENT_command_proposed;
    if (!first && bonus)
        *answer =
            (answer_level_grant_t){.lot = bonus->lot, .amount = bonus->bonus, .repeated = true};
    else if (!answer->pending)
        answer->lot = posting_of(first, first_sequence);
    return FAIL_NONE;
}

fail_t ledger_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    switch (request->type) {
    case REQUEST_balance:
        return query_balance(state, &request->balance, out);
    case REQUEST_totals:
        return query_totals(state, out);
    case REQUEST_accounts:
        return query_accounts(state, &request->accounts, out);
    case REQUEST_lots:
        return query_lots(state, &request->lots, out);
    case REQUEST_post:
        out->answer->post.sequence = posting_of(first, first_sequence);
        out->answer->post.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_bonus_give:
        out->answer->bonus_give.pending = first && first->type == EVENT_command_proposed;
        out->answer->bonus_give.lot =
            out->answer->bonus_give.pending ? 0 : posting_of(first, first_sequence);
        return FAIL_NONE;
    case REQUEST_level_grant:
        return query_level(state, &request->level_grant, first, first_sequence, out);
    case REQUEST_bonus_void:
        out->answer->bonus_void.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_account_close:
        out->answer->account_close.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_credit_limit:
        out->answer->credit_limit.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_account_reopen:
    case REQUEST_ledger_policy:
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

uint64_t ledger_query_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count)
{
    const ledger_state_t *self = state;
    uint64_t count = self->accounts.count;
    uint64_t end =
        from < count && count - from > LEDGER_PAGE_ROWS ? from + LEDGER_PAGE_ROWS : count;
    size_t packed = 0;
    for (uint64_t index = from; index < end; index++, packed++) {
        const ledger_row_t *row = ledger_row_at(self, (uint32_t)index);
        pack_array(rows, 9);
        pack_u64(rows, index + SYSTEM_END);
        pack_uid(rows, &row->account);
        pack_i64(rows, row->cash);
        pack_i64(rows, row->bonus);
        pack_u64(rows, row->head);
        pack_u64(rows, row->credit);
        pack_i64(rows, row->returned);
        pack_u64(rows, row->closed);
        pack_i64(rows, ledger_state_limit(self, row));
    }
    *ret_count = packed;
    return end < count ? end : 0;
}

// The sum over the balances as the postings left them: a posting whose two sides were not the same
// is seen in it.
static void put_sums(const ledger_state_t *self, writer_t *out)
{
    uint64_t sum = (uint64_t)self->held; // exact modulo 2^64, whatever the order
    counter_put(out, COUNTER_customers, self->held);
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            sum += (uint64_t)self->systems[number];
            counter_put_of(out, COUNTER_system, number, self->systems[number]);
        }
    counter_put(out, COUNTER_ledger_sum, (kopecks_t)sum);
}

size_t ledger_query_counters(const void *state, char *text, size_t cap)
{
    const ledger_state_t *self = state;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_accounts, self->accounts.count);
    counter_put(&out, COUNTER_accounts_closed, (int64_t)self->closed_count);
    counter_put(&out, COUNTER_postings, (int64_t)self->postings);
    counter_put(&out, COUNTER_credits_made, (int64_t)self->credits_made);
    counter_put(&out, COUNTER_credits_open, table_used(&self->credits));
    counter_put(&out, COUNTER_lots, self->lots.lots.used);
    counter_put(&out, COUNTER_debts, self->lots.debts.used);
    counter_put(&out, COUNTER_refunds_held, (int64_t)self->holds.held);
    counter_put(&out, COUNTER_refunds_settled, (int64_t)self->holds.settled);
    counter_put(&out, COUNTER_judgements_pending, (int64_t)self->pending_count);
    counter_put(&out, COUNTER_payments_remembered, ledger_credited_count(&self->credited));
    counter_put(&out, COUNTER_payments_suspended, (int64_t)self->suspended);
    put_sums(self, &out);
    return out.size;
}
