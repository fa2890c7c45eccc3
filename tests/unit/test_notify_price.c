// A price that metering announced is told to everybody who wants to hear of prices, once, whatever
// else goes on.
#include "notify_contacts.h"

static const uint64_t of_prices = UINT64_C(1) << (OUTBOX_WANTS_KINDS + NOTICE_PRICE);

static event_t announced(const char *code)
{
    event_t event = {.type = EVENT_tariff_announced};
    event.tariff_announced = (event_tariff_announced_t){
        .code = text_of(code), .effective = NOON + 30 * DAY_US, .before = 29000, .price = 32000};
    return event;
}

static void hear(harness_t *h, event_t event)
{
    event.at = h->now;
    assert_int_equal(harness_event(h, STREAM_METERING, ++said.metering, &event), FAIL_NONE);
}

static unsigned queued_for(harness_t *h, uint8_t account)
{
    unsigned count = 0;
    uid_t16 id = customer(account);
    for (uint64_t sequence = 1; sequence <= h->last; sequence++) {
        event_t event = harness_read(h, sequence);
        if (event.type != EVENT_notice_queued || event.notice_queued.kind != NOTICE_PRICE ||
            !uid_equal(&event.notice_queued.account, &id))
            continue;
        event_t told = harness_read(h, sequence - event.notice_queued.back);
        assert_int_equal(told.type, EVENT_price_heard);
        count++;
    }
    return count;
}

static void who_wants_to_hear_of_prices_is_told_once(void **state)
{
    harness_t *h = *state;
    request_t chosen = hook_of(3, HOOK, 1 << LADDER_LOW), prices = hook_of(4, HOOK, of_prices);
    set_hook(h, 1);
    set_hook(h, 2);
    assert_int_equal(command(h, &chosen), FAIL_NONE);
    assert_int_equal(command(h, &prices), FAIL_NONE);
    h->now += SECOND_US;
    hear(h, announced("nachalny"));
    hear(h, announced("pico"));
    const due_t *due = go(h, h->now);
    assert_int_equal(due->count, 3);
    assert_non_null(
        memmem(due->requests[0].body.data, due->requests[0].body.size, "\"price.announced\"", 17));
    assert_non_null(
        memmem(due->requests[0].body.data, due->requests[0].body.size, "\"nachalny\"", 10));
    for (uint8_t account = 1; account <= 4; account++)
        assert_int_equal(queued_for(h, account), account == 3 ? 0 : 2);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_int_equal(queued_for(h, 1), 2);
}

static void nobody_hears_of_what_was_announced_before_he_could(void **state)
{
    harness_t *h = *state;
    uint64_t last = h->last;
    hear(h, announced("nachalny")); // nobody is there
    assert_int_equal(h->last, last);
    set_hook(h, 1);
    event_t event = announced("nachalny");
    event.at = h->now - SECOND_US;
    assert_int_equal(harness_event(h, STREAM_METERING, ++said.metering, &event), FAIL_NONE);
    (void)go(h, h->now);
    assert_int_equal(queued_for(h, 1), 0);
}

// More accounts than one decision has events for.
static void any_number_of_accounts_is_told(void **state)
{
    enum { MANY = DECISION_EVENTS_MAX + 100 };
    harness_t *h = *state;
    notify_state_t *self = h->state;
    for (unsigned i = 0; i < MANY; i++) {
        request_t request = hook_of(1, HOOK, 0);
        request.contact_set.account.bytes[14] = (uint8_t)(i >> 8);
        request.contact_set.account.bytes[15] = (uint8_t)i;
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
    }
    h->now += SECOND_US;
    hear(h, announced("nachalny"));
    uint64_t before = h->last;
    while (self->prices.count)
        assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_int_equal(h->last - before, MANY + 1);
    assert_int_equal(harness_read(h, h->last).type, EVENT_price_told);
    assert_int_equal(table_used(&self->outbox->deliveries), MANY);
}

static void no_more_are_kept_than_a_contact_is_told(void **state)
{
    harness_t *h = *state;
    notify_state_t *self = h->state;
    set_hook(h, 1);
    for (unsigned i = 0; i < NOTIFY_PRICES_MAX + 3; i++)
        hear(h, announced("nachalny"));
    assert_int_equal(self->prices.count, NOTIFY_PRICES_MAX);
    while (self->prices.count)
        assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_int_equal(queued_for(h, 1), OUTBOX_WAITING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(who_wants_to_hear_of_prices_is_told_once),
        CONTACT_TEST(nobody_hears_of_what_was_announced_before_he_could),
        CONTACT_TEST(any_number_of_accounts_is_told),
        CONTACT_TEST(no_more_are_kept_than_a_contact_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
