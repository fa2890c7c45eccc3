#include "services/ledger/ledger_transfer.h"
#include <assert.h>

enum { LEDGER_NAMED_BYTES = 8 + LEDGER_NAMED_MAX * 20 };

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
    if (debit == SYSTEM_APART || credit == SYSTEM_APART)
        return "what stands apart is moved by the ledger alone";
    bool system = debit && credit;
    if (!system && wallet == WALLET_NONE)
        return "this kind moves no customer's money";
    if (system && wallet != WALLET_NONE && debit != SYSTEM_SUSPENSE && credit != SYSTEM_SUSPENSE)
        return "a customer's kind between two system accounts must empty or fill suspense";
    if (!system && wallet == WALLET_BONUS_FIRST && !credit)
        return "usage debits the customer; it is given back by a correction or a bonus";
    if (!posting_pair_fits(wish->kind, debit, credit))
        return "postings of this kind are between other accounts";
    *ret_transfer = (ledger_transfer_t){.debit = (uint32_t)debit, // below SYSTEM_END
                                        .credit = (uint32_t)credit,
                                        .amount = wish->amount,
                                        .kind = (uint32_t)wish->kind, // it was found above
                                        .reference = wish->reference};
    if (!system)
        ret_transfer->customer = debit ? wish->credit : wish->debit;
    return NULL;
}

bool ledger_transfer_takes_back(const ledger_transfer_t *transfer)
{
    bool taken = !transfer->debit || transfer->debit == SYSTEM_SUSPENSE;
    return transfer->kind == POSTING_REFUND || transfer->kind == POSTING_CHARGEBACK ||
           (transfer->kind == POSTING_BONUS && taken);
}

bool ledger_transfer_exceeds(const ledger_state_t *self, const ledger_transfer_t *transfer,
                             const ledger_row_t *row)
{
    bool bonus = transfer->kind == POSTING_BONUS;
    if (!bonus && transfer->kind != POSTING_REFUND)
        return false; // a chargeback comes whatever is there
    if (transfer->debit == SYSTEM_SUSPENSE)
        return transfer->amount > self->systems[SYSTEM_SUSPENSE];
    return !transfer->debit && transfer->amount > (bonus ? row->bonus : row->cash);
}

// How much of it the bonus bears; the rest is cash.
/*@ requires \valid_read(transfer) && \valid_read(row) && transfer->amount >= 0;
  @ requires transfer->barred >= 0;
  @ assigns \nothing;
  @ ensures 0 <= \result <= transfer->amount; */
