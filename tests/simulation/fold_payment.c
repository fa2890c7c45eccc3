#include "tests/simulation/fold_parts.h"
#include "proto/codes.h"
#include "proto/payment_number.h"
#include <inttypes.h>

// Current is what was heard of seconds ago; to that comes a slow disk's commit.
#define HEARD_US (3 * MINUTE_US)

static fold_invoice_t *known_invoice(world_t *world, uint64_t invoice)
{
    static fold_invoice_t none;
    fold_invoice_t *known = fold_invoice(&world->fold, invoice);
    if (!known)
        world_violate(world, "I7", "an event names invoice %" PRIu64 ", which is none", invoice);
    none = (fold_invoice_t){0};
    return known ? known : &none;
}

// I8: with this payment the month of its decision holds no more than the mandate allows, by what
// payment's own journal says of both.
static void check_limits(world_t *world, uint64_t number, const fold_invoice_t *invoice,
                         const fold_request_t *request)
{
    const fold_mandate_t *mandate = fold_mandate(&world->fold, &invoice->mandate);
    if (!request || !mandate)
        return;
    int64_t sum;
    uint64_t count = fold_paid(&world->fold, invoice->account, request->month, &sum);
    if (count + 1 > mandate->count_max || sum + invoice->amount > mandate->sum_max)
        world_violate(world, "I8",
                      "invoice %" PRIu64 ": payment %" PRIu64 " of %" PRIu64 ", %" PRId64
                      " of %" PRId64 " kopecks, by payment's journal",
                      number, count + 1, mandate->count_max, sum + invoice->amount,
                      mandate->sum_max);
}

// Was the account's last credit, as payment has it, in the balance that was decided on? What
// payment says again, since it has forgotten that it said so, is in it since the first time.
static bool knows_credits(fold_t *self, const fold_request_t *request)
{
    uint64_t credit = self->accounts[request->account].credit;
    const fold_fact_t *fact = fold_fact(&self->payment.credits, credit);
    uint64_t at = fact ? fold_credited_at(self, fact->number) : 0;
    return request->credit == credit || (at && at <= request->balance_at);
}

// A journal that was put back begins above all that the lost ones gave, as far as clocks are right.
static bool is_below_lost(const world_t *world, uint64_t number)
{
    enum { SPARE_S = 600 };
    const fold_history_t *lost = world->fold.lost.rows;
    uint64_t most = 0;
    for (size_t i = 0; i < world->fold.lost.count; i++) {
        const fold_invoice_t *rows = lost[i].invoices.rows;
        size_t count = lost[i].invoices.count;
        most = count && rows[count - 1].number > most ? rows[count - 1].number : most;
    }
    uint64_t spare = (uint64_t)SPARE_S * PAYMENT_NUMBER_RATE * PAYMENT_PARTITIONS;
    return !world->profile.clock_every_us && number + spare < most;
}

