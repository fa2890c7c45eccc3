#include "services/payment/payment_state.h"
#include "proto/month.h"
#include "proto/payment_number.h"
#include "services/payment/payment_forget.h"
#include "services/payment/payment_promo.h"
#include "services/payment/payment_work.h"
#include <assert.h>
#include <stdlib.h>

void *payment_state_create(const void *settings)
{
    const char *detail;
    assert(payment_settings_check(settings, &detail) == FAIL_NONE);
    payment_state_t *self = calloc(1, sizeof *self);
    assert(self);
    self->work = calloc(1, sizeof *self->work);
    assert(self->work);
    self->refunds = calloc(1, sizeof *self->refunds);
    self->receipts = calloc(1, sizeof *self->receipts);
    assert(self->refunds && self->receipts);
    payment_refunds_init(self->refunds);
    payment_receipts_init(self->receipts);
    self->settings = settings;
    table_init(&self->invoices, sizeof(invoice_t));
    table_init(&self->accounts, sizeof(payment_account_t));
    table_init(&self->mandates, sizeof(mandate_t));
    promo_state_init(&self->promo);
    promo_accounts_init(&self->opened);
    return self;
}

void payment_state_destroy(void *state)
{
    payment_state_t *self = state;
    if (!self)
        return;
    payment_agenda_release(&self->work->charges);
    payment_agenda_release(&self->work->questions);
    payment_agenda_release(&self->work->judgements);
    table_release(&self->invoices);
    table_release(&self->accounts);
    table_release(&self->mandates);
    promo_state_release(&self->promo);
    promo_accounts_release(&self->opened);
    payment_refunds_release(self->refunds);
    payment_receipts_release(self->receipts);
    free(self->refunds);
    free(self->receipts);
    free(self->work);
    free(self);
}

static invoice_t *find_invoice(const payment_state_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->invoices, &key);
    return row == TABLE_NONE ? NULL : invoice_at(self, row);
}

const invoice_t *payment_state_invoice(const payment_state_t *self, uint64_t number)
{
    return find_invoice(self, number);
}

const payment_account_t *payment_state_account(const payment_state_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->accounts, account);
    return row == TABLE_NONE ? NULL : account_at(self, row);
}

const mandate_t *payment_state_mandate(const payment_state_t *self,
                                       const payment_account_t *account)
{
    return account && account->mandate ? table_row(&self->mandates, account->mandate - 1) : NULL;
}

const invoice_t *payment_state_ticket(const payment_state_t *self, const payment_account_t *account)
{
    const invoice_t *ticket =
        account && account->ticked ? invoice_at(self, account->ticked - 1) : NULL;
    return ticket && ticket->born > account->consented ? ticket : NULL;
}

static uint32_t account_row(payment_state_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->accounts, account);
    return row == TABLE_NONE ? table_insert(&self->accounts, account) : row;
}

static uint32_t mandate_row(payment_state_t *self, const uid_t16 *mandate)
{
    uint32_t row = table_find(&self->mandates, mandate);
    return row == TABLE_NONE ? table_insert(&self->mandates, mandate) : row;
}

// --- apply ---

static void count_state(payment_state_t *self, const invoice_t *invoice, bool in)
{
    payment_account_t *account = account_at(self, invoice->account);
    int by = in ? 1 : -1;
    bool topup = invoice->kind == PAYMENT_KIND_TOPUP;
    if (!invoice_is_closed(invoice)) {
        self->open += by;
        account->topups_open += topup ? by : 0;
    }
    self->unknown += invoice->state == PAYMENT_UNKNOWN ? by : 0;
    self->mismatched += invoice->state == PAYMENT_MISMATCHED ? by : 0;
    account->topups_pending += topup && invoice->state == PAYMENT_PENDING ? by : 0;
}

static void enter(payment_state_t *self, invoice_t *invoice, invoice_state_t state)
{
    count_state(self, invoice, false);
    invoice->state = (uint8_t)state;
    count_state(self, invoice, true);
}

static void close_invoice(payment_state_t *self, invoice_t *invoice, invoice_state_t state)
{
    payment_account_t *account = account_at(self, invoice->account);
    enter(self, invoice, state);
    invoice->orphan = false;
    if (account->charge == invoice_row(self, invoice) + 1)
        account->charge = 0;
    payment_work_drop(self, invoice);
}

// From now on the invoice is asked about.
static void wait_for_evidence(payment_state_t *self, invoice_t *invoice, invoice_state_t state,
                              instant_t now)
{
    uint32_t row = invoice_row(self, invoice);
    enter(self, invoice, state);
    invoice->orphan = false;
    invoice->asked = now;
    payment_agenda_remove(&self->work->charges, row);
    payment_agenda_set(&self->work->questions, row, payment_work_next_question(invoice, now));
    payment_work_plan(self, invoice);
}

