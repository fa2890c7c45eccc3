// What each item of the feed means, what waits, what is refused and stays visible.
#include "tests/unit/metering_day.h"

static void a_batch_of_ticks_is_one_event(void **state)
{
    (void)state;
    enum { TICKS = 600 };
    static event_t items[2 * TICKS];
    static uint8_t results[2 * TICKS];
    h.now = at(5, 0);
    for (unsigned i = 0; i < TICKS; i++)
        items[i] = harness_tick_item(at(4, 0), harness_id('r', 1 + i / 2), harness_id('p', 1 + i),
                                     harness_id('a', 1 + i / 20), "nachalny");
    items[100] = items[99]; // a duplicate
    items[101] = harness_tick_item(at(4, 0), harness_id('r', 50), harness_id('p', 100),
                                   harness_id('a', 5), "ultra"); // of items[99], other tariff
    items[102].usage_ticked.tariff = text_of("none");
    items[103].usage_ticked.account = harness_id('a', 77);
    items[103].usage_ticked.resource = items[99].usage_ticked.resource;
    harness_batch(&h, items, TICKS, results);
    static const struct {
        size_t item;
        fail_t fail;
    } table[] = {{100, FAIL_NONE}, {101, FAIL_BILLED}, {102, FAIL_TARIFF}, {103, FAIL_CONFLICT}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(results[table[i].item], table[i].fail);
    assert_int_equal(harness_count(&h, EVENT_usage_accepted), 1);
    assert_int_equal(harness_count(&h, EVENT_usage_refused), 3);
    assert_int_equal(harness_event(&h, EVENT_usage_refused, 0)->usage_refused.sequence, 102);
    assert_int_equal(harness_count(&h, EVENT_replica_opened), TICKS - 4);
    const event_usage_accepted_t *e = &harness_event(&h, EVENT_usage_accepted, 0)->usage_accepted;
    assert_int_equal(e->count, TICKS - 4);
    assert_in_range(e->masks.size, TICKS - 4, TICKS + 6);
    assert_true(h.events[h.events_count - 1].type == EVENT_usage_accepted);

    items[100] = items[101] = items[102] = items[103] = items[0];
    harness_batch(&h, items, TICKS, results);
    EXPECT_NOTHING(); // nothing new
    for (unsigned i = 0; i < TICKS; i++)
        items[i].at = at(5, 0);
    harness_batch(&h, items, TICKS, results);
    assert_int_equal(h.events_count, 1);
    assert_int_equal(h.events[0].type, EVENT_usage_accepted);
}

// Who is wrong, the platform or our clock? Within a day nobody can tell, so nothing is lost.
static void what_is_ahead_of_the_clock_waits_for_it(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    h.now = at(10, 0);
    event_t item = harness_tick_item(at(12, 1), resource, replica, account, "nachalny");
    assert_int_equal(harness_item(&h, &item), FAIL_LATER);
    assert_int_equal(h.events_count, 0);
    item.at = at(24 * 60 + 10, 0);
    assert_int_equal(harness_item(&h, &item), FAIL_LATER);
    item.at = at(24 * 60 + 11, 0);
    assert_int_equal(harness_item(&h, &item), FAIL_FUTURE);
    h.now = at(10, 1);
    item.at = at(12, 1);
    assert_int_equal(harness_item(&h, &item), FAIL_NONE);
}

static void what_is_refused_stays_visible(void **state)
{
    (void)state;
    uid_t16 zero = {{0}};
    start(at(0, 0), "nachalny"); // known: resource, replica, account
    h.now = at(10, 0);
    const struct {
        event_t item;
        fail_t fail;
    } table[] = {
        {harness_tick_item(at(12, 0), resource, replica, account, "nachalny"), FAIL_NONE},
        {harness_tick_item(at(1451, 0), resource, replica, account, "nachalny"), FAIL_FUTURE},
        {harness_tick_item(at(5, 0), zero, replica, account, "nachalny"), FAIL_INVALID},
        {harness_tick_item(at(5, 0), resource, zero, account, "nachalny"), FAIL_INVALID},
        {harness_tick_item(at(5, 0), resource, replica, zero, "nachalny"), FAIL_INVALID},
        {harness_tick_item(-1, resource, replica, account, "nachalny"), FAIL_INVALID},
        {harness_tick_item(INT64_MIN, resource, replica, account, "nachalny"), FAIL_INVALID},
        {harness_tick_item(INT64_MAX, resource, replica, account, "nachalny"), FAIL_INVALID},
        {harness_tick_item(at(5, 0), resource, replica, account, "gold"), FAIL_TARIFF},
        {harness_tick_item(at(5, 0), resource, replica, account, ""), FAIL_TARIFF},
        {harness_tick_item(at(12, 0), resource, replica, account, "ultra"), FAIL_BILLED},
        {harness_tick_item(at(5, 0), resource, replica, other, "nachalny"), FAIL_CONFLICT},
        {harness_tick_item(at(5, 0), harness_id('r', 9), replica, account, "nachalny"),
         FAIL_CONFLICT},
        {{.type = EVENT_usage_ticked,
          .at = at(5, 0),
          .usage_ticked = {resource, replica, account, {"nachalny", 8}, 3}},
         FAIL_INVALID},
        {{.type = EVENT_replica_started,
          .at = at(1451, 0),
          .replica_started = {resource, second, account, {"nachalny", 8}, 0}},
         FAIL_FUTURE},
        {{.type = EVENT_replica_started,
          .at = at(5, 0),
          .replica_started = {resource, second, other, {"nachalny", 8}, 0}},
         FAIL_CONFLICT},
        {{.type = EVENT_replica_started,
          .at = at(5, 0),
          .replica_started = {resource, second, account, {"silver", 6}, 0}},
         FAIL_TARIFF},
        {{.type = EVENT_replica_started,
          .at = INT64_MAX,
          .replica_started = {resource, second, account, {"nachalny", 8}, 0}},
         FAIL_INVALID},
        {{.type = EVENT_replica_stopped, .at = at(1451, 0), .replica_stopped = {resource, replica}},
         FAIL_FUTURE},
        {{.type = EVENT_replica_stopped,
          .at = at(5, 0),
          .replica_stopped = {harness_id('r', 9), replica}},
         FAIL_CONFLICT},
        {{.type = EVENT_replica_stopped, .at = at(5, 0), .replica_stopped = {resource, zero}},
         FAIL_INVALID},
        {{.type = EVENT_resource_created, .at = at(5, 0), .resource_created = {resource, other, 1}},
         FAIL_CONFLICT},
        {{.type = EVENT_resource_created,
          .at = at(5, 0),
          .resource_created = {resource, account, 6}},
         FAIL_INVALID},
        {{.type = EVENT_resource_deleted, .at = at(1451, 0), .resource_deleted = {resource}},
         FAIL_FUTURE},
        {{.type = EVENT_resource_deleted, .at = at(5, 0), .resource_deleted = {zero}},
         FAIL_INVALID},
        {{.type = EVENT_posted, .at = at(5, 0)}, FAIL_INVALID},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(harness_item(&h, &table[i].item), table[i].fail);
        if (!table[i].fail)
            continue;
        assert_int_equal(h.events_count, 1); // and nothing else moved
        const event_usage_refused_t *e = &harness_event(&h, EVENT_usage_refused, 0)->usage_refused;
        assert_int_equal(e->producer, FEED);
        assert_int_equal(e->sequence, h.item);
        assert_int_equal(e->failure, table[i].fail);
        assert_int_equal(e->item, table[i].item.type);
        // `check` refuses the same, but for what depends on the minutes accepted so far
        input_t input = {.kind = INPUT_ITEM, .now = h.now, .stream = FEED, .event = &table[i].item};
        const char *detail = NULL;
        fail_t fail = metering_core.check(h.state, &input, &detail);
        assert_int_equal(fail, table[i].fail == FAIL_BILLED ? FAIL_NONE : table[i].fail);
        assert_true(!fail == !detail);
    }
    pass(1);
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
}

// Each of two customers has a resource with a meter and a replica; what is said of one's replica
// under the other's resource is nobody's usage.
static void a_replica_under_another_customers_meter_is_a_conflict(void **state)
{
    (void)state;
    uid_t16 theirs = harness_id('r', 2), fresh = harness_id('p', 3);
    start(at(0, 0), "nachalny");
    assert_int_equal(harness_started(&h, at(0, 0), theirs, second, other, "nachalny"), FAIL_NONE);
    h.now = at(10, 0);
    const event_t items[] = {
        harness_tick_item(at(5, 0), theirs, replica, other, "nachalny"),
        harness_tick_item(at(5, 0), resource, second, account, "nachalny"),
        {.type = EVENT_replica_started,
         .at = at(5, 0),
         .replica_started = {theirs, replica, other, {"nachalny", 8}, 0}},
        {.type = EVENT_replica_started,
         .at = at(5, 0),
         .replica_started = {resource, replica, account, {"nachalny", 8}, 2}}, // the same, as build
        {.type = EVENT_replica_stopped, .at = at(5, 0), .replica_stopped = {theirs, replica}},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        assert_int_equal(harness_item(&h, &items[i]), FAIL_CONFLICT);
    // Nor where the first of one batch opens the replica that the second takes elsewhere.
    const event_t batch[] = {harness_tick_item(at(6, 0), resource, fresh, account, "nachalny"),
                             harness_tick_item(at(6, 0), theirs, fresh, other, "nachalny")};
    uint8_t results[2];
    harness_batch(&h, batch, 2, results);
    assert_int_equal(results[0], FAIL_NONE);
    assert_int_equal(results[1], FAIL_CONFLICT);
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 2);
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 0)->usage_charged.minutes, 61);
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 1)->usage_charged.minutes, 60);
}

