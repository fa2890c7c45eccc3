#pragma once
// payment_returns - a ledger beside the model of payment: it posts what payment credited, some time
// later, and chargebacks and refunds, full ones and partial. What each of these says of a mandate
// is judged here, by accounts of our own that are kept from payment's events; another word, or
// none, is a failed test.
//
// Units: numbers of payments, and sequences of payment's journal. Threads: one.
#include "tests/model/payment_harness.h"

enum { RETURNS_ACCOUNTS = 8 }; // their ids begin with their number, from 1

typedef struct {
    world_t *world;
    struct {
        uid_t16 mandate;
        bool live;
        uint64_t link, credit;         // sequences: of the mandate's money, and of the last money
        uint64_t consent_from, ticked; // payments: what may still give a mandate; the last ticked
    } accounts[RETURNS_ACCOUNTS + 1];
    uint64_t last;   // payment's number
    uint64_t read;   // by the ledger, of payment's journal
    uint64_t posted; // heard by this life of payment, 0 if nothing
    unsigned long chargebacks, full_refunds, partial_refunds; // that met a live mandate
} returns_t;

void returns_init(returns_t *self, world_t *world); // the counts of before stay
void returns_restarted(returns_t *self);            // payment was
void returns_hear(returns_t *self, const event_t *event, uint64_t sequence); // each of payment's
// What the ledger does, at random, on that account; the events that follow are in the journal.
void returns_post(returns_t *self); // the next of payment's credits, in their order
void returns_take_back(returns_t *self, const uid_t16 *account);
void returns_refund(returns_t *self, const uid_t16 *account);
