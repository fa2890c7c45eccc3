// The view of balances: rows of the ledger's table, then its postings, none of them twice.
#include "proto/codes.h"
#include "services/autopay/autopay_view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uid_t16 account = {{1, 2, 3}};

static fail_t take_row(autopay_view_t *view, size_t fields, uint64_t head, kopecks_t cash,
                       uint64_t credit)
{
    uint8_t bytes[128];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, fields);
    pack_u64(&pack, 64);
    pack_uid(&pack, &account);
    pack_i64(&pack, cash);
    pack_i64(&pack, 5);
    pack_u64(&pack, head);
    if (fields > 5)
        pack_u64(&pack, credit);
    if (fields > 6)
        pack_i64(&pack, 30);
    if (fields > 7)
        pack_u64(&pack, 1);
    for (size_t i = 8; i < fields; i++) // what a newer ledger may say more
        pack_text(&pack, text_of("new"));
    wire_t wire;
    wire_start(&wire, bytes, pack_end(&pack));
    uid_t16 named;
    fail_t fail = autopay_view_take_row(view, &wire, &named);
    if (!fail) {
        assert_true(uid_equal(&named, &account));
        assert_int_equal(wire_end(&wire), FAIL_NONE);
    }
    return fail;
}

static event_t posting(kopecks_t cash, uint64_t payment)
{
    event_t event = {.type = EVENT_posted};
    event.posted =
        (event_posted_t){.account = account, .debit = 2, .credit = 64, .cash = cash, .bonus = 5};
    if (payment)
        event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = payment};
    return event;
}

static void a_posting_that_the_row_includes_changes_nothing(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    assert_null(autopay_view_find(&view, &account));
    assert_int_equal(take_row(&view, 9, 10, 100, 3), FAIL_NONE);
    assert_int_equal(autopay_view_find(&view, &account)->returned, 30);
    assert_true(autopay_view_find(&view, &account)->closed);
    event_t event = posting(999, 0);
    autopay_view_take_event(&view, &event, 10);
    assert_int_equal(autopay_view_find(&view, &account)->balance, 105);
    autopay_view_take_event(&view, &event, 11);
    assert_int_equal(autopay_view_find(&view, &account)->balance, 1004);
    assert_int_equal(autopay_view_find(&view, &account)->head, 11);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 3);
    assert_int_equal(take_row(&view, 6, 10, 100, 3), FAIL_NONE); // an older row, neither
    assert_int_equal(autopay_view_find(&view, &account)->balance, 1004);
    autopay_view_reset(&view);
    assert_null(autopay_view_find(&view, &account));
    autopay_view_release(&view);
}

static void an_account_is_closed_until_it_is_reopened(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    event_t event = {.type = EVENT_account_closed, .account_closed.account = account};
    autopay_view_take_event(&view, &event, 5);
    assert_true(autopay_view_find(&view, &account)->closed);
    event = posting(1, 7);
    autopay_view_take_event(&view, &event, 6);
    assert_true(autopay_view_find(&view, &account)->closed);
    event = (event_t){.type = EVENT_account_reopened, .account_reopened.account = account};
    autopay_view_take_event(&view, &event, 7);
    assert_false(autopay_view_find(&view, &account)->closed);
    autopay_view_release(&view);
}

static void postings_say_how_far_payment_is_posted(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    autopay_view_take_cursor(&view, 4);
    event_t event = posting(1, 7);
    autopay_view_take_event(&view, &event, 1);
    assert_int_equal(view.payment, 7);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 7);
    event = posting(1, 0);
    event.cause = (cause_t){.stream = STREAM_METERING, .sequence = 99};
    autopay_view_take_event(&view, &event, 2);
    assert_int_equal(view.payment, 7);
    event = posting(1, 8); // a refund: no credit, but payment is posted up to it
    event.posted.debit = 64;
    event.posted.credit = 7;
    autopay_view_take_event(&view, &event, 3);
    assert_int_equal(view.payment, 8);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 7);
    event = posting(1, 9); // to suspense
    event.posted.account = (uid_t16){0};
    autopay_view_take_event(&view, &event, 4);
    assert_int_equal(view.payment, 9);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 7);
    autopay_view_take_cursor(&view, 8);
    assert_int_equal(view.payment, 9);
    autopay_view_release(&view);
}

