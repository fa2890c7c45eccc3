// What is to be delivered, in which order, and what goes away with its contact.
#include "notify_contacts.h"

static notify_outbox_t outbox;
static uint64_t sequence;

static void apply(event_t event)
{
    event.at = NOON + (instant_t)sequence;
    notify_outbox_apply(&outbox, &event, ++sequence);
}

static void hook(uint8_t account, uint64_t wants)
{
    apply((event_t){.type = EVENT_contact_set,
                    .contact_set = {customer(account), CONTACT_WEBHOOK, {{0}}, wants, 0, 0}});
}

static uint64_t queue(uint8_t account)
{
    apply((event_t){.type = EVENT_notice_queued,
                    .notice_queued = {customer(account), NOTICE_LADDER, 1, 1 << CONTACT_WEBHOOK}});
    return sequence;
}

static void tried(uint8_t account, uint64_t notice, delivery_t what, uint64_t tries, instant_t next)
{
    apply((event_t){
        .type = EVENT_notice_tried,
        .notice_tried = {customer(account), CONTACT_WEBHOOK, notice, what, 0, tries, next}});
}

static uint64_t take(lane_t lane, instant_t now)
{
    uint32_t number = notify_outbox_take(&outbox, lane, now);
    return number == TABLE_NONE
               ? 0
               : ((notify_delivery_t *)table_row(&outbox.deliveries, number))->notice;
}

static void first_tries_go_in_order_one_at_a_time(void **state)
{
    (void)state;
    hook(1, 0);
    uint64_t one = queue(1), two = queue(1);
    instant_t later = NOON + HOUR_US;
    assert_int_equal(take(LANE_FRESH, later), one);
    assert_int_equal(take(LANE_FRESH, later), 0);
    tried(1, one, DELIVERY_TAKEN, 1, 0);
    assert_int_equal(take(LANE_FRESH, later), two);
    tried(1, two, DELIVERY_TAKEN, 1, 0);
    assert_int_equal(take(LANE_FRESH, later), 0);
    assert_int_equal(table_used(&outbox.deliveries), 0);
    assert_int_equal(outbox.delivered, 2);
}

static void what_was_not_taken_holds_up_nobody(void **state)
{
    (void)state;
    hook(1, 0);
    hook(2, 0);
    uint64_t one = queue(1), two = queue(1), other = queue(2);
    instant_t later = NOON + HOUR_US;
    assert_int_equal(take(LANE_FRESH, later), one);
    assert_int_equal(take(LANE_FRESH, later), other);
    tried(1, one, DELIVERY_AGAIN, 1, later + 5);
    assert_int_equal(take(LANE_FRESH, later), 0); // doubtful: it stands with those that go again
    assert_int_equal(take(LANE_AGAIN, later), two);
    assert_int_equal(take(LANE_AGAIN, later), 0);
    assert_int_equal(take(LANE_AGAIN, later + 5), one);
    tried(1, one, DELIVERY_TAKEN, 2, 0);
    tried(1, two, DELIVERY_GIVEN_UP, 10, 0);
    assert_int_equal(outbox.given_up, 1);
    assert_int_equal(heap_least(&outbox.oldest), NOON + (instant_t)other - 1);
}

static void nothing_goes_to_what_took_a_contacts_place(void **state)
{
    (void)state;
    hook(1, 0);
    (void)queue(1), (void)queue(1);
    hook(1, 0);
    assert_int_equal(table_used(&outbox.deliveries), 0);
    uint64_t third = queue(1);
    assert_int_equal(take(LANE_FRESH, NOON + HOUR_US), third);
    apply((event_t){.type = EVENT_contact_off,
                    .contact_off = {customer(1), CONTACT_WEBHOOK, CONTACT_IS_GONE, third}});
    assert_int_equal(table_used(&outbox.deliveries), 0);
    assert_int_equal(outbox.off, 1);
    uid_t16 account = customer(1);
    assert_int_equal(notify_outbox_to_step(&outbox, &account, LADDER_LOW), 0);
    hook(1, 0);
    assert_int_equal(outbox.off, 0);
    apply((event_t){.type = EVENT_contacts_erased, .contacts_erased = {customer(1)}});
    assert_null(notify_contacts(&outbox, &account));
    assert_int_equal(outbox.on, 0);
    tried(1, third, DELIVERY_AGAIN, 1, NOON); // of what is gone
}

static void only_what_is_wanted_is_told_and_not_without_end(void **state)
{
    (void)state;
    uid_t16 account = customer(1), unconfirmed = customer(2);
    hook(1, 1 << LADDER_LOW);
    apply((event_t){.type = EVENT_contact_set,
                    .contact_set = {unconfirmed, CONTACT_EMAIL, {{1}}, 0, 0, 0}});
    assert_int_equal(notify_outbox_to_step(&outbox, &account, LADDER_LOW), 1 << CONTACT_WEBHOOK);
    assert_int_equal(notify_outbox_to_step(&outbox, &account, LADDER_STOPPED), 0);
    assert_int_equal(notify_outbox_to_step(&outbox, &unconfirmed, LADDER_LOW), 0);
    apply((event_t){.type = EVENT_contact_confirmed,
                    .contact_confirmed = {unconfirmed, CONTACT_EMAIL}});
    assert_int_equal(notify_outbox_to_step(&outbox, &unconfirmed, LADDER_LOW), 1 << CONTACT_EMAIL);
    for (unsigned i = 0; i < OUTBOX_WAITING_MAX; i++)
        (void)queue(1);
    assert_int_equal(notify_outbox_to_step(&outbox, &account, LADDER_LOW), 0);
}

