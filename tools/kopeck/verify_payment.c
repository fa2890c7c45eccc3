#include "tools/kopeck/verify_payment.h"

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account, mandate;
    kopecks_t amount;
    uint64_t kind, request, attempts;
    unwanted_t unwanted; // why its customer does not allow what it brought, 0 if he does
    bool unjudged;       // nothing here says whether he does
    bool succeeded, declined, expired;
} invoice_t;

typedef struct {
    uid_t16 id, account;
    uint64_t count_max, credit; // credit: sequence of the linking top-up's money
    kopecks_t amount, sum_max;
    uint64_t why; // it was revoked
    bool consented, revoked;
} mandate_t;

// A mandate's limits from one of our events on.
typedef struct {
    uid_t16 key; // made of its sequence
    verify_terms_t terms;
} terms_t;

// An account's autopay payments that came in a month.
typedef struct {
    uid_t16 id;
    uint64_t month, count;
    kopecks_t sum;
} paid_t;

typedef struct {
    uid_t16 key; // made of its sequence
    uid_t16 account, mandate;
    kopecks_t amount;
    uint64_t sequence, month;
    bool known; // said by autopay
    bool created, declined, succeeded;
} request_row_t;

// What the ledger says of an account.
typedef struct {
    uid_t16 id;
    uint64_t credit;          // our sequence of the last money of ours that was posted
    uint64_t charged_back;    // the same, when the last chargeback came
    uint64_t charged_back_at; // the ledger's sequence of that chargeback, 0 if there was none
    uid_t16 mandate;          // the last one consented to
} account_t;

typedef struct {
    uid_t16 key; // made of the ledger's sequence
    uid_t16 account;
    bool chargeback, full_refund;
} return_t;

void verify_payment_init(verify_payment_t *self, verify_report_t *report, uint64_t requests_last,
                         uint64_t postings_last)
{
    *self = (verify_payment_t){
        .report = report, .requests_last = requests_last, .postings_last = postings_last};
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->returns, sizeof(return_t));
    table_init(&self->invoices, sizeof(invoice_t));
    table_init(&self->mandates, sizeof(mandate_t));
    table_init(&self->requests, sizeof(request_row_t));
    table_init(&self->terms, sizeof(terms_t));
    table_init(&self->paid, sizeof(paid_t));
    verify_promo_init(&self->promo, report);
}

void verify_payment_release(verify_payment_t *self)
{
    table_release(&self->invoices);
    table_release(&self->mandates);
    table_release(&self->requests);
    table_release(&self->accounts);
    table_release(&self->returns);
    table_release(&self->terms);
    table_release(&self->paid);
    verify_promo_release(&self->promo);
}

static bool equal(verify_payment_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_PAYMENT, sequence, expected, found);
}

static bool that(verify_payment_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds, expected, found);
}

static bool same(verify_payment_t *self, const char *rule, uint64_t sequence,
                 const uid_t16 *expected, const uid_t16 *found)
{
    return verify_same(self->report, rule, STREAM_PAYMENT, sequence, expected, found);
}

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *find_or_insert(table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    if (row == TABLE_NONE)
        row = table_insert(table, key);
    return table_row(table, row);
}

static invoice_t *find_invoice(verify_payment_t *self, uint64_t sequence, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    invoice_t *invoice = find(&self->invoices, &key);
    that(self, "payment: invoices are created before use", sequence, invoice != NULL,
         "the number of a created invoice", (int64_t)number);
    return invoice;
}

// --- autopay's requests ---

static request_row_t *request_of(verify_payment_t *self, uint64_t sequence)
{
    uid_t16 key = table_key(sequence, 1);
    request_row_t *request = find_or_insert(&self->requests, &key);
    request->sequence = sequence;
    return request;
}

