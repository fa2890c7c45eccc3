// Who a request is from, and what must hold before anything changes.
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

static void the_token_alone_says_whose_it_is(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance", "", "read"));
    assert_true(visit_rig.signed_in && visit_rig.reads && !visit_rig.pays);
    assert_false(visit_needs_customer(&visit_rig, false));
    assert_true(visit_needs_customer(&visit_rig, true));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("GET", "/balance", "", "forged"));
    assert_true(visit_needs_customer(&visit_rig, false));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_shows("Откройте эту страницу из панели платформы"));
    visit_rig_site.sign_in_url = "https://platform.example/in";
    assert_true(visit_rig_come("GET", "/autopay", "", NULL));
    assert_true(visit_needs_customer(&visit_rig, false));
    assert_true(visit_rig_shows("/sign-in?return=%2Fautopay"));
}

static void what_was_typed_goes_through_a_sign_in(void **state)
{
    (void)state;
    visit_rig_site.sign_in_url = "https://platform.example/in";
    assert_true(visit_rig_come("POST", "/balance/topup",
                               "ticket=t&amount=1+000+%E2%82%BD&count=5&autopay=1&agreed=1", NULL));
    assert_true(visit_needs_customer(&visit_rig, true));
    assert_int_equal(visit_rig.status, 401);
    assert_true(visit_rig_shows("Введённое сохранится, ничего не отправлено"));
    assert_true(visit_rig_shows("return=%2Fbalance%3Famount%3D1%2520000%2520%25E2%2582%25BD"));
    assert_true(visit_rig_shows("%26count%3D5\""));
    // What is no form of that list, or longer than anybody types, is not kept.
    assert_true(visit_rig_come("POST", "/balance/promo", "code=WELCOME", NULL));
    assert_true(visit_needs_customer(&visit_rig, true));
    assert_true(visit_rig_shows("return=%2Fbalance\"") && visit_rig_shows("Ничего не отправлено"));
    assert_true(
        visit_rig_come("POST", "/balance/topup", "amount=111111111111111111111111111111111", NULL));
    assert_true(visit_needs_customer(&visit_rig, true));
    assert_true(visit_rig_shows("return=%2Fbalance\""));
}

static void a_session_speaks_by_the_token_that_it_began_with(void **state)
{
    (void)state;
    char text[SESSION_TEXT_SIZE + 1], cookie[128];
    visit_rig_site.gateway = false;
    static const uint8_t id[SESSION_ID_SIZE] = {9}, old[SESSION_ID_SIZE] = {8};
    web_sessions_begin(&visit_rig_site.sessions, id, VISIT_RIG_NOW, &visit_rig_account, true, true,
                       SPAN("read"), text);
    snprintf(cookie, sizeof cookie, "a=b; __Host-kopeck=%s; kopeck-language=en", text);
    visit_rig_come("GET", "/", "", NULL);
    visit_rig.head.cookie = cookie;
    assert_true(web_visit_begin(&visit_rig));
    assert_true(visit_rig.signed_in && !visit_rig.pays && visit_rig.language == LANGUAGE_ENGLISH);
    assert_string_equal(visit_rig.access_token, "read");
    // One whose token has ended is none, and goes.
    web_sessions_begin(&visit_rig_site.sessions, old, VISIT_RIG_NOW, &visit_rig_account, true, true,
                       SPAN("ended"), text);
    snprintf(cookie, sizeof cookie, "__Host-kopeck=%s", text);
    visit_rig_come("GET", "/", "", NULL);
    visit_rig.head.cookie = cookie;
    assert_true(web_visit_begin(&visit_rig));
    assert_false(visit_rig.signed_in);
    assert_int_equal(visit_rig_site.sessions.count, 1);
}

