#include "tools/tracing/usage.h"
#include <assert.h>
#include <stdlib.h>

enum { TWICE_PERCENT = 10 };

// A start or an end of a pod, in order of time.
typedef struct {
    instant_t at;
    uint32_t pod;
    bool deletion;
} step_t;

struct usage {
    const pods_t *pods;
    bool ticks;
    uint64_t random;
    step_t *steps;
    size_t steps_count, steps_done;
    uint32_t *running; // pods that started and have not been deleted
    size_t running_count;
    instant_t from; // begin of the next window, exclusive
    event_t *events;
    size_t count, room;
    bool accounts[USAGE_ACCOUNTS];
};

static const struct {
    uint32_t cpu_milli_max;
    const char *code;
} tariffs[] = {{4000, "probny"},      {8000, "nachalny"}, {11999, "nachalny_plus"},
               {16000, "standartny"}, {64000, "ultra"},   {UINT32_MAX, "ultra_plus"}};

static text_t tariff_of(uint32_t cpu_milli)
{
    size_t i = 0;
    while (cpu_milli > tariffs[i].cpu_milli_max)
        i++;
    return text_of(tariffs[i].code);
}

// 00000000-0000-4000-BLOCK-number as 12 decimal digits.
static uid_t16 id_of(uint8_t block, uint32_t number)
{
    uid_t16 id = {.bytes = {[6] = 0x40, [8] = block}};
    for (int i = 15; i >= 10; i--) {
        id.bytes[i] = (uint8_t)(number % 10 + number / 10 % 10 * 16);
        number /= 100;
    }
    return id;
}

uid_t16 usage_account(uint32_t number)
{
    return id_of(0x80, number);
}

static uint64_t next_random(usage_t *self) // splitmix64
{
    uint64_t z = self->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// By time; of one pod and instant, its start comes before its end.
static int by_time(const void *a, const void *b)
{
    const step_t *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->pod != y->pod)
        return x->pod < y->pod ? -1 : 1;
    return x->deletion - y->deletion;
}

usage_t *usage_new(const pods_t *pods, bool ticks, uint64_t seed)
{
    usage_t *self = calloc(1, sizeof *self);
    assert(self);
    self->pods = pods;
    self->ticks = ticks;
    self->random = seed;
    self->from = USAGE_ORIGIN - 1;
    self->steps = calloc(2 * pods->count + 1, sizeof *self->steps);
    self->running = calloc(pods->count + 1, sizeof *self->running);
    assert(self->steps && self->running);
    for (uint32_t i = 0; i < pods->count; i++) {
        const pod_t *pod = &pods->pods[i];
        self->accounts[pod->number % USAGE_ACCOUNTS] = true;
        if (pod->scheduled < 0)
            continue;
        self->steps[self->steps_count++] =
            (step_t){USAGE_ORIGIN + pod->scheduled * SECOND_US, i, false};
        self->steps[self->steps_count++] =
            (step_t){USAGE_ORIGIN + pod->deleted * SECOND_US, i, true};
    }
    qsort(self->steps, self->steps_count, sizeof *self->steps, by_time);
    return self;
}

void usage_destroy(usage_t **self_p)
{
    usage_t *self = *self_p;
    if (!self)
        return;
    free(self->steps);
    free(self->running);
    free(self->events);
    free(self);
    *self_p = NULL;
}

static event_t *add(usage_t *self, event_type_t type, instant_t at)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 1024;
        self->events = realloc(self->events, self->room * sizeof *self->events);
        assert(self->events);
    }
    event_t *event = &self->events[self->count++];
    memset(event, 0, sizeof *event);
    event->type = type;
    event->at = at;
    return event;
}

