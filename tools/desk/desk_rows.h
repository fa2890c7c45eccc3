#pragma once
// desk_rows - the rows of answers that lists and commands of the desk read: proposals as
// PROTOCOL.md §7.1 has them, tables as PROTOCOL.md §14, refunds PROTOCOL.md §16.2, receipts
// PROTOCOL.md §16.3; transfers and campaigns as proto/requests.def says.
//
// A later version may append fields to a row: they are passed over. Pure. Ownership: texts borrow
// from the answer. Failures: false at the end, and at what is no row. Threads: any.
#include "proto/event.h"
#include "proto/request.h"
#include "proto/wire.h"

typedef struct {
    wire_t wire;
    uint64_t left;
} desk_walk_t;

void desk_walk(desk_walk_t *self, bytes_t rows, uint64_t count);

typedef struct {
    uint64_t number;
    uid_t16 account;
    kopecks_t cash, bonus;
    bool closed;
} desk_account_row_t;
bool desk_walk_account(desk_walk_t *self, desk_account_row_t *ret_row); // ledger's table

typedef struct {
    uid_t16 account;
    uint64_t invoice, kind;
    instant_t created;
} desk_open_row_t;
bool desk_walk_open(desk_walk_t *self, desk_open_row_t *ret_row); // payment's table

typedef struct {
    uint64_t refund, invoice, state, end, doubt;
    uid_t16 account;
    kopecks_t amount;
    instant_t requested, changed;
} desk_refund_row_t;
bool desk_walk_refund(desk_walk_t *self, desk_refund_row_t *ret_row);

typedef struct {
    uint64_t invoice, kind, state, why;
    uid_t16 account;
    kopecks_t amount;
    instant_t since, changed;
} desk_receipt_row_t;
bool desk_walk_receipt(desk_walk_t *self, desk_receipt_row_t *ret_row);

typedef struct {
    uint64_t sequence, reason, invoice;
    instant_t booked;
    kopecks_t amount;
} desk_transfer_row_t;
bool desk_walk_transfer(desk_walk_t *self, desk_transfer_row_t *ret_row);

typedef struct {
    uint64_t campaign, kind, value, per_account, in_all, codes, taken;
    kopecks_t budget, committed;
    instant_t starts, ends;
    bool stopped;
} desk_campaign_row_t;
bool desk_walk_campaign(desk_walk_t *self, desk_campaign_row_t *ret_row);

typedef struct {
    uid_t16 id;
    uint64_t sequence, state;
    instant_t at, expires;
    text_t certificate, by;
    kopecks_t amount; // INT64_MAX where two must agree to any
    bytes_t request;
} desk_proposal_row_t;
bool desk_walk_proposal(desk_walk_t *self, desk_proposal_row_t *ret_row);

typedef struct {
    uint64_t kind, number;
    kopecks_t amount, left, held;
    instant_t from, until;
} desk_lot_row_t;
bool desk_walk_lot(desk_walk_t *self, desk_lot_row_t *ret_row);

typedef struct {
    uint64_t sequence;  // 0: as a new journal begins
    text_t certificate; // who set it
    event_t event;      // of type 0 where a newer process has it alone
} desk_policy_row_t;
bool desk_walk_policy(desk_walk_t *self, desk_policy_row_t *ret_row);

typedef struct {
    uint64_t version, kind, included; // kind 0: of a tariff
    text_t code;
    kopecks_t price;
    instant_t effective; // 0: it was withdrawn
} desk_tariff_row_t;
bool desk_walk_tariff(desk_walk_t *self, desk_tariff_row_t *ret_row);

typedef struct {
    uid_t16 account;
    text_t kpp, name;
} desk_company_row_t;
bool desk_walk_company(desk_walk_t *self, desk_company_row_t *ret_row);
