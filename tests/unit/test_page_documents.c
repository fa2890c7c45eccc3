// Papers of an account whose company pays by transfer.
#include "proto/wire.h"
#include "services/web/page_documents.h"
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

static uint8_t invoice_rows[512], act_rows[512];

// The lists, asked from question `first` on.
static void answer_lists(size_t first, bool company)
{
    pack_t pack;
    answer_t answer = {.type = REQUEST_requisites};
    answer.requisites = (answer_requisites_t){.inn = text_of("9999123456"),
                                              .kpp = text_of("999901001"),
                                              .name = text_of("ООО «Ромашка» <b>")};
    visit_rig_answer(first, &answer);
    if (!company)
        visit_rig.asks[first].fail = FAIL_MISSING;
    pack_start(&pack, invoice_rows, sizeof invoice_rows);
    for (uint64_t i = 0; i < 2; i++) {
        pack_array(&pack, 5);
        pack_u64(&pack, 26000000025 - i);
        pack_i64(&pack, 5000000);
        pack_i64(&pack, VISIT_RIG_NOW);
        pack_i64(&pack, VISIT_RIG_NOW + 7 * DAY_US);
        pack_u64(&pack, i ? 88 : 0);
    }
    answer = (answer_t){.type = REQUEST_invoices};
    answer.invoices = (answer_invoices_t){
        .count = 2, .next = 26000000024, .rows = {invoice_rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(first + 1, &answer);
    pack_start(&pack, act_rows, sizeof act_rows);
    pack_array(&pack, 7);
    for (uint64_t i = 0; i < 2; i++)
        pack_u64(&pack, 7 + i);
    pack_u64(&pack, 2026 * 4 + 2);
    pack_i64(&pack, 123456);
    pack_i64(&pack, 20576);
    pack_i64(&pack, VISIT_RIG_NOW);
    pack_u64(&pack, 9);
    answer = (answer_t){.type = REQUEST_acts};
    answer.acts = (answer_acts_t){.count = 1, .rows = {act_rows, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(first + 2, &answer);
}

static void shows(const char *text)
{
    if (!visit_rig_shows(text))
        fail_msg("%s is not in %.*s", text, (int)visit_rig.page_size, visit_rig.page);
}

static void come(const char *query)
{
    assert_true(visit_rig_come("GET", "/documents", query, "read pay"));
    assert_false(visit_rig_step(page_documents_show));
}

static void papers_are_listed(void **state)
{
    (void)state;
    come("");
    assert_int_equal(visit_rig.asks[0].door, WEB_DOOR_DOCUMENTS);
    answer_lists(0, true);
    assert_true(visit_rig_step(page_documents_show));
    assert_int_equal(visit_rig.status, 200);
    shows("ООО «Ромашка» &lt;b&gt;, ИНН 9999123456, КПП 999901001");
    shows("26000000025");
    shows("ждёт оплаты");
    shows("оплачен");
    shows("50\u00a0000\u00a0₽");
    shows("6\u00a0декабря 2026");
    shows("/documents?before=26000000024\"");
    shows("<td>3.2026</td>");
    shows("205,76\u00a0₽");
    assert_false(visit_rig_shows("выставлен."));
}

static void an_address_alone_says_of_no_invoice_that_it_was_made(void **state)
{
    (void)state;
    come("issued=26000000025");
    answer_lists(0, true);
    assert_true(visit_rig_step(page_documents_show));
    shows("Счёт № 26000000025 выставлен");
    come("issued=26000000999");
    answer_lists(0, true);
    assert_true(visit_rig_step(page_documents_show));
    assert_false(visit_rig_shows("выставлен."));
}

static void without_a_company_there_is_no_invoice(void **state)
{
    (void)state;
    come("");
    answer_lists(0, false);
    visit_rig_fail(1, FAIL_UNKNOWN_ACCOUNT);
    assert_true(visit_rig_step(page_documents_show));
    shows("Счетов ещё не было");
    assert_false(visit_rig_shows("/documents/invoice"));
    come("");
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_documents_show));
    shows("data-silent=\"documents\"");
    assert_false(visit_rig_shows("Счетов ещё не было"));
}

static bool press(web_step_fn *step, const char *route, const char *fields, const char *token)
{
    char form[1024];
    snprintf(form, sizeof form, "ticket=%s&%s", visit_rig_ticket(route, ""), fields);
    assert_true(visit_rig_come("POST", route, form, token));
    return visit_rig_step(step);
}

static void a_company_is_registered_or_said_to_be_wrong(void **state)
{
    (void)state;
    static const char route[] = "/documents/company",
                      form[] = "name=Dom&inn=9999123456&kpp=999901001";
    assert_false(press(page_documents_company, route, form, "read pay"));
    assert_true(text_equal(visit_rig.requests[0].requisites_register.inn, text_of("9999123456")));
    answer_t answer = {.type = REQUEST_requisites_register};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_documents_company));
    assert_string_equal(visit_rig.location, "/documents");
    assert_false(press(page_documents_company, route, form, "read pay"));
    visit_rig_fail(0, FAIL_INVALID);
    assert_false(visit_rig_step(page_documents_company));
    answer_lists(1, false);
    assert_true(visit_rig_step(page_documents_company));
    assert_int_equal(visit_rig.status, 422);
    shows("Проверьте название, ИНН и КПП");
    shows("value=\"9999123456\"");
    assert_false(press(page_documents_company, route, form, "read pay"));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_documents_company));
    shows("дважды не выполнится");
    assert_true(press(page_documents_company, route, form, "read"));
    assert_int_equal(visit_rig.status, 403);
}

static void an_invoice_is_one_command(void **state)
{
    (void)state;
    static const char route[] = "/documents/invoice";
    assert_false(press(page_documents_invoice, route, "amount=50+000+%E2%82%BD", "read pay"));
    assert_int_equal(visit_rig.requests[0].invoice_issue.amount, 5000000);
    answer_t answer = {.type = REQUEST_invoice_issue, .invoice_issue = {.number = 26000000025}};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_documents_invoice));
    assert_string_equal(visit_rig.location, "/documents?issued=26000000025");
    assert_false(press(page_documents_invoice, route, "amount=1.5", "read pay"));
    answer_lists(0, true);
    assert_true(visit_rig_step(page_documents_invoice));
    assert_int_equal(visit_rig.status, 422);
    shows("value=\"1.5\"");
    assert_false(press(page_documents_invoice, route, "amount=5", "read pay"));
    visit_rig_fail(0, FAIL_FULL);
    assert_false(visit_rig_step(page_documents_invoice));
    answer_lists(1, true);
    assert_true(visit_rig_step(page_documents_invoice));
    assert_int_equal(visit_rig.status, 429);
    shows("сколько можно за день");
    assert_true(visit_rig_come("POST", route, "ticket=x&amount=5", "read pay"));
    assert_true(visit_rig_step(page_documents_invoice));
    assert_int_equal(visit_rig.status, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(papers_are_listed, fresh),
        cmocka_unit_test_setup(an_address_alone_says_of_no_invoice_that_it_was_made, fresh),
        cmocka_unit_test_setup(without_a_company_there_is_no_invoice, fresh),
        cmocka_unit_test_setup(a_company_is_registered_or_said_to_be_wrong, fresh),
        cmocka_unit_test_setup(an_invoice_is_one_command, fresh)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
