#include "tests/simulation/world.h"
#include "proto/month.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/final.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#define QUIET_US (12 * SECOND_US) // after it nobody needs the processor for heartbeats
#define AWAKE_US (2 * MINUTE_US)  // before the end
#define LATE_US (10 * SECOND_US)  // a message that takes longer is waited for
enum { ANSWER_MAX = 1024 * 1024, EDGES = 11 };
#define MONTHS_FIRST (2026 * 12 + 1) // the first edge that a run may cross

const char *const reach_names[REACH_COUNT] = {
#define REACH(name, text) text,
    REACH_LIST(REACH)
#undef REACH
};

static const stream_t streams[PROCESSES] = {STREAM_METERING, STREAM_LEDGER, STREAM_PAYMENT,
                                            STREAM_AUTOPAY};

static process_name_t process_of(stream_t stream)
{
    process_name_t name = METERING;
    while (streams[name] != stream)
        name++;
    return name;
}

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

void world_after(world_t *self, instant_t delay, step_fn *run, void *arg, uint64_t number)
{
    schedule_add(&self->schedule,
                 &(step_t){.at = self->now + delay, .run = run, .arg = arg, .number = number});
}

// --- turns of the processes ---

static void turn(world_t *self, const step_t *step);

// The next turn of a process, unless an earlier one is wanted already.
static void want_turn(world_t *self, process_t *process, instant_t at, bool quiet)
{
    if (process->turn_at <= at && process->turn_at >= self->now)
        return;
    process->turn_at = at;
    schedule_add(&self->schedule, &(step_t){.at = at,
                                            .run = turn,
                                            .arg = process,
                                            .number = ++process->turn,
                                            .other = process->life,
                                            .quiet = quiet});
}

// --- wires ---

static void post(world_t *self, unsigned from, unsigned to, step_t *step)
{
    draw_t *draw = &self->draw_net;
    const profile_t *profile = &self->profile;
    if (!self->calm && self->cut_until[from][to] > self->now) {
        world_reach(self, REACH_CUT);
        return;
    }
    if (!self->calm && draw_chance(draw, profile->loss)) {
        world_reach(self, REACH_LOST);
        return;
    }
    unsigned copies = 1 + (!self->calm && draw_chance(draw, profile->doubled));
    if (copies == 2)
        world_reach(self, REACH_DOUBLED);
    while (copies--) {
        instant_t delay = draw_span(draw, 100, self->calm ? 5000 : profile->jitter_us);
        if (!self->calm && draw_chance(draw, profile->late)) {
            delay += draw_span(draw, 0, HOUR_US);
            world_reach(self, REACH_LATE);
        }
        step->at = self->now + delay;
        step->quiet = delay < LATE_US;
        schedule_add(&self->schedule, step);
    }
}

// number: kind of mail | stream << 8; other: 0, or the asker's peer.
static void deliver(world_t *self, const step_t *step)
{
    process_t *process = step->arg;
    if (!process->up)
        return;
    mail_t mail = {.kind = (mail_kind_t)(step->number & 0xff),
                   .stream = step->number >> 8,
                   .bytes = step->bytes,
                   .size = step->size};
    process_mail(process, &mail);
    want_turn(self, process, self->now, true);
}

static void send_to(world_t *self, unsigned from, process_name_t to, mail_kind_t kind,
                    stream_t stream, const output_t *output)
{
    static uint8_t frame[FRAME_LARGE_MAX + FRAME_SMALL_MAX];
    assert(output->head.size + output->body.size <= sizeof frame);
    memcpy(frame, output->head.data, output->head.size);
    if (output->body.size)
        memcpy(frame + output->head.size, output->body.data, output->body.size);
    step_t step = {.run = deliver,
                   .arg = &self->processes[to],
                   .number = (uint64_t)kind | stream << 8,
                   .bytes = frame,
                   .size = output->head.size + output->body.size};
    post(self, from, to, &step);
}

// A request with its asker before it: peer, role, kind.
typedef struct {
    peer_t peer;
    role_t role;
    mail_kind_t kind;
} asker_t;

static void deliver_request(world_t *self, const step_t *step)
{
    process_t *process = step->arg;
    asker_t asker;
    memcpy(&asker, step->bytes, sizeof asker);
    if (!process->up)
        return;
    mail_t mail = {.kind = asker.kind,
                   .peer = asker.peer,
                   .role = asker.role,
                   .bytes = step->bytes + sizeof asker,
                   .size = step->size - sizeof asker};
    process_mail(process, &mail);
    want_turn(self, process, self->now, true);
}