static void of_two_tariffs_of_a_minute_the_one_defined_first_holds(void **state)
{
    (void)state;
    h.now = at(5, 0);
    assert_int_equal(tick(at(3, 0), "probny"), FAIL_NONE);
    assert_int_equal(tick(at(3, 30), "nachalny"), FAIL_BILLED);
    assert_int_equal(tick(at(4, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(tick(at(4, 30), "probny"), FAIL_NONE); // takes its place
    event_t both[] = {harness_tick_item(at(5, 0), resource, replica, account, "nachalny"),
                      harness_tick_item(at(5, 0), resource, replica, account, "probny")};
    uint8_t results[2];
    harness_batch(&h, both, 2, results); // of one message
    assert_int_equal(results[0], FAIL_NONE);
    assert_int_equal(results[1], FAIL_NONE);
    start(at(0, 0), "nachalny"); // all its other minutes are its own
    pass(1);
    EXPECT({0, PROBNY, 3, 1, 7800, 1}, {0, NACHALNY, 57, 38, 19200, 1});
}

static void a_tick_goes_before_what_a_start_says(void **state)
{
    (void)state;
    start(at(0, 0), "probny");
    h.now = at(5, 0);
    assert_int_equal(tick(at(3, 0), "nachalny"), FAIL_NONE);
    pass(1);
    EXPECT({0, PROBNY, 59, 23, 9400, 1}, {0, NACHALNY, 1, 0, 38400, 1});
}

static void words_about_one_instant_come_to_the_same_in_either_order(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    assert_int_equal(stop(at(20, 0)), FAIL_NONE);
    assert_int_equal(start(at(20, 0), "ultra"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_interval_opened), 1);
    assert_int_equal(stop(at(20, 0)), FAIL_NONE); // it ended before that start
    EXPECT_NOTHING();
    assert_int_equal(start(at(20, 0), "ultra_plus"), FAIL_NONE); // `ultra` was defined first
    EXPECT_NOTHING();
    assert_int_equal(start(at(20, 0), "standartny"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_interval_opened), 1);
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 2);
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 0)->usage_charged.minutes, 20);
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 1)->usage_charged.minutes, 40);
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 1)->usage_charged.version, STANDARTNY);
}

