// What metering answers about what runs and burns, and what of it is not posted yet.
#include "services/metering/metering_burn.h"
#include "proto/wire.h"
#include "tests/unit/metering_day.h"

static uint8_t scratch[64 * 1024];

static answer_meters_t ask(instant_t now)
{
    answer_t answer = {.type = REQUEST_meters};
    query_t query = {
        .answer = &answer, .now = now, .scratch = scratch, .scratch_size = sizeof scratch};
    assert_int_equal(burn_query(h.state, &account, &query), FAIL_NONE);
    assert_int_equal(answer.meters.now, now);
    return answer.meters;
}

typedef struct {
    int64_t burn, carry, due, accrued;
} row_t;

// The sum of an answer's rows.
static row_t sum_of(const answer_meters_t *answer)
{
    row_t sum = {0};
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        int64_t *parts[] = {&sum.burn, &sum.carry, &sum.due, &sum.accrued};
        assert_int_equal(wire_array(&wire, 4), 4);
        for (unsigned part = 0; part < 4; part++) {
            int64_t value;
            wire_i64(&wire, &value);
            *parts[part] += value;
        }
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return sum;
}

// From 10:58:00 on, asked at 11:00:30: two minutes of the hour that ended, one of the one that
// runs.
static void what_is_not_posted_is_told_by_the_hour(void **state)
{
    (void)state;
    start(at(58, 0), "nachalny");
    answer_meters_t answer = ask(at(60, 30));
    row_t sum = sum_of(&answer);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.settle_us, SETTLE);
    assert_int_equal(sum.burn, 29000 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(sum.carry, 0);
    assert_int_equal(sum.due, 2 * sum.burn);
    assert_int_equal(sum.accrued, sum.burn);
    assert_int_equal(answer.running.size, sizeof resource); // and which it is
    assert_memory_equal(answer.running.data, resource.bytes, sizeof resource);
}

// 2 x 29 000 / 43 200 kopecks are posted as one, and 14 800 / 43 200 are carried.
static void what_was_posted_is_a_carry(void **state)
{
    (void)state;
    start(at(58, 0), "nachalny");
    h.now = at(60, 0);
    harness_through(&h, at(60, 0));
    harness_time(&h, at(63, 0));
    answer_meters_t answer = ask(at(63, 0));
    row_t sum = sum_of(&answer);
    assert_int_equal(sum.due, 0);
    assert_int_equal(sum.accrued, 4 * sum.burn); // 11:00 to 11:03
    assert_int_equal(sum.carry, 14800 * CARRY_PER_PRICE_MINUTE);
}

static void what_stopped_owes_until_it_is_posted(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    stop(at(10, 0));
    answer_meters_t answer = ask(at(20, 0));
    row_t sum = sum_of(&answer);
    assert_int_equal(answer.replicas, 0);
    assert_int_equal(sum.burn, 0);
    assert_int_equal(sum.accrued, 10 * 29000 * CARRY_PER_PRICE_MINUTE);
}

static void late_minutes_are_due_until_they_are_posted(void **state)
{
    (void)state;
    start(at(30, 0), "nachalny");
    stop(at(40, 0));
    pass(1);
    h.now = at(70, 0);
    assert_int_equal(tick(at(5, 0), "nachalny"), FAIL_NONE);
    answer_meters_t answer = ask(h.now);
    assert_int_equal(sum_of(&answer).due, 29000 * CARRY_PER_PRICE_MINUTE);
    settle();
    answer = ask(h.now);
    assert_int_equal(sum_of(&answer).due, 0);
}

