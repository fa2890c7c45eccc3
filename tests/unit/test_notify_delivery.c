// A step's way to a webhook: signed, tried again by its table, once more after a start, never to
// another's.
#include "notify_contacts.h"
#include "services/notify/notify_mail.h"

static const outside_t *only(const due_t *due)
{
    assert_int_equal(due->count, 1);
    return &due->requests[0];
}

static text_t header(const outside_t *request, const char *name)
{
    for (size_t i = 0; i < request->headers_count; i++)
        if (text_equal(request->headers[i].name, text_of(name)))
            return request->headers[i].value;
    fail_msg("there is no header %s", name);
    return (text_t){0};
}

static span_t span(text_t text)
{
    return (span_t){text.data, text.size};
}

static bool is_signed(const outside_t *request, const char *secret, instant_t now)
{
    webhook_key_t key;
    webhook_t webhook = {.id = span(header(request, "webhook-id")),
                         .body = {(const char *)request->body.data, request->body.size}};
    assert_true(webhook_key_read(span_of(secret), &key));
    assert_true(
        webhook_timestamp_read(span(header(request, "webhook-timestamp")), &webhook.seconds));
    return webhook_verify(&webhook, span(header(request, "webhook-signature")), &key, 1,
                          now / SECOND_US);
}

static void a_step_goes_to_the_accounts_webhook_signed(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    balance_is(h, 2, 500); // has none
    const outside_t *request = only(go(h, NOON));
    assert_true(text_equal(request->url, text_of(HOOK)));
    assert_int_equal(request->method, OUTSIDE_POST);
    assert_true(request->public_only);
    assert_true(is_signed(request, HOOK_KEY, NOON));
    assert_false(is_signed(request, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NOON));
    answer(h, request->key, 204);
    event_t tried = harness_caused(h, 0, EVENT_notice_tried);
    assert_int_equal(tried.notice_tried.delivery, DELIVERY_TAKEN);
    assert_int_equal(tried.notice_tried.status, 204);
    assert_int_equal(go(h, NOON + DAY_US)->count, 0);
}

static void it_is_tried_ten_times_in_a_day_under_one_name(void **state)
{
    harness_t *h = *state;
    char name[64] = "";
    instant_t now = NOON;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    for (unsigned tries = 1; tries <= WEBHOOK_TRIES_MAX; tries++) {
        const outside_t *request = only(go(h, now));
        text_t id = header(request, "webhook-id");
        assert_true(tries == 1 || strncmp(name, id.data, id.size) == 0);
        memcpy(name, id.data, id.size);
        assert_true(is_signed(request, HOOK_KEY, now));
        answer(h, request->key, tries % 2 ? 500 : 0);
        event_t tried = harness_caused(h, 0, EVENT_notice_tried);
        assert_int_equal(tried.notice_tried.tries, tries);
        instant_t at = 0;
        (void)webhook_next_try(NOON, tries, &at);
        assert_int_equal(tried.notice_tried.next, at);
        assert_int_equal(tried.notice_tried.delivery, at ? DELIVERY_AGAIN : DELIVERY_GIVEN_UP);
        if (at)
            assert_int_equal(due_of(h)->wake, at);
        now = at;
    }
    assert_int_equal(state_of(h)->outbox->given_up, 1);
    assert_int_equal(table_used(&state_of(h)->outbox->deliveries), 0);
}

static void who_asks_for_fewer_is_left_alone_for_longer(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    answer(h, only(go(h, NOON))->key, 429);
    event_t tried = harness_caused(h, 0, EVENT_notice_tried);
    assert_int_equal(tried.notice_tried.delivery, DELIVERY_SLOWER);
    assert_int_equal(tried.notice_tried.next, NOON + 5 * MINUTE_US);
}

static void one_that_is_gone_is_told_nothing_more(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    answer(h, only(go(h, NOON))->key, 410);
    (void)harness_caused(h, 1, EVENT_contact_off);
    balance_is(h, 1, -5);
    assert_int_equal(go(h, NOON + DAY_US)->count, 0);
    assert_int_equal(state_of(h)->outbox->off, 1);
}

static void after_a_start_it_goes_out_again(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    outside_t before = *only(go(h, NOON));
    uint64_t key = before.key;
    harness_t *again = harness_replay(h);
    again->once = true;
    assert_int_equal(only(go(again, NOON + 1))->key, key);
    harness_destroy(&again);
}