// It was FAIL_FULL, acknowledged: usage beyond a full table was lost for good.
static void what_has_no_room_waits_and_keeps_what_is_there(void **state)
{
    (void)state;
    harness_close(&h);
    harness_open(&h, &(metering_settings_t){.replicas_max = 2, .meters_max = 1});
    h.now = at(1, 0);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_started(&h, at(0, 0), resource, second, account, "probny"), FAIL_NONE);
    assert_int_equal(harness_started(&h, at(0, 0), resource, harness_id('p', 3), account, "probny"),
                     FAIL_LATER);
    assert_int_equal(harness_stopped(&h, at(0, 0), resource, harness_id('p', 3)), FAIL_LATER);
    assert_int_equal(harness_created(&h, at(0, 0), harness_id('r', 2), account), FAIL_LATER);
    assert_int_equal(harness_deleted(&h, at(0, 0), harness_id('r', 2)), FAIL_LATER);
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 2);
}

// --- told later than minutes may be ---

enum { TOLD = 100 * 60, LIMIT = 28 * 60, END = 106 * 60, WORDS = 4 };

typedef struct {
    enum { NOTHING, START, OTHER_START, BUILD, STOP, DELETION, TICK } what;
    int minute; // of which it tells
    int wait;   // minutes that pass after it
} late_word_t;

static uint64_t charged, given, lost;

static void add_up(void *arg, const event_t *event)
{
    (void)arg;
    charged += event->type == EVENT_usage_charged ? event->usage_charged.minutes : 0;
    given += event->type == EVENT_usage_credited ? event->usage_credited.minutes : 0;
    lost += event->type == EVENT_usage_expired ? event->usage_expired.minutes : 0;
    assert_true(event->type != EVENT_usage_uncredited);
}

