#include "services/payment/payment_closing.h"
#include "services/payment/payment_decide_evidence.h"

// Of the mandate that lives, or else of the box that was ticked and not paid for yet.
static void end_consent(const payment_state_t *self, const payment_account_t *account,
                        decision_t *out)
{
    const mandate_t *mandate = payment_state_mandate(self, account);
    const invoice_t *ticket = payment_state_ticket(self, account);
    if (mandate && mandate->live)
        payment_evidence_revoke(self, account, &mandate->key, REVOKE_CLOSED, out);
    else if (ticket)
        payment_evidence_revoke(self, account, &ticket->mandate, REVOKE_CLOSED, out);
}

void payment_closing_hear(const payment_state_t *self, const event_t *event, decision_t *out)
{
    bool closed = event->type == EVENT_account_closed;
    const uid_t16 *id = closed ? &event->account_closed.account : &event->account_reopened.account;
    const payment_account_t *account = payment_state_account(self, id);
    if ((account && account->closed) == closed) // told again after a journal was put back
        return;
    decision_add(out, EVENT_closing_noted)->closing_noted =
        (event_closing_noted_t){.account = *id, .closed = closed};
    if (closed && account)
        end_consent(self, account, out);
}
