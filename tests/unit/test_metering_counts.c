// Files beyond the quota, and tokens: exact prices with their carry, once whoever tells it, late
// and in any order.
#include "tests/unit/metering_day.h"

enum { DISK = 7, INPUT = 8, OUTPUT = 9 }; // versions that the tests define
#define GIB UINT64_C(1024)

static request_t rate(uint64_t kind, const char *code, kopecks_t price, uint64_t included,
                      instant_t effective)
{
    request_t request = {.type = REQUEST_rate_define};
    request.rate_define = (request_rate_define_t){.kind = kind,
                                                  .code = text_of(code),
                                                  .title = text_of("Новый"),
                                                  .price = price,
                                                  .included = included,
                                                  .effective = effective};
    return request;
}

static fail_t define_rate(uint64_t kind, const char *code, kopecks_t price, uint64_t included)
{
    request_t request = rate(kind, code, price, included, h.now);
    return harness_command(&h, &request);
}

// Of nachalny: 35 rubles for a GiB and 720 hours beyond 5 GiB; a model's tokens at 40 and 120
// rubles a million.
static void define_rates(void)
{
    assert_int_equal(define_rate(RESOURCE_DISK, "nachalny", 3500, 5 * GIB), FAIL_NONE);
    assert_int_equal(define_rate(RESOURCE_INPUT, "llama", 4000, 0), FAIL_NONE);
    assert_int_equal(define_rate(RESOURCE_OUTPUT, "llama", 12000, 0), FAIL_NONE);
}

static fail_t sample(instant_t when, uint64_t mib, const char *tariff)
{
    event_t item = {.type = EVENT_disk_sampled, .at = when};
    reach(when);
    item.disk_sampled = (event_disk_sampled_t){resource, account, text_of(tariff), mib};
    return harness_item(&h, &item);
}

static fail_t used(instant_t when, unsigned request, uint64_t input, uint64_t output)
{
    event_t item = {.type = EVENT_tokens_used, .at = when};
    reach(when);
    item.tokens_used = (event_tokens_used_t){resource,         account, harness_id('q', request),
                                             text_of("llama"), input,   output};
    return harness_item(&h, &item);
}

static const event_usage_charged_t *line(size_t n)
{
    return &harness_event(&h, EVENT_usage_charged, n)->usage_charged;
}

// The n-th line of the last call: carries in parts of a kopeck as they are.
static void expect_line(size_t n, uint64_t version, uint64_t quantity, kopecks_t amount,
                        int64_t carry, uint64_t reason)
{
    assert_true(harness_count(&h, EVENT_usage_charged) > n);
    assert_int_equal(line(n)->version, version);
    assert_int_equal(line(n)->minutes, quantity);
    assert_int_equal(line(n)->amount, amount);
    assert_int_equal(line(n)->remainder, carry);
    assert_int_equal(line(n)->reason, reason);
}

static void files_beyond_the_quota_are_a_line_an_hour(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(sample(at(40, 0), 7 * GIB, "nachalny"), FAIL_NONE);
    pass(1);
    // 2 GiB for an hour: 2 x 3500 / 720 kopecks = 9.7222…
    expect_line(0, DISK, 2 * GIB * 60, 9,
                2 * 3500 * CARRY_DENOMINATOR / 720 - 9 * CARRY_DENOMINATOR, CHARGED_HOUR);
    assert_int_equal(line(0)->kind, RESOURCE_DISK);
    assert_int_equal(line(0)->price, 3500);
    assert_true(text_equal(line(0)->tariff, text_of("nachalny")));
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 1);
}

static void a_month_of_a_gib_costs_its_price(void **state)
{
    (void)state;
    define_rates();
    kopecks_t posted = 0;
    for (int hour = 0; hour < 720; hour++) {
        assert_int_equal(sample(at(hour * 60, 0), 6 * GIB, "nachalny"), FAIL_NONE);
        pass(hour + 1);
        posted += line(0)->amount;
    }
    assert_int_equal(posted, 3500);
    assert_int_equal(line(0)->remainder, 0);
}

