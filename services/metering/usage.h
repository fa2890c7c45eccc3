#pragma once
// usage - metering's state: accounts, resources, meters, replicas, and which minutes of a replica
// are billable, accepted and billed. It is the fold of the journal: usage_… functions that change
// it are called by apply only, know no rule, and take what an event says.
//
// What is remembered of a replica:
//   points   what lifecycle events said: from this instant on it runs under this tariff, or stands.
//            A minute's state is what the last point at or before m:00 says (of equal instants the
//            one that came last), so the order in which points arrive does not matter.
//   cells    per hour and tariff version: minutes accepted from ticks, and minutes billed. Cells of
//            WINDOW_HOURS closed hours are kept, so late and repeated minutes are recognised.
//   full     a ring of one bit an hour: all 60 minutes are billed; such an hour needs no cell.
// A minute is *fresh* if it is billable by ticks or points, not billed, and before the deletion;
// minutes of ticks stand before those of points where the two name different tariffs.
//
// Numbers: accounts, resources, meters and replicas count from 1 in order of their first event; 0
// is none. Hours are whole hours since the epoch.
// Memory: about 49 bytes a replica, 40 a meter, 32 a resource, 32 an account, 32 a cell, 16 a
// point, and the tables' slots. Rows of deleted resources stay. Ends the process by assert when it
// is out.
#include "proto/event.h"
#include "proto/table.h"
#include "services/metering/minutes.h"
#include "services/metering/order.h"
#include "services/metering/pool.h"
#include "services/metering/tariff.h"

enum {
    WINDOW_HOURS = 80,  // kept of closed hours; above the 72 that a minute may be late
    RING_HOURS = 128,   // hours that `full` can speak of: WINDOW_HOURS back, the rest ahead
    PRODUCERS_MAX = 16, // of feeds
    HOUR_NONE = UINT32_MAX
};
enum { CHARGED_HOUR = 1, CHARGED_DELETION = 2, CHARGED_LATE = 3 }; // usage.charged's reasons
#define LATE_MAX_US (72 * HOUR_US)
#define DELETED_NEVER INT64_MAX

typedef struct {
    uid_t16 id;
    int64_t carry;
    uint32_t meters; // the newest; the others by next_of_account
    uint32_t unused;
} account_t;

typedef struct {
    uid_t16 id;
    instant_t deleted; // DELETED_NEVER while it lives
    uint32_t account;  // 0 while only its deletion was heard of
    uint32_t meters;   // the newest; the others by next_of_resource
} resource_t;

typedef struct {
    int64_t carry;
    uint32_t account, resource;
    uint32_t next_of_account, next_of_resource;
    uint32_t replicas; // the newest; the others by next
    uint8_t kind;
    bool closed; // its resource was deleted; what comes later goes to the account's carry
    bool late;   // has fresh minutes that no closing of an hour will post
} meter_t;

typedef struct {
    uid_t16 id;
    uint32_t meter, next;
    uint32_t points; // newest instant first
    uint32_t cells;
    uint64_t full[RING_HOURS / 64];
} replica_t;

typedef struct {
    instant_t at;
    uint32_t next;
    uint16_t code; // the tariff's, 0 means stopped
} point_t;

typedef struct {
    mask_t accepted, billed; // billed minutes are accepted too
    uint32_t hour, next;
    uint16_t version;
} cell_t;

typedef struct {
    stream_t producer;
    instant_t through;
} producer_t;

typedef struct {
    tariffs_t tariffs;
    event_metering_policy_changed_t policy;
    table_t accounts, resources, replicas;
    meter_t *meters;
    uint32_t meters_count, meters_cap;
    pool_t points, cells;
    order_t live; // meters that are not closed, by account, resource, kind
    order_t late; // meters whose `late` is true, in the same order
    producer_t producers[PRODUCERS_MAX];
    size_t producers_count;

    uint32_t closed;    // the first hour that is not closed: all before it are
    uint32_t low, high; // hours that may hold something to post; to no end while `running`
    uint32_t running;   // replicas of open meters that run by their newest point
    uint32_t cursor;    // the last meter posted of the hour being closed, 0 if none yet
    uint64_t lines;     // posted of the hour being closed
    uint64_t charged, refused, expired; // counted since the journal's first event
} metering_t;

void usage_init(metering_t *self);
void usage_release(metering_t *self);

// --- rows; numbers must exist ---

static inline account_t *usage_account(const metering_t *self, uint32_t number)
{
    return table_row(&self->accounts, number - 1);
}
static inline resource_t *usage_resource(const metering_t *self, uint32_t number)
{
    return table_row(&self->resources, number - 1);
}
static inline replica_t *usage_replica(const metering_t *self, uint32_t number)
{
    return table_row(&self->replicas, number - 1);
}
static inline meter_t *usage_meter(const metering_t *self, uint32_t number)
{
    return &self->meters[number - 1];
}
static inline uint32_t usage_find(const table_t *table, const uid_t16 *id) // 0 if there is none
{
    uint32_t number = table_find(table, id);
    return number == TABLE_NONE ? 0 : number + 1;
}
uint32_t usage_meter_of(const metering_t *self, const resource_t *resource, uint64_t kind);

// --- minutes ---

// At most one version a minute.
typedef struct {
    unsigned count;
    struct {
        uint16_t version;
        mask_t mask;
    } of[HOUR_MINUTES];
} fresh_t;

// The replica's fresh minutes of an hour that start before `before`, by tariff version.
void usage_fresh(const metering_t *self, const replica_t *replica, uint32_t hour, instant_t before,
                 fresh_t *out);

// What is known of one minute: the version it was accepted under by ticks or billing, UINT16_MAX if
// the whole hour is billed, 0 if nothing is known.
uint16_t usage_accepted_under(const metering_t *self, const replica_t *replica, instant_t minute);
// The version the points say it runs under, 0 if it stands.
uint16_t usage_runs_under(const metering_t *self, const replica_t *replica, instant_t minute);

// The instant up to which every producer has sent all; INT64_MIN while none has spoken.
instant_t usage_through(const metering_t *self);
instant_t usage_producer_through(const metering_t *self, stream_t producer); // INT64_MIN if unknown
// The next hour to close, HOUR_NONE if there is nothing to close.
uint32_t usage_next_hour(const metering_t *self);

// --- the fold ---

void usage_open_meter(metering_t *self, const event_meter_opened_t *event);
void usage_open_replica(metering_t *self, const event_replica_opened_t *event);
void usage_accept(metering_t *self, const event_usage_accepted_t *event);
void usage_point(metering_t *self, uint32_t replica, instant_t at, uint16_t code);
void usage_charge(metering_t *self, const event_usage_charged_t *event);
void usage_close_meter(metering_t *self, const event_meter_closed_t *event);
void usage_close_hour(metering_t *self, uint32_t hour);
void usage_pass(metering_t *self, stream_t producer, instant_t through);