static void apply_created(payment_state_t *self, const event_payment_created_t *e, instant_t at,
                          uint64_t sequence)
{
    uid_t16 key = table_key(e->invoice, 0);
    if (table_find(&self->invoices, &key) != TABLE_NONE)
        return; // only a journal that is not ours could take a number twice
    if (!payment_number_is_old(e->invoice) && e->invoice > self->number)
        self->number = e->invoice;
    uint32_t account_number = account_row(self, &e->account);
    uint32_t row = table_insert(&self->invoices, &key);
    payment_account_t *account = account_at(self, account_number);
    invoice_t *invoice = invoice_at(self, row);
    invoice->token = e->token;
    invoice->mandate = e->mandate;
    invoice->amount = e->amount;
    invoice->sum_max = e->sum_max;
    invoice->request = e->request;
    invoice->parent = e->parent;
    invoice->created = invoice->opened = invoice->asked = at;
    invoice->expires = e->expires;
    invoice->month = e->month;
    if (e->kind == PAYMENT_KIND_AUTOPAY && !e->month) // of a journal from before it was said
        invoice->month = month_of(e->expires - PAYMENT_REQUEST_AGE_US);
    invoice->account = account_number;
    invoice->born = sequence;
    chain_append(&account->invoices, payment_state_of_account(self), row + 1);
    chain_append(&self->order, payment_state_in_order(self), row + 1);
    invoice->count_max = (uint32_t)e->count_max;
    invoice->kind = (uint8_t)e->kind;
    invoice->state = PAYMENT_CREATED;
    count_state(self, invoice, true);
    if (e->kind == PAYMENT_KIND_AUTOPAY) {
        invoice->credit = account->credit;
        account->charge = row + 1;
        payment_agenda_set(&self->work->judgements, row, at); // unless it is sent at once
        return;
    }
    if (e->count_max > 0)
        account->ticked = row + 1;
    payment_agenda_set(&self->work->questions, row, payment_work_next_question(invoice, at));
    payment_work_plan(self, invoice);
}

static void apply_sent(payment_state_t *self, invoice_t *invoice, uint64_t attempt, instant_t at)
{
    if (invoice->state != PAYMENT_SENT)
        invoice->opened = at;
    enter(self, invoice, PAYMENT_SENT);
    invoice->attempt = (uint32_t)attempt;
    payment_agenda_set(&self->work->charges, invoice_row(self, invoice), at);
    payment_work_plan(self, invoice);
}

// A top-up is pending only while money is under way; a payer who looked at the page and left has
// paid nothing.
static void apply_checked(payment_state_t *self, invoice_t *invoice,
                          const event_payment_checked_t *e, instant_t at)
{
    invoice->result = (uint16_t)e->result;
    invoice->state_code = (uint16_t)e->state;
    invoice->checked = at;
    bool exists = e->result == ROBOKASSA_RESULT_OK && e->state;
    bool money = exists && e->state != ROBOKASSA_STATE_STARTED;
    invoice_state_t state = (invoice_state_t)invoice->state;
    if (invoice->kind == PAYMENT_KIND_TOPUP)
        state = money ? PAYMENT_PENDING : PAYMENT_CREATED;
    else if (exists)
        state = PAYMENT_PENDING;
    if (state == invoice->state)
        return;
    if (invoice->kind == PAYMENT_KIND_TOPUP)
        invoice->opened = at;
    enter(self, invoice, state);
    payment_work_plan(self, invoice);
}

static void apply_mismatch(payment_state_t *self, invoice_t *invoice,
                           const event_payment_mismatch_t *e)
{
    invoice->received = e->received;
    invoice->mismatch = (uint8_t)e->what;
    payment_work_drop(self, invoice);
    self->second += e->what == MISMATCH_SECOND;
    if (invoice_is_closed(invoice))
        return;
    enter(self, invoice, PAYMENT_MISMATCHED);
    invoice->orphan = false;
}

static void apply_consented(payment_state_t *self, const event_mandate_consented_t *e)
{
    uint32_t account_number = account_row(self, &e->account);
    uint32_t row = mandate_row(self, &e->mandate);
    const invoice_t *parent = find_invoice(self, e->parent);
    mandate_t *mandate = table_row(&self->mandates, row);
    payment_account_t *account = account_at(self, account_number);
    self->mandates_live += !mandate->live;
    mandate->parent = e->parent;
    mandate->amount = e->amount;
    mandate->sum_max = e->sum_max;
    mandate->count_max = (uint32_t)e->count_max;
    mandate->credit = e->credit;
    mandate->account = account_number;
    mandate->live = true;
    account->mandate = row + 1;
    if (parent)
        account->consented = parent->born;
}