static void a_dead_endpoint_slows_nobody(void **state)
{
    harness_t *h = *state;
    enum { DEAD = 40, WELL = 20 };
    for (uint8_t i = 1; i <= DEAD + WELL; i++) {
        set_hook(h, i);
        balance_is(h, i, 500);
    }
    // All are new, so those that hang take their places; then they are known.
    const due_t *due = go(h, NOON);
    for (unsigned rounds = 0; due->count && rounds < 10; rounds++) {
        uint64_t keys[DUE_REQUESTS_MAX];
        size_t count = due->count;
        for (size_t i = 0; i < count; i++)
            keys[i] = due->requests[i].key;
        for (size_t i = 0; i < count; i++) {
            const notify_delivery_t *row =
                notify_outbox_find(state_of(h)->outbox, keys[i] >> 4, CONTACT_WEBHOOK);
            answer(h, keys[i], row->account.bytes[15] <= DEAD ? 0 : 200);
        }
        due = go(h, NOON);
    }
    assert_int_equal(state_of(h)->outbox->delivered, WELL);
    for (uint8_t i = 1; i <= DEAD + WELL; i++)
        balance_is(h, i, -500);
    due = go(h, NOON + MINUTE_US); // again those of before, and everybody's next
    size_t well = 0;
    for (size_t i = 0; i < due->count; i++) {
        const notify_delivery_t *row =
            notify_outbox_find(state_of(h)->outbox, due->requests[i].key >> 4, CONTACT_WEBHOOK);
        well += row->account.bytes[15] > DEAD;
    }
    assert_int_equal(well, WELL);
}

static void what_was_under_way_when_its_contact_went_is_dropped(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    balance_is(h, 1, 500);
    uint64_t key = only(go(h, NOON))->key;
    assert_int_equal(erase(h, 1), FAIL_NONE);
    assert_int_equal(due_of(h)->count, 0);
    answer(h, key, 200);
    assert_int_equal(h->count, 0);
}

static void a_row_that_cannot_be_read_is_given_up(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    side.count = 0; // as after an older side store was put back
    balance_is(h, 1, 500);
    assert_int_equal(go(h, NOON)->count, 0);
    event_t tried = harness_read(h, h->last);
    assert_int_equal(tried.type, EVENT_notice_tried);
    assert_int_equal(tried.notice_tried.delivery, DELIVERY_UNREADABLE);
    assert_int_equal(state_of(h)->outbox->given_up, 1);
}

// --- secrets that change ---

#define HOOK_KEY_NEXT "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAECAwQFBgc="

static void for_a_day_two_secrets_sign(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    request_t request = hook_of(1, HOOK, 0);
    request.contact_set.key = text_of(HOOK_KEY_NEXT);
    h->now += 1;
    assert_int_equal(command(h, &request), FAIL_NONE);
    balance_is(h, 1, 500);
    const outside_t *sent = only(go(h, NOON + DAY_US));
    assert_true(is_signed(sent, HOOK_KEY_NEXT, NOON + DAY_US));
    assert_true(is_signed(sent, HOOK_KEY, NOON + DAY_US));
    answer(h, sent->key, 204);
    balance_is(h, 1, 50000);
    sent = only(go(h, NOON + DAY_US + 1));
    assert_true(is_signed(sent, HOOK_KEY_NEXT, NOON + DAY_US + 1));
    assert_false(is_signed(sent, HOOK_KEY, NOON + DAY_US + 1));
}

// --- e-mails ---

static alarm_t alarmed;

static void note_alarm(void *arg, alarm_t code, const char *about)
{
    (void)arg, (void)about;
    alarmed = code;
}

static void relay_answers(harness_t *h, uint64_t key, unsigned status, bool at_recipient,
                          const char *line)
{
    result_t result = {.key = key,
                       .what = status ? RESULT_ANSWERED : RESULT_NO_ANSWER,
                       .http_status = status,
                       .at_recipient = at_recipient,
                       .body = {(const uint8_t *)line, (uint32_t)strlen(line)}};
    assert_int_equal(harness_input(h, (input_t){.kind = INPUT_RESULT, .result = &result}),
                     FAIL_NONE);
}

static const outside_t *confirmed(harness_t *h, uint8_t account, const char *address)
{
    assert_int_equal(set_email(h, account, address), FAIL_NONE);
    const outside_t *sent = only(go(h, h->now));
    assert_int_equal(sent->method, OUTSIDE_MAIL);
    assert_true(text_equal(sent->url, text_of(address)));
    relay_answers(h, sent->key, 250, false, "");
    assert_int_equal(confirm_email(h, account), FAIL_NONE);
    balance_is(h, account, 500);
    return only(go(h, h->now));
}

