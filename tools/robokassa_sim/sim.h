#pragma once
// sim - the stand-in's world: one shop, its operations and refunds, the faults, the time, and what
// happens by itself when time passes. It opens no connection; its journal is the only file.
//
// Threads: one. Ownership: sim_t owns everything in it. Times are microseconds since 1970.
// Source: docs/robokassa.md "Stand-in".
#include "tools/robokassa_sim/book.h"
#include "tools/robokassa_sim/config.h"
#include "tools/robokassa_sim/fault.h"
#include "tools/robokassa_sim/journal.h"
#include "tools/robokassa_sim/order.h"
#include "tools/robokassa_sim/token.h"

#define SIM_DIRTY_MAX 256
#define SIM_REFUNDS_MAX 10000
#define SIM_RECEIPTS_MAX 10000
#define SIM_ID_MAX 64
#define SIM_CLIENT_MAX 256

typedef struct {
    char id[SIM_ID_MAX];
    int64_t operation, kopecks, created_us;
} sim_refund_t;

typedef struct {
    int64_t id, invoice, kopecks, created_us;
    bool stuck;
    char client[SIM_CLIENT_MAX]; // whom it went to, since this start; empty: it named nobody
} sim_receipt_t;

typedef struct {
    config_t *config;
    const shop_t *shop; // in config
    fault_t faults;
    book_t *book;
    token_key_t *key;
    journal_t journal;
    char *public_url;
    int64_t driven_now_us;
    int64_t generation; // rises with every change of anything
    size_t dirty_count;
    operation_t *dirty[SIM_DIRTY_MAX];
    size_t refund_count;
    sim_refund_t *refunds;
    size_t receipt_count; // second ones
    sim_receipt_t *receipts;
} sim_t;

// Takes the config over. NULL when the journal cannot be read; the reason is then on stderr.
sim_t *sim_create(config_t **config_p);
void sim_destroy(sim_t **self_p);

int64_t sim_now_us(const sim_t *self);
bool sim_set_now_us(sim_t *self, int64_t now_us); // driven clock only, never backwards

// A new page for an order; NULL when the book is full.
operation_t *sim_open(sim_t *self, const order_t *order);
// Lays the faults that struck it into an operation's plan.
void sim_plan(sim_t *self, operation_t *operation, const fault_set_t *set);
// The payer chose a method, or a child was accepted: the bank will decide.
void sim_confirm(sim_t *self, operation_t *operation);
// Money received for a held or revived operation.
bool sim_receive(sim_t *self, operation_t *operation, operation_event_t event);
// Carries out every decision whose time has come.
void sim_advance(sim_t *self);
void sim_delivered(sim_t *self, operation_t *operation, size_t channel, bool accepted);

sim_refund_t *sim_refund(sim_t *self, operation_t *operation, int64_t kopecks);
// A second receipt of the operation with that number; NULL when there are too many.
sim_receipt_t *sim_receipt(sim_t *self, int64_t id, int64_t invoice, int64_t kopecks, bool stuck);

// Marks an operation as changed; sim_flush makes all changes durable and precedes every answer.
void sim_touch(sim_t *self, operation_t *operation);
void sim_flush(sim_t *self);

int64_t sim_next_wake_us(const sim_t *self); // OPERATION_NEVER_US when nothing is planned
size_t sim_in_flight(const sim_t *self);

void sim_id(const sim_t *self, int64_t number, const char *salt, char ret_id[SIM_ID_MAX]);
