#pragma once
// act_fold - what the acts of a quarter say, from the journals of documents, metering and the
// ledger alone (docs/rules.md "Acts and advance invoices").
//
// Documents' events come first, up to where acts are to be issued; then the ledger's, each behind
// the event of metering that caused it. An act holds the company's charges up to the quarter's end
// that stand in no act before, in the quarters since the company was registered. What a bonus paid
// is a lower price; cash is taken by the postings' lots, and money that comes later pays what is
// owed, the oldest first, behind money that went back and was spent.
//
// Memory: 48 bytes a charge that is not posted yet, and a part of one that is owed; 96 a credit of
// a company. Ownership: act_fold_init gives, act_fold_release takes. Failures: what is no event of
// these journals is passed over; a lot list that does not parse is as if nothing was named.
// Threads: one.
#include "proto/event.h"
#include "services/base/table.h"
#include "services/documents/day.h"

enum { ACT_LINES_MAX = 64, ACT_PAID_MAX = 512 };

typedef struct {
    uint64_t quarter; // the acts' own
    table_t accounts; // of companies
    table_t buckets;  // charges by account, quarter, rate and service
    table_t charges;  // of metering, by sequence, which the ledger has not posted
    table_t credits;  // of companies, by the ledger's sequence
    table_t advances; // references that have an advance invoice
    table_t debts;    // parts of charges that nothing paid yet, numbered as they came
    uint64_t debts_made;
    uint64_t metering, ledger; // sequences that were fed last
} act_fold_t;

typedef struct {
    uint64_t service, rate;
    kopecks_t amount; // above nought, without what bonuses paid
} act_line_t;

typedef struct {
    uid_t16 reference;
    kopecks_t amount;
} act_paid_t;

typedef struct {
    kopecks_t amount, bonus, debt;
    size_t lines_count, paid_count;
    act_line_t lines[ACT_LINES_MAX];
    act_paid_t paid[ACT_PAID_MAX];
} act_t;

// Money that a company paid.
typedef struct {
    uid_t16 account, reference;
    kopecks_t amount;
    instant_t came;
    instant_t used; // when the last of it was used up, 0 if it is not
    bool invoiced;
} act_money_t;

void act_fold_init(act_fold_t *self, uint64_t quarter);
void act_fold_release(act_fold_t *self);

void act_fold_documents(act_fold_t *self, const event_t *event);
void act_fold_metering(act_fold_t *self, const event_t *event, uint64_t sequence);
void act_fold_ledger(act_fold_t *self, const event_t *event, uint64_t sequence);

// Companies and money, by number from 0 on; false at the end.
bool act_fold_account(const act_fold_t *self, uint32_t number, uid_t16 *ret_account);
bool act_fold_money(const act_fold_t *self, uint32_t number, act_money_t *ret_money);
// False if there is nothing to show: no charges, more is given back than charged, or the ledger has
// not posted all that metering charged.
bool act_fold_act(const act_fold_t *self, const uid_t16 *account, act_t *ret_act);
// All charges of an account, of any quarter, that stand in no act before; bonuses paid a part.
kopecks_t act_fold_open(const act_fold_t *self, const uid_t16 *account);
