#include "tools/kopeck/verify_refunds.h"

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account;
    uint64_t invoice, lot, done_at; // done_at: payment's sequence
    kopecks_t amount;
    uint32_t left, unsent;
    bool second; // of a second payment, which the ledger does not know
    bool requested, approved, sent, unknown, done, ended; // by payment
    bool noted, held, refused, gone, back;                // by the ledger
} refund_t;

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account;
    kopecks_t brought, returned;
    uint64_t credit; // payment's sequence
    uint64_t lot;    // the ledger's
    bool open;       // a refund of it is not over
} payment_t;

void verify_refunds_init(verify_refunds_t *self, verify_report_t *report)
{
    *self = (verify_refunds_t){.report = report};
    table_init(&self->refunds, sizeof(refund_t));
    table_init(&self->payments, sizeof(payment_t));
    table_init(&self->seconds, sizeof(uid_t16));
}

void verify_refunds_release(verify_refunds_t *self)
{
    table_release(&self->refunds);
    table_release(&self->payments);
    table_release(&self->seconds);
}

static void *row_of(table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    uint32_t row = table_find(table, &key);
    return table_row(table, row == TABLE_NONE ? table_insert(table, &key) : row);
}

static bool paid(verify_refunds_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds, expected, found);
}

static bool posted(verify_refunds_t *self, const char *rule, uint64_t sequence, bool holds,
                   const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds, expected, found);
}

// --- payment's journal ---

static void take_success(verify_refunds_t *self, uint64_t sequence,
                         const event_payment_succeeded_t *e)
{
    payment_t *payment = row_of(&self->payments, e->invoice);
    payment->account = e->account;
    payment->brought = e->amount;
    payment->credit = sequence;
}

// All of it, once, and because of the notice before.
static void check_second(verify_refunds_t *self, uint64_t sequence,
                         const event_refund_requested_t *e)
{
    const event_payment_mismatch_t *before = &self->unwanted.payment_mismatch;
    uid_t16 key = table_key(e->invoice, (uint64_t)e->amount);
    bool told = self->unwanted.type == EVENT_payment_mismatch && before->invoice == e->invoice &&
                before->what == MISMATCH_SECOND && before->received == e->amount && !e->partial;
    paid(self, "refunds: a second payment goes back whole, as it was told of", sequence, told,
         "payment.mismatch before it, and its sum", e->amount);
    paid(self, "refunds: a second payment goes back once", sequence,
         table_find(&self->seconds, &key) == TABLE_NONE, "one that was not asked back", e->amount);
    if (table_find(&self->seconds, &key) == TABLE_NONE)
        (void)table_insert(&self->seconds, &key);
}

static void check_requested(verify_refunds_t *self, uint64_t sequence,
                            const event_refund_requested_t *e)
{
    refund_t *refund = row_of(&self->refunds, e->refund);
    payment_t *payment = row_of(&self->payments, e->invoice);
    paid(self, "refunds: a number is given once", sequence, !refund->requested,
         "a number of no refund", (int64_t)e->refund);
    if (e->why == UNWANTED_SECOND) {
        check_second(self, sequence, e);
        refund->second = refund->requested = true;
        refund->account = e->account;
        refund->invoice = e->invoice;
        refund->amount = e->amount;
        return;
    }
    paid(self, "refunds: what goes back was paid", sequence,
         payment->credit == e->credit && uid_equal(&payment->account, &e->account),
         "a payment that succeeded, and its account", (int64_t)e->invoice);
    paid(self, "refunds: no more goes back than came", sequence,
         e->amount > 0 && e->amount <= payment->brought - payment->returned,
         "at most what is left of the payment", e->amount);
    paid(self, "refunds: one of a payment at a time", sequence, !payment->open,
         "a payment without an open refund", (int64_t)e->invoice);
    paid(self, "refunds: a part says so", sequence, e->partial == (e->amount < payment->brought),
         "partial where it is less than all", e->partial);
    const event_payment_unwanted_t *unwanted = &self->unwanted.payment_unwanted;
    bool by_itself = self->unwanted.type == EVENT_payment_unwanted && !unwanted->kept &&
                     unwanted->invoice == e->invoice && unwanted->why == e->why &&
                     e->amount == payment->brought;
    paid(self, "refunds: by itself goes back all that is not allowed, and nothing else", sequence,
         e->why ? by_itself : self->unwanted.type != EVENT_payment_unwanted || unwanted->kept,
         "payment.unwanted before it, and its sum", (int64_t)e->why);
    refund->requested = payment->open = true;
    refund->account = e->account;
    refund->invoice = e->invoice;
    refund->amount = e->amount;
}

static bool is_over(const refund_t *refund)
{
    return refund->done || refund->ended;
}

