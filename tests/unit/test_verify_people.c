// The checker of what persons did, against a history of the real node: silent about it, and loud
// about each fault.
#include "services/node/proposals.h"
#include "tests/unit/node_rig.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_people.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { EVENTS_MAX = 128, BYTES_MAX = 1024 };

static uint8_t bytes[EVENTS_MAX][BYTES_MAX]; // events borrow from these

// --- the history ---

static void post(rig_t *rig, const char *who, role_t role, unsigned n, int64_t amount)
{
    request_t request = rig_post(n, amount);
    request.post.kind = RIG_BY_HAND;
    rig->name = who;
    assert_int_equal(rig_asked(rig, &request, role).fail, FAIL_NONE);
}

static void decide(rig_t *rig, const char *who, request_type_t type, unsigned n, unsigned proposed)
{
    request_t request = {.type = type, .number = n, .id = rig_id(RIG_TIME, n)};
    uid_t16 command = rig_id(RIG_TIME, proposed);
    if (type == REQUEST_approve)
        request.approve.command = command;
    else
        request.reject.command = command;
    rig->name = who;
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
}

static void live(rig_t *rig)
{
    static const int64_t small[] = {30, 40}, large[] = {50 * ALLOWANCE_DAY_MAX};
    post(rig, "anna", ROLE_OPERATOR, 1, 100);
    post(rig, "anna", ROLE_OPERATOR, 2, ALLOWANCE_ALONE_MAX + 1);
    decide(rig, "boris", REQUEST_approve, 3, 2);
    post(rig, "anna", ROLE_OPERATOR, 4, ALLOWANCE_ALONE_MAX + 2);
    decide(rig, "boris", REQUEST_reject, 5, 4);
    post(rig, "mover", ROLE_IMPORTER, 6, 50 * ALLOWANCE_DAY_MAX);
    rig->by_hand = true;
    rig->name = "anna";
    (void)rig_push_alone(rig, 1, 1, small, 2, false);
    rig->name = "mover";
    rig->pusher = ROLE_IMPORTER;
    (void)rig_push_alone(rig, 2, 1, large, 1, false);
    request_t policy = {.type = REQUEST_operators_policy, .number = 7, .id = rig_id(RIG_TIME, 7)};
    policy.operators_policy = (request_operators_policy_t){.alone_max = 10, .day_max = 300};
    rig->name = "anna";
    assert_true(rig_asked(rig, &policy, ROLE_OPERATOR).operators_policy.pending);
    decide(rig, "boris", REQUEST_approve, 8, 7);
    post(rig, "anna", ROLE_OPERATOR, 9, 10);
    request_t rules = policy;
    rules.id = rig_id(RIG_TIME, 10);
    rules.operators_policy.rules = true;
    rig->name = "anna";
    assert_true(rig_asked(rig, &rules, ROLE_OPERATOR).operators_policy.pending);
    decide(rig, "boris", REQUEST_approve, 11, 10);
    request_t reseed = {.type = REQUEST_reseed, .number = 12, .id = rig_id(RIG_TIME, 12)};
    reseed.reseed = (request_reseed_t){.stream = STREAM_METERING, .epoch = 5};
    rig->name = "anna";
    assert_true(rig_asked(rig, &reseed, ROLE_OPERATOR).reseed.pending);
    decide(rig, "boris", REQUEST_approve, 13, 12);
}

static int make(void **state)
{
    histories_t *made = calloc(1, sizeof *made);
    rig_t *rig = rig_started(false);
    rig->importers = true;
    rig_restart(rig);
    live(rig);
    uint64_t last = node_last(rig->node);
    assert_in_range(last, 1, EVENTS_MAX);
    for (uint64_t sequence = 1; sequence <= last; sequence++) {
        event_t event;
        size_t size = 0;
        uint8_t *at = bytes[sequence - 1];
        assert_int_equal(journal_find(rig->reader, sequence, at, BYTES_MAX, &size), FAIL_NONE);
        assert_int_equal(event_decode(at, size, &event), FAIL_NONE);
        history_add(&made->of[STREAM_LEDGER], &event);
    }
    rig_destroy(rig);
    *state = made;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    free(*state);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    verify_people_t checker;
    verify_people_init(&checker, report, STREAM_LEDGER);
    for (size_t i = 0; i < ledger->count; i++)
        verify_people_feed(&checker, i + 1, &ledger->events[i]);
    verify_people_finish(&checker, ledger->count);
    verify_people_release(&checker);
}

