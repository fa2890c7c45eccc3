#include "tests/simulation/desk.h"
#include "tests/simulation/world.h"
#include "proto/month.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/faults_clock.h"
#include "tests/simulation/impostor.h"
#include "tests/simulation/final.h"
#include "tests/simulation/turns.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

// After so long nobody needs the processor for heartbeats: once all have heard of all, or at last.
#define IDLE_US (3 * SECOND_US / 2)
#define QUIET_US (5 * SECOND_US)
#define AWAKE_US (2 * MINUTE_US) // before the end
#define EDGE_BEFORE_US (8 * DAY_US)
enum { EDGES = 11 };
#define MONTHS_FIRST (2026 * 12 + 1) // the first edge that a run may cross

const char *const reach_names[REACH_COUNT] = {
#define REACH(name, text) text,
    REACH_LIST(REACH)
#undef REACH
};

void world_violate(world_t *self, const char *invariant, const char *format, ...)
{
    if (self->violated)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(self->why, sizeof self->why, format, args);
    va_end(args);
    snprintf(self->invariant, sizeof self->invariant, "%s", invariant);
    self->violated = true;
}

void world_trace(const world_t *self, const char *format, ...)
{
    if (!self->trace)
        return;
    va_list args;
    va_start(args, format);
    printf("%12.6f ", (double)(self->now - self->start) / (double)DAY_US);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

const payment_settings_t *world_shop(const world_t *self)
{
    static payment_settings_t plain[2][2];
    bool refunds = self->profile.refund_every_us != 0 || self->profile.seconds;
    bool receipts = self->profile.receipts;
    const payment_settings_t *shop = robokassa_model_settings(refunds, receipts);
    if (self->profile.promo)
        return shop;
    payment_settings_t *one = &plain[refunds][receipts];
    *one = *shop;
    one->promo.count = 0; // no keys: no promo codes
    return one;
}

void world_after(world_t *self, instant_t delay, step_fn *run, void *arg, uint64_t number)
{
    schedule_add(&self->schedule,
                 &(step_t){.at = self->now + delay, .run = run, .arg = arg, .number = number});
}

// --- time ---

// Does this process hold all that its producers have made durable?
static bool has_all(const world_t *self, const answer_clock_t *clock)
{
    wire_t wire;
    wire_start(&wire, clock->cursors.data, clock->cursors.size);
    for (uint32_t left = wire_array(&wire, NODE_FOLLOWS_MAX); left; left--) {
        uint64_t stream, sequence;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &stream);
        wire_u64(&wire, &sequence);
        if (sequence != self->fold.seen[process_of(stream)])
            return false;
    }
    return true;
}

// When the first process wants to act by itself; what is overdue waits for something else.
// *ret_settled: nobody who is up has anything to do or to hear before.
static instant_t earliest_wish(world_t *self, bool *ret_settled)
{
    instant_t earliest = INT64_MAX;
    bool settled = true;
    for (unsigned i = 0; i < self->count; i++) {
        answer_t answer = {0};
        request_t request = {.type = REQUEST_clock, .number = 1};
        process_t *process = &self->processes[i];
        if (!process->up || process_sleeps(process, self->now))
            continue;
        if (!turns_query(self, (process_name_t)i, &request, &answer) || answer.fail) {
            settled = false;
            continue;
        }
        settled = settled && answer.clock.busy == 0 && has_all(self, &answer.clock);
        node_clock_t clock = process_clock(process, self->now);
        instant_t wait = answer.clock.wake == INT64_MAX ? INT64_MAX : answer.clock.wake - clock.now;
        if (wait > 0 && wait < INT64_MAX - self->now && self->now + wait < earliest)
            earliest = self->now + wait;
    }
    *ret_settled = settled;
    return earliest;
}

// Nobody gets the processor until something happens that is not a heartbeat.
static bool sleep_until_loud(world_t *self, step_t *step)
{
    if (!step->quiet || !turns_are(step) || self->now - self->active_at < IDLE_US ||
        self->now < self->ask_at)
        return false;
    bool settled;
    instant_t wish = earliest_wish(self, &settled), loud = schedule_loud(&self->schedule);
    instant_t until = loud < wish ? loud : wish, idle = self->now - self->active_at;
    self->ask_at = self->now + IDLE_US;
    if (idle < (settled ? IDLE_US : QUIET_US) || until <= step->at + SECOND_US)
        return false; // or a question woke somebody
    if (until > self->end)
        until = self->end;
    schedule_delay_quiet(&self->schedule, until);
    for (unsigned i = 0; i < self->count; i++)
        if (self->processes[i].turn_at != INT64_MIN && self->processes[i].turn_at < until)
            self->processes[i].turn_at = until;
    step->at = until;
    schedule_add(&self->schedule, step);
    self->active_at = until; // so that all get some time then
    return true;
}