static void apply_revoked(payment_state_t *self, const event_mandate_revoked_t *e,
                          uint64_t sequence)
{
    uint32_t row = table_find(&self->mandates, &e->mandate);
    if (row != TABLE_NONE) {
        mandate_t *mandate = table_row(&self->mandates, row);
        self->mandates_live -= mandate->live;
        mandate->live = false;
        mandate->why = (uint8_t)e->why;
    }
    // A refusal also stands against the ticked top-ups that were begun before it.
    if (e->why != REVOKE_REPLACED)
        account_at(self, account_row(self, &e->account))->consented = sequence;
}

static void apply_changed(payment_state_t *self, const event_mandate_changed_t *e)
{
    uint32_t row = table_find(&self->mandates, &e->mandate);
    if (row == TABLE_NONE)
        return;
    mandate_t *mandate = table_row(&self->mandates, row);
    mandate->count_max = (uint32_t)e->count_max;
    mandate->sum_max = e->sum_max;
    uint32_t charge = account_at(self, mandate->account)->charge;
    if (charge)
        invoice_at(self, charge - 1)->lowered = true;
}

// The lost journal has gone on: what waits here it may have sent, and numbers it has given. The
// name is the time of the restore, which the clock of a process that starts with an old journal is
// not.
static void put_back(payment_state_t *self, uint64_t epoch, instant_t at, uint64_t sequence)
{
    uint64_t number = payment_number_of_epoch(epoch);
    instant_t named = number ? payment_number_time(number) : 0;
    self->put_back = at > named ? at : named;
    self->common = sequence - 1;
    self->suspects = true;
    self->number = number > self->number ? number : self->number;
    payment_work_end_doubt(self);
    payment_work_begin_doubt(self);
    payment_refunds_put_back(self->refunds);
    for (uint32_t i = 0; i < self->accounts.count; i++) {
        uint32_t charge = account_at(self, i)->charge;
        if (!charge || invoice_at(self, charge - 1)->state != PAYMENT_CREATED)
            continue;
        invoice_at(self, charge - 1)->orphan = true;
        payment_agenda_set(&self->work->judgements, charge - 1, 0);
    }
}

// Another process begins: what the one before was to send may have left or not.
static void apply_booted(payment_state_t *self, uint64_t epoch, instant_t at, uint64_t sequence)
{
    if (self->epoch && epoch != self->epoch)
        put_back(self, epoch, at, sequence);
    else if (at >= self->put_back + PAYMENT_DOUBT_MAX_US)
        payment_work_end_doubt(self);
    self->epoch = epoch;
    payment_refunds_booted(self->refunds);
    payment_agenda_t *charges = &self->work->charges;
    for (uint32_t row; (row = payment_agenda_take(charges)) != HEAP_NONE;) {
        invoice_at(self, row)->orphan = true;
        payment_agenda_set(&self->work->judgements, row, 0);
    }
}

static void apply_refund(payment_state_t *self, const event_t *event)
{
    const event_refund_requested_t *e = &event->refund_requested;
    invoice_t *invoice = find_invoice(self, e->invoice);
    if (!invoice)
        return; // only a journal that is not ours refunds what is no payment
    self->number = e->refund > self->number ? e->refund : self->number;
    payment_refunds_begin(self->refunds, event, invoice_row(self, invoice), &invoice->refund);
}

static void place_lot(payment_state_t *self, const event_t *event)
{
    const event_lot_placed_t *e = &event->lot_placed;
    const invoice_t *invoice = find_invoice(self, e->invoice);
    kopecks_t amount = !e->amount && invoice ? invoice->credited : e->amount;
    uint32_t account = account_row(self, &e->account);
    payment_receipts_place(self->receipts, event, amount, account, invoice != NULL,
                           &account_at(self, account)->lots);
}

// True if it is one of receipts.
static bool apply_receipt(payment_state_t *self, const event_t *event)
{
    payment_receipts_t *receipts = self->receipts;
    uint32_t row;
    switch (event->type) {
    case EVENT_receipts_regime_set:
        payment_receipts_set_regime(receipts, event);
        return true;
    case EVENT_reversal_owed:
        account_at(self, account_row(self, &event->reversal_owed.account))->lots.reversal = true;
        return true;
    case EVENT_lot_placed:
        place_lot(self, event);
        return true;
    default:
        row = payment_receipts_row(receipts, event);
        if (row == TABLE_NONE)
            return false;
        payment_contacts_drop_of(&self->work->contacts, receipted_at(receipts, row)->account);
        payment_receipts_apply(receipts, row, event,
                               &account_at(self, receipted_at(receipts, row)->account)->lots);
        return true;
    }
}

