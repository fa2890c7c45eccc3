// Charging by hand: which lines are posted when, and what becomes of their carry.
#include "services/metering/metering_core.h"
#include "tests/unit/metering_day.h"

static void a_running_replica_is_charged_hour_by_hour(void **state)
{
    (void)state;
    static const kopecks_t posted[] = {40, 40, 40, 41, 40, 40, 40, 41, 40, 40, 41};
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    kopecks_t sum = 0;
    for (int hour = 0; hour < 720; hour++) {
        pass(hour + 1);
        assert_int_equal(harness_count(&h, EVENT_usage_charged), 1);
        const event_usage_charged_t *e = &harness_event(&h, EVENT_usage_charged, 0)->usage_charged;
        if (hour < 11)
            assert_int_equal(e->amount, posted[hour]);
        assert_int_equal(e->minutes, 60);
        sum += e->amount;
        if (hour == 719)
            assert_int_equal(e->remainder, 0);
        assert_int_equal(harness_event(&h, EVENT_hour_closed, 0)->hour_closed.lines, 1);
    }
    assert_int_equal(sum, 29000);
}

static void an_hour_waits_for_through_and_for_settling(void **state)
{
    (void)state;
    assert_true(harness_wake(&h) == INT64_MAX);
    start(at(0, 0), "nachalny");
    assert_true(harness_wake(&h) == INT64_MAX); // it must not spin
    harness_time(&h, at(200, 0));
    EXPECT_NOTHING();
    harness_through(&h, at(59, 59));
    assert_int_equal(harness_count(&h, EVENT_usage_through), 1); // the producer's first word
    harness_through(&h, at(59, 59));
    EXPECT_NOTHING();
    harness_time(&h, at(201, 0));
    EXPECT_NOTHING();
    harness_through(&h, at(60, 0));
    assert_int_equal(h.events_count, 1);
    assert_true(harness_wake(&h) == at(62, 0));
    harness_time(&h, at(201, 0));
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
    assert_true(harness_wake(&h) == INT64_MAX); // billed to through, not beyond
    harness_through(&h, at(89, 30));
    assert_int_equal(h.events_count, 1);
    harness_through(&h, at(90, 0));
    EXPECT_NOTHING(); // it vouches for no minute more, and the journal stays small
}

static void an_hour_is_not_posted_before_it_has_settled(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    harness_through(&h, at(60, 0));
    harness_time(&h, at(61, 59));
    EXPECT_NOTHING();
    harness_time(&h, at(62, 0));
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
}

