// The balance as server-sent events.
#include "services/web/page_stream.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static void come(void)
{
    assert_true(visit_rig_come("GET", "/balance/stream", "", "read"));
    assert_false(visit_rig_step(page_stream_send));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_balance);
    assert_true(uid_equal(&visit_rig.requests[0].balance.account, &visit_rig_account));
}

static void reads(const char *wanted)
{
    assert_true(visit_rig_step(page_stream_send));
    assert_int_equal(visit_rig.status, 200);
    assert_string_equal(visit_rig.content_type, "text/event-stream; charset=utf-8");
    assert_int_equal(visit_rig.page_size, strlen(wanted));
    assert_memory_equal(visit_rig.page, wanted, strlen(wanted));
}

static void one_event_and_when_to_ask_again(void **state)
{
    (void)state;
    come();
    answer_t answer = {.type = REQUEST_balance};
    answer.balance = (answer_balance_t){.cash = 123456, .bonus = -50};
    visit_rig_answer(0, &answer);
    reads("retry: 1000\n\ndata: 1\u00a0234,06\u00a0₽\n"
          "data: Деньги 1\u00a0234,56\u00a0₽, бонусы −0,50\u00a0₽\n\n");
    come();
    visit_rig_fail(0, FAIL_UNKNOWN_ACCOUNT);
    reads("retry: 1000\n\ndata: 0,00\u00a0₽\ndata: Деньги 0,00\u00a0₽, бонусы "
          "0,00\u00a0₽\n\n");
    come();
    visit_rig_fail(0, FAIL_TIMEOUT); // what is not known is not said
    reads("retry: 1000\n\n");
}

static void strangers_and_crowds_hear_nothing(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance/stream", "", NULL));
    assert_true(visit_rig_step(page_stream_send));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_come("GET", "/balance/stream", "x=1", "read"));
    assert_true(visit_rig_step(page_stream_send));
    assert_int_equal(visit_rig.status, 400);
    for (int i = 0; i < 6; i++)
        come();
    assert_true(visit_rig_come("GET", "/balance/stream", "", "read"));
    assert_true(visit_rig_step(page_stream_send));
    assert_int_equal(visit_rig.status, 429);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_event_and_when_to_ask_again, fresh),
        cmocka_unit_test_setup(strangers_and_crowds_hear_nothing, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_stream", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
