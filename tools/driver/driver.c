#include "tools/driver/driver.h"
#include <assert.h>
#include <time.h>

enum {
    ANSWER_MS = 100,     // then the question is asked anew
    PAUSE_FIRST_US = 50, // between two rounds while somebody is busy; doubles
    PAUSE_MAX_US = 200,
    DEAD_PAUSE_US = 2000, // while somebody does not answer
    TEND_MS = 1,
    TELL_MS = 20, // unsettled for so long, everybody is told the time again
    CURSORS_MAX = 32,
    PRODUCERS_MAX = 16
};

typedef struct {
    stream_t stream;
    uint64_t sequence;
} place_t;

// What one process says of itself.
typedef struct {
    bool answered;
    answer_clock_t clock;
    place_t cursors[CURSORS_MAX];
    size_t cursors_count;
} view_t;

typedef struct {
    view_t views[DRIVER_PROCESSES_MAX];
    driver_sim_status_t sim;
    bool sim_answered;
} picture_t;

struct driver {
    driver_options_t options;
    driver_sim_t *sim;
    uint64_t number; // of the last round of questions
    instant_t now, wake;
    place_t producers[PRODUCERS_MAX];
    size_t producers_count;
    picture_t pictures[2];
    int64_t tended_ms;
    driver_counters_t counters;
    char trouble[DRIVER_TROUBLE_MAX];
};

driver_t *driver_new(const driver_options_t *options)
{
    assert(options->count <= DRIVER_PROCESSES_MAX);
    driver_t *self = calloc(1, sizeof *self);
    assert(self);
    self->options = *options;
    self->wake = INT64_MAX;
    if (options->sim_url)
        self->sim = driver_sim_new(options->sim_url);
    return self;
}

void driver_destroy(driver_t **self_p)
{
    driver_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->options.count; i++)
        client_destroy(&self->options.processes[i].client);
    driver_sim_destroy(&self->sim);
    free(self);
    *self_p = NULL;
}

// --- asking everybody at once ---

static void tend(driver_t *self)
{
    int64_t now = zclock_mono();
    if (self->options.tend && now - self->tended_ms >= TEND_MS) {
        self->tended_ms = now;
        self->options.tend(self->options.tend_arg);
    }
}

static void pause_us(long us)
{
    nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

// The answer to this round's question; those to earlier ones are late.
static bool collect(driver_t *self, client_t *client, request_type_t type, answer_t *ret_answer)
{
    int64_t deadline = zclock_mono() + ANSWER_MS;
    bytes_t frame;
    for (int64_t left = ANSWER_MS; left >= 0; left = deadline - zclock_mono()) {
        if (client_receive(client, (int)left, &frame) != FAIL_NONE)
            return false;
        answer_t answer = {0};
        fail_t fail = answer_decode(frame.data, frame.size, type, &answer);
        if (answer.number != self->number)
            continue;
        *ret_answer = answer;
        return !fail;
    }
    return false;
}

static bool ask(driver_t *self, size_t index, request_t *request)
{
    uint8_t frame[256];
    request->number = self->number;
    size_t size = request_encode(request, frame, sizeof frame);
    assert(size);
    return client_send(self->options.processes[index].client, frame, size, 0) == FAIL_NONE;
}

static void read_cursors(bytes_t packed, view_t *view)
{
    wire_t wire;
    wire_start(&wire, packed.data, packed.size);
    uint32_t count = wire_array(&wire, CURSORS_MAX);
    view->cursors_count = 0;
    for (uint32_t i = 0; i < count && !wire.fail; i++) {
        place_t *place = &view->cursors[view->cursors_count];
        if (wire_array(&wire, 2) != 2)
            break;
        wire_u64(&wire, &place->stream);
        wire_u64(&wire, &place->sequence);
        view->cursors_count++;
    }
    if (wire_end(&wire))
        view->answered = false;
}

static void look(driver_t *self, picture_t *picture)
{
    bool sent[DRIVER_PROCESSES_MAX];
    size_t count = self->options.count;
    self->number++;
    self->counters.rounds++;
    for (size_t i = 0; i < count; i++)
        sent[i] = ask(self, i, &(request_t){.type = REQUEST_clock});
    for (size_t i = 0; i < count; i++) {
        view_t *view = &picture->views[i];
        answer_t answer;
        view->answered = sent[i] &&
                         collect(self, self->options.processes[i].client, REQUEST_clock, &answer) &&
                         !answer.fail;
        if (view->answered) {
            view->clock = answer.clock;
            read_cursors(answer.clock.cursors, view);
        } else {
            self->counters.unanswered++;
        }
    }
}

void driver_tell(driver_t *self)
{
    bool sent[DRIVER_PROCESSES_MAX] = {false};
    self->number++;
    for (size_t i = 0; i < self->options.count; i++)
        sent[i] =
            ask(self, i, &(request_t){.type = REQUEST_clock_set, .clock_set = {.now = self->now}});
    driver_sim_status_t status;
    if (self->sim)
        (void)driver_sim_set(self->sim, self->now, &status); // seen in the next picture
    for (size_t i = 0; i < self->options.count; i++) {
        answer_t answer;
        if (sent[i]) // whoever missed it is seen behind in the next picture
            (void)collect(self, self->options.processes[i].client, REQUEST_clock_set, &answer);
    }
}

// --- is everybody at rest? ---

static bool doubt(driver_t *self, const char *who, const char *what, uint64_t a, uint64_t b)
{
    snprintf(self->trouble, sizeof self->trouble, "%s %s (%llu, %llu)", who, what,
             (unsigned long long)a, (unsigned long long)b);
    return false;
}

// The head of a stream: of a process of ours, or of a producer outside; false if nobody has it.
static bool head_of(const driver_t *self, const picture_t *picture, stream_t stream,
                    uint64_t *ret_last)
{
    for (size_t i = 0; i < self->options.count; i++)
        if (picture->views[i].clock.stream == stream) {
            *ret_last = picture->views[i].clock.last;
            return true;
        }
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].stream == stream) {
            *ret_last = self->producers[i].sequence;
            return true;
        }
    return false;
}