static void check_left(verify_refunds_t *self, uint64_t sequence, const event_refund_left_t *e,
                       refund_t *refund)
{
    paid(self, "refunds: held before it leaves", sequence, refund->approved,
         "a refund that was approved", (int64_t)e->refund);
    paid(self, "refunds: leaves once, unless nothing can have arrived", sequence,
         refund->left == refund->unsent && !refund->sent && !refund->unknown && !is_over(refund),
         "a refund that is here", (int64_t)e->refund);
    verify_equal(self->report, "refunds: attempts are counted", STREAM_PAYMENT, sequence,
                 (int64_t)++refund->left, (int64_t)e->attempt);
}

static void end(verify_refunds_t *self, uint64_t sequence, refund_t *refund, bool done)
{
    payment_t *payment = row_of(&self->payments, refund->invoice);
    paid(self, "refunds: what ends, ends once", sequence, !is_over(refund), "an open refund", done);
    payment->open = payment->open && refund->second;
    if (!done) {
        refund->ended = true;
        return;
    }
    payment->returned += refund->done || refund->second ? 0 : refund->amount;
    refund->done = true;
    refund->done_at = sequence;
    paid(self, "refunds: only what may have left goes back", sequence,
         refund->sent || refund->unknown, "a refund that was sent, or is unknown",
         (int64_t)refund->invoice);
}

static void check_ended(verify_refunds_t *self, uint64_t sequence, const event_refund_ended_t *e,
                        refund_t *refund)
{
    bool here = e->why == REFUND_END_SPENT || e->why == REFUND_END_UNPLACED ||
                e->why == REFUND_END_CANCELED;
    if (here)
        paid(self, "refunds: what may have left is not given up", sequence,
             refund->left == refund->unsent && !refund->unknown, "a refund that is here",
             (int64_t)e->refund);
    end(self, sequence, refund, false);
}

void verify_refunds_payment(verify_refunds_t *self, uint64_t sequence, const event_t *event)
{
    // Each of the events of a refund begins with it.
    refund_t *refund = NULL;
    if (self->unwanted.type == EVENT_payment_unwanted && !self->unwanted.payment_unwanted.kept)
        paid(self, "refunds: what is not allowed is asked back", sequence,
             event->type == EVENT_refund_requested, "refund.requested", (int64_t)event->type);
    if (event->type == EVENT_payment_succeeded)
        take_success(self, sequence, &event->payment_succeeded);
    else if (event->type == EVENT_refund_requested)
        check_requested(self, sequence, &event->refund_requested);
    else if (event->type == EVENT_refund_done || event->type == EVENT_refund_ended ||
             (event->type >= EVENT_refund_approved && event->type <= EVENT_refund_unknown))
        refund = row_of(&self->refunds, event->refund_done.refund);
    bool tells = event->type == EVENT_payment_unwanted || event->type == EVENT_payment_mismatch;
    self->unwanted = tells ? *event : (event_t){0};
    if (!refund || !paid(self, "refunds: asked for before anything else", sequence,
                         refund->requested, "a refund that was asked for", 0))
        return;
    switch (event->type) {
    case EVENT_refund_approved:
        paid(self, "refunds: approved by the ledger", sequence,
             !refund->approved && (event->cause.stream == STREAM_LEDGER) == !refund->second,
             "once, because of an event of the ledger; of a second payment at once",
             (int64_t)event->cause.stream);
        refund->approved = true;
        break;
    case EVENT_refund_left:
        check_left(self, sequence, &event->refund_left, refund);
        break;
    case EVENT_refund_unsent:
        refund->unsent++;
        break;
    case EVENT_refund_sent:
        refund->sent = true;
        break;
    case EVENT_refund_unknown:
        refund->unknown = true;
        break;
    case EVENT_refund_done:
        end(self, sequence, refund, true);
        break;
    default:
        check_ended(self, sequence, &event->refund_ended, refund);
        break;
    }
}

// --- the ledger's journal ---

static bool is_before(const verify_refunds_t *self, uint64_t sequence, posting_kind_t kind,
                      const refund_t *refund, kopecks_t amount)
{
    const event_posted_t *e = &self->before.posted;
    return self->before_sequence == sequence - 1 && e->kind == kind && e->amount == amount &&
           posting_payment_number(&e->reference) == refund->invoice;
}

static void check_noted(verify_refunds_t *self, uint64_t sequence, const event_refund_noted_t *e)
{
    refund_t *refund = row_of(&self->refunds, e->refund);
    posted(self, "refunds: a second payment is none of the ledger's", sequence, !refund->second,
           "a refund of what it credited", (int64_t)e->refund);
    posted(self, "refunds: noted once", sequence, !refund->noted, "a refund not noted before",
           (int64_t)e->refund);
    if (refund->requested)
        posted(self, "refunds: noted as it was asked for", sequence,
               refund->amount == e->amount && refund->invoice == e->invoice &&
                   uid_equal(&refund->account, &e->account),
               "the request's payment, account and amount", e->amount);
    refund->noted = true;
    refund->account = e->account;
    refund->invoice = e->invoice;
    refund->amount = e->amount;
}