static void email(uint8_t account, instant_t at, uint64_t wants)
{
    sequence = (uint64_t)(at - NOON);
    apply((event_t){.type = EVENT_contact_set,
                    .contact_set = {customer(account), CONTACT_EMAIL, {{1}}, wants, 0, 0}});
    apply((event_t){.type = EVENT_contact_confirmed,
                    .contact_confirmed = {customer(account), CONTACT_EMAIL}});
}

static uint64_t mail(uint8_t account)
{
    apply((event_t){.type = EVENT_notice_queued,
                    .notice_queued = {customer(account), NOTICE_LADDER, 1, 1 << CONTACT_EMAIL}});
    return sequence;
}

static void mail_tried(uint8_t account, uint64_t notice, delivery_t what, instant_t next)
{
    apply((event_t){.type = EVENT_notice_tried,
                    .notice_tried = {customer(account), CONTACT_EMAIL, notice, what, 0, 1, next}});
}

static void e_mails_have_a_lane_of_their_own(void **state)
{
    (void)state;
    email(1, NOON, 0);
    hook(2, 0);
    uint64_t one = mail(1), two = mail(1), other = queue(2);
    instant_t later = NOON + HOUR_US;
    assert_int_equal(outbox.mails, 2);
    assert_int_equal(take(LANE_FRESH, later), other);
    assert_int_equal(take(LANE_FRESH, later), 0);
    assert_int_equal(take(LANE_MAIL, later), one);
    assert_int_equal(take(LANE_MAIL, later), 0);
    mail_tried(1, one, DELIVERY_AGAIN, later + 5);
    assert_int_equal(outbox.mail_failing, NOON + (instant_t)sequence - 1);
    assert_int_equal(take(LANE_MAIL, later), two);
    mail_tried(1, two, DELIVERY_SLOWER, later + 9); // of the address: the relay is well
    assert_int_equal(outbox.mail_failing, 0);
    assert_int_equal(take(LANE_AGAIN, later + 9), 0);
    assert_int_equal(take(LANE_MAIL, later + 9), one);
    mail_tried(1, one, DELIVERY_TAKEN, 0);
    assert_int_equal(outbox.mails, 1);
}

static void what_was_said_before_a_contact_is_not_told_to_it(void **state)
{
    (void)state;
    uid_t16 account = customer(1);
    email(1, NOON + MINUTE_US, 0);
    assert_int_equal(notify_outbox_to_heard(&outbox, &account, NOTICE_AUTOPAY_PAID, NOON), 0);
    assert_int_equal(notify_outbox_to_heard(&outbox, &account, NOTICE_AUTOPAY_PAID, NOON + HOUR_US),
                     1 << CONTACT_EMAIL);
}

static void an_announced_payment_is_told_whatever_was_chosen(void **state)
{
    (void)state;
    uid_t16 account = customer(1);
    instant_t later = NOON + HOUR_US;
    email(1, NOON, UINT64_C(1) << (OUTBOX_WANTS_KINDS + NOTICE_AUTOPAY_PAID));
    assert_int_equal(notify_outbox_to_heard(&outbox, &account, NOTICE_AUTOPAY_PAID, later),
                     1 << CONTACT_EMAIL);
    assert_int_equal(notify_outbox_to_heard(&outbox, &account, NOTICE_MANDATE_GIVEN, later), 0);
    assert_int_equal(notify_outbox_to_step(&outbox, &account, LADDER_LOW), 0);
    assert_int_equal(notify_outbox_to_heard(&outbox, &account, NOTICE_PAYMENT_ANNOUNCED, later),
                     1 << CONTACT_EMAIL);
}

static int begin(void **state)
{
    (void)state;
    sequence = 0;
    notify_outbox_init(&outbox);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    notify_outbox_release(&outbox);
    return 0;
}

#define OUTBOX_TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTBOX_TEST(first_tries_go_in_order_one_at_a_time),
        OUTBOX_TEST(what_was_not_taken_holds_up_nobody),
        OUTBOX_TEST(nothing_goes_to_what_took_a_contacts_place),
        OUTBOX_TEST(only_what_is_wanted_is_told_and_not_without_end),
        OUTBOX_TEST(e_mails_have_a_lane_of_their_own),
        OUTBOX_TEST(what_was_said_before_a_contact_is_not_told_to_it),
        OUTBOX_TEST(an_announced_payment_is_told_whatever_was_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
