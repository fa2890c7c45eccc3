// By what an account is told: an address, its code, a webhook, what of, and what was told last.
#include "proto/codes.h"
#include "proto/wire.h"
#include "services/web/page_notices.h"
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

static uint8_t told_rows[512];

static answer_contact_t both_contacts(uint64_t email, uint64_t webhook)
{
    return (answer_contact_t){.email = email,
                              .email_address = text_of("anna&co@mail.example"),
                              .email_wants = 1 << LADDER_STOPPED,
                              .email_language = SAID_IN_ENGLISH,
                              .webhook = webhook,
                              .webhook_address = text_of("https://hooks.example/a?b=\"c\""),
                              .both_until = VISIT_RIG_NOW + DAY_US};
}

// What is asked from question `first` on.
static void answer_all(size_t first, const answer_contact_t *contact, bool told)
{
    static const uint64_t rows[2][7] = {
        {9, VISIT_RIG_NOW, NOTICE_LADDER, LADDER_LOW, 6, DELIVERY_TAKEN, 0},
        {8, VISIT_RIG_NOW, NOTICE_AUTOPAY_PAID, 0, 2, DELIVERY_GIVEN_UP, 0}};
    pack_t pack;
    answer_t answer = {.type = REQUEST_contact};
    if (contact)
        answer.contact = *contact;
    visit_rig_answer(first, &answer);
    if (!contact)
        visit_rig.asks[first].fail = FAIL_MISSING;
    pack_start(&pack, told_rows, sizeof told_rows);
    for (size_t i = 0; i < 2; i++) {
        pack_array(&pack, 7);
        for (size_t n = 0; n < 7; n++)
            pack_u64(&pack, rows[i][n]);
    }
    answer = (answer_t){.type = REQUEST_told};
    answer.told =
        (answer_told_t){.count = told ? 2 : 0, .rows = {told_rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(first + 1, &answer);
}

static void shows(const char *text)
{
    if (!visit_rig_shows(text))
        fail_msg("%s is not in %.*s", text, (int)visit_rig.page_size, visit_rig.page);
}

static void come(const char *query, const char *token)
{
    assert_true(visit_rig_come("GET", "/notices", query, token));
    assert_false(visit_rig_step(page_notices_show));
}

static bool press(web_step_fn *step, const char *route, const char *fields, const char *token)
{
    char form[2048];
    snprintf(form, sizeof form, "ticket=%s&%s", visit_rig_ticket(route, ""), fields);
    assert_true(visit_rig_come("POST", route, form, token));
    return visit_rig_step(step);
}

static void ends_at_the_page(web_step_fn *step)
{
    answer_t answer = {.type = visit_rig.requests[0].type};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(step));
    assert_int_equal(visit_rig.status, 303);
    assert_string_equal(visit_rig.location, "/notices?saved=1");
}

// The form is shown again with what was wrong.
static void says(web_step_fn *step, fail_t fail, const char *words)
{
    answer_contact_t contact = both_contacts(CONTACT_IS_UNCONFIRMED, CONTACT_IS_ON);
    visit_rig_fail(0, fail);
    assert_false(visit_rig_step(step));
    answer_all(1, &contact, true);
    assert_true(visit_rig_step(step));
    assert_int_equal(visit_rig.status, 422);
    shows(words);
    shows("Ошибка: ");
}

static void contacts_and_what_was_told_are_shown(void **state)
{
    (void)state;
    answer_contact_t contact = both_contacts(CONTACT_IS_ON, CONTACT_IS_GONE);
    come("", "read pay");
    assert_int_equal(visit_rig.asks[0].door, WEB_DOOR_NOTIFY);
    assert_true(uid_equal(&visit_rig.requests[0].contact.account, &visit_rig_account));
    assert_true(uid_equal(&visit_rig.requests[1].told.account, &visit_rig_account));
    answer_all(0, &contact, true);
    assert_true(visit_rig_step(page_notices_show));
    assert_int_equal(visit_rig.status, 200);
    shows("anna&amp;co@mail.example");
    shows("https://hooks.example/a?b=&quot;c&quot;");
    shows("Сообщаем сюда:");
    shows("получатель ответил, что его больше нет");
    shows("Прежний секрет тоже подписывает до 30\u00a0ноября 2026");
    shows("<td>низкий баланс</td><td>принято</td><td>ждёт отправки</td>");
    shows("<td>автоплатёж прошёл</td><td>оставлено после последней попытки</td><td>—</td>");
    shows("name=\"stops\" type=\"checkbox\" value=\"1\" checked");
    shows("id=\"email-low\" name=\"low\" type=\"checkbox\" value=\"1\"><label");
    shows("id=\"webhook-low\" name=\"low\" type=\"checkbox\" value=\"1\" checked");
    shows("id=\"language-en\" name=\"language\" type=\"radio\" value=\"en\" checked");
    shows("value=\"whsec_");
    shows("/notices/erase");
    assert_false(visit_rig_shows("/notices/confirm\""));
}

static void who_has_none_is_told_so_and_who_only_reads_changes_nothing(void **state)
{
    (void)state;
    come("", "read pay");
    answer_all(0, NULL, false);
    assert_true(visit_rig_step(page_notices_show));
    shows("Адреса нет: писем не шлём.");
    shows("Вебхука нет: программам не сообщаем.");
    shows("Сообщений ещё не было");
    assert_false(visit_rig_shows("/notices/erase"));
    assert_false(visit_rig_shows("/choose\""));
    answer_contact_t contact = both_contacts(CONTACT_IS_UNCONFIRMED, CONTACT_IS_ON);
    come("", "read");
    answer_all(0, &contact, true);
    assert_true(visit_rig_step(page_notices_show));
    shows("anna&amp;co@mail.example");
    assert_false(visit_rig_shows("action=\"/notices"));
    assert_true(press(page_notices_email, "/notices/email", "address=a@mail.example", "read"));
    assert_int_equal(visit_rig.status, 403);
    come("", "read pay");
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_notices_show));
    assert_int_equal(visit_rig.status, 200);
    shows("data-silent=\"notify\"");
    shows("data-silent=\"told\"");
    assert_false(visit_rig_shows("Адреса нет"));
}

