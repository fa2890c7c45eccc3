// What is heard of others: rows of their tables, then their events, none of them twice.
#include "proto/wire.h"
#include "notify_words.h"

static fail_t take_row(notify_view_t *view, stream_t stream, size_t fields, const uint64_t *values)
{
    uint8_t bytes[256];
    pack_t pack;
    uid_t16 id = customer(1);
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, fields);
    pack_u64(&pack, 64);
    pack_uid(&pack, &id);
    for (size_t i = 2; i < fields; i++)
        pack_u64(&pack, values[i - 2]);
    wire_t wire;
    wire_start(&wire, bytes, pack_end(&pack));
    uint32_t number;
    fail_t fail = notify_view_take_row(view, stream, &wire, &number);
    if (!fail)
        assert_int_equal(number, notify_view_find(view, &id));
    return fail;
}

static const notify_view_row_t *row_of(const notify_view_t *view)
{
    uid_t16 id = customer(1);
    uint32_t number = notify_view_find(view, &id);
    return number == TABLE_NONE ? NULL : notify_view_row(view, number);
}

static void rows_are_newer_or_they_are_ignored(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    assert_null(row_of(&view));
    const uint64_t balance[] = {100, 5, 10, 3, 0, 9};
    assert_int_equal(take_row(&view, STREAM_LEDGER, 8, balance), FAIL_NONE); // of an older ledger
    assert_int_equal(row_of(&view)->balance, 105);
    assert_int_equal(row_of(&view)->head, 10);
    event_t event = posted(1, 999, 0);
    assert_int_equal(notify_view_take_event(&view, STREAM_LEDGER, &event, 10), TABLE_NONE);
    assert_int_equal(row_of(&view)->balance, 105);
    assert_int_not_equal(notify_view_take_event(&view, STREAM_LEDGER, &event, 11), TABLE_NONE);
    assert_int_equal(row_of(&view)->balance, 999);
    assert_int_equal(take_row(&view, STREAM_LEDGER, 7, balance), FAIL_NONE);
    assert_int_equal(row_of(&view)->balance, 999);
    const uint64_t hour[] = {HOUR_US, 77, 20, 19, 2 * HOUR_US};
    assert_int_equal(take_row(&view, STREAM_METERING, 7, hour), FAIL_NONE);
    assert_int_equal(row_of(&view)->units, 77);
    assert_int_equal(view.closed, 2 * HOUR_US);
    assert_int_equal(notify_view_burn(&view, row_of(&view)), 0); // a later hour had no line
    const uint64_t payment[] = {17, PAYMENT_KIND_AUTOPAY, 5, 30};
    assert_int_equal(take_row(&view, STREAM_PAYMENT, 6, payment), FAIL_NONE);
    assert_int_equal(notify_view_pending(row_of(&view), DAY_US, 1), 17);
    const uint64_t life[] = {100, 5, 12, 3, 0, 1, 700, 9};
    assert_int_equal(take_row(&view, STREAM_LEDGER, 10, life), FAIL_NONE);
    assert_true(row_of(&view)->closed);
    assert_int_equal(row_of(&view)->limit, 700);
    notify_view_release(&view);
}

static void an_operators_word_of_an_account_is_heard(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    event_t event = {.type = EVENT_account_closed, .account_closed.account = customer(1)};
    assert_int_not_equal(notify_view_take_event(&view, STREAM_LEDGER, &event, 1), TABLE_NONE);
    assert_true(row_of(&view)->closed);
    event = (event_t){.type = EVENT_account_reopened, .account_reopened.account = customer(1)};
    assert_int_not_equal(notify_view_take_event(&view, STREAM_LEDGER, &event, 2), TABLE_NONE);
    assert_false(row_of(&view)->closed);
    event = (event_t){.type = EVENT_credit_limit_set};
    event.credit_limit_set.account = customer(1);
    event.credit_limit_set.limit = 500;
    assert_int_not_equal(notify_view_take_event(&view, STREAM_LEDGER, &event, 3), TABLE_NONE);
    assert_int_equal(row_of(&view)->limit, 500);
    assert_int_equal(notify_view_money(-500, 500), 0);
    assert_int_equal(notify_view_money(INT64_MAX, 1), INT64_MAX);
    notify_view_release(&view);
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    const uint64_t values[] = {1, 2, 3, 4, 5, 6};
    assert_int_equal(take_row(&view, STREAM_LEDGER, 4, values), FAIL_INVALID);
    assert_int_equal(take_row(&view, STREAM_METERING, 6, values), FAIL_INVALID);
    assert_int_equal(take_row(&view, STREAM_PAYMENT, 5, values), FAIL_INVALID);
    assert_null(row_of(&view));
    notify_view_release(&view);
}

static void say(notify_view_t *view, const event_t *event, uint64_t sequence)
{
    (void)notify_view_take_event(view, STREAM_METERING, event, sequence);
}

