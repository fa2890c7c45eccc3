#include "services/ledger/ledger_decide_judgement.h"

static void judge_account(const ledger_state_t *self, uint32_t index, decision_t *out)
{
    const ledger_row_t *row = ledger_row_at(self, index);
    kopecks_t balance = ledger_row_balance(row);
    uint64_t number = (uint64_t)index + SYSTEM_END;
    if (ledger_row_is_low(row, self->low_threshold) && !row->low)
        decision_add(out, EVENT_account_low)->account_low =
            (event_account_low_t){row->account, number, balance, self->low_threshold};
    if (!row->exhausted && ledger_row_is_exhausted(self, row))
        decision_add(out, EVENT_account_exhausted)->account_exhausted =
            (event_account_exhausted_t){row->account, number, balance};
}

fail_t ledger_decide_judgement(const ledger_state_t *self, const input_t *input, decision_t *out)
{
    if (!input->current)
        return FAIL_NONE;
    uint64_t left = self->pending_count;
    for (uint32_t word = 0; left; word++)
        for (uint64_t bits = self->pending[word]; bits; bits &= bits - 1) {
            if (out->count + 2 > DECISION_EVENTS_MAX) {
                out->more = true;
                return FAIL_NONE;
            }
            judge_account(self, word * LEDGER_WORD_BITS + (uint32_t)__builtin_ctzll(bits), out);
            left--;
        }
    return FAIL_NONE;
}