void world_run(world_t *self)
{
    step_t step;
    while (!self->violated && schedule_take(&self->schedule, &step)) {
        if (step.at > self->end) {
            step_release(&step);
            break;
        }
        self->now = step.at;
        if (self->now < self->calm_at)
            self->calm = self->now < self->faulty_at;
        else if (!self->calm)
            faults_end(self);
        if (!sleep_until_loud(self, &step))
            step.run(self, &step);
        step_release(&step);
    }
    self->now = self->violated ? self->now : self->end;
    if (!self->violated)
        final_check(self);
}

// --- life ---

static void stay_awake(world_t *self, const step_t *step)
{
    (void)step;
    self->active_at = self->now;
}

// What is checked at the end is asked of processes that had time to hear of each other.
static void wake_for_the_end(world_t *self)
{
    for (instant_t before = AWAKE_US; before > 0; before -= IDLE_US / 2)
        world_after(self, self->end - before - self->now, stay_awake, NULL, 0);
}

world_t *world_new(const scenario_t *scenario, bool trace)
{
    uint64_t seed = scenario->seed;
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    draw_t draw = draw_fork(seed, SCENARIO_STREAM);
    self->scenario = *scenario;
    self->trace = trace;
    assert(scenario->days && scenario_is_sound(scenario));
    scenario_profile(scenario, &draw, &self->profile);
    self->count = self->profile.notices ? PROCESSES : self->profile.transfers ? NOTIFY : DOCUMENTS;
    // A month of Moscow ends among the first days of faults.
    uint64_t month = MONTHS_FIRST + draw_below(&draw, EDGES);
    self->edge = month_start(self->profile.quarters ? (month + 2) / 3 * 3 : month);
    instant_t before = draw_span(&draw, HOUR_US, EDGE_BEFORE_US);
    self->start = (self->edge - before) / HOUR_US * HOUR_US;
    self->now = self->start;
    self->restored_last = UINT64_MAX;
    self->end = self->start + (instant_t)scenario->days * DAY_US;
    self->faulty_at = self->start + (instant_t)scenario->from_h * HOUR_US;
    self->calm_at = self->start + (instant_t)scenario_calm_h(scenario) * HOUR_US;
    self->calm = scenario->from_h > 0;
    self->draw_disk = draw_fork(seed, 5);
    for (unsigned i = 0; i < FAULTS; i++)
        self->draws[i] = draw_fork(seed, 1000 + i);
    robokassa_model_init(&self->robokassa, seed);
    bank_model_init(&self->bank, seed);
    accountant_init(&self->accountant, seed);
    platform_model_init(&self->platform, seed, self->start, &self->profile);
    customers_init(&self->customers, seed);
    fold_init(&self->fold);
    promotions_init(self);
    closings_init(self);
    contacts_init(self);
    receipt_contacts_init(self);
    counting_init(self);
    for (unsigned i = 0; i < self->count; i++) {
        process_init(&self->processes[i], (process_name_t)i, self->profile.transfers,
                     world_shop(self), seed);
        self->processes[i].turn_at = INT64_MIN;
        self->processes[i].batch_records = self->profile.batch_records;
        self->processes[i].booted_at = self->start;
    }
    faults_clock_first(self);
    for (unsigned i = 0; i < self->count; i++)
        faults_start(self, &self->processes[i]);
    faults_begin(self);
    silences_begin(self);
    platform_model_begin(self);
    robokassa_model_begin(self);
    bank_model_begin(self);
    accountant_begin(self);
    customers_begin(self);
    promotions_begin(self);
    closings_begin(self);
    counting_begin(self);
    desk_begin(self);
    fold_notify_begin(self);
    contacts_begin(self);
    receipt_contacts_begin(self);
    announcements_begin(self);
    auditor_begin(self);
    wake_for_the_end(self);
    return self;
}

void world_destroy(world_t **self_p)
{
    world_t *self = *self_p;
    for (unsigned i = 0; i < self->count; i++)
        process_release(&self->processes[i]);
    if (self->stranger.up)
        process_release(&self->stranger);
    impostor_end(self);
    schedule_release(&self->schedule);
    robokassa_model_release(&self->robokassa);
    bank_model_release(&self->bank);
    platform_model_release(&self->platform);
    customers_release(&self->customers);
    fold_release(&self->fold);
    promotions_release(self);
    closings_release(self);
    contacts_release(self);
    receipt_contacts_release(self);
    free(self->backup.rows.rows);
    free(self->payment_backup.rows.rows);
    counting_release(self);
    free(self);
    *self_p = NULL;
}
