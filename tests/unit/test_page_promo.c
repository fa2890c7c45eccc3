// The field for a promo code.
#include "proto/codes.h"
#include "services/web/page_promo.h"
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

static bool press(const char *ticket, const char *code)
{
    char form[512];
    snprintf(form, sizeof form, "ticket=%s&code=%s", ticket, code);
    assert_true(visit_rig_come("POST", "/balance/promo", form, "read pay"));
    return visit_rig_step(page_promo_send);
}

static void enter(const char *code)
{
    assert_false(press(visit_rig_ticket("/balance/promo", ""), code));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_promo_apply);
    assert_int_equal(visit_rig.asks[0].door, WEB_DOOR_PAYMENT);
}

static void answer(bool accepted, uint64_t kind, kopecks_t amount)
{
    answer_t answer = {.type = REQUEST_promo_apply};
    answer.promo_apply =
        (answer_promo_apply_t){.accepted = accepted, .kind = kind, .amount = amount};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_promo_send));
}

static const char *shown(const answer_promo_t *reserved, const char *query)
{
    static char text[8192];
    static page_promo_texts_t texts;
    assert_true(visit_rig_come("GET", "/balance", query, "read"));
    page_promo_t promo = page_promo_form(&visit_rig, reserved, &texts);
    writer_t writer = writer_on(text, sizeof text);
    page_promo(&writer, LANGUAGE_RUSSIAN, &promo);
    writer_end(&writer);
    return text;
}

static void what_is_typed_is_asked_as_it_is(void **state)
{
    (void)state;
    const char *ticket = visit_rig_ticket("/balance/promo", "");
    web_ticket_t read;
    assert_false(press(ticket, "7k2m-q4rz+9ta9"));
    assert_true(text_equal(visit_rig.requests[0].promo_apply.code, text_of("7k2m-q4rz 9ta9")));
    assert_true(uid_equal(&visit_rig.requests[0].promo_apply.account, &visit_rig_account));
    assert_true(visit_ticket(&visit_rig, "/balance/promo", &read));
    assert_true(uid_equal(&visit_rig.requests[0].id, &read.command));
}

static void what_is_reserved_is_shown(void **state)
{
    (void)state;
    enter("WELCOME");
    answer(true, PROMO_PERCENT, 30000);
    assert_int_equal(visit_rig.status, 303);
    assert_string_equal(visit_rig.location, "/balance#promo");
    answer_promo_t reserved = {.kind = PROMO_PERCENT,
                               .value = 1250,
                               .cap = 30000,
                               .topup_min = 50000,
                               .until = VISIT_RIG_NOW};
    const char *text = shown(&reserved, "");
    assert_non_null(
        strstr(text, "бонусом 12,5 % суммы, не больше 300\u00a0₽"));
    assert_non_null(strstr(text, "до 29\u00a0ноября 2026, 14:05"));
    assert_non_null(strstr(text, "Пополнение должно быть от 500\u00a0₽"));
    reserved.invoice = 77;
    text = shown(&reserved, "");
    assert_non_null(strstr(text, "придёт с платежом № 77"));
    assert_null(strstr(text, "должно быть"));
    reserved = (answer_promo_t){.kind = PROMO_FIXED, .cap = 10000};
    assert_non_null(strstr(shown(&reserved, ""), "получите бонус 100\u00a0₽"));
    assert_null(strstr(shown(NULL, ""), "strip"));
}

static void a_gift_is_told_once_its_form_leads_there(void **state)
{
    (void)state;
    char query[256], other[256];
    static const char begins[] = "/balance?";
    enter("7K2MQ4RZ9TA9");
    answer(true, PROMO_GIFT, 5000);
    assert_int_equal(visit_rig.status, 303);
    assert_memory_equal(visit_rig.location, begins, sizeof begins - 1);
    snprintf(query, sizeof query, "%.250s", visit_rig.location + sizeof begins - 1);
    *strchr(query, '#') = '\0';
    assert_non_null(strstr(shown(NULL, query), "начислено 50\u00a0₽ бонусов"));
    snprintf(other, sizeof other, "%s", query);
    other[strlen("gift=")] = '9'; // another sum under the same proof
    assert_null(strstr(shown(NULL, other), "начислено"));
    assert_null(strstr(shown(NULL, "gift=5000"), "начислено"));
    snprintf(other, sizeof other, "gift=5000&proof=%s", visit_rig_ticket("/balance/promo", ""));
    assert_null(strstr(shown(NULL, other), "начислено"));
}

