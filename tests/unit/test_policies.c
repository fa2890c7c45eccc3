// The policies in force: what each is, since when, who set it, and what a new journal begins with.
#include "services/autopay/autopay_core.h"
#include "services/ledger/ledger_core.h"
#include "services/metering/metering_core.h"
#include "services/node/policies.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

typedef struct {
    uint64_t sequence;
    text_t certificate, approver; // they lie in the rig's outputs until its next batch
    event_t event, first;
} row_t;

static rig_t *started(const core_t *core)
{
    rig_t *rig = rig_new(false);
    rig->core = core;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    return rig;
}

static void read_event(wire_t *wire, event_t *ret_event)
{
    bytes_t bytes = {0};
    wire_bytes(wire, &bytes);
    assert_int_equal(event_decode(bytes.data, bytes.size, ret_event), FAIL_NONE);
}

static size_t listed(rig_t *rig, row_t *rows) // POLICIES_MAX of them
{
    request_t request = {.type = REQUEST_policies, .number = 1};
    answer_t answer = rig_asked(rig, &request, ROLE_AUDITOR);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_in_range(answer.policies.count, 1, POLICIES_MAX);
    wire_t wire;
    wire_start(&wire, answer.policies.rows.data, answer.policies.rows.size);
    for (uint64_t i = 0; i < answer.policies.count; i++) {
        assert_int_equal(wire_array(&wire, 5), 5);
        wire_u64(&wire, &rows[i].sequence);
        wire_text(&wire, &rows[i].certificate);
        wire_text(&wire, &rows[i].approver);
        read_event(&wire, &rows[i].event);
        read_event(&wire, &rows[i].first);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return answer.policies.count;
}

static bool is_text(text_t text, const char *expected)
{
    return text_equal(text, text_of(expected));
}

static fail_t settles(rig_t *rig, const char *who, unsigned n, uint64_t settle_us)
{
    request_t request = {.type = REQUEST_metering_policy, .number = n, .id = rig_id(RIG_TIME, n)};
    request.metering_policy = (request_metering_policy_t){.settle_us = settle_us};
    rig->name = who;
    return rig_asked(rig, &request, ROLE_OPERATOR).fail;
}

static void a_new_journal_goes_by_what_it_begins_with(void **state)
{
    (void)state;
    static const struct {
        const core_t *core;
        event_type_t type;
        size_t size;
    } rows_of[] = {
        {&ledger_core, EVENT_ledger_policy_changed, sizeof(event_ledger_policy_changed_t)},
        {&metering_core, EVENT_metering_policy_changed, sizeof(event_metering_policy_changed_t)},
        {&autopay_core, EVENT_autopay_policy_changed, sizeof(event_autopay_policy_changed_t)}};
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++) {
        rig_t *rig = started(rows_of[i].core);
        row_t rows[POLICIES_MAX];
        assert_int_equal(listed(rig, rows), 2);
        assert_int_equal(rows[0].event.type, rows_of[i].type);
        assert_int_equal(rows[0].sequence, 2); // behind node.booted
        assert_true(rows[0].event.at >= RIG_TIME);
        assert_int_equal(rows[0].certificate.size, 0);
        assert_int_equal(rows[0].first.type, rows_of[i].type);
        assert_memory_equal(event_body(&rows[0].event), event_body(&rows[0].first),
                            rows_of[i].size);
        assert_int_equal(rows[1].event.type, EVENT_operators_policy_changed);
        rig_destroy(rig);
    }
}

static void what_was_never_set_is_as_a_new_journal_has_it(void **state)
{
    (void)state;
    rig_t *rig = started(NULL); // which has no policy of its own
    row_t rows[POLICIES_MAX];
    assert_int_equal(listed(rig, rows), 1);
    assert_int_equal(rows->event.type, EVENT_operators_policy_changed);
    assert_int_equal(rows->sequence, 0);
    assert_int_equal(rows->event.operators_policy_changed.alone_max, ALLOWANCE_ALONE_MAX);
    assert_int_equal(rows->event.operators_policy_changed.day_max, ALLOWANCE_DAY_MAX);
    rig_destroy(rig);
}

static void who_set_it_and_since_when_is_known_after_a_start_too(void **state)
{
    (void)state;
    rig_t *rig = started(&metering_core);
    row_t rows[POLICIES_MAX];
    uint64_t before = node_last(rig->node);
    assert_int_equal(settles(rig, "anna", 1, 7), FAIL_NONE);
    instant_t then = rig->clock.now;
    assert_int_equal(settles(rig, "vera", 2, 2 * HOUR_US), FAIL_INVALID);
    for (unsigned starts = 0; starts < 2; starts++) {
        (void)listed(rig, rows);
        assert_int_equal(rows[0].sequence, before + 1);
        assert_true(rows[0].event.at == then);
        assert_true(is_text(rows[0].certificate, "anna"));
        assert_int_equal(rows[0].approver.size, 0);
        assert_int_equal(rows[0].event.metering_policy_changed.settle_us, 7);
        assert_int_equal(rows[0].first.metering_policy_changed.settle_us, 2 * MINUTE_US);
        rig_restart(rig);
    }
    assert_int_equal(settles(rig, "boris", 3, 9), FAIL_NONE);
    assert_int_equal(settles(rig, NULL, 4, 11), FAIL_NONE); // nobody knows the name
    (void)listed(rig, rows);
    assert_int_equal(rows[0].event.metering_policy_changed.settle_us, 11);
    assert_int_equal(rows[0].certificate.size, 0); // and least of all is it boris
    rig_destroy(rig);
}