static void an_hour_is_the_sum_of_its_closings_lines(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    event_t event = line(1, HOUR_US, 720);
    say(&view, &event, 1);
    event.usage_charged.price = 1440;
    say(&view, &event, 2);
    say(&view, &event, 2); // it was heard
    event.usage_charged.reason = CHARGED_LATE;
    say(&view, &event, 3);
    assert_int_equal(row_of(&view)->units, 3 * CARRY_DENOMINATOR);
    assert_int_equal(row_of(&view)->line, 2);
    assert_int_equal(view.heard, 3);
    event = line(1, 2 * HOUR_US, 71); // of no kopeck
    say(&view, &event, 4);
    assert_int_equal(row_of(&view)->units, 71 * 60 * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(row_of(&view)->line, 4);
    assert_int_equal(row_of(&view)->paid, 2);
    event = line(1, 3 * HOUR_US, 3500); // files and tokens have parts of a kopeck of their own
    event.usage_charged.kind = RESOURCE_DISK;
    say(&view, &event, 5);
    event.usage_charged.kind = RESOURCE_OUTPUT;
    say(&view, &event, 6);
    assert_int_equal(row_of(&view)->units, 3500 * 60 * (INT64_C(625) + 27648));
    event.usage_charged.price = INT64_MAX;
    say(&view, &event, 7);
    assert_int_equal(row_of(&view)->units, INT64_MAX);
    event = (event_t){.type = EVENT_hour_closed, .hour_closed.hour = 3 * HOUR_US};
    say(&view, &event, 8);
    assert_int_equal(notify_view_burn(&view, row_of(&view)), INT64_MAX);
    event.hour_closed.hour = 4 * HOUR_US;
    say(&view, &event, 9);
    assert_int_equal(notify_view_burn(&view, row_of(&view)), 0);
    notify_view_release(&view);
}

static void a_balance_and_an_hour_belong_together(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    event_t event = line(1, HOUR_US, 720);
    say(&view, &event, 7);
    assert_false(notify_view_is_consistent(&view, row_of(&view))); // no balance at all
    event = posted(1, 50, 0);
    (void)notify_view_take_event(&view, STREAM_LEDGER, &event, 1);
    assert_false(notify_view_is_consistent(&view, row_of(&view))); // the line is not posted
    notify_view_take_cursor(&view, 7);
    assert_true(notify_view_is_consistent(&view, row_of(&view)));
    event = posted(1, 49, 9);
    (void)notify_view_take_event(&view, STREAM_LEDGER, &event, 2);
    assert_false(notify_view_is_consistent(&view, row_of(&view))); // a line that is not heard
    event = line(1, 2 * HOUR_US, 720);
    say(&view, &event, 9);
    assert_true(notify_view_is_consistent(&view, row_of(&view)));
    event = (event_t){.type = EVENT_node_reseeded,
                      .node_reseeded = {.stream = STREAM_METERING, .sequence = 8}};
    (void)notify_view_take_event(&view, STREAM_LEDGER, &event, 3);
    assert_false(notify_view_is_consistent(&view, row_of(&view)));
    notify_view_release(&view);
}

static void what_is_forgotten_is_of_one_stream(void **state)
{
    (void)state;
    notify_view_t view;
    notify_view_init(&view);
    event_t event = line(1, HOUR_US, 720);
    say(&view, &event, 7);
    event = posted(1, 50, 7);
    (void)notify_view_take_event(&view, STREAM_LEDGER, &event, 1);
    event = (event_t){.type = EVENT_payment_created};
    event.payment_created.account = customer(1);
    event.payment_created.invoice = 5;
    (void)notify_view_take_event(&view, STREAM_PAYMENT, &event, 1);
    notify_view_reset(&view, STREAM_PAYMENT);
    assert_int_equal(row_of(&view)->invoice, 0);
    assert_int_equal(row_of(&view)->balance, 50);
    notify_view_reset(&view, STREAM_METERING);
    assert_int_equal(row_of(&view)->line, 0);
    assert_int_equal(view.heard, 0);
    assert_int_equal(row_of(&view)->head, 1);
    notify_view_reset(&view, STREAM_LEDGER);
    assert_int_equal(row_of(&view)->head, 0);
    assert_int_equal(view.posted, 0);
    notify_view_release(&view);
}

static void a_form_is_under_way_for_a_while_and_a_charge_until_it_ends(void **state)
{
    harness_t *h = *state;
    const notify_view_t *view = &state_of(h)->view;
    payment_begins(h, 1, 17, PAYMENT_KIND_TOPUP);
    assert_int_equal(notify_view_pending(row_of(view), NOON + 9, 10), 17);
    assert_int_equal(notify_view_pending(row_of(view), NOON + 10, 10), 0);
    payment_begins(h, 1, 18, PAYMENT_KIND_AUTOPAY);
    payment_begins(h, 1, 19, PAYMENT_KIND_TOPUP); // the charge is surer
    assert_int_equal(notify_view_pending(row_of(view), NOON + DAY_US, 10), 18);
    payment_fails(h, 1, 17);
    assert_int_equal(notify_view_pending(row_of(view), NOON + DAY_US, 10), 18);
    payment_fails(h, 1, 18);
    assert_int_equal(notify_view_pending(row_of(view), NOON, 10), 0);
    payment_begins(h, 1, 20, PAYMENT_KIND_AUTOPAY);
    event_t event = {.type = EVENT_payment_succeeded};
    event.payment_succeeded.account = customer(1);
    event.payment_succeeded.invoice = 20;
    notify_core.observe(h->state, STREAM_PAYMENT, &event, ++said.payment);
    assert_int_equal(notify_view_pending(row_of(view), NOON, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_newer_or_they_are_ignored),
        TEST(an_operators_word_of_an_account_is_heard),
        TEST(what_is_no_row_is_refused),
        TEST(an_hour_is_the_sum_of_its_closings_lines),
        TEST(a_balance_and_an_hour_belong_together),
        TEST(what_is_forgotten_is_of_one_stream),
        TEST(a_form_is_under_way_for_a_while_and_a_charge_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
