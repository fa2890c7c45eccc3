// metering_core by hand: what each item means, what is refused, prices and policy.
#include "services/metering/metering_core.h"
#include "services/metering/masks.h"
#include "tests/unit/metering_day.h"

static void it_begins_with_amveras_tariffs_and_policy(void **state)
{
    (void)state;
    static const kopecks_t prices[] = {17000, 29000, 49000, 145000, 430000, 775000};
    assert_int_equal(harness_count(&h, EVENT_tariff_defined), 6);
    for (size_t i = 0; i < 6; i++) {
        const event_tariff_defined_t *e =
            &harness_event(&h, EVENT_tariff_defined, i)->tariff_defined;
        assert_int_equal(e->version, i + 1);
        assert_int_equal(e->price, prices[i]);
        assert_int_equal(e->effective, 0);
    }
    assert_true(text_equal(harness_event(&h, EVENT_tariff_defined, 2)->tariff_defined.code,
                           text_of("nachalny_plus")));
    const event_metering_policy_changed_t *policy =
        &harness_event(&h, EVENT_metering_policy_changed, 0)->metering_policy_changed;
    assert_int_equal(policy->settle_us, 2 * MINUTE_US);
    assert_int_equal(policy->late_us, 72 * HOUR_US);
    assert_int_equal(policy->ahead_us, 2 * MINUTE_US);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    // [0, 10) nachalny, [20, 30) probny, [40, ...) nachalny: every order of these five items
    static const struct {
        int minute;
        const char *tariff;
    } items[] = {{0, "nachalny"}, {10, NULL}, {20, "probny"}, {30, NULL}, {40, "nachalny"}};
    unsigned order[5];
    for (unsigned n = 0; n < 120; n++) {
        bool used[5] = {0};
        unsigned rest = n;
        for (unsigned i = 0; i < 5; i++) {
            unsigned k = rest % (5 - i);
            rest /= 5 - i;
            for (order[i] = 0; used[order[i]] || k-- > 0;)
                order[i]++;
            used[order[i]] = true;
        }
        harness_close(&h);
        setup(NULL);
        h.now = at(59, 0);
        for (unsigned i = 0; i < 5; i++) {
            instant_t when = at(items[order[i]].minute, 0);
            fail_t fail = items[order[i]].tariff ? start(when, items[order[i]].tariff) : stop(when);
            assert_int_equal(fail, FAIL_NONE);
        }
        pass(1);
        EXPECT({0, PROBNY, 10, 3, 40400, 1}, {0, NACHALNY, 30, 21, 3200, 1});
    }
}

static void ticks_and_intervals_give_the_same_lines(void **state)
{
    (void)state;
    h.now = at(59, 0);
    for (int minute = 59; minute >= 1; minute--) {
        assert_int_equal(tick(at(minute, 31), "nachalny"), FAIL_NONE);
        assert_int_equal(tick(at(minute, 31), "nachalny"), FAIL_NONE);
        EXPECT_NOTHING(); // a duplicate
    }
    harness_started(&h, at(0, 30), harness_id('r', 2), second, account, "nachalny");
    pass(1);
    EXPECT({0, NACHALNY, 59, 39, 26200, 1}, {0, NACHALNY, 59, 39, 26200, 1});
    h.now = at(121, 0);
    assert_int_equal(tick(at(7, 0), "nachalny"), FAIL_NONE);
    EXPECT_NOTHING(); // billed already
}

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
                                   harness_id('a', 5), "probny"); // of items[99], other tariff
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
        {harness_tick_item(at(5, 0), resource, replica, account, "probny"), FAIL_BILLED},
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
          .resource_created = {resource, account, 5}},
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
        input_t input = {.kind = INPUT_ITEM, .now = h.now, .event = &table[i].item};
        const char *detail = NULL;
        fail_t fail = metering_core.check(h.state, &input, &detail);
        assert_int_equal(fail, table[i].fail == FAIL_BILLED ? FAIL_NONE : table[i].fail);
        assert_true(!fail == !detail);
    }
    pass(1);
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
}