static bool process_rests(driver_t *self, const picture_t *picture, size_t index)
{
    const view_t *view = &picture->views[index];
    const char *name = self->options.processes[index].name;
    if (!view->answered)
        return doubt(self, name, "does not answer", 0, 0);
    if (view->clock.now < self->now)
        return doubt(self, name, "is behind the clock", (uint64_t)view->clock.now,
                     (uint64_t)self->now);
    if (view->clock.busy)
        return doubt(self, name, "has something to do", view->clock.busy, view->clock.activity);
    for (size_t i = 0; i < view->cursors_count; i++) {
        const place_t *cursor = &view->cursors[i];
        uint64_t last;
        if (head_of(self, picture, cursor->stream, &last) && cursor->sequence != last)
            return doubt(self, name, "is not at the head of what it follows", cursor->sequence,
                         last);
    }
    return true;
}

static bool processes_rest(driver_t *self, const picture_t *picture)
{
    for (size_t i = 0; i < self->options.count; i++)
        if (!process_rests(self, picture, i))
            return false;
    return true;
}

static bool sim_rests(driver_t *self, picture_t *picture)
{
    if (!self->sim)
        return true;
    picture->sim_answered = driver_sim_status(self->sim, &picture->sim);
    if (!picture->sim_answered)
        return doubt(self, "robokassa-sim", "does not answer", 0, 0);
    if (picture->sim.now < self->now)
        return doubt(self, "robokassa-sim", "is behind the clock", (uint64_t)picture->sim.now,
                     (uint64_t)self->now);
    return picture->sim.idle || doubt(self, "robokassa-sim", "has something to do", 0, 0);
}

static bool same(const driver_t *self, const picture_t *a, const picture_t *b)
{
    for (size_t i = 0; i < self->options.count; i++) {
        const answer_clock_t *x = &a->views[i].clock, *y = &b->views[i].clock;
        if (x->last != y->last || x->activity != y->activity || x->wake != y->wake)
            return false;
    }
    return !self->sim || a->sim.generation == b->sim.generation;
}

static void note_wake(driver_t *self, const picture_t *picture)
{
    self->wake = self->sim ? picture->sim.wake : INT64_MAX;
    for (size_t i = 0; i < self->options.count; i++)
        if (picture->views[i].clock.wake < self->wake)
            self->wake = picture->views[i].clock.wake;
}

static bool all_answered(const driver_t *self, const picture_t *picture)
{
    for (size_t i = 0; i < self->options.count; i++)
        if (!picture->views[i].answered)
            return false;
    return true;
}

fail_t driver_settle(driver_t *self, int timeout_ms)
{
    int64_t began = zclock_mono(), told = began;
    picture_t *picture = &self->pictures[0], *before = NULL;
    long pause = PAUSE_FIRST_US;
    for (int64_t now = began; now - began <= timeout_ms; now = zclock_mono()) {
        look(self, picture);
        bool rests = processes_rest(self, picture) && sim_rests(self, picture);
        if (rests && before && same(self, before, picture)) {
            note_wake(self, picture);
            self->counters.settles++;
            return FAIL_NONE;
        }
        before = rests ? picture : NULL;
        picture = picture == &self->pictures[0] ? &self->pictures[1] : &self->pictures[0];
        tend(self);
        if (rests)
            continue; // the second look
        if (zclock_mono() - told >= TELL_MS) {
            driver_tell(self);
            told = zclock_mono();
        }
        pause_us(all_answered(self, picture) ? pause : DEAD_PAUSE_US);
        pause = pause * 2 < PAUSE_MAX_US ? pause * 2 : PAUSE_MAX_US;
    }
    return FAIL_TIMEOUT;
}

// The next instant at which anybody wants to act, on the grid.
static instant_t next_stop(const driver_t *self)
{
    instant_t grid = self->options.grid_us, past = grid ? self->wake % grid : 0;
    if (past <= 0 || self->wake > INT64_MAX - grid)
        return self->wake;
    return self->wake - past + grid;
}

fail_t driver_advance(driver_t *self, instant_t to, int timeout_ms)
{
    if (to < self->now)
        return FAIL_CLOCK;
    fail_t fail = driver_settle(self, timeout_ms);
    while (!fail && self->now < to) {
        instant_t stop = next_stop(self), next = stop < to ? stop : to;
        // A wake-up in the past was named by somebody idle: nothing to wait for.
        self->now = next > self->now ? next : to;
        self->counters.moves++;
        driver_tell(self);
        fail = driver_settle(self, timeout_ms);
    }
    return fail;
}

void driver_expect(driver_t *self, stream_t producer, uint64_t last)
{
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].stream == producer) {
            self->producers[i].sequence = last;
            return;
        }
    assert(self->producers_count < PRODUCERS_MAX);
    self->producers[self->producers_count++] = (place_t){producer, last};
}

instant_t driver_now(const driver_t *self)
{
    return self->now;
}

driver_sim_t *driver_stand_in(driver_t *self)
{
    return self->sim;
}

const char *driver_trouble(const driver_t *self)
{
    return self->trouble;
}

driver_counters_t driver_counters(const driver_t *self)
{
    return self->counters;
}
