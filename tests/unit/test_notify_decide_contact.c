// Contacts are set and erased: the event says that there is one, the row what it is.
#include "notify_contacts.h"

static void nothing_of_a_contact_is_in_the_journal(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    event_t event = harness_caused(h, 0, EVENT_contact_set);
    assert_int_equal(event.contact_set.kind, CONTACT_WEBHOOK);
    assert_int_equal(h->count, 1);
    assert_int_equal(side.count, 1);
    assert_null(memmem(h->bytes, h->bytes_size, "hooks.example", 13));
    assert_null(memmem(h->bytes, h->bytes_size, "whsec_", 6));
    assert_non_null(memmem(side.bytes[0], side.rows[0].bytes.size, "hooks.example", 13));
}

static void what_is_no_contact_is_refused(void **state)
{
    harness_t *h = *state;
    request_t request = hook_of(1, "http://hooks.example/", 0);
    assert_int_equal(command(h, &request), FAIL_INVALID);
    request = hook_of(1, HOOK, 1 << (LADDER_DELETABLE + 1));
    assert_int_equal(command(h, &request), FAIL_INVALID);
    request = hook_of(1, HOOK, 0);
    request.contact_set.key = text_of("whsec_AAAA");
    assert_int_equal(command(h, &request), FAIL_INVALID);
    assert_int_equal(set_email(h, 1, "anna@localhost"), FAIL_INVALID);
    assert_int_equal(set_email(h, 1, "anna@mail.example\r\nBcc: eve@mail.example"), FAIL_INVALID);
    assert_int_equal(side.count, 0);
    request = (request_t){.type = REQUEST_contact_confirm};
    assert_int_equal(command(h, &request), FAIL_STATE);
}

static void whoever_is_erased_leaves_no_row(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    set_hook(h, 2);
    assert_int_equal(erase(h, 1), FAIL_NONE);
    (void)harness_caused(h, 0, EVENT_contacts_erased);
    assert_int_equal(side.count, 1);
    uid_t16 one = customer(1), two = customer(2);
    assert_null(notify_contacts(state_of(h)->outbox, &one));
    assert_non_null(notify_contacts(state_of(h)->outbox, &two));
    assert_int_equal(erase(h, 1), FAIL_NONE); // a row may be there that the journal lost
    assert_int_equal(state_of(h)->outbox->on, 1);
}

static void without_keys_none_is_kept(void **state)
{
    harness_t *h = harness_new(&notify_core, NULL);
    char what[200];
    h->once = true;
    request_t request = hook_of(1, HOOK, 0);
    assert_int_equal(harness_command(h, &request), FAIL_STATE);
    assert_int_equal(erase(h, 1), FAIL_STATE);
    assert_false(notify_core.lacks(h->state, what, sizeof what));
    harness_destroy(&h);
    h = *state;
    set_hook(h, 1);
    h->settings = NULL;
    harness_t *again = harness_replay(h);
    assert_true(notify_core.lacks(again->state, what, sizeof what));
    harness_destroy(&again);
}

