// The rows of payment's list, as it writes them.
#include "services/web/page_payments.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void rows_are_read_until_there_is_none(void **state)
{
    (void)state;
    uint8_t bytes[256];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    for (uint64_t i = 1; i <= 2; i++) {
        pack_array(&pack, 8);
        for (uint64_t column = 1; column <= 8; column++)
            pack_u64(&pack, 10 * i + column);
    }
    answer_payments_t answer = {.count = 2, .rows = {bytes, (uint32_t)pack_end(&pack)}};
    page_payments_walk_t walk;
    page_payments_row_t row = {0};
    page_payments_start(&walk, &answer);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(page_payments_next(&walk, &row));
        assert_int_equal(row.invoice, 10 * i + 1);
        assert_int_equal(row.kind, 10 * i + 2);
        assert_int_equal(row.state, 10 * i + 3);
        assert_int_equal(row.amount, 10 * i + 4);
        assert_int_equal(row.created, 10 * i + 5);
        assert_int_equal(row.request, 10 * i + 6);
        assert_int_equal(row.receipts[0], 10 * i + 7);
        assert_int_equal(row.receipts[1], 10 * i + 8);
    }
    assert_false(page_payments_next(&walk, &row));
    answer.count = 3; // one more than there are
    page_payments_start(&walk, &answer);
    for (int i = 0; i < 2; i++)
        assert_true(page_payments_next(&walk, &row));
    assert_false(page_payments_next(&walk, &row));
}

static void come(const char *query)
{
    assert_true(visit_rig_come("GET", "/payments", query, "read"));
    assert_false(visit_rig_step(page_payments_show));
}

static void each_payment_is_a_row_with_a_link(void **state)
{
    (void)state;
    static const struct {
        uint64_t kind, state;
        const char *words;
    } rows[] = {{PAYMENT_KIND_TOPUP, PAYMENT_CREATED, "ждём оплаты"},
                {PAYMENT_KIND_AUTOPAY, PAYMENT_SENT, "в обработке"},
                {PAYMENT_KIND_AUTOPAY, PAYMENT_PENDING, "в обработке"},
                {PAYMENT_KIND_AUTOPAY, PAYMENT_UNKNOWN, "в обработке"},
                {PAYMENT_KIND_TOPUP, PAYMENT_SUCCEEDED, "деньги пришли"},
                {PAYMENT_KIND_AUTOPAY, PAYMENT_DECLINED, "не прошёл"},
                {PAYMENT_KIND_TOPUP, PAYMENT_EXPIRED, "не оплачен в срок"},
                {PAYMENT_KIND_TOPUP, PAYMENT_MISMATCHED, "проверяем вручную"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[64];
        pack_t pack;
        const uint64_t row[] = {17, rows[i].kind, rows[i].state, 50000, VISIT_RIG_NOW, 0, 0, 0};
        pack_start(&pack, bytes, sizeof bytes);
        pack_array(&pack, 8);
        for (size_t column = 0; column < 8; column++)
            pack_u64(&pack, row[column]);
        come("before=19");
        assert_int_equal(visit_rig.requests[0].payments.before, 19);
        assert_true(uid_equal(&visit_rig.requests[0].payments.account, &visit_rig_account));
        answer_t answer = {.type = REQUEST_payments};
        answer.payments =
            (answer_payments_t){.next = 17, .count = 1, .rows = {bytes, (uint32_t)pack_end(&pack)}};
        visit_rig_answer(0, &answer);
        assert_true(visit_rig_step(page_payments_show));
        assert_int_equal(visit_rig.status, 200);
        assert_true(visit_rig_shows(rows[i].words) && visit_rig_shows("29.11.2026 14:05") &&
                    visit_rig_shows("500\u00a0₽") && visit_rig_shows("href=\"/payments/17\"") &&
                    visit_rig_shows("href=\"/payments?before=17\""));
        assert_true(visit_rig_shows(rows[i].kind == PAYMENT_KIND_TOPUP ? "<td>пополнение</td>"
                                                                       : "<td>автоплатёж</td>"));
    }
}

static const char *shown_of(receipt_state_t first, receipt_state_t second)
{
    static const char *const all[] = {"<td>отправлен</td>", "<td>готовится</td>",
                                      "<td>задерживается, напишите в поддержку</td>", "<td>—</td>"};
    uint8_t bytes[64];
    const uint64_t row[] = {
        17, PAYMENT_KIND_TOPUP, PAYMENT_SUCCEEDED, 50000, VISIT_RIG_NOW, 0, first, second};
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, 8);
    for (size_t column = 0; column < 8; column++)
        pack_u64(&pack, row[column]);
    come("");
    answer_t answer = {.type = REQUEST_payments};
    answer.payments = (answer_payments_t){.count = 1, .rows = {bytes, (uint32_t)pack_end(&pack)}};
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_payments_show));
    const char *found = NULL;
    for (size_t i = 0; i < 4; i++)
        if (visit_rig_shows(all[i])) {
            assert_null(found);
            found = all[i];
        }
    assert_non_null(found);
    return found + 4;
}

#define SHOWS(words, first, second)                                                                \
    assert_memory_equal(shown_of(first, second), words, sizeof words - 1)

static void the_worse_of_two_receipts_is_shown(void **state)
{
    (void)state;
    SHOWS("—", 0, 0);
    SHOWS("—", RECEIPT_STATE_NONE, RECEIPT_STATE_NONE);
    SHOWS("готовится", RECEIPT_STATE_WAITING, RECEIPT_STATE_OPEN);
    SHOWS("отправлен", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_OPEN);
    SHOWS("отправлен", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_NONE);
    SHOWS("готовится", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_DUE);
    SHOWS("готовится", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_FAILED);
    SHOWS("отправлен", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_SETTLED);
    SHOWS("задерживается", RECEIPT_STATE_MISSING, RECEIPT_STATE_OPEN);
    SHOWS("задерживается", RECEIPT_STATE_REGISTERED, RECEIPT_STATE_PEOPLE);
}

static void nothing_silence_and_strangers_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        fail_t fail;
        unsigned status;
        const char *words;
    } rows[] = {{FAIL_UNKNOWN_ACCOUNT, 200, "Платежей ещё не было"},
                {FAIL_TIMEOUT, 200, "data-silent=\"payment\""},
                {FAIL_MISSING, 404, "Такой страницы нет"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        come("");
        visit_rig_fail(0, rows[i].fail);
        assert_true(visit_rig_step(page_payments_show));
        assert_int_equal(visit_rig.status, rows[i].status);
        assert_true(visit_rig_shows(rows[i].words));
    }
    static const char *const wrong[] = {"before=x", "before=-1", "x=1",
                                        "before=99999999999999999999"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(visit_rig_come("GET", "/payments", wrong[i], "read"));
        assert_true(visit_rig_step(page_payments_show));
        assert_int_equal(visit_rig.status, 400);
    }
    assert_true(visit_rig_come("GET", "/payments", "", NULL));
    assert_true(visit_rig_step(page_payments_show));
    assert_int_equal(visit_rig.status, 401);
}

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_until_there_is_none),
        cmocka_unit_test_setup(each_payment_is_a_row_with_a_link, fresh),
        cmocka_unit_test_setup(the_worse_of_two_receipts_is_shown, fresh),
        cmocka_unit_test_setup(nothing_silence_and_strangers_are_told_apart, fresh)};
    int failed = cmocka_run_group_tests_name("page_payments", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
