// Two persons: what one may not move alone waits for another, who is somebody else, in time, once.
#include "services/node/proposals.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static event_t event_at(const rig_t *rig, uint64_t sequence)
{
    static uint8_t bytes[JOURNAL_EVENT_MAX];
    event_t event;
    size_t size = 0;
    assert_int_equal(journal_find(rig->reader, sequence, bytes, sizeof bytes, &size), FAIL_NONE);
    assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
    return event;
}

static bool is_text(text_t text, const char *expected)
{
    return text_equal(text, text_of(expected));
}

static answer_t said(rig_t *rig, const char *who, const request_t *request)
{
    rig->name = who;
    return rig_asked(rig, request, ROLE_OPERATOR);
}

static request_t by_hand(unsigned n, int64_t amount)
{
    request_t request = rig_post(n, amount);
    request.post.kind = RIG_BY_HAND;
    request.post.reason = REASON_DISPUTE;
    return request;
}

static answer_t posted(rig_t *rig, const char *who, unsigned n, int64_t amount)
{
    request_t request = by_hand(n, amount);
    return said(rig, who, &request);
}

static answer_t decided(rig_t *rig, const char *who, request_type_t type, unsigned n,
                        unsigned proposed)
{
    request_t request = {.type = type, .number = n, .id = rig_id(RIG_TIME, n)};
    uid_t16 command = rig_id(RIG_TIME, proposed);
    if (type == REQUEST_approve)
        request.approve.command = command;
    else
        request.reject.command = command;
    return said(rig, who, &request);
}

static fail_t approved(rig_t *rig, const char *who, unsigned n, unsigned proposed)
{
    return decided(rig, who, REQUEST_approve, n, proposed).fail;
}

static fail_t rejected(rig_t *rig, const char *who, unsigned n, unsigned proposed)
{
    return decided(rig, who, REQUEST_reject, n, proposed).fail;
}

static void what_one_may_not_move_alone_waits_for_another(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    uint64_t last = node_last(rig->node);
    answer_t answer = posted(rig, "anna", 1, ALLOWANCE_ALONE_MAX);
    assert_false(answer.post.pending);
    assert_int_equal(event_at(rig, last + 2).command_sent_by.amount, ALLOWANCE_ALONE_MAX);
    answer = posted(rig, "anna", 2, ALLOWANCE_ALONE_MAX + 1);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_true(answer.post.pending);
    assert_int_equal(answer.post.sequence, last + 3);
    event_t proposed = event_at(rig, last + 3), sender = event_at(rig, last + 4);
    assert_int_equal(proposed.type, EVENT_command_proposed);
    assert_true(is_text(proposed.command_proposed.certificate, "anna"));
    proposed = event_at(rig, last + 3);
    assert_int_equal(proposed.command_proposed.amount, ALLOWANCE_ALONE_MAX + 1);
    assert_int_equal(proposed.command_proposed.before, ALLOWANCE_ALONE_MAX);
    assert_int_equal(proposed.command_proposed.reason, REASON_DISPUTE);
    assert_int_equal(sender.type, EVENT_command_sent_by);
    assert_int_equal(sender.command_sent_by.amount, 0);
    assert_int_equal(rig_sum(rig), ALLOWANCE_ALONE_MAX);
    rig_restart(rig); // it is in the journal
    assert_true(posted(rig, "anna", 2, ALLOWANCE_ALONE_MAX + 1).post.pending); // the same word
    uint64_t before = node_last(rig->node);
    answer = decided(rig, "boris", REQUEST_approve, 3, 2);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.approve.sequence, before + 1);
    assert_int_equal(event_at(rig, before + 1).type, EVENT_posted);
    sender = event_at(rig, before + 2);
    assert_true(is_text(sender.command_sent_by.certificate, "anna"));
    assert_true(is_text(event_at(rig, before + 2).command_sent_by.approver, "boris"));
    assert_int_equal(sender.command_sent_by.proposal, last + 3);
    assert_int_equal(sender.command_sent_by.amount, 0);
    assert_int_equal(sender.command_sent_by.reason, REASON_DISPUTE);
    assert_int_equal(rig_sum(rig), 2 * ALLOWANCE_ALONE_MAX + 1);
    rig_restart(rig); // the approval's answer comes again, and another approval comes too late
    answer = decided(rig, "boris", REQUEST_approve, 3, 2);
    assert_int_equal(answer.approve.sequence, before + 1);
    assert_int_equal(approved(rig, "boris", 4, 2), FAIL_APPROVED);
    assert_int_equal(rejected(rig, "anna", 5, 2), FAIL_APPROVED);
    assert_int_equal(rig_sum(rig), 2 * ALLOWANCE_ALONE_MAX + 1);
    rig_destroy(rig);
}