static void an_account_is_told_by_what_contacts_it_has(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_contact, .contact.account = customer(1)};
    answer_t told = {.type = REQUEST_contact};
    uint8_t scratch[8192];
    query_t query = {.answer = &told, .scratch = scratch, .scratch_size = sizeof scratch};
    assert_int_equal(notify_core.query(h->state, &request, NULL, 0, &query), FAIL_MISSING);
    set_hook(h, 1);
    assert_int_equal(notify_core.query(h->state, &request, NULL, 0, &query), FAIL_LATER);
    assert_int_equal(query.recall.by, RECALL_ROWS);
    recalled_t recalled = {.wish = query.recall, .rows = side.rows, .rows_count = side.count};
    query.recalled = &recalled;
    assert_int_equal(notify_core.query(h->state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(told.contact.webhook, CONTACT_IS_ON);
    assert_int_equal(told.contact.email, CONTACT_IS_NONE);
    assert_true(text_equal(told.contact.webhook_address, text_of(HOOK)));
}

static void an_address_is_confirmed_by_its_code_once(void **state)
{
    harness_t *h = *state;
    assert_int_equal(set_email(h, 1, "anna@mail.example"), FAIL_NONE);
    assert_int_equal(harness_caused(h, 1, EVENT_notice_queued).notice_queued.kind, NOTICE_CONFIRM);
    assert_null(memmem(h->bytes, h->bytes_size, "anna@", 5));
    balance_is(h, 1, 500); // nothing is told before
    (void)go(h, h->now);
    uid_t16 account = customer(1);
    assert_int_equal(notify_outbox_to_step(state_of(h)->outbox, &account, LADDER_LOW), 0);
    h->now += DAY_US + 1;
    assert_int_equal(confirm_email(h, 1), FAIL_EXPIRED);
    h->now -= DAY_US;
    assert_int_equal(confirm_email(h, 2), FAIL_STATE);
    assert_int_equal(confirm_email(h, 1), FAIL_NONE);
    assert_int_equal(confirm_email(h, 1), FAIL_STATE);
    assert_int_equal(notify_outbox_to_step(state_of(h)->outbox, &account, LADDER_LOW),
                     1 << CONTACT_EMAIL);
}

static void a_code_is_sent_once_a_minute(void **state)
{
    harness_t *h = *state;
    assert_int_equal(set_email(h, 1, "anna@mail.example"), FAIL_NONE);
    h->now += MINUTE_US - 1;
    assert_int_equal(set_email(h, 1, "anna@mail.example"), FAIL_STATE);
    h->now += 1;
    assert_int_equal(set_email(h, 1, "anna@mail.example"), FAIL_NONE);
}

static void a_secret_that_is_changed_leaves_the_one_before(void **state)
{
    harness_t *h = *state;
    set_hook(h, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_contact_set).contact_set.row, CONTACT_WEBHOOK);
    set_hook(h, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_contact_set).contact_set.row, CONTACT_ROW_SECOND);
    assert_int_equal(side.count, 2);
    set_hook(h, 1);
    assert_int_equal(side.count, 2);
}

static fail_t choose(harness_t *h, uint8_t account, uint64_t kind, uint64_t wants)
{
    request_t request = {.type = REQUEST_contact_choose};
    request.contact_choose = (request_contact_choose_t){
        .account = customer(account), .kind = kind, .wants = wants, .language = SAID_IN_RUSSIAN};
    return command(h, &request);
}

static void a_choice_leaves_the_contact_as_it_is(void **state)
{
    harness_t *h = *state;
    uid_t16 one = customer(1);
    assert_int_equal(choose(h, 1, CONTACT_EMAIL, 0), FAIL_MISSING);
    assert_int_equal(set_email(h, 1, "anna@mail.example"), FAIL_NONE);
    assert_int_equal(choose(h, 1, CONTACT_WEBHOOK, 0), FAIL_MISSING);
    assert_int_equal(confirm_email(h, 1), FAIL_NONE);
    size_t rows = side.count;
    assert_int_equal(choose(h, 1, CONTACT_EMAIL, 1 << (LADDER_DELETABLE + 1)), FAIL_INVALID);
    assert_int_equal(choose(h, 1, CONTACT_EMAIL, 1 << LADDER_STOPPED), FAIL_NONE);
    assert_int_equal(side.count, rows);
    const notify_contact_t *contact =
        notify_contact_of(notify_contacts(state_of(h)->outbox, &one), CONTACT_EMAIL);
    assert_int_equal(contact->state, CONTACT_IS_ON);
    assert_int_equal(contact->language, SAID_IN_RUSSIAN);
    assert_int_equal(notify_outbox_to_step(state_of(h)->outbox, &one, LADDER_LOW), 0);
    assert_int_equal(notify_outbox_to_step(state_of(h)->outbox, &one, LADDER_STOPPED),
                     1 << CONTACT_EMAIL);
    assert_int_equal(choose(h, 1, CONTACT_EMAIL, 0), FAIL_NONE);
    assert_int_equal(notify_outbox_to_step(state_of(h)->outbox, &one, LADDER_LOW),
                     1 << CONTACT_EMAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(nothing_of_a_contact_is_in_the_journal),
        CONTACT_TEST(what_is_no_contact_is_refused),
        CONTACT_TEST(whoever_is_erased_leaves_no_row),
        CONTACT_TEST(without_keys_none_is_kept),
        CONTACT_TEST(an_account_is_told_by_what_contacts_it_has),
        CONTACT_TEST(an_address_is_confirmed_by_its_code_once),
        CONTACT_TEST(a_code_is_sent_once_a_minute),
        CONTACT_TEST(a_secret_that_is_changed_leaves_the_one_before),
        CONTACT_TEST(a_choice_leaves_the_contact_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