static void the_first_tariff_of_a_minute_wins(void **state)
{
    (void)state;
    h.now = at(5, 0);
    assert_int_equal(tick(at(3, 0), "probny"), FAIL_NONE);
    assert_int_equal(tick(at(3, 30), "nachalny"), FAIL_BILLED);
    start(at(0, 0), "nachalny"); // all its other minutes are its own
    pass(1);
    EXPECT({0, PROBNY, 1, 0, 17000, 1}, {0, NACHALNY, 59, 40, 0, 1});
}

static void limits_refuse_and_keep_what_is_there(void **state)
{
    (void)state;
    harness_close(&h);
    harness_open(&h, &(metering_settings_t){.replicas_max = 2, .meters_max = 1});
    h.now = at(1, 0);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_started(&h, at(0, 0), resource, second, account, "probny"), FAIL_NONE);
    assert_int_equal(harness_started(&h, at(0, 0), resource, harness_id('p', 3), account, "probny"),
                     FAIL_FULL);
    assert_int_equal(harness_stopped(&h, at(0, 0), resource, harness_id('p', 3)), FAIL_FULL);
    assert_int_equal(harness_created(&h, at(0, 0), harness_id('r', 2), account), FAIL_FULL);
    assert_int_equal(harness_deleted(&h, at(0, 0), harness_id('r', 2)), FAIL_FULL);
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 2);
}

static request_t define(const char *code, kopecks_t price, instant_t effective)
{
    request_t request = {.type = REQUEST_tariff_define};
    request.tariff_define =
        (request_tariff_define_t){text_of(code), text_of("Новый"), price, effective, 0};
    return request;
}

static void a_new_price_holds_from_its_minute_on(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    request_t request = define("nachalny", 43200, at(30, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_tariff_defined, 0)->tariff_defined.version, 7);
    pass(1);
    EXPECT({0, NACHALNY, 30, 20, 6000, 1}, {0, 7, 30, 30, 6000, 1});
}

