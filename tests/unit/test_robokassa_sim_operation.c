// test_robokassa_sim_operation - the life of an operation, and what Robokassa lets a child do.
#include "tools/robokassa_sim/callback.h"
#include "tools/robokassa_sim/merchant.h"
#include "tools/robokassa_sim/text.h"
// cmocka wants these first
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define START_US INT64_C(1767225600000000)

static void events_that_do_not_fit_the_state_change_nothing(void **state)
{
    (void)state;
    static const operation_state_t STATES[] = {
        OPERATION_OPENED,    OPERATION_INITIATED, OPERATION_CANCELLED, OPERATION_HELD,
        OPERATION_CREDITING, OPERATION_RETURNED,  OPERATION_SUSPENDED, OPERATION_PAID};
    // Rows as STATES, columns as operation_event_t; -1: refused.
    static const int NEXT[][8] = {
        // confirm decline authorise receive credit return suspend revive
        {5, -1, -1, -1, -1, -1, -1, -1},   {-1, 10, 20, 50, -1, -1, 80, -1},
        {-1, -1, -1, -1, -1, -1, -1, 50},  {-1, -1, -1, 50, -1, 60, -1, -1},
        {-1, -1, -1, -1, 100, 60, 80, -1}, {-1, -1, -1, -1, -1, -1, -1, -1},
        {-1, 10, -1, -1, -1, 60, -1, 50},  {-1, -1, -1, -1, -1, -1, -1, -1},
    };
    for (size_t s = 0; s < 8; s++)
        for (int e = 0; e < 8; e++) {
            operation_t *o = operation_create();
            o->state = STATES[s];
            bool done = operation_apply(o, (operation_event_t)e, 7);
            assert_int_equal(done, NEXT[s][e] >= 0);
            assert_int_equal(o->state, done ? NEXT[s][e] : (int)STATES[s]);
            assert_int_equal(o->state_us, done ? 7 : 0);
            operation_destroy(&o);
        }
}

static void five_deliveries_then_the_administrator(void **state)
{
    (void)state;
    static const int64_t GAPS_US[] = {1, 2, 4, 8};
    operation_t *o = operation_create();
    o->state = OPERATION_CREDITING;
    int64_t now_us = 100;
    for (size_t i = 0; i < 4; i++) {
        assert_false(operation_delivered(o, OPERATION_RESULT, false, now_us, GAPS_US, 4));
        assert_int_equal(o->channel[OPERATION_RESULT].due_us, now_us + GAPS_US[i]);
        assert_int_equal(o->state, OPERATION_CREDITING);
        now_us += GAPS_US[i];
    }
    assert_true(operation_delivered(o, OPERATION_RESULT, false, now_us, GAPS_US, 4));
    assert_int_equal(operation_wake_us(o), OPERATION_NEVER_US);
    assert_int_equal(o->state, OPERATION_PAID);
    assert_false(o->channel[OPERATION_RESULT].acknowledged);
    operation_destroy(&o);
}

static void an_acknowledged_delivery_owes_only_its_duplicates(void **state)
{
    (void)state;
    static const int64_t GAPS_US[] = {10};
    operation_t *o = operation_create();
    o->state = OPERATION_CREDITING;
    o->channel[OPERATION_RESULT].duplicates = 2;
    assert_false(operation_delivered(o, OPERATION_RESULT, true, 100, GAPS_US, 1));
    assert_int_equal(o->state, OPERATION_PAID);
    assert_int_equal(operation_wake_us(o), 110);
    assert_false(operation_delivered(o, OPERATION_RESULT, false, 110, GAPS_US, 1));
    assert_int_equal(operation_wake_us(o), 120);
    assert_false(operation_delivered(o, OPERATION_RESULT, true, 120, GAPS_US, 1));
    assert_int_equal(operation_wake_us(o), OPERATION_NEVER_US);
    assert_int_equal(o->channel[OPERATION_RESULT].deliveries, 3);
    operation_destroy(&o);
}

static void an_operation_is_the_same_after_its_json(void **state)
{
    (void)state;
    operation_t *o = operation_create(), *copy = operation_create();
    o->id = 3;
    o->invoice = INT64_MAX;
    o->amount_kopecks = 19900;
    o->recurring = true;
    o->channel[OPERATION_RESULT2].deliveries = 4;
    text_replace(&o->shp, "Shp_a=%D0%AF");
    text_replace(&o->email, "payer@example.com");
    json_t *json = operation_json(o);
    assert_null(json_object_get(json, "email"));
    assert_true(operation_load(copy, json));
    json_t *again = operation_json(copy);
    assert_true(json_equal(json, again));
    json_object_del(json, "invoice");
    assert_false(operation_load(copy, json));
    json_decref(json);
    json_decref(again);
    operation_destroy(&o);
    operation_destroy(&copy);
}