// The ledger follows another history of payment from then on, and says so in its stream.
static void a_reseed_of_the_ledger_begins_again_behind_what_both_have(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    event_t event = posting(1, 70);
    autopay_view_take_event(&view, &event, 1);
    event_t reseeded = {.type = EVENT_node_reseeded};
    reseeded.node_reseeded = (event_node_reseeded_t){.stream = STREAM_METERING, .sequence = 5};
    autopay_view_take_event(&view, &reseeded, 2);
    assert_int_equal(view.payment, 70);
    reseeded.node_reseeded = (event_node_reseeded_t){.stream = STREAM_PAYMENT, .sequence = 50};
    autopay_view_take_event(&view, &reseeded, 3);
    assert_int_equal(view.payment, 50);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 50);
    event_t repeated = {.type = EVENT_payment_suspended};
    repeated.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = 52};
    repeated.payment_suspended.account = account;
    repeated.payment_suspended.why = SUSPENSE_UNSURE;
    autopay_view_take_event(&view, &repeated, 4);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 50); // nobody knows where it is
    repeated.payment_suspended.why = SUSPENSE_REPEATED;
    autopay_view_take_event(&view, &repeated, 5);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 52);
    // What the row was fetched after, it says already.
    assert_int_equal(take_row(&view, 7, 9, 100, 60), FAIL_NONE);
    autopay_view_take_event(&view, &reseeded, 8);
    repeated.cause.sequence = 59;
    autopay_view_take_event(&view, &repeated, 9);
    assert_int_equal(autopay_view_find(&view, &account)->credit, 60);
    autopay_view_release(&view);
}

static void what_was_given_back_is_counted_until_the_next_usage(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    assert_int_equal(take_row(&view, 6, 10, 100, 3), FAIL_NONE); // of a ledger of before
    assert_int_equal(autopay_view_find(&view, &account)->returned, 0);
    assert_int_equal(take_row(&view, 7, 11, 100, 3), FAIL_NONE);
    event_t event = posting(1, 0);
    event.posted.kind = POSTING_REFUND;
    event.posted.debit = 64;
    event.posted.credit = SYSTEM_REFUNDS;
    event.posted.amount = 20;
    autopay_view_take_event(&view, &event, 11); // the row has it
    assert_int_equal(autopay_view_find(&view, &account)->returned, 30);
    autopay_view_take_event(&view, &event, 12);
    assert_int_equal(autopay_view_find(&view, &account)->returned, 50);
    event.posted.kind = POSTING_CHARGE;
    autopay_view_take_event(&view, &event, 13);
    assert_int_equal(autopay_view_find(&view, &account)->returned, 0);
    autopay_view_release(&view);
}

static void an_opened_account_has_nothing(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    event_t event = {.type = EVENT_account_opened};
    event.account_opened = (event_account_opened_t){account, 64};
    event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = 5};
    autopay_view_take_event(&view, &event, 1);
    assert_int_equal(autopay_view_find(&view, &account)->balance, 0);
    assert_int_equal(view.payment, 0); // opened is not yet posted
    autopay_view_release(&view);
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    autopay_view_t view;
    autopay_view_init(&view);
    assert_int_equal(take_row(&view, 5, 1, 1, 0), FAIL_INVALID);
    uint8_t garbage[] = {0x96, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0};
    wire_t wire;
    uid_t16 named;
    wire_start(&wire, garbage, sizeof garbage);
    assert_int_equal(autopay_view_take_row(&view, &wire, &named), FAIL_INVALID);
    wire_start(&wire, garbage, 1);
    assert_int_equal(autopay_view_take_row(&view, &wire, &named), FAIL_INVALID);
    assert_int_equal(view.rows.count, 0);
    autopay_view_release(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_posting_that_the_row_includes_changes_nothing),
        cmocka_unit_test(an_account_is_closed_until_it_is_reopened),
        cmocka_unit_test(postings_say_how_far_payment_is_posted),
        cmocka_unit_test(a_reseed_of_the_ledger_begins_again_behind_what_both_have),
        cmocka_unit_test(what_was_given_back_is_counted_until_the_next_usage),
        cmocka_unit_test(an_opened_account_has_nothing),
        cmocka_unit_test(what_is_no_row_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
