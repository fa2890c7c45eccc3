#pragma once
// fold - what an independent reader makes of the durable journals, event by event as each becomes
// durable, and the invariants that every event has to keep. It knows the rules of its own.
//
// It sees events only when their disk has settled them, so whatever it does not know yet was not
// durable: that is how an acknowledgement before its commit is found. Threads: one.
//
// Which invariant is checked where while the run goes on:
//   I1  no gap, own root = head's root: fold.c take_record, check_head; fold_ledger.c take_fact;
//       stamps neither go back nor ahead of the true time: fold.c check_time
//   I2  balances are the sum of the postings: fold_ledger.c move_balance
//   I3  no success without Robokassa's money: fold_payment.c fold_succeeded; no payment credited
//       twice, whatever history of payment says so: fold_history.c fold_credit_number
//   I5  each minute once, at its price: fold_metering.c; platform_model.c check_result
//   I6  what is acknowledged is durable: fold.c fold_catch_up, fold_check_push;
//       customers.c customers_answered, customers_posted
//   I7  one capture of one durable decision: fold_payment.c fold_created, fold_sent;
//       robokassa_answers.c check_charge, arrive; robokassa_model.c check_capture;
//       wires.c wires_give
//   I8  limits of a month of Moscow, as payment's journal has them: fold_payment.c check_limits;
//       fold_autopay.c fold_noted, fold_requested
//   I9  no decision while one is open or without a live mandate: fold_autopay.c fold_requested,
//       check_posted; fold_decisions.c check_balance; fold_payment.c fold_created, fold_sent;
//       robokassa_answers.c check_charge
//   I10 who owes is told of in time and runs no longer: fold_ledger.c fold_exhausted;
//       fold_metering.c fold_charged; platform_model.c watch
//   I11 OK only for what is durable: robokassa_model.c robokassa_model_answered
//   I12 every reader's view is a prefix: auditor.c read_event, check_balance;
//       fold_autopay.c fold_noted, fold_settled; fold_ledger.c take_fact
//   I14 checkpoints are consistent: auditor.c check_status
//   I15 bounds of queues, batches and requests: bounds.c
//   I17 the light is red exactly while something is wrong: lights.c
//   I18 what is noted of a journal is what it was, and nobody goes on with one that has lost what
//   he
//       noted: fold.c check_noted, check_kept
//   I20, I21 promo codes: promotions.h
//   I26 closed accounts, announced payments, cards that are gone: closings.h
//   I19 lots less debts are the balance, and a posting names what it took: fold_lots.c
//   I20 a transfer of the bank is received once, matched if and only if it is right, moved by the
//       ledger once, and assigned by two: fold_documents.c
//   I23 acts are what metering charged: fold_acts.c
//   I24 files and tokens: counting.h
//   I21 a refund leaves once, and no more goes back than came: fold_refunds.c
//   I22 each step of the ladder once, in time, for who has no money, and taken back when he has:
//       fold_notify.c
//   I27 what customers are told, by which contact: contacts.h
//   I25 each used-up lot one second receipt, and its sum: fold_receipts.c, robokassa_receipts.c
// At the end: final.h. I16: test_journals.c replays the journals in tests/vectors/journals.
#include "services/base/table.h"
#include "store/tree.h"
#include "tests/simulation/fold_commands.h"
#include "tests/simulation/fold_decisions.h"
#include "tests/simulation/fold_lots.h"
#include "tests/simulation/fold_notify.h"
#include "tests/simulation/fold_receipts.h"
#include "tests/simulation/fold_refunds.h"
#include "tests/simulation/platform_model.h"
#include "tests/simulation/process.h"

typedef struct {
    uint64_t sequence;
    unsigned account;
    uid_t16 mandate;
    int64_t amount, month;
    enum { REQUEST_OPEN, REQUEST_SUCCEEDED, REQUEST_DECLINED } outcome;
    uint64_t invoice, credit; // payment's sequence of the last credit it knew
    unsigned answered;        // payment's succeeded or declined, in this history of its journal
    bool ever_answered;       // or in one that was lost
    uint64_t ever_invoice;    // its invoice, also one that only a lost history had
    uint64_t balance_at;      // the ledger's sequence that the decision saw
    instant_t at;             // of the decision
    int64_t paid;
} fold_request_t;

typedef struct {
    uint64_t number; // they ascend
    unsigned account, kind;
    int64_t amount, succeeded;
    uint64_t request, credit; // credit: payment's sequence of the success
    uid_t16 mandate;
    hash_t consent;
    unsigned sent;
    unsigned unwanted; // what payment must say of its money: unwanted_t
    bool declined, expired, mismatch, unwanted_said;
} fold_invoice_t;

// What payment's journal says, or said before it was lost.
typedef struct {
    uint64_t epoch;  // its name
    uint64_t common; // so many events the journal that was put back has too; of a lost one
    fold_list_t invoices, mandates, credits; // fold_invoice_t, fold_mandate_t, fold_fact_t
} fold_history_t;

