#include "services/documents/documents_state.h"
#include "services/documents/day.h"
#include "services/documents/documents_row.h"
#include "proto/month.h"
#include <assert.h>
#include <stdlib.h>

void *documents_state_create(const void *settings)
{
    documents_state_t *self = calloc(1, sizeof *self);
    assert(self);
    if (settings)
        self->settings = *(const documents_settings_t *)settings;
    table_init(&self->accounts, sizeof(documents_account_t));
    table_init(&self->invoices, sizeof(documents_invoice_t));
    table_init(&self->transfers, sizeof(documents_transfer_t));
    table_init(&self->alike, sizeof(documents_alike_t));
    table_init(&self->advances, sizeof(documents_advance_t));
    table_init(&self->acts, sizeof(documents_act_t));
    return self;
}

void documents_state_destroy(void *state)
{
    documents_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    table_release(&self->invoices);
    table_release(&self->transfers);
    table_release(&self->alike);
    table_release(&self->advances);
    table_release(&self->acts);
    free(self);
}

// --- finding ---

// Day and sum stand in the event in the clear, so the likeness adds its 32 bits alone.
static uid_t16 key_of_likeness(const event_transfer_received_t *transfer)
{
    uint64_t day = (uint64_t)(transfer->booked / DAY_US);
    return table_key(transfer->alike | day << 32, (uint64_t)transfer->amount);
}

static uint64_t name_of_statement(const hash_t *statement)
{
    uint64_t name;
    memcpy(&name, statement->bytes, sizeof name);
    return name;
}

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *find_or_add(table_t *table, const uid_t16 *key)
{
    void *row = find(table, key);
    return row ? row : table_row(table, table_insert(table, key));
}

const documents_account_t *documents_state_account(const documents_state_t *self,
                                                   const uid_t16 *account)
{
    return find(&self->accounts, account);
}

const documents_invoice_t *documents_state_invoice(const documents_state_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    return find(&self->invoices, &key);
}

const documents_advance_t *documents_state_advance(const documents_state_t *self,
                                                   const uid_t16 *reference)
{
    return find(&self->advances, reference);
}

const documents_act_t *documents_state_act(const documents_state_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    return find(&self->acts, &key);
}

const documents_transfer_t *documents_state_transfer(const documents_state_t *self,
                                                     const hash_t *identity)
{
    uid_t16 key = documents_row_owner(identity);
    return find(&self->transfers, &key);
}