// A world on a driven clock: parent 1001 paid with Recurring=true, 1002 paid without, 1003 a paid
// child, 1004 opened only, 1005 declined, 1006 paid in test mode.
static sim_t *world(void)
{
    config_t *config = calloc(1, sizeof *config);
    assert_non_null(config);
    config->shop = (shop_t){.login = text_copy("shop"),
                            .password1 = text_copy("p1"),
                            .password2 = text_copy("p2"),
                            .test_password1 = text_copy("t1"),
                            .test_password2 = text_copy("t2"),
                            .active = true,
                            .recurring = true,
                            .hold = true};
    config->driven = true;
    config->start_us = START_US;
    config->operations_max = 50;
    sim_t *sim = sim_create(&config);
    assert_non_null(sim);
    return sim;
}

static char *call(sim_t *sim, const char *path, const char *fields, const char *base,
                  const char *shp)
{
    char hex[DIGEST_HEX_MAX];
    shop_sign(sim->shop, SHOP_BASE(shp, base), false, hex);
    text_t text;
    text_open(&text);
    fprintf(text.file, "MerchantLogin=shop&%s&SignatureValue=%s", fields, hex);
    char *wire = text_take(&text);
    form_t form = {0};
    assert_true(form_decode(&form, wire, strlen(wire)));
    const request_t request = {.method = "POST", .path = path, .form = &form, .body = ""};
    reply_t reply = {0};
    assert_true(merchant_answer(sim, &request, &reply));
    sim_advance(sim);
    char *body = text_copy(reply.body);
    reply_clear(&reply);
    form_clear(&form);
    free(wire);
    return body;
}

static void open_and_choose(sim_t *sim, int64_t invoice, const char *more, const char *password,
                            const char *action)
{
    char fields[128], base[128];
    snprintf(fields, sizeof fields, "OutSum=10.00&InvId=%d%s", (int)invoice, more);
    snprintf(base, sizeof base, "shop:10.00:%d:%s", (int)invoice, password);
    free(call(sim, "/Merchant/Index.aspx", fields, base, NULL));
    if (action)
        assert_true(merchant_choose(sim, book_opened(sim->book, invoice), action));
    sim_advance(sim);
}

static sim_t *peopled(void)
{
    sim_t *sim = world();
    open_and_choose(sim, 1001, "&Recurring=true", "p1", "pay");
    open_and_choose(sim, 1002, "", "p1", "pay");
    free(call(sim, "/Merchant/Recurring", "OutSum=10.00&InvoiceID=1003&PreviousInvoiceID=1001",
              "shop:10.00:1003:p1", NULL));
    open_and_choose(sim, 1004, "&Recurring=true", "p1", NULL);
    open_and_choose(sim, 1005, "&Recurring=true", "p1", "decline");
    open_and_choose(sim, 1006, "&IsTest=1&Recurring=true", "t1", "pay");
    return sim;
}

