// The view of balances: rows of the ledger's table, then its postings, none of them twice.
#include "services/autopay/autopay_view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uid_t16 account = {{1, 2, 3}};

static fail_t take_row(view_t *view, size_t fields, uint64_t head, kopecks_t cash, uint64_t credit)
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
    for (size_t i = 6; i < fields; i++) // what a newer ledger may say more
        pack_text(&pack, text_of("new"));
    wire_t wire;
    wire_start(&wire, bytes, pack_end(&pack));
    uid_t16 named;
    fail_t fail = view_take_row(view, &wire, &named);
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
    view_t view;
    view_init(&view);
    assert_null(view_find(&view, &account));
    assert_int_equal(take_row(&view, 7, 10, 100, 3), FAIL_NONE);
    event_t event = posting(999, 0);
    view_take_event(&view, &event, 10);
    assert_int_equal(view_find(&view, &account)->balance, 105);
    view_take_event(&view, &event, 11);
    assert_int_equal(view_find(&view, &account)->balance, 1004);
    assert_int_equal(view_find(&view, &account)->head, 11);
    assert_int_equal(view_find(&view, &account)->credit, 3);
    assert_int_equal(take_row(&view, 6, 10, 100, 3), FAIL_NONE); // an older row, neither
    assert_int_equal(view_find(&view, &account)->balance, 1004);
    view_reset(&view);
    assert_null(view_find(&view, &account));
    view_release(&view);
}

static void postings_say_how_far_payment_is_posted(void **state)
{
    (void)state;
    view_t view;
    view_init(&view);
    view_take_cursor(&view, 4);
    event_t event = posting(1, 7);
    view_take_event(&view, &event, 1);
    assert_int_equal(view.payment, 7);
    assert_int_equal(view_find(&view, &account)->credit, 7);
    event = posting(1, 0);
    event.cause = (cause_t){.stream = STREAM_METERING, .sequence = 99};
    view_take_event(&view, &event, 2);
    assert_int_equal(view.payment, 7);
    event = posting(1, 8); // a refund: no credit, but payment is posted up to it
    event.posted.debit = 64;
    event.posted.credit = 7;
    view_take_event(&view, &event, 3);
    assert_int_equal(view.payment, 8);
    assert_int_equal(view_find(&view, &account)->credit, 7);
    event = posting(1, 9); // to suspense
    event.posted.account = (uid_t16){0};
    view_take_event(&view, &event, 4);
    assert_int_equal(view.payment, 9);
    assert_int_equal(view_find(&view, &account)->credit, 7);
    view_take_cursor(&view, 8);
    assert_int_equal(view.payment, 9);
    view_release(&view);
}

static void an_opened_account_has_nothing(void **state)
{
    (void)state;
    view_t view;
    view_init(&view);
    event_t event = {.type = EVENT_account_opened};
    event.account_opened = (event_account_opened_t){account, 64};
    event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = 5};
    view_take_event(&view, &event, 1);
    assert_int_equal(view_find(&view, &account)->balance, 0);
    assert_int_equal(view.payment, 0); // opened is not yet posted
    view_release(&view);
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    view_t view;
    view_init(&view);
    assert_int_equal(take_row(&view, 5, 1, 1, 0), FAIL_INVALID);
    uint8_t garbage[] = {0x96, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0};
    wire_t wire;
    uid_t16 named;
    wire_start(&wire, garbage, sizeof garbage);
    assert_int_equal(view_take_row(&view, &wire, &named), FAIL_INVALID);
    wire_start(&wire, garbage, 1);
    assert_int_equal(view_take_row(&view, &wire, &named), FAIL_INVALID);
    assert_int_equal(view.rows.count, 0);
    view_release(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_posting_that_the_row_includes_changes_nothing),
        cmocka_unit_test(postings_say_how_far_payment_is_posted),
        cmocka_unit_test(an_opened_account_has_nothing),
        cmocka_unit_test(what_is_no_row_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