void verify_payment_request(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type != EVENT_autopay_payment_requested)
        return;
    request_row_t *request = request_of(self, sequence);
    request->known = true;
    request->account = event->autopay_payment_requested.account;
    request->mandate = event->autopay_payment_requested.mandate;
    request->amount = event->autopay_payment_requested.amount;
    request->month = event->autopay_payment_requested.month;
}

// --- the ledger's postings ---

// The ledger goes on behind that event of a journal of ours that was put back: ours beyond it come
// later than all that it has posted.
static void take_reseed(verify_payment_t *self, uint64_t last)
{
    for (uint32_t i = 0; i < self->accounts.count; i++) {
        account_t *account = table_row(&self->accounts, i);
        account->credit = account->credit > last ? last : account->credit;
        account->charged_back = account->charged_back > last ? last : account->charged_back;
    }
}

void verify_payment_posting(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == STREAM_PAYMENT)
        take_reseed(self, event->node_reseeded.sequence);
    if (event->type != EVENT_posted || uid_is_zero(&posted->account))
        return;
    bool taken = posted->debit >= SYSTEM_END;
    bool chargeback = taken && posted->kind == POSTING_CHARGEBACK;
    bool refund = taken && (posted->kind == POSTING_REFUND || posted->kind == POSTING_HOLD);
    if (event->cause.stream != STREAM_PAYMENT && !chargeback && !refund)
        return;
    account_t *account = find_or_insert(&self->accounts, &posted->account);
    if (event->cause.stream == STREAM_PAYMENT && posted->kind != POSTING_BONUS)
        account->credit = event->cause.sequence;
    if (chargeback) {
        account->charged_back = account->credit;
        account->charged_back_at = sequence;
    }
    if (!chargeback && !refund)
        return;
    uid_t16 key = table_key(sequence, 1);
    return_t *given = find_or_insert(&self->returns, &key);
    given->account = posted->account;
    given->chargeback = chargeback;
    given->full_refund = refund && posted->cash <= 0;
}

// What was said because of a posting: that posting, NULL when it is not known here.
static const return_t *posting_of(verify_payment_t *self, const event_t *event)
{
    uid_t16 key = table_key(event->cause.sequence, 1);
    bool known = event->cause.stream == STREAM_LEDGER && event->cause.sequence &&
                 event->cause.sequence <= self->postings_last;
    return known ? find(&self->returns, &key) : NULL;
}

// Can the posting be looked up that this event names as its cause?
static bool has_posting(const verify_payment_t *self, const event_t *event)
{
    return event->cause.stream == STREAM_LEDGER && event->cause.sequence <= self->postings_last;
}

// The request that payment speaks of; NULL for a top-up's.
static request_row_t *answered(verify_payment_t *self, uint64_t sequence, uint64_t number,
                               const uid_t16 *account)
{
    if (number == 0)
        return NULL;
    request_row_t *request = request_of(self, number);
    if (number <= self->requests_last &&
        that(self, "payment: what is answered was requested", sequence, request->known,
             "a request of autopay", (int64_t)number))
        same(self, "payment: a request is answered for its account", sequence, &request->account,
             account);
    return request;
}

// --- limits, by what this journal says of them and of the month's money ---

static paid_t *paid_in(verify_payment_t *self, const uid_t16 *account, uint64_t month)
{
    paid_t *paid = find_or_insert(&self->paid, account);
    if (paid->month < month) {
        paid->month = month;
        paid->count = 0;
        paid->sum = 0;
    }
    return paid->month == month ? paid : NULL; // an earlier month's counts no more
}

