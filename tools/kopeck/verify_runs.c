#include "tools/kopeck/verify_runs.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_minutes.h"
#include <endian.h>

void verify_runs_init(verify_runs_t *self, verify_report_t *report)
{
    *self = (verify_runs_t){.report = report};
    table_init(&self->meters, sizeof(verify_meter_t));
    table_init(&self->replicas, sizeof(verify_replica_t));
    verify_evidence_init(&self->evidence, report);
}

void verify_runs_release(verify_runs_t *self)
{
    table_release(&self->meters);
    table_release(&self->replicas);
    verify_evidence_release(&self->evidence);
}

static bool equal(verify_runs_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_METERING, sequence, expected, found);
}

static bool that(verify_runs_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_METERING, sequence, holds, expected, found);
}

static void *find_or_insert(table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    if (row == TABLE_NONE)
        row = table_insert(table, key);
    return table_row(table, row);
}

bool verify_runs_is_instant(verify_runs_t *self, uint64_t sequence, instant_t at)
{
    return that(self, "metering: instants are of our time", sequence, at >= 0 && at <= INSTANT_LAST,
                "1970 to 2255", at);
}

verify_meter_t *verify_runs_meter(verify_runs_t *self, uint64_t sequence, uint64_t number)
{
    bool opened = number > 0 && number <= self->meters.count &&
                  !((verify_meter_t *)table_row(&self->meters, (uint32_t)number - 1))->forgotten;
    return that(self, "metering: meters are opened before use", sequence, opened,
                "the number of an opened meter", (int64_t)number)
               ? table_row(&self->meters, (uint32_t)number - 1)
               : NULL;
}

verify_replica_t *verify_runs_replica(verify_runs_t *self, uint64_t sequence, uint64_t number)
{
    bool opened =
        number > 0 && number <= self->replicas.count &&
        !((verify_replica_t *)table_row(&self->replicas, (uint32_t)number - 1))->forgotten;
    return that(self, "metering: replicas are opened before use", sequence, opened,
                "the number of an opened replica", (int64_t)number)
               ? table_row(&self->replicas, (uint32_t)number - 1)
               : NULL;
}

// --- what opens ---

static void check_meter_opened(verify_runs_t *self, uint64_t sequence,
                               const event_meter_opened_t *opened)
{
    uid_t16 key = table_key(opened->meter, 1);
    uint32_t row = table_find(&self->meters, &key);
    bool freed = row != TABLE_NONE && ((verify_meter_t *)table_row(&self->meters, row))->forgotten;
    if (!freed && !equal(self, "metering: meter numbers are dense", sequence,
                         (int64_t)self->meters.count + 1, (int64_t)opened->meter))
        return;
    verify_meter_t *meter = find_or_insert(&self->meters, &key);
    *meter = (verify_meter_t){.key = key,
                              .account = opened->account,
                              .resource = opened->resource,
                              .kind = opened->kind,
                              .hour = INT64_MIN,
                              .reach = INT64_MIN};
}

static void check_replica_opened(verify_runs_t *self, uint64_t sequence,
                                 const event_replica_opened_t *opened)
{
    // A replica whose stop came before its start is named once without a meter.
    uid_t16 key = table_key(opened->replica, 1);
    bool again = table_find(&self->replicas, &key) != TABLE_NONE;
    if (!again && !equal(self, "metering: replica numbers are dense", sequence,
                         (int64_t)self->replicas.count + 1, (int64_t)opened->replica))
        return;
    verify_replica_t *replica = find_or_insert(&self->replicas, &key);
    if (replica->forgotten) {
        *replica = (verify_replica_t){.key = key};
        again = false;
    }
    verify_meter_t *meter = opened->meter ? verify_runs_meter(self, sequence, opened->meter) : NULL;
    if (!meter)
        return;
    that(self, "metering: a replica has one meter", sequence, !replica->meter, "a new replica",
         (int64_t)replica->meter);
    replica->meter = (uint32_t)opened->meter;
    meter->replicas++;
    meter->unordered |= again;
}

// --- what is forgotten ---