static void send_request(world_t *self, unsigned from, process_name_t to, const asker_t *asker,
                         const void *bytes, size_t size, step_fn *run)
{
    static uint8_t frame[FRAME_LARGE_MAX];
    assert(sizeof *asker + size <= sizeof frame);
    memcpy(frame, asker, sizeof *asker);
    memcpy(frame + sizeof *asker, bytes, size);
    step_t step = {
        .run = run, .arg = &self->processes[to], .bytes = frame, .size = sizeof *asker + size};
    post(self, from, to, &step);
}

void world_ask(world_t *self, process_name_t process, bool feed, const peer_t *peer, role_t role,
               const void *bytes, size_t size)
{
    asker_t asker;
    memset(&asker, 0, sizeof asker);
    asker.peer = *peer;
    asker.role = role;
    asker.kind = feed ? MAIL_FEED : MAIL_COMMAND;
    self->active_at = self->now;
    send_request(self, OUTSIDE, process, &asker, bytes, size, deliver_request);
}

// The replay door: a thread of its own, which sees committed records only.
static void deliver_replay(world_t *self, const step_t *step)
{
    static uint8_t answer[ANSWER_MAX];
    process_t *process = step->arg;
    asker_t asker;
    memcpy(&asker, step->bytes, sizeof asker);
    if (!process->up)
        return;
    if (process->busy) {
        step_t again = *step;
        again.at = self->now + SECOND_US / 100;
        schedule_add(&self->schedule, &again);
        return;
    }
    size_t size = reader_answer(process->door, asker.role, step->bytes + sizeof asker,
                                step->size - sizeof asker, answer, sizeof answer);
    world_reach(self, REACH_REPLAYED);
    if (size)
        send_to(self, process->index, (process_name_t)asker.peer.bytes[1], MAIL_ANSWER,
                streams[process->index], &(output_t){.head = {answer, (uint32_t)size}});
}

static void ask_process(world_t *self, const process_t *from, const output_t *output)
{
    asker_t asker;
    memset(&asker, 0, sizeof asker);
    asker.peer = (peer_t){.size = 2, .bytes = {'p', (uint8_t)from->index}};
    asker.role = from->role;
    asker.kind = MAIL_COMMAND;
    bool replay = output->kind == OUTPUT_ASK_REPLAY;
    if (!replay)
        world_reach(self, REACH_TABLE);
    send_request(self, from->index, process_of(output->stream), &asker, output->head.data,
                 output->head.size, replay ? deliver_replay : deliver_request);
}

// --- outputs ---

static void hear_answer(world_t *self, const step_t *step)
{
    answer_t answer = {0};
    char kind = (char)step->other;
    self->active_at = self->now;
    if (kind == 'c')
        customers_answered(self, step->number, step->bytes, step->size);
    else if (kind == 'f')
        platform_model_answered(self, step->bytes, step->size);
    else if (kind == 'w' &&
             answer_decode(step->bytes, step->size, REQUEST_callback, &answer) == FAIL_NONE)
        robokassa_model_answered(self, step->number, answer.fail);
}

static void give_answer(world_t *self, const process_t *from, const output_t *output)
{
    if (output->peer.bytes[0] == 'p') {
        send_to(self, from->index, (process_name_t)output->peer.bytes[1], MAIL_ANSWER,
                streams[from->index], output);
        return;
    }
    step_t step = {.run = hear_answer,
                   .other = output->peer.bytes[0],
                   .bytes = (uint8_t *)(uintptr_t)output->head.data,
                   .size = output->head.size};
    if (output->peer.size > 8)
        memcpy(&step.number, output->peer.bytes + 1, sizeof step.number);
    assert(output->body.size == 0);
    post(self, from->index, OUTSIDE, &step);
}

static void give(world_t *self, process_t *from, const output_t *output)
{
    switch (output->kind) {
    case OUTPUT_ANSWER:
        give_answer(self, from, output);
        break;
    case OUTPUT_PUBLISH:
        for (unsigned to = 0; to < PROCESSES; to++)
            for (size_t i = 0; i < self->processes[to].core->follows_count; i++)
                if (self->processes[to].core->follows[i].stream == streams[from->index])
                    send_to(self, from->index, (process_name_t)to, MAIL_PUBLICATION,
                            streams[from->index], output);
        break;
    case OUTPUT_ASK_REPLAY:
    case OUTPUT_ASK_COMMAND:
        ask_process(self, from, output);
        break;
    case OUTPUT_OUTSIDE:
        self->active_at = self->now;
        robokassa_model_take(self, &output->outside);
        break;
    }
}

