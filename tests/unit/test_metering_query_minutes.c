// A line opened: which minutes of an hour are billed, which wait, and by which lines.
#include "services/metering/metering_query_minutes.h"
#include "proto/wire.h"
#include "tests/unit/metering_day.h"

typedef struct {
    uint64_t kind, version;
    text_t tariff;
    kopecks_t price;
    uid_t16 replica;
    uint64_t billed, waiting;
} row_t;

typedef struct {
    uint64_t sequence, kind, version, left;
    kopecks_t given;
} line_t;

enum { ROWS_MAX = 4096 };
static answer_t answer;
static row_t rows[ROWS_MAX];
static line_t lines[ROWS_MAX];

static request_t asked_of(int hour)
{
    request_t asked = {.type = REQUEST_minutes};
    asked.minutes =
        (request_minutes_t){.account = account, .resource = resource, .hour = TEN + hour * HOUR_US};
    return asked;
}

static fail_t ask(const request_t *asked)
{
    fail_t fail = harness_ask(&h, asked, &answer);
    if (fail)
        return fail;
    wire_t wire;
    wire_start(&wire, answer.minutes.rows.data, answer.minutes.rows.size);
    for (uint64_t i = 0; i < answer.minutes.count; i++) {
        row_t *row = &rows[i];
        assert_int_equal(wire_array(&wire, 7), 7);
        wire_u64(&wire, &row->kind), wire_u64(&wire, &row->version);
        wire_text(&wire, &row->tariff), wire_i64(&wire, &row->price);
        wire_uid(&wire, &row->replica);
        wire_u64(&wire, &row->billed), wire_u64(&wire, &row->waiting);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    wire_start(&wire, answer.minutes.lines.data, answer.minutes.lines.size);
    for (uint64_t i = 0; i < answer.minutes.lines_count; i++) {
        line_t *line = &lines[i];
        assert_int_equal(wire_array(&wire, 5), 5);
        wire_u64(&wire, &line->sequence), wire_u64(&wire, &line->kind);
        wire_u64(&wire, &line->version), wire_u64(&wire, &line->left);
        wire_i64(&wire, &line->given);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return FAIL_NONE;
}

static const row_t *row_of(uid_t16 of, uint64_t version)
{
    for (uint64_t i = 0; i < answer.minutes.count; i++)
        if (uid_equal(&rows[i].replica, &of) && rows[i].version == version)
            return &rows[i];
    fail_msg("there is no such row");
    return NULL;
}

static mask_t minutes_of(int from, int to)
{
    return mask_between(hour_of(TEN), at(from, 0), at(to, 0));
}

static void an_hour_opens_to_the_minutes_of_its_replicas(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    harness_started(&h, at(0, 30), resource, second, account, "nachalny");
    reach(at(30, 0));
    harness_started(&h, at(30, 0), resource, second, account, "standartny");
    pass(1);
    request_t asked = asked_of(0);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(answer.minutes.closed && answer.minutes.count == 3 && !answer.minutes.next);
    assert_true(row_of(replica, NACHALNY)->billed == MASK_FULL);
    assert_true(row_of(second, NACHALNY)->billed == minutes_of(1, 30));
    assert_true(row_of(second, STANDARTNY)->billed == minutes_of(30, 60));
    assert_int_equal(row_of(second, STANDARTNY)->price, 145000);
    assert_int_equal(row_of(second, STANDARTNY)->waiting, 0);
    assert_int_equal(answer.minutes.lines_count, 0); // of no version alone
    asked.minutes.kind = 1;
    asked.minutes.version = NACHALNY;
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.count, 2);
    assert_int_equal(answer.minutes.lines_count, 1);
    assert_int_equal(lines[0].left, 89);
    assert_int_equal(lines[0].given, 0);
    asked.minutes.kind = 2; // a build that there was not
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.count + answer.minutes.lines_count, 0);
}

static void minutes_that_are_not_billed_wait(void **state)
{
    (void)state;
    start(at(5, 0), "nachalny");
    h.now = at(20, 30);
    assert_int_equal(harness_ticked(&h, at(19, 0), resource, second, account, "ultra"), FAIL_NONE);
    request_t asked = asked_of(0);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(!answer.minutes.closed && answer.minutes.count == 2);
    assert_true(row_of(replica, NACHALNY)->waiting ==
                minutes_of(5, 21)); // and none that is to come
    assert_true(row_of(second, 5)->waiting == minutes_of(19, 20));
    assert_int_equal(row_of(second, 5)->billed, 0);
    stop(at(40, 0));
    pass(1);
    assert_int_equal(tick(at(50, 0), "nachalny"), FAIL_NONE); // late
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(row_of(replica, NACHALNY)->billed == minutes_of(5, 40));
    assert_true(row_of(replica, NACHALNY)->waiting == minutes_of(50, 51));
}

