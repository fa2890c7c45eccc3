#pragma once
// metering_rows - the rows of metering's state: accounts, resources, meters and replicas, and what
// is remembered of a replica's minutes. Here are the types and how a row is found; metering_state
// changes rows, metering_fresh and metering_hours read them.
//
// What is remembered of a replica:
//   points   What lifecycle events said (metering_points.h). A minute is billable if the last
//            point at or before its start says that it runs; which of several words about one
//            instant holds is decided by what they say. So the order in which they arrive does not
//            matter. Example: it started at 10:00:30 and stopped at 10:05:10. The minutes 10:01 to
//            10:05 are billable, whichever was heard of first.
//   cells    For each hour the minutes that were accepted from ticks, and those that were billed
//            (metering_cells.h). Cells of the last WINDOW_HOURS closed hours are kept, so that
//            minutes that come late or twice are recognised.
//
// Fresh is a minute that is still to be charged: it is billable by ticks or points, is not billed,
// and lies before the deletion of its resource; a minute of a run without a stop also only as far
// as there is evidence of it (metering_evidence.h). Where a tick and a point name different
// tariffs, the tick's holds. Example: the minute 10:07 was accepted from a tick. It is fresh until
// the line of the hour from 10 to 11 is posted, and never again.
//
// Forgetting. A replica is busy or idle, and work is done on busy ones only. At the closing of an
// hour a busy replica goes idle if it stands, nothing of it lies in an hour that is still open, and
// nothing of it is fresh. Whatever is said of an idle replica makes it busy again.
//   A replica may be forgotten when the hour whose closing made it idle has left the window.
//   A meter may be forgotten when the deletion of its resource has left the window, the hour in
//   which that was heard too, and all its replicas are forgotten.
//   With its last meter go a resource, and an account that has no carry.
// Example: a replica stops on Monday at 10:20, and the closing of that hour makes it idle. When the
// hour from 18 to 19 on Thursday is closed too, it may be forgotten. The window of 80 hours is
// wider than the 72 that a minute may be late, so nothing that may still be accepted falls before
// what is remembered.
//
// Numbers: accounts, resources, meters and replicas count from 1; 0 is none. Numbers of forgotten
// rows are used again, the last forgotten first. Hours are whole hours since the epoch.
// Ownership: the rows are the state's; a pointer to one is valid until the next event is applied.
// Memory: about 73 bytes a replica, 56 a meter, 48 a resource, 80 an account with their slots, and
// 16 a cell, 24 a point. Failures: none. Threads: one.
#include "proto/event.h"
#include "services/base/table.h"
#include "services/metering/metering_cells.h"
#include "services/base/chain.h"
#include "services/metering/metering_order.h"
#include "services/metering/metering_owners.h"
#include "services/metering/metering_points.h"
#include "services/metering/metering_tariff.h"

enum {
    WINDOW_HOURS = 80,          // kept of closed hours; above the 72 that a minute may be late
    PRODUCERS_MAX = OWNERS_MAX, // of feeds
    HOUR_NONE = UINT32_MAX
};
#define LATE_MAX_US (72 * HOUR_US)
#define AHEAD_MAX_US HOUR_US
#define AHEAD_WAITS_US                                                                             \
    DAY_US // beyond it an instant ahead is the platform's mistake, not our clock's
#define DELETED_NEVER INT64_MAX
#define LATE_AT_ONCE 0 // an instant before all

typedef struct {
    uid_t16 id;
    int64_t carry;
    chain_t meters;        // the open ones
    uint32_t meters_count; // the closed ones too
    uint32_t busy;         // replicas
    uint32_t hour;         // of its last lines of closings
    int64_t units;         // that these come to (metering_burn.h)
    uint64_t line, paid;   // sequences of the last one, and of the last of a kopeck; 0 for none
} metering_account_t;

typedef struct {
    uid_t16 id;
    instant_t deleted; // DELETED_NEVER while it lives
    uint32_t account;  // 0 while only its deletion was heard of
    uint32_t meters;   // the newest; the others by next_of_resource
    uint16_t owner;    // whose it is: the row of a producer
} resource_t;

