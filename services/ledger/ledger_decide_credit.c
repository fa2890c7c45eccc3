#include "services/ledger/ledger_decide_credit.h"
#include "services/ledger/ledger_transfer.h"

fail_t ledger_credit_note(const event_usage_credited_t *credit, decision_t *out)
{
    if (credit->amount > 0)
        decision_add(out, EVENT_credit_noted)->credit_noted =
            (event_credit_noted_t){.credit = out->input->sequence,
                                   .original = credit->original,
                                   .account = credit->account,
                                   .resource = credit->resource,
                                   .amount = credit->amount,
                                   .charged = credit->charged,
                                   .before = credit->before};
    return FAIL_NONE;
}

void ledger_credit_due(const ledger_state_t *self, due_t *out)
{
    for (uint32_t n = self->credits_order.first; n && out->recalls_count < DUE_RECALLS_MAX;) {
        const ledger_credit_t *row = table_row(&self->credits, n - 1);
        const event_credit_noted_t *noted = &row->noted;
        out->recalls[out->recalls_count++] =
            noted->look
                ? (recall_t){.key = noted->credit, .by = RECALL_SEQUENCE, .number = noted->look}
                : (recall_t){.key = noted->credit,
                             .by = RECALL_CAUSE,
                             .stream = STREAM_METERING,
                             .number = noted->original};
        n = row->link.after;
    }
}

// --- what the line took ---

typedef struct {
    kopecks_t bonus; // the rest was cash
    bool suspense;   // all of it was taken from suspense
    uint64_t look;   // the posting before says how much of bonus it was
} taken_t;

static taken_t taken_by(const event_credit_noted_t *noted, const recalled_t *recalled)
{
    if (!recalled->fail && recalled->event->type == EVENT_charge_parted)
        return (taken_t){.bonus = recalled->event->charge_parted.bonus};
    const event_posted_t *posted = recalled->fail ? NULL : &recalled->event->posted;
    if (!posted || recalled->event->type != EVENT_posted) // nothing, or what opened the account
        return (taken_t){0};
    if (noted->look) // the posting before: the line's own took all that there was, or nothing
        return (taken_t){.bonus = posted->bonus > 0 ? noted->charged : 0};
    if (uid_is_zero(&posted->account))
        return (taken_t){.suspense = true};
    if (posted->amount < noted->charged || posted->bonus > 0)
        return (taken_t){.bonus = posted->amount};
    return (taken_t){.look = posted->bonus == 0 ? posted->previous : 0};
}

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// How much of the amount goes to the bonus. Cash comes back first.
static kopecks_t bonus_of(const event_credit_noted_t *noted, kopecks_t bonus)
{
    kopecks_t cash = noted->charged - bonus;
    kopecks_t before = noted->before > cash ? least(noted->before - cash, bonus) : 0;
    kopecks_t cash_left = noted->before < cash ? cash - noted->before : 0;
    kopecks_t rest = noted->amount > cash_left ? noted->amount - cash_left : 0;
    return least(rest, bonus - before);
}

static void look_before(const event_credit_noted_t *noted, uint64_t look, decision_t *out)
{
    event_credit_noted_t *again = &decision_add(out, EVENT_credit_noted)->credit_noted;
    *again = *noted;
    again->look = look;
}

fail_t ledger_credit_recalled(const ledger_state_t *self, const recalled_t *recalled,
                              decision_t *out)
{
    const ledger_credit_t *row = ledger_state_credit(self, recalled->wish.key);
    if (!row)
        return FAIL_NONE;
    const event_credit_noted_t *noted = &row->noted;
    taken_t taken = taken_by(noted, recalled);
    if (taken.look) {
        look_before(noted, taken.look, out);
        return FAIL_NONE;
    }
    ledger_transfer_t transfer = {.customer = noted->account,
                                  .debit = SYSTEM_REVENUE,
                                  .amount = noted->amount,
                                  .kind = POSTING_CREDIT,
                                  .reference = noted->resource,
                                  .bonus = bonus_of(noted, taken.bonus)};
    if (taken.suspense) {
        transfer.credit = SYSTEM_SUSPENSE;
        transfer.reference = noted->account;
        transfer.customer = (uid_t16){{0}};
    }
    event_credit_made_t made = {.credit = noted->credit};
    if (!ledger_transfer_place(self, out, &transfer)) {
        bool placed = !ledger_transfer_is_internal(&transfer);
        made.cash = placed ? noted->amount - transfer.bonus : 0;
        made.bonus = placed ? transfer.bonus : 0;
        made.suspense = placed ? 0 : noted->amount;
    } // else nothing could be moved, which `made` says, and the wish must end
    decision_add(out, EVENT_credit_made)->credit_made = made;
    return FAIL_NONE;
}