static void check_limits(verify_payment_t *self, uint64_t sequence, const invoice_t *invoice)
{
    const request_row_t *request = invoice->request ? request_of(self, invoice->request) : NULL;
    const mandate_t *mandate = find(&self->mandates, &invoice->mandate);
    if (!request || !request->known || !mandate)
        return;
    const paid_t *paid = paid_in(self, &invoice->account, request->month);
    uint64_t count = paid ? paid->count : 0;
    kopecks_t after = 0, sum = paid ? paid->sum : 0;
    that(self, "payment: the month's count is within the mandate's limit", sequence,
         count < mandate->count_max, "fewer payments this month than the limit", (int64_t)count);
    bool within = money_add(sum, invoice->amount, &after) && after <= mandate->sum_max;
    that(self, "payment: the month's sum is within the mandate's limit", sequence, within,
         "the month's sum with this payment within the limit", sum);
}

static void take_paid(verify_payment_t *self, const request_row_t *request, const uid_t16 *account,
                      kopecks_t amount)
{
    paid_t *paid = request->known ? paid_in(self, account, request->month) : NULL;
    if (!paid)
        return;
    paid->count++;
    if (!money_add(paid->sum, amount, &paid->sum))
        paid->sum = INT64_MAX; // of such amounts the ledger's checks tell
}

static void note_terms(verify_payment_t *self, uint64_t sequence, const mandate_t *mandate)
{
    uid_t16 key = table_key(sequence, 1);
    terms_t *row = find_or_insert(&self->terms, &key);
    row->terms = (verify_terms_t){.mandate = mandate->id,
                                  .amount = mandate->amount,
                                  .sum_max = mandate->sum_max,
                                  .count_max = mandate->count_max,
                                  .live = !mandate->revoked};
}

const verify_terms_t *verify_payment_terms(const verify_payment_t *self, uint64_t sequence)
{
    uid_t16 key = table_key(sequence, 1);
    const terms_t *row = find(&self->terms, &key);
    return row ? &row->terms : NULL;
}

// --- invoices ---

static void check_charge(verify_payment_t *self, uint64_t sequence,
                         const event_payment_created_t *created)
{
    request_row_t *request = answered(self, sequence, created->request, &created->account);
    if (!request)
        return;
    that(self, "payment: a request has one invoice", sequence,
         !request->created && !request->declined, "a request not answered before",
         (int64_t)created->request);
    request->created = true;
    if (!request->known)
        return;
    equal(self, "payment: charged is what was requested", sequence, request->amount,
          created->amount);
    if (created->month) // from before it was said
        equal(self, "payment: charged in the month of its request", sequence,
              (int64_t)request->month, (int64_t)created->month);
    same(self, "payment: charged under the mandate requested", sequence, &request->mandate,
         &created->mandate);
}

// Numbers of the old kind, above 2^53, come first; then those of the new kind grow from below.
static uint64_t place_of(uint64_t number)
{
    return number >> 53 ? number : number + (UINT64_C(1) << 63);
}

static void check_created(verify_payment_t *self, uint64_t sequence,
                          const event_payment_created_t *created)
{
    uid_t16 key = table_key(created->invoice, 1);
    bool fresh = !find(&self->invoices, &key);
    that(self, "payment: invoice numbers grow and are used once", sequence,
         fresh && place_of(created->invoice) > self->place, "a number above all before of its kind",
         (int64_t)created->invoice);
    that(self, "payment: amounts are more than zero", sequence, created->amount > 0, "1 or more",
         created->amount);
    that(self, "payment: with a foreign card 1000 rubles are paid at least", sequence,
         created->method != METHOD_FOREIGN_CARD || created->amount >= 100000, "1000 rubles or more",
         created->amount);
    that(self, "payment: charges have a request, top-ups none", sequence,
         (created->kind == PAYMENT_KIND_AUTOPAY && created->request) ||
             (created->kind == PAYMENT_KIND_TOPUP && !created->request),
         "a top-up without, a charge with a request", (int64_t)created->kind);
    self->place = place_of(created->invoice);
    invoice_t *invoice = find_or_insert(&self->invoices, &key);
    invoice->account = created->account;
    invoice->mandate = created->mandate;
    invoice->amount = created->amount;
    invoice->kind = created->kind;
    invoice->request = created->request;
    check_charge(self, sequence, created);
    check_limits(self, sequence, invoice);
}