// A step with the result: its head, then the body.
static void deliver_result(world_t *self, const step_t *step)
{
    process_t *process = &self->processes[PAYMENT];
    if (!process->up || process->life != step->number)
        return; // whoever asked is dead
    mail_t mail = {.kind = MAIL_RESULT};
    memcpy(&mail.result, step->bytes, sizeof mail.result);
    mail.bytes = step->bytes + sizeof mail.result;
    mail.size = step->size - sizeof mail.result;
    process_mail(process, &mail);
    self->active_at = self->now;
    want_turn(self, process, self->now, false);
}

void world_result(world_t *self, instant_t delay, const result_t *result, const char *body)
{
    uint8_t bytes[sizeof *result + 2048];
    size_t size = strlen(body);
    assert(size <= 2048);
    memcpy(bytes, result, sizeof *result);
    memcpy(bytes + sizeof *result, body, size);
    schedule_add(&self->schedule, &(step_t){.at = self->now + delay,
                                            .run = deliver_result,
                                            .number = self->processes[PAYMENT].life,
                                            .bytes = bytes,
                                            .size = sizeof *result + size});
}

// --- a batch, as services/common/shell.c runs it ---

static void finish(world_t *self, process_t *process)
{
    size_t given = 0, least = draw_below(&self->draw_fault, 4);
    node_committed(process->node);
    for (output_t output; node_output(process->node, &output);) {
        if (process->crash == CRASH_AMONG_OUTPUTS && given++ == least) {
            faults_kill(self, process, REACH_CRASH_AMONG_OUTPUTS, true);
            return;
        }
        give(self, process, &output);
    }
    node_clock_t clock = process_clock(process, self->now);
    instant_t wait = node_wait_us(process->node, &clock);
    bool more = process->mails_count > 0;
    want_turn(self, process, self->now + (more ? 0 : wait < 1000 ? 1000 : wait), true);
}

static void settled(world_t *self, const step_t *step)
{
    process_t *process = step->arg;
    if (process->life != step->number)
        return;
    if (process->crash == CRASH_IN_COMMIT) {
        bool keep = draw_chance(&self->draw_fault, 500000);
        faults_kill(self, process, keep ? REACH_CRASH_IN_COMMIT_KEPT : REACH_CRASH_IN_COMMIT_LOST,
                    keep);
        return;
    }
    journal_memory_settle(process->disk);
    process->busy = process->boots = false;
    fold_catch_up(self, process);
    if (process->crash == CRASH_BEFORE_OUTPUTS)
        faults_kill(self, process, REACH_CRASH_BEFORE_OUTPUTS, true);
    else
        finish(self, process);
}

static void commit(world_t *self, process_t *process, const node_batch_t *batch)
{
    self->active_at = self->now;
    if (process->crash == CRASH_BEFORE_COMMIT) {
        faults_kill(self, process, REACH_CRASH_BEFORE_COMMIT, false);
        return;
    }
    faults_before_append(self, process);
    fail_t fail = journal_append(process->journal, batch->expected, batch->term, batch->records,
                                 batch->records_count, batch->head, batch->head_size);
    if (fail) {
        faults_append_failed(self, process, fail);
        return;
    }
    process->busy = true;
    instant_t took = faults_append_takes(self, process);
    schedule_add(
        &self->schedule,
        &(step_t){.at = self->now + took, .run = settled, .arg = process, .number = process->life});
}

static void turn(world_t *self, const step_t *step)
{
    process_t *process = step->arg;
    if (!process->up || process->busy || step->number != process->turn ||
        step->other != process->life)
        return;
    process->turn_at = INT64_MIN;
    node_batch_t batch;
    node_clock_t clock = process_clock(process, self->now);
    node_set_full(process->node, process->soft_until > self->now);
    node_begin(process->node, &clock);
    process_drain(process);
    node_end(process->node, &batch);
    if (batch.append)
        commit(self, process, &batch);
    else
        finish(self, process);
}