static void of_an_hours_samples_the_greatest_holds_in_any_order(void **state)
{
    (void)state;
    define_rates();
    static const uint64_t orders[][3] = {{6, 8, 7}, {8, 7, 6}, {7, 6, 8}, {8, 8, 8}};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(sample(at(k * 60 + 10 * i, 0), orders[k][i] * GIB, "nachalny"), 0);
        pass(k + 1);
        assert_int_equal(harness_count(&h, EVENT_usage_charged), 1);
        assert_int_equal(line(0)->minutes, 3 * GIB * 60);
    }
}

static void a_greater_sample_that_comes_late_is_a_late_line_of_the_rest(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(sample(at(10, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    pass(1);
    assert_int_equal(sample(at(50, 0), 8 * GIB, "nachalny"), FAIL_NONE);
    settle();
    assert_int_equal(line(0)->minutes, 2 * GIB * 60);
    assert_int_equal(line(0)->hour, TEN);
    assert_int_equal(line(0)->reason, CHARGED_LATE);
    assert_int_equal(sample(at(30, 0), 7 * GIB, "nachalny"), FAIL_NONE);
    EXPECT_NOTHING();
}

static void within_the_quota_and_without_a_rate_nothing_is_billed(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(sample(at(1, 0), 5 * GIB, "nachalny"), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(sample(at(2, 0), 500 * GIB, "ultra"), FAIL_NONE); // a tariff without a rate
    EXPECT_NOTHING();
    assert_int_equal(sample(at(3, 0), 6 * GIB, "none"), FAIL_TARIFF);
    assert_int_equal(sample(at(4, 0), 6 * GIB, "llama"), FAIL_TARIFF);
}

static void an_hour_of_files_has_one_rate(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(define_rate(RESOURCE_DISK, "ultra", 3500, 25 * GIB), FAIL_NONE);
    assert_int_equal(sample(at(1, 0), 30 * GIB, "nachalny"), FAIL_NONE);
    assert_int_equal(sample(at(2, 0), 30 * GIB, "ultra"), FAIL_BILLED);
    assert_int_equal(sample(at(3, 0), 20 * GIB, "ultra"), FAIL_NONE); // nothing beyond its quota
    request_t request = rate(RESOURCE_DISK, "nachalny", 7000, 5 * GIB, at(30, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(sample(at(40, 0), 31 * GIB, "nachalny"), FAIL_NONE); // as when the hour began
    pass(1);
    assert_int_equal(line(0)->minutes, 26 * GIB * 60);
    assert_int_equal(line(0)->price, 3500);
    assert_int_equal(sample(at(70, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    pass(2);
    assert_int_equal(line(0)->price, 7000);
}

static void tokens_are_two_lines_an_hour(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(used(at(1, 0), 1, 1000, 300), FAIL_NONE);
    assert_int_equal(used(at(2, 0), 2, 234, 0), FAIL_NONE);
    pass(1);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 2);
    // 1234 x 4000 / 10^6 = 4.936 kopecks; 300 x 12000 / 10^6 = 3.6
    expect_line(0, INPUT, 1234, 4, 936 * (CARRY_DENOMINATOR / 1000), CHARGED_HOUR);
    expect_line(1, OUTPUT, 300, 3, 600 * (CARRY_DENOMINATOR / 1000), CHARGED_HOUR);
    assert_int_equal(line(0)->kind, RESOURCE_INPUT);
    assert_int_equal(line(1)->kind, RESOURCE_OUTPUT);
}

static void a_request_counts_once_and_is_not_contradicted(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(used(at(1, 0), 1, 1000, 300), FAIL_NONE);
    assert_int_equal(used(at(1, 0), 1, 1000, 300), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(used(at(1, 0), 1, 1001, 300), FAIL_CONFLICT);
    assert_int_equal(used(at(1, 0), 1, 1000, 0), FAIL_CONFLICT);
    pass(1);
    assert_int_equal(line(0)->minutes, 1000);
    assert_int_equal(used(at(5, 0), 1, 1000, 300), FAIL_NONE); // also when it is billed
    settle();
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 0);
    assert_int_equal(used(at(200, 0), 2, 1, 1), FAIL_NONE);
    assert_int_equal(used(at(200, 0), 3, 0, 0), FAIL_NONE);
    EXPECT_NOTHING();
}

static void what_comes_late_and_too_late_is_counted_as_minutes_are(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(used(at(1, 0), 1, 1000, 0), FAIL_NONE);
    pass(1);
    assert_int_equal(used(at(2, 0), 2, 500, 0), FAIL_NONE);
    settle();
    expect_line(0, INPUT, 500, 2, 0, CHARGED_LATE);
    harness_time(&h, TEN + 73 * HOUR_US);
    assert_int_equal(used(at(3, 0), 3, 1000, 0), FAIL_NONE);
    const event_usage_expired_t *lost = &harness_event(&h, EVENT_usage_expired, 0)->usage_expired;
    assert_int_equal(lost->kind, RESOURCE_INPUT);
    assert_int_equal(lost->minutes, 1000);
    assert_int_equal(lost->amount, 4);
    assert_int_equal(sample(at(4, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_usage_expired, 0)->usage_expired.minutes, GIB * 60);
    answer_t answer;
    request_t request = {.type = REQUEST_losses};
    assert_int_equal(harness_ask(&h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.losses.minutes, 0);    // of replicas
    assert_int_equal(answer.losses.amount, 4 + 4); // 1 x 3500 / 720
}

static void a_deletion_posts_what_is_counted_and_moves_the_carries(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(used(at(1, 0), 1, 1000, 300), FAIL_NONE);
    assert_int_equal(sample(at(2, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    reach(at(10, 0));
    assert_int_equal(harness_deleted(&h, at(10, 0), resource), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_charged), 3);
    expect_line(0, DISK, GIB * 60, 4, line(0)->remainder, CHARGED_DELETION);
    assert_int_equal(harness_count(&h, EVENT_meter_closed), 3);
    assert_int_equal(used(at(10, 0), 2, 1, 1), FAIL_DELETED);
    assert_int_equal(used(at(9, 0), 3, 750, 0), FAIL_NONE);
    settle();
    expect_line(0, INPUT, 750, 3, line(0)->remainder, CHARGED_LATE);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    define_rates();
    uid_t16 none = {{0}}, good = resource;
    assert_int_equal(sample(at(1, 0), UINT64_C(1) << 40, "nachalny"), FAIL_INVALID);
    assert_int_equal(used(at(1, 0), 1, UINT64_C(1000000001), 0), FAIL_INVALID);
    resource = none;
    assert_int_equal(used(at(1, 0), 1, 1, 1), FAIL_INVALID);
    resource = good;
    assert_int_equal(used(at(1, 0), 1, 1, 1), FAIL_NONE);
    account = other;
    assert_int_equal(used(at(1, 0), 2, 1, 1), FAIL_CONFLICT);
    assert_int_equal(define_rate(RESOURCE_COMPUTE, "x", 1, 0), FAIL_INVALID);
    assert_int_equal(define_rate(RESOURCE_INPUT, "x", 1, 1), FAIL_INVALID);
    request_t request = rate(RESOURCE_INPUT, "llama", 1, 0, h.now - MINUTE_US);
    assert_int_equal(harness_command(&h, &request), FAIL_INVALID);
}

static void an_hour_opens_to_requests_and_to_files(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(used(at(1, 0), 1, 1000, 0), FAIL_NONE);
    assert_int_equal(sample(at(2, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    pass(1);
    assert_int_equal(used(at(3, 0), 2, 70, 0), FAIL_NONE);
    answer_t answer;
    request_t request = {.type = REQUEST_minutes,
                         .minutes = {.account = account, .resource = resource, .hour = TEN}};
    assert_int_equal(harness_ask(&h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.minutes.count, 3);
    uint64_t billed = 0, waiting = 0;
    wire_t wire;
    wire_start(&wire, answer.minutes.rows.data, answer.minutes.rows.size);
    for (uint64_t i = 0; i < answer.minutes.count; i++) {
        uint64_t kind, version, done, waits;
        text_t code;
        int64_t price;
        uid_t16 id, expected = harness_id('q', 1);
        assert_int_equal(wire_array(&wire, 7), 7);
        wire_u64(&wire, &kind), wire_u64(&wire, &version), wire_text(&wire, &code);
        wire_i64(&wire, &price), wire_uid(&wire, &id);
        wire_u64(&wire, &done), wire_u64(&wire, &waits);
        if (kind == RESOURCE_INPUT && done)
            assert_true(uid_equal(&id, &expected));
        billed += kind == RESOURCE_INPUT ? done : 0;
        waiting += waits;
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_int_equal(billed, 1000);
    assert_int_equal(waiting, 70);
}

static void what_was_counted_is_forgotten_with_its_window(void **state)
{
    (void)state;
    define_rates();
    for (int hour = 0; hour < 200; hour++) {
        assert_int_equal(sample(at(hour * 60 + 1, 0), 6 * GIB, "nachalny"), FAIL_NONE);
        assert_int_equal(used(at(hour * 60 + 2, 0), (unsigned)hour + 1, 10, 10), FAIL_NONE);
        pass(hour + 1);
        const metering_state_t *s = h.state;
        assert_true(s->counts.rows.used <= 3 * (WINDOW_HOURS + 2));
        assert_true(table_used(&s->counts.requests) <= WINDOW_HOURS + 2);
    }
    reach(at(200 * 60, 0));
    assert_int_equal(harness_deleted(&h, at(200 * 60, 0), resource), FAIL_NONE);
    for (int hour = 200; hour < 300; hour++) { // others run on, so that hours close
        assert_int_equal(
            harness_ticked(&h, at(hour * 60, 0), harness_id('r', 2), second, account, "nachalny"),
            FAIL_NONE);
        pass(hour + 1);
    }
    const metering_state_t *s = h.state;
    assert_int_equal(s->counts.rows.used, 0);
    assert_int_equal(table_used(&s->counts.requests), 0);
    assert_int_equal(s->meters.used, 1);
}

static void what_is_foretold_of_files_is_the_last_sample(void **state)
{
    (void)state;
    define_rates();
    assert_int_equal(sample(at(0, 0), 6 * GIB, "nachalny"), FAIL_NONE);
    reach(at(9, 30));
    h.now = at(9, 30);
    answer_t answer;
    request_t request = {.type = REQUEST_meters, .meters.account = account};
    assert_int_equal(harness_ask(&h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.meters.burn, 3500 * CARRY_DENOMINATOR / 43200);
    assert_int_equal(answer.meters.count, 1);
    wire_t wire;
    int64_t row[4];
    wire_start(&wire, answer.meters.rows.data, answer.meters.rows.size);
    assert_int_equal(wire_array(&wire, 4), 4);
    for (int i = 0; i < 4; i++)
        wire_i64(&wire, &row[i]);
    assert_int_equal(row[2], 0);
    assert_int_equal(row[3], 10 * row[0]); // minutes 0 to 9
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_beyond_the_quota_are_a_line_an_hour),
        TEST(a_month_of_a_gib_costs_its_price),
        TEST(of_an_hours_samples_the_greatest_holds_in_any_order),
        TEST(a_greater_sample_that_comes_late_is_a_late_line_of_the_rest),
        TEST(within_the_quota_and_without_a_rate_nothing_is_billed),
        TEST(an_hour_of_files_has_one_rate),
        TEST(tokens_are_two_lines_an_hour),
        TEST(a_request_counts_once_and_is_not_contradicted),
        TEST(what_comes_late_and_too_late_is_counted_as_minutes_are),
        TEST(a_deletion_posts_what_is_counted_and_moves_the_carries),
        TEST(what_is_wrong_is_refused),
        TEST(an_hour_opens_to_requests_and_to_files),
        TEST(what_was_counted_is_forgotten_with_its_window),
        TEST(what_is_foretold_of_files_is_the_last_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
