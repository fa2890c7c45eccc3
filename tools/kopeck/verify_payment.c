#include "tools/kopeck/verify_payment.h"

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account, mandate;
    kopecks_t amount;
    uint64_t kind, request, attempts;
    bool succeeded, declined, expired;
} invoice_t;

typedef struct {
    uid_t16 id, account;
    uint64_t count_max;
    kopecks_t sum_max;
    bool consented, revoked;
} mandate_t;

typedef struct {
    uid_t16 key; // made of its sequence
    uid_t16 account, mandate;
    kopecks_t amount;
    uint64_t sequence;
    bool known; // said by autopay
    bool created, declined, succeeded;
} request_row_t;

void verify_payment_init(verify_payment_t *self, verify_report_t *report, uint64_t requests_last)
{
    *self = (verify_payment_t){.report = report, .requests_last = requests_last};
    table_init(&self->invoices, sizeof(invoice_t));
    table_init(&self->mandates, sizeof(mandate_t));
    table_init(&self->requests, sizeof(request_row_t));
}

void verify_payment_release(verify_payment_t *self)
{
    table_release(&self->invoices);
    table_release(&self->mandates);
    table_release(&self->requests);
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
    same(self, "payment: charged under the mandate requested", sequence, &request->mandate,
         &created->mandate);
}

static void check_created(verify_payment_t *self, uint64_t sequence,
                          const event_payment_created_t *created)
{
    uid_t16 key = table_key(created->invoice, 1);
    bool fresh = !find(&self->invoices, &key);
    that(self, "payment: invoice numbers grow and are used once", sequence,
         fresh && created->invoice > self->invoice, "a number above all before",
         (int64_t)created->invoice);
    that(self, "payment: amounts are more than zero", sequence, created->amount > 0, "1 or more",
         created->amount);
    that(self, "payment: charges have a request, top-ups none", sequence,
         (created->kind == PAYMENT_KIND_AUTOPAY && created->request) ||
             (created->kind == PAYMENT_KIND_TOPUP && !created->request),
         "kind 1 without, kind 2 with a request", (int64_t)created->kind);
    self->invoice = created->invoice;
    invoice_t *invoice = find_or_insert(&self->invoices, &key);
    invoice->account = created->account;
    invoice->mandate = created->mandate;
    invoice->amount = created->amount;
    invoice->kind = created->kind;
    invoice->request = created->request;
    check_charge(self, sequence, created);
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
}

enum { EVIDENCE_BY_OPERATOR = 4 };

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
    if (succeeded->evidence != EVIDENCE_BY_OPERATOR)
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
    if (request)
        request->succeeded = true;
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
    mandate->count_max = consented->count_max;
    mandate->sum_max = consented->sum_max;
    mandate->consented = true;
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
}

static void check_revoked(verify_payment_t *self, uint64_t sequence,
                          const event_mandate_revoked_t *revoked)
{
    mandate_t *mandate = find_or_insert(&self->mandates, &revoked->mandate);
    that(self, "payment: a mandate is revoked once", sequence, !mandate->revoked,
         "a mandate not revoked before", (int64_t)revoked->why);
    mandate->revoked = true;
}

void verify_payment_feed(verify_payment_t *self, uint64_t sequence, const event_t *event)
{
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
        check_revoked(self, sequence, &event->mandate_revoked);
        break;
    default:
        break;
    }
}

uint64_t verify_payment_finish(verify_payment_t *self, bool settled)
{
    self->open = 0;
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