static void an_address_is_set_by_one_command(void **state)
{
    (void)state;
    static const char route[] = "/notices/email", form[] = "address=anna%40mail.example";
    assert_false(press(page_notices_email, route, form, "read pay"));
    const request_t *request = &visit_rig.requests[0];
    assert_int_equal(request->type, REQUEST_contact_set);
    assert_int_equal(request->contact_set.kind, CONTACT_EMAIL);
    assert_true(text_equal(request->contact_set.address, text_of("anna@mail.example")));
    assert_int_equal(request->contact_set.language, SAID_IN_RUSSIAN);
    ends_at_the_page(page_notices_email);
    assert_false(press(page_notices_email, route, form, "read pay"));
    says(page_notices_email, FAIL_INVALID, "Введите адрес почты, например");
    shows("value=\"anna@mail.example\"");
    assert_false(press(page_notices_email, route, form, "read pay"));
    says(page_notices_email, FAIL_STATE, "меньше минуты назад");
    assert_false(press(page_notices_email, route, form, "read pay"));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_notices_email));
    shows("дважды не выполнится");
    assert_true(visit_rig_come("POST", route, "ticket=x&address=a%40b.example", "read pay"));
    assert_true(visit_rig_step(page_notices_email));
    assert_int_equal(visit_rig.status, 403);
}

static void a_webhook_is_set_with_the_secret_that_was_shown(void **state)
{
    (void)state;
    static const char route[] = "/notices/webhook",
                      form[] = "address=https%3A%2F%2Fhooks.example%2Fa&key=whsec_AAAA";
    assert_false(press(page_notices_webhook, route, form, "read pay"));
    const request_t *request = &visit_rig.requests[0];
    assert_int_equal(request->contact_set.kind, CONTACT_WEBHOOK);
    assert_true(text_equal(request->contact_set.address, text_of("https://hooks.example/a")));
    assert_true(text_equal(request->contact_set.key, text_of("whsec_AAAA")));
    ends_at_the_page(page_notices_webhook);
    assert_false(press(page_notices_webhook, route, form, "read pay"));
    says(page_notices_webhook, FAIL_INVALID, "секрет, который начинается с whsec_");
    shows("value=\"whsec_AAAA\"");
    char long_form[2000] = "address=";
    memset(long_form + 8, 'a', 1100);
    assert_false(press(page_notices_webhook, route, long_form, "read pay"));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_contact); // nothing is sent
}

