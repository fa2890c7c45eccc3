// What one producer's owner and one account may take at most.
#include "services/metering/metering_quotas.h"
#include "tests/unit/metering_day.h"

#define OTHER (FEED + 1)

static event_quotas_changed_t quotas;

static void say_quotas(void)
{
    request_t request = {.type = REQUEST_quotas_change};
    request.quotas_change = (request_quotas_change_t){quotas.replicas,
                                                      quotas.replicas_account,
                                                      quotas.meters,
                                                      quotas.meters_hour,
                                                      quotas.accounts_hour,
                                                      quotas.bytes_hour,
                                                      quotas.refusals_hour,
                                                      quotas.wait_us,
                                                      0,
                                                      0,
                                                      0};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
}

static int begin(void **state)
{
    quotas = quotas_default;
    return setup(state);
}

static void speak_as(stream_t producer, const char *owner)
{
    h.producer = producer;
    h.owner = text_of(owner);
}

static fail_t start_as(unsigned account_number, unsigned number)
{
    return harness_started(&h, h.now, harness_id('r', number), harness_id('p', number),
                           harness_id('a', account_number), "nachalny");
}

static void an_account_has_so_many_busy_replicas_and_the_next_is_refused(void **state)
{
    (void)state;
    quotas.replicas_account = 3;
    say_quotas();
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(start_as(1, i), FAIL_NONE);
    assert_int_equal(start_as(1, 4), FAIL_QUOTA);
    assert_int_equal(harness_count(&h, EVENT_usage_refused), 1);
    assert_int_equal(start_as(2, 5), FAIL_NONE); // nobody else waits for it
    assert_int_equal(harness_stopped(&h, h.now, harness_id('r', 1), harness_id('p', 1)), FAIL_NONE);
    assert_int_equal(start_as(1, 4), FAIL_QUOTA); // it ran in this hour
    quotas.replicas_account = 4;
    say_quotas();
    assert_int_equal(start_as(1, 4), FAIL_NONE); // as a new item
}

static void in_a_batch_those_before_count(void **state)
{
    (void)state;
    quotas.replicas_account = 2;
    say_quotas();
    event_t items[4];
    uint8_t results[4];
    for (unsigned i = 0; i < 4; i++)
        items[i] = harness_tick_item(h.now, harness_id('r', i / 2), harness_id('p', i), account,
                                     "nachalny");
    harness_batch(&h, items, 4, results);
    assert_int_equal(results[0] | results[1], FAIL_NONE);
    assert_int_equal(results[2], FAIL_QUOTA);
    assert_int_equal(results[3], FAIL_QUOTA);
}

static void an_idle_replica_is_busy_again_once_it_is_spoken_of(void **state)
{
    (void)state;
    quotas.replicas_account = 1;
    say_quotas();
    assert_int_equal(tick(h.now, "nachalny"), FAIL_NONE);
    pass(1);
    assert_int_equal(harness_ticked(&h, h.now, resource, second, account, "nachalny"), FAIL_NONE);
    event_t items[] = {harness_tick_item(h.now, resource, replica, account, "nachalny"),
                       harness_tick_item(h.now, resource, second, account, "nachalny")};
    uint8_t results[2];
    harness_batch(&h, items, 2, results);
    assert_int_equal(results[0], FAIL_QUOTA); // idle, and the account has its one
    assert_int_equal(results[1], FAIL_NONE);
    quotas.replicas_account = 2;
    say_quotas();
    event_t again[] = {
        items[0], harness_tick_item(h.now - MINUTE_US, resource, replica, account, "nachalny")};
    harness_batch(&h, again, 2, results);
    assert_int_equal(results[0] | results[1], FAIL_NONE); // it is one replica
    pass(2);
    quotas.replicas_account = 9;
    quotas.replicas = 1;
    say_quotas();
    assert_int_equal(tick(h.now, "nachalny"), FAIL_NONE);
    assert_int_equal(harness_ticked(&h, h.now, resource, second, account, "nachalny"), FAIL_LATER);
}

static void an_owners_replicas_beyond_its_quota_wait(void **state)
{
    (void)state;
    quotas.replicas = 2;
    say_quotas();
    speak_as(FEED, "amvera");
    assert_int_equal(start_as(1, 1), FAIL_NONE);
    speak_as(OTHER, "amvera");
    assert_int_equal(start_as(2, 2), FAIL_NONE);
    assert_int_equal(start_as(3, 3), FAIL_LATER);
    assert_non_null(strstr(h.decision.detail, "quota"));
    EXPECT_NOTHING();
    speak_as(OTHER + 1, "");
    assert_int_equal(start_as(4, 4), FAIL_NONE); // another owner has his own
    speak_as(OTHER, "amvera");
    quotas.replicas = 3;
    say_quotas();
    assert_int_equal(start_as(3, 3), FAIL_NONE);
}