static void forget_replica(verify_runs_t *self, uint64_t sequence, uint64_t number)
{
    verify_replica_t *replica = verify_runs_replica(self, sequence, number);
    if (!replica)
        return;
    verify_meter_t *meter = replica->meter ? table_row(&self->meters, replica->meter - 1) : NULL;
    bool runs = replica->running && meter && !meter->closed && !meter->unordered;
    that(self, "metering: what may still be billed is not forgotten", sequence, !runs,
         "a replica that stands", (int64_t)number);
    if (meter && meter->replicas)
        meter->replicas--;
    replica->forgotten = true;
}

static void forget_meter(verify_runs_t *self, uint64_t sequence, uint64_t number)
{
    verify_meter_t *meter = verify_runs_meter(self, sequence, number);
    if (!meter)
        return;
    that(self, "metering: what may still be billed is not forgotten", sequence, meter->closed,
         "a meter that is closed", (int64_t)number);
    meter->forgotten = true;
    verify_evidence_forget(&self->evidence, &meter->resource);
}

static void check_forgotten(verify_runs_t *self, uint64_t sequence,
                            const event_usage_forgotten_t *forgotten)
{
    uint64_t count = forgotten->numbers.size / sizeof(uint32_t);
    bool whole = forgotten->numbers.size % sizeof(uint32_t) == 0 && forgotten->replicas <= count &&
                 forgotten->meters == count - forgotten->replicas;
    if (!that(self, "metering: forgotten numbers are as many as declared", sequence, whole,
              "4 bytes a number", (int64_t)forgotten->numbers.size))
        return;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t number;
        memcpy(&number, forgotten->numbers.data + i * sizeof number, sizeof number);
        if (i < forgotten->replicas)
            forget_replica(self, sequence, le32toh(number));
        else
            forget_meter(self, sequence, le32toh(number));
    }
}

// --- evidence ---

static int64_t first_minute(instant_t from)
{
    return from / MINUTE_US + (from % MINUTE_US > 0);
}

instant_t verify_runs_stopped(const verify_replica_t *replica, instant_t at)
{
    return at >= replica->began && at < replica->from ? replica->from : at;
}

static void end_interval(verify_replica_t *replica, verify_meter_t *meter, instant_t to)
{
    to = verify_runs_stopped(replica, to);
    int64_t from = first_minute(replica->from), end = first_minute(to);
    meter->unordered |= to < replica->from;
    if (end > from)
        meter->evidence += (uint64_t)(end - from);
    meter->running--;
    meter->running_from -= from;
    replica->running = false;
}

// A deletion ends what runs. Where it lies before a start, how much each ran is not summed up here.
void verify_runs_end_all(verify_meter_t *meter, instant_t at)
{
    int64_t minutes = (int64_t)meter->running * first_minute(at) - meter->running_from;
    meter->evidence += minutes > 0 ? (uint64_t)minutes : 0;
    meter->unordered |= meter->running && at < meter->newest;
    meter->running = 0;
    meter->running_from = 0;
}

// Also in journals where only the loss account says how much of it was told too late.
static instant_t began_at(const verify_runs_t *self, const event_t *event)
{
    const event_interval_opened_t *opened = &event->interval_opened;
    bool lost = self->lost.replica == opened->replica &&
                self->lost.item.stream == event->cause.stream &&
                self->lost.item.sequence == event->cause.sequence;
    if (opened->began)
        return opened->began;
    return lost ? opened->from - (instant_t)self->lost.minutes * MINUTE_US : opened->from;
}

static void take_interval(verify_runs_t *self, uint64_t sequence, const event_t *event)
{
    bool opens = event->type == EVENT_interval_opened;
    uint64_t number = opens ? event->interval_opened.replica : event->interval_closed.replica;
    instant_t at = opens ? event->interval_opened.from : event->interval_closed.to;
    verify_replica_t *replica = verify_runs_replica(self, sequence, number);
    if (!verify_runs_is_instant(self, sequence, at) || !replica || !replica->meter)
        return;
    verify_meter_t *meter = table_row(&self->meters, replica->meter - 1);
    meter->unordered |= meter->closed; // its intervals had ended
    if (meter->unordered)
        return;
    if (replica->running)
        end_interval(replica, meter, at);
    else
        meter->unordered |= !opens;
    // An interval that begins behind what is known may cut another one short.
    meter->unordered |= opens && at < replica->from;
    if (!opens)
        return;
    replica->from = at;
    replica->began = began_at(self, event);
    replica->running = true;
    meter->running++;
    if (at > meter->newest)
        meter->newest = at;
    meter->running_from += first_minute(at);
    // A replica that began after the newest hour billed must not count against the others.
    if (first_minute(at) * MINUTE_US > meter->reach)
        meter->reach = first_minute(at) * MINUTE_US;
}

