// The search in the own journal against a naive walk, over journals of every density.
#include "services/node/recall.h"
#include "store/journal.h"
#include "tests/simulation/draw.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

// Posted events bring their amount as a number; usage.charged bring none.
static bool number(const event_t *event, uint64_t *ret_number)
{
    *ret_number = event->type == EVENT_posted ? (uint64_t)event->posted.amount : 0;
    return event->type == EVENT_posted;
}

// Posted events stand in the order of their amounts.
static bool order(const event_t *event, const recall_t *wish, int *ret_order)
{
    uint64_t amount;
    if (!number(event, &amount))
        return false;
    *ret_order = (amount > wish->detail) - (amount < wish->detail);
    return true;
}

enum { FEED = PRODUCER_FIRST, EVENTS_MAX = 1000 };

static const core_t core = {
    .follows = {{STREAM_METERING, FOLLOW_FACTS}, {STREAM_AUTOPAY, FOLLOW_VIEW}},
    .follows_count = 2,
    .takes_feed = true,
    .number = number,
    .order = order,
};

typedef struct {
    event_t events[EVENTS_MAX + 1]; // by sequence
    uint64_t last;
    unsigned reads;
} world_t;

// Numbers and causes that ascend with holes; several events of one cause follow each other; between
// them `gap` in 100 events bear neither.
static world_t *draw_world(draw_t *draw, uint64_t last, unsigned gap)
{
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    uint64_t brought = 0, cause = 0;
    for (self->last = 0; self->last < last;) {
        event_t *event = &self->events[++self->last];
        event->type = EVENT_usage_charged;
        if (draw_below(draw, 100) < gap) {
            event->cause.stream = draw_below(draw, 2) ? STREAM_NONE : FEED;
            event->cause.sequence = 1 + draw_below(draw, 9);
            continue;
        }
        cause += draw_below(draw, 3);
        event->cause = (cause_t){.stream = STREAM_METERING, .sequence = cause};
        if (draw_below(draw, 2))
            continue;
        event->type = EVENT_posted;
        event->posted.amount = (int64_t)(brought += 1 + draw_below(draw, 3));
    }
    return self;
}

static fail_t find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    world_t *self = arg;
    assert_in_range(sequence, 1, self->last);
    self->reads++;
    *ret_size = event_encode(&self->events[sequence], out, cap);
    return FAIL_NONE;
}

static uint64_t walk(const world_t *self, const recall_t *wish, uint64_t first)
{
    for (uint64_t sequence = first; sequence <= self->last; sequence++) {
        const event_t *event = &self->events[sequence];
        uint64_t brought;
        if (wish->by == RECALL_SEQUENCE && sequence == wish->number)
            return sequence;
        if (wish->by == RECALL_CAUSE && event->cause.stream == wish->stream &&
            event->cause.sequence == wish->number)
            return sequence;
        if (wish->by == RECALL_ORDER && sequence >= wish->number && sequence <= wish->to &&
            number(event, &brought) && brought == wish->detail)
            return sequence;
        if (wish->by == RECALL_NUMBER && number(event, &brought) && brought == wish->number)
            return sequence;
    }
    return 0;
}

// To its end, a few reads at a time.
static recall_end_t search(world_t *self, const recall_t *wish, uint64_t first, unsigned at_once)
{
    static uint8_t buffer[JOURNAL_EVENT_MAX];
    static recall_desk_t desk;
    recall_search_t search;
    recall_end_t end;
    unsigned reads;
    recall_begin(&search, 7, wish, &core, first, self->last);
    recall_desk_add(&desk, &search);
    self->reads = 0;
    do
        reads = at_once;
    while (!recall_desk_read(&desk, &reads, find, self, buffer, &end));
    assert_int_equal(desk.count, 0);
    assert_int_equal(end.id, 7);
    return end;
}

static void compare(world_t *self, draw_t *draw, const recall_t *wish)
{
    uint64_t first = 1 + draw_below(draw, 3) * draw_below(draw, self->last + 1) / 2;
    uint64_t known = walk(self, wish, first);
    recall_end_t end = search(self, wish, first, 1 + (unsigned)draw_below(draw, 9));
    assert_int_equal(end.fail, known ? FAIL_NONE : FAIL_MISSING);
    if (!known)
        return;
    assert_int_equal(end.sequence, known);
    assert_int_equal(end.event.type, self->events[known].type);
    assert_int_equal(end.event.cause.sequence, self->events[known].cause.sequence);
}

static void it_finds_what_a_walk_finds(void **state)
{
    (void)state;
    static const unsigned gaps[] = {0, 50, 95, 100};
    draw_t draw = draw_fork(1, 1);
    for (unsigned i = 0; i < 400; i++) {
        world_t *world = draw_world(&draw, draw_below(&draw, i < 40 ? 4 : EVENTS_MAX), gaps[i % 4]);
        for (unsigned k = 0; k < 30; k++) {
            recall_t wish = {.by = 1 + (recall_by_t)draw_below(&draw, RECALL_ORDER),
                             .stream = STREAM_METERING,
                             .number = draw_below(&draw, world->last * 2 + 2)};
            if (wish.by == RECALL_ORDER) { // mostly in a part of the journal
                wish.number /= 4;
                wish.to = draw_below(&draw, 4) ? draw_below(&draw, world->last + 2) : UINT64_MAX;
                wish.detail = draw_below(&draw, world->last * 2 + 2);
            }
            compare(world, &draw, &wish);
        }
        free(world);
    }
}