static void new_meters_and_accounts_of_an_hour_wait_for_the_next(void **state)
{
    (void)state;
    quotas.meters_hour = 3;
    quotas.accounts_hour = 2;
    say_quotas();
    assert_int_equal(start_as(1, 1), FAIL_NONE);
    assert_int_equal(start_as(2, 2), FAIL_NONE);
    assert_int_equal(start_as(3, 3), FAIL_LATER); // a third account
    assert_int_equal(start_as(1, 4), FAIL_NONE);
    assert_int_equal(start_as(1, 5), FAIL_LATER); // a fourth meter
    assert_int_equal(harness_created(&h, h.now, harness_id('r', 6), account), FAIL_LATER);
    assert_int_equal(harness_deleted(&h, h.now, harness_id('r', 7)), FAIL_LATER);
    h.now += HOUR_US;
    assert_int_equal(start_as(3, 3), FAIL_NONE);
    assert_int_equal(start_as(1, 5), FAIL_NONE);
}

static void in_a_batch_a_new_account_counts_once(void **state)
{
    (void)state;
    quotas.accounts_hour = 1;
    say_quotas();
    event_t items[] = {
        harness_tick_item(h.now, harness_id('r', 1), harness_id('p', 1), account, "nachalny"),
        harness_tick_item(h.now, harness_id('r', 2), harness_id('p', 2), account, "nachalny"),
        harness_tick_item(h.now, harness_id('r', 3), harness_id('p', 3), other, "nachalny"),
        harness_tick_item(h.now, harness_id('r', 1), harness_id('p', 4), account, "nachalny")};
    uint8_t results[4];
    harness_batch(&h, items, 4, results);
    assert_int_equal(results[0] | results[1], FAIL_NONE);
    assert_int_equal(results[2], FAIL_LATER);
    assert_int_equal(results[3], FAIL_LATER); // those behind wait with it
}

static void meters_of_deleted_resources_are_held_too(void **state)
{
    (void)state;
    quotas.meters = 1;
    say_quotas();
    assert_int_equal(start_as(1, 1), FAIL_NONE);
    assert_int_equal(harness_deleted(&h, h.now, harness_id('r', 1)), FAIL_NONE);
    assert_int_equal(start_as(1, 2), FAIL_LATER);
}

// One who has filled the table up to its last part; and a newcomer.
static void of_a_tables_last_part_nobody_gets_much(void **state)
{
    (void)state;
    harness_close(&h);
    harness_open(&h, &(metering_settings_t){.replicas_max = 256, .meters_max = 256});
    h.now = TEN;
    unsigned opened = 0;
    fail_t fail;
    while ((fail = start_as(100 + opened, opened)) == FAIL_NONE)
        opened++;
    assert_int_equal(fail, FAIL_LATER);
    assert_int_equal(opened, 256 - 256 / 8);
    speak_as(OTHER, "");
    assert_int_equal(start_as(1, 1000), FAIL_NONE);
    assert_int_equal(start_as(1, 1001), FAIL_NONE);
    assert_int_equal(start_as(1, 1002), FAIL_LATER); // a 128th of 256
}

static void repeated_refusals_are_counted(void **state)
{
    (void)state;
    quotas.refusals_hour = 2;
    say_quotas();
    event_t items[40];
    uint8_t results[40];
    for (unsigned i = 0; i < 40; i++)
        items[i] = harness_tick_item(h.now, resource, replica, account, "no such tariff");
    items[38].usage_ticked.tariff = text_of("nachalny");
    items[39].type = EVENT_posted;
    harness_batch(&h, items, 40, results);
    assert_int_equal(results[37], FAIL_TARIFF);
    assert_int_equal(results[38], FAIL_NONE);
    assert_int_equal(results[39], FAIL_INVALID);
    assert_int_equal(harness_count(&h, EVENT_usage_refused), 2);
    assert_int_equal(harness_count(&h, EVENT_usage_refused_more), 2);
    const event_usage_refused_more_t *e =
        &harness_event(&h, EVENT_usage_refused_more, 0)->usage_refused_more;
    assert_int_equal(e->producer, FEED);
    assert_int_equal(e->first, h.item - 37);
    assert_int_equal(e->last, h.item - 2);
    assert_int_equal(e->count, 36);
    assert_int_equal(e->failure, FAIL_TARIFF);
    assert_int_equal(e->type, EVENT_usage_ticked);
    assert_int_equal(((metering_state_t *)h.state)->refused, 39);
    h.now += HOUR_US;
    harness_batch(&h, items, 1, results);
    assert_int_equal(harness_count(&h, EVENT_usage_refused), 1); // of another hour
}

