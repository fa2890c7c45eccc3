#pragma once
// world - the whole system that ships in one process on virtual time: its processes, the wires
// between them, and everybody outside, with faults, from a seed.
//
// Time passes only from step to step. When nothing but heartbeats has happened for a while, nobody
// gets the processor until the next thing that is not one, as on a machine that sleeps: that is
// what makes months run in seconds. Units: microseconds of true time. Threads: one.
#include "tests/simulation/accountant.h"
#include "tests/simulation/announcements.h"
#include "tests/simulation/auditor.h"
#include "tests/simulation/bank_model.h"
#include "tests/simulation/closings.h"
#include "tests/simulation/contacts.h"
#include "tests/simulation/counting.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold.h"
#include "tests/simulation/operators.h"
#include "tests/simulation/platform_model.h"
#include "tests/simulation/process.h"
#include "tests/simulation/promotions.h"
#include "tests/simulation/reach.h"
#include "tests/simulation/receipt_contacts.h"
#include "tests/simulation/robokassa_model.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/silences.h"
#include <stdio.h>

enum { WHY_MAX = 256 };

enum { BACKUP_ROW_MAX = 512 };

typedef struct {
    uid_t16 owner;
    uint8_t kind, bytes[BACKUP_ROW_MAX];
    uint32_t size;
} backup_row_t;

// What a restored journal begins with.
typedef struct {
    uint64_t last; // 0: there is none yet
    size_t head_size;
    uint8_t head[JOURNAL_HEAD_MAX];
    fold_list_t rows; // backup_row_t: the side store's, as they were then
} backup_t;

struct world {
    scenario_t scenario;
    instant_t now, start, edge, faulty_at, calm_at, end; // edge: of a month of Moscow
    profile_t profile;
    bool calm, trace;
    instant_t calm_since; // when the last fault ended
    draw_t draws[FAULTS]; // of each fault its own
    draw_t draw_disk;     // how long an append takes
    schedule_t schedule;
    unsigned count; // of processes in this run
    process_t processes[PROCESSES];
    instant_t cut_until[PLACES][PLACES]; // one-way partitions
    instant_t active_at;                 // when something but a heartbeat happened last
    instant_t ask_at;                    // when to ask again whether all may sleep
    robokassa_model_t robokassa;
    bank_model_t bank;
    accountant_t accountant;
    platform_model_t platform;
    customers_t customers;
    auditor_t auditor;
    fold_t fold;
    backup_t backup, payment_backup;
    operators_t operators;
    promotions_t promotions;
    closings_t closings;
    silences_t silences;
    contacts_t contacts;
    receipt_contacts_t receipt_contacts;
    announcements_t announcements;
    counting_t counting;
    instant_t restored_at;  // when an older journal of the ledger was put back last, or 0
    uint64_t restored_last; // the least event at which one ended; UINT64_MAX before the first
    instant_t put_back_at;  // when an older journal of payment was put back last, or 0
    process_t *unmounted;   // whose volume is not; NULL if all are
    process_t stranger;     // who runs in his place, if it is up
    uint64_t table_asked;   // the ledger's last event when its table was asked for from the start
    process_t *impostor;    // the second process of one of them; NULL if there is none
    uint64_t impostors;     // how many came
    uint64_t reached[REACH_COUNT];
    bool violated;
    char invariant[8], why[WHY_MAX];
};

world_t *world_new(const scenario_t *scenario, bool trace);
void world_destroy(world_t **self_p);
void world_run(world_t *self); // to the end, or to the first violation

// The first violation stands; later ones follow from it.
void world_violate(world_t *self, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void world_trace(const world_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void world_reach(world_t *self, reach_t what)
{
    self->reached[what]++;
}

const payment_settings_t *world_shop(const world_t *self); // the shop of its payment

// A step at an instant from now on.
void world_after(world_t *self, instant_t delay, step_fn *run, void *arg, uint64_t number);
