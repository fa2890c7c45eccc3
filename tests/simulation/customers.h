#pragma once
// customers - people and operators: they top up, with and without the box, revoke, lower limits,
// give a bonus, give an hour back, take a payment back, refund, confirm clocks and resolve what
// needs a person; and repeat what was not answered, with the same id and content, until it is. What
// one operator may not do alone a second one approves.
//
// Threads: one.
#include "proto/request.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/process.h"
#include "tests/simulation/profile.h"
#include "tests/simulation/schedule.h"

enum { ORDERS_MAX = 32768, ORDER_BYTES_MAX = 1024 };

// A command of somebody's that is asked until it is answered.
typedef struct {
    request_t request;
    unsigned process, account;
    role_t role;
    instant_t made;
    uint8_t bytes[ORDER_BYTES_MAX];
    size_t size;
    const char *name; // whose certificate it is
    bool answered;
    bool pending; // a second person is asked
    fail_t fail;
    unsigned posted; // how often it is in the ledger's journal
    bool lost;       // acknowledged by a ledger whose older journal was put back since
} order_t;

typedef struct {
    draw_t draws[NOBODY + 1];
    draw_t lowering;
    order_t *orders;
    size_t count;
} customers_t;

void customers_init(customers_t *self, uint64_t seed);
void customers_release(customers_t *self);
void customers_begin(world_t *world);
void customers_answered(world_t *world, uint64_t number, const void *bytes, size_t size);
// Autopay has decided: the moment at which a revocation matters most.
void customers_hear_decision(world_t *world, unsigned account);
// The ledger's journal holds a posting that was asked for under this id.
void customers_posted(world_t *world, const uid_t16 *command, uint64_t sequence);
// An account that its posting opened: he said so.
void customers_opened(world_t *world, const uid_t16 *command);
// An older journal of the ledger was put back: count again, then say who lost something.
void customers_posted_again(world_t *world);
void customers_posted_lost(world_t *world);
void customers_check_postings(world_t *world); // at the end
void customers_confirm_clocks(world_t *world);
// Somebody asks for this until it is answered.
void customers_order(world_t *world, process_name_t process, role_t role, unsigned account,
                     request_t *request);
// Has an operator said of that payment what became of it, and waits for the answer?
bool customers_settling(const world_t *world, uint64_t invoice);
// What was asked of that process about another history is asked no more.
void customers_forget_reseed(world_t *world, process_name_t process);
// An operator looks at a mismatch some hours later.
void customers_resolve(world_t *world, uint64_t invoice, int64_t received);