// --- faults ---

static event_t *nth(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}

static event_command_sent_by_t *sender(histories_t *h, size_t n)
{
    return &nth(h, EVENT_command_sent_by, n)->command_sent_by;
}

// As the commands follow in `live`: each has one event that says who sent it.
enum {
    ALONE,
    PROPOSES,
    AGREED,
    PROPOSES_AGAIN,
    REJECTS,
    IMPORTS,
    PROPOSES_LIMITS,
    LIMITS,
    AFTER,
    PROPOSES_RULES,
    RULES,
    PROPOSES_RESEED,
    RESEED
};

static void move_more_alone(histories_t *h)
{
    nth(h, EVENT_posted, 0)->posted.amount = ALLOWANCE_ALONE_MAX + 5;
    sender(h, ALONE)->amount = ALLOWANCE_ALONE_MAX + 5;
}
static void push_more_alone(histories_t *h)
{
    nth(h, EVENT_posted, 3)->posted.amount += ALLOWANCE_ALONE_MAX;
    nth(h, EVENT_feed_counted, 0)->feed_counted.amount += ALLOWANCE_ALONE_MAX;
}
static void move_more_in_a_day(histories_t *h)
{
    nth(h, EVENT_operators_policy_changed, 0)->operators_policy_changed.day_max = 179;
}
static void forget_what_was_moved(histories_t *h)
{
    nth(h, EVENT_command_proposed, 0)->command_proposed.before = 0;
}
static void judge_by_another_limit(histories_t *h)
{
    nth(h, EVENT_command_proposed, 0)->command_proposed.alone_max++;
}
static void judge_by_another_day(histories_t *h)
{
    nth(h, EVENT_command_proposed, 0)->command_proposed.day_max++;
}
static void wait_for_ever(histories_t *h)
{
    nth(h, EVENT_command_proposed, 0)->command_proposed.expires++;
}
static void propose_what_one_may(histories_t *h)
{
    nth(h, EVENT_command_proposed, 1)->command_proposed.amount = 5;
}
static void agree_twice(histories_t *h)
{
    event_t again = *nth(h, EVENT_command_sent_by, AGREED);
    again.cause.command.bytes[15]++;
    history_add(&h->of[STREAM_LEDGER], &again);
}
static void agree_to_what_was_rejected(histories_t *h)
{
    event_t again = *nth(h, EVENT_command_sent_by, AGREED);
    again.cause.command.bytes[15]++;
    again.command_sent_by.proposal =
        history_sequence(&h->of[STREAM_LEDGER], nth(h, EVENT_command_proposed, 1));
    history_add(&h->of[STREAM_LEDGER], &again);
}
static void agree_too_late(histories_t *h)
{
    event_t *proposed = nth(h, EVENT_command_proposed, 0);
    nth(h, EVENT_command_sent_by, AGREED)->at = proposed->command_proposed.expires;
}
static void agree_to_nothing(histories_t *h)
{
    sender(h, AGREED)->proposal = 999;
}
static void agree_with_oneself(histories_t *h)
{
    sender(h, AGREED)->approver = sender(h, AGREED)->certificate;
}
static void agree_as_nobody(histories_t *h)
{
    sender(h, AGREED)->approver = (text_t){0};
}
static void take_anothers_name(histories_t *h)
{
    sender(h, AGREED)->certificate = sender(h, IMPORTS)->certificate;
}
static void carry_out_more(histories_t *h)
{
    nth(h, EVENT_posted, 1)->posted.amount++;
}
static void count_what_two_did(histories_t *h)
{
    sender(h, AGREED)->amount = 1;
}
static void change_the_limits_alone(histories_t *h)
{
    sender(h, LIMITS)->proposal = 0;
}
static void change_the_limits_as_nobody(histories_t *h)
{
    history_blank(nth(h, EVENT_command_sent_by, LIMITS));
}
static void change_history_alone(histories_t *h)
{
    sender(h, RESEED)->proposal = 0;
}
static void count_an_import(histories_t *h)
{
    sender(h, IMPORTS)->amount = 50 * ALLOWANCE_DAY_MAX;
}
static void call_a_person_no_importer(histories_t *h)
{
    sender(h, IMPORTS)->imported = false;
}
static void count_less(histories_t *h)
{
    sender(h, AFTER)->amount--;
}
static void lose_a_count(histories_t *h)
{
    history_blank(nth(h, EVENT_feed_counted, 0));
}
static void count_fewer_items(histories_t *h)
{
    nth(h, EVENT_feed_counted, 0)->feed_counted.amount--;
}

