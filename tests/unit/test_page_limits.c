// Limits of autopay: lowered at once, raised by a top-up alone, and never over another tab's word.
#include "proto/codes.h"
#include "services/web/page_limits.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static answer_mandate_t mandate_of(uint64_t count_max, kopecks_t sum_max)
{
    return (answer_mandate_t){.mandate = {{1}},
                              .state = MANDATE_LIVE,
                              .amount = 50000,
                              .count_max = count_max,
                              .sum_max = sum_max};
}

// The form as it was shown with these limits.
static void show(const answer_mandate_t *mandate, page_limits_texts_t *texts)
{
    web_visit_t visit = {.site = &visit_rig_site, .account = visit_rig_account};
    page_limits_t form = page_limits_form(&visit, mandate, texts);
    assert_int_equal(form.a, mandate->amount);
}

// Sends it while the limits are `now`; the reply, or else the question, is there.
static bool send_form(const page_limits_texts_t *texts, const char *count, const char *sum,
                      const answer_mandate_t *now)
{
    char form[512];
    snprintf(form, sizeof form, "ticket=%s&count=%s&sum=%s", texts->ticket, count, sum);
    assert_true(visit_rig_come("POST", "/autopay/limits", form, "read pay"));
    if (visit_rig_step(page_limits_send))
        return true;
    answer_t answer = {.type = REQUEST_mandate, .mandate = *now};
    visit_rig_answer(0, &answer);
    return visit_rig_step(page_limits_send);
}

static void a_lower_limit_is_one_command(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(3, 150000), lower = mandate_of(2, 100000);
    web_ticket_t ticket;
    show(&shown, &texts);
    assert_string_equal(texts.count, "3");
    assert_string_equal(texts.sum, "1500");
    assert_false(send_form(&texts, "2", "1+000", &shown));
    const request_t *request = &visit_rig.requests[1];
    assert_int_equal(request->type, REQUEST_mandate_change);
    assert_int_equal(request->mandate_change.count_max, 2);
    assert_int_equal(request->mandate_change.sum_max, 100000);
    assert_true(uid_equal(&request->mandate_change.account, &visit_rig_account));
    assert_true(visit_ticket(&visit_rig, "/autopay/limits", &ticket));
    assert_true(uid_equal(&request->id, &ticket.command));
    answer_t answer = {.type = REQUEST_mandate_change};
    visit_rig_answer(1, &answer);
    assert_true(visit_rig_step(page_limits_send));
    assert_int_equal(visit_rig.status, 303);
    assert_string_equal(visit_rig.location, "/autopay?done=limits");
    assert_true(send_form(&texts, "2", "1000", &lower)); // pressed twice: it is so
    assert_string_equal(visit_rig.location, "/autopay?done=limits");
}

static void what_another_tab_changed_is_not_changed_again(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(5, 250000), now = mandate_of(4, 200000);
    show(&shown, &texts);
    assert_true(send_form(&texts, "3", "1500", &now));
    assert_int_equal(visit_rig.status, 409);
    assert_true(visit_rig_shows("данные изменились"));
    now.state = MANDATE_REVOKED; // turned off in another tab
    assert_true(send_form(&texts, "3", "1500", &now));
    assert_int_equal(visit_rig.status, 409);
    now = shown;
    now.mandate.bytes[0] = 2; // a new consent in its place
    assert_true(send_form(&texts, "3", "1500", &now));
    assert_int_equal(visit_rig.status, 409);
}

static void a_higher_limit_leads_to_a_top_up(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(3, 150000);
    show(&shown, &texts);
    assert_true(send_form(&texts, "7", "3500", &shown));
    assert_int_equal(visit_rig.status, 303);
    assert_string_equal(visit_rig.location, "/balance?amount=500&count=7&raise=1#topup");
    assert_int_equal(visit_rig.asks_count, 1); // nothing was sent
    assert_true(send_form(&texts, "2", "9000", &shown));
    assert_string_equal(visit_rig.location, "/balance?amount=500&count=2&raise=1#topup");
}

// The form shows whole rubles: who leaves them as they are lowers nothing.
static void kopecks_of_a_limit_are_left_alone(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(3, 140050);
    show(&shown, &texts);
    assert_string_equal(texts.sum, "1400");
    assert_false(send_form(&texts, "2", "1400", &shown));
    assert_int_equal(visit_rig.requests[1].mandate_change.sum_max, 140050);
}

static void what_is_wrong_is_said_and_kept_in_the_form(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(3, 150000);
    show(&shown, &texts);
    static const char *const rows[][3] = {{"0", "1000", "от 1 до 31"},
                                          {"32", "1000", "от 1 до 31"},
                                          {"x", "1000", "от 1 до 31"},
                                          {"2", "499", "не меньше одного платежа"},
                                          {"2", "100,5", "не меньше одного платежа"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(send_form(&texts, rows[i][0], rows[i][1], &shown));
        assert_int_equal(visit_rig.status, 422);
        assert_true(visit_rig_shows(rows[i][2]) && visit_rig_shows("Ошибка: "));
    }
    assert_true(visit_rig_shows("value=\"100,5\""));
}

static void silence_and_strangers(void **state)
{
    (void)state;
    page_limits_texts_t texts;
    answer_mandate_t shown = mandate_of(3, 150000);
    show(&shown, &texts);
    static const struct {
        fail_t fail;
        unsigned status;
    } rows[] = {{FAIL_TIMEOUT, 503},
                {FAIL_LATER, 503},
                {FAIL_MISSING, 409},
                {FAIL_STATE, 409},
                {FAIL_DENIED, 401}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(send_form(&texts, "1", "500", &shown));
        visit_rig_fail(1, rows[i].fail);
        assert_true(visit_rig_step(page_limits_send));
        assert_int_equal(visit_rig.status, rows[i].status);
    }
    char form[512];
    snprintf(form, sizeof form, "ticket=%s&count=1&sum=500", texts.ticket);
    assert_true(visit_rig_come("POST", "/autopay/limits", form, "read pay"));
    assert_false(visit_rig_step(page_limits_send));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_limits_send));
    assert_true(visit_rig_shows("дважды не выполнится"));
    assert_true(visit_rig_come("POST", "/autopay/limits", form, "read"));
    assert_true(visit_rig_step(page_limits_send));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("POST", "/autopay/limits", "ticket=x&count=1&sum=500", "read pay"));
    assert_true(visit_rig_step(page_limits_send));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("POST", "/autopay/limits", "x=1", "read pay"));
    assert_true(visit_rig_step(page_limits_send));
    assert_int_equal(visit_rig.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lower_limit_is_one_command, fresh),
        cmocka_unit_test_setup(what_another_tab_changed_is_not_changed_again, fresh),
        cmocka_unit_test_setup(a_higher_limit_leads_to_a_top_up, fresh),
        cmocka_unit_test_setup(kopecks_of_a_limit_are_left_alone, fresh),
        cmocka_unit_test_setup(what_is_wrong_is_said_and_kept_in_the_form, fresh),
        cmocka_unit_test_setup(silence_and_strangers, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_limits", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
