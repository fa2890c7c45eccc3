// Who may say what of whose resource.
#include "services/metering/metering_item.h"
#include "tests/unit/metering_day.h"

#define OTHER (FEED + 1)

static fail_t scaled(uid_t16 which)
{
    event_t item = {.type = EVENT_resource_scaled, .at = h.now, .resource_scaled.resource = which};
    return harness_item(&h, &item);
}

static void speak_as(stream_t producer, const char *owner)
{
    h.producer = producer;
    h.owner = text_of(owner);
}

static fail_t move_to(uid_t16 which, stream_t producer)
{
    request_t request = {.type = REQUEST_resource_move,
                         .resource_move = {.resource = which, .producer = producer}};
    return harness_command(&h, &request);
}

static void a_resource_is_its_openers_and_anothers_item_for_it_is_refused(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    speak_as(OTHER, "");
    assert_int_equal(tick(at(0, 0), "nachalny"), FAIL_OWNER);
    assert_int_equal(start(at(1, 0), "nachalny"), FAIL_OWNER);
    assert_int_equal(stop(at(1, 0)), FAIL_OWNER);
    assert_int_equal(scaled(resource), FAIL_OWNER);
    assert_int_equal(harness_created(&h, at(1, 0), resource, account), FAIL_OWNER);
    assert_int_equal(harness_deleted(&h, at(1, 0), resource), FAIL_OWNER);
    // Another replica of it, and its replica under a resource of his own.
    assert_int_equal(harness_started(&h, at(1, 0), resource, second, account, "nachalny"),
                     FAIL_OWNER);
    assert_int_equal(harness_stopped(&h, at(1, 0), resource, second), FAIL_OWNER);
    assert_int_equal(
        harness_started(&h, at(1, 0), harness_id('r', 2), replica, account, "nachalny"),
        FAIL_OWNER);
    assert_int_equal(harness_stopped(&h, at(1, 0), harness_id('r', 2), replica), FAIL_OWNER);
    h.producer = FEED;
    pass(1);
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
}

static void a_replica_whose_stop_was_heard_first_is_his_who_said_it(void **state)
{
    (void)state;
    assert_int_equal(stop(at(10, 0)), FAIL_NONE);
    speak_as(OTHER, "");
    assert_int_equal(stop(at(5, 0)), FAIL_OWNER);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_OWNER);
    assert_int_equal(tick(at(0, 0), "nachalny"), FAIL_OWNER);
    speak_as(FEED, "");
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    pass(1);
    EXPECT({0, NACHALNY, 10, 6, 30800, 1});
}

static void a_resource_of_which_only_the_deletion_was_heard_is_somebodys_too(void **state)
{
    (void)state;
    reach(at(5, 0));
    assert_int_equal(harness_deleted(&h, at(5, 0), resource), FAIL_NONE);
    speak_as(OTHER, "");
    assert_int_equal(harness_deleted(&h, at(4, 0), resource), FAIL_OWNER);
    assert_int_equal(harness_created(&h, at(4, 0), resource, other), FAIL_OWNER);
}

static void producers_of_one_owner_act_for_each_other(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE); // before it named one
    speak_as(OTHER, "amvera");
    assert_int_equal(stop(at(20, 0)), FAIL_OWNER);
    assert_int_equal(harness_count(&h, EVENT_producer_owned), 1);
    speak_as(FEED, "amvera");
    assert_int_equal(tick(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_producer_owned), 1);
    assert_int_equal(tick(at(1, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_producer_owned), 0); // said once
    speak_as(OTHER, "amvera");
    assert_int_equal(stop(at(20, 0)), FAIL_NONE);
    speak_as(OTHER, ""); // taken out of it
    assert_int_equal(stop(at(10, 0)), FAIL_OWNER);
    assert_int_equal(harness_count(&h, EVENT_producer_owned), 1);
    speak_as(FEED, "amvera");
    pass(1);
    EXPECT({0, NACHALNY, 20, 13, 18400, 1});
}

static void an_operator_moves_a_resource(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(move_to(resource, OTHER), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_resource_moved), 1);
    assert_int_equal(move_to(resource, OTHER), FAIL_NONE); // it is there
    EXPECT_NOTHING();
    assert_int_equal(stop(at(5, 0)), FAIL_OWNER);
    speak_as(OTHER, "");
    assert_int_equal(stop(at(6, 0)), FAIL_NONE);
    assert_int_equal(move_to(harness_id('r', 9), OTHER), FAIL_MISSING);
    assert_int_equal(move_to(resource, 99), FAIL_INVALID);
    assert_int_equal(move_to(resource, UINT64_MAX), FAIL_INVALID);
}