static void every_fault_of_persons_is_named(void **state)
{
    static const fault_t faults[] = {
        {"operators: at once no more than one person may", move_more_alone},
        {"operators: at once no more than one person may", push_more_alone},
        {"operators: in a day no more than one person may", move_more_in_a_day},
        {"operators: a proposal states what was moved before", forget_what_was_moved},
        {"operators: a proposal states the limits", judge_by_another_limit},
        {"operators: a proposal states the limits", judge_by_another_day},
        {"operators: a proposal lapses after 72 hours", wait_for_ever},
        {"operators: what one may do alone is not proposed", propose_what_one_may},
        {"operators: a proposal is decided once, while it is open", agree_twice},
        {"operators: a proposal is decided once, while it is open", agree_to_what_was_rejected},
        {"operators: a proposal is decided once, while it is open", agree_too_late},
        {"operators: a proposal is decided once, while it is open", agree_to_nothing},
        {"operators: another agrees than proposed", agree_with_oneself},
        {"operators: another agrees than proposed", agree_as_nobody},
        {"operators: what was agreed to is its proposer's", take_anothers_name},
        {"operators: what was agreed to is what was proposed", carry_out_more},
        {"operators: what two agreed to is not one's own", count_what_two_did},
        {"operators: the limits are changed by two", change_the_limits_alone},
        {"operators: the limits are changed by two", change_the_limits_as_nobody},
        {"operators: prices, policies and histories are changed by two", change_history_alone},
        {"operators: an importer's postings are nobody's own", count_an_import},
        {"operators: what one moved alone is counted", call_a_person_no_importer},
        {"operators: what one moved alone is counted", count_less},
        {"operators: what one pushed alone is counted", lose_a_count},
        {"operators: what one pushed alone is counted", count_fewer_items}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

// An older journal: postings by persons that nobody counted.
static void what_came_before_the_rules_is_not_held_to_them(void **state)
{
    (void)state;
    verify_report_t report = {0};
    verify_people_t checker;
    event_t posted = {.type = EVENT_posted, .cause.command = {{7}}, .posted.amount = INT64_MAX},
            sent = {.type = EVENT_command_sent_by, .cause.command = {{7}}},
            pushed = {.type = EVENT_feed_sent_by, .feed_sent_by.producer = 200},
            counted = {.type = EVENT_feed_counted, .feed_counted.amount = 5};
    verify_people_init(&checker, &report, STREAM_LEDGER);
    sent.command_sent_by.certificate = counted.feed_counted.certificate = text_of("anna");
    verify_people_feed(&checker, 1, &posted);
    verify_people_feed(&checker, 2, &sent);
    verify_people_feed(&checker, 3, &pushed);
    posted.cause = (cause_t){.stream = 200, .sequence = 1};
    verify_people_feed(&checker, 4, &posted);
    verify_people_finish(&checker, 4);
    assert_int_equal(report.violated, 0);
    verify_people_feed(&checker, 5, &counted); // from here on the rules are known
    assert_int_equal(report.violated, 0);
    verify_people_feed(&checker, 6, &posted);
    assert_true(report.violated > 0);
    verify_people_release(&checker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_persons_is_named, make, release),
        cmocka_unit_test(what_came_before_the_rules_is_not_held_to_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
