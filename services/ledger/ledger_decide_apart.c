#include "services/ledger/ledger_decide_apart.h"
#include <assert.h>

ledger_transfer_t ledger_apart_transfer(const uid_t16 *reference, kopecks_t amount, bool given)
{
    return (ledger_transfer_t){.debit = given ? SYSTEM_PROMO : SYSTEM_APART,
                               .credit = given ? SYSTEM_APART : SYSTEM_PROMO,
                               .amount = amount,
                               .kind = POSTING_APART,
                               .reference = *reference};
}

static uint64_t open_account(const ledger_state_t *self, uint32_t index, const uid_t16 *account,
                             decision_t *out)
{
    uint64_t number = (uint64_t)(index == TABLE_NONE ? self->accounts.count : index) + SYSTEM_END;
    if (index == TABLE_NONE)
        decision_add(out, EVENT_account_opened)->account_opened =
            (event_account_opened_t){.account = *account, .number = number};
    return number;
}

void ledger_apart_give(const ledger_state_t *self, uint32_t index, const event_bonus_given_t *bonus,
                       decision_t *out)
{
    uint64_t number = open_account(self, index, &bonus->account, out);
    uint64_t lot = self->last + out->count + 1; // the sequence that the node will give the posting
    ledger_transfer_t transfer = ledger_apart_transfer(&bonus->reference, bonus->amount, true);
    ledger_transfer_add(self, out, &transfer, TABLE_NONE);
    decision_add(out, EVENT_bonus_set_apart)->bonus_set_apart =
        (event_bonus_set_apart_t){.account = bonus->account,
                                  .number = number,
                                  .lot = lot,
                                  .amount = bonus->amount,
                                  .category = bonus->category,
                                  .begins = bonus->begins,
                                  .until = bonus->until};
    event_bonus_given_t *given = &decision_add(out, EVENT_bonus_given)->bonus_given;
    *given = *bonus;
    given->lot = lot;
}

instant_t ledger_apart_due(const ledger_state_t *self)
{
    const ledger_bonus_t *first = ledger_bonuses_beginning(&self->bonuses);
    return first ? first->begins : INT64_MAX;
}

bool ledger_apart_begin(const ledger_state_t *self, const input_t *input, decision_t *out)
{
    if (!input->current || input->now < ledger_apart_due(self))
        return false;
    const ledger_bonus_t *bonus = ledger_bonuses_beginning(&self->bonuses);
    const ledger_row_t *row = ledger_row_at(self, bonus->account);
    kopecks_t left = ledger_ending_left(&self->lots, &row->purse, bonus->lot);
    ledger_transfer_t transfer = {.customer = row->account,
                                  .debit = SYSTEM_APART,
                                  .amount = left,
                                  .kind = POSTING_BEGUN,
                                  .reference = bonus->key,
                                  .lot = bonus->lot};
    if (!ledger_transfer_fits(self, &transfer, row, LEDGER_BALANCE_MAX))
        left = 0; // what no balance can bear is not moved
    if (left)
        ledger_transfer_add(self, out, &transfer, bonus->account);
    decision_add(out, EVENT_bonus_begun)->bonus_begun = (event_bonus_begun_t){
        .account = row->account, .reference = bonus->key, .lot = bonus->lot, .amount = left};
    return true;
}