static void add_start(usage_t *self, const pod_t *pod, instant_t at)
{
    uid_t16 resource = id_of(0x90, pod->number);
    uid_t16 account = usage_account(pod->number % USAGE_ACCOUNTS);
    add(self, EVENT_resource_created, at)->resource_created = (event_resource_created_t){
        .resource = resource, .account = account, .kind = RESOURCE_COMPUTE};
    add(self, EVENT_replica_started, at)->replica_started =
        (event_replica_started_t){.resource = resource,
                                  .replica = resource,
                                  .account = account,
                                  .tariff = tariff_of(pod->cpu_milli),
                                  .kind = RESOURCE_COMPUTE};
}

static void add_deletion(usage_t *self, const pod_t *pod, instant_t at)
{
    add(self, EVENT_resource_deleted, at)->resource_deleted =
        (event_resource_deleted_t){.resource = id_of(0x90, pod->number)};
}

// Every minute m:00 within (from, to] at which the pod ran.
static void add_ticks(usage_t *self, const pod_t *pod, instant_t to)
{
    instant_t start = USAGE_ORIGIN + pod->scheduled * SECOND_US;
    instant_t end = USAGE_ORIGIN + pod->deleted * SECOND_US;
    instant_t first = start > self->from + 1 ? start : self->from + 1;
    first = (first + MINUTE_US - 1) / MINUTE_US * MINUTE_US;
    uid_t16 resource = id_of(0x90, pod->number);
    for (instant_t minute = first; minute <= to && minute < end; minute += MINUTE_US) {
        unsigned times = next_random(self) % 100 < TWICE_PERCENT ? 2 : 1;
        while (times--)
            add(self, EVENT_usage_ticked, minute)->usage_ticked =
                (event_usage_ticked_t){.resource = resource,
                                       .replica = resource,
                                       .account = usage_account(pod->number % USAGE_ACCOUNTS),
                                       .tariff = tariff_of(pod->cpu_milli),
                                       .kind = RESOURCE_COMPUTE};
    }
}

static void shuffle(usage_t *self)
{
    for (size_t i = self->count; i > 1; i--) {
        size_t k = next_random(self) % i;
        event_t other = self->events[k];
        self->events[k] = self->events[i - 1];
        self->events[i - 1] = other;
    }
}

// Ticks in any order, then the deletions: a platform reports an end when it has happened.
static void fill_ticks(usage_t *self, instant_t to, size_t steps_end)
{
    for (size_t i = self->steps_done; i < steps_end; i++)
        if (!self->steps[i].deletion)
            self->running[self->running_count++] = self->steps[i].pod;
    size_t kept = 0;
    for (size_t i = 0; i < self->running_count; i++) {
        const pod_t *pod = &self->pods->pods[self->running[i]];
        add_ticks(self, pod, to);
        if (USAGE_ORIGIN + pod->deleted * SECOND_US > to)
            self->running[kept++] = self->running[i];
    }
    self->running_count = kept;
    shuffle(self);
    for (size_t i = self->steps_done; i < steps_end; i++)
        if (self->steps[i].deletion)
            add_deletion(self, &self->pods->pods[self->steps[i].pod], self->steps[i].at);
}

static void fill_lifecycle(usage_t *self, size_t steps_end)
{
    for (size_t i = self->steps_done; i < steps_end; i++) {
        const step_t *step = &self->steps[i];
        const pod_t *pod = &self->pods->pods[step->pod];
        if (step->deletion)
            add_deletion(self, pod, step->at);
        else
            add_start(self, pod, step->at);
    }
}

const event_t *usage_window(usage_t *self, instant_t to, size_t *ret_count)
{
    size_t end = self->steps_done;
    while (end < self->steps_count && self->steps[end].at <= to)
        end++;
    self->count = 0;
    if (self->ticks)
        fill_ticks(self, to, end);
    else
        fill_lifecycle(self, end);
    self->steps_done = end;
    self->from = to;
    *ret_count = self->count;
    return self->events;
}

instant_t usage_end(const usage_t *self)
{
    return self->steps_count ? self->steps[self->steps_count - 1].at : USAGE_ORIGIN;
}

bool usage_has_account(const usage_t *self, uint32_t number)
{
    return self->accounts[number];
}
