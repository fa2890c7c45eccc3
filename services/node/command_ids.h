#pragma once
// command_ids - which commands were carried out, so that a repeated one gets its old answer and one
// with other content is a conflict.
//
// Ids are UUIDv7 (RFC 9562) and carry their own time. They are kept until they are 30 days older
// than the newest accepted. They are never evicted by order of arrival: whoever sends many new ones
// could push an old one out, and have it carried out a second time. The set is a fold of the
// events' causes, so replay restores it. Units: milliseconds of Unix time inside ids. Threads: one.
#include "proto/fail.h"
#include "services/base/table.h"

enum { COMMAND_IDS_KEPT_DAYS = 30, COMMAND_IDS_AHEAD_MINUTES = 5 };

typedef struct {
    uid_t16 id, content;
    uint64_t sequence; // of the first event it caused
} command_id_t;

typedef struct {
    table_t table; // of command_id_t
    uint64_t newest_ms;
    uint32_t compact_at; // rows at which old ids are dropped
} command_ids_t;

void command_ids_init(command_ids_t *self);
void command_ids_release(command_ids_t *self);
void command_ids_walk(command_ids_t *self, walk_t *walk);

// FAIL_INVALID if it is no UUIDv7, FAIL_EXPIRED, FAIL_FUTURE by the wall clock; FAIL_CONFLICT if it
// was used with other content. FAIL_NONE with *ret_sequence 0 for a new one, else where its first
// event is.
fail_t command_ids_check(const command_ids_t *self, const uid_t16 *id, const uid_t16 *content,
                         instant_t wall, uint64_t *ret_sequence);
// Remembers; a known id is left as it is.
void command_ids_add(command_ids_t *self, const uid_t16 *id, const uid_t16 *content,
                     uint64_t sequence);
