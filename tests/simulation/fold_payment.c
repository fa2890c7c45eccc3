#include "tests/simulation/fold_parts.h"
#include "proto/payment.h"
#include <inttypes.h>

static fold_invoice_t *known_invoice(world_t *world, uint64_t invoice)
{
    static fold_invoice_t none;
    fold_invoice_t *known = fold_invoice(&world->fold, invoice);
    if (!known)
        world_violate(world, "I7", "an event names invoice %" PRIu64 ", which is none", invoice);
    none = (fold_invoice_t){0};
    return known ? known : &none;
}

static void fold_created(world_t *world, const event_payment_created_t *e)
{
    fold_t *self = &world->fold;
    fold_invoice_t *invoice = fold_add(&self->invoices, sizeof *invoice);
    *invoice = (fold_invoice_t){.account = fold_account_of(world, &e->account),
                                .kind = (unsigned)e->kind,
                                .amount = e->amount,
                                .request = e->request,
                                .mandate = e->mandate};
    if (e->invoice != FOLD_EPOCH_NUMBERS + self->invoices.count)
        world_violate(world, "I7", "invoice %" PRIu64 " is not the next number", e->invoice);
    if (e->kind != PAYMENT_KIND_AUTOPAY)
        return;
    fold_request_t *request = fold_request(self, e->request);
    const fold_mandate_t *mandate = fold_mandate(self, &e->mandate);
    if (!request)
        world_violate(world, "I7", "invoice %" PRIu64 " without a durable decision", e->invoice);
    else if (request->invoice)
        world_violate(world, "I7", "decision %" PRIu64 " has two invoices", e->request);
    else if (request->account != invoice->account || request->amount != e->amount)
        world_violate(world, "I7", "decision %" PRIu64 " became another payment", e->request);
    else
        request->invoice = e->invoice;
    if (request && request->credit != self->accounts[invoice->account].credit)
        world_violate(world, "I9", "invoice %" PRIu64 " for a decision that did not know a credit",
                      e->invoice);
    if (!mandate || !mandate->live)
        world_violate(world, "I9", "invoice %" PRIu64 " under a mandate that is not live",
                      e->invoice);
}

// I9: a decision that is older than this is not charged any more.
static void check_age(world_t *world, const event_t *event)
{
    const event_payment_created_t *e = &event->payment_created;
    const fold_request_t *request = e->request ? fold_request(&world->fold, e->request) : NULL;
    if (request && event->at - request->at > 15 * MINUTE_US)
        world_violate(world, "I9", "decision %" PRIu64 " was %" PRId64 " minutes old when charged",
                      e->request, (event->at - request->at) / MINUTE_US);
}

static void fold_sent(world_t *world, const event_payment_sent_t *e)
{
    fold_invoice_t *invoice = known_invoice(world, e->invoice);
    const fold_mandate_t *mandate = fold_mandate(&world->fold, &invoice->mandate);
    if (invoice->declined || invoice->succeeded)
        world_violate(world, "I7", "invoice %" PRIu64 " sent after its end", e->invoice);
    if (mandate && !mandate->live)
        world_violate(world, "I9", "invoice %" PRIu64 " sent under a revoked mandate", e->invoice);
    const fold_request_t *request =
        invoice->request ? fold_request(&world->fold, invoice->request) : NULL;
    if (request && request->credit != world->fold.accounts[invoice->account].credit)
        world_violate(world, "I9", "invoice %" PRIu64 " sent after a credit it did not know",
                      e->invoice);
    invoice->sent++;
}

static void fold_succeeded(world_t *world, const event_payment_succeeded_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    fold_invoice_t *invoice = known_invoice(world, e->invoice);
    const operation_t *operation = robokassa_model_find(&world->robokassa, e->invoice);
    if (invoice->succeeded)
        world_violate(world, "I3", "invoice %" PRIu64 " succeeded twice", e->invoice);
    if (!operation || operation->state != OPERATION_PAID || operation->paid != e->amount)
        world_violate(world, "I3", "invoice %" PRIu64 " succeeded, and Robokassa has no such money",
                      e->invoice);
    if (e->evidence != 4 && e->amount != invoice->amount)
        world_violate(world, "I3", "invoice %" PRIu64 " credited with another amount", e->invoice);
    invoice->succeeded = e->amount;
    invoice->credit = sequence;
    self->accounts[invoice->account].credit = sequence;
    *(fold_fact_t *)fold_add(&self->credits, sizeof(fold_fact_t)) =
        (fold_fact_t){sequence, e->amount, e->amount, false};
    if (e->after)
        world_reach(world, REACH_AFTER_DECLINE);
    if (e->evidence == 2)
        world_reach(world, REACH_BY_STATE);
    fold_request_t *request = e->request ? fold_request(self, e->request) : NULL;
    if (request)
        request->answered++;
}