static void nobody_approves_his_own(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_true(posted(rig, "anna", 1, ALLOWANCE_ALONE_MAX + 1).post.pending);
    assert_int_equal(approved(rig, "anna", 2, 1), FAIL_OWN);
    assert_int_equal(approved(rig, NULL, 3, 1), FAIL_OWN); // he may be anybody
    assert_int_equal(approved(rig, "boris", 4, 9), FAIL_MISSING);
    assert_int_equal(rig_sum(rig), 0);
    static const role_t roles[] = {ROLE_AUDITOR, ROLE_SERVICE, ROLE_BACKEND, ROLE_IMPORTER,
                                   ROLE_PAYMENT};
    request_t approve = {.type = REQUEST_approve, .number = 5, .id = rig_id(RIG_TIME, 5)};
    approve.approve.command = rig_id(RIG_TIME, 1);
    rig->importers = true;
    rig_restart(rig);
    rig->name = "boris";
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        assert_int_equal(rig_asked(rig, &approve, roles[i]).fail, FAIL_DENIED);
    assert_int_equal(rig_sum(rig), 0);
    rig_destroy(rig);
}

static void a_proposal_ends_rejected_withdrawn_or_lapsed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    for (unsigned n = 1; n <= 3; n++)
        assert_true(posted(rig, "anna", n, ALLOWANCE_ALONE_MAX + 1).post.pending);
    assert_int_equal(rejected(rig, "boris", 11, 1), FAIL_NONE);
    uint64_t last = node_last(rig->node);
    assert_int_equal(event_at(rig, last - 1).type, EVENT_command_rejected);
    assert_true(is_text(event_at(rig, last - 1).command_rejected.certificate, "boris"));
    assert_int_equal(rejected(rig, "anna", 12, 2), FAIL_NONE); // withdrawn
    rig_restart(rig);
    assert_int_equal(rejected(rig, "anna", 12, 2), FAIL_NONE); // the same word
    assert_int_equal(approved(rig, "boris", 13, 1), FAIL_REJECTED);
    assert_int_equal(approved(rig, "boris", 14, 2), FAIL_REJECTED);
    assert_int_equal(rejected(rig, "boris", 15, 8), FAIL_MISSING);
    instant_t made = event_at(rig, last).at;
    int64_t left = made + PROPOSAL_LIFE_US - rig->clock.now + DAY_US;
    rig->clock.now += left;
    rig->clock.monotonic += left;
    rig->clock.wall += left;
    assert_int_equal(approved(rig, "boris", 16, 3), FAIL_LAPSED);
    assert_int_equal(rejected(rig, "boris", 17, 3), FAIL_LAPSED);
    assert_int_equal(rig_sum(rig), 0);
    rig_destroy(rig);
}

static void a_days_sum_needs_a_second_person_too(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    int64_t each = ALLOWANCE_ALONE_MAX - 1, sum = 0;
    for (unsigned n = 1; n <= 10; n++) {
        bool alone = sum + each <= ALLOWANCE_DAY_MAX;
        assert_int_equal(posted(rig, "anna", n, each).post.pending, !alone);
        sum += alone ? each : 0;
        if (n % 3 == 0)
            rig_restart(rig); // a start forgets nothing
    }
    assert_int_equal(rig_sum(rig), sum);
    assert_in_range(sum, 1, ALLOWANCE_DAY_MAX);
    assert_false(posted(rig, "boris", 11, each).post.pending); // he has moved nothing
    assert_int_equal(approved(rig, "boris", 12, 10), FAIL_NONE);
    assert_true(
        posted(rig, "anna", 13, each).post.pending); // what two agreed to counts for neither
    assert_false(posted(rig, "boris", 14, each).post.pending);
    rig->clock.now += DAY_US;
    rig->clock.monotonic += DAY_US;
    rig->clock.wall += DAY_US;
    assert_false(posted(rig, "anna", 15, each).post.pending);
    rig_destroy(rig);
}

