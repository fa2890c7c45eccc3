// The two buttons of the autopay card.
#include "proto/codes.h"
#include "services/web/page_autopay.h"
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

static const struct {
    const char *route, *done;
    web_step_fn *step;
    request_type_t type;
} buttons[] = {
    {"/autopay/off", "/autopay?done=off", page_autopay_off, REQUEST_revoke},
    {"/autopay/resume", "/autopay?done=resumed", page_autopay_resume, REQUEST_autopay_resume}};

static bool press(size_t button, const char *ticket, const char *token)
{
    char form[256];
    snprintf(form, sizeof form, "ticket=%s", ticket);
    assert_true(visit_rig_come("POST", buttons[button].route, form, token));
    return visit_rig_step(buttons[button].step);
}

static void press_well(size_t button)
{
    assert_false(press(button, visit_rig_ticket(buttons[button].route, ""), "read pay"));
    assert_int_equal(visit_rig.requests[0].type, buttons[button].type);
}

static void a_press_is_one_command_and_leads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        answer_t answer = {.type = buttons[i].type};
        press_well(i);
        visit_rig_answer(0, &answer);
        assert_true(visit_rig_step(buttons[i].step));
        assert_int_equal(visit_rig.status, 303);
        assert_string_equal(visit_rig.location, buttons[i].done);
        press_well(i);
        visit_rig_fail(0, FAIL_TIMEOUT);
        assert_true(visit_rig_step(buttons[i].step));
        assert_int_equal(visit_rig.status, 503);
        assert_true(visit_rig_shows("дважды не выполнится"));
        press_well(i);
        visit_rig_fail(0, FAIL_STATE);
        assert_true(visit_rig_step(buttons[i].step));
        assert_int_equal(visit_rig.status, 409);
    }
}

static void who_has_none_hears_that_it_is_off(void **state)
{
    (void)state;
    static const fail_t fails[] = {FAIL_MISSING, FAIL_UNKNOWN_ACCOUNT};
    for (size_t i = 0; i < 2; i++) {
        press_well(0);
        visit_rig_fail(0, fails[i]);
        assert_true(visit_rig_step(page_autopay_off));
        assert_int_equal(visit_rig.status, 303);
    }
}

static void a_press_of_another_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_true(press(i, visit_rig_ticket(buttons[1 - i].route, ""), "read pay"));
        assert_int_equal(visit_rig.status, 403);
        assert_true(press(i, visit_rig_ticket(buttons[i].route, ""), "read"));
        assert_int_equal(visit_rig.status, 403);
        assert_true(press(i, visit_rig_ticket(buttons[i].route, ""), NULL));
        assert_int_equal(visit_rig.status, 401);
        assert_true(press(i, "x&y=1", "read pay"));
        assert_int_equal(visit_rig.status, 400);
        visit_rig_come("POST", buttons[i].route, "", "read pay");
        visit_rig.head.fetch_site = "cross-site";
        assert_true(visit_rig_step(buttons[i].step));
        assert_int_equal(visit_rig.status, 403);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_press_is_one_command_and_leads_back, fresh),
        cmocka_unit_test_setup(who_has_none_hears_that_it_is_off, fresh),
        cmocka_unit_test_setup(a_press_of_another_is_refused, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_autopay", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