static fail_t tell_late(const late_word_t *word)
{
    instant_t when = at(word->minute, 0);
    event_t build = {.type = EVENT_replica_started,
                     .at = when,
                     .replica_started = {resource, second, account, {"nachalny", 8}, 2}};
    switch (word->what) {
    case START:
        return harness_started(&h, when, resource, replica, account, "nachalny");
    case OTHER_START:
        return harness_started(&h, when, resource, replica, account, "ultra");
    case BUILD:
        return harness_item(&h, &build);
    case STOP:
        return harness_stopped(&h, when, resource, replica);
    case DELETION:
        return harness_deleted(&h, when, resource);
    case TICK:
        return tick(when, "nachalny");
    case NOTHING:
        break;
    }
    return FAIL_NONE;
}

static void go_on(int minutes)
{
    for (; minutes > 0; minutes--) {
        harness_time(&h, h.now + MINUTE_US);
        harness_through(&h, h.now);
    }
}

// In every order: what was over before the limit is lost, and nothing behind a stop is billed.
static void what_was_over_too_long_ago_is_never_billed(void **state)
{
    static const struct {
        late_word_t words[WORDS];
        uint64_t billed, lost;
    } rows[] = {
        {{{START, 1300, 0}, {STOP, 1500, 0}}, 0, 380}, // the start alone is lost up to the limit
        {{{STOP, 1500, 0}, {START, 1300, 0}}, 0, 200},
        {{{START, 1300, 0}, {STOP, 1300, 0}}, END - LIMIT, 380}, // the start holds
        {{{START, 1300, 0}, {STOP, 1299, 0}}, END - LIMIT, 380}, // it stopped before it started
        {{{START, 1300, 0}, {STOP, 1800, 0}}, 120, 380},
        {{{STOP, 1800, 0}, {START, 1300, 0}}, 120, 380},
        {{{START, 1300, 90}, {STOP, 1500, 0}}, 0, 380}, // billed meanwhile, and given back
        {{{START, 1300, 240}, {STOP, 1500, 0}}, 0, 380},
        {{{START, 1300, 0}, {STOP, 1500, 90}, {START, 1300, 0}, {STOP, 1500, 0}}, 0, 380}, // again
        {{{START, 1300, 0}, {STOP, 1500, 0}, {START, 5900, 0}}, END - 5900, 380},
        {{{START, 1300, 0}, {START, 5900, 0}, {STOP, 1500, 0}}, END - 5900, 380},
        {{{START, 1300, 0}, {OTHER_START, 1400, 0}, {STOP, 1500, 0}}, 0, 380 + 280},
        {{{START, 1300, 0}, {DELETION, 1500, 0}}, 0, 380},
        {{{DELETION, 1500, 0}, {START, 1300, 0}}, 0, 200},
        {{{START, 1300, 90}, {BUILD, 1350, 0}, {DELETION, 1500, 0}}, 0, 380 + 420},
        {{{START, 1300, 0}, {STOP, 1400, 0}, {DELETION, 1500, 0}}, 0, 380},
        {{{TICK, 5990, 0}, {START, 600, 0}, {STOP, 700, 0}}, 1, 1080}, // known by what runs
        {{{START, 600, 0}, {STOP, 700, 0}}, 0, 1080},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        teardown(state);
        setup(state);
        h.observe = add_up;
        charged = given = lost = 0;
        harness_time(&h, at(TOLD, 0));
        harness_through(&h, h.now);
        harness_time(&h, at(TOLD, 0));
        for (size_t k = 0; k < WORDS; k++) {
            fail_t fail = tell_late(&rows[i].words[k]);
            if (fail != FAIL_NONE && fail != FAIL_EXPIRED)
                fail_msg("row %zu, word %zu: %s", i, k, fail_name(fail));
            go_on(rows[i].words[k].wait);
        }
        go_on((int)((at(END, 0) - h.now) / MINUTE_US));
        harness_through(&h, at(END, 0));
        harness_time(&h, at(END, 0) + SETTLE);
        if (charged - given != rows[i].billed || lost != rows[i].lost)
            fail_msg("row %zu: %d billed, %d lost", i, (int)(charged - given), (int)lost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_of_ticks_is_one_event),
        TEST(what_is_ahead_of_the_clock_waits_for_it),
        TEST(what_is_refused_stays_visible),
        TEST(a_replica_under_another_customers_meter_is_a_conflict),
        TEST(of_two_tariffs_of_a_minute_the_one_defined_first_holds),
        TEST(a_tick_goes_before_what_a_start_says),
        TEST(words_about_one_instant_come_to_the_same_in_either_order),
        TEST(what_was_over_too_long_ago_is_never_billed),
        TEST(what_has_no_room_waits_and_keeps_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