static void a_price_is_never_retroactive(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    harness_through(&h, at(1, 0));
    h.now = at(10, 0);
    char long_code[TARIFF_CODE_MAX + 2] = {0};
    memset(long_code, 'x', TARIFF_CODE_MAX + 1);
    const struct {
        request_t request;
        fail_t fail;
    } table[] = {
        {define("nachalny", 1, at(9, 0)), FAIL_INVALID},
        {define("nachalny", 1, at(10, 1)), FAIL_INVALID},
        {define("nachalny", 0, at(10, 0)), FAIL_INVALID},
        {define("nachalny", -5, at(10, 0)), FAIL_INVALID},
        {define("nachalny", PRICE_MAX + 1, at(10, 0)), FAIL_INVALID},
        {define("", 1, at(10, 0)), FAIL_INVALID},
        {define(long_code, 1, at(10, 0)), FAIL_INVALID},
        {define("gold", PRICE_MAX, at(10, 0)), FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(harness_command(&h, &table[i].request), table[i].fail);
    harness_through(&h, at(60, 0)); // what the platform said it has sent is priced already
    request_t request = define("gold", 1, at(60, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_INVALID);
    request = define("gold", 1, at(61, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
}

static void a_tariff_has_a_title_and_begins_with_a_minute(void **state)
{
    (void)state;
    char long_title[TARIFF_TITLE_MAX + 2] = {0};
    memset(long_title, 'x', TARIFF_TITLE_MAX + 1);
    const struct {
        text_t title;
        instant_t effective;
        fail_t fail;
    } table[] = {
        {text_of(""), at(60, 0), FAIL_INVALID},
        {text_of(long_title), at(60, 0), FAIL_INVALID},
        {text_of("Новый"), at(60, 1), FAIL_INVALID},
        {text_of("Новый"), -MINUTE_US, FAIL_INVALID},
        {text_of("Новый"), INSTANT_LAST + 1, FAIL_INVALID},
        {text_of(long_title + 1), at(60, 0), FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        request_t request = define("gold", 1, table[i].effective);
        request.tariff_define.title = table[i].title;
        assert_int_equal(harness_command(&h, &request), table[i].fail);
    }
    request_t unknown = {.type = REQUEST_balance};
    assert_int_equal(harness_command(&h, &unknown), FAIL_INVALID);
}

static void policy_changes_take_effect_and_have_bounds(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_metering_policy};
    const struct {
        request_metering_policy_t policy;
        fail_t fail;
    } table[] = {
        {{HOUR_US + 1, 0, 0, 0}, FAIL_INVALID},
        {{0, LATE_MAX_US + 1, 0, 0}, FAIL_INVALID},
        {{0, 0, HOUR_US + 1, 0}, FAIL_INVALID},
        {{0, HOUR_US, MINUTE_US, 0}, FAIL_NONE},
    };
    for (size_t i = 0; i < 4; i++) {
        request.metering_policy = table[i].policy;
        assert_int_equal(harness_command(&h, &request), table[i].fail);
    }
    h.now = at(1, 0);
    assert_int_equal(tick(at(3, 0), "probny"), FAIL_LATER);
    assert_int_equal(tick(at(2, 0), "probny"), FAIL_NONE);
    tick(at(-60, 0), "probny");
    assert_int_equal(harness_count(&h, EVENT_usage_expired), 1);
    harness_through(&h, at(60, 0));
    assert_true(harness_wake(&h) == at(60, 0)); // settles at once
}

static void meters_answers_what_runs_and_burns(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = at(10, 0)};
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_UNKNOWN_ACCOUNT);
    h.now = at(10, 0);
    start(at(0, 0), "nachalny");
    harness_ticked(&h, at(9, 0), resource, second, account, "probny");
    harness_started(&h, at(0, 0), harness_id('r', 2), harness_id('p', 3), account, "ultra");
    harness_stopped(&h, at(5, 0), harness_id('r', 2), harness_id('p', 3));
    harness_started(&h, at(0, 0), harness_id('r', 3), harness_id('p', 4), account, "ultra");
    harness_deleted(&h, at(1, 0), harness_id('r', 3));
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.meters, 2);
    assert_int_equal(answer.meters.replicas, 2);
    assert_int_equal(answer.meters.burn, (29000 + 17000) * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(answer.meters.remainder, 41200 * CARRY_PER_PRICE_MINUTE); // 430000 % 43200
}

// A driven clock begins at 0, where there is no minute before.
static void meters_answers_in_the_first_minute_of_all(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = 0};
    h.now = 0;
    assert_int_equal(harness_created(&h, 0, resource, account), FAIL_NONE);
    assert_int_equal(harness_ticked(&h, MINUTE_US, resource, second, account, "nachalny"),
                     FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.meters, 1);
    assert_int_equal(answer.meters.replicas, 0);
}

static void what_burns_beyond_int64_is_said_to_burn_as_much_as_can_be_said(void **state)
{
    (void)state;
    enum { REPLICAS = 14500 }; // times 10^9 kopecks times 640 000
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = at(10, 0)};
    h.now = at(10, 0);
    request_t define = {.type = REQUEST_tariff_define,
                        .tariff_define = {.code = text_of("dearest"),
                                          .title = text_of("dearest"),
                                          .price = PRICE_MAX,
                                          .effective = at(10, 0)}};
    assert_int_equal(harness_command(&h, &define), FAIL_NONE);
    for (unsigned i = 0; i < REPLICAS; i++)
        assert_int_equal(
            harness_started(&h, at(10, 0), resource, harness_id('p', i), account, "dearest"),
            FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.replicas, REPLICAS);
    assert_true(answer.meters.burn == INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_begins_with_amveras_tariffs_and_policy),
        TEST(the_order_of_arrival_does_not_matter),
        TEST(ticks_and_intervals_give_the_same_lines),
        TEST(a_batch_of_ticks_is_one_event),
        TEST(what_is_ahead_of_the_clock_waits_for_it),
        TEST(what_is_refused_stays_visible),
        TEST(the_first_tariff_of_a_minute_wins),
        TEST(limits_refuse_and_keep_what_is_there),
        TEST(a_new_price_holds_from_its_minute_on),
        TEST(a_price_is_never_retroactive),
        TEST(a_tariff_has_a_title_and_begins_with_a_minute),
        TEST(policy_changes_take_effect_and_have_bounds),
        TEST(meters_answers_what_runs_and_burns),
        TEST(meters_answers_in_the_first_minute_of_all),
        TEST(what_burns_beyond_int64_is_said_to_burn_as_much_as_can_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