static void it_reads_as_often_as_halving_needs(void **state)
{
    (void)state;
    draw_t draw = draw_fork(2, 1);
    world_t *world = draw_world(&draw, EVENTS_MAX, 0);
    for (uint64_t n = 0; n < EVENTS_MAX; n++) {
        (void)search(world, &(recall_t){.by = RECALL_CAUSE, .stream = STREAM_METERING, .number = n},
                     1, 5);
        assert_in_range(world->reads, 9, 11); // 2^10 events, and the one that was found again
    }
    free(world);
}

// Most events bear nothing: it reads more, but never more than it was allowed at once.
static void a_search_goes_on_where_it_was(void **state)
{
    (void)state;
    world_t *world = calloc(1, sizeof *world);
    assert_non_null(world);
    for (world->last = 0; world->last < EVENTS_MAX;)
        world->events[++world->last].type = EVENT_usage_charged;
    world->events[3].type = EVENT_posted;
    world->events[3].posted.amount = 8;
    recall_search_t search;
    recall_desk_t desk = {.count = 0};
    recall_begin(&search, 1, &(recall_t){.by = RECALL_NUMBER, .number = 8}, &core, 1, EVENTS_MAX);
    recall_desk_add(&desk, &search);
    uint8_t *buffer = malloc(JOURNAL_EVENT_MAX);
    assert_non_null(buffer);
    recall_end_t end;
    unsigned turns = 0, reads;
    do {
        unsigned before = world->reads;
        reads = 10;
        turns++;
        if (recall_desk_read(&desk, &reads, find, world, buffer, &end))
            break;
        assert_int_equal(world->reads - before, 10);
    } while (turns < EVENTS_MAX);
    assert_in_range(turns, 50, 101); // half, a quarter … of a thousand events
    assert_int_equal(end.fail, FAIL_NONE);
    assert_int_equal(end.sequence, 3);
    free(buffer);
    free(world);
}

static void what_does_not_ascend_is_refused(void **state)
{
    (void)state;
    static const core_t bare = {.name = "bare"};
    static const recall_t wishes[] = {{.by = RECALL_CAUSE, .stream = FEED, .number = 1},
                                      {.by = RECALL_CAUSE, .stream = STREAM_AUTOPAY, .number = 1},
                                      {.by = RECALL_CAUSE, .stream = STREAM_NONE, .number = 1},
                                      {.by = RECALL_ORDER, .to = 10},
                                      {.by = RECALL_NUMBER, .number = 1}};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        recall_search_t search;
        recall_begin(&search, 1, &wishes[i], i >= 3 ? &bare : &core, 1, 10);
        assert_int_equal(search.at, 0);
        assert_int_equal(search.fail, FAIL_INVALID);
    }
}

static void a_long_search_keeps_no_other_waiting(void **state)
{
    (void)state;
    uint8_t *buffer = malloc(JOURNAL_EVENT_MAX);
    world_t *world = calloc(1, sizeof *world);
    assert_true(buffer && world);
    for (world->last = 0; world->last < EVENTS_MAX;)
        world->events[++world->last].type = EVENT_usage_charged;
    static const recall_t wishes[] = {{.by = RECALL_NUMBER, .number = 8},
                                      {.by = RECALL_SEQUENCE, .number = 2}};
    recall_desk_t desk = {.count = 0};
    for (uint64_t id = 0; id < 2; id++) {
        recall_search_t search;
        recall_begin(&search, id, &wishes[id], &core, 1, EVENTS_MAX);
        recall_desk_add(&desk, &search);
    }
    recall_end_t end;
    unsigned reads = 10;
    assert_false(recall_desk_read(&desk, &reads, find, world, buffer, &end));
    reads = 10;
    assert_true(recall_desk_read(&desk, &reads, find, world, buffer, &end));
    assert_int_equal(end.id, 1);
    free(buffer);
    free(world);
}

static fail_t find_nothing(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    (void)arg, (void)sequence, (void)out, (void)cap, (void)ret_size;
    return FAIL_STORE;
}

static void a_journal_that_cannot_be_read_ends_the_search(void **state)
{
    (void)state;
    uint8_t buffer[16];
    recall_search_t search;
    recall_desk_t desk = {.count = 0};
    recall_end_t end;
    unsigned reads = 5;
    recall_begin(&search, 3, &(recall_t){.by = RECALL_SEQUENCE, .number = 2}, &core, 1, 10);
    recall_desk_add(&desk, &search);
    assert_true(recall_desk_read(&desk, &reads, find_nothing, NULL, buffer, &end));
    assert_int_equal(end.id, 3);
    assert_int_equal(end.fail, FAIL_STORE);
    assert_false(recall_desk_read(&desk, &reads, find_nothing, NULL, buffer, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_a_walk_finds),
        cmocka_unit_test(it_reads_as_often_as_halving_needs),
        cmocka_unit_test(a_search_goes_on_where_it_was),
        cmocka_unit_test(a_long_search_keeps_no_other_waiting),
        cmocka_unit_test(what_does_not_ascend_is_refused),
        cmocka_unit_test(a_journal_that_cannot_be_read_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