static inline kopecks_t transfer_bonus(const ledger_transfer_t *transfer, const ledger_row_t *row)
{
    kopecks_t there = 0;
    switch (posting_wallet(transfer->kind)) {
    case WALLET_CASH:
        if (transfer->kind != POSTING_CREDIT || transfer->bonus <= 0)
            return 0;
        return transfer->bonus < transfer->amount ? transfer->bonus : transfer->amount;
    case WALLET_BONUS:
        return transfer->amount;
    case WALLET_BONUS_FIRST:
        if (row->bonus <= transfer->barred)
            return 0;
        there = row->bonus - transfer->barred;
        return there < transfer->amount ? there : transfer->amount;
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

static void pack_parts(event_posted_t *posted, decision_t *out, const ledger_part_t *parts,
                       size_t count)
{
    pack_t pack;
    void *scratch = decision_scratch(out, LEDGER_NAMED_BYTES);
    assert(scratch); // a decision has few postings
    pack_start(&pack, scratch, LEDGER_NAMED_BYTES);
    pack_array(&pack, count);
    for (size_t i = 0; i < count; i++) {
        pack_array(&pack, 2);
        pack_u64(&pack, parts[i].lot);
        pack_i64(&pack, parts[i].amount);
    }
    posted->lots = (bytes_t){scratch, (uint32_t)pack_end(&pack)};
}

// What a charge takes of bonuses; of those in the balance no more than `balance`.
static size_t name_parts(const ledger_state_t *self, const ledger_transfer_t *transfer,
                         const ledger_row_t *row, kopecks_t balance, bool apart,
                         ledger_part_t ret_parts[LEDGER_NAMED_MAX], kopecks_t *ret_apart)
{
    ledger_ending_use_t use = {.hour = transfer->hour,
                               .category = transfer->category,
                               .amount = transfer->amount,
                               .balance = balance > 0 ? balance : 0,
                               .apart = apart};
    return ledger_ending_name(&self->lots, &row->purse, &use, ret_parts, ret_apart);
}

// May so much of what stands apart come into the balance?
static bool apart_fits(const ledger_state_t *self, const ledger_row_t *row, kopecks_t amount)
{
    return row->bonus >= 0 && moves_within(row->bonus, amount, true, LEDGER_BALANCE_MAX) &&
           moves_within(self->customers, amount, true, LEDGER_BALANCE_MAX) &&
           moves_within(self->systems[SYSTEM_APART], amount, false, LEDGER_BALANCE_MAX);
}

void ledger_transfer_part_ending(const ledger_state_t *self, ledger_transfer_t *transfer,
                                 const ledger_row_t *row)
{
    ledger_part_t parts[LEDGER_NAMED_MAX];
    kopecks_t pays = 0;
    if (!ledger_ending_is(&self->lots, &row->purse))
        return;
    size_t count = name_parts(self, transfer, row, row->bonus, true, parts, &transfer->apart);
    if (transfer->apart && !apart_fits(self, row, transfer->apart))
        count = name_parts(self, transfer, row, row->bonus, false, parts, &transfer->apart);
    for (size_t i = 0; i < count; i++)
        pays += parts[i].amount;
    kopecks_t there = row->bonus + transfer->apart; // within the bound, as was just seen
    transfer->parted = true;
    transfer->barred = there > pays ? there - pays : 0;
}

static void put_parts(event_posted_t *posted, decision_t *out, const ledger_part_t *parts,
                      size_t count, bool more)
{
    posted->lot = count ? parts[0].lot : 0;
    if (count > 1 || (count && more))
        pack_parts(posted, out, parts, count);
}

// What it takes, or that it is a lot itself.
static void name_lots(const ledger_state_t *self, decision_t *out,
                      const ledger_transfer_t *transfer, const ledger_row_t *row,
                      event_posted_t *posted, uint64_t sequence, bool bonus)
{
    ledger_part_t parts[LEDGER_NAMED_MAX];
    kopecks_t rest = 0;
    if (posted->lot && posted->kind != POSTING_CHARGEBACK) // held of that one, or back to it
        return;
    if (posted->credit >= SYSTEM_END) {
        posted->lot = sequence;
        return;
    }
    if (ledger_unnamed_covers(&row->purse, posted, bonus)) {
        posted->lot = row->purse.number;
        return;
    }
    kopecks_t apart, balance = row->bonus - transfer->apart;
    size_t count =
        transfer->parted && bonus
            ? name_parts(self, transfer, row, balance, transfer->apart > 0, parts, &apart)
            : ledger_unnamed_name(&self->lots, &row->purse, posted, bonus, parts, &rest);
    put_parts(posted, out, parts, count, rest > 0);
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
    posted->kind =
        bonus && transfer->kind == POSTING_CREDIT ? POSTING_CREDIT_BONUS : transfer->kind;
    posted->reference = transfer->reference;
    posted->lot = transfer->lot;
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
    posted->credit_previous = row->credited ? row->credited : sequence;
    posted->credits = ledger_row_credits(row, !transfer->credit, amount);
    name_lots(self, out, transfer, row, posted, sequence, bonus != 0);
    ledger_row_advance(row, sequence, posted);
}

// What of a charge stood apart comes into the balance, out of the lots that it names.
static void add_begun(const ledger_state_t *self, decision_t *out,
                      const ledger_transfer_t *transfer, ledger_row_t *row, uint64_t number)
{
    ledger_part_t parts[LEDGER_NAMED_MAX];
    kopecks_t apart;
    size_t count = name_parts(self, transfer, row, row->bonus, true, parts, &apart);
    count = ledger_ending_keep_apart(&self->lots, &row->purse, parts, count);
    ledger_transfer_t begun = {.customer = transfer->customer,
                               .debit = SYSTEM_APART,
                               .amount = transfer->apart,
                               .kind = POSTING_BEGUN,
                               .reference = transfer->reference,
                               .lot = parts[0].lot};
    size_t at = out->count;
    add_posted(self, out, &begun, row, number, begun.amount, begun.amount);
    put_parts(&out->events[at].posted, out, parts, count, false);
}

// Bonus, then cash; the row goes on with them.
static void add_parts(const ledger_state_t *self, decision_t *out,
                      const ledger_transfer_t *transfer, ledger_row_t *row, uint64_t number)
{
    row->bonus += transfer->apart;
    kopecks_t bonus = transfer_bonus(transfer, row);
    row->bonus -= transfer->apart; // until it is posted
    kopecks_t cash = transfer->amount - bonus;
    if (transfer->parted)
        decision_add(out, EVENT_charge_parted)->charge_parted = (event_charge_parted_t){
            transfer->customer, transfer->hour, bonus, cash, transfer->category, transfer->apart};
    if (transfer->apart)
        add_begun(self, out, transfer, row, number);
    if (bonus)
        add_posted(self, out, transfer, row, number, bonus, bonus);
    if (cash)
        add_posted(self, out, transfer, row, number, cash, 0);
}

void ledger_transfer_add_both(const ledger_state_t *self, decision_t *out,
                              const ledger_transfer_t transfers[2], uint32_t index)
{
    ledger_row_t row = *ledger_row_at(self, index);
    for (unsigned i = 0; i < 2; i++)
        add_parts(self, out, &transfers[i], &row, (uint64_t)index + SYSTEM_END);
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
    add_parts(self, out, transfer, &row, number);
    if (row.exhausted && !ledger_row_is_exhausted(self, &row)) {
        event_account_restored_t *restored =
            &decision_add(out, EVENT_account_restored)->account_restored;
        restored->account = transfer->customer;
        restored->number = number;
        restored->balance = ledger_row_balance(&row);
    }
}

bool ledger_transfer_has_place(const ledger_state_t *self, ledger_transfer_t *transfer,
                               uint32_t *ret_index)
{
    const uid_t16 *account = &transfer->customer;
    *ret_index = TABLE_NONE;
    if (uid_is_zero(account) || posting_system_number(account))
        return false;
    uint32_t index = *ret_index = table_find(&self->accounts, account);
    const ledger_row_t *row = index == TABLE_NONE ? &ledger_no_row : ledger_row_at(self, index);
    ledger_transfer_part(self, transfer, row);
    return (index != TABLE_NONE || self->accounts.count < self->accounts_max) &&
           ledger_transfer_fits(self, transfer, row, LEDGER_BALANCE_MAX);
}

fail_t ledger_transfer_suspend(const ledger_state_t *self, decision_t *out,
                               ledger_transfer_t *transfer)
{
    *(transfer->debit ? &transfer->credit : &transfer->debit) = SYSTEM_SUSPENSE;
    transfer->reference = transfer->customer;
    transfer->customer = (uid_t16){{0}};
    // Beyond int64 no posting can hold it: the one fact that is refused, and counted so.
    if (!ledger_transfer_fits(self, transfer, NULL, INT64_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    ledger_transfer_add(self, out, transfer, TABLE_NONE);
    return FAIL_NONE;
}

fail_t ledger_transfer_place(const ledger_state_t *self, decision_t *out,
                             ledger_transfer_t *transfer)
{
    uint32_t index;
    if (!ledger_transfer_has_place(self, transfer, &index))
        return ledger_transfer_suspend(self, out, transfer);
    ledger_transfer_add(self, out, transfer, index);
    return FAIL_NONE;
}
