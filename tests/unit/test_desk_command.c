// A command of the desk from its form to its answer, without HTTP: what is done is what was shown.
#include "tools/desk/desk_command.h"
#include "proto/codes.h"
#include "proto/wire.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define ACCOUNT "01234567-89ab-7def-8123-456789abcdef"
#define FIELDS "credit=" ACCOUNT "&amount=100&reason=1"

static desk_face_t face;
static char cookie[VISIT_RIG_COOKIE], ticket[TICKET_SIZE + 1];

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin_desk(cookie);
    memset(&face, 0, sizeof face);
    return 0;
}

// A form of his own, from his own browser.
static bool come(const char *method, const char *path, const char *form)
{
    static char text[1024];
    static const char plain[] = "application/x-www-form-urlencoded";
    snprintf(text, sizeof text, "%s", form);
    bool post = strcmp(method, "POST") == 0;
    web_visit_release(&visit_rig);
    visit_rig = (web_visit_t){.site = &visit_rig_site,
                              .face = &face,
                              .head = {.cookie = cookie,
                                       .host = "127.0.0.1:8099",
                                       .fetch_site = "same-origin",
                                       .content_type = plain},
                              .method = method,
                              .path = path,
                              .query = post ? SPAN("") : span_of(text),
                              .body = post ? span_of(text) : SPAN(""),
                              .now = VISIT_RIG_NOW,
                              .now_ms = 1000};
    return web_visit_begin(&visit_rig);
}

static void answer_balance(kopecks_t cash)
{
    answer_t answer = {.type = REQUEST_balance};
    answer.balance = (answer_balance_t){.cash = cash};
    visit_rig_answer(0, &answer);
}

// The review of a correction beside that balance; its ticket is kept.
static void review(kopecks_t cash)
{
    assert_true(come("POST", "/desk/check/credit", FIELDS));
    assert_false(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_balance);
    answer_balance(cash);
    assert_true(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.status, 200);
    // Behind the form's own beginning: the way out above has one too.
    const char *form = memmem(visit_rig.page, visit_rig.page_size, "/desk/do/credit", 15);
    assert_non_null(form);
    size_t left = visit_rig.page_size - (size_t)(form - visit_rig.page);
    const char *at = memmem(form, left, "name=\"ticket\" value=\"", 21);
    assert_non_null(at);
    memcpy(ticket, at + 21, TICKET_SIZE);
    ticket[TICKET_SIZE] = '\0';
}

// Presses the button; true when the command was asked for.
static bool press(const char *fields, kopecks_t cash)
{
    char form[512];
    snprintf(form, sizeof form, "ticket=%s&%s", ticket, fields);
    assert_true(come("POST", "/desk/do/credit", form));
    if (visit_rig_step(desk_command_do))
        return false;
    if (visit_rig.requests[0].type == REQUEST_post)
        return true;
    answer_balance(cash);
    return !visit_rig_step(desk_command_do);
}

static void what_will_be_stands_beside_what_is(void **state)
{
    (void)state;
    review(50000);
    assert_true(visit_rig_shows("500,00\u00a0₽") && visit_rig_shows("600,00\u00a0₽"));
    assert_true(visit_rig_shows("исправление ошибки") && visit_rig_shows("выручка"));
}

static void the_command_is_what_was_shown_under_the_tickets_id(void **state)
{
    (void)state;
    web_ticket_t read;
    static const uid_t16 nobody;
    review(50000);
    assert_true(press(FIELDS, 50000));
    const request_t *request = &visit_rig.requests[0];
    assert_int_equal(request->type, REQUEST_post);
    assert_int_equal(request->post.amount, 10000);
    assert_int_equal(request->post.kind, POSTING_CORRECTION);
    assert_int_equal(request->post.reason, REASON_MISTAKE);
    assert_int_equal(request->access_token.size, 0); // his certificate speaks, and nobody's token
    assert_true(web_ticket_read(&visit_rig_site.form_key, "/desk/do/credit", &nobody,
                                span_of(ticket), VISIT_RIG_NOW, &read));
    assert_true(uid_equal(&request->id, &read.command));
    answer_t done = {.type = REQUEST_post};
    visit_rig_answer(0, &done);
    assert_true(visit_rig_step(desk_command_do));
    assert_int_equal(visit_rig.status, 303);
    assert_non_null(
        strstr(visit_rig.location, "/desk/done?name=credit&pending=0&account=" ACCOUNT "&proof="));
}

static void another_state_than_was_shown_is_told_and_nothing_sent(void **state)
{
    (void)state;
    review(50000);
    assert_false(press(FIELDS, 50001));
    assert_int_equal(visit_rig.status, 409);
    assert_true(visit_rig_shows("данные изменились"));
}

