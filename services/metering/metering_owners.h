#pragma once
// metering_owners - the producers that metering knows, and whose resources are whose.
//
// A resource belongs to the producer whose item opened it, as that event's cause says. Producers
// whose certificates name one owner act for each other. Example: producers 100 and 101 both come
// under certificates that say `owner = "amvera"`. What 100 opened 101 may stop; 102, whose
// certificate names nobody, may not. Who opened a resource before its certificate named an owner
// keeps it, and shares it from then on.
//
// Rows are numbered from 1; row 0 is nobody's, for events that no producer caused. A producer that
// holds nothing may lose its row to a newcomer, its owner's name with it: the name is said again
// with its next items. Ownership: plain. Failures: 0, or false, where there is no room. Threads:
// one. Source: docs/rules.md "Whose resource it is".
#include "proto/types.h"
#include <stdbool.h>

enum { OWNERS_MAX = 1024, OWNER_NAME_MAX = 48 };

// What there is evidence of, of what a producer runs (metering_evidence.h).
typedef enum {
    VOUCHED, // no hour was closed without its word: all
    BOUNDED, // up to `until`
    ENDED    // up to `until`, and what ran then has ended
} vouching_t;

typedef struct {
    stream_t producer;               // 0 for a row that was never used
    uint32_t resources, loose;       // that it owns; loose: replicas that only a stop was heard of
    uint32_t meters, replicas, busy; // of its resources (metering_quotas.h)
    uint32_t hour;                   // in which it brought these, by its own items
    uint32_t hour_meters, hour_accounts, hour_refusals;
    instant_t until;
    uint8_t vouching;
    uint8_t size;
    char name[OWNER_NAME_MAX]; // of its owner; empty: it is its own
} owner_t;

typedef struct {
    owner_t rows[OWNERS_MAX];
    uint32_t count; // rows in use, row 0 too
} owners_t;

void owners_init(owners_t *self);
uint32_t owners_find(const owners_t *self, stream_t producer); // 0 if it is not known
bool owners_have_room(const owners_t *self, stream_t producer);
// Its row, a new one if it has none. There must be room.
uint32_t owners_need(owners_t *self, stream_t producer);
void owners_name(owners_t *self, uint32_t row, text_t name);
bool owners_is_named(const owners_t *self, uint32_t row, text_t name);

// Is what that row owns the producer's too, which has row `own` (0 if it has none) and says that
// its owner's name is this?
static inline bool owners_share(const owners_t *self, uint32_t row, uint32_t own, text_t name)
{
    return row == own || (name.size && owners_is_named(self, row, name));
}
