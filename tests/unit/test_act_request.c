// test_act_request - the request for an act has the rows that the journals come to.
#include "services/documents/act_request.h"
#include "proto/wire.h"
#include "documents_fixture.h"

enum { Q2 = 2026 * 4 + 1 };

static void what_is_charged_is_asked_for(void **state)
{
    (void)state;
    static uint8_t rows[ACT_REQUEST_BYTES];
    act_fold_t fold;
    request_act_issue_t request;
    const uid_t16 account = {{1}}, other = {{2}};
    act_fold_init(&fold, Q2);
    event_t event = {.type = EVENT_requisites_registered, .at = INT64_C(1775000000000000)};
    event.requisites_registered.account = account;
    act_fold_documents(&fold, &event);
    event = (event_t){.type = EVENT_usage_charged};
    event.usage_charged = (event_usage_charged_t){.account = account,
                                                  .kind = RESOURCE_COMPUTE,
                                                  .hour = INT64_C(1777600800000000),
                                                  .amount = 500};
    act_fold_metering(&fold, &event, 7);
    assert_false(act_request_write(&fold, &account, rows, &request)); // it is not posted
    event = (event_t){.type = EVENT_posted, .cause = {.stream = STREAM_METERING, .sequence = 7}};
    event.posted = (event_posted_t){.account = account,
                                    .debit = 64,
                                    .credit = 1,
                                    .amount = 500,
                                    .kind = POSTING_CHARGE,
                                    .cash = -500,
                                    .credit_previous = 9};
    act_fold_ledger(&fold, &event, 9);
    assert_false(act_request_write(&fold, &other, rows, &request));
    assert_true(act_request_write(&fold, &account, rows, &request));
    assert_int_equal(request.quarter, Q2);
    assert_int_equal(request.through, 7);
    assert_int_equal(request.ledger, 9);
    assert_int_equal(request.debt, 500);
    assert_int_equal(request.paid.size, 0);
    static const int64_t expected[] = {RESOURCE_COMPUTE, 22, 500};
    wire_t wire;
    wire_start(&wire, request.lines.data, request.lines.size);
    assert_int_equal(wire_array(&wire, 3), 3);
    for (size_t i = 0; i < LENGTH(expected); i++) {
        int64_t number = 0;
        wire_i64(&wire, &number);
        assert_int_equal(number, expected[i]);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    act_fold_release(&fold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_charged_is_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