static void whose_it_is_can_be_asked(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_resource};
    request_t request = {.type = REQUEST_resource, .resource.resource = resource};
    query_t query = {.answer = &answer, .now = h.now};
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_MISSING);
    speak_as(OTHER, "amvera");
    reach(at(5, 0));
    assert_int_equal(harness_deleted(&h, at(5, 0), resource), FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_true(uid_is_zero(&answer.resource.account));
    assert_int_equal(answer.resource.producer, OTHER);
    assert_true(text_equal(answer.resource.owner, text_of("amvera")));
    assert_int_equal(answer.resource.deleted, at(5, 0));
    request.resource.resource = harness_id('r', 2);
    assert_int_equal(harness_created(&h, at(5, 0), harness_id('r', 2), account), FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_true(uid_equal(&answer.resource.account, &account));
    assert_int_equal(answer.resource.deleted, 0);
}

// What journals of before this rule hold: nobody's owner is named, and both spoke of one resource.
static void in_an_old_journal_the_first_who_spoke_of_it_has_it(void **state)
{
    (void)state;
    metering_state_t *old = metering_core.create(NULL);
    event_t opened = {.type = EVENT_meter_opened, .cause = {.stream = OTHER, .sequence = 3}};
    opened.meter_opened = (event_meter_opened_t){1, account, resource, RESOURCE_COMPUTE};
    metering_core.apply(old, &opened, 1);
    event_t build = {.type = EVENT_meter_opened, .cause = {.stream = FEED, .sequence = 1}};
    build.meter_opened = (event_meter_opened_t){2, account, resource, RESOURCE_BUILD};
    metering_core.apply(old, &build, 2);
    assert_int_equal(old->owners.rows[rows_resource(old, 1)->owner].producer, OTHER);
    event_t deleted = {.type = EVENT_resource_deleted, .at = h.now};
    deleted.resource_deleted.resource = resource;
    input_t input = {.kind = INPUT_ITEM, .now = h.now, .stream = FEED, .event = &deleted};
    const char *detail = NULL;
    assert_int_equal(metering_core.check(old, &input, &detail), FAIL_OWNER);
    input.stream = OTHER;
    assert_int_equal(metering_core.check(old, &input, &detail), FAIL_NONE);
    metering_core.destroy(old);
}

static fail_t say(event_t item)
{
    item.at = h.now;
    return harness_item(&h, &item);
}

// An id of zeros is nobody's, in whatever word it stands.
static void a_word_without_an_id_is_refused(void **state)
{
    (void)state;
    static const uid_t16 none = {{0}};
    const event_t words[] = {
        {.type = EVENT_resource_created,
         .resource_created = {.resource = none, .account = account}},
        {.type = EVENT_resource_created,
         .resource_created = {.resource = resource, .account = none}},
        {.type = EVENT_resource_created,
         .resource_created = {.resource = resource, .account = account, .kind = 99}},
        {.type = EVENT_resource_deleted, .resource_deleted = {.resource = none}},
        {.type = EVENT_replica_stopped, .replica_stopped = {.resource = none, .replica = replica}},
        {.type = EVENT_replica_stopped, .replica_stopped = {.resource = resource, .replica = none}},
        {.type = EVENT_disk_sampled, .disk_sampled = {.resource = none, .account = account}},
        {.type = EVENT_disk_sampled, .disk_sampled = {.resource = resource, .account = none}},
        {.type = EVENT_disk_sampled,
         .disk_sampled = {.resource = resource, .account = account, .mib = UINT64_MAX}},
        {.type = EVENT_tokens_used,
         .tokens_used = {.resource = none, .account = account, .request = replica}},
        {.type = EVENT_tokens_used,
         .tokens_used = {.resource = resource, .account = none, .request = replica}},
        {.type = EVENT_tokens_used,
         .tokens_used = {.resource = resource, .account = account, .request = none}},
        {.type = EVENT_tokens_used,
         .tokens_used =
             {.resource = resource, .account = account, .request = replica, .input = UINT64_MAX}},
        {.type = EVENT_tokens_used,
         .tokens_used =
             {.resource = resource, .account = account, .request = replica, .output = UINT64_MAX}},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(say(words[i]), FAIL_INVALID);
        assert_int_equal(harness_count(&h, EVENT_usage_refused), h.events_count); // its trace alone
    }
}

static void what_is_counted_is_its_owners_and_its_accounts(void **state)
{
    (void)state;
    assert_int_equal(harness_created(&h, at(0, 0), resource, account), FAIL_NONE);
    event_t disk = {.type = EVENT_disk_sampled,
                    .disk_sampled = {resource, other, text_of("nachalny"), 1}};
    event_t tokens = {.type = EVENT_tokens_used};
    tokens.tokens_used.resource = resource;
    tokens.tokens_used.account = other;
    tokens.tokens_used.request = replica;
    assert_int_equal(say(disk), FAIL_CONFLICT);
    assert_int_equal(say(tokens), FAIL_CONFLICT);
    speak_as(OTHER, "");
    disk.disk_sampled.account = tokens.tokens_used.account = account;
    assert_int_equal(say(disk), FAIL_OWNER);
    assert_int_equal(say(tokens), FAIL_OWNER);
    speak_as(FEED, "");
    disk.disk_sampled.tariff = text_of("no such tariff");
    assert_int_equal(say(disk), FAIL_TARIFF);
    tokens.tokens_used.input = 5;
    tokens.tokens_used.model = text_of("no such model");
    assert_int_equal(say(tokens), FAIL_TARIFF);
    tokens.tokens_used.input = 0;
    tokens.tokens_used.output = 5;
    assert_int_equal(say(tokens), FAIL_TARIFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_resource_is_its_openers_and_anothers_item_for_it_is_refused),
        TEST(a_replica_whose_stop_was_heard_first_is_his_who_said_it),
        TEST(a_resource_of_which_only_the_deletion_was_heard_is_somebodys_too),
        TEST(producers_of_one_owner_act_for_each_other),
        TEST(an_operator_moves_a_resource),
        TEST(whose_it_is_can_be_asked),
        TEST(in_an_old_journal_the_first_who_spoke_of_it_has_it),
        TEST(a_word_without_an_id_is_refused),
        TEST(what_is_counted_is_its_owners_and_its_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
