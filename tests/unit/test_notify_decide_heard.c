// What others say is told to who has a contact, once for each event, and to nobody else.
#include "notify_contacts.h"

static void hear(harness_t *h, event_t event)
{
    static uint64_t sequence;
    event.at = h->now;
    assert_int_equal(harness_input(h, (input_t){.kind = INPUT_EVENT,
                                                .stream = STREAM_AUTOPAY,
                                                .sequence = ++sequence,
                                                .event = &event}),
                     FAIL_NONE);
}

static event_t settled(uint8_t account, outcome_t outcome, decline_t reason)
{
    event_t event = {.type = EVENT_autopay_settled};
    event.autopay_settled = (event_autopay_settled_t){
        .account = customer(account), .outcome = outcome, .reason = reason, .amount = 50000};
    return event;
}

static void tells(harness_t *h, event_t event, notice_kind_t kind)
{
    hear(h, event);
    event_t heard = harness_caused(h, 0, EVENT_notice_heard);
    assert_int_equal(heard.notice_heard.kind, kind);
    event_t queued = harness_caused(h, 1, EVENT_notice_queued);
    assert_int_equal(queued.notice_queued.kind, kind);
    assert_int_equal(queued.notice_queued.back, 1);
    assert_int_equal(queued.notice_queued.to, 1 << CONTACT_WEBHOOK);
}

static void each_event_of_autopay_is_told(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    event_t event = {.type = EVENT_autopay_mandate_noted};
    event.autopay_mandate_noted =
        (event_autopay_mandate_noted_t){.account = customer(1), .state = MANDATE_LIVE};
    tells(h, event, NOTICE_MANDATE_GIVEN);
    event.autopay_mandate_noted.state = MANDATE_REVOKED;
    tells(h, event, NOTICE_MANDATE_REVOKED);
    tells(h, settled(1, OUTCOME_SUCCEEDED, DECLINE_NONE), NOTICE_AUTOPAY_PAID);
    tells(h, settled(1, OUTCOME_DECLINED, DECLINE_REJECTED), NOTICE_AUTOPAY_DECLINED);
    event = (event_t){.type = EVENT_autopay_suspended};
    event.autopay_suspended.account = customer(1);
    tells(h, event, NOTICE_AUTOPAY_SUSPENDED);
    event = (event_t){.type = EVENT_autopay_card_gone};
    event.autopay_card_gone.account = customer(1);
    tells(h, event, NOTICE_AUTOPAY_SUSPENDED);
    event = (event_t){.type = EVENT_autopay_announced};
    event.autopay_announced = (event_autopay_announced_t){
        .account = customer(1), .amount = 50000, .earliest = NOON + DAY_US};
    tells(h, event, NOTICE_PAYMENT_ANNOUNCED);
    const due_t *due = go(h, NOON); // the first of them, and then one by one
    assert_int_equal(due->count, 1);
    assert_non_null(
        memmem(due->requests[0].body.data, due->requests[0].body.size, "\"mandate.given\"", 15));
}

static event_t came(uint8_t account, posting_kind_t kind)
{
    event_t event = posted(account, 50000, 0);
    event.posted.amount = 50000;
    event.posted.kind = kind;
    return event;
}

static void each_event_of_money_is_told(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    tells(h, came(1, POSTING_TOPUP), NOTICE_TOPPED_UP);
    assert_int_equal(harness_caused(h, 0, EVENT_notice_heard).notice_heard.amount, 50000);
    tells(h, came(1, POSTING_BANK), NOTICE_TRANSFER_CAME);
    event_t event = {.type = EVENT_refund_requested};
    event.refund_requested.account = customer(1);
    tells(h, event, NOTICE_REFUND_ASKED);
    event = (event_t){.type = EVENT_refund_done};
    event.refund_done.account = customer(1);
    tells(h, event, NOTICE_REFUND_DONE);
    event = (event_t){.type = EVENT_refund_ended};
    event.refund_ended.account = customer(1);
    event.refund_ended.why = REFUND_END_CABINET;
    tells(h, event, NOTICE_REFUND_FAILED);
    assert_int_equal(harness_caused(h, 0, EVENT_notice_heard).notice_heard.why, REFUND_END_CABINET);
    event = (event_t){.type = EVENT_bonus_ends_soon};
    event.bonus_ends_soon = (event_bonus_ends_soon_t){
        .account = customer(1), .amount = 300, .until = NOON + 7 * DAY_US};
    tells(h, event, NOTICE_BONUS_ENDS);
    assert_int_equal(harness_caused(h, 0, EVENT_notice_heard).notice_heard.until,
                     NOON + 7 * DAY_US);
    event = (event_t){.type = EVENT_account_closed};
    event.account_closed.account = customer(1);
    tells(h, event, NOTICE_ACCOUNT_CLOSED);
}

static void what_brings_no_money_to_him_is_not_told(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    uint64_t last = h->last;
    hear(h, came(1, POSTING_CHARGE));
    hear(h, came(1, POSTING_AUTOPAY)); // autopay says so
    event_t event = came(1, POSTING_TOPUP);
    event.posted.debit = SYSTEM_END;
    event.posted.credit = SYSTEM_CLEARING; // taken back by hand
    hear(h, event);
    event = (event_t){.type = EVENT_bonus_ends_soon};
    event.bonus_ends_soon.account = customer(1); // it is spent
    hear(h, event);
    assert_int_equal(h->last, last);
}

static void what_never_left_and_who_has_no_contact_leaves_no_trace(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    uint64_t last = h->last;
    hear(h, settled(1, OUTCOME_DECLINED, DECLINE_STALE));
    hear(h, settled(2, OUTCOME_SUCCEEDED, DECLINE_NONE));
    event_t event = {.type = EVENT_autopay_held};
    event.autopay_held.account = customer(1);
    hear(h, event);
    assert_int_equal(h->last, last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(each_event_of_autopay_is_told),
        CONTACT_TEST(each_event_of_money_is_told),
        CONTACT_TEST(what_brings_no_money_to_him_is_not_told),
        CONTACT_TEST(what_never_left_and_who_has_no_contact_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
