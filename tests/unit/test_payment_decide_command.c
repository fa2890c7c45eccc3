// Commands to payment: top-ups, and mandates consented to, revoked and changed.
#include "services/payment/payment_decide_evidence.h"
#include "tests/model/payment_moves.h"

static void a_new_consent_replaces_the_mandate_in_one_decision(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uid_t16 former = world_wish(w, &MOVES_ACCOUNT).mandate;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 700, 5), before = world_last(w);
    world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded mandate.revoked mandate.consented");
    assert_int_equal(w->decision->events[1].mandate_revoked.why, REVOKE_REPLACED);
    assert_true(uid_equal(&w->decision->events[1].mandate_revoked.mandate, &former));
    const event_mandate_consented_t *consent = &w->decision->events[2].mandate_consented;
    assert_int_equal(consent->parent, invoice);
    assert_int_equal(consent->amount, 70000);
    assert_int_equal(consent->count_max, 5);
    assert_int_equal(consent->sum_max, 350000);
    assert_int_equal(consent->credit, before + 1);
    assert_false(uid_equal(&consent->mandate, &former));
}

static void revoked_while_sent_is_asked_about_and_its_success_is_credited(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked payment.unknown");
    assert_null(world_wanted(w, invoice, true)); // whatever has not left stays here
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded payment.unwanted refund.requested");
}

static void revoked_while_it_waits_for_a_connection_is_declined_at_once(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB);
    assert_string_equal(world_events(w), "mandate.revoked payment.declined");
    assert_int_equal(w->decision->events[1].payment_declined.reason, DECLINE_REVOKED);
    assert_int_equal(world_state(w, invoice), PAYMENT_DECLINED);
}

static void a_refusal_stands_against_a_ticked_topup_that_was_begun_before(void **state)
{
    world_t *w = *state;
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_MISSING);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked");
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB),
                     FAIL_NONE); // it is already
    assert_string_equal(world_events(w), "");
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded"); // money, and no mandate
    world_link(w, &MOVES_ACCOUNT, 500, 3);                     // a new consent is one
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    assert_false(uid_is_zero(&wish.mandate));
}

// The last ticked top-up gave no mandate, so the one before still may.
static void a_refusal_stands_also_where_an_operator_credited_the_last_ticked_topup(void **state)
{
    world_t *w = *state;
    uint64_t first = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t second = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    moves_resolve(w, second, 1, 50000);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked");
    world_notice(w, SHOP_PASSWORD2, first, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded"); // money, and no mandate
}

static void an_older_ticked_topup_does_not_replace_a_newer_consent(void **state)
{
    world_t *w = *state;
    uint64_t older = world_topup(w, &MOVES_ACCOUNT, 900, 31);
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uid_t16 mandate = world_wish(w, &MOVES_ACCOUNT).mandate;
    world_notice(w, SHOP_PASSWORD2, older, "900.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    assert_true(uid_equal(&wish.mandate, &mandate));
}

static void only_an_operator_revokes_for_his_reasons(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_OPERATOR, ROLE_WEB), FAIL_DENIED);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_REPLACED, ROLE_OPERATOR), FAIL_INVALID);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CHARGEBACK, ROLE_OPERATOR), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked");
}

static void a_limit_is_lowered_and_never_raised(void **state)
{
    static const struct {
        uint64_t count_max;
        kopecks_t sum_max;
        fail_t fail;
        const char *events;
    } rows[] = {
        {4, 150000, FAIL_STATE, ""},
        {3, 150001, FAIL_STATE, ""},
        {0, 150000, FAIL_INVALID, ""},
        {3, 49999, FAIL_INVALID, ""},
        {3, 150000, FAIL_NONE, ""},
        {2, 100000, FAIL_NONE, "mandate.changed"},
        {3, 100000, FAIL_STATE, ""}, // lowered means lowered
        {1, 50000, FAIL_NONE, "mandate.changed"},
    };
    world_t *w = *state;
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change.account = MOVES_ACCOUNT;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_MISSING);
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request.mandate_change.count_max = rows[i].count_max;
        request.mandate_change.sum_max = rows[i].sum_max;
        assert_int_equal(world_command(w, &request, ROLE_WEB), rows[i].fail);
        assert_string_equal(world_events(w), rows[i].events);
    }
    request_t query = {.type = REQUEST_mandate};
    query.mandate.account = MOVES_ACCOUNT;
    answer_t answer;
    assert_int_equal(world_query(w, &query, &answer), FAIL_NONE);
    assert_int_equal(answer.mandate.state, 1);
    assert_int_equal(answer.mandate.count_max, 1);
    assert_int_equal(answer.mandate.sum_max, 50000);
}

