#pragma once
// documents_state - what documents knows: the fold of its journal. Companies by account, invoices
// by number, transfers by what makes them the same, advance invoices by the money's reference, acts
// by number.
//
// A company's INN, KPP and name are public; nothing else of a payer is kept.
// Memory: 720 bytes an account, 96 an invoice and an act, 112 a transfer and 40 for its likeness,
// 40 an advance invoice, up to the
// limits below; all are kept for ever, since a statement of any age may be read again.
// Ownership: documents_state_create gives, documents_state_destroy takes. Row pointers are valid
// until the next event is applied. Threads: one. Source: docs/rules.md "Matching".
#include "proto/event.h"
#include "services/base/chain.h"
#include "services/base/table.h"
#include "services/documents/documents_core.h"
#include "services/documents/invoice_number.h"

enum {
    DOCUMENTS_ACCOUNTS_MAX = 1000000,
    DOCUMENTS_INVOICES_MAX = 4000000,
    DOCUMENTS_TRANSFERS_MAX = 4000000,
    DOCUMENTS_ADVANCES_MAX = 4000000,
    DOCUMENTS_ACTS_MAX = 4000000,
    DOCUMENTS_INN_DIGITS = 10,
    DOCUMENTS_KPP_SIGNS = 9,
    DOCUMENTS_NAME_CHARACTERS = 160,
    DOCUMENTS_NAME_BYTES = 4 * DOCUMENTS_NAME_CHARACTERS,
    DOCUMENTS_ISSUED_A_DAY_MAX = 20, // of an account
};

typedef struct {
    uid_t16 key;
    char inn[DOCUMENTS_INN_DIGITS], kpp[DOCUMENTS_KPP_SIGNS];
    uint16_t name_size;
    char name[DOCUMENTS_NAME_BYTES];
    uint32_t newest; // invoice, row + 1; 0 for none
    int32_t day;     // of the last that was issued; and how many were, that day
    uint32_t issued;
    uint32_t act;     // the newest, row + 1; 0 for none
    uint64_t quarter; // of that
} documents_account_t;

typedef struct {
    uid_t16 key; // made of the number
    kopecks_t amount;
    instant_t issued, due;
    uint64_t paid;              // sequence of what said so, 0 while it is not
    uint32_t account, previous; // row; the account's invoice before, row + 1
    char inn[DOCUMENTS_INN_DIGITS];
} documents_invoice_t;

typedef struct {
    uid_t16 key; // the first half of the identity
    hash_t identity;
    uint64_t sequence;
    kopecks_t amount;
    instant_t booked;
    uint64_t invoice;
    chain_link_t link; // in `open`
    uint8_t reason;
    bool open; // in suspense
} documents_transfer_t;

typedef struct {
    uid_t16 key; // of the likeness
    uint64_t statement;
} documents_alike_t;

typedef struct {
    uid_t16 key; // the reference of the ledger's posting that credited the money
    uint64_t number;
    int32_t day; // Moscow's, on which it was issued
} documents_advance_t;

typedef struct {
    uid_t16 key; // made of the number
    uint64_t invoice, quarter, sequence;
    kopecks_t amount, vat;
    instant_t issued;
    uint32_t account, previous; // row; the account's act before, row + 1
} documents_act_t;

typedef struct {
    documents_settings_t settings;
    table_t accounts, invoices, transfers, alike, advances, acts;
    chain_t open; // of transfers in suspense, numbered from 1: the oldest first
    kopecks_t suspense;
    uint64_t open_count, paid;
    uint32_t year, serial;  // of the last invoice
    uint64_t act_last;      // number of the last act
    uint64_t shipment_last; // of the last advance or shipment invoice
    uint64_t epoch;         // the journal's name
    bool put_back;          // an older journal is here, and nobody said which numbers it gave since
} documents_state_t;

void *documents_state_create(const void *settings);
void documents_state_destroy(void *state);
void documents_state_apply(void *state, const event_t *event, uint64_t sequence);
// All of it that is the fold (services/base/walk.h).
void documents_state_walk(void *state, walk_t *walk);

// NULL where there is none.
const documents_account_t *documents_state_account(const documents_state_t *self,
                                                   const uid_t16 *account);
const documents_invoice_t *documents_state_invoice(const documents_state_t *self, uint64_t number);
const documents_transfer_t *documents_state_transfer(const documents_state_t *self,
                                                     const hash_t *identity);
// By the sequence of its transfer.received.
const documents_transfer_t *documents_state_received(const documents_state_t *self,
                                                     uint64_t sequence);
const documents_advance_t *documents_state_advance(const documents_state_t *self,
                                                   const uid_t16 *reference);
const documents_act_t *documents_state_act(const documents_state_t *self, uint64_t number);
// Whether another statement had a transfer that differs in purpose, payer's account or place among
// equals alone.
bool documents_state_is_alike(const documents_state_t *self,
                              const event_transfer_received_t *transfer);

static inline uint64_t documents_invoice_number(const documents_invoice_t *self)
{
    uint64_t number;
    memcpy(&number, self->key.bytes, sizeof number);
    return number;
}

static inline const documents_invoice_t *documents_invoice_at(const documents_state_t *self,
                                                              uint32_t row)
{
    return table_row(&self->invoices, row);
}