static void languages_are_the_readers(void **state)
{
    (void)state;
    static const struct {
        const char *header, *cookie;
        language_t language;
    } rows[] = {{NULL, NULL, LANGUAGE_RUSSIAN},
                {"en-GB,en", NULL, LANGUAGE_ENGLISH},
                {"de", NULL, LANGUAGE_RUSSIAN},
                {"en", "kopeck-language=ru", LANGUAGE_RUSSIAN},
                {"ru", "x=1;kopeck-language=en", LANGUAGE_ENGLISH},
                {"ru", "kopeck-language=fr", LANGUAGE_RUSSIAN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        visit_rig_come("GET", "/", "", NULL);
        free(visit_rig.form_buffer);
        visit_rig.head.language = rows[i].header;
        visit_rig.head.cookie = rows[i].cookie;
        assert_true(web_visit_begin(&visit_rig));
        assert_int_equal(visit_rig.language, rows[i].language);
    }
}

static unsigned refused_as(void)
{
    free(visit_rig.form_buffer);
    visit_rig.form_buffer = NULL;
    free(visit_rig.access_token);
    visit_rig.access_token = NULL;
    return web_visit_begin(&visit_rig) ? 0 : visit_rig.status;
}

static void what_is_no_request_of_ours_is_refused_whole(void **state)
{
    (void)state;
    visit_rig_come("POST", "/a", "a=b", "read");
    visit_rig.head.host = "evil.example";
    assert_int_equal(refused_as(), 421);
    visit_rig.head.host = NULL;
    assert_int_equal(refused_as(), 421);
    visit_rig.head.host = "balance.example";
    visit_rig.head.content_type = "text/plain";
    assert_int_equal(refused_as(), 415);
    visit_rig.head.content_type = NULL;
    assert_int_equal(refused_as(), 415);
    visit_rig.head.content_type = "application/x-www-form-urlencoded; charset=utf-8";
    assert_int_equal(refused_as(), 0);
    visit_rig.too_long = true;
    assert_int_equal(refused_as(), 413);
    assert_false(visit_rig_come("GET", "/a", "a=%zz", NULL));
    assert_int_equal(visit_rig.status, 400);
    visit_rig_site.origin = "";
    visit_rig_come("GET", "/a", "", NULL);
    visit_rig.head.host = "any.example";
    assert_int_equal(refused_as(), 0);
}

static void only_our_own_pages_change_anything(void **state)
{
    (void)state;
    static const struct {
        const char *site, *origin;
        bool ours;
    } rows[] = {{"same-origin", NULL, true},
                {"same-site", NULL, false},
                {"cross-site", "https://balance.example", false},
                {"none", NULL, false},
                {NULL, NULL, false},
                {NULL, "null", false},
                {NULL, "https://balance.example", true},
                {NULL, "http://balance.example", false},
                {NULL, "https://balance.example.evil", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        visit_rig_come("POST", "/a", "", "read");
        visit_rig.head.fetch_site = rows[i].site;
        visit_rig.head.origin = rows[i].origin;
        assert_int_equal(visit_needs_own_page(&visit_rig), !rows[i].ours);
    }
    visit_rig_site.origin = ""; // then the host's name decides
    visit_rig.head.fetch_site = NULL;
    visit_rig.head.origin = "http://balance.example";
    assert_false(visit_needs_own_page(&visit_rig));
    visit_rig.head.origin = "nonsense";
    assert_true(visit_needs_own_page(&visit_rig));
}

static void a_form_has_the_fields_it_has(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", NULL};
    assert_true(visit_rig_come("GET", "/", "a=1&b=2", NULL));
    assert_true(visit_form_has_only(&visit_rig, names));
    assert_true(span_is(visit_field(&visit_rig, "b"), SPAN("2")));
    assert_int_equal(visit_field(&visit_rig, "c").size, 0);
    assert_true(visit_rig_come("GET", "/", "a=1&a=2", NULL));
    assert_false(visit_form_has_only(&visit_rig, names));
    assert_true(visit_rig_come("GET", "/", "c=1", NULL));
    assert_false(visit_form_has_only(&visit_rig, names));
}

static void as_many_fields_as_a_form_holds_are_told_apart(void **state)
{
    (void)state;
    enum { NAME_BYTES = 8 };
    static char texts[FORM_FIELDS_MAX][NAME_BYTES], form[FORM_FIELDS_MAX * 2 * NAME_BYTES];
    const char *names[FORM_FIELDS_MAX + 1] = {NULL};
    size_t size = 0;
    for (size_t i = 0; i < FORM_FIELDS_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "f%zu", i);
        names[i] = texts[i];
        if (i + 1 < FORM_FIELDS_MAX)
            size +=
                (size_t)snprintf(form + size, sizeof form - size, i ? "&%s=1" : "%s=1", texts[i]);
    }
    assert_true(visit_rig_come("GET", "/", form, NULL));
    assert_true(visit_form_has_only(&visit_rig, names));
    snprintf(form + size, sizeof form - size, "&%s=1", texts[FORM_FIELDS_MAX - 2]);
    assert_true(visit_rig_come("GET", "/", form, NULL));
    assert_false(visit_form_has_only(&visit_rig, names)); // the last one twice
}

static void failures_are_told_in_http_and_in_words(void **state)
{
    (void)state;
    static const struct {
        fail_t fail;
        unsigned status;
    } rows[] = {{FAIL_INVALID, 422}, {FAIL_EXPIRED, 422},  {FAIL_DENIED, 401},
                {FAIL_MISSING, 404}, {FAIL_CONFLICT, 409}, {FAIL_STATE, 409},
                {FAIL_TIMEOUT, 503}, {FAIL_LATER, 503},    {FAIL_CORRUPT, 500}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(visit_rig_come("GET", "/balance", "", "read"));
        assert_true(visit_say_failure(&visit_rig, rows[i].fail));
        assert_int_equal(visit_rig.status, rows[i].status);
        assert_true(visit_rig_shows("<title>Ошибка: "));
        assert_int_equal(visit_rig.retry_s > 0, rows[i].status == 503);
    }
    static const char *const names[] = {"a", "b", NULL};
    assert_true(visit_rig_come("POST", "/x/y", "a=%3Cb%3E&b=", "read"));
    assert_true(visit_say_again(&visit_rig, "/x/y", names));
    assert_int_equal(visit_rig.status, 503);
    assert_true(visit_rig_shows("action=\"/x/y\"") && visit_rig_shows("value=\"&lt;b&gt;\""));
}

static void a_page_that_does_not_fit_is_none(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance", "", "read"));
    writer_t writer = visit_writer(&visit_rig);
    for (int i = 0; i <= VISIT_PAGE_MAX; i++)
        writer_put(&writer, "x", 1);
    assert_true(visit_show(&visit_rig, 200, &writer));
    assert_int_equal(visit_rig.status, 500);
    assert_int_equal(visit_rig.page_size, 0);
}

static void a_question_is_asked_in_the_customers_name(void **state)
{
    (void)state;
    assert_true(visit_rig_come("GET", "/balance", "", "read"));
    request_t *request = visit_ask(&visit_rig, WEB_DOOR_LEDGER, REQUEST_balance, 300);
    assert_true(text_equal(request->access_token, text_of("read")));
    assert_int_equal(visit_rig.asks[0].deadline_ms, 1300);
    assert_null(visit_answer(&visit_rig, 0));
    assert_int_equal(visit_fail(&visit_rig, 0), FAIL_LATER);
    request = visit_ask(&visit_rig, WEB_DOOR_LEDGER, REQUEST_status, 300);
    assert_int_equal(request->access_token.size, 0);
    visit_forget(&visit_rig);
    assert_int_equal(visit_rig.asks_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_token_alone_says_whose_it_is, fresh),
        cmocka_unit_test_setup(what_was_typed_goes_through_a_sign_in, fresh),
        cmocka_unit_test_setup(a_session_speaks_by_the_token_that_it_began_with, fresh),
        cmocka_unit_test_setup(languages_are_the_readers, fresh),
        cmocka_unit_test_setup(what_is_no_request_of_ours_is_refused_whole, fresh),
        cmocka_unit_test_setup(only_our_own_pages_change_anything, fresh),
        cmocka_unit_test_setup(a_form_has_the_fields_it_has, fresh),
        cmocka_unit_test_setup(as_many_fields_as_a_form_holds_are_told_apart, fresh),
        cmocka_unit_test_setup(failures_are_told_in_http_and_in_words, fresh),
        cmocka_unit_test_setup(a_page_that_does_not_fit_is_none, fresh),
        cmocka_unit_test_setup(a_question_is_asked_in_the_customers_name, fresh),
    };
    int failed = cmocka_run_group_tests_name("web_visit", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
