// Files at the desk, without HTTP: what is shown is asked for and not done, and what is entered is
// what was shown.
#include "proto/codes.h"
#include "proto/wire.h"
#include "tests/unit/visit_rig.h"
#include "tools/desk/desk_command.h"
#include "tools/desk/desk_screens.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define OWN "40702810700000000101"
#define LINE "--x"
#define PART(name) LINE "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define COLUMNS                                                                                    \
    "date;number;amount;direction;own_account;payer_inn;payer_account;payer_name;purpose\n"
#define ROW(number, way)                                                                           \
    "01.09.2020;" number ";100,00;" way ";" OWN ";;30232810000000000001;;for services\n"
#define TWO COLUMNS ROW("7", "in") ROW("8", "out") "TOTAL;2;100,00;100,00\n"
#define ONE COLUMNS ROW("9", "in") "TOTAL;1;100,00;0\n"
#define STATEMENT(file) PART("own_account") OWN "\r\n" PART("statement") file "\r\n" LINE "--\r\n"
#define REGISTRY(rows)                                                                             \
    PART("registry") "date;invoice;kind;state;amount;fee\n" rows "\r\n" LINE "--\r\n"

static desk_face_t face;
static char cookie[VISIT_RIG_COOKIE], ticket[TICKET_SIZE + 1];

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin_desk(cookie);
    face = (desk_face_t){.enters = true};
    return 0;
}

static int over(void **state)
{
    (void)state;
    free(face.kept.bytes);
    face.kept.bytes = NULL;
    return 0;
}

static void come(const char *path, const char *body, bool file)
{
    web_visit_release(&visit_rig);
    visit_rig = (web_visit_t){.site = &visit_rig_site,
                              .face = &face,
                              .head = {.cookie = cookie,
                                       .host = "127.0.0.1:8099",
                                       .fetch_site = "same-origin",
                                       .content_type = file ? "multipart/form-data; boundary=x"
                                                            : "application/x-www-form-urlencoded"},
                              .method = "POST",
                              .path = path,
                              .body = span_of(body),
                              .takes_file = file,
                              .now = VISIT_RIG_NOW,
                              .now_ms = 1000};
    assert_true(web_visit_begin(&visit_rig));
}

static void answer_look(bool known, transfer_reason_t reason)
{
    answer_t answer = {.type = REQUEST_transfer_look};
    answer.transfer_look = (answer_transfer_look_t){.known = known, .reason = reason};
    visit_rig_answer(0, &answer);
}

// The statement's only transfer that came in is shown; its ticket is kept where there is one.
static void look(const char *body)
{
    come("/desk/files/statement", body, true);
    assert_false(visit_rig_step(desk_files_statement));
    assert_int_equal(visit_rig.asks_count, 1);
    assert_int_equal(visit_rig.asks[0].door, WEB_DOOR_DOCUMENTS);
    assert_int_equal(visit_rig.requests[0].type, REQUEST_transfer_look);
    assert_int_equal(visit_rig.requests[0].transfer_look.amount, 10000);
    answer_look(false, TRANSFER_NO_INVOICE);
    assert_true(visit_rig_step(desk_files_statement));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("номер счёта не указан"));
    const char *form = memmem(visit_rig.page, visit_rig.page_size, "/desk/files/enter", 17);
    assert_int_equal(form != NULL, face.enters);
    if (!form)
        return;
    size_t left = visit_rig.page_size - (size_t)(form - visit_rig.page);
    const char *at = memmem(form, left, "name=\"ticket\" value=\"", 21);
    assert_non_null(at);
    snprintf(ticket, sizeof ticket, "%.*s", TICKET_SIZE, at + 21);
}

static void enter(void)
{
    static char form[TICKET_SIZE + 16];
    snprintf(form, sizeof form, "ticket=%s", ticket);
    come("/desk/files/enter", form, false);
}

static void what_was_shown_is_entered_under_an_importers_certificate(void **state)
{
    (void)state;
    look(STATEMENT(TWO));
    enter();
    assert_false(visit_rig_step(desk_files_enter));
    assert_int_equal(visit_rig.asks_count, 1);
    assert_int_equal(visit_rig.asks[0].door, WEB_DOOR_DOCUMENTS_IMPORT);
    assert_int_equal(visit_rig.requests[0].type, REQUEST_transfer_receive);
    assert_false(uid_is_zero(&visit_rig.requests[0].id));
    assert_true(text_equal(visit_rig.requests[0].transfer_receive.number, text_of("7")));
    answer_t answer = {.type = REQUEST_transfer_receive};
    answer.transfer_receive = (answer_transfer_receive_t){.reason = TRANSFER_NO_INVOICE};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(desk_files_enter));
    assert_int_equal(visit_rig.status, 200);
    assert_true(visit_rig_shows("Переводы внесены"));
}

static void another_file_than_was_shown_is_not_entered(void **state)
{
    (void)state;
    look(STATEMENT(TWO));
    char first[sizeof ticket];
    memcpy(first, ticket, sizeof first);
    look(STATEMENT(ONE));
    memcpy(ticket, first, sizeof first);
    enter();
    assert_true(visit_rig_step(desk_files_enter));
    assert_int_equal(visit_rig.status, 409);
    assert_int_equal(visit_rig.asks_count, 0);
    ticket[0] = 'x';
    enter();
    assert_true(visit_rig_step(desk_files_enter));
    assert_int_equal(visit_rig.status, 403);
}

