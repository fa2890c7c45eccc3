#include "services/ledger/ledger_transfer.h"

const char *ledger_transfer_read(const event_posting_requested_t *wish,
                                 ledger_transfer_t *ret_transfer)
{
    uint64_t debit = posting_system_number(&wish->debit);
    uint64_t credit = posting_system_number(&wish->credit);
    wallet_t wallet = posting_wallet(wish->kind);
    if (wish->amount < 1)
        return "amount must be at least 1 kopeck";
    if (wish->amount > POSTING_AMOUNT_MAX)
        return "amount is above what one posting may move";
    if (!posting_kind_title(wish->kind))
        return "there is no posting of that kind";
    if (uid_is_zero(&wish->debit) || uid_is_zero(&wish->credit))
        return "both sides must name an account";
    if ((debit && !posting_system_title(debit)) || (credit && !posting_system_title(credit)))
        return "there is no system account of that number";
    if (!debit && !credit)
        return "one side must be a system account: money does not move between customers";
    if (debit == credit)
        return "debit and credit are the same account";
    bool system = debit && credit;
    if (!system && wallet == WALLET_NONE)
        return "this kind moves no customer's money";
    if (system && wallet != WALLET_NONE && debit != SYSTEM_SUSPENSE && credit != SYSTEM_SUSPENSE)
        return "a customer's kind between two system accounts must empty or fill suspense";
    if (!system && wallet == WALLET_BONUS_FIRST && !credit)
        return "usage debits the customer; it is given back by a correction or a bonus";
    *ret_transfer = (ledger_transfer_t){.debit = debit,
                                        .credit = credit,
                                        .amount = wish->amount,
                                        .kind = wish->kind,
                                        .reference = wish->reference};
    if (!system)
        ret_transfer->customer = debit ? wish->credit : wish->debit;
    return NULL;
}

// How much of it the bonus bears; the rest is cash.
/*@ requires \valid_read(transfer) && \valid_read(row) && transfer->amount >= 0;
  @ assigns \nothing;
  @ ensures 0 <= \result <= transfer->amount; */
static inline kopecks_t transfer_bonus(const ledger_transfer_t *transfer, const ledger_row_t *row)
{
    switch (posting_wallet(transfer->kind)) {
    case WALLET_BONUS:
        return transfer->amount;
    case WALLET_BONUS_FIRST:
        if (row->bonus <= 0)
            return 0;
        return row->bonus < transfer->amount ? row->bonus : transfer->amount;
    default:
        return 0;
    }
}

/*@ requires 0 <= bound <= LEDGER_BALANCE_MAX;
  @ assigns \nothing;
  @ ensures \result <==> -bound <= (credited ? balance + amount : balance - amount) <= bound; */
static inline bool moves_within(kopecks_t balance, kopecks_t amount, bool credited, kopecks_t bound)
{
    kopecks_t after;
    bool exact =
        credited ? money_add(balance, amount, &after) : money_subtract(balance, amount, &after);
    return exact && after <= bound && after >= -bound;
}

bool ledger_transfer_fits(const ledger_state_t *self, const ledger_transfer_t *transfer,
                          const ledger_row_t *row, kopecks_t bound)
{
    kopecks_t amount = transfer->amount;
    if (transfer->debit && !moves_within(self->systems[transfer->debit], amount, false, bound))
        return false;
    if (transfer->credit && !moves_within(self->systems[transfer->credit], amount, true, bound))
        return false;
    if (ledger_transfer_is_internal(transfer))
        return true;
    bool credited = !transfer->credit;
    kopecks_t bonus = transfer_bonus(transfer, row);
    return moves_within(row->bonus, bonus, credited, bound) &&
           moves_within(row->cash, amount - bonus, credited, bound) &&
           moves_within(self->customers, amount, credited, bound);
}

static void add_posted(const ledger_state_t *self, decision_t *out,
                       const ledger_transfer_t *transfer, ledger_row_t *row, uint64_t number,
                       kopecks_t amount, kopecks_t bonus)
{
    uint64_t sequence = self->last + out->count + 1;
    event_posted_t *posted = &decision_add(out, EVENT_posted)->posted;
    posted->debit = transfer->debit;
    posted->credit = transfer->credit;
    posted->amount = amount;
    posted->kind = transfer->kind;
    posted->reference = transfer->reference;
    if (ledger_transfer_is_internal(transfer))
        return;
    kopecks_t sign = transfer->credit ? -1 : 1;
    posted->account = transfer->customer;
    *(transfer->credit ? &posted->debit : &posted->credit) = number;
    posted->cash = row->cash + sign * (amount - bonus);
    posted->bonus = row->bonus + sign * bonus;
    posted->ordinal = row->ordinal + 1;
    posted->previous = row->head;
    posted->skip = ledger_row_skip(row);
    ledger_row_advance(row, sequence, posted);
}

void ledger_transfer_add(const ledger_state_t *self, decision_t *out,
                         const ledger_transfer_t *transfer, uint32_t index)
{
    if (ledger_transfer_is_internal(transfer)) {
        add_posted(self, out, transfer, NULL, 0, transfer->amount, 0);
        return;
    }
    ledger_row_t row = index == TABLE_NONE ? ledger_no_row : *ledger_row_at(self, index);
    if (index == TABLE_NONE) {
        index = self->accounts.count;
        event_account_opened_t *opened = &decision_add(out, EVENT_account_opened)->account_opened;
        opened->account = transfer->customer;
        opened->number = (uint64_t)index + SYSTEM_END;
    }
    uint64_t number = (uint64_t)index + SYSTEM_END;
    kopecks_t bonus = transfer_bonus(transfer, &row);
    kopecks_t cash = transfer->amount - bonus;
    if (bonus)
        add_posted(self, out, transfer, &row, number, bonus, bonus);
    if (cash)
        add_posted(self, out, transfer, &row, number, cash, 0);
    if (row.exhausted && ledger_row_balance(&row) >= 0) {
        event_account_restored_t *restored =
            &decision_add(out, EVENT_account_restored)->account_restored;
        restored->account = transfer->customer;
        restored->number = number;
        restored->balance = ledger_row_balance(&row);
    }
}