// What a backup of payment's journal holds.
typedef struct {
    uint64_t last; // 0: there is none
    fold_history_t history;
    fold_list_t requests; // fold_request_t, as payment had answered them
    fold_list_t accounts; // fold_account_t, of which payment's part is used
} fold_backup_t;

// Limits as payment's journal has them from an event on.
typedef struct {
    uint64_t sequence, count_max;
    int64_t sum_max;
    instant_t durable_at; // true time
} fold_terms_t;

typedef struct {
    uid_t16 id;
    unsigned account;
    int64_t amount, sum_max;
    uint64_t count_max, credit; // payment's sequence of the linking top-up
    fold_list_t terms;          // fold_terms_t, the last ones are those above
    uint64_t revoked;           // why
    bool live, acked_revoked;
} fold_mandate_t;

typedef struct {
    uint64_t sequence;
    int64_t balance, returned; // returned: by refunds and chargebacks since the last usage
    instant_t durable_at;      // true time
} fold_balance_t;

typedef struct {
    int64_t balance, cash;   // balance: cash and bonus
    int64_t returned;        // by refunds and chargebacks since the last usage
    uint64_t charged_back;   // the ledger's last chargeback, 0 if none
    instant_t taken_back_at; // true time
    uint64_t full_refund;    // the ledger's last refund that left no cash, 0 if none
    uint64_t refund;         // the same, if payment owes a word of it
    bool refunded;           // payment has given its word, and nobody went on since
    uid_t16 refunded_mandate;
    int64_t bonus;        // as the last posting says
    int64_t limit;        // how far below zero it may go
    int64_t bonus_ever;   // that was given
    int64_t credits;      // the sum of them
    uint64_t credited;    // the ledger's sequence of the last
    fold_list_t balances; // fold_balance_t after each posting
    fold_purse_t purse;
    uint64_t open;   // autopay's request in flight
    uint64_t credit; // payment's sequence of the last credit
    fold_decisions_t decisions;
    bool noted_live, suspended;
    bool exhausted;           // said by the ledger and not taken back
    instant_t exhausted_at;   // true time at which it was durable
    instant_t negative_since; // true time; 0 while the balance is not below zero
    uint64_t hour;            // the ledger's last posting of an hour's usage
    int64_t hour_amount;
    uid_t16 hour_reference;
    uid_t16 noted;
    int64_t noted_amount, noted_sum;
    uint64_t noted_count;
    uint64_t refund_told;  // the last posting of a full refund that payment told of
    __int128 closed_units; // of meters that are closed, price x minutes, in parts of a kopeck
    int64_t closed_posted;
} fold_account_t;

typedef struct {
    int resource;
    unsigned account;
    bool closed;
    __int128 units;
    int64_t posted;
} fold_meter_t;

// Something that a follower must have taken in exactly once.
typedef struct {
    uint64_t sequence;
    int64_t amount, left; // left: not posted yet
    bool ever;            // was posted, be it in a history of the ledger that was lost
    int64_t bonus;        // of a charge: what it took of the bonus
    instant_t hour;       // of a charge: the end of its hour; 0 if nobody knows
    uint64_t category;    // of a charge: of its service
    uint64_t number;      // of a credit: the payment's
    uint64_t posted_at;   // the ledger's sequence then, 0 if it is not posted
    uint64_t original; // of a credit: its charge; and what of that was charged, given back before
    int64_t charged, before;
} fold_fact_t;

// Where metering's journal is: amid an hour's closing, after a line, after a deletion.
typedef struct {
    bool open;
    uint64_t meter, version; // of the line just read, 0 if it was none
    int deleted;             // the resource whose meter was just closed, -1 if none was
} fold_closing_t;

// What metering charged a company, or gave back.
typedef struct {
    uint64_t sequence;
    unsigned account;
    int64_t quarter, amount;
    bool acted; // it is in an act
} fold_acted_t;

// What documents' journal says of acts.
typedef struct {
    fold_list_t charges;     // fold_acted_t, of metering's journal
    uint64_t last, shipment; // numbers of the last act, and of the last shipment invoice
    int64_t since[ACCOUNTS_MAX], quarter[ACCOUNTS_MAX]; // registered in; of the last act; 0: none
} fold_acts_t;

// What a journal came to.
typedef struct {
    uint64_t epoch, last;
    hash_t root, leaf;
} fold_root_t;

// What documents' journal says.
typedef struct {
    fold_list_t facts;    // fold_fact_t: transfers and assignments; number: account + 1, 0 for none
    fold_list_t fees;     // fold_fact_t: what Robokassa kept of what was settled
    fold_list_t invoices; // fold_company_invoice_t; numbers ascend
    int64_t suspense, received; // received: all transfers, without those that were nobody's
    bool agreed_next;           // an assignment was read: who agreed stands behind it
} fold_bank_t;

