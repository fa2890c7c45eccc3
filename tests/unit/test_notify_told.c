// The last notices of an account: what each was about, and what became of it by each contact.
#include "notify_contacts.h"
#include "services/notify/notify_told.h"

static event_t queued(uint8_t account, uint64_t kind, uint64_t to)
{
    event_t event = {.type = EVENT_notice_queued, .at = NOON};
    event.notice_queued =
        (event_notice_queued_t){.account = customer(account), .kind = kind, .back = 1, .to = to};
    return event;
}

static event_t tried(uint8_t account, uint64_t notice, uint64_t contact, uint64_t delivery)
{
    event_t event = {.type = EVENT_notice_tried, .at = NOON};
    event.notice_tried = (event_notice_tried_t){
        .account = customer(account), .contact = contact, .notice = notice, .delivery = delivery};
    return event;
}

static void what_became_of_each_is_known_by_each_contact(void **state)
{
    (void)state;
    notify_told_t told;
    uid_t16 one = customer(1), two = customer(2);
    notify_told_init(&told);
    event_t event = queued(1, NOTICE_LADDER, 6);
    notify_told_apply(&told, &event, 100, LADDER_LOW);
    event = tried(1, 100, CONTACT_WEBHOOK, DELIVERY_AGAIN);
    notify_told_apply(&told, &event, 101, LADDER_LOW);
    event = tried(1, 99, CONTACT_EMAIL, DELIVERY_TAKEN); // of no notice that is kept
    notify_told_apply(&told, &event, 102, LADDER_LOW);
    const notify_told_row_t *row = notify_told(&told, &one, 0);
    assert_non_null(row);
    assert_int_equal(row->notice, 100);
    assert_int_equal(row->queued, NOON);
    assert_int_equal(row->step, LADDER_LOW);
    assert_int_equal(row->to, 6);
    assert_int_equal(row->came[CONTACT_EMAIL], 0);
    assert_int_equal(row->came[CONTACT_WEBHOOK], DELIVERY_AGAIN);
    assert_null(notify_told(&told, &one, 1));
    assert_null(notify_told(&told, &two, 0));
    notify_told_release(&told);
}

static void the_last_eight_are_kept_and_none_of_who_is_erased(void **state)
{
    (void)state;
    notify_told_t told;
    uid_t16 one = customer(1), two = customer(2);
    notify_told_init(&told);
    for (uint64_t i = 0; i <= TOLD_MAX; i++) {
        event_t event = queued(1, NOTICE_AUTOPAY_PAID, 2);
        notify_told_apply(&told, &event, 100 + i, LADDER_LOW);
    }
    event_t other = queued(2, NOTICE_CONFIRM, 2);
    notify_told_apply(&told, &other, 200, LADDER_LOW);
    assert_int_equal(notify_told(&told, &one, 0)->notice, 100 + TOLD_MAX);
    assert_int_equal(notify_told(&told, &one, 0)->step, 0); // of the ladder's steps alone
    assert_int_equal(notify_told(&told, &one, TOLD_MAX - 1)->notice, 101);
    assert_null(notify_told(&told, &one, TOLD_MAX));
    event_t event = {.type = EVENT_contacts_erased, .contacts_erased.account = one};
    notify_told_apply(&told, &event, 300, LADDER_NONE);
    assert_null(notify_told(&told, &one, 0));
    assert_int_equal(notify_told(&told, &two, 0)->notice, 200);
    notify_told_release(&told);
}

static void an_account_is_answered_with_what_it_was_told(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_told, .told.account = customer(1)};
    answer_t told;
    wire_t wire;
    uint64_t values[7];
    assert_int_equal(harness_query(h, &request, &told), FAIL_NONE);
    assert_int_equal(told.told.count, 0);
    set_hook(h, 1);
    balance_is(h, 1, 500);
    const due_t *due = go(h, NOON);
    uint64_t notice = h->last;
    assert_int_equal(due->count, 1);
    answer(h, due->requests[0].key, 204);
    assert_int_equal(harness_query(h, &request, &told), FAIL_NONE);
    assert_int_equal(told.told.count, 1);
    wire_start(&wire, told.told.rows.data, told.told.rows.size);
    assert_int_equal(wire_array(&wire, 7), 7);
    for (size_t i = 0; i < 7; i++)
        wire_u64(&wire, &values[i]);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_int_equal(values[0], notice);
    assert_int_equal(values[2], NOTICE_LADDER);
    assert_int_equal(values[3], LADDER_LOW);
    assert_int_equal(values[4], 1 << CONTACT_WEBHOOK);
    assert_int_equal(values[5], 0);
    assert_int_equal(values[6], DELIVERY_TAKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(what_became_of_each_is_known_by_each_contact),
        CONTACT_TEST(the_last_eight_are_kept_and_none_of_who_is_erased),
        CONTACT_TEST(an_account_is_answered_with_what_it_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