static void more_kinds_of_refusals_than_are_told_apart_count_as_one(void **state)
{
    (void)state;
    quotas.refusals_hour = 0;
    say_quotas();
    event_t items[30];
    uint8_t results[30];
    for (unsigned i = 0; i < 30; i++)
        items[i] = (event_t){.type = (event_type_t)(EVENT_posted + i), .at = h.now};
    harness_batch(&h, items, 30, results);
    uint64_t count = 0;
    for (size_t i = 0; i < harness_count(&h, EVENT_usage_refused_more); i++)
        count += harness_event(&h, EVENT_usage_refused_more, i)->usage_refused_more.count;
    assert_int_equal(count, 30);
    assert_int_equal(harness_count(&h, EVENT_usage_refused_more), 16);
}

static void a_moved_resource_counts_for_its_new_owner(void **state)
{
    (void)state;
    metering_state_t *self = h.state;
    assert_int_equal(start_as(1, 1), FAIL_NONE);
    assert_int_equal(
        harness_started(&h, h.now, harness_id('r', 1), second, harness_id('a', 1), "nachalny"),
        FAIL_NONE);
    request_t request = {.type = REQUEST_resource_move,
                         .resource_move = {.resource = harness_id('r', 1), .producer = OTHER}};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    quotas_taken_t taken;
    text_t nobody = {0};
    quotas_taken(self, owners_find(&self->owners, FEED), nobody, h.now, &taken);
    assert_int_equal(taken.meters + taken.replicas + taken.busy, 0);
    assert_int_equal(taken.meters_hour, 1); // it was this one that opened it
    quotas_taken(self, owners_find(&self->owners, OTHER), nobody, h.now, &taken);
    assert_int_equal(taken.meters, 1);
    assert_int_equal(taken.replicas, 2);
    assert_int_equal(taken.busy, 2);
    quotas_taken(self, 0, nobody, h.now, &taken);
    assert_int_equal(taken.meters + taken.meters_hour, 0);
}

static void quotas_that_shut_somebody_out_are_refused(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_quotas_change};
    request.quotas_change = (request_quotas_change_t){1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_quotas_changed), 1);
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    EXPECT_NOTHING();
    for (size_t i = 0; i < 6; i++) {
        request_t wrong = request;
        (&wrong.quotas_change.replicas)[i] = 0;
        assert_int_equal(harness_command(&h, &wrong), FAIL_INVALID);
    }
    request.quotas_change.wait_us = (uint64_t)LATE_MAX_US + 1;
    assert_int_equal(harness_command(&h, &request), FAIL_INVALID);
}

static void the_quotas_and_what_is_taken_can_be_asked(void **state)
{
    (void)state;
    static uint8_t scratch[4096];
    answer_t answer = {.type = REQUEST_quotas};
    request_t request = {.type = REQUEST_quotas};
    query_t query = {
        .answer = &answer, .now = h.now, .scratch = scratch, .scratch_size = sizeof scratch};
    assert_int_equal(start_as(1, 1), FAIL_NONE);
    harness_through(&h, h.now);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.quotas.replicas_account, 200);
    assert_int_equal(answer.quotas.wait_us, HOUR_US);
    assert_int_equal(answer.quotas.count, 1);
    assert_true(answer.quotas.rows.size > 10);
    query.scratch_size = 4;
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.quotas.count + answer.quotas.rows.size, 0);
    assert_int_equal(metering_core.feed_bytes(h.state), UINT64_C(2) << 30);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_account_has_so_many_busy_replicas_and_the_next_is_refused),
        TEST(in_a_batch_those_before_count),
        TEST(an_idle_replica_is_busy_again_once_it_is_spoken_of),
        TEST(an_owners_replicas_beyond_its_quota_wait),
        TEST(new_meters_and_accounts_of_an_hour_wait_for_the_next),
        TEST(in_a_batch_a_new_account_counts_once),
        TEST(meters_of_deleted_resources_are_held_too),
        TEST(of_a_tables_last_part_nobody_gets_much),
        TEST(repeated_refusals_are_counted),
        TEST(more_kinds_of_refusals_than_are_told_apart_count_as_one),
        TEST(a_moved_resource_counts_for_its_new_owner),
        TEST(quotas_that_shut_somebody_out_are_refused),
        TEST(the_quotas_and_what_is_taken_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