static void apply_payment(payment_state_t *self, const event_t *event, uint64_t sequence)
{
    // These nine begin with the invoice.
    bool is_one = event->type >= EVENT_payment_sent && event->type <= EVENT_payment_expired;
    invoice_t *invoice = is_one ? find_invoice(self, event->payment_sent.invoice) : NULL;
    if (!invoice)
        return; // a decline without invoice
    instant_t at = event->at;
    switch (event->type) {
    case EVENT_payment_sent:
        apply_sent(self, invoice, event->payment_sent.attempt, at);
        break;
    case EVENT_payment_accepted:
        wait_for_evidence(self, invoice, PAYMENT_PENDING, at);
        break;
    case EVENT_payment_unknown:
        wait_for_evidence(self, invoice, PAYMENT_UNKNOWN, at);
        break;
    case EVENT_payment_succeeded:
        account_at(self, invoice->account)->credit = sequence;
        if (invoice->kind == PAYMENT_KIND_TOPUP)
            account_at(self, invoice->account)->topped_up = true;
        invoice->credited = event->payment_succeeded.amount;
        invoice->paid = sequence;
        invoice->evidence = (uint8_t)event->payment_succeeded.evidence;
        close_invoice(self, invoice, PAYMENT_SUCCEEDED);
        break;
    case EVENT_payment_declined:
        close_invoice(self, invoice, PAYMENT_DECLINED);
        break;
    case EVENT_payment_expired:
        payment_outage_give_up(&self->work->outage);
        close_invoice(self, invoice, PAYMENT_EXPIRED);
        break;
    case EVENT_payment_checked:
        apply_checked(self, invoice, &event->payment_checked, at);
        break;
    case EVENT_payment_overdue:
        invoice->level = (uint8_t)event->payment_overdue.level;
        payment_work_plan(self, invoice);
        break;
    case EVENT_payment_mismatch:
        apply_mismatch(self, invoice, &event->payment_mismatch);
        break;
    default:
        break;
    }
}

static void apply_contact(payment_state_t *self, const uid_t16 *id, bool has)
{
    uint32_t row = account_row(self, id);
    payment_account_t *account = account_at(self, row);
    self->contacts += (uint64_t)has - (uint64_t)account->contact;
    account->contact = has;
    payment_contacts_drop_of(&self->work->contacts, row);
}

// True if it is one of promo codes.
static bool apply_promo(payment_state_t *self, const event_t *event)
{
    promo_event_t promo;
    if (!payment_promo_read(event, &promo))
        return false;
    promo_state_apply(&self->promo, &promo);
    return true;
}

void payment_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    payment_state_t *self = state;
    self->last = sequence;
    switch (event->type) {
    case EVENT_node_booted:
        apply_booted(self, event->node_booted.epoch, event->at, sequence);
        break;
    case EVENT_node_reseeded:
        if (event->node_reseeded.stream == STREAM_LEDGER)
            payment_receipts_reseed(self->receipts, event->node_reseeded.sequence);
        break;
    case EVENT_payment_requests_resumed:
        self->suspects = false;
        break;
    case EVENT_payment_created:
        apply_created(self, &event->payment_created, event->at, sequence);
        break;
    case EVENT_mandate_consented:
        apply_consented(self, &event->mandate_consented);
        break;
    case EVENT_mandate_changed:
        apply_changed(self, &event->mandate_changed);
        break;
    case EVENT_mandate_revoked:
        apply_revoked(self, &event->mandate_revoked, sequence);
        break;
    case EVENT_refund_requested:
        apply_refund(self, event);
        break;
    case EVENT_account_noted:
        promo_accounts_apply(&self->opened, &event->account_noted);
        break;
    case EVENT_payments_forgotten:
        payment_forget_apply(self, &event->payments_forgotten, event->at);
        break;
    case EVENT_closing_noted:
        account_at(self, account_row(self, &event->closing_noted.account))->closed =
            event->closing_noted.closed;
        break;
    case EVENT_receipt_contact_set: // both begin with the account
    case EVENT_receipt_contact_erased:
        apply_contact(self, &event->receipt_contact_set.account,
                      event->type == EVENT_receipt_contact_set);
        break;
    case EVENT_payment_unwanted:
        self->unwanted++;
        self->kept += event->payment_unwanted.kept != 0;
        break;
    default:
        payment_refunds_apply(self->refunds, event);
        if (!apply_receipt(self, event) && !apply_promo(self, event))
            apply_payment(self, event, sequence);
        break;
    }
    self->stamp = event->at;
}