static void fold_declined(world_t *world, const event_payment_declined_t *e)
{
    static const reach_t reached[] = {[DECLINE_STALE] = REACH_STALE,
                                      [DECLINE_EXPIRED] = REACH_EXPIRED_REQUEST,
                                      [DECLINE_REVOKED] = REACH_REQUEST_REVOKED,
                                      [DECLINE_BUSY] = REACH_BUSY,
                                      [DECLINE_NOT_ARRIVED] = REACH_NOT_ARRIVED,
                                      [DECLINE_REJECTED] = REACH_DECLINED,
                                      [DECLINE_STATE_10] = REACH_DECLINED,
                                      [DECLINE_STATE_60] = REACH_DECLINED};
    if (e->reason < sizeof reached / sizeof *reached && reached[e->reason])
        world_reach(world, reached[e->reason]);
    if (e->invoice)
        known_invoice(world, e->invoice)->declined = true;
    fold_request_t *request = e->request ? fold_request(&world->fold, e->request) : NULL;
    if (e->request && !request)
        world_violate(world, "I7", "decision %" PRIu64 " declined, and it is not durable",
                      e->request);
    if (request && request->answered++)
        world_violate(world, "I7", "decision %" PRIu64 " answered twice", e->request);
}

static void fold_consented(world_t *world, const event_mandate_consented_t *e)
{
    fold_mandate_t *mandate = fold_add(&world->fold.mandates, sizeof *mandate);
    *mandate = (fold_mandate_t){.id = e->mandate,
                                .account = fold_account_of(world, &e->account),
                                .amount = e->amount,
                                .sum_max = e->sum_max,
                                .count_max = e->count_max,
                                .credit = e->credit,
                                .live = true};
    world_reach(world, REACH_LINKED);
}

static void fold_revoked(world_t *world, const event_mandate_revoked_t *e)
{
    fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    world_reach(world, e->why == 2 ? REACH_RELINKED : REACH_REVOKED);
    if (!mandate)
        return; // a ticket that was not paid yet
    mandate->live = false;
    const fold_account_t *account = &world->fold.accounts[mandate->account];
    if (account->open)
        world_reach(world, REACH_REVOKED_IN_FLIGHT);
}

void fold_payment(world_t *world, const event_t *event, uint64_t sequence)
{
    switch (event->type) {
    case EVENT_payment_created:
        fold_created(world, &event->payment_created);
        check_age(world, event);
        break;
    case EVENT_payment_sent:
        fold_sent(world, &event->payment_sent);
        break;
    case EVENT_payment_succeeded:
        fold_succeeded(world, &event->payment_succeeded, sequence);
        break;
    case EVENT_payment_declined:
        fold_declined(world, &event->payment_declined);
        break;
    case EVENT_payment_unknown:
        if (event->payment_unknown.why == 3)
            world_reach(world, REACH_UNKNOWN_RESTART);
        break;
    case EVENT_payment_mismatch: {
        fold_invoice_t *invoice = known_invoice(world, event->payment_mismatch.invoice);
        if (!invoice->mismatch)
            customers_resolve(world, event->payment_mismatch.invoice,
                              event->payment_mismatch.received);
        invoice->mismatch = true;
        world_reach(world, REACH_MISMATCH);
        break;
    }
    case EVENT_payment_expired:
        known_invoice(world, event->payment_expired.invoice)->expired = true;
        world_reach(world, REACH_LAPSED);
        break;
    case EVENT_mandate_consented:
        fold_consented(world, &event->mandate_consented);
        break;
    case EVENT_mandate_changed: {
        fold_mandate_t *mandate = fold_mandate(&world->fold, &event->mandate_changed.mandate);
        if (mandate) {
            mandate->count_max = event->mandate_changed.count_max;
            mandate->sum_max = event->mandate_changed.sum_max;
        }
        world_reach(world, REACH_CHANGED);
        break;
    }
    case EVENT_mandate_revoked:
        fold_revoked(world, &event->mandate_revoked);
        break;
    default:
        break;
    }
}