static void without_an_importer_and_without_an_answer_nothing_can_be_entered(void **state)
{
    (void)state;
    face.enters = false;
    look(STATEMENT(TWO));
    assert_true(visit_rig_shows("--importer"));
    face.enters = true;
    come("/desk/files/statement", STATEMENT(TWO), true);
    assert_false(visit_rig_step(desk_files_statement));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(desk_files_statement));
    assert_int_equal(visit_rig.status, 503);
    assert_false(visit_rig_shows("/desk/files/enter"));
}

static void what_is_no_statement_of_ours_is_refused_by_its_rule(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
    } wrong[] = {
        {STATEMENT(COLUMNS ROW("7", "in") "TOTAL;1;100,01;0\n"), "STATEMENT_TOTALS"},
        {STATEMENT("x"), "STATEMENT_"},
        {PART("own_account") "1\r\n" PART("statement") ONE "\r\n" LINE "--\r\n", "20 цифр"},
        {PART("own_account") OWN "\r\n" LINE "--\r\n", "Файл не пришёл"},
        {"", "Файл не пришёл"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        come("/desk/files/statement", wrong[i].body, true);
        assert_true(visit_rig_step(desk_files_statement));
        assert_int_equal(visit_rig.status, 422);
        assert_int_equal(visit_rig.asks_count, 0);
        assert_true(visit_rig_shows(wrong[i].says));
    }
}

static void compare(const char *rows, fail_t fail, invoice_state_t state, kopecks_t amount)
{
    come("/desk/files/registry", rows, true);
    assert_false(visit_rig_step(desk_files_registry));
    assert_int_equal(visit_rig.requests[0].payment.invoice, 17);
    answer_t answer = {.type = REQUEST_payment};
    answer.payment = (answer_payment_t){.state = state, .amount = amount};
    visit_rig_answer(0, &answer);
    if (fail)
        visit_rig_fail(0, fail);
    assert_true(visit_rig_step(desk_files_registry));
}

static void a_registrys_row_is_held_against_its_payment(void **state)
{
    (void)state;
    static const char paid[] = REGISTRY("2026-08-31;17;payment;paid;500.00;19.50\n");
    compare(paid, FAIL_NONE, PAYMENT_SUCCEEDED, 50000);
    assert_true(visit_rig.status == 200 && !visit_rig_shows("/desk/payment?invoice=17"));
    compare(paid, FAIL_NONE, PAYMENT_SUCCEEDED, 50001);
    assert_true(visit_rig_shows("другая сумма") && !visit_rig_shows("/desk/do/resolve"));
    compare(paid, FAIL_NONE, PAYMENT_CREATED, 50000);
    assert_true(visit_rig_shows("оплачен на одной стороне"));
    assert_true(visit_rig_shows("/desk/do/resolve?invoice=17"));
    compare(paid, FAIL_MISSING, PAYMENT_CREATED, 0);
    assert_true(visit_rig.status == 200 && visit_rig_shows("здесь такого нет"));
    compare(paid, FAIL_TIMEOUT, PAYMENT_CREATED, 0);
    assert_int_equal(visit_rig.status, 503); // who does not answer agrees with nothing
    come("/desk/files/registry", REGISTRY("2026-08-31;17;payment;paid;5OO;\n"), true);
    assert_true(visit_rig_step(desk_files_registry));
    assert_int_equal(visit_rig.status, 422);
    assert_true(visit_rig_shows("column amount"));
}

static void a_refund_of_a_registry_is_sought_among_those_of_its_payment(void **state)
{
    (void)state;
    static const uid_t16 account = {{1}};
    static const struct {
        uint64_t state;
        kopecks_t amount;
        bool agrees;
    } here[] = {
        {REFUND_DONE, 10000, true}, {REFUND_DONE, 9999, false}, {REFUND_SENT, 10000, false}};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        uint8_t rows[128];
        pack_t pack;
        come("/desk/files/registry", REGISTRY("2026-08-31;17;refund;finished;100,00;\n"), true);
        assert_false(visit_rig_step(desk_files_registry));
        assert_int_equal(visit_rig.requests[0].type, REQUEST_refunds);
        assert_int_equal(visit_rig.requests[0].refunds.invoice, 17);
        pack_start(&pack, rows, sizeof rows);
        pack_array(&pack, 9);
        pack_u64(&pack, 5);
        pack_u64(&pack, 17);
        pack_uid(&pack, &account);
        pack_u64(&pack, here[i].state);
        pack_i64(&pack, here[i].amount);
        for (size_t field = 5; field < 9; field++)
            pack_u64(&pack, 0);
        answer_t answer = {.type = REQUEST_refunds};
        answer.refunds = (answer_refunds_t){.count = 1, .rows = {rows, (uint32_t)pack_end(&pack)}};
        visit_rig_answer(0, &answer);
        assert_true(visit_rig_step(desk_files_registry));
        assert_int_equal(visit_rig.status, 200);
        assert_int_equal(visit_rig_shows("вернулся там и не здесь"), !here[i].agrees);
    }
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, fresh, over)
    const struct CMUnitTest tests[] = {
        FILE_TEST(what_was_shown_is_entered_under_an_importers_certificate),
        FILE_TEST(another_file_than_was_shown_is_not_entered),
        FILE_TEST(without_an_importer_and_without_an_answer_nothing_can_be_entered),
        FILE_TEST(what_is_no_statement_of_ours_is_refused_by_its_rule),
        FILE_TEST(a_refund_of_a_registry_is_sought_among_those_of_its_payment),
        FILE_TEST(a_registrys_row_is_held_against_its_payment)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