static void a_child_is_taken_or_refused_with_the_code_of_its_fault(void **state)
{
    (void)state;
    static const struct {
        const char *why, *fields, *base;
        const char *want; // in the body
    } CASES[] = {
        {"good", "OutSum=10.00&InvoiceID=5&PreviousInvoiceID=1001", "shop:10.00:5:p1", "OK5"},
        {"another sum", "OutSum=77&InvId=6&PreviousInvoiceID=1001", "shop:77:6:p1", "OK6"},
        {"parent signed too", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1001",
         "shop:10.00:7:1001:p1", "\"29\""},
        {"other password", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1001", "shop:10.00:7:p2",
         "\"29\""},
        {"no number", "OutSum=10.00&PreviousInvoiceID=1001", "shop:10.00::p1", "\"30\""},
        {"number 0", "OutSum=10.00&InvoiceID=0&PreviousInvoiceID=1001", "shop:10.00:0:p1",
         "\"30\""},
        {"number too large", "OutSum=10.00&InvoiceID=9223372036854775808&PreviousInvoiceID=1001",
         "shop:10.00:9223372036854775808:p1", "\"30\""},
        {"number twice", "OutSum=10.00&InvoiceID=7&InvId=7&PreviousInvoiceID=1001",
         "shop:10.00:7:p1", "\"30\""},
        {"no sum", "InvoiceID=7&PreviousInvoiceID=1001", "shop::7:p1", "\"31\""},
        {"sum 0", "OutSum=0.00&InvoiceID=7&PreviousInvoiceID=1001", "shop:0.00:7:p1", "\"31\""},
        {"sum with a comma", "OutSum=10,00&InvoiceID=7&PreviousInvoiceID=1001", "shop:10,00:7:p1",
         "\"31\""},
        {"no parent", "OutSum=10.00&InvoiceID=7", "shop:10.00:7:p1", "\"35\""},
        {"unknown parent", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=4", "shop:10.00:7:p1",
         "\"35\""},
        {"parent without consent", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1002",
         "shop:10.00:7:p1", "\"35\""},
        {"parent is a child", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1003", "shop:10.00:7:p1",
         "\"35\""},
        {"parent opened only", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1004", "shop:10.00:7:p1",
         "\"35\""},
        {"parent declined", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1005", "shop:10.00:7:p1",
         "\"35\""},
        {"parent of test mode", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1006",
         "shop:10.00:7:p1", "\"35\""},
        {"Recurring sent", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1001&Recurring=true",
         "shop:10.00:7:p1", "\"35\""},
        {"label sent", "OutSum=10.00&InvoiceID=7&PreviousInvoiceID=1001&IncCurrLabel=BankCard",
         "shop:10.00:7:p1", "\"35\""},
        {"paid number", "OutSum=10.00&InvoiceID=1002&PreviousInvoiceID=1001", "shop:10.00:1002:p1",
         "\"40\""},
        {"own parent's number", "OutSum=10.00&InvoiceID=1001&PreviousInvoiceID=1001",
         "shop:10.00:1001:p1", "\"40\""},
    };
    sim_t *sim = peopled();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t before = book_count(sim->book);
        char *body = call(sim, "/Merchant/Recurring", CASES[i].fields, CASES[i].base, NULL);
        if (!strstr(body, CASES[i].want))
            fail_msg("%s: %s", CASES[i].why, body);
        assert_int_equal(book_count(sim->book) - before, CASES[i].want[0] == 'O');
        free(body);
    }
    shop_t *shop = &sim->config->shop;
    static const char FIELDS[] = "OutSum=10.00&InvoiceID=8&PreviousInvoiceID=1001";
    shop->recurring = false;
    char *body = call(sim, "/Merchant/Recurring", FIELDS, "shop:10.00:8:p1", NULL);
    assert_non_null(strstr(body, "\"34\""));
    free(body);
    shop->active = false;
    body = call(sim, "/Merchant/Recurring", FIELDS, "shop:10.00:8:p1", NULL);
    assert_non_null(strstr(body, "\"25\""));
    free(body);
    text_replace(&shop->login, "other");
    body = call(sim, "/Merchant/Recurring", FIELDS, "shop:10.00:8:p1", NULL);
    assert_non_null(strstr(body, "\"26\""));
    free(body);
    sim_destroy(&sim);
}

static void a_start_is_refused_with_the_code_of_its_fault(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *base, *want;
    } CASES[] = {
        {"OutSum=1&InvId=1&Recurring=true&IncCurrLabel=BankCard", "shop:1:1:p1", "\"35\""},
        {"OutSum=1&InvId=1&Recurring=true&StepByStep=true", "shop:1:1:true:p1", "\"35\""},
        {"OutSum=1&InvId=1&StepByStep=true&Token=x", "shop:1:1:true:x:p1", "\"65\""},
        {"OutSum=1&InvId=1&ExpirationDate=2025-12-31T23:59", "shop:1:1:p1", "\"33\""},
        {"OutSum=1&InvId=1&ExpirationDate=soon", "shop:1:1:p1", "\"30\""},
        {"OutSum=1&InvId=1&SuccessUrl2=https://a.example", "shop:1:1:https://a.example:p1",
         "\"30\""},
        {"OutSum=1&InvId=1&ResultUrl2=javascript:x", "shop:1:1:javascript:x:p1", "\"30\""},
        {"OutSum=1&InvId=1&Receipt={}", "shop:1:1:{}:p1", "\"30\""},
        {"OutSum=1&InvId=1&Token=unknown", "shop:1:1:unknown:p1", "\"30\""},
        {"OutSum=1&InvId=1002", "shop:1:1002:p1", "\"40\""},
        {"OutSum=1&InvId=x", "shop:1:x:p1", "\"30\""},
        {"OutSum=1&InvId=1&Description=%FF", "shop:1:1:p1", "\"30\""},
    };
    sim_t *sim = peopled();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char *body = call(sim, "/Merchant/Index.aspx", CASES[i].fields, CASES[i].base, NULL);
        if (!strstr(body, CASES[i].want))
            fail_msg("%s: %s", CASES[i].fields, body);
        free(body);
    }
    sim_destroy(&sim);
}