static void a_topup_that_breaks_a_rule_is_refused(void **state)
{
    static const struct {
        uint64_t rubles, count_max;
        kopecks_t sum_max;
        fail_t fail;
    } rows[] = {
        {0, 0, 0, FAIL_INVALID},
        {100001, 0, 0, FAIL_INVALID},
        {UINT64_MAX, 0, 0, FAIL_INVALID},
        {500, 32, 0, FAIL_INVALID},
        {500, 0, 50000, FAIL_INVALID},
        {500, 3, 150001, FAIL_INVALID},
        {500, 3, 49999, FAIL_INVALID},
        {500, 3, -1, FAIL_INVALID},
        {1, 0, 0, FAIL_NONE},
        {100000, 31, 0, FAIL_NONE},
        {500, 3, 150000, FAIL_NONE},
        {500, 3, 50000, FAIL_NONE},
    };
    world_t *w = *state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request_t request = {.type = REQUEST_topup};
        request.topup.account = MOVES_ACCOUNT;
        request.topup.amount_rub = rows[i].rubles;
        request.topup.count_max = rows[i].count_max;
        request.topup.sum_max = rows[i].sum_max;
        assert_int_equal(world_command(w, &request, ROLE_WEB), rows[i].fail);
        assert_string_equal(world_events(w), rows[i].fail ? "" : "payment.created");
    }
    request_t request = {.type = REQUEST_topup};
    request.topup.amount_rub = 500;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_INVALID); // the zero account
    request.topup.account = MOVES_ACCOUNT;
    request.topup.method = METHOD_FOREIGN_CARD;
    request.topup.amount_rub = 999;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_INVALID);
    request.topup.amount_rub = 1000;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    request.topup.method = METHOD_ANY;
    request.topup.amount_rub = 500;
    for (size_t i = 0; i < PAYMENT_TOPUPS_OPEN_MAX; i++)
        world_topup(w, &MOVES_OTHER, 1, 0);
    request.topup.account = MOVES_OTHER;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_FULL);
}

static void the_hash_of_what_was_agreed_to_is_kept(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_topup};
    request.topup = (request_topup_t){.account = MOVES_ACCOUNT,
                                      .amount_rub = 1000,
                                      .count_max = 3,
                                      .method = METHOD_FOREIGN_CARD,
                                      .consent = {{1, 2, 3}}};
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    const event_t *created = world_event(w, EVENT_payment_created);
    assert_non_null(created);
    assert_memory_equal(&created->payment_created.consent, &request.topup.consent,
                        sizeof request.topup.consent);
    assert_int_equal(created->payment_created.method, METHOD_FOREIGN_CARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_new_consent_replaces_the_mandate_in_one_decision),
        MOVES_TEST(revoked_while_sent_is_asked_about_and_its_success_is_credited),
        MOVES_TEST(revoked_while_it_waits_for_a_connection_is_declined_at_once),
        MOVES_TEST(a_refusal_stands_against_a_ticked_topup_that_was_begun_before),
        MOVES_TEST(a_refusal_stands_also_where_an_operator_credited_the_last_ticked_topup),
        MOVES_TEST(the_hash_of_what_was_agreed_to_is_kept),
        MOVES_TEST(an_older_ticked_topup_does_not_replace_a_newer_consent),
        MOVES_TEST(only_an_operator_revokes_for_his_reasons),
        MOVES_TEST(a_limit_is_lowered_and_never_raised),
        MOVES_TEST(a_topup_that_breaks_a_rule_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