static void what_is_refused_is_not_proposed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    uint64_t last = node_last(rig->node);
    assert_int_equal(posted(rig, "anna", 1, -1).fail, FAIL_INVALID);
    assert_int_equal(posted(rig, NULL, 2, ALLOWANCE_ALONE_MAX + 1).fail, FAIL_SECOND);
    assert_int_equal(posted(rig, NULL, 3, 1).fail, FAIL_SECOND); // nobody's cannot be counted
    assert_int_equal(node_last(rig->node), last);
    for (unsigned n = 0; n < PROPOSALS_OWN_MAX; n++)
        assert_true(posted(rig, "anna", 10 + n, ALLOWANCE_ALONE_MAX + 1).post.pending);
    assert_int_equal(posted(rig, "anna", 100, ALLOWANCE_ALONE_MAX + 1).fail, FAIL_FULL);
    assert_true(posted(rig, "boris", 101, ALLOWANCE_ALONE_MAX + 1).post.pending);
    rig_destroy(rig);
}

static void an_importer_is_let_in_where_the_configuration_says_so_and_has_no_limit(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = by_hand(1, 100 * ALLOWANCE_DAY_MAX);
    rig->name = "mover";
    assert_int_equal(rig_asked(rig, &request, ROLE_IMPORTER).fail, FAIL_DENIED);
    rig->by_hand = true;
    rig->pusher = ROLE_IMPORTER;
    static const int64_t amounts[] = {100 * ALLOWANCE_DAY_MAX};
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 1, false).fail, FAIL_DENIED);
    rig->importers = true;
    rig_restart(rig);
    answer_t answer = rig_asked(rig, &request, ROLE_IMPORTER);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_false(answer.post.pending);
    event_t sender = event_at(rig, answer.post.sequence + 1);
    assert_true(sender.command_sent_by.imported);
    assert_int_equal(sender.command_sent_by.amount, 0);
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 1, false).fail, FAIL_NONE);
    sender = event_at(rig, node_last(rig->node) - 1);
    assert_int_equal(sender.type, EVENT_feed_sent_by);
    assert_true(sender.feed_sent_by.imported);
    rig_destroy(rig);
}

static void a_persons_items_are_counted_once_a_message(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig->name = "anna";
    rig->by_hand = true;
    static const int64_t amounts[] = {ALLOWANCE_ALONE_MAX + 1, ALLOWANCE_ALONE_MAX,
                                      ALLOWANCE_ALONE_MAX, 5};
    feed_answer_t answer = rig_push_alone(rig, 1, 1, amounts, 4, false);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.results.data[0], FAIL_SECOND);
    assert_int_equal(answer.results.data[1], FAIL_NONE);
    assert_int_equal(answer.results.data[3], FAIL_NONE);
    event_t counted = event_at(rig, node_last(rig->node));
    assert_int_equal(counted.type, EVENT_feed_counted);
    assert_int_equal(counted.feed_counted.amount, 2 * ALLOWANCE_ALONE_MAX + 5);
    rig_restart(rig);
    answer = rig_push_alone(rig, 1, 5, (int64_t[]){ALLOWANCE_ALONE_MAX, 7}, 2, false);
    assert_int_equal(answer.results.data[0], FAIL_SECOND); // 5 kopecks over the day's sum
    assert_int_equal(answer.results.data[1], FAIL_NONE);
    assert_true(posted(rig, "anna", 1, ALLOWANCE_ALONE_MAX).post.pending);
    uint64_t last = node_last(rig->node);
    rig->name = "anna";
    static const int64_t both[] = {ALLOWANCE_ALONE_MAX / 2, ALLOWANCE_ALONE_MAX};
    answer = rig_push_alone(rig, 1, 7, both, 2, true); // all or nothing
    assert_int_equal(answer.fail, FAIL_STATE);
    assert_int_equal(answer.results.data[0], FAIL_STATE);
    assert_int_equal(answer.results.data[1], FAIL_SECOND);
    assert_int_equal(node_last(rig->node), last);
    answer = rig_push_alone(rig, 1, 7, both, 1, true);
    assert_int_equal(answer.fail, FAIL_NONE);
    rig->name = NULL;
    answer = rig_push_alone(rig, 2, 1, both, 1, false);
    assert_int_equal(answer.results.data[0], FAIL_SECOND);
    rig_destroy(rig);
}