bool world_query(world_t *self, process_name_t name, const request_t *request, answer_t *ret_answer)
{
    process_t *process = &self->processes[name];
    peer_t peer = {.size = 1, .bytes = {'q'}};
    uint8_t bytes[FRAME_SMALL_MAX / 64];
    static uint8_t kept[FRAME_SMALL_MAX];
    node_batch_t batch;
    if (!process->up || process->busy)
        return false;
    node_clock_t clock = process_clock(process, self->now);
    node_begin(process->node, &clock);
    node_message(process->node, DOOR_COMMAND, &peer, ROLE_OPERATOR, bytes,
                 request_encode(request, bytes, sizeof bytes));
    node_end(process->node, &batch);
    if (batch.append) {
        commit(self, process, &batch);
        return false;
    }
    node_committed(process->node);
    bool answered = false;
    for (output_t output; node_output(process->node, &output);) {
        if (output.kind == OUTPUT_ANSWER && output.peer.bytes[0] == 'q') {
            memcpy(kept, output.head.data, output.head.size);
            answered =
                answer_decode(kept, output.head.size, request->type, ret_answer) == FAIL_NONE;
        } else {
            give(self, process, &output);
        }
    }
    return answered;
}

// --- time ---

// When the first process wants to act by itself; what is overdue waits for something else.
static instant_t earliest_wish(world_t *self)
{
    instant_t earliest = INT64_MAX;
    for (unsigned i = 0; i < PROCESSES; i++) {
        answer_t answer = {0};
        request_t request = {.type = REQUEST_clock, .number = 1};
        process_t *process = &self->processes[i];
        if (!world_query(self, (process_name_t)i, &request, &answer) || answer.fail)
            continue;
        node_clock_t clock = process_clock(process, self->now);
        instant_t wait = answer.clock.wake == INT64_MAX ? INT64_MAX : answer.clock.wake - clock.now;
        if (wait > 0 && wait < INT64_MAX - self->now && self->now + wait < earliest)
            earliest = self->now + wait;
    }
    return earliest;
}

// Nobody gets the processor until something happens that is not a heartbeat.
static bool sleep_until_loud(world_t *self, step_t *step)
{
    if (!step->quiet || step->run != turn || self->now - self->active_at < QUIET_US)
        return false;
    instant_t loud = schedule_loud(&self->schedule), wish = earliest_wish(self);
    instant_t until = loud < wish ? loud : wish;
    if (self->now - self->active_at < QUIET_US || until <= step->at + SECOND_US)
        return false; // a question woke somebody
    if (until > self->end)
        until = self->end;
    for (size_t i = 0; i < self->schedule.count; i++) // keys only grow together: order is kept
        if (self->schedule.steps[i].quiet && self->schedule.steps[i].at < until)
            self->schedule.steps[i].at = until;
    schedule_restore(&self->schedule);
    for (unsigned i = 0; i < PROCESSES; i++)
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
        if (!self->calm && self->now >= self->calm_at)
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
    for (instant_t before = AWAKE_US; before > 0; before -= QUIET_US / 2)
        world_after(self, self->end - before - self->now, stay_awake, NULL, 0);
}

world_t *world_new(uint64_t seed, unsigned days, const char *profile, bool trace)
{
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    draw_t draw = draw_fork(seed, 1);
    self->seed = seed;
    self->trace = trace;
    bool known = profile_draw(profile, &draw, &self->profile);
    assert(known);
    // A month of Moscow ends among the days of faults.
    instant_t edge = month_start(MONTHS_FIRST + draw_below(&draw, EDGES));
    instant_t before = draw_span(&draw, HOUR_US, (instant_t)(days - CALM_DAYS) * DAY_US);
    self->start = (edge - before) / HOUR_US * HOUR_US;
    self->now = self->start;
    self->end = self->start + (instant_t)days * DAY_US;
    self->calm_at = self->end - CALM_DAYS * DAY_US;
    self->draw_net = draw_fork(seed, 5);
    self->draw_fault = draw_fork(seed, 6);
    robokassa_model_init(&self->robokassa, seed);
    platform_model_init(&self->platform, seed, self->start);
    customers_init(&self->customers, seed);
    for (unsigned i = 0; i < PROCESSES; i++) {
        process_init(&self->processes[i], (process_name_t)i, seed);
        self->processes[i].turn_at = INT64_MIN;
        faults_start(self, &self->processes[i]);
    }
    faults_begin(self);
    platform_model_begin(self);
    customers_begin(self);
    wake_for_the_end(self);
    return self;
}

void world_wake(world_t *self, process_t *process)
{
    process->turn_at = INT64_MIN;
    want_turn(self, process, self->now, false);
}

void world_destroy(world_t **self_p)
{
    world_t *self = *self_p;
    for (unsigned i = 0; i < PROCESSES; i++)
        process_release(&self->processes[i]);
    schedule_release(&self->schedule);
    robokassa_model_release(&self->robokassa);
    platform_model_release(&self->platform);
    customers_release(&self->customers);
    fold_release(&self->fold);
    free(self);
    *self_p = NULL;
}