// Nothing is removed from them, so rows stand in the order of their events.
const documents_transfer_t *documents_state_received(const documents_state_t *self,
                                                     uint64_t sequence)
{
    uint32_t low = 0, high = self->transfers.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const documents_transfer_t *row = table_row(&self->transfers, middle);
        if (row->sequence == sequence)
            return row;
        if (row->sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool documents_state_is_alike(const documents_state_t *self,
                              const event_transfer_received_t *transfer)
{
    uid_t16 key = key_of_likeness(transfer);
    const documents_alike_t *row = find(&self->alike, &key);
    return row && row->statement != name_of_statement(&transfer->statement);
}

// --- apply ---

static void apply_registered(documents_state_t *self, const event_requisites_registered_t *e)
{
    documents_account_t *row = find_or_add(&self->accounts, &e->account);
    assert(e->inn.size == sizeof row->inn && e->kpp.size == sizeof row->kpp &&
           e->name.size <= sizeof row->name);
    memcpy(row->inn, e->inn.data, sizeof row->inn);
    memcpy(row->kpp, e->kpp.data, sizeof row->kpp);
    memcpy(row->name, e->name.data, e->name.size);
    row->name_size = (uint16_t)e->name.size;
}

static void count_issued(documents_account_t *account, instant_t at)
{
    int32_t day = (int32_t)((at + MOSCOW_OFFSET_US) / DAY_US);
    account->issued = account->day == day ? account->issued + 1 : 1;
    account->day = day;
}

static void note_invoice(documents_state_t *self, uint64_t number)
{
    self->year = (uint32_t)(number / 1000000000);
    self->serial = (uint32_t)(number / 10 % 100000000);
}

static void apply_issued(documents_state_t *self, const event_t *event)
{
    const event_invoice_issued_t *e = &event->invoice_issued;
    uint32_t row = table_find(&self->accounts, &e->account);
    uid_t16 key = table_key(e->number, 0);
    assert(row != TABLE_NONE && e->inn.size == DOCUMENTS_INN_DIGITS);
    documents_account_t *account = table_row(&self->accounts, row);
    uint32_t number = table_insert(&self->invoices, &key);
    documents_invoice_t *invoice = table_row(&self->invoices, number);
    invoice->amount = e->amount;
    invoice->issued = event->at;
    invoice->due = e->due;
    invoice->account = row;
    invoice->previous = account->newest;
    memcpy(invoice->inn, e->inn.data, sizeof invoice->inn);
    account->newest = number + 1;
    count_issued(account, event->at);
    note_invoice(self, e->number);
    self->put_back = false; // an older program went on, and what it gave is what there is
}

static void note_paid(documents_state_t *self, uint64_t number, uint64_t sequence)
{
    uid_t16 key = table_key(number, 0);
    documents_invoice_t *invoice = find(&self->invoices, &key);
    assert(invoice && !invoice->paid);
    invoice->paid = sequence;
    self->paid++;
}

static chain_links_t links_of(const documents_state_t *self)
{
    return (chain_links_t){self->transfers.rows + offsetof(documents_transfer_t, link),
                           sizeof(documents_transfer_t)};
}

static void apply_received(documents_state_t *self, const event_transfer_received_t *e,
                           uint64_t sequence)
{
    uid_t16 key = documents_row_owner(&e->identity), alike = key_of_likeness(e);
    uint32_t number = table_insert(&self->transfers, &key);
    documents_transfer_t *row = table_row(&self->transfers, number);
    row->sequence = sequence;
    row->identity = e->identity;
    row->amount = e->amount;
    row->booked = e->booked;
    row->invoice = e->invoice;
    row->reason = (uint8_t)e->reason;
    row->open = uid_is_zero(&e->account);
    if (row->open) {
        chain_append(&self->open, links_of(self), number + 1);
        self->open_count++;
        self->suspense += e->amount;
    } else {
        note_paid(self, e->invoice, sequence);
    }
    if (!find(&self->alike, &alike)) {
        documents_alike_t *first = table_row(&self->alike, table_insert(&self->alike, &alike));
        first->statement = name_of_statement(&e->statement);
    }
}

// Somebody said what it is.
static void close_transfer(documents_state_t *self, const hash_t *identity)
{
    uid_t16 key = documents_row_owner(identity);
    uint32_t number = table_find(&self->transfers, &key);
    assert(number != TABLE_NONE);
    documents_transfer_t *row = table_row(&self->transfers, number);
    assert(row->open);
    row->open = false;
    chain_remove(&self->open, links_of(self), number + 1);
    self->open_count--;
    self->suspense -= row->amount;
}

static void apply_assigned(documents_state_t *self, const event_transfer_assigned_t *e,
                           uint64_t sequence)
{
    close_transfer(self, &e->identity);
    if (e->invoice)
        note_paid(self, e->invoice, sequence);
}

static void apply_advance(documents_state_t *self, const event_t *event)
{
    const event_advance_issued_t *e = &event->advance_issued;
    documents_advance_t *row =
        table_row(&self->advances, table_insert(&self->advances, &e->reference));
    row->number = e->number;
    row->day = (int32_t)((event->at + MOSCOW_OFFSET_US) / DAY_US);
    self->shipment_last = e->number;
    self->put_back = false;
}

static void apply_act(documents_state_t *self, const event_t *event, uint64_t sequence)
{
    const event_act_issued_t *e = &event->act_issued;
    uint32_t account_row = table_find(&self->accounts, &e->account);
    uid_t16 key = table_key(e->number, 0);
    assert(account_row != TABLE_NONE);
    documents_account_t *account = table_row(&self->accounts, account_row);
    uint32_t number = table_insert(&self->acts, &key);
    *(documents_act_t *)table_row(&self->acts, number) =
        (documents_act_t){.key = key,
                          .invoice = e->invoice,
                          .quarter = e->quarter,
                          .sequence = sequence,
                          .amount = e->amount,
                          .vat = e->vat,
                          .issued = event->at,
                          .account = account_row,
                          .previous = account->act};
    account->act = number + 1;
    account->quarter = e->quarter;
    self->act_last = e->number;
    self->shipment_last = e->invoice;
    self->put_back = false;
}

// The name is another one where an older journal was put back.
static void apply_booted(documents_state_t *self, uint64_t epoch)
{
    self->put_back = self->put_back || (self->epoch && epoch != self->epoch);
    self->epoch = epoch;
}

static void apply_noted(documents_state_t *self, const event_numbers_noted_t *e)
{
    note_invoice(self, e->invoice);
    self->act_last = e->act;
    self->shipment_last = e->shipment;
    self->put_back = false;
}

void documents_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    switch (event->type) {
    case EVENT_node_booted:
        apply_booted(state, event->node_booted.epoch);
        break;
    case EVENT_numbers_noted:
        apply_noted(state, &event->numbers_noted);
        break;
    case EVENT_requisites_registered:
        apply_registered(state, &event->requisites_registered);
        break;
    case EVENT_invoice_issued:
        apply_issued(state, event);
        break;
    case EVENT_transfer_received:
        apply_received(state, &event->transfer_received, sequence);
        break;
    case EVENT_transfer_assigned:
        apply_assigned(state, &event->transfer_assigned, sequence);
        break;
    case EVENT_transfer_settled:
        close_transfer(state, &event->transfer_settled.identity);
        break;
    case EVENT_advance_issued:
        apply_advance(state, event);
        break;
    case EVENT_act_issued:
        apply_act(state, event, sequence);
        break;
    default:
        break;
    }
}