static request_t policy_of(unsigned n, int64_t alone, int64_t day)
{
    request_t request = {.type = REQUEST_operators_policy, .number = n, .id = rig_id(RIG_TIME, n)};
    request.operators_policy = (request_operators_policy_t){.alone_max = alone, .day_max = day};
    return request;
}

static void the_limits_themselves_are_changed_by_two(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t wrong[] = {policy_of(1, -1, 5), policy_of(2, 0, -1), policy_of(3, 6, 5)};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(said(rig, "anna", &wrong[i]).fail, FAIL_INVALID);
    request_t policy = policy_of(4, 10, 15);
    assert_true(said(rig, "anna", &policy).operators_policy.pending);
    assert_true(said(rig, "anna", &policy).operators_policy.pending); // the same word
    assert_int_equal(approved(rig, "anna", 5, 4), FAIL_OWN);
    assert_false(posted(rig, "anna", 6, 11).post.pending);
    assert_int_equal(approved(rig, "boris", 7, 4), FAIL_NONE);
    event_t changed = event_at(rig, node_last(rig->node) - 1);
    assert_int_equal(changed.type, EVENT_operators_policy_changed);
    rig_restart(rig);
    assert_true(posted(rig, "boris", 8, 11).post.pending);
    assert_false(posted(rig, "boris", 9, 10).post.pending);
    assert_true(posted(rig, "boris", 10, 6).post.pending);
    rig_destroy(rig);
}

// docs/rules.md "Two persons": of two proposals that go by the same limits one is carried out.
static void limits_that_somebody_changed_meanwhile_are_not_changed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t wish[] = {policy_of(1, 10, 15), policy_of(2, 20, 25), policy_of(3, 1, 2)};
    for (size_t i = 0; i < 3; i++)
        wish[i].operators_policy.seen = 1; // what a journal begins with
    assert_true(said(rig, "anna", &wish[0]).operators_policy.pending);
    assert_true(said(rig, "anna", &wish[1]).operators_policy.pending);
    assert_int_equal(approved(rig, "boris", 4, 1), FAIL_NONE);
    uint64_t changed = node_last(rig->node) - 1;
    assert_int_equal(approved(rig, "boris", 5, 2), FAIL_STATE);
    assert_int_equal(said(rig, "anna", &wish[2]).fail, FAIL_STATE);
    wish[2] = policy_of(6, 1, 2);
    wish[2].operators_policy.seen = changed + 1;
    assert_true(said(rig, "anna", &wish[2]).operators_policy.pending);
    rig_destroy(rig);
}

static request_t reseed_of(unsigned n, uint64_t epoch)
{
    request_t request = {.type = REQUEST_reseed, .number = n, .id = rig_id(RIG_TIME, n)};
    request.reseed = (request_reseed_t){.stream = STREAM_METERING, .epoch = epoch};
    return request;
}

