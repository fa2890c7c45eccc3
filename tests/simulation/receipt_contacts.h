#pragma once
// receipt_contacts - in a run with receipts: customers say where theirs go, change it, and are
// erased. Shares no code with payment.
//
//   I25 a second receipt names what its account had said last, and nothing that was erased; of who
//       has said nothing it names the shop
//
// What was changed within the last minute may still be named: it was on its way. Threads: one.
#include "proto/event.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/fold_list.h"
#include "tests/simulation/profile.h"

typedef struct world world_t;

#define RECEIPT_CONTACT_SHOP "receipts@shop.example"

enum { RECEIPT_CONTACT_SIZE = 48 };

// One address that an account said, by the command that set it.
typedef struct {
    uid_t16 command;
    char text[RECEIPT_CONTACT_SIZE];
} receipt_place_t;

typedef struct {
    draw_t draw;
    fold_list_t places;
    struct {
        uint32_t now, before; // place + 1, 0 for none, as payment's journal has it
        int64_t changed;      // true time
    } accounts[ACCOUNTS_MAX];
} receipt_contacts_t;

void receipt_contacts_init(world_t *world);
void receipt_contacts_release(world_t *world);
void receipt_contacts_begin(world_t *world);
// An event of payment's journal, once it is durable, also one that its backup had.
void receipt_contacts_fold(world_t *world, const event_t *event);
void receipt_contacts_put_back(world_t *world);
// A second receipt leaves, with this in `client`.
void receipt_contacts_named(world_t *world, uint64_t invoice, const char *client);
void receipt_contacts_check(world_t *world); // at the end: no row of who was erased is there
