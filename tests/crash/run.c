#include "tests/crash/run.h"
#include "tests/crash/snapshots.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNAPSHOTS_EVERY = 16 }; // seeds
enum { BATCHES_MIN = 4, BATCHES_DRAWN = 12, SEGMENT_EVENTS_MIN = 16, FLUSHES_BEFORE_MAX = 40 };
#define STEP_US (2 * SECOND_US) // silence enough for a follower to ask
#define RUN_TIME INT64_C(1767950000000000)

static void record(void *arg, const step_t *step)
{
    run_t *self = arg;
    if (step->kind == STEP_FLUSH_NAMES && self->options.skip_names &&
        strcmp(step->name, "segments") == 0)
        return;
    if (step->kind == STEP_FLUSH && self->options.skip_leftovers && self->starting)
        return;
    self->starting = self->starting && step->kind != STEP_WRITE;
    self->failed_flushes += step->kind == STEP_FLUSH_FAILED;
    tape_add(&self->tape, step);
}

static void give(void *arg, node_t *node)
{
    demand_give(((run_t *)arg)->demand, node);
}

static void submit(void *arg, const node_batch_t *batch)
{
    run_t *self = arg;
    self->at = history_add(self->history, self->at, batch);
    tape_mark(&self->tape, STEP_SUBMITTED, (uint64_t)self->at);
}

static void hear(void *arg, const output_t *output)
{
    run_t *self = arg;
    if (self->acknowledged != self->at && self->options.control != CONTROL_SEND) {
        self->acknowledged = self->at;
        tape_mark(&self->tape, STEP_ACKNOWLEDGED, (uint64_t)self->at);
    }
    uint64_t invoice = demand_charges(output);
    if (invoice) {
        tape_mark(&self->tape, STEP_SENT, invoice);
        self->charges++;
        if (!history_sent(self->history, self->at, invoice))
            (void)snprintf(self->wrong, sizeof self->wrong,
                           "a charge of invoice %llu left and no payment.sent was submitted",
                           (unsigned long long)invoice);
    }
    demand_hear(self->demand, output);
}

// Starts over what the cache shows, and finds out which commit that is.
static bool start(run_t *self)
{
    uint8_t *head = malloc(JOURNAL_HEAD_MAX);
    size_t size = 0;
    uint64_t last = 0;
    assert(head);
    self->starting = true;
    bool started = life_start(&self->life, &self->life_options, self->demand->now) &&
                   journal_head(self->life.past.journal, head, JOURNAL_HEAD_MAX, &size, &last) == 0;
    int found = started ? history_find(self->history, head, size) : HISTORY_NONE;
    free(head);
    self->demand->results_count = 0;
    self->demand->upstreams[0].asked = self->demand->upstreams[1].asked = false;
    if (found == HISTORY_NONE)
        return false;
    self->at = found;
    tape_mark(&self->tape, STEP_LED, self->life.past.term);
    return true;
}

// After an end of any kind. A flush that fails once more fails the start as well: then again.
static void start_again(run_t *self)
{
    bool up = false;
    for (int tries = 0; tries < 3 && !up; tries++) {
        life_stop(&self->life);
        up = start(self);
    }
    if (!up)
        (void)snprintf(self->wrong, sizeof self->wrong, "no start over the cache: %.200s",
                       self->life.error);
    self->restarts++;
}

// `fails`: the flush after the first start that fails, 0 for none. Flushes of that start are not
// counted, so a start that leaves one out meets the same failure.
static void go(run_t *self, draw_t *draw, bool restarts, unsigned fails)
{
    const turn_t turn = {.give = give, .submit = submit, .hear = hear, .arg = self};
    start_again(self);
    self->restarts = 0;
    watch_fail_flush(fails);
    uint64_t batches = BATCHES_MIN + draw_below(draw, BATCHES_DRAWN);
    for (uint64_t batch = 0; batch < batches && !self->wrong[0]; batch++) {
        self->demand->now += STEP_US;
        fail_t fail = life_turn(&self->life, &turn, STEP_US);
        if (!fail && draw_below(draw, 3) == 0) {
            fail = life_seal(&self->life);
            self->seals++;
        }
        if (fail && !self->failed_flushes)
            (void)snprintf(self->wrong, sizeof self->wrong, "the run failed: %s", fail_text(fail));
        if (fail || (restarts && draw_below(draw, 6) == 0))
            start_again(self);
    }
}

static void record_process(run_t *self)
{
    const run_options_t *options = &self->options;
    draw_t draw = draw_fork(options->seed, 1);
    bool payment = draw_below(&draw, 3) == 0;
    uint64_t scenario = draw_below(&draw, 4); // two of them plain
    self->demand = payment ? demand_payment(options->seed) : demand_ledger(options->seed);
    self->demand->now = RUN_TIME;
    self->history = history_new(self->demand->core->stream);
    self->life_options =
        (life_options_t){.core = self->demand->core,
                         .core_settings = self->demand->settings,
                         .directory = options->journal,
                         .segment_events = SEGMENT_EVENTS_MIN << draw_below(&draw, 2),
                         .control = options->control};
    watch_entropy(options->seed);
    watch_begin(options->journal, record, self);
    unsigned fails = scenario == 3 ? 1 + (unsigned)draw_below(&draw, FLUSHES_BEFORE_MAX) : 0;
    go(self, &draw, scenario == 2, fails);
    life_stop(&self->life);
    watch_end();
    if (self->history->violations && !self->wrong[0])
        (void)snprintf(self->wrong, sizeof self->wrong,
                       "the run itself breaks a rule of `kopeck verify`");
}

run_t *run_record(const run_options_t *options)
{
    run_t *self = calloc(1, sizeof *self);
    assert(self);
    self->options = *options;
    self->snapshots = options->seed % SNAPSHOTS_EVERY == SNAPSHOTS_EVERY - 1;
    if (!self->snapshots) {
        record_process(self);
        return self;
    }
    watch_begin(options->journal, record, self);
    snapshots_write(&self->tape, options->journal, options->seed);
    watch_end();
    return self;
}

void run_destroy(run_t **self_p)
{
    run_t *self = *self_p;
    if (self) {
        tape_release(&self->tape);
        history_destroy(&self->history);
        demand_destroy(&self->demand);
        free(self);
        *self_p = NULL;
    }
}
