// Coming and going.
#include "services/web/page_sign.h"
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

static unsigned enter(const char *query)
{
    visit_rig_site.gateway = false;
    assert_true(visit_rig_come("GET", "/enter", query, NULL));
    assert_true(visit_rig_step(page_sign_enter));
    return visit_rig.status;
}

static void a_link_signs_in_once(void **state)
{
    (void)state;
    assert_int_equal(enter("k=read+pay&return=%2Fautopay%3Fa%3D1"), 303);
    assert_string_equal(visit_rig.location, "/autopay?a=1");
    assert_non_null(strstr(visit_rig.cookie, "; Secure; HttpOnly; SameSite=Lax; Path=/"));
    assert_int_equal(visit_rig_site.sessions.count, 1);
    assert_int_equal(enter("k=read"), 401); // of the same number, as the rig makes it
    assert_true(visit_rig_shows("действует минуту и один раз"));
    assert_string_equal(visit_rig.cookie, "");
    assert_int_equal(enter("k=forged"), 401);
    assert_int_equal(enter(""), 401);
}

static void a_link_must_be_fresh_and_visited(void **state)
{
    (void)state;
    visit_rig_site.started = VISIT_RIG_NOW + 2 * SECOND_US; // it is from before our start
    assert_int_equal(enter("k=read"), 401);
    visit_rig_begin();
    visit_rig_site.gateway = false;
    assert_true(visit_rig_come("GET", "/enter", "k=read", NULL));
    visit_rig.now += SITE_ENTER_US + 1;
    assert_true(visit_rig_step(page_sign_enter));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_come("GET", "/enter", "k=read", NULL));
    visit_rig.head.purpose = "prefetch";
    assert_true(visit_rig_step(page_sign_enter));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("GET", "/enter", "k=read", NULL));
    visit_rig.head.fetch_dest = "image";
    assert_true(visit_rig_step(page_sign_enter));
    assert_int_equal(visit_rig.status, 403);
    visit_rig_site.gateway = true; // there nobody signs in here
    assert_true(visit_rig_come("GET", "/enter", "k=read", NULL));
    assert_true(visit_rig_step(page_sign_enter));
    assert_int_equal(visit_rig.status, 401);
    assert_int_equal(enter("k=read"), 303);
    assert_int_equal(enter("k=read"), 429);
}

static void more_links_than_can_be_remembered_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SITE_SEEN_MAX; i++)
        visit_rig_site.seen[i].until = VISIT_RIG_NOW + 1;
    assert_int_equal(enter("k=read"), 401);
}

static void nobody_is_sent_away(void **state)
{
    (void)state;
    static const char *const own[] = {"/balance", "/balance/lines?side=all&at=1", "/a-b_c.~%2F"};
    static const char *const others[] = {"",      "/",    "//evil", "https://x", "/\\evil",
                                         "/a\nb", "/a b", "a",      "/a:b"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        assert_true(page_sign_is_own(span_of(own[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(page_sign_is_own(span_of(others[i])));
    assert_int_equal(enter("k=read&return=%2F%2Fevil"), 303);
    assert_string_equal(visit_rig.location, "/balance");
}

static void who_must_sign_in_is_led_to_the_platform(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/sign-in", "return=%2Fautopay", NULL));
    assert_true(visit_rig_step(page_sign_in));
    assert_int_equal(visit_rig.status, 401);
    visit_rig_site.sign_in_url = "https://platform.example/in";
    assert_true(visit_rig_come("GET", "/sign-in", "return=%2Fautopay", NULL));
    assert_true(visit_rig_step(page_sign_in));
    assert_string_equal(visit_rig.location, "https://platform.example/in?return=%2Fautopay");
    visit_rig_site.sign_in_url = "https://platform.example/in?x=1";
    assert_true(visit_rig_come("GET", "/sign-in", "return=%2Fautopay", NULL));
    assert_true(visit_rig_step(page_sign_in));
    assert_string_equal(visit_rig.location, "https://platform.example/in?x=1&return=%2Fautopay");
    assert_true(visit_rig_come("GET", "/sign-in", "return=https%3A", NULL));
    assert_true(visit_rig_step(page_sign_in));
    assert_string_equal(visit_rig.location, "https://platform.example/in?x=1");
}

static unsigned sign_out(const char *ticket, const char *token)
{
    char form[256];
    snprintf(form, sizeof form, "ticket=%s", ticket);
    assert_true(visit_rig_come("POST", "/sign-out", form, token));
    assert_true(visit_rig_step(page_sign_out));
    return visit_rig.status;
}

static void signing_out_wants_a_form_of_ours(void **state)
{
    (void)state;
    assert_int_equal(sign_out("x", "read"), 403);
    assert_int_equal(sign_out(visit_rig_ticket("/balance/topup", ""), "read"), 403);
    assert_int_equal(sign_out(visit_rig_ticket("/sign-out", ""), "read"), 200);
    assert_non_null(strstr(visit_rig.cookie, "Max-Age=0"));
    assert_true(visit_rig_shows("Вы вышли"));
    assert_int_equal(sign_out("x", NULL), 200);
    visit_rig_come("POST", "/sign-out", "", "read");
    visit_rig.head.fetch_site = "cross-site";
    assert_true(visit_rig_step(page_sign_out));
    assert_int_equal(visit_rig.status, 403);
}

static void the_language_turns(void **state)
{
    (void)state;
    assert_true(visit_rig_come("POST", "/language", "return=%2Fautopay", NULL));
    assert_true(visit_rig_step(page_sign_language));
    assert_non_null(strstr(visit_rig.cookie, "kopeck-language=en;"));
    assert_string_equal(visit_rig.location, "/autopay");
    visit_rig_come("POST", "/language", "", NULL);
    visit_rig.language = LANGUAGE_ENGLISH;
    assert_true(visit_rig_step(page_sign_language));
    assert_non_null(strstr(visit_rig.cookie, "kopeck-language=ru;"));
    visit_rig_come("POST", "/language", "", NULL);
    visit_rig.head.fetch_site = "cross-site";
    assert_true(visit_rig_step(page_sign_language));
    assert_int_equal(visit_rig.status, 403);
}

static void files_stand_under_their_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGE_STATICS; i++) {
        assert_true(visit_rig_come("GET", page_statics[i].path, "", NULL));
        assert_true(visit_rig_step(page_sign_static));
        assert_int_equal(visit_rig.status, 200);
        assert_true(visit_rig.cached);
        assert_int_equal(visit_rig.page_size, page_statics[i].bytes.size);
    }
    assert_true(visit_rig_come("GET", "/static/page.00000000.css", "", NULL));
    assert_true(visit_rig_step(page_sign_static));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/", "", NULL));
    assert_true(visit_rig_step(page_sign_root));
    assert_string_equal(visit_rig.location, "/balance");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_link_signs_in_once, fresh),
        cmocka_unit_test_setup(a_link_must_be_fresh_and_visited, fresh),
        cmocka_unit_test_setup(more_links_than_can_be_remembered_are_refused, fresh),
        cmocka_unit_test_setup(nobody_is_sent_away, fresh),
        cmocka_unit_test_setup(who_must_sign_in_is_led_to_the_platform, fresh),
        cmocka_unit_test_setup(signing_out_wants_a_form_of_ours, fresh),
        cmocka_unit_test_setup(the_language_turns, fresh),
        cmocka_unit_test_setup(files_stand_under_their_hash, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_sign", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