static void fold_created(world_t *world, const event_payment_created_t *e)
{
    fold_t *self = &world->fold;
    const fold_list_t *invoices = &self->payment.invoices;
    const fold_invoice_t *before = invoices->rows;
    if (e->invoice > PAYMENT_NUMBER_MAX || e->invoice % PAYMENT_PARTITIONS != 0 ||
        (invoices->count && e->invoice <= before[invoices->count - 1].number))
        world_violate(world, "I7", "invoice %" PRIu64 " is not the next number", e->invoice);
    if (self->lost.count && is_below_lost(world, e->invoice))
        world_violate(world, "I7", "number %" PRIu64 " is below those of a lost journal",
                      e->invoice);
    if (fold_invoice_ever(self, e->invoice))
        world_violate(world, "I7", "number %" PRIu64 " was given by a lost journal too",
                      e->invoice);
    fold_invoice_t *invoice = fold_add(&self->payment.invoices, sizeof *invoice);
    *invoice = (fold_invoice_t){.number = e->invoice,
                                .account = fold_account_of(world, &e->account),
                                .kind = (unsigned)e->kind,
                                .amount = e->amount,
                                .request = e->request,
                                .mandate = e->mandate,
                                .consent = e->consent};
    if (e->kind != PAYMENT_KIND_AUTOPAY)
        return;
    fold_request_t *request = fold_request(self, e->request);
    const fold_mandate_t *mandate = fold_mandate(self, &e->mandate);
    if (!request)
        world_violate(world, "I7", "invoice %" PRIu64 " without a durable decision", e->invoice);
    else if (request->ever_invoice)
        world_violate(world, "I7", "decision %" PRIu64 " has two invoices", e->request);
    else if (request->account != invoice->account || request->amount != e->amount)
        world_violate(world, "I7", "decision %" PRIu64 " became another payment", e->request);
    else
        request->invoice = request->ever_invoice = e->invoice;
    if (request && !knows_credits(self, request))
        world_violate(world, "I9", "invoice %" PRIu64 " for a decision that did not know a credit",
                      e->invoice);
    if (!mandate || !mandate->live)
        world_violate(world, "I9", "invoice %" PRIu64 " under a mandate that is not live",
                      e->invoice);
    check_limits(world, e->invoice, invoice, request);
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

// I9: a chargeback that is long in the ledger was heard before anything is sent.
static void check_taken_back(world_t *world, const fold_invoice_t *invoice,
                             const fold_mandate_t *mandate)
{
    const fold_account_t *account = &world->fold.accounts[invoice->account];
    instant_t most = HEARD_US + (world->profile.late ? HOUR_US : 0);
    bool named = mandate && fold_is_before(&world->fold, mandate, account->charged_back);
    if (named && world->now - account->taken_back_at > most &&
        world->now >= world->restored_at + RESTORED_US)
        world_violate(world, "I9", "a charge of account %u, %" PRId64 " minutes after a chargeback",
                      invoice->account, (world->now - account->taken_back_at) / MINUTE_US);
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
    if (request && !knows_credits(&world->fold, request))
        world_violate(world, "I9", "invoice %" PRIu64 " sent after a credit it did not know",
                      e->invoice);
    check_taken_back(world, invoice, mandate);
    check_limits(world, e->invoice, invoice, request);
    invoice->sent++;
}

// Whether its customer allows it, by the terms that hold when it comes.
static unsigned unwanted(fold_t *self, const fold_invoice_t *invoice, int64_t amount)
{
    const fold_request_t *request = invoice->request ? fold_request(self, invoice->request) : NULL;
    const fold_mandate_t *mandate = fold_mandate(self, &invoice->mandate);
    const fold_list_t *mandates = &self->payment.mandates;
    const fold_mandate_t *last = mandates->rows;
    int64_t sum;
    if (!request || !mandate)
        return 0;
    for (size_t i = mandates->count; !mandate->live && mandate->revoked == REVOKE_REPLACED; i--)
        if (last[i - 1].account == invoice->account) {
            mandate = &last[i - 1];
            break;
        }
    if (!mandate->live)
        return UNWANTED_REVOKED;
    uint64_t count = fold_paid(self, invoice->account, request->month, &sum);
    return count + 1 > mandate->count_max || sum + amount > mandate->sum_max ? UNWANTED_ABOVE : 0;
}

// I21: what its customer does not allow is said to be so, and nothing else.
static void fold_unwanted(world_t *world, const event_payment_unwanted_t *e)
{
    fold_invoice_t *invoice = known_invoice(world, e->invoice);
    if (e->why != invoice->unwanted || e->amount != invoice->succeeded || invoice->unwanted_said)
        world_violate(world, "I21",
                      "invoice %" PRIu64 " is said to be unwanted: %" PRIu64 ", and is so: %u",
                      e->invoice, e->why, invoice->unwanted);
    invoice->unwanted_said = true;
    if (!e->kept)
        world_reach(world, e->why == UNWANTED_ABOVE ? REACH_REFUND_ABOVE : REACH_REFUND_REVOKED);
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
    if (e->evidence != EVIDENCE_OPERATOR && e->amount != invoice->amount)
        world_violate(world, "I3", "invoice %" PRIu64 " credited with another amount", e->invoice);
    invoice->unwanted = unwanted(self, invoice, e->amount);
    invoice->succeeded = e->amount;
    invoice->credit = sequence;
    self->accounts[invoice->account].credit = sequence;
    *(fold_fact_t *)fold_add(&self->payment.credits, sizeof(fold_fact_t)) = (fold_fact_t){
        .sequence = sequence, .amount = e->amount, .left = e->amount, .number = e->invoice};
    if (e->after)
        world_reach(world, REACH_AFTER_DECLINE);
    if (e->evidence == EVIDENCE_STATE)
        world_reach(world, REACH_BY_STATE);
    fold_request_t *request = e->request ? fold_request(self, e->request) : NULL;
    if (request) {
        request->answered++;
        request->ever_answered = true;
    }
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
    if (request)
        request->ever_answered = true;
}

static void add_terms(world_t *world, fold_mandate_t *mandate, uint64_t sequence)
{
    *(fold_terms_t *)fold_add(&mandate->terms, sizeof(fold_terms_t)) =
        (fold_terms_t){sequence, mandate->count_max, mandate->sum_max, world->now};
}

static void fold_consented(world_t *world, const event_mandate_consented_t *e, uint64_t sequence)
{
    fold_mandate_t *mandate = fold_add(&world->fold.payment.mandates, sizeof *mandate);
    *mandate = (fold_mandate_t){.id = e->mandate,
                                .account = fold_account_of(world, &e->account),
                                .amount = e->amount,
                                .sum_max = e->sum_max,
                                .count_max = e->count_max,
                                .credit = e->credit,
                                .live = true};
    add_terms(world, mandate, sequence);
    world_reach(world, REACH_LINKED);
}

static void fold_refunded(world_t *world, const event_t *event)
{
    const event_mandate_refunded_t *e = &event->mandate_refunded;
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    const fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    if (!mandate || !mandate->live || event->cause.stream != STREAM_LEDGER)
        world_violate(world, "I12",
                      "a refund is told of what is no live mandate, or of no posting");
    if (account->refund <= event->cause.sequence)
        account->refund = 0;
    if (account->refund_told < event->cause.sequence)
        account->refund_told = event->cause.sequence;
    account->refunded = true;
    account->refunded_mandate = e->mandate;
    world_reach(world, REACH_REFUNDED);
}

static void fold_changed(world_t *world, const event_mandate_changed_t *e, uint64_t sequence)
{
    fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    world_reach(world, REACH_CHANGED);
    if (!mandate)
        return;
    mandate->count_max = e->count_max;
    mandate->sum_max = e->sum_max;
    add_terms(world, mandate, sequence);
    const fold_account_t *account = &world->fold.accounts[mandate->account];
    const fold_request_t *open = account->open ? fold_request(&world->fold, account->open) : NULL;
    int64_t sum;
    if (open && fold_paid(&world->fold, mandate->account, open->month, &sum) >= e->count_max)
        world_reach(world, REACH_LOWERED_IN_FLIGHT);
}

static void fold_revoked(world_t *world, const event_mandate_revoked_t *e)
{
    if (e->why == REVOKE_CHARGEBACK)
        world_reach(world, REACH_CHARGED_BACK);
    world->fold.accounts[fold_account_of(world, &e->account)].refund = 0; // nothing to tell of
    fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    world_reach(world, e->why == REVOKE_REPLACED ? REACH_RELINKED : REACH_REVOKED);
    if (!mandate)
        return; // a ticket that was not paid yet
    mandate->live = false;
    mandate->revoked = e->why;
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
        if (event->payment_unknown.why == UNKNOWN_RESTART)
            world_reach(world, REACH_UNKNOWN_RESTART);
        break;
    case EVENT_payment_unwanted:
        fold_unwanted(world, &event->payment_unwanted);
        break;
    case EVENT_payment_mismatch: {
        if (event->payment_mismatch.what == MISMATCH_SECOND)
            break;
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
        fold_consented(world, &event->mandate_consented, sequence);
        break;
    case EVENT_mandate_changed:
        fold_changed(world, &event->mandate_changed, sequence);
        break;
    case EVENT_mandate_refunded:
        fold_refunded(world, event);
        break;
    case EVENT_mandate_revoked:
        fold_revoked(world, &event->mandate_revoked);
        break;
    default:
        fold_refunds_payment(world, event);
        break;
    }
}
