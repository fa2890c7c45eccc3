// Who is signed in, and for how long.
#include "services/web/web_sessions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const uid_t16 account = {{1}};
static const uint8_t ids[6][SESSION_ID_SIZE] = {{1}, {2}, {3}, {4}, {5}, {6}};

static void begin(web_sessions_t *self, int id, instant_t now, char text[SESSION_TEXT_SIZE + 1])
{
    web_sessions_begin(self, ids[id], now, &account, true, false, SPAN("token"), text);
}

static void a_session_is_found_by_its_cookie_alone(void **state)
{
    (void)state;
    web_sessions_t self;
    char text[SESSION_TEXT_SIZE + 1], other[SESSION_TEXT_SIZE + 1];
    web_sessions_init(&self, 3);
    begin(&self, 0, 0, text);
    begin(&self, 1, 0, other);
    assert_string_equal(text, "01000000000000000000000000000000");
    web_session_t *found = web_sessions_find(&self, span_of(text), 1);
    assert_non_null(found);
    assert_string_equal(found->access_token, "token");
    assert_true(found->reads && !found->pays);
    assert_true(uid_equal(&found->account, &account));
    assert_null(web_sessions_find(&self, SPAN("01"), 1));
    assert_null(web_sessions_find(&self, SPAN("ff000000000000000000000000000000"), 1));
    web_sessions_end(&self, found);
    assert_null(web_sessions_find(&self, span_of(text), 1));
    assert_non_null(web_sessions_find(&self, span_of(other), 1));
    web_sessions_release(&self);
    assert_int_equal(self.count, 0);
}

static void it_ends_unused_and_at_its_end_also_in_use(void **state)
{
    (void)state;
    web_sessions_t self;
    char text[SESSION_TEXT_SIZE + 1];
    web_sessions_init(&self, 3);
    begin(&self, 0, 0, text);
    assert_non_null(web_sessions_find(&self, span_of(text), SESSION_IDLE_US));
    assert_null(web_sessions_find(&self, span_of(text), 2 * SESSION_IDLE_US + 1));
    assert_int_equal(self.count, 0);
    begin(&self, 0, 0, text);
    for (instant_t now = 0; now <= SESSION_LIFE_US; now += SESSION_IDLE_US)
        assert_non_null(web_sessions_find(&self, span_of(text), now));
    assert_null(web_sessions_find(&self, span_of(text), SESSION_LIFE_US + 1));
}

static void a_full_table_forgets_whom_it_saw_longest_ago(void **state)
{
    (void)state;
    web_sessions_t self;
    char texts[6][SESSION_TEXT_SIZE + 1];
    web_sessions_init(&self, 3);
    for (int i = 0; i < 3; i++)
        begin(&self, i, i, texts[i]);
    assert_non_null(web_sessions_find(&self, span_of(texts[0]), 3));
    begin(&self, 3, 4, texts[3]); // the second goes
    assert_int_equal(self.count, 3);
    assert_null(web_sessions_find(&self, span_of(texts[1]), 5));
    assert_non_null(web_sessions_find(&self, span_of(texts[2]), 5));
    begin(&self, 4, SESSION_IDLE_US * 2, texts[4]); // all others are over
    assert_int_equal(self.count, 1);
    web_sessions_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_cookie_alone),
        cmocka_unit_test(it_ends_unused_and_at_its_end_also_in_use),
        cmocka_unit_test(a_full_table_forgets_whom_it_saw_longest_ago),
    };
    return cmocka_run_group_tests_name("web_sessions", tests, NULL, NULL);
}