// The page without its ticket and what was typed.
static size_t refusal(char page[16384])
{
    size_t kept = 0;
    assert_int_equal(visit_rig.status, 422);
    assert_true(visit_rig_shows("Этот код не подходит"));
    for (size_t i = 0; i < visit_rig.page_size; i++) {
        page[kept++] = visit_rig.page[i];
        if (i > 7 && memcmp(visit_rig.page + i - 6, "value=\"", 7) == 0)
            while (i + 1 < visit_rig.page_size && visit_rig.page[i + 1] != '"')
                i++;
    }
    return kept;
}

static void every_refusal_is_the_same_page(void **state)
{
    (void)state;
    static char first[16384], other[16384];
    enter("UNKNOWN");
    answer(false, 0, 0);
    assert_true(visit_rig_shows("value=\"UNKNOWN\""));
    size_t size = refusal(first);
    static const fail_t fails[] = {FAIL_INVALID, FAIL_STATE};
    for (size_t i = 0; i < 2; i++) {
        enter("USEDBEFORE");
        visit_rig_fail(0, fails[i]);
        assert_true(visit_rig_step(page_promo_send));
        assert_int_equal(refusal(other), size);
        assert_memory_equal(other, first, size);
    }
    char longer[200] = {0};
    memset(longer, 'A', sizeof longer - 1);
    assert_true(press(visit_rig_ticket("/balance/promo", ""), longer)); // asks nobody
    assert_int_equal(refusal(other), size);
    assert_memory_equal(other, first, size);
}

static void who_guesses_has_to_wait(void **state)
{
    (void)state;
    enter("GUESSED");
    visit_rig_fail(0, FAIL_FULL);
    assert_true(visit_rig_step(page_promo_send));
    assert_int_equal(visit_rig.status, 429);
    assert_int_equal(visit_rig.retry_s, 3600);
    assert_true(visit_rig_shows("через 60\u00a0минут"));
    enter("GUESSED");
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_promo_send));
    assert_int_equal(visit_rig.status, 503);
    assert_true(visit_rig_shows("дважды не выполнится"));
}

static void an_address_has_a_hundred_tries_an_hour(void **state)
{
    (void)state;
    char form[512];
    for (int i = 0; i <= 100; i++) {
        snprintf(form, sizeof form, "ticket=%s&code=G", visit_rig_ticket("/balance/promo", ""));
        assert_true(visit_rig_come("POST", "/balance/promo", form, "read pay"));
        visit_rig.now_ms += i * 200; // no faster than an account may ask
        assert_int_equal(visit_rig_step(page_promo_send), i == 100);
    }
    assert_int_equal(visit_rig.status, 429);
    assert_in_range(visit_rig.retry_s, 2, 36);
}

static void forms_of_others_are_refused(void **state)
{
    (void)state;
    assert_true(press(visit_rig_ticket("/balance/topup", ""), "WELCOME"));
    assert_int_equal(visit_rig.status, 403);
    assert_true(press("x", "WELCOME&code=TWICE"));
    assert_int_equal(visit_rig.status, 400);
    assert_true(visit_rig_come("POST", "/balance/promo", "code=x", "read"));
    assert_true(visit_rig_step(page_promo_send));
    assert_int_equal(visit_rig.status, 403);
    assert_true(visit_rig_come("POST", "/balance/promo", "code=x", NULL));
    assert_true(visit_rig_step(page_promo_send));
    assert_int_equal(visit_rig.status, 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_typed_is_asked_as_it_is, fresh),
        cmocka_unit_test_setup(what_is_reserved_is_shown, fresh),
        cmocka_unit_test_setup(a_gift_is_told_once_its_form_leads_there, fresh),
        cmocka_unit_test_setup(every_refusal_is_the_same_page, fresh),
        cmocka_unit_test_setup(who_guesses_has_to_wait, fresh),
        cmocka_unit_test_setup(an_address_has_a_hundred_tries_an_hour, fresh),
        cmocka_unit_test_setup(forms_of_others_are_refused, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