static fail_t settles_as_seen(rig_t *rig, unsigned n, uint64_t settle_us, uint64_t seen)
{
    request_t request = {.type = REQUEST_metering_policy, .number = n, .id = rig_id(RIG_TIME, n)};
    request.metering_policy = (request_metering_policy_t){.settle_us = settle_us, .seen = seen};
    rig->name = "anna";
    return rig_asked(rig, &request, ROLE_OPERATOR).fail;
}

// Anna and Boris read the same policy, and each writes it whole with a word of his own in it.
static void who_read_an_older_policy_writes_none(void **state)
{
    (void)state;
    rig_t *rig = started(&metering_core);
    row_t rows[POLICIES_MAX];
    (void)listed(rig, rows);
    uint64_t seen = rows[0].sequence + 1;
    assert_int_equal(settles_as_seen(rig, 1, 7, seen), FAIL_NONE);
    assert_int_equal(settles_as_seen(rig, 2, 9, seen), FAIL_STATE);
    (void)listed(rig, rows);
    assert_int_equal(rows[0].event.metering_policy_changed.settle_us, 7);
    assert_int_equal(settles_as_seen(rig, 3, 9, rows[0].sequence + 1), FAIL_NONE);
    assert_int_equal(settles_as_seen(rig, 4, 11, 0), FAIL_NONE); // who says nothing of it
    rig_destroy(rig);
}

static void who_read_older_quotas_writes_none(void **state)
{
    (void)state;
    rig_t *rig = started(&metering_core);
    request_t ask = {.type = REQUEST_quotas, .number = 9};
    uint64_t changed = rig_asked(rig, &ask, ROLE_OPERATOR).quotas.changed;
    assert_true(changed > 0);
    for (unsigned i = 1; i <= 2; i++) {
        request_t request = {.type = REQUEST_quotas_change, .number = i, .id = rig_id(RIG_TIME, i)};
        request.quotas_change = (request_quotas_change_t){.replicas = i,
                                                          .replicas_account = 1,
                                                          .meters = 9,
                                                          .meters_hour = 9,
                                                          .accounts_hour = 9,
                                                          .bytes_hour = 9,
                                                          .refusals_hour = 9,
                                                          .seen = changed + 1};
        assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail,
                         i == 1 ? FAIL_NONE : FAIL_STATE);
    }
    assert_int_equal(rig_asked(rig, &ask, ROLE_OPERATOR).quotas.replicas, 1);
    rig_destroy(rig);
}

static void limits_are_set_by_one_and_agreed_to_by_another(void **state)
{
    (void)state;
    rig_t *rig = started(NULL);
    row_t rows[POLICIES_MAX];
    request_t wish = {.type = REQUEST_operators_policy, .number = 1, .id = rig_id(RIG_TIME, 1)};
    wish.operators_policy = (request_operators_policy_t){.alone_max = 10, .day_max = 15};
    rig->name = "anna";
    assert_true(rig_asked(rig, &wish, ROLE_OPERATOR).operators_policy.pending);
    (void)listed(rig, rows);
    assert_int_equal(rows->sequence, 0); // proposed is not in force
    request_t approve = {.type = REQUEST_approve, .number = 2, .id = rig_id(RIG_TIME, 2)};
    approve.approve.command = wish.id;
    rig->name = "boris";
    uint64_t sequence = rig_asked(rig, &approve, ROLE_OPERATOR).approve.sequence;
    rig->name = "vera"; // what she sends says nothing of the limits
    assert_int_equal(rig_posted(rig, 3, 5).fail, FAIL_NONE);
    (void)listed(rig, rows);
    assert_int_equal(rows->sequence, sequence);
    assert_int_equal(rows->event.operators_policy_changed.alone_max, 10);
    assert_true(is_text(rows->certificate, "anna"));
    assert_true(is_text(rows->approver, "boris"));
    rig_destroy(rig);
}

static void operators_and_auditors_may_ask(void **state)
{
    (void)state;
    rig_t *rig = started(NULL);
    request_t request = {.type = REQUEST_policies, .number = 1};
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
    static const role_t others[] = {ROLE_SERVICE, ROLE_BACKEND, ROLE_PAYMENT, ROLE_PLATFORM};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(rig_asked(rig, &request, others[i]).fail, FAIL_DENIED);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_journal_goes_by_what_it_begins_with),
        cmocka_unit_test(what_was_never_set_is_as_a_new_journal_has_it),
        cmocka_unit_test(who_set_it_and_since_when_is_known_after_a_start_too),
        cmocka_unit_test(who_read_an_older_policy_writes_none),
        cmocka_unit_test(who_read_older_quotas_writes_none),
        cmocka_unit_test(limits_are_set_by_one_and_agreed_to_by_another),
        cmocka_unit_test(operators_and_auditors_may_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