static void check_sent(verify_payment_t *self, uint64_t sequence, const event_payment_sent_t *sent)
{
    invoice_t *invoice = find_invoice(self, sequence, sent->invoice);
    if (!invoice)
        return;
    const mandate_t *mandate = find(&self->mandates, &invoice->mandate);
    that(self, "payment: sent under a live mandate", sequence,
         mandate && mandate->consented && !mandate->revoked, "a mandate consented and not revoked",
         (int64_t)sent->invoice);
    that(self, "payment: nothing is sent after its outcome", sequence,
         !invoice->succeeded && !invoice->declined, "an open invoice", (int64_t)sent->invoice);
    equal(self, "payment: attempts are counted", sequence, (int64_t)++invoice->attempts,
          (int64_t)sent->attempt);
    check_limits(self, sequence, invoice);
}

// --- money that its customer does not allow ---

// By the terms that hold when it comes, before it is counted itself.
static void judge(verify_payment_t *self, invoice_t *invoice, kopecks_t amount)
{
    const request_row_t *request = request_of(self, invoice->request);
    const mandate_t *mandate = find(&self->mandates, &invoice->mandate);
    const account_t *account = find(&self->accounts, &invoice->account);
    if (mandate && mandate->revoked && mandate->why == REVOKE_REPLACED && account)
        mandate = find(&self->mandates, &account->mandate);
    bool revoked = mandate && mandate->revoked;
    const paid_t *paid = request->known ? paid_in(self, &invoice->account, request->month) : NULL;
    invoice->unjudged = !mandate || (!revoked && !paid);
    if (revoked)
        invoice->unwanted = UNWANTED_REVOKED;
    else if (!invoice->unjudged) {
        kopecks_t after;
        bool within = paid->count < mandate->count_max && money_add(paid->sum, amount, &after) &&
                      after <= mandate->sum_max;
        invoice->unwanted = within ? 0 : UNWANTED_ABOVE;
    }
}

static void check_unwanted(verify_payment_t *self, uint64_t sequence,
                           const event_payment_unwanted_t *e)
{
    const invoice_t *invoice = find_invoice(self, sequence, e->invoice);
    that(self, "payment: what is not allowed is said behind its money", sequence,
         e->invoice == self->came, "the payment that succeeded before", (int64_t)e->invoice);
    if (invoice && !invoice->unjudged)
        equal(self, "payment: money is not allowed for its reason", sequence,
              (int64_t)invoice->unwanted, (int64_t)e->why);
    self->says = true;
}

// A journal is held to it from the first event on that knows it.
static void check_said(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    uid_t16 key = table_key(self->came, 1);
    const invoice_t *invoice = self->came ? find(&self->invoices, &key) : NULL;
    if (invoice && self->says && !invoice->unjudged && invoice->unwanted)
        that(self, "payment: money that is not allowed is said to be so", sequence,
             event->type == EVENT_payment_unwanted, "payment.unwanted", (int64_t)event->type);
}

static void check_succeeded(verify_payment_t *self, uint64_t sequence,
                            const event_payment_succeeded_t *succeeded)
{
    invoice_t *invoice = find_invoice(self, sequence, succeeded->invoice);
    if (!invoice)
        return;
    that(self, "payment: money comes once for an invoice", sequence, !invoice->succeeded,
         "an invoice not credited before", (int64_t)succeeded->invoice);
    same(self, "payment: money goes to the invoice's account", sequence, &invoice->account,
         &succeeded->account);
    if (succeeded->evidence != EVIDENCE_OPERATOR && succeeded->evidence != EVIDENCE_REGISTRY)
        equal(self, "payment: what came is the invoice's amount", sequence, invoice->amount,
              succeeded->amount);
    equal(self, "payment: a success is of its invoice's kind", sequence, (int64_t)invoice->kind,
          (int64_t)succeeded->kind);
    equal(self, "payment: a success names its invoice's request", sequence,
          (int64_t)invoice->request, (int64_t)succeeded->request);
    equal(self, "payment: a late success says so", sequence, invoice->declined || invoice->expired,
          (int64_t)succeeded->after);
    invoice->succeeded = true;
    request_row_t *request = answered(self, sequence, succeeded->request, &succeeded->account);
    if (request) {
        request->succeeded = true;
        judge(self, invoice, succeeded->amount);
        take_paid(self, request, &succeeded->account, succeeded->amount);
    }
}

