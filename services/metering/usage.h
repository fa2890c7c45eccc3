#pragma once
// usage - metering's state: accounts, resources, meters, replicas, and which minutes of a replica
// are billable, accepted and billed. It is the fold of the journal: usage_… functions that change
// it are called by apply only, know no rule, and take what an event says.
//
// What is remembered of a replica:
//   points   what lifecycle events said: from this instant on it runs under this tariff, or stands.
//            A minute's state is what the last point at or before m:00 says (of equal instants the
//            one that came last), so the order in which points arrive does not matter.
//   cells    per hour: minutes accepted from ticks, and minutes billed (cells.h). Those of
//            WINDOW_HOURS closed hours are kept, so late and repeated minutes are recognised.
// A minute is *fresh* if it is billable by ticks or points, not billed, and before the deletion;
// minutes of ticks stand before those of points where the two name different tariffs.
//
// Forgetting. A replica is *busy* or *idle*. At the closing of an hour a busy one goes idle if it
// stands, all of it lies in closed hours and nothing of it is fresh; whatever is said of an idle
// one makes it busy again. Work is done on busy replicas only. An idle one may be forgotten once
// the hour whose closing made it idle has left the window; a meter once its resource's deletion
// (and when that was heard) has, and all its replicas are forgotten; with its last meter goes a
// resource, and an account that has no carry. The window is wider than any minute may be late, so
// whatever could still be accepted of them then is older than nothing that is remembered.
//
// Numbers: accounts, resources, meters and replicas count from 1; 0 is none. Numbers of forgotten
// rows are used again, the last forgotten first. Hours are whole hours since the epoch.
// Memory: about 69 bytes a replica, 52 a meter, 40 a resource, 48 an account with their slots, and
// 16 a cell or point. Ends the process by assert when it is out.
#include "proto/event.h"
#include "proto/table.h"
#include "services/metering/cells.h"
#include "services/metering/chain.h"
#include "services/metering/order.h"
#include "services/metering/tariff.h"

enum {
    WINDOW_HOURS = 80,  // kept of closed hours; above the 72 that a minute may be late
    PRODUCERS_MAX = 16, // of feeds
    HOUR_NONE = UINT32_MAX
};
enum { CHARGED_HOUR = 1, CHARGED_DELETION = 2, CHARGED_LATE = 3 }; // usage.charged's reasons
#define LATE_MAX_US (72 * HOUR_US)
#define AHEAD_MAX_US HOUR_US
#define AHEAD_WAITS_US                                                                             \
    DAY_US // beyond it an instant ahead is the platform's mistake, not our clock's
#define DELETED_NEVER INT64_MAX

typedef struct {
    uid_t16 id;
    int64_t carry;
    chain_t meters;        // the open ones
    uint32_t meters_count; // the closed ones too
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
    uint32_t next_of_resource;
    link_t link;             // among the account's open meters; or, closed, in `gone` or `spent`
    chain_t replicas;        // the busy ones
    uint32_t replicas_count; // the idle ones too
    uint32_t since;          // the last hour in which its deletion lies and was heard, when closed
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
    link_t link;     // in `busy` or `idle`
    link_t of_meter; // among the meter's busy replicas
    uint32_t since;  // the hour whose closing made it idle, HOUR_NONE while busy
} replica_t;

typedef struct {
    instant_t at;
    uint32_t next;
    uint16_t code; // the tariff's, 0 means stopped
} point_t;

typedef struct {
    stream_t producer;
    instant_t through;
} producer_t;

typedef struct {
    tariffs_t tariffs;
    event_metering_policy_changed_t policy;
    table_t accounts, resources, replicas;
    pool_t meters, points, cells;
    order_t live;        // meters that are not closed, by account, resource, kind
    order_t late;        // meters whose `late` is true, in the same order
    chain_t busy, idle;  // replicas; the idle ones by `since`
    chain_t gone, spent; // closed meters: not due, by `since`; and with nothing left to wait for
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
    return pool_row(&self->meters, number);
}
static inline uint32_t usage_find(const table_t *table, const uid_t16 *id) // 0 if there is none
{
    uint32_t number = table_find(table, id);
    return number == TABLE_NONE ? 0 : number + 1;
}
// The oldest hour of which minutes are remembered: what lies before it is too late for anything.
static inline uint32_t usage_oldest(const metering_t *self)
{
    return self->closed > WINDOW_HOURS ? self->closed - WINDOW_HOURS : 0;
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

// The next hour, newest first, of which *cell and the cells after it tell and that has something
// fresh; false at the end. A walk begins with the replica's first cell.
bool usage_fresh_next(const metering_t *self, const replica_t *replica, uint32_t *cell,
                      uint32_t *ret_hour, fresh_t *out);

// What is known of one minute: the version it was accepted under by ticks or billing, UINT16_MAX if
// the whole hour is billed, 0 if nothing is known.
uint16_t usage_accepted_under(const metering_t *self, const replica_t *replica, instant_t minute);
// The version the points say it runs under, 0 if it stands.
uint16_t usage_runs_under(const metering_t *self, const replica_t *replica, instant_t minute);

// The instant up to which every producer has sent all; INT64_MIN while none has spoken.
instant_t usage_through(const metering_t *self);
instant_t usage_producer_through(const metering_t *self, stream_t producer); // INT64_MIN if unknown
// The producer that an hour's closing waits for longest, STREAM_NONE if it waits for none.
stream_t usage_waits_for(const metering_t *self);
// The next hour to close, HOUR_NONE if there is nothing to close.
uint32_t usage_next_hour(const metering_t *self);

// May be forgotten: the replicas from the first of `idle` on while this says so, all of `spent`.
static inline bool usage_is_past(const metering_t *self, uint32_t replica)
{
    return replica && usage_replica(self, replica)->since < usage_oldest(self);
}

// --- the fold; `heard` is the event's own time ---

void usage_open_meter(metering_t *self, const event_meter_opened_t *event, instant_t heard);
void usage_open_replica(metering_t *self, const event_replica_opened_t *event);
void usage_accept(metering_t *self, const event_usage_accepted_t *event);
void usage_point(metering_t *self, uint32_t replica, instant_t at, uint16_t code);
void usage_charge(metering_t *self, const event_usage_charged_t *event);
void usage_close_meter(metering_t *self, const event_meter_closed_t *event, instant_t heard);
void usage_close_hour(metering_t *self, uint32_t hour);
void usage_pass(metering_t *self, stream_t producer, instant_t through);
void usage_retire(metering_t *self, stream_t producer);
void usage_forget(metering_t *self, const event_usage_forgotten_t *event);
