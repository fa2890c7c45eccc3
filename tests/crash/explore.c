#include "tests/crash/explore.h"
#include "tests/crash/snapshots.h"
#include "tests/crash/states.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    SECTOR = 512,
    WORD = 8,
    ASK_EVERY = 4,        // states
    GO_ON_EVERY = 16,     // states
    RECOVER_EVERY = 1024, // states whose recovery is explored too
    TICKS = 256,          // states between two looks at the clock and at the alarm
    HANG_S = 60
};

typedef struct explore {
    const explore_options_t *options;
    check_t check;
    place_t *place;
    disk_t *disk;
    bool nested;
    // The point that is being explored
    disk_piece_t pieces[DISK_PIECES_MAX];
    size_t count;
    bool ended;
} explore_t;

static bool explore_tape(explore_t *self, const tape_t *tape);

// --- one state ---

static bool time_is_over(const explore_options_t *options)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return options->ends_at > 0 &&
           (double)now.tv_sec + (double)now.tv_nsec / 1e9 > options->ends_at;
}

static void violated(explored_t *explored, const char *why)
{
    if (explored->violations++)
        return;
    explored->first = explored->states;
    (void)snprintf(explored->why, sizeof explored->why, "%s", why);
}

// A recovery on its way to the tape.
typedef struct {
    explore_t *explore;
    tape_t tape;
    int at;
} recovery_t;

static void record(void *arg, const step_t *step)
{
    recovery_t *self = arg;
    tape_add(&self->tape, step);
    place_touched(self->explore->place, step);
}

static void submit(void *arg, const node_batch_t *batch)
{
    recovery_t *self = arg;
    history_t *history = self->explore->check.history;
    self->at = history_add(history, self->explore->check.found, batch);
    tape_mark(&self->tape, STEP_SUBMITTED, (uint64_t)self->at);
}

static void hear(void *arg, const output_t *output)
{
    recovery_t *self = arg;
    (void)output;
    tape_mark(&self->tape, STEP_ACKNOWLEDGED, (uint64_t)self->at);
}

// Records the start over the state that is shown, then explores its own states, over a copy.
static void explore_recovery(explore_t *self)
{
    explore_t *inner = calloc(1, sizeof *inner);
    disk_t *disk = calloc(1, sizeof *disk);
    char root[PLACE_PATH_MAX];
    recovery_t recovery = {.explore = self};
    const turn_t turn = {.submit = submit, .hear = hear, .arg = &recovery};
    int count = self->check.history->count;
    assert(inner && disk);
    place_copy(self->place, disk);
    watch_begin(self->place->journal, record, &recovery);
    bool up = check_recover(&self->check, &turn);
    watch_end();
    if (up) {
        *inner = (explore_t){.options = self->options, .check = self->check, .nested = true};
        inner->disk = disk;
        (void)snprintf(root, sizeof root, "%.100s/again", self->place->root);
        inner->place = place_new(root);
        inner->check.life_options.directory = inner->place->journal;
        // What came up is durable, for the copy holds nothing else.
        inner->check.bounds.acknowledged = self->check.found;
        inner->check.bounds.submitted = self->check.found;
        self->options->explored->recoveries++;
        self->ended = !explore_tape(inner, &recovery.tape);
        self->check.continued = inner->check.continued;
        self->check.recalled = inner->check.recalled;
        place_destroy(&inner->place);
    }
    history_keep(self->check.history, count);
    disk_release(disk);
    tape_release(&recovery.tape);
    free(disk);
    free(inner);
}

static void check_shown(explore_t *self, uint64_t number)
{
    explored_t *explored = self->options->explored;
    watch_begin(self->place->journal, place_touched, self->place);
    bool goes_on = number % GO_ON_EVERY == 0;
    const char *why =
        self->options->run->snapshots
            ? snapshots_check(self->place->journal, &self->check.bounds, goes_on)
            : check_state(&self->check, (unsigned)number, number % ASK_EVERY == 0, goes_on);
    watch_end();
    explored->checked++;
    explored->continued = self->check.continued;
    explored->recalled = self->check.recalled;
    if (why)
        violated(explored, why);
}

// What a power cut left in the state that is looked at alone.
static void describe(const explore_t *self, const bool *chosen, bool full)
{
    static const char *const kinds[] = {[STEP_MAKE] = "make",
                                        [STEP_RENAME] = "rename",
                                        [STEP_UNLINK] = "unlink",
                                        [STEP_WRITE] = "write",
                                        [STEP_WRITE_THROUGH] = "write through",
                                        [STEP_TRUNCATE] = "truncate"};
    const bounds_t *bounds = &self->check.bounds;
    printf("step %zu%s: commit %d acknowledged, %d submitted, term %llu%s\n", self->disk->steps,
           self->nested ? " of the recovery" : "", bounds->acknowledged, bounds->submitted,
           (unsigned long long)bounds->term, full ? ", files as long as in the cache" : "");
    for (size_t i = 0; i < self->count; i++) {
        const disk_piece_t *piece = &self->pieces[i];
        printf("  %-8s %-13s %s %llu+%u%s (step %zu)\n", chosen[i] ? "there" : "missing",
               kinds[piece->step->kind], piece->step->name,
               (unsigned long long)(piece->step->offset + piece->from), piece->size,
               piece->lost ? ", its flush failed" : "", piece->order);
    }
    fflush(stdout);
}