static void check_declined(verify_payment_t *self, uint64_t sequence,
                           const event_payment_declined_t *declined)
{
    request_row_t *request = answered(self, sequence, declined->request, &declined->account);
    if (request) {
        that(self, "payment: a request ends once", sequence,
             !request->declined && !request->succeeded, "a request without an outcome",
             (int64_t)declined->request);
        request->declined = true;
    }
    if (!declined->invoice) {
        that(self, "payment: a request without an invoice was never charged", sequence,
             request && !request->created, "a request without an invoice",
             (int64_t)declined->request);
        return;
    }
    invoice_t *invoice = find_invoice(self, sequence, declined->invoice);
    if (!invoice)
        return;
    that(self, "payment: an invoice is declined once, and not after its money came", sequence,
         !invoice->declined && !invoice->succeeded, "an open invoice", (int64_t)declined->invoice);
    equal(self, "payment: a decline names its invoice's request", sequence,
          (int64_t)invoice->request, (int64_t)declined->request);
    invoice->declined = true;
}

// --- mandates ---

static void check_consented(verify_payment_t *self, uint64_t sequence,
                            const event_mandate_consented_t *consented)
{
    mandate_t *mandate = find_or_insert(&self->mandates, &consented->mandate);
    that(self, "payment: a mandate is consented once, and not after its revocation", sequence,
         !mandate->consented && !mandate->revoked, "a new mandate", (int64_t)consented->parent);
    invoice_t *parent = find_invoice(self, sequence, consented->parent);
    if (parent) {
        that(self, "payment: consent comes with its top-up's money", sequence,
             parent->succeeded && uid_equal(&parent->account, &consented->account),
             "a paid top-up of the account", (int64_t)consented->parent);
        equal(self, "payment: consent is to the top-up's amount", sequence, parent->amount,
              consented->amount);
    }
    mandate->account = consented->account;
    mandate->amount = consented->amount;
    mandate->count_max = consented->count_max;
    mandate->sum_max = consented->sum_max;
    mandate->credit = consented->credit;
    mandate->consented = true;
    ((account_t *)find_or_insert(&self->accounts, &consented->account))->mandate =
        consented->mandate;
    note_terms(self, sequence, mandate);
}

static void check_changed(verify_payment_t *self, uint64_t sequence,
                          const event_mandate_changed_t *changed)
{
    mandate_t *mandate = find_or_insert(&self->mandates, &changed->mandate);
    that(self, "payment: only a live mandate changes", sequence,
         mandate->consented && !mandate->revoked, "a mandate consented and not revoked", 0);
    that(self, "payment: limits are only lowered", sequence,
         changed->count_max <= mandate->count_max && changed->sum_max <= mandate->sum_max,
         "limits not above those before", changed->sum_max);
    mandate->count_max = changed->count_max;
    mandate->sum_max = changed->sum_max;
    note_terms(self, sequence, mandate);
}