static void take_masks(verify_runs_t *self, uint64_t sequence,
                       const event_usage_accepted_t *accepted)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, accepted->masks, accepted->count);
    while (masks_next(&reader, &entry)) {
        verify_replica_t *replica = verify_runs_replica(self, sequence, entry.replica);
        if (replica && replica->meter)
            ((verify_meter_t *)table_row(&self->meters, replica->meter - 1))->evidence +=
                (uint64_t)__builtin_popcountll(entry.mask);
    }
    that(self, "metering: accepted masks decode", sequence, masks_end(&reader) == FAIL_NONE,
         "entries in order, as many as declared", (int64_t)accepted->count);
}

// --- what nobody vouches for ---

// Every open interval of what the producer runs ends there. One of a meter whose intervals were
// told out of order is not known.
static void take_ended(verify_runs_t *self, uint64_t sequence, const event_usage_ended_t *ended)
{
    uint64_t runs = 0;
    bool known = true;
    for (uint32_t i = 0; i < self->replicas.count; i++) {
        verify_replica_t *replica = table_row(&self->replicas, i);
        verify_meter_t *meter = replica->meter && !replica->forgotten
                                    ? table_row(&self->meters, replica->meter - 1)
                                    : NULL;
        if (!meter || meter->closed ||
            verify_evidence_owner(&self->evidence, &meter->resource) != ended->producer)
            continue;
        known = known && !meter->unordered;
        if (!replica->running || meter->unordered)
            continue;
        end_interval(replica, meter, ended->until > replica->from ? ended->until : replica->from);
        runs++;
    }
    if (known)
        equal(self, "metering: an end says how many runs it ends", sequence, (int64_t)runs,
              (int64_t)ended->runs);
}

// What runs counts up to the newest hour billed or what is vouched for, or to its own start where
// that is later.
static int64_t running_minutes(const verify_meter_t *meter, instant_t vouched)
{
    instant_t until = meter->reach < vouched ? meter->reach : vouched;
    if (until < meter->newest)
        until = meter->newest;
    return (int64_t)meter->running * first_minute(until) - meter->running_from;
}

bool verify_runs_has_evidence(const verify_runs_t *self, const verify_meter_t *meter, bool told)
{
    instant_t vouched = told ? INT64_MAX : verify_evidence_until(&self->evidence, &meter->resource);
    return meter->unordered ||
           (int64_t)meter->billed <= (int64_t)meter->evidence + running_minutes(meter, vouched);
}

void verify_runs_feed(verify_runs_t *self, uint64_t sequence, const event_t *event)
{
    verify_evidence_feed(&self->evidence, sequence, event);
    switch (event->type) {
    case EVENT_meter_opened:
        check_meter_opened(self, sequence, &event->meter_opened);
        break;
    case EVENT_replica_opened:
        check_replica_opened(self, sequence, &event->replica_opened);
        break;
    case EVENT_interval_opened:
    case EVENT_interval_closed:
        take_interval(self, sequence, event);
        break;
    case EVENT_usage_expired:
        self->lost.replica = event->usage_expired.replica;
        self->lost.minutes =
            event->usage_expired.minutes < MINUTES_MAX ? event->usage_expired.minutes : 0;
        self->lost.item = event->cause;
        break;
    case EVENT_usage_accepted:
        take_masks(self, sequence, &event->usage_accepted);
        break;
    case EVENT_usage_ended:
        take_ended(self, sequence, &event->usage_ended);
        break;
    case EVENT_usage_forgotten:
        check_forgotten(self, sequence, &event->usage_forgotten);
        break;
    default:
        break;
    }
}