static void a_step_is_mailed_to_the_accounts_address(void **state)
{
    harness_t *h = *state;
    const outside_t *sent = confirmed(h, 1, "anna@mail.example");
    assert_int_equal(sent->method, OUTSIDE_MAIL);
    assert_true(text_equal(sent->url, text_of("anna@mail.example")));
    assert_non_null(memmem(sent->body.data, sent->body.size, "\r\nTo: <anna@mail.example>", 25));
    relay_answers(h, sent->key, 250, false, "");
    assert_int_equal(harness_caused(h, 0, EVENT_notice_tried).notice_tried.delivery,
                     DELIVERY_TAKEN);
    assert_int_equal(go(h, h->now + DAY_US)->count, 0);
}

static void a_refused_address_is_off_and_a_refusing_relay_is_tried_again(void **state)
{
    harness_t *h = *state;
    const outside_t *sent = confirmed(h, 1, "anna@mail.example");
    static char first[MAIL_SIZE_MAX];
    size_t size = sent->body.size;
    memcpy(first, sent->body.data, size);
    relay_answers(h, sent->key, 550, true, "550 5.7.1 no relaying");
    assert_int_equal(harness_caused(h, 0, EVENT_notice_tried).notice_tried.delivery,
                     DELIVERY_AGAIN);
    sent = only(go(h, h->now + 5 * SECOND_US));
    assert_int_equal(sent->body.size, size); // the same bytes: a mailbox knows a repetition
    assert_memory_equal(sent->body.data, first, size);
    relay_answers(h, sent->key, 550, true, "550 5.1.1 no such user");
    assert_int_equal(harness_caused(h, 0, EVENT_notice_tried).notice_tried.delivery,
                     DELIVERY_BOUNCED);
    assert_int_equal(harness_caused(h, 1, EVENT_contact_off).contact_off.state, CONTACT_IS_BOUNCED);
    balance_is(h, 1, -500);
    assert_int_equal(go(h, h->now + DAY_US)->count, 0);
}

static void a_dead_relay_keeps_no_webhook_waiting(void **state)
{
    harness_t *h = *state;
    enum { MAILED = 30 };
    char address[64];
    for (uint8_t i = 1; i <= MAILED; i++) { // all their codes wait
        snprintf(address, sizeof address, "user%u@mail.example", i);
        assert_int_equal(set_email(h, i, address), FAIL_NONE);
    }
    set_hook(h, MAILED + 1);
    balance_is(h, MAILED + 1, 500);
    const due_t *due = go(h, NOON);
    size_t mails = 0, hooks = 0;
    for (size_t i = 0; i < due->count; i++)
        *(due->requests[i].method == OUTSIDE_MAIL ? &mails : &hooks) += 1;
    assert_int_equal(mails, 8);
    assert_int_equal(hooks, 1);
}

static void a_relay_that_takes_nothing_is_an_alarm(void **state)
{
    harness_t *h = *state;
    const outside_t *sent = confirmed(h, 1, "anna@mail.example");
    relay_answers(h, sent->key, 0, false, "");
    assert_int_equal(state_of(h)->outbox->mail_failing, h->now);
    assert_int_equal(state_of(h)->outbox->mails, 1);
    alarmed = 0;
    notify_core.light(h->state, h->now + 10 * MINUTE_US - 1, note_alarm, NULL);
    assert_int_equal(alarmed, 0);
    notify_core.light(h->state, h->now + 10 * MINUTE_US, note_alarm, NULL);
    assert_int_equal(alarmed, ALARM_MAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(a_step_goes_to_the_accounts_webhook_signed),
        CONTACT_TEST(it_is_tried_ten_times_in_a_day_under_one_name),
        CONTACT_TEST(who_asks_for_fewer_is_left_alone_for_longer),
        CONTACT_TEST(one_that_is_gone_is_told_nothing_more),
        CONTACT_TEST(after_a_start_it_goes_out_again),
        CONTACT_TEST(a_dead_endpoint_slows_nobody),
        CONTACT_TEST(what_was_under_way_when_its_contact_went_is_dropped),
        CONTACT_TEST(a_row_that_cannot_be_read_is_given_up),
        CONTACT_TEST(for_a_day_two_secrets_sign),
        CONTACT_TEST(a_step_is_mailed_to_the_accounts_address),
        CONTACT_TEST(a_refused_address_is_off_and_a_refusing_relay_is_tried_again),
        CONTACT_TEST(a_dead_relay_keeps_no_webhook_waiting),
        CONTACT_TEST(a_relay_that_takes_nothing_is_an_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