// Whose word they wait for is said, until it comes.
static void minutes_that_nobody_vouches_for_wait(void **state)
{
    (void)state;
    enum { OTHER = FEED + 1 };
    start(at(0, 0), "nachalny");
    harness_through(&h, at(40, 0));
    request_t asked = asked_of(0);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.vouched, 0);
    h.producer = OTHER;
    harness_through(&h, at(60, 0));
    harness_time(&h, at(120, 0));
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(row_of(replica, NACHALNY)->billed == minutes_of(0, 40));
    assert_true(row_of(replica, NACHALNY)->waiting == minutes_of(40, 60));
    assert_int_equal(answer.minutes.vouched, at(40, 0));
    assert_int_equal(answer.minutes.producer, FEED);
    h.producer = FEED;
    harness_through(&h, at(120, 0));
    settle();
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(row_of(replica, NACHALNY)->billed == minutes_of(0, 60));
    assert_int_equal(answer.minutes.vouched, 0);
    assert_int_equal(answer.minutes.producer, 0);
}

static void what_is_given_back_is_told_with_its_line(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(1);
    h.now = at(70, 0);
    stop(at(35, 0));
    harness_time(&h, h.now);
    assert_int_equal(tick(at(50, 0), "nachalny"), FAIL_NONE);
    settle();
    request_t asked = asked_of(0);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(row_of(replica, NACHALNY)->billed == (minutes_of(0, 35) | minutes_of(50, 51)));
    assert_int_equal(answer.minutes.lines_count, 2); // remembered without being asked for alone
    assert_int_equal(lines[0].left, 35);
    assert_int_equal(lines[0].given, 40 - 23);
    assert_int_equal(lines[1].left, 1);
    assert_true(lines[0].sequence < lines[1].sequence);
    asked.minutes.kind = 1;
    asked.minutes.version = NACHALNY;
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.lines_count, 2); // that of the closing once
}

static void idle_replicas_are_told_of_until_the_window_is_over(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    stop(at(10, 0));
    harness_started(&h, at(10, 0), harness_id('r', 2), second, account, "probny");
    request_t asked = asked_of(0);
    pass(80);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_true(row_of(replica, NACHALNY)->billed == minutes_of(0, 10));
    pass(81);
    assert_int_equal(ask(&asked), FAIL_EXPIRED);
    asked = asked_of(1);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.count, 0);
}

// The state calls billed what lies after a deletion.
static void a_deleted_resources_minutes_end_with_it(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    h.now = at(40, 0);
    harness_deleted(&h, at(25, 0), resource);
    request_t asked = asked_of(0);
    assert_int_equal(ask(&asked), FAIL_NONE);
    assert_int_equal(answer.minutes.count, 1);
    assert_true(row_of(replica, NACHALNY)->billed == minutes_of(0, 25));
    assert_int_equal(answer.minutes.lines_count, 1);
    assert_int_equal(lines[0].left, 25);
}

static void anothers_resource_is_as_one_that_is_not_there(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    request_t asked = asked_of(0);
    asked.minutes.account = other;
    assert_int_equal(ask(&asked), FAIL_MISSING);
    asked = asked_of(0);
    asked.minutes.resource = harness_id('r', 2);
    assert_int_equal(ask(&asked), FAIL_MISSING);
    harness_deleted(&h, at(0, 0), harness_id('r', 2)); // known by its deletion alone
    assert_int_equal(ask(&asked), FAIL_MISSING);
    for (int i = 0; i < 3; i++) {
        asked = asked_of(0);
        asked.minutes.hour = (instant_t[]){TEN + 1, -HOUR_US, INT64_MAX}[i];
        assert_int_equal(ask(&asked), FAIL_INVALID);
    }
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
    (void)state;
    enum { REPLICAS = 1500 };
    harness_unlimited(&h);
    for (uint64_t n = 0; n < REPLICAS; n++)
        harness_started(&h, at(0, 0), resource, harness_id('q', n), account, "nachalny");
    pass(1);
    request_t asked = asked_of(0);
    uint64_t seen = 0, pages = 0;
    do {
        assert_int_equal(ask(&asked), FAIL_NONE);
        seen += answer.minutes.count;
        pages++;
        assert_true(answer.minutes.next == 0 || answer.minutes.next == seen);
        asked.minutes.skip = answer.minutes.next;
    } while (asked.minutes.skip);
    assert_int_equal(seen, REPLICAS);
    assert_true(pages > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_hour_opens_to_the_minutes_of_its_replicas),
        TEST(minutes_that_are_not_billed_wait),
        TEST(minutes_that_nobody_vouches_for_wait),
        TEST(what_is_given_back_is_told_with_its_line),
        TEST(idle_replicas_are_told_of_until_the_window_is_over),
        TEST(a_deleted_resources_minutes_end_with_it),
        TEST(anothers_resource_is_as_one_that_is_not_there),
        TEST(pages_go_on_where_the_last_one_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