static void minutes_are_those_whose_start_it_runs_at(void **state)
{
    (void)state;
    static const struct {
        int from_minute, from_second, to_minute, to_second;
        uint64_t minutes;
    } table[] = {{0, 30, 12, 30, 12}, {0, 1, 0, 59, 0}, {0, 0, 1, 0, 1}, {9, 59, 10, 0, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uid_t16 r = harness_id('r', 10 + i), p = harness_id('p', 10 + i);
        harness_time(&h, at(30, 0) > h.now ? at(30, 0) : h.now);
        harness_started(&h, at(table[i].from_minute, table[i].from_second), r, p, account,
                        "probny");
        harness_stopped(&h, at(table[i].to_minute, table[i].to_second), r, p);
        assert_int_equal(harness_deleted(&h, at(30, 0), r), FAIL_NONE);
        uint64_t minutes = 0;
        for (size_t n = 0; n < harness_count(&h, EVENT_usage_charged); n++)
            minutes += harness_event(&h, EVENT_usage_charged, n)->usage_charged.minutes;
        assert_int_equal(minutes, table[i].minutes);
    }
}

static void replicas_of_a_meter_share_one_line(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    reach(at(30, 0));
    harness_started(&h, at(0, 0), resource, second, account, "nachalny");
    harness_started(&h, at(30, 0), resource, harness_id('p', 3), account, "probny");
    pass(1);
    EXPECT({0, PROBNY, 30, 11, 34800, 1}, {0, NACHALNY, 120, 81, 15600, 1});
}

static void a_change_of_tariff_within_the_hour_keeps_the_carry(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    start(at(20, 30), "standartny"); // minutes 0 to 20, and 21 to 59
    pass(1);
    EXPECT({0, NACHALNY, 21, 14, 4200, 1}, {0, STANDARTNY, 39, 131, 0, 1});
}

static void a_restart_bills_the_runs_and_not_the_gap(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    stop(at(10, 0));
    start(at(50, 0), "nachalny");
    pass(1);
    EXPECT({0, NACHALNY, 20, 13, 18400, 1});
}

static void deletion_posts_at_once_and_moves_the_carry(void **state)
{
    (void)state;
    start(at(0, 30), "nachalny");
    h.now = at(12, 30);
    assert_int_equal(harness_deleted(&h, at(12, 30), resource), FAIL_NONE);
    EXPECT({0, NACHALNY, 12, 8, 2400, 2});
    const event_meter_closed_t *closed = &harness_event(&h, EVENT_meter_closed, 0)->meter_closed;
    assert_int_equal(closed->moved, 2400 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(closed->amount, 0);
    assert_int_equal(closed->remainder, 2400 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(harness_deleted(&h, at(12, 40), resource), FAIL_NONE);
    EXPECT_NOTHING(); // the first word holds
    assert_int_equal(stop(at(12, 40)), FAIL_NONE);
    EXPECT_NOTHING(); // as platforms say after a deletion

    // Another resource's carry adds to the account's: 2400 + 31200 is below a kopeck; again, above.
    for (uint64_t n = 2; n < 4; n++) {
        harness_started(&h, at(0, 0), harness_id('r', n), harness_id('p', n), account, "probny");
        harness_deleted(&h, at(12, 0), harness_id('r', n));
        EXPECT({0, PROBNY, 12, 4, 31200, 2});
        closed = &harness_event(&h, EVENT_meter_closed, 0)->meter_closed;
        assert_int_equal(closed->amount, n == 2 ? 0 : 1);
        assert_int_equal(closed->remainder, (n == 2 ? 33600 : 21600) * CARRY_PER_PRICE_MINUTE);
    }
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 0); // the hourly run finds nothing new
}

static void deletion_posts_every_unposted_hour_in_order(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    start(at(100, 0), "probny");
    h.now = at(130, 0);
    harness_deleted(&h, at(130, 0), resource);
    EXPECT({1, PROBNY, 20, 7, 37600, 2}, {2, PROBNY, 10, 4, 34800, 2},
           {0, NACHALNY, 60, 41, 3600, 2}, {1, NACHALNY, 40, 26, 40400, 2});
}

static void minutes_before_a_deletion_that_come_later_go_to_the_accounts_carry(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    h.now = at(12, 0);
    harness_deleted(&h, at(12, 0), resource); // carry 2400
    assert_int_equal(harness_ticked(&h, at(11, 0), resource, second, account, "nachalny"),
                     FAIL_NONE);
    assert_int_equal(harness_wake(&h), at(62, 0));
    settle();
    EXPECT({0, NACHALNY, 1, 0, 31400, 3});
    assert_int_equal(harness_ticked(&h, at(12, 0), resource, second, account, "nachalny"),
                     FAIL_DELETED);
    assert_int_equal(h.events_count, 1);
    // A start that was overtaken by its deletion.
    assert_int_equal(harness_started(&h, at(2, 0), resource, harness_id('p', 3), account, "probny"),
                     FAIL_NONE);
    settle();
    EXPECT({0, PROBNY, 10, 4, 28600, 3});
    assert_int_equal(start(at(12, 0), "nachalny"), FAIL_DELETED);
    assert_true(harness_wake(&h) == INT64_MAX);
}

static void a_deletion_before_the_creation_is_remembered(void **state)
{
    (void)state;
    h.now = at(30, 0);
    assert_int_equal(harness_deleted(&h, at(10, 0), resource), FAIL_NONE);
    assert_int_equal(harness_created(&h, at(0, 0), resource, account), FAIL_NONE);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    settle();
    EXPECT({0, NACHALNY, 10, 6, 30800, 3});
    assert_int_equal(tick(at(10, 0), "nachalny"), FAIL_DELETED);
    pass(2);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 0);
}

static void late_minutes_are_an_adjusting_line_of_their_hour(void **state)
{
    (void)state;
    start(at(30, 0), "nachalny");
    stop(at(40, 0));
    pass(1);
    EXPECT({0, NACHALNY, 10, 6, 30800, 1});
    h.now = at(200, 0);
    assert_int_equal(tick(at(5, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(tick(at(35, 0), "nachalny"), FAIL_NONE);
    // Billed by the interval; it is evidence all the same, should the interval end earlier.
    assert_int_equal(harness_count(&h, EVENT_usage_accepted), 1);
    assert_int_equal(h.events_count, 1);
    assert_int_equal(tick(at(35, 0), "ultra"), FAIL_BILLED);
    settle();
    EXPECT({0, NACHALNY, 1, 1, 16600, 3}); // 30800 + 29000 = 43200 + 16600
    assert_int_equal(tick(at(5, 0), "nachalny"), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(harness_ticked(&h, at(6, 0), resource, second, account, "probny"), FAIL_NONE);
    start(at(0, 0), "nachalny"); // until its next point: the start at minute 30
    settle();
    EXPECT({0, PROBNY, 1, 0, 33600, 3}, {0, NACHALNY, 29, 20, 10600, 3});
    assert_true(harness_wake(&h) == INT64_MAX);
}

// 200 replicas of a resource told late of an hour, minute by minute, were 12 000 lines.
static void late_minutes_of_an_hour_are_one_line(void **state)
{
    (void)state;
    enum { REPLICAS = 200 };
    harness_through(&h, at(60, 0));
    harness_started(&h, at(0, 0), harness_id('r', 2), second, other, "nachalny");
    pass(1);
    for (int minute = 0; minute < HOUR_MINUTES - 3; minute++) { // at 11:02 and after it
        event_t items[REPLICAS];
        for (uint64_t n = 0; n < REPLICAS; n++)
            items[n] =
                harness_tick_item(at(minute, 0), resource, harness_id('q', n), account, "nachalny");
        harness_batch(&h, items, REPLICAS, NULL);
        harness_time(&h, h.now + MINUTE_US);
        assert_int_equal(harness_count(&h, EVENT_usage_charged), 0);
    }
    assert_int_equal(h.now, at(62 + 57, 0));
    harness_time(&h, at(121, 59));
    EXPECT_NOTHING();
    harness_time(&h, at(122, 0)); // though nobody has said `through` of that hour
    EXPECT({0, NACHALNY, 57 * REPLICAS, 57 * REPLICAS * 29000 / 43200,
            (int64_t)57 * REPLICAS * 29000 % 43200, CHARGED_LATE});
    assert_int_equal(harness_count(&h, EVENT_hour_closed), 0);
}

// What a deletion posts is not posted again with what is late.
static void a_deletion_posts_what_is_late_at_once(void **state)
{
    (void)state;
    start(at(50, 0), "nachalny");
    pass(1);
    h.now = at(65, 0);
    assert_int_equal(tick(at(5, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_deleted(&h, at(64, 0), resource), FAIL_NONE);
    EXPECT({0, NACHALNY, 1, 1, 16600, CHARGED_DELETION},
           {1, NACHALNY, 4, 3, 3000, CHARGED_DELETION});
    settle();
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 0);
}

static void minutes_later_than_72_hours_are_expired(void **state)
{
    (void)state;
    h.now = at(0, 0) + 72 * HOUR_US;
    assert_int_equal(tick(at(-1, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(h.events_count, 1);
    const event_usage_expired_t *expired =
        &harness_event(&h, EVENT_usage_expired, 0)->usage_expired;
    assert_int_equal(expired->minutes, 1);
    assert_int_equal(expired->hour, TEN - HOUR_US);
    assert_int_equal(tick(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_accepted), 1);

    start(at(-90, 0), "nachalny"); // what of an interval came too late is lost too
    expired = &harness_event(&h, EVENT_usage_expired, 0)->usage_expired;
    assert_int_equal(expired->minutes, 90);
    assert_int_equal(harness_event(&h, EVENT_interval_opened, 0)->interval_opened.from, at(0, 0));
    pass(1);
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
}

static void expect_loss(uint64_t minutes, kopecks_t amount, int64_t carry)
{
    answer_t answer;
    request_t request = {.type = REQUEST_losses};
    assert_int_equal(harness_ask(&h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.losses.minutes, minutes);
    assert_int_equal(answer.losses.amount, amount);
    assert_int_equal(answer.losses.remainder, carry * CARRY_PER_PRICE_MINUTE);
}

static void what_is_too_old_goes_to_the_loss_account(void **state)
{
    (void)state;
    expect_loss(0, 0, 0);
    h.now = at(0, 0) + 72 * HOUR_US;
    start(at(-90, 0), "nachalny");
    expect_loss(90, 60, 18000);
    assert_int_equal(harness_ticked(&h, at(-5, 0), harness_id('r', 2), second, other, "ultra"),
                     FAIL_NONE);
    expect_loss(91, 70, 16000); // 18 000 + 430 000 = 10 x 43 200 + 16 000
    const event_usage_expired_t *e = &harness_event(&h, EVENT_usage_expired, 0)->usage_expired;
    assert_memory_equal(&e->account, &other, sizeof other);
    assert_int_equal(e->price, 430000);
    assert_int_equal(e->amount, 10);
    assert_int_equal(e->kind, 1);
    pass(2);
    h.now += 12 * HOUR_US;
    assert_int_equal(tick(at(30, 0), "nachalny"), FAIL_NONE); // too old, and billed
    EXPECT_NOTHING();
    expect_loss(91, 70, 16000);
}

static void lines_come_in_the_order_of_account_resource_version(void **state)
{
    (void)state;
    enum { METERS = 3000 };
    for (uint64_t n = 0; n < METERS; n++) { // ids scattered, opened in another order
        uint64_t mixed = n * 7919 % METERS;
        assert_int_equal(
            harness_started(&h, at(0, 0), harness_id('r', mixed), harness_id('p', mixed),
                            harness_id('a', mixed * 31 % 101 + 1), mixed % 2 ? "ultra" : "probny"),
            FAIL_NONE);
        if (mixed % 3 == 0)
            harness_started(&h, at(30, 0) - 28 * MINUTE_US, harness_id('r', mixed),
                            harness_id('q', mixed), harness_id('a', mixed * 31 % 101 + 1),
                            "probny");
    }
    pass(1);
    size_t lines = harness_count(&h, EVENT_usage_charged);
    assert_int_equal(lines, METERS + METERS / 6); // more than one decision has room for
    const event_usage_charged_t *last = NULL;
    for (size_t i = 0; i < h.events_count; i++) {
        if (h.events[i].type != EVENT_usage_charged)
            continue;
        const event_usage_charged_t *e = &h.events[i].usage_charged;
        if (last) {
            int order = memcmp(&last->account, &e->account, sizeof e->account);
            if (!order)
                order = memcmp(&last->resource, &e->resource, sizeof e->resource);
            assert_true(order < 0 || (order == 0 && last->version < e->version));
        }
        last = e;
    }
    assert_int_equal(harness_count(&h, EVENT_hour_closed), 1);
    assert_int_equal(harness_event(&h, EVENT_hour_closed, 0)->hour_closed.lines, lines);
}

static void a_deletion_with_more_lines_than_a_decision_holds_loses_none(void **state)
{
    (void)state;
    enum { HOURS = 4100 }; // a decision has room for 4091 lines
    start(at(0, 0), "nachalny");
    h.now = TEN + HOURS * HOUR_US; // through never came in all that time
    harness_deleted(&h, h.now, resource);
    uint64_t minutes = 0;
    kopecks_t posted = 0;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < harness_count(&h, EVENT_usage_charged); i += 500) { // a sample
            const event_usage_charged_t *e =
                &harness_event(&h, EVENT_usage_charged, i)->usage_charged;
            assert_int_equal(e->reason, round == 0 ? 2 : 3);
        }
        for (size_t i = 0; i < h.events_count; i++)
            if (h.events[i].type == EVENT_usage_charged) {
                minutes += h.events[i].usage_charged.minutes;
                posted += h.events[i].usage_charged.amount;
            } else if (h.events[i].type == EVENT_meter_closed)
                posted += h.events[i].meter_closed.amount;
        harness_time(&h, h.now);
    }
    assert_int_equal(minutes, HOURS * 60);
    assert_int_equal(posted, HOURS * 60 * INT64_C(29000) / 43200);
    assert_true(harness_wake(&h) == INT64_MAX);
}

// Of the last call: minutes, lines, and those of them for late minutes, added up.
static void count_lines(uint64_t *minutes, uint64_t *lines, uint64_t *late)
{
    for (size_t i = 0; i < harness_count(&h, EVENT_usage_charged); i++) {
        const event_usage_charged_t *e = &harness_event(&h, EVENT_usage_charged, i)->usage_charged;
        *minutes += e->minutes;
        *lines += 1;
        *late += e->reason == CHARGED_LATE;
    }
}

// More meters than one decision has lines, and between its decisions usage of that hour, for a
// meter whose turn is past and for one whose turn is to come.
static void usage_between_two_decisions_of_an_hours_closing_is_billed(void **state)
{
    (void)state;
    enum { METERS = 4500 };
    uint64_t minutes = 0, lines = 0, late = 0;
    for (uint64_t n = 1; n <= METERS; n++)
        assert_int_equal(harness_ticked(&h, at(0, 0), harness_id('r', n), harness_id('p', n),
                                        harness_id('a', n), "nachalny"),
                         FAIL_NONE);
    h.now = at(60, 0) + SETTLE;
    harness_through(&h, at(60, 0));
    input_t tick = {.kind = INPUT_TICK, .now = h.now, .current = true};
    harness_decide(&h, &tick);
    assert_int_equal(harness_count(&h, EVENT_hour_closed), 0); // it has a second part
    count_lines(&minutes, &lines, &late);
    assert_true(lines > 4000 && lines < METERS);
    for (uint64_t n = 1; n <= METERS; n += METERS - 1)
        assert_int_equal(harness_ticked(&h, at(30, 0), harness_id('r', n), harness_id('p', n),
                                        harness_id('a', n), "nachalny"),
                         FAIL_NONE);
    for (bool more = true; more; more = harness_wake(&h) <= h.now) {
        harness_decide(&h, &tick);
        count_lines(&minutes, &lines, &late);
    }
    assert_int_equal(minutes, METERS + 1);
    settle(); // the one whose turn was past
    count_lines(&minutes, &lines, &late);
    assert_int_equal(minutes, METERS + 2);
    assert_int_equal(lines, METERS + 1);
    assert_int_equal(late, 1);
}

// A resource of two kinds: both remainders go to the account's one after the other, and nothing of
// them is lost or counted twice, however often.
static void a_deleted_resource_of_two_kinds_moves_both_remainders(void **state)
{
    (void)state;
    enum { RESOURCES = 40 };
    int64_t exact = 0, posted = 0, remainder = 0;
    for (uint64_t n = 1; n <= RESOURCES; n++) {
        for (uint64_t kind = 1; kind <= 2; kind++) {
            event_t started = {.type = EVENT_replica_started, .at = at(0, 0)};
            started.replica_started = (event_replica_started_t){
                harness_id('r', n), harness_id('p', 2 * n + kind), account, {"nachalny", 8}, kind};
            assert_int_equal(harness_item(&h, &started), FAIL_NONE);
        }
        reach(at((int)n, 0));
        assert_int_equal(harness_deleted(&h, at((int)n, 0), harness_id('r', n)), FAIL_NONE);
        assert_int_equal(harness_count(&h, EVENT_meter_closed), 2);
        for (size_t i = 0; i < h.events_count; i++)
            if (h.events[i].type == EVENT_usage_charged) {
                exact += (int64_t)h.events[i].usage_charged.minutes * 29000;
                posted += h.events[i].usage_charged.amount;
            } else if (h.events[i].type == EVENT_meter_closed) {
                posted += h.events[i].meter_closed.amount;
                remainder = h.events[i].meter_closed.remainder;
            }
        assert_int_equal(posted, exact / 43200);
        assert_int_equal(remainder, exact % 43200 * CARRY_PER_PRICE_MINUTE);
    }
}

// One producer that says `through` once and no more froze everybody's billing.
static void an_hour_is_closed_without_one_who_does_not_speak(void **state)
{
    (void)state;
    uid_t16 theirs = harness_id('r', 9), run = harness_id('p', 9);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    h.producer = FEED + 1;
    harness_through(&h, at(0, 0) + 1);
    h.producer = FEED;
    harness_through(&h, at(60, 0));
    harness_time(&h, at(119, 59));
    EXPECT_NOTHING();
    input_t doubted = {.kind = INPUT_TICK, .now = at(120, 0)};
    harness_decide(&h, &doubted);
    EXPECT_NOTHING(); // our clock may be what is wrong
    harness_time(&h, at(120, 0));
    EXPECT({0, NACHALNY, 60, 40, 12000, CHARGED_HOUR});
    assert_int_equal(harness_count(&h, EVENT_producer_passed_over), 1);
    const event_producer_passed_over_t *e =
        &harness_event(&h, EVENT_producer_passed_over, 0)->producer_passed_over;
    assert_int_equal(e->producer, FEED + 1);
    assert_int_equal(e->through, at(0, 0) + 1);
    assert_int_equal(e->hour, at(0, 0));
    assert_int_equal(harness_event(&h, EVENT_hour_closed, 0)->hour_closed.lines, 1);
    h.producer = FEED + 1; // what it brings now is late, and billed
    assert_int_equal(harness_ticked(&h, at(10, 0), theirs, run, other, "nachalny"), FAIL_NONE);
    harness_through(&h, at(120, 0));
    assert_int_equal(harness_count(&h, EVENT_usage_through), 1);
    h.producer = FEED;
    harness_through(&h, at(120, 0));
    settle();
    EXPECT({1, NACHALNY, 60, 40, 24000, CHARGED_HOUR}, {0, NACHALNY, 1, 0, 29000, CHARGED_LATE});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_running_replica_is_charged_hour_by_hour),
        TEST(an_hour_waits_for_through_and_for_settling),
        TEST(an_hour_is_not_posted_before_it_has_settled),
        TEST(minutes_are_those_whose_start_it_runs_at),
        TEST(replicas_of_a_meter_share_one_line),
        TEST(a_change_of_tariff_within_the_hour_keeps_the_carry),
        TEST(a_restart_bills_the_runs_and_not_the_gap),
        TEST(deletion_posts_at_once_and_moves_the_carry),
        TEST(deletion_posts_every_unposted_hour_in_order),
        TEST(minutes_before_a_deletion_that_come_later_go_to_the_accounts_carry),
        TEST(a_deletion_before_the_creation_is_remembered),
        TEST(late_minutes_are_an_adjusting_line_of_their_hour),
        TEST(late_minutes_of_an_hour_are_one_line),
        TEST(a_deletion_posts_what_is_late_at_once),
        TEST(minutes_later_than_72_hours_are_expired),
        TEST(what_is_too_old_goes_to_the_loss_account),
        TEST(lines_come_in_the_order_of_account_resource_version),
        TEST(a_deletion_with_more_lines_than_a_decision_holds_loses_none),
        TEST(usage_between_two_decisions_of_an_hours_closing_is_billed),
        TEST(a_deleted_resource_of_two_kinds_moves_both_remainders),
        TEST(an_hour_is_closed_without_one_who_does_not_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