static void check_revoked(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    const event_mandate_revoked_t *revoked = &event->mandate_revoked;
    mandate_t *mandate = find_or_insert(&self->mandates, &revoked->mandate);
    that(self, "payment: a mandate is revoked once", sequence, !mandate->revoked,
         "a mandate not revoked before", (int64_t)revoked->why);
    mandate->revoked = true;
    mandate->why = revoked->why;
    note_terms(self, sequence, mandate);
    if (!has_posting(self, event) || revoked->why == REVOKE_CLOSED) // that is verify_closing's
        return;
    const return_t *given = posting_of(self, event);
    that(self, "payment: the ledger revokes by a chargeback of the account", sequence,
         given && given->chargeback && uid_equal(&given->account, &revoked->account) &&
             revoked->why == REVOKE_CHARGEBACK,
         "a chargeback as the cause", (int64_t)event->cause.sequence);
}

static void check_refunded(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    const event_mandate_refunded_t *refunded = &event->mandate_refunded;
    const mandate_t *mandate = find_or_insert(&self->mandates, &refunded->mandate);
    that(self, "payment: a refund is told of a live mandate", sequence,
         mandate->consented && !mandate->revoked, "a mandate consented and not revoked", 0);
    if (!has_posting(self, event))
        return;
    const return_t *given = posting_of(self, event);
    that(self, "payment: told of is a full refund of the account", sequence,
         given && given->full_refund && uid_equal(&given->account, &refunded->account),
         "a refund that left no cash as the cause", (int64_t)event->cause.sequence);
}

// What came after the money that linked the card revokes what that money brought.
static void check_charged_back(verify_payment_t *self)
{
    for (uint32_t i = 0; i < self->mandates.count; i++) {
        const mandate_t *mandate = table_row(&self->mandates, i);
        const account_t *account = find(&self->accounts, &mandate->account);
        if (!mandate->consented || !account || !account->charged_back_at)
            continue;
        that(self, "payment: a chargeback leaves no mandate live", account->charged_back_at,
             mandate->revoked || mandate->credit > account->charged_back,
             "mandates from before the chargeback revoked", (int64_t)mandate->credit);
    }
}

void verify_payment_feed(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
    verify_promo_feed(&self->promo, sequence, event);
    check_said(self, sequence, event);
    invoice_t *invoice;
    switch (event->type) {
    case EVENT_payment_created:
        check_created(self, sequence, &event->payment_created);
        break;
    case EVENT_payment_sent:
        check_sent(self, sequence, &event->payment_sent);
        break;
    case EVENT_payment_succeeded:
        check_succeeded(self, sequence, &event->payment_succeeded);
        break;
    case EVENT_payment_unwanted:
        check_unwanted(self, sequence, &event->payment_unwanted);
        break;
    case EVENT_payment_declined:
        check_declined(self, sequence, &event->payment_declined);
        break;
    case EVENT_payment_expired:
        invoice = find_invoice(self, sequence, event->payment_expired.invoice);
        if (invoice)
            invoice->expired = true;
        break;
    case EVENT_mandate_consented:
        check_consented(self, sequence, &event->mandate_consented);
        break;
    case EVENT_mandate_changed:
        check_changed(self, sequence, &event->mandate_changed);
        break;
    case EVENT_mandate_revoked:
        check_revoked(self, sequence, event);
        break;
    case EVENT_mandate_refunded:
        check_refunded(self, sequence, event);
        break;
    case EVENT_node_reseeded: // what was heard of a lost history is in none that can be read
        if (event->node_reseeded.stream == STREAM_LEDGER)
            self->postings_last = 0;
        break;
    default:
        break;
    }
    self->came = event->type == EVENT_payment_succeeded ? event->payment_succeeded.invoice : 0;
}

uint64_t verify_payment_finish(verify_payment_t *self, bool settled)
{
    self->open = 0;
    if (settled && self->postings_last)
        check_charged_back(self);
    for (uint32_t i = 0; i < self->requests.count; i++) {
        const request_row_t *request = table_row(&self->requests, i);
        bool open = !request->declined && !request->succeeded;
        self->open += open;
        if (settled)
            that(self, "payment: every request has its outcome", request->sequence, !open,
                 "a success or a decline", (int64_t)request->sequence);
    }
    return self->open;
}
