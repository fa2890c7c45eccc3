#pragma once
// contacts - in a run with notify: accounts have webhooks and e-mail addresses that are set,
// confirmed, changed and erased; the endpoints answer 2xx, 4xx, 5xx, 410 or not at all, and the
// relay takes an e-mail, refuses its address, or is gone. They share no code with notify's core.
//
//   I27 each notice leaves at least once, also when notify is killed at any point, and never before
//       it is durable; never to another account's endpoint or to one that was replaced, erased or
//       is gone; the first tries of a contact in order; signed by its own secret; and what the
//       journals of the others say that a contact wants to hear is told to it
//
// Threads: one.
#include "proto/core.h"
#include "services/notify/notify_core.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/fold_list.h"
#include "tests/simulation/process.h"
#include "tests/simulation/profile.h"

enum { CONTACT_KIND_END = CONTACT_WEBHOOK + 1 };

// One address of one account; its place in the list is part of it.
typedef struct {
    unsigned account;
    uint64_t kind, wants;
    uid_t16 command; // that set it
    char url[64], key[128], code[24];
    instant_t since; // stamp of its contact.set, 0 while that is not durable
    instant_t known; // true time at which that was durable
    bool on, over;   // told; replaced, erased or switched off
    uint64_t first;  // notice that was tried first last, 0 before
    unsigned gone;   // tries that were answered 410, or refused
} contact_place_t;

enum { PRICES = 1024 };

// A notice.queued, for one contact.
typedef struct {
    uint64_t sequence, kind, of; // of: stream and sequence of what it tells, 0 for none of others
    uint32_t place;
    unsigned left, taken; // how often it left, and was taken
    instant_t at;         // true time at which it was durable
    instant_t tried_at;   // stamp of its first notice.tried
    bool given_up;
} contact_notice_t;

// What a journal says that an account is told of.
typedef struct {
    uint64_t stream, sequence, kind;
    unsigned account;
    instant_t at, said; // its stamp, and the true time
} contact_fact_t;

typedef struct {
    draw_t draw;
    fold_list_t places, notices, facts, heard;
    uint32_t current[ACCOUNTS_MAX][CONTACT_KIND_END]; // place + 1, as the journal has it
    uint64_t last_heard;     // stream and sequence of the last notice.heard
    uint64_t prices[PRICES]; // of a price.heard by its sequence, modulo: what it tells
} contacts_t;

const notify_settings_t *contacts_settings(void);
void contacts_init(world_t *world);
void contacts_release(world_t *world);
void contacts_begin(world_t *world);
// Every event of every journal, once it is durable.
void contacts_fold(world_t *world, process_name_t process, const event_t *event, uint64_t sequence);
// A request of notify's to the outside.
void contacts_take(world_t *world, const outside_t *request);
void contacts_check(world_t *world); // at the end