static void meters_beyond_the_rows_are_added_up(void **state)
{
    (void)state;
    enum { METERS = BURN_ROWS + 44 };
    harness_unlimited(&h);
    for (unsigned i = 0; i < METERS; i++)
        assert_int_equal(harness_started(&h, at(0, 0), harness_id('r', 100 + i),
                                         harness_id('p', 100 + i), account, "nachalny"),
                         FAIL_NONE);
    answer_meters_t answer = ask(at(4, 0));
    row_t sum = sum_of(&answer);
    assert_int_equal(answer.meters, METERS);
    assert_int_equal(answer.replicas, METERS);
    assert_int_equal(answer.count, BURN_ROWS + 1);
    assert_int_equal(sum.burn, answer.burn);
    assert_int_equal(sum.burn, METERS * 29000 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(sum.accrued, 5 * sum.burn); // 10:00 to 10:04
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
    harness_unlimited(&h);
    for (unsigned i = 0; i < REPLICAS; i++)
        assert_int_equal(
            harness_started(&h, at(10, 0), resource, harness_id('p', i), account, "dearest"),
            FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.replicas, REPLICAS);
    assert_true(answer.meters.burn == INT64_MAX);
}

// Half an hour, and then an hour; the late minute of the first one counts for neither.
static void the_table_has_what_the_last_hour_cost(void **state)
{
    (void)state;
    size_t count = 9;
    pack_t rows;
    pack_start(&rows, scratch, sizeof scratch);
    start(at(30, 0), "nachalny");
    assert_int_equal(burn_table(h.state, 0, &rows, &count), 0);
    assert_int_equal(count, 0); // no line of it yet
    pass(1);
    pass(2);
    const event_usage_charged_t *line = &harness_event(&h, EVENT_usage_charged, 0)->usage_charged;
    assert_int_equal(line->hour, TEN + HOUR_US);
    pack_start(&rows, scratch, sizeof scratch);
    assert_int_equal(burn_table(h.state, 0, &rows, &count), 0);
    assert_int_equal(count, 1);
    wire_t wire;
    uint64_t number, last, paid;
    int64_t hour, units, closed;
    uid_t16 id;
    wire_start(&wire, scratch, pack_end(&rows));
    assert_int_equal(wire_array(&wire, 7), 7);
    wire_u64(&wire, &number);
    wire_uid(&wire, &id);
    wire_i64(&wire, &hour);
    wire_i64(&wire, &units);
    wire_u64(&wire, &last);
    wire_u64(&wire, &paid);
    wire_i64(&wire, &closed);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_true(uid_equal(&id, &account));
    assert_int_equal(hour, TEN + HOUR_US);
    assert_int_equal(units, 60 * 29000 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(closed, TEN + HOUR_US);
    assert_int_equal(paid, last);
    assert_true(last > 0);
}

// Of what runs, and nothing of what does not.
static void prices_that_will_change_are_told(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    assert_int_equal(ask(at(10, 0)).coming.size, 0);
    request_t request = define("nachalny", 32000, TEN + 3 * HOUR_US);
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    answer_meters_t answer = ask(at(20, 0));
    wire_t wire;
    uint64_t kind;
    text_t code;
    int64_t effective, before, price;
    wire_start(&wire, answer.coming.data, answer.coming.size);
    assert_int_equal(wire_array(&wire, 5), 5);
    wire_u64(&wire, &kind);
    wire_text(&wire, &code);
    wire_i64(&wire, &effective);
    wire_i64(&wire, &before);
    wire_i64(&wire, &price);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_true(text_equal(code, text_of("nachalny")));
    assert_int_equal(effective, TEN + 3 * HOUR_US);
    assert_int_equal(before, 29000);
    assert_int_equal(price, 32000);
    assert_int_equal(sum_of(&answer).burn, 29000 * CARRY_PER_PRICE_MINUTE);
    stop(at(30, 0));
    assert_int_equal(ask(at(40, 0)).coming.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_posted_is_told_by_the_hour),
        TEST(prices_that_will_change_are_told),
        TEST(what_was_posted_is_a_carry),
        TEST(what_stopped_owes_until_it_is_posted),
        TEST(late_minutes_are_due_until_they_are_posted),
        TEST(meters_beyond_the_rows_are_added_up),
        TEST(meters_answers_what_runs_and_burns),
        TEST(meters_answers_in_the_first_minute_of_all),
        TEST(the_table_has_what_the_last_hour_cost),
        TEST(what_burns_beyond_int64_is_said_to_burn_as_much_as_can_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