typedef struct {
    uint64_t number;
    unsigned account;
    int64_t amount;
    bool paid;
} fold_company_invoice_t;

typedef struct fold {
    uint64_t seen[PROCESSES]; // last event of each journal
    uint64_t high[PROCESSES]; // the same, over all its histories
    tree_t trees[PROCESSES];
    fold_list_t leaves[PROCESSES];           // hash_t of each event
    fold_list_t roots[PROCESSES];            // fold_root_t of each commit, over all its histories
    fold_root_t noted[PROCESSES][PROCESSES]; // by, of: the newest note since an operator's word
    instant_t times[PROCESSES];              // of the last event
    fold_commands_t commands[PROCESSES];
    fold_account_t accounts[ACCOUNTS_MAX];
    int64_t systems[64];
    fold_list_t requests, meters; // of the structs above
    fold_history_t payment;
    fold_list_t lost;     // fold_history_t: journals of payment that were lost, as they ended
    fold_backup_t backup; // of payment's journal
    uint64_t follows[PROCESSES]; // the name of the history of payment that it goes by
    uint64_t again;              // payment's events up to here are read a second time
    table_t numbers;             // fold_number_t
    int64_t repeated;            // what was put into suspense since it was credited before
    int64_t kept;                // what was put into suspense since its account is closed
    fold_list_t charges, given;  // facts for the ledger
    fold_list_t refunds;         // fold_refund_t, of all histories
    fold_list_t receipts;        // fold_receipt_t, of all histories
    bool regime;                 // receipts say VAT, by payment's journal
    fold_bank_t bank;
    fold_ladder_t ladder;
    fold_acts_t acts;
    int64_t back_cash, back_bonus;    // given back since the last credit.made
    uint16_t *charged[RESOURCES_MAX]; // as platform_model's minutes
    uint32_t *late[RESOURCES_MAX];    // by the same lines: when late minutes were posted last
    fold_closing_t closing;
    instant_t closed;    // the end of the last hour that metering closed
    __int128 lost_units; // of metering's loss account, price x minutes
    int64_t lost_kopecks;
} fold_t;

// What the ledger made of a payment's number, whatever history of payment said so.
typedef struct {
    uid_t16 key; // table_key(number, 0)
    unsigned credits;
    uint64_t credited_at; // the ledger's sequence
} fold_number_t;

void fold_init(fold_t *self);
void fold_release(fold_t *self);
// The ledger's journal is another one now: what was made of the old one is forgotten.
void fold_forget_ledger(world_t *world);
// A backup of payment's journal is made now; and it is put back, under that name. It had heard the
// ledger up to `heard`.
void fold_back_up_payment(fold_t *self);
void fold_put_back_payment(world_t *world, uint64_t epoch, uint64_t heard);
// Its journal is to be read anew, from its begin: it is an older one.
void fold_forget_journal(fold_t *self, process_name_t name);
// Takes in what the disk of that process holds beyond what was seen.
void fold_catch_up(world_t *world, process_t *process);

fold_invoice_t *fold_invoice(fold_t *self, uint64_t invoice); // NULL if there is none
// Also one that only a lost journal of payment had.
const fold_invoice_t *fold_invoice_ever(fold_t *self, uint64_t invoice);
// Has any journal of payment an event of its money?
bool fold_was_told(const fold_t *self, uint64_t invoice);
// How often the ledger has credited a payment of that number.
unsigned fold_credits(const fold_t *self, uint64_t number);
uint64_t fold_credited_at(const fold_t *self, uint64_t number); // the ledger's sequence, or 0
// The journal of payment by which that process goes.
fold_history_t *fold_followed(fold_t *self, process_name_t process);
fold_request_t *fold_request(fold_t *self, uint64_t sequence); // NULL if there is none
fold_mandate_t *fold_mandate(fold_t *self, const uid_t16 *id); // NULL if there is none
const fold_mandate_t *fold_live_mandate(const fold_t *self, unsigned account); // or NULL
// The limits that payment's journal had at that event; NULL before the consent.
const fold_terms_t *fold_terms_at(const fold_mandate_t *mandate, uint64_t sequence);
// Autopay payments of that month that payment knows to be paid, and their sum.
uint64_t fold_paid(fold_t *self, unsigned account, int64_t month, int64_t *ret_sum);
// The balance after the last posting up to that sequence of the ledger.
int64_t fold_balance_at(const fold_t *self, unsigned account, uint64_t sequence);
// NULL if there is none.
fold_company_invoice_t *fold_company_invoice(fold_t *self, uint64_t number);
int64_t fold_month(instant_t at);
// Was what the platform was just told to forget durable?
void fold_check_push(world_t *world, uint64_t epoch, uint64_t acknowledged);
