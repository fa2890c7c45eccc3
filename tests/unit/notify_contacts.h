#pragma once
// notify_contacts - what tests of notify's contacts say: a webhook is set, notices go their way,
// and the rows that a decision put are those that are recalled.
#include "notify_words.h"

#include "services/base/webhook.h"
#include "services/notify/notify_contact.h"
#include "tests/model/side_rows.h"

#define HOOK "https://hooks.example/kopeck"
#define HOOK_KEY "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const notify_settings_t with_contacts = {.contacts = true,
                                                .mail_from = "billing@kopeck.example",
                                                .mail_choose = "https://kopeck.example/notices",
                                                .mail_patience = 10 * MINUTE_US};

static inline fail_t command(harness_t *h, const request_t *request)
{
    fail_t fail = harness_command(h, request);
    keep_rows(h);
    return fail;
}

static inline request_t hook_of(uint8_t account, const char *url, uint64_t wants)
{
    request_t request = {.type = REQUEST_contact_set};
    request.contact_set = (request_contact_set_t){.account = customer(account),
                                                  .kind = CONTACT_WEBHOOK,
                                                  .address = text_of(url),
                                                  .key = text_of(HOOK_KEY),
                                                  .wants = wants};
    return request;
}

static inline void set_hook(harness_t *h, uint8_t account)
{
    request_t request = hook_of(account, HOOK, 0);
    assert_int_equal(command(h, &request), FAIL_NONE);
}

static inline fail_t set_email(harness_t *h, uint8_t account, const char *address)
{
    request_t request = {.type = REQUEST_contact_set};
    request.contact_set = (request_contact_set_t){.account = customer(account),
                                                  .kind = CONTACT_EMAIL,
                                                  .address = text_of(address),
                                                  .language = SAID_IN_ENGLISH};
    return command(h, &request);
}

// As whoever reads the mails knows it.
static inline fail_t confirm_email(harness_t *h, uint8_t account)
{
    request_t request = {.type = REQUEST_contact_confirm};
    static char code[CONTACT_CODE_SIZE];
    request.contact_confirm.account = customer(account);
    for (size_t i = 0; i < side.count; i++) {
        recalled_t recalled = {.rows = &side.rows[i], .rows_count = 1};
        contact_row_t row;
        if (uid_equal(&side.rows[i].owner, &request.contact_confirm.account) &&
            contact_row_find(&recalled, CONTACT_EMAIL, &row)) {
            memcpy(code, row.code.data, row.code.size);
            request.contact_confirm.code = (text_t){code, row.code.size};
        }
    }
    return command(h, &request);
}

static inline fail_t erase(harness_t *h, uint8_t account)
{
    request_t request = {.type = REQUEST_contact_erase};
    request.contact_erase.account = customer(account);
    return command(h, &request);
}

// What is recalled for a wish.
static inline void bring(harness_t *h, const recall_t *wish)
{
    static side_row_t rows[SIDE_KINDS];
    event_t event;
    recalled_t recalled = {.wish = *wish, .rows = rows};
    if (wish->by == RECALL_ROWS)
        recalled.rows_count = rows_of(&wish->sought[0], rows);
    if (wish->by == RECALL_SEQUENCE) {
        event = harness_read(h, wish->number);
        recalled.event = &event;
    }
    assert_int_equal(harness_input(h, (input_t){.kind = INPUT_RECALLED, .recalled = &recalled}),
                     FAIL_NONE);
}

static inline const due_t *due_of(harness_t *h)
{
    static due_t due;
    static uint8_t scratch[DUE_SCRATCH_BYTES];
    due = (due_t){.at_once = DUE_REQUESTS_MAX, .scratch = scratch};
    notify_core.due(h->state, h->now, &due);
    return &due;
}

// Ticks, and recalls until nothing is to be recalled; what is wanted outside then.
static inline const due_t *go(harness_t *h, instant_t now)
{
    const due_t *due;
    h->now = now;
    assert_int_equal(harness_tick(h), FAIL_NONE);
    for (unsigned rounds = 0; rounds < 500; rounds++) {
        due = due_of(h);
        if (due->recalls_count) {
            recall_t wish = due->recalls[0];
            bring(h, &wish);
        } else if (due->wake <= now)
            assert_int_equal(harness_tick(h), FAIL_NONE);
        else
            return due;
    }
    fail_msg("it has no end");
    return NULL;
}

static inline void answer(harness_t *h, uint64_t key, unsigned status)
{
    result_t result = {
        .key = key, .what = status ? RESULT_ANSWERED : RESULT_NO_ANSWER, .http_status = status};
    assert_int_equal(harness_input(h, (input_t){.kind = INPUT_RESULT, .result = &result}),
                     FAIL_NONE);
}

static inline int enter(void **state)
{
    memset(&said, 0, sizeof said);
    memset(&side, 0, sizeof side);
    harness_t *h = harness_new(&notify_core, &with_contacts);
    h->once = true;
    h->current = true;
    h->now = NOON;
    *state = h;
    return 0;
}

#define CONTACT_TEST(name) cmocka_unit_test_setup_teardown(name, enter, teardown)
