#include "services/ledger/ledger_decide_bank.h"
#include "services/ledger/ledger_closing.h"
#include "services/ledger/ledger_transfer.h"

static const ledger_bank_t *find(const ledger_state_t *self, const uid_t16 *reference)
{
    uint32_t row = table_find(&self->bank, reference);
    return row == TABLE_NONE ? NULL : table_row(&self->bank, row);
}

static fail_t note_repeated(const hash_t *identity, const uid_t16 *account, kopecks_t amount,
                            decision_t *out)
{
    decision_add(out, EVENT_transfer_repeated)->transfer_repeated =
        (event_transfer_repeated_t){*identity, *account, amount};
    return FAIL_NONE;
}

static fail_t move(const ledger_state_t *self, ledger_transfer_t *transfer, uint32_t index,
                   decision_t *out)
{
    bool internal = ledger_transfer_is_internal(transfer);
    if (internal && !ledger_transfer_fits(self, transfer, NULL, INT64_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    ledger_transfer_add(self, out, transfer, index);
    return FAIL_NONE;
}

fail_t ledger_bank_received(const ledger_state_t *self, const event_transfer_received_t *fact,
                            decision_t *out)
{
    ledger_transfer_t transfer = {.customer = fact->account,
                                  .debit = SYSTEM_BANK,
                                  .amount = fact->amount,
                                  .kind = POSTING_BANK,
                                  .reference = posting_transfer_reference(&fact->identity)};
    uint32_t index = TABLE_NONE;
    if (find(self, &transfer.reference))
        return note_repeated(&fact->identity, &fact->account, fact->amount, out);
    if (ledger_closing_is(self, &fact->account) ||
        !ledger_transfer_has_place(self, &transfer, &index)) {
        transfer.credit = SYSTEM_SUSPENSE;
        transfer.customer = (uid_t16){{0}};
    }
    return move(self, &transfer, index, out);
}

// What has no place in its account stays in suspense, for people.
fail_t ledger_bank_assigned(const ledger_state_t *self, const event_transfer_assigned_t *fact,
                            decision_t *out)
{
    bool back = uid_is_zero(&fact->account);
    ledger_transfer_t transfer = {.customer = fact->account,
                                  .debit = SYSTEM_SUSPENSE,
                                  .credit = back ? SYSTEM_BANK : 0,
                                  .amount = fact->amount,
                                  .kind = back ? POSTING_CORRECTION : POSTING_BANK,
                                  .reference = posting_transfer_reference(&fact->identity)};
    const ledger_bank_t *row = find(self, &transfer.reference);
    uint32_t index = TABLE_NONE;
    bool placed = back || (!ledger_closing_is(self, &fact->account) &&
                           ledger_transfer_has_place(self, &transfer, &index));
    if (!row || !row->suspense || !placed)
        return note_repeated(&fact->identity, &fact->account, fact->amount, out);
    return move(self, &transfer, index, out);
}

fail_t ledger_bank_settled(const ledger_state_t *self, const event_transfer_settled_t *fact,
                           decision_t *out)
{
    ledger_transfer_t transfer = {.debit = SYSTEM_SUSPENSE,
                                  .credit = SYSTEM_CLEARING,
                                  .amount = fact->amount,
                                  .kind = POSTING_SETTLEMENT,
                                  .reference = posting_transfer_reference(&fact->identity)};
    ledger_transfer_t kept = transfer;
    kept.debit = SYSTEM_FEES;
    kept.amount = fact->fee;
    kept.kind = POSTING_FEE;
    const ledger_bank_t *row = find(self, &transfer.reference);
    if (!row || !row->suspense)
        return note_repeated(&fact->identity, &transfer.customer, fact->amount, out);
    // The two together move clearing, by less than twice the most that a transfer may be.
    if (!ledger_transfer_fits(self, &kept, NULL, LEDGER_BALANCE_MAX / 2))
        return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    fail_t fail = move(self, &transfer, TABLE_NONE, out);
    return fail || !kept.amount ? fail : move(self, &kept, TABLE_NONE, out);
}