typedef struct {
    int64_t carry;
    uint32_t account, resource;
    uint32_t next_of_resource;
    chain_link_t link; // among the account's open meters; or, closed, in `gone` or `spent`
    chain_t replicas;  // the busy ones, then the idle ones
    uint32_t replicas_count;
    uint32_t counts; // of what is counted, the row made last; the others by next_of_meter
    uint32_t since;  // the last hour in which its deletion lies and was heard, when closed
    uint8_t kind;
    bool closed; // its resource was deleted; what comes later goes to the account's carry
    bool late;   // has fresh minutes that no closing of an hour will post
    bool due;    // closed, and `since` has left the window
} meter_t;

typedef struct {
    uid_t16 id;
    uint32_t meter;  // 0 while only a stop was heard of it
    uint32_t points; // newest instant first
    cells_t cells;
    uint16_t owner;        // while it has no meter: the row of the producer that spoke of it
    chain_link_t link;     // in `busy` or `idle`
    chain_link_t of_meter; // among the meter's replicas
    uint32_t since;        // the hour whose closing made it idle, HOUR_NONE while busy
} replica_t;

typedef struct {
    stream_t producer;
    instant_t through;
} producer_t;

// What is counted (metering_counts.h).
typedef struct {
    uint64_t counted, billed;
    uint32_t meter, hour;
    uint32_t next_of_meter;
    uint32_t requests; // the newest; the others by `next`
    chain_link_t link; // among those of its hour
    uint16_t version;
} count_t;

typedef struct {
    uid_t16 id;
    uint64_t tokens[2];
    uint32_t meters[2]; // of what it brought, and of its answer; 0 where there were none
    uint32_t next[2];   // of the same row, in the same two ways
    uint32_t hour;
    chain_link_t link; // among those of its hour
} counted_request_t;

typedef struct {
    pool_t rows;
    table_t requests;
    chain_t of_hour[CELLS_RING_HOURS], requests_of_hour[CELLS_RING_HOURS]; // by hour, modulo
} counts_t;

// What is owed back, and the lines that may give it back (metering_credits.h).
typedef struct {
    uid_t16 key; // made of meter, hour and tariff version
    uint64_t minutes;
    chain_link_t link; // in `owed_order`
} owed_t;

typedef struct {
    uid_t16 key;       // as of owed_t, and the how manieth such line
    uint64_t sequence; // of the line
    uint64_t minutes;  // not given back
    kopecks_t given;   // given back
    chain_link_t link; // in `kept_order`
    uint32_t since;    // the hour with which it may be forgotten
} kept_t;

typedef struct {
    uint32_t hour;
    uint64_t first, last; // of its lines; last is UINT64_MAX until it is closed
} credits_hour_t;

// A deletion of which more is to be taken back.
typedef struct {
    uid_t16 resource;
    instant_t oldest;  // what lies before it is not given back
    chain_link_t link; // in `taking_order`
} taking_back_t;

typedef struct {
    table_t owed, kept, taking;
    chain_t owed_order, kept_order, taking_order; // of rows, numbered from 1: the oldest first
    credits_hour_t hours[CELLS_RING_HOURS];
    uint64_t given, refused; // minutes, counted since the journal's first event
} credits_t;

// What came too late to be billed (docs/rules.md "Late minutes").
typedef struct {
    uint64_t minutes, unpriced; // lost; of them those of events that have no price
    kopecks_t amount;
    int64_t carry;
    instant_t last; // 0 if never
} losses_t;

typedef struct {
    uint32_t replicas_max, meters_max; // FAIL_FULL beyond
} metering_limits_t;