static void check_held(verify_refunds_t *self, uint64_t sequence, const event_refund_held_t *e)
{
    refund_t *refund = row_of(&self->refunds, e->refund);
    const payment_t *payment = row_of(&self->payments, refund->invoice);
    bool open = refund->noted && !refund->held && !refund->refused && !refund->gone;
    posted(self, "refunds: held once, as noted", sequence, open && refund->amount == e->amount,
           "a refund that is noted", e->amount);
    posted(self, "refunds: held by the posting before", sequence,
           is_before(self, sequence, POSTING_HOLD, refund, e->amount) &&
               self->before.posted.lot == e->lot,
           "its posting, with its lot", (int64_t)e->lot);
    if (payment->lot) // from before there were references nothing is known
        posted(self, "refunds: held of the lot that its payment is", sequence,
               payment->lot == e->lot, "the posting that credited the payment", (int64_t)e->lot);
    refund->held = true;
    refund->lot = e->lot;
}

static void check_settled(verify_refunds_t *self, uint64_t sequence,
                          const event_refund_settled_t *e)
{
    refund_t *refund = row_of(&self->refunds, e->refund);
    const event_posted_t *before = &self->before.posted;
    bool held = refund->held && !refund->gone && !refund->back;
    if (!refund->noted && !refund->requested)
        refund->invoice = posting_payment_number(&before->reference); // unheard of until now
    posted(self, "refunds: settled once", sequence, !refund->gone && !(refund->back && !e->left),
           "a refund that was not settled so", (int64_t)e->refund);
    posted(self, "refunds: settled as it was held", sequence,
           e->held == held && (!e->held || e->amount == refund->amount),
           "held where it was, and all of it", e->amount);
    bool said = e->amount == 0 && !e->left && !e->held;
    if (e->left)
        said = is_before(self, sequence, POSTING_REFUND, refund, e->amount) &&
               (!e->held || (before->debit == SYSTEM_REFUNDS && before->credit == SYSTEM_CLEARING));
    else if (e->held)
        said = is_before(self, sequence, POSTING_RELEASE, refund, e->amount) &&
               before->lot == refund->lot;
    posted(self, "refunds: settled by the posting before", sequence, said, "its posting",
           e->amount);
    *(e->left ? &refund->gone : &refund->back) = true;
}

// A posting that holds or gives back is said to be one by the event behind it.
static void check_said(verify_refunds_t *self, const event_t *event)
{
    uint64_t kind = self->before_sequence ? self->before.posted.kind : 0;
    if (kind == POSTING_HOLD)
        posted(self, "refunds: a hold is a refund's", self->before_sequence,
               event->type == EVENT_refund_held, "refund.held behind it", (int64_t)event->type);
    else if (kind == POSTING_RELEASE && event->type != EVENT_account_restored)
        posted(self, "refunds: a release is a refund's", self->before_sequence,
               event->type == EVENT_refund_settled, "refund.settled behind it",
               (int64_t)event->type);
}

static void remember(verify_refunds_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    bool credits = event->type == EVENT_posted && e->credit >= SYSTEM_END &&
                   event->cause.stream == STREAM_PAYMENT &&
                   (e->kind == POSTING_TOPUP || e->kind == POSTING_AUTOPAY);
    uint64_t number = credits ? posting_payment_number(&e->reference) : 0;
    if (number)
        ((payment_t *)row_of(&self->payments, number))->lot = sequence;
    // account.restored stands between a posting and what is said of it.
    if (event->type == EVENT_posted) {
        self->before = *event;
        self->before_sequence = sequence;
    } else if (event->type == EVENT_account_restored && self->before_sequence)
        self->before_sequence = sequence;
    else
        self->before_sequence = 0;
}

void verify_refunds_ledger(verify_refunds_t *self, uint64_t sequence, const event_t *event)
{
    check_said(self, event);
    switch (event->type) {
    case EVENT_refund_noted:
        check_noted(self, sequence, &event->refund_noted);
        break;
    case EVENT_refund_held:
        check_held(self, sequence, &event->refund_held);
        break;
    case EVENT_refund_refused: {
        refund_t *refund = row_of(&self->refunds, event->refund_refused.refund);
        posted(self, "refunds: refused once, as noted", sequence,
               refund->noted && !refund->held && !refund->refused && !refund->gone,
               "a refund that is noted", 0);
        refund->refused = true;
        break;
    }
    case EVENT_refund_settled:
        check_settled(self, sequence, &event->refund_settled);
        break;
    default:
        break;
    }
    remember(self, sequence, event);
}

void verify_refunds_finish(verify_refunds_t *self, bool settled)
{
    for (uint32_t i = 0; settled && i < self->refunds.count; i++) {
        const refund_t *refund = table_row(&self->refunds, i);
        if (refund->second)
            continue;
        if (refund->done)
            paid(self, "refunds: what went back left the ledger", refund->done_at, refund->gone,
                 "refund.settled", refund->amount);
        if (refund->requested && refund->ended)
            paid(self, "refunds: what did not go back is held no more", refund->done_at,
                 !refund->held || refund->back || refund->gone, "refund.settled", refund->amount);
    }
}