static void a_link_fills_the_code_in_and_a_press_confirms(void **state)
{
    (void)state;
    static const char route[] = "/notices/confirm", form[] = "code=0121ABJKMZZZRSTV";
    answer_contact_t contact = both_contacts(CONTACT_IS_UNCONFIRMED, CONTACT_IS_NONE);
    come("code=0121ABJKMZZZRSTV", "read pay");
    assert_int_equal(visit_rig.requests[0].type, REQUEST_contact); // and no command
    answer_all(0, &contact, true);
    assert_true(visit_rig_step(page_notices_show));
    shows("name=\"code\" type=\"text\" autocomplete=\"one-time-code\" value=\"0121ABJKMZZZRSTV\"");
    assert_false(press(page_notices_confirm, route, form, "read pay"));
    assert_true(
        text_equal(visit_rig.requests[0].contact_confirm.code, text_of("0121ABJKMZZZRSTV")));
    ends_at_the_page(page_notices_confirm);
    assert_false(press(page_notices_confirm, route, form, "read pay"));
    says(page_notices_confirm, FAIL_MISMATCH, "Это не тот код");
    assert_false(press(page_notices_confirm, route, form, "read pay"));
    says(page_notices_confirm, FAIL_EXPIRED, "Это не тот код");
    assert_false(press(page_notices_confirm, route, form, "read pay"));
    says(page_notices_confirm, FAIL_STATE, "уже подтверждён или удалён");
    // Who is not signed in comes back with it.
    assert_true(visit_rig_come("GET", "/notices", "code=0121ABJKMZZZRSTV", NULL));
    visit_rig_site.sign_in_url = "https://platform.example/in";
    assert_true(visit_rig_step(page_notices_show));
    assert_int_equal(visit_rig.status, 401);
    shows("/sign-in?return=%2Fnotices%3Fcode%3D0121ABJKMZZZRSTV\"");
}

// All that there is stands for what comes later too, and nothing is no choice.
static void what_is_chosen_is_what_is_ticked(void **state)
{
    (void)state;
    static const char route[] = "/notices/email/choose";
    assert_false(press(page_notices_choose_email, route, "low=1&k6=1&language=en", "read pay"));
    const request_t *request = &visit_rig.requests[0];
    assert_int_equal(request->contact_choose.kind, CONTACT_EMAIL);
    assert_int_equal(request->contact_choose.wants,
                     1 << LADDER_LOW | 1 << (16 + NOTICE_AUTOPAY_PAID));
    assert_int_equal(request->contact_choose.language, SAID_IN_ENGLISH);
    ends_at_the_page(page_notices_choose_email);
    char all[512] = "low=1&ends=1&stops=1&back=1";
    const codes_info_t *kinds = codes_info(CODES_notice_kind);
    for (size_t i = 0; i < kinds->count; i++) {
        uint64_t kind = kinds->codes[i].number;
        if (kind == NOTICE_CONFIRM || kind == NOTICE_LADDER || kind == NOTICE_PAYMENT_ANNOUNCED)
            continue;
        size_t size = strlen(all);
        snprintf(all + size, sizeof all - size, "&k%u=1", (unsigned)kind);
    }
    assert_false(press(page_notices_choose_webhook, "/notices/webhook/choose", all, "read pay"));
    assert_int_equal(visit_rig.requests[0].contact_choose.kind, CONTACT_WEBHOOK);
    assert_int_equal(visit_rig.requests[0].contact_choose.wants, 0);
    assert_false(press(page_notices_choose_email, route, "language=ru", "read pay"));
    answer_contact_t contact = both_contacts(CONTACT_IS_ON, CONTACT_IS_ON);
    answer_all(0, &contact, true);
    assert_true(visit_rig_step(page_notices_choose_email));
    assert_int_equal(visit_rig.status, 422);
    shows("Отметьте хотя бы одно");
    assert_true(press(page_notices_choose_email, route, "k99=1", "read pay"));
    assert_int_equal(visit_rig.status, 400);
}

static void addresses_are_deleted_by_one_press(void **state)
{
    (void)state;
    assert_false(press(page_notices_erase, "/notices/erase", "", "read pay"));
    assert_int_equal(visit_rig.requests[0].type, REQUEST_contact_erase);
    ends_at_the_page(page_notices_erase);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(contacts_and_what_was_told_are_shown, fresh),
        cmocka_unit_test_setup(who_has_none_is_told_so_and_who_only_reads_changes_nothing, fresh),
        cmocka_unit_test_setup(an_address_is_set_by_one_command, fresh),
        cmocka_unit_test_setup(a_webhook_is_set_with_the_secret_that_was_shown, fresh),
        cmocka_unit_test_setup(a_link_fills_the_code_in_and_a_press_confirms, fresh),
        cmocka_unit_test_setup(what_is_chosen_is_what_is_ticked, fresh),
        cmocka_unit_test_setup(addresses_are_deleted_by_one_press, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