static void other_values_than_were_shown_are_not_sent(void **state)
{
    (void)state;
    review(50000);
    assert_false(press("credit=" ACCOUNT "&amount=1000&reason=1", 50000));
    assert_int_equal(visit_rig.status, 409);
    review(50000);
    assert_false(press("credit=" ACCOUNT "&amount=100&reason=2", 50000));
    assert_int_equal(visit_rig.status, 409);
}

static void a_form_that_is_sent_twice_is_one_command(void **state)
{
    (void)state;
    review(50000);
    assert_true(press(FIELDS, 50000));
    uid_t16 first = visit_rig.requests[0].id;
    assert_true(press(FIELDS, 60000)); // it was carried out: the state is another one by now
    assert_true(uid_equal(&visit_rig.requests[0].id, &first));
    assert_int_equal(visit_rig.requests[0].post.amount, 10000);
}

static void what_was_refused_is_held_against_the_state_again(void **state)
{
    (void)state;
    review(50000);
    assert_true(press(FIELDS, 50000));
    answer_t refused = {.type = REQUEST_post, .fail = FAIL_STATE};
    visit_rig_answer(0, &refused);
    assert_true(visit_rig_step(desk_command_do));
    assert_int_equal(visit_rig.status, 409);
    assert_true(visit_rig_shows("Не выполнено"));
    assert_false(press(FIELDS, 60000));
    assert_int_equal(visit_rig.status, 409);
    assert_true(visit_rig_shows("данные изменились"));
}

static void without_the_state_there_is_nothing_to_confirm(void **state)
{
    (void)state;
    assert_true(come("POST", "/desk/check/credit", FIELDS));
    assert_false(visit_rig_step(desk_command_check));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.status, 409);
    assert_false(visit_rig_shows("name=\"ticket\" value=\"v1") && visit_rig_shows("/desk/do/"));
}

static void what_waits_for_another_is_said_and_an_address_says_nothing(void **state)
{
    (void)state;
    review(50000);
    assert_true(press(FIELDS, 50000));
    answer_t done = {.type = REQUEST_post};
    done.post.pending = true;
    visit_rig_answer(0, &done);
    assert_true(visit_rig_step(desk_command_do));
    char query[512];
    snprintf(query, sizeof query, "%s", strchr(visit_rig.location, '?') + 1);
    assert_true(come("GET", "/desk/done", query));
    assert_true(visit_rig_step(desk_command_done));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("второго человека"));
    *strstr(query, "pending=1") = 'x';
    assert_true(come("GET", "/desk/done", query));
    assert_true(visit_rig_step(desk_command_done));
    assert_int_equal(visit_rig.status, 404);
}

static void strangers_other_sites_and_other_hosts_get_nothing(void **state)
{
    (void)state;
    assert_true(come("POST", "/desk/check/credit", FIELDS));
    visit_rig.head.fetch_site = "cross-site";
    assert_true(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.status, 403);
    cookie[sizeof "__Host-kopeck-desk="] ^= 1;
    assert_true(come("POST", "/desk/check/credit", FIELDS));
    assert_true(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.status, 401);
    static const char *const hosts[] = {"desk.example", "127.0.0.1.example:8099", "localhost.test",
                                        ""};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        assert_true(come("GET", "/desk", ""));
        visit_rig.head.host = hosts[i];
        free(visit_rig.form_buffer);
        visit_rig.form_buffer = NULL;
        assert_false(web_visit_begin(&visit_rig));
        assert_int_equal(visit_rig.status, 421);
    }
}

static uint8_t lot_rows[256];

