// What payment tells of receipts: a page of all, and those of an account's payments.
#include "tests/unit/receipt_moves.h"

static void a_page_of_receipts_goes_on_where_the_one_before_ended(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    answer_t answer;
    for (int i = 0; i < 3; i++)
        (void)placed(w, 50000 * (i + 1), &lot);
    request_t request = {.type = REQUEST_receipts};
    request.receipts.limit = 2;
    uint64_t rows = 0, pages = 0;
    do {
        assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
        rows += answer.receipts.count;
        request.receipts.before = answer.receipts.next;
        pages++;
    } while (request.receipts.before);
    assert_int_equal(rows, 6);
    assert_int_equal(pages, 3);
    request.receipts = (request_receipts_t){.limit = 100, .states = 1 << RECEIPT_STATE_OPEN};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.receipts.count, 3);
}

// An open form has no lot, and so no receipt; of a payment both are said.
static void the_list_of_payments_says_how_far_receipts_are(void **state)
{
    world_t *w = *state;
    uint64_t lot, invoice, fields;
    uint64_t used = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    uint64_t open = world_link(w, &MOVES_ACCOUNT, 300, 0);
    request_t request = {.type = REQUEST_payments};
    request.payments = (request_payments_t){.account = MOVES_ACCOUNT, .limit = 100};
    answer_t answer;
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.payments.count, 2);
    wire_t wire;
    wire_start(&wire, answer.payments.rows.data, answer.payments.rows.size);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t receipts[2];
        fields = wire_array(&wire, 8);
        wire_u64(&wire, &invoice);
        assert_int_equal(invoice, i == 0 ? open : used);
        wire_skip(&wire, 5);
        wire_u64(&wire, &receipts[0]);
        wire_u64(&wire, &receipts[1]);
        assert_int_equal(fields, 8);
        assert_int_equal(receipts[0], i == 0 ? 0 : state_of(w, used, RECEIPT_FIRST));
        assert_int_equal(receipts[1], i == 0 ? 0 : RECEIPT_STATE_DUE);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, moves_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_of_receipts_goes_on_where_the_one_before_ended),
        TEST(the_list_of_payments_says_how_far_receipts_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