static bool visit(void *arg, const bool *chosen, bool full)
{
    explore_t *self = arg;
    const explore_options_t *options = self->options;
    explored_t *explored = options->explored;
    uint64_t number = ++explored->states;
    if (number % TICKS == 0) {
        alarm(HANG_S);
        self->ended = self->ended || time_is_over(options);
    }
    bool passed = number < options->from || (options->only && number != options->only);
    bool recovers = !self->nested && !options->run->snapshots && number % RECOVER_EVERY == 0;
    if (options->only && !passed)
        describe(self, chosen, full);
    if (!passed) {
        place_show(self->place, self->pieces, chosen, self->count, full);
        check_shown(self, number);
        place_restore(self->place);
    }
    if (recovers) { // also if this state is passed over: those inside have numbers
        place_show(self->place, self->pieces, chosen, self->count, full);
        explore_recovery(self);
        place_restore(self->place);
    }
    if ((options->states_max && explored->checked >= options->states_max) ||
        (options->first && explored->violations))
        self->ended = true;
    return !self->ended;
}

static bool sizes_differ(void *arg, const bool *chosen)
{
    explore_t *self = arg;
    for (size_t i = 0; i < self->count; i++) {
        const disk_piece_t *piece = &self->pieces[i];
        uint64_t end = piece->step->offset + piece->from + piece->size;
        if (!chosen[i] && piece->step->size && end > self->disk->files[piece->file].size)
            return true;
    }
    return false;
}

// --- one point ---

static bool explore_point(explore_t *self, size_t since, bool grows, uint32_t unit)
{
    explored_t *explored = self->options->explored;
    self->count = disk_cut(self->disk, unit, self->pieces);
    explored->points++;
    states_t states = {.pieces = self->pieces,
                       .count = self->count,
                       .since = since,
                       .grows = grows,
                       .randoms = self->options->randoms,
                       .draw = draw_fork(self->options->run->options.seed, explored->points),
                       .visit = visit,
                       .sizes_differ = sizes_differ,
                       .arg = self};
    return states_each(&states);
}

static bool explore_cuts(explore_t *self, const step_t *step, size_t since, bool grows)
{
    if (self->options->tear_words && step && step->kind == STEP_WRITE_THROUGH &&
        !explore_point(self, since, grows, WORD))
        return false;
    return explore_point(self, since, grows, PAGE) &&
           (self->disk->pieces_count == 0 || explore_point(self, since, grows, SECTOR));
}

// --- the tape ---

// True if the mark changed what must be there.
static bool take_mark(bounds_t *bounds, const step_t *step)
{
    switch (step->kind) {
    case STEP_SUBMITTED:
        bounds->submitted = (int)step->offset;
        return false;
    case STEP_ACKNOWLEDGED:
        bounds->acknowledged = (int)step->offset;
        return true;
    case STEP_LED:
        bounds->term = step->offset;
        return true;
    case STEP_SENT:
        assert(bounds->sent_count < CHECK_SENT_MAX);
        bounds->sent[bounds->sent_count++] = step->offset;
        return true;
    default:
        return false;
    }
}

static bool settles_anything(const step_t *step)
{
    return step->kind == STEP_FLUSH || step->kind == STEP_FLUSH_NAMES ||
           step->kind == STEP_WRITE_THROUGH;
}

static uint64_t cached_bytes(const disk_t *disk)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < disk->files_count; i++)
        bytes += disk->files[i].cached;
    return bytes;
}

static bool explore_tape(explore_t *self, const tape_t *tape)
{
    place_use(self->place, self->disk);
    for (size_t i = 0; i < tape->count; i++) {
        const step_t *step = &tape->steps[i];
        size_t order = self->disk->steps, pieces = self->disk->pieces_count;
        uint64_t cached = cached_bytes(self->disk);
        disk_take(self->disk, step);
        bool more = self->disk->pieces_count > pieces;
        bool again = take_mark(&self->check.bounds, step);
        if (more)
            place_use(self->place, self->disk); // it may have a new file
        bool grows = cached_bytes(self->disk) > cached;
        if ((more || again) && !explore_cuts(self, step, again ? 0 : order, grows))
            return false;
        disk_settle(self->disk, step);
        if (settles_anything(step))
            place_use(self->place, self->disk);
    }
    return explore_cuts(self, NULL, 0, false);
}

void explore_run(const explore_options_t *options)
{
    explore_t *self = calloc(1, sizeof *self);
    assert(self);
    const run_t *run = options->run;
    self->options = options;
    self->check = (check_t){
        .history = run->history, .demand = run->demand, .life_options = run->life_options};
    self->check.life_options.control = CONTROL_NONE;
    self->disk = calloc(1, sizeof *self->disk);
    assert(self->disk);
    self->place = place_new(options->directory);
    self->check.life_options.directory = self->place->journal;
    (void)explore_tape(self, &run->tape);
    alarm(0);
    place_destroy(&self->place);
    disk_release(self->disk);
    free(self->disk);
    free(self);
}