static void a_full_book_refuses_with_41(void **state)
{
    (void)state;
    sim_t *sim = world();
    open_and_choose(sim, 1, "&Recurring=true", "p1", "pay");
    char fields[64], base[64];
    for (int i = 2; i <= 50; i++) {
        snprintf(fields, sizeof fields, "OutSum=1&InvoiceID=%d&PreviousInvoiceID=1", i);
        snprintf(base, sizeof base, "shop:1:%d:p1", i);
        char *body = call(sim, "/Merchant/Recurring", fields, base, NULL);
        assert_int_equal(strncmp(body, "OK", 2), 0);
        free(body);
    }
    char *body = call(sim, "/Merchant/Recurring", "OutSum=1&InvoiceID=51&PreviousInvoiceID=1",
                      "shop:1:51:p1", NULL);
    assert_non_null(strstr(body, "\"41\""));
    free(body);
    sim_destroy(&sim);
}

static void a_number_in_flight_twice_takes_money_once(void **state)
{
    (void)state;
    sim_t *sim = world();
    open_and_choose(sim, 1, "&Recurring=true", "p1", "pay");
    sim->config->decision_delay_ms = 10;
    for (int i = 0; i < 2; i++)
        free(call(sim, "/Merchant/Recurring", "OutSum=1&InvoiceID=2&PreviousInvoiceID=1",
                  "shop:1:2:p1", NULL));
    assert_int_equal(sim_next_wake_us(sim), START_US + 10000);
    assert_false(sim_set_now_us(sim, START_US - 1));
    assert_true(sim_set_now_us(sim, START_US + 10000));
    sim_advance(sim);
    assert_int_equal(book_at(sim->book, 1)->state, OPERATION_PAID);
    assert_int_equal(book_at(sim->book, 2)->state, OPERATION_RETURNED);
    assert_int_equal(book_find(sim->book, 2, false)->state, OPERATION_PAID);
    sim_destroy(&sim);
}

static void the_state_answer_escapes_and_names_each_result(void **state)
{
    (void)state;
    operation_t *o = operation_create();
    o->state = OPERATION_PAID;
    o->state_us = START_US + 1;
    o->amount_kopecks = 19905;
    text_replace(&o->shp, "Shp_x=%3Ca%26%22");
    callback_style_t style = {0};
    char *xml = callback_xml(0, o, &style, START_US);
    assert_non_null(strstr(xml, "<State><Code>100</Code>"));
    assert_non_null(strstr(xml, "<StateDate>2026-01-01T03:00:00.0000010+03:00</StateDate>"));
    assert_non_null(strstr(xml, "<OutSum>199.050000</OutSum>"));
    assert_non_null(strstr(xml, "<UserField><Field><Name>Shp_x</Name><Value>&lt;a&amp;&quot;"));
    free(xml);
    style = (callback_style_t){.legacy_namespace = true, .user_fields = true};
    xml = callback_xml(0, o, &style, START_US);
    assert_non_null(strstr(xml, "xmlns=\"http://merchant.roboxchange.com/WebService/\""));
    assert_non_null(strstr(xml, "<UserFields>"));
    free(xml);
    xml = callback_xml(3, NULL, &style, START_US);
    assert_non_null(strstr(xml, "<Code>3</Code>"));
    assert_null(strstr(xml, "<State>"));
    free(xml);
    operation_destroy(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_that_do_not_fit_the_state_change_nothing),
        cmocka_unit_test(five_deliveries_then_the_administrator),
        cmocka_unit_test(an_acknowledged_delivery_owes_only_its_duplicates),
        cmocka_unit_test(an_operation_is_the_same_after_its_json),
        cmocka_unit_test(a_child_is_taken_or_refused_with_the_code_of_its_fault),
        cmocka_unit_test(a_start_is_refused_with_the_code_of_its_fault),
        cmocka_unit_test(a_full_book_refuses_with_41),
        cmocka_unit_test(a_number_in_flight_twice_takes_money_once),
        cmocka_unit_test(the_state_answer_escapes_and_names_each_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