typedef struct {
    tariffs_t tariffs;
    event_metering_policy_changed_t policy;
    event_quotas_changed_t quotas;
    uint64_t quotas_changed; // sequence of the event; 0 if there is none
    table_t accounts, resources, replicas;
    pool_t meters, points, cells;
    counts_t counts;
    owners_t owners;
    order_t live;         // meters that are not closed, by account, resource, kind
    order_t late;         // meters whose `late` is true, in the same order
    instant_t late_since; // since when there are any; LATE_AT_ONCE if they are not to wait
    chain_t busy, idle;   // replicas; the idle ones by `since`
    chain_t gone, spent;  // closed meters: not due, by `since`; and with nothing left to wait for
    producer_t producers[PRODUCERS_MAX];
    size_t producers_count;

    uint32_t closed;           // the first hour that is not closed: all before it are
    uint32_t low, high;        // hours that may hold something to post; to no end while `running`
    uint32_t running;          // replicas of open meters that run by their newest point
    uint32_t cursor;           // the last meter posted of the hour being closed, 0 if none yet
    uint64_t lines;            // posted of the hour being closed
    uint64_t charged, refused; // counted since the journal's first event
    losses_t losses;
    instant_t quota_refused; // when a quota refused an item last, 0 if never
    credits_t credits;
    metering_limits_t limits;
} metering_state_t;

// --- rows; numbers must exist ---

static inline metering_account_t *rows_account(const metering_state_t *self, uint32_t number)
{
    return table_row(&self->accounts, number - 1);
}
static inline resource_t *rows_resource(const metering_state_t *self, uint32_t number)
{
    return table_row(&self->resources, number - 1);
}
static inline replica_t *rows_replica(const metering_state_t *self, uint32_t number)
{
    return table_row(&self->replicas, number - 1);
}
static inline meter_t *rows_meter(const metering_state_t *self, uint32_t number)
{
    return pool_row(&self->meters, number);
}
static inline count_t *rows_count(const metering_state_t *self, uint32_t number)
{
    return pool_row(&self->counts.rows, number);
}
static inline uint32_t rows_find(const table_t *table, const uid_t16 *id) // 0 if there is none
{
    uint32_t number = table_find(table, id);
    return number == TABLE_NONE ? 0 : number + 1;
}
// The oldest hour of which minutes are remembered: what lies before it is too late for anything.
static inline uint32_t rows_oldest_hour(const metering_state_t *self)
{
    return self->closed > WINDOW_HOURS ? self->closed - WINDOW_HOURS : 0;
}
static inline uint32_t rows_meter_of(const metering_state_t *self, const resource_t *resource,
                                     uint64_t kind) // 0 if there is none
{
    uint32_t number = resource->meters;
    while (number && rows_meter(self, number)->kind != kind)
        number = rows_meter(self, number)->next_of_resource;
    return number;
}

// --- how rows hang together ---

static inline chain_links_t rows_replicas_links(const metering_state_t *self) // in `busy`, `idle`
{
    return (chain_links_t){self->replicas.rows + offsetof(replica_t, link), sizeof(replica_t)};
}
static inline chain_links_t rows_of_meter_links(const metering_state_t *self)
{
    return (chain_links_t){self->replicas.rows + offsetof(replica_t, of_meter), sizeof(replica_t)};
}
static inline chain_links_t rows_meters_links(const metering_state_t *self)
{
    return (chain_links_t){self->meters.rows + offsetof(meter_t, link), sizeof(meter_t)};
}

// A meter's busy replicas one by one, 0 at the end: they stand before the idle ones.
static inline uint32_t rows_busy(const metering_state_t *self, uint32_t replica)
{
    return replica && rows_replica(self, replica)->since == HOUR_NONE ? replica : 0;
}
static inline uint32_t rows_busy_first(const metering_state_t *self, const meter_t *meter)
{
    return rows_busy(self, meter->replicas.first);
}
static inline uint32_t rows_busy_next(const metering_state_t *self, uint32_t replica)
{
    return rows_busy(self, rows_replica(self, replica)->of_meter.after);
}

// Has the hour whose closing made it idle left the window? May be forgotten then: the replicas from
// the first of `idle` on while this says so, and all meters of `spent`. False for 0.
static inline bool rows_replica_is_old(const metering_state_t *self, uint32_t replica)
{
    return replica && rows_replica(self, replica)->since < rows_oldest_hour(self);
}
