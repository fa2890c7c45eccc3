#pragma once
// bank_model - companies, their bank, and who brings its statements: a company is registered, asks
// for invoices and pays them, now and then wrongly; each transfer stands in the statement of its
// day, which is sent to documents once that day is over, and again; operators say what transfers in
// suspense are.
//
// Where Robokassa pays out (profile settlement), its transfers of what it captured, less what went
// back and what it keeps, come late, short, or twice; operators settle each with what was kept, and
// send back what came twice.
//
// It knows the truth of each transfer, against which fold_documents.c holds what documents makes of
// it. Threads: one.
#include "proto/request.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/profile.h"

typedef struct world world_t;

enum { BANK_TRANSFERS_MAX = 4096, BANK_TEXT_MAX = 96 };

typedef struct {
    hash_t identity;
    unsigned account;
    int64_t amount, day;
    uint64_t invoice; // that it names, 0 if none
    uint64_t ordinal, statement;
    bool right;         // it pays that invoice, by the company that is to pay it
    bool echo;          // the same money in another statement
    bool payout, again; // by Robokassa; once more, by mistake
    int64_t fee;        // that it kept
    char number[16], inn[11], purpose[BANK_TEXT_MAX];
    uint64_t received;  // documents' sequence; 0 while it is not durable
    bool open;          // in suspense
    instant_t asked_at; // when an operator last said what it is
} bank_truth_t;

typedef struct {
    draw_t draw;
    bank_truth_t *transfers;
    size_t count;
    draw_t payouts;
    int64_t paid_out; // by transfers of Robokassa, with what it kept
    char inns[ACCOUNTS_MAX][11];
} bank_model_t;

void bank_model_init(bank_model_t *self, uint64_t seed);
void bank_model_release(bank_model_t *self);
void bank_model_begin(world_t *world);
// Documents has acknowledged an invoice of that number.
void bank_model_issued(world_t *world, unsigned account, uint64_t number, int64_t amount);
// By identity, or by documents' sequence; NULL if there is none.
bank_truth_t *bank_model_of(bank_model_t *self, const hash_t *identity);
bank_truth_t *bank_model_received(bank_model_t *self, uint64_t sequence);
// Is it in a statement that somebody must have brought by now?
bool bank_model_is_due(const world_t *world, const bank_truth_t *truth);