// docs/rules.md "Two persons": prices, policies and histories, where that was agreed.
static void rules_are_changed_by_two_where_two_said_so(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t alone = reseed_of(1, 4), policy = policy_of(2, 10, 15);
    assert_false(said(rig, "anna", &alone).reseed.pending);
    policy.operators_policy.rules = true;
    (void)said(rig, "anna", &policy);
    assert_int_equal(approved(rig, "boris", 3, 2), FAIL_NONE);
    rig_restart(rig);
    request_t two = reseed_of(4, 5);
    assert_true(said(rig, "anna", &two).reseed.pending);
    assert_true(said(rig, "anna", &two).reseed.pending); // the same word
    event_t proposed = event_at(rig, node_last(rig->node) - 1);
    assert_int_equal(proposed.type, EVENT_command_proposed);
    assert_int_equal(proposed.command_proposed.amount, INT64_MAX);
    assert_int_equal(approved(rig, "anna", 5, 4), FAIL_OWN);
    assert_int_equal(approved(rig, "boris", 6, 4), FAIL_NONE);
    event_t reseeded = event_at(rig, node_last(rig->node) - 1);
    event_t sent = event_at(rig, node_last(rig->node));
    assert_int_equal(reseeded.type, EVENT_node_reseeded);
    assert_int_equal(reseeded.node_reseeded.epoch, 5);
    assert_true(is_text(sent.command_sent_by.certificate, "anna"));
    assert_true(is_text(sent.command_sent_by.approver, "boris"));
    two = reseed_of(7, 6);
    two.reseed.stream = STREAM_NOTIFY;
    assert_int_equal(said(rig, "anna", &two).fail, FAIL_MISSING); // nobody is asked about that
    request_t tariff = {.type = REQUEST_tariff_define, .number = 8, .id = rig_id(RIG_TIME, 8)};
    tariff.tariff_define.price = 3; // at the place of what this rig's core counts
    (void)said(rig, "anna", &tariff);
    assert_int_equal(event_at(rig, node_last(rig->node) - 1).type, EVENT_command_proposed);
    rig_destroy(rig);
}

static uint64_t listed(rig_t *rig, uint64_t from, bool all, uint64_t *ret_next)
{
    request_t request = {.type = REQUEST_proposals, .number = 1};
    request.proposals = (request_proposals_t){.from = from, .all = all};
    answer_t answer = rig_asked(rig, &request, ROLE_AUDITOR);
    assert_int_equal(answer.fail, FAIL_NONE);
    *ret_next = answer.proposals.next;
    wire_t wire;
    wire_start(&wire, answer.proposals.rows.data, answer.proposals.rows.size);
    wire_skip(&wire, answer.proposals.count);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return answer.proposals.count;
}

static void what_waits_is_listed_page_by_page(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    uint64_t next;
    assert_int_equal(listed(rig, 0, true, &next), 0);
    for (unsigned n = 0; n < 60; n++)
        (void)posted(rig, n % 2 ? "anna" : "boris", 1 + n, ALLOWANCE_ALONE_MAX + 1);
    assert_int_equal(rejected(rig, "vera", 100, 2), FAIL_NONE);
    uint64_t first = listed(rig, 0, false, &next);
    assert_true(first < 59 && next != 0);
    assert_int_equal(first + listed(rig, next, false, &next), 59);
    assert_int_equal(next, 0);
    first = listed(rig, 0, true, &next);
    assert_int_equal(first + listed(rig, next, true, &next), 60);
    rig_destroy(rig);
}

static void what_was_proposed_is_judged_again_when_it_is_approved(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t early = by_hand(1, ALLOWANCE_ALONE_MAX + 1);
    early.post.opens = true; // the counter refuses it while its sum is odd
    assert_true(said(rig, "anna", &early).post.pending);
    (void)posted(rig, "vera", 2, 1);
    assert_int_equal(approved(rig, "boris", 3, 1), FAIL_STATE);
    (void)posted(rig, "vera", 4, 1);
    assert_int_equal(approved(rig, "boris", 5, 1), FAIL_NONE); // it still waited
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_may_not_move_alone_waits_for_another),
        cmocka_unit_test(nobody_approves_his_own),
        cmocka_unit_test(a_proposal_ends_rejected_withdrawn_or_lapsed),
        cmocka_unit_test(a_days_sum_needs_a_second_person_too),
        cmocka_unit_test(what_is_refused_is_not_proposed),
        cmocka_unit_test(an_importer_is_let_in_where_the_configuration_says_so_and_has_no_limit),
        cmocka_unit_test(a_persons_items_are_counted_once_a_message),
        cmocka_unit_test(the_limits_themselves_are_changed_by_two),
        cmocka_unit_test(limits_that_somebody_changed_meanwhile_are_not_changed),
        cmocka_unit_test(rules_are_changed_by_two_where_two_said_so),
        cmocka_unit_test(what_waits_is_listed_page_by_page),
        cmocka_unit_test(what_was_proposed_is_judged_again_when_it_is_approved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