// Two lots of the ledger, of which the second is a bonus that was used in part.
static void answer_lots(kopecks_t left)
{
    const uint64_t rows[2][8] = {{LOT_CASH, 40, 900, 900}, {LOT_BONUS, 41, 700, (uint64_t)left}};
    pack_t pack;
    pack_start(&pack, lot_rows, sizeof lot_rows);
    for (size_t i = 0; i < 2; i++) {
        pack_array(&pack, 9);
        for (size_t n = 0; n < 8; n++)
            pack_u64(&pack, rows[i][n]);
        pack_flag(&pack, false);
    }
    answer_t answer = {.type = REQUEST_lots};
    answer.lots =
        (answer_lots_t){.bonus = 1000, .count = 2, .rows = {lot_rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(0, &answer);
}

static void a_bonus_ends_with_all_that_is_left_of_it(void **state)
{
    (void)state;
    static const char *const fields[] = {"account=" ACCOUNT "&lot=41&reason=1",
                                         "account=" ACCOUNT "&lot=40&reason=1",
                                         "account=" ACCOUNT "&lot=42&reason=1"};
    for (size_t i = 0; i < 3; i++) { // of cash, and of what is not there, nothing is offered
        assert_true(come("POST", "/desk/check/void", fields[i]));
        assert_false(visit_rig_step(desk_command_check));
        assert_int_equal(visit_rig.requests[0].type, REQUEST_lots);
        answer_lots(300);
        assert_true(visit_rig_step(desk_command_check));
        assert_int_equal(visit_rig_shows("/desk/do/void\""), i == 0);
    }
    assert_true(come("POST", "/desk/check/void", fields[0]));
    assert_false(visit_rig_step(desk_command_check));
    answer_lots(300);
    assert_true(visit_rig_step(desk_command_check));
    assert_true(visit_rig_shows("3,00"));
    assert_true(visit_rig_shows("7,00")); // what is left of 10,00 of bonus
}

static uint8_t policy_rows[256];

static void answer_policy(uint64_t sequence, uint64_t late_us)
{
    pack_t pack;
    uint8_t bytes[128];
    event_t event = {.type = EVENT_metering_policy_changed, .at = VISIT_RIG_NOW};
    event.metering_policy_changed = (event_metering_policy_changed_t){
        .settle_us = 120 * SECOND_US, .late_us = late_us, .ahead_us = 60 * SECOND_US};
    size_t size = event_encode(&event, bytes, sizeof bytes);
    pack_start(&pack, policy_rows, sizeof policy_rows);
    pack_array(&pack, 5);
    pack_u64(&pack, sequence);
    pack_text(&pack, text_of("operator"));
    pack_text(&pack, text_of(""));
    pack_bytes(&pack, bytes, size);
    pack_bytes(&pack, bytes, size);
    answer_t answer = {.type = REQUEST_policies};
    answer.policies =
        (answer_policies_t){.count = 1, .rows = {policy_rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(0, &answer);
}

// True: there is something to confirm.
static bool review_policy(const char *form, uint64_t late_us)
{
    assert_true(come("POST", "/desk/check/policy-metering", form));
    assert_false(visit_rig_step(desk_command_check));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_policies);
    answer_policy(6, late_us);
    assert_true(visit_rig_step(desk_command_check));
    return visit_rig.status == 200;
}

static void what_a_policys_form_leaves_empty_stays_as_it_is(void **state)
{
    (void)state;
    char form[512];
    assert_true(review_policy("late_us=3600&notice_us=", 7200 * SECOND_US));
    assert_true(visit_rig_shows("7200"));
    const char *at = memmem(visit_rig.page, visit_rig.page_size, "/desk/do/policy-metering", 24);
    assert_non_null(at);
    at = memmem(at, visit_rig.page_size - (size_t)(at - visit_rig.page), "name=\"ticket\" value=\"",
                21);
    snprintf(form, sizeof form, "late_us=3600&ticket=%.*s", TICKET_SIZE, at + 21);
    assert_true(come("POST", "/desk/do/policy-metering", form));
    assert_false(visit_rig_step(desk_command_do));
    answer_policy(6, 7200 * SECOND_US);
    assert_false(visit_rig_step(desk_command_do));
    const request_metering_policy_t *sent = &visit_rig.requests[0].metering_policy;
    assert_int_equal(visit_rig.requests[0].type, REQUEST_metering_policy);
    assert_int_equal(sent->settle_us, 120 * SECOND_US);
    assert_int_equal(sent->late_us, 3600 * SECOND_US);
    assert_int_equal(sent->ahead_us, 60 * SECOND_US);
    assert_int_equal(sent->seen, 7); // what it was shown beside
    assert_false(review_policy("late_us=7200", 7200 * SECOND_US));
    assert_false(review_policy("", 7200 * SECOND_US));
    assert_int_equal(visit_rig.status, 409);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_bonus_ends_with_all_that_is_left_of_it, fresh),
        cmocka_unit_test_setup(what_a_policys_form_leaves_empty_stays_as_it_is, fresh),
        cmocka_unit_test_setup(what_will_be_stands_beside_what_is, fresh),
        cmocka_unit_test_setup(the_command_is_what_was_shown_under_the_tickets_id, fresh),
        cmocka_unit_test_setup(another_state_than_was_shown_is_told_and_nothing_sent, fresh),
        cmocka_unit_test_setup(other_values_than_were_shown_are_not_sent, fresh),
        cmocka_unit_test_setup(a_form_that_is_sent_twice_is_one_command, fresh),
        cmocka_unit_test_setup(what_was_refused_is_held_against_the_state_again, fresh),
        cmocka_unit_test_setup(without_the_state_there_is_nothing_to_confirm, fresh),
        cmocka_unit_test_setup(what_waits_for_another_is_said_and_an_address_says_nothing, fresh),
        cmocka_unit_test_setup(strangers_other_sites_and_other_hosts_get_nothing, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
