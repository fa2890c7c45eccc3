// A transfer is received once, matched by the rules, never on a likeness; suspense is left by what
// people say.
#include "documents_words.h"
#include "proto/posting.h"

#define FIRST 26000000013
#define PAYS_FIRST "счет 26000000013"

static void begin(harness_t *h)
{
    company(h, 1, INN);
    company(h, 2, OTHER_INN);
    assert_int_equal(issued(h, 1, 70000), FIRST);
}

static void what_came_before_changes_nothing(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t request = transfer(PAYS_FIRST);
    (void)received(h, &request);
    uint64_t sequence = h->first;
    request.transfer_receive.statement.bytes[0] = 2;                   // in another file
    request.transfer_receive.purpose = text_of(" счет   26000000013"); // blanks do not count
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(h->count, 0);
    answer_t answer;
    assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
    assert_true(answer.transfer_receive.known);
    assert_int_equal(answer.transfer_receive.sequence, sequence);
    assert_int_equal(answer.transfer_receive.invoice, FIRST);
}

// What a look says is what receiving it then says, and a look changes nothing.
static void a_look_tells_what_receiving_would(void **state)
{
    harness_t *h = *state;
    begin(h);
    static const char *const purposes[] = {PAYS_FIRST, "за услуги", "счет 26000000021", PAYS_FIRST};
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++) {
        request_t request = transfer(purposes[i]);
        const request_transfer_receive_t *r = &request.transfer_receive;
        request_t look = {.type = REQUEST_transfer_look,
                          .transfer_look = {r->statement, r->own_account, r->day, r->number,
                                            r->amount, r->payer_inn, r->payer_account, r->purpose,
                                            r->ordinal}};
        answer_t told, then;
        assert_int_equal(harness_answer(h, &look, &told), FAIL_NONE);
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
        assert_int_equal(harness_answer(h, &request, &then), FAIL_NONE);
        assert_int_equal(told.transfer_look.known, then.transfer_receive.known);
        assert_int_equal(told.transfer_look.known, i == 3);
        if (i < 3)
            assert_int_equal(told.transfer_look.reason, then.transfer_receive.reason);
        assert_int_equal(told.transfer_look.invoice, i < 3 ? then.transfer_receive.invoice : 0);
        look.transfer_look.amount = 0;
        assert_int_equal(harness_answer(h, &look, &told), FAIL_INVALID);
    }
}

static void each_of_seven_fields_and_the_ordinal_make_another_one(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t first = transfer(PAYS_FIRST);
    hash_t identity = received(h, &first).identity;
    request_t others[8];
    for (size_t i = 0; i < 8; i++)
        others[i] = first;
    others[0].transfer_receive.own_account = text_of("40702810700000000102");
    others[1].transfer_receive.day--;
    others[2].transfer_receive.number = text_of("017");
    others[3].transfer_receive.amount++;
    others[4].transfer_receive.payer_inn = text_of(OTHER_INN);
    others[5].transfer_receive.payer_account = text_of("40702810000000000002");
    others[6].transfer_receive.purpose = text_of("счёт 26000000013");
    others[7].transfer_receive.ordinal = 1;
    for (size_t i = 0; i < 8; i++) {
        event_transfer_received_t e = received(h, &others[i]);
        assert_memory_not_equal(&e.identity, &identity, sizeof identity);
        assert_int_not_equal(e.reason, TRANSFER_MATCHED); // the invoice is paid
    }
}

static void a_likeness_in_another_statement_is_never_credited(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t request = transfer("услуги");
    uint64_t alike = received(h, &request).alike;
    assert_true(alike && alike <= UINT32_MAX);
    request.transfer_receive.purpose = text_of(PAYS_FIRST);
    request.transfer_receive.statement.bytes[0] = 2;
    event_transfer_received_t e = received(h, &request);
    assert_int_equal(e.reason, TRANSFER_POSSIBLE_DUPLICATE);
    assert_true(uid_is_zero(&e.account));
    assert_int_equal(e.alike, alike);
}

static void equal_ones_of_one_statement_are_as_many_payments(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t request = transfer(PAYS_FIRST);
    assert_int_equal(received(h, &request).reason, TRANSFER_MATCHED);
    request.transfer_receive.ordinal = 1;
    event_transfer_received_t second = received(h, &request);
    assert_int_equal(second.reason, TRANSFER_INVOICE_ALREADY_PAID);
    assert_int_equal(second.invoice, FIRST); // it says what it is about
}

static void a_day_that_is_not_over_is_not_taken(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t request = transfer(PAYS_FIRST);
    instant_t midnight = noon(2026, 9, 1) - 12 * HOUR_US; // of Moscow
    h->now = midnight - 1;
    assert_int_equal(harness_command(h, &request), FAIL_FUTURE);
    h->now = midnight;
    assert_int_equal(received(h, &request).booked, midnight - DAY_US);
}

static void what_is_no_transfer_is_refused(void **state)
{
    harness_t *h = *state;
    begin(h);
    static char text[TRANSFER_TEXT_MAX + 2];
    memset(text, 'x', sizeof text - 1);
    request_t wrong[10];
    for (size_t i = 0; i < 10; i++)
        wrong[i] = transfer(PAYS_FIRST);
    wrong[0].transfer_receive.amount = 0;
    wrong[1].transfer_receive.amount = -1;
    wrong[2].transfer_receive.own_account = text_of("101");
    wrong[3].transfer_receive.payer_inn = text_of("99991234");
    wrong[4].transfer_receive.purpose = text_of(text);
    wrong[5].transfer_receive.ordinal = 65536;
    wrong[6].transfer_receive.day = UINT64_MAX;
    wrong[7].transfer_receive.number = (text_t){text, 65};
    wrong[8].transfer_receive.amount = INT64_MAX;
    wrong[9].transfer_receive.payer = text_of(text);
    size_t last = h->last;
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(harness_command(h, &wrong[i]), FAIL_INVALID);
    assert_int_equal(h->last, last);
}

static uint64_t in_suspense(harness_t *h)
{
    request_t request = transfer("услуги");
    assert_int_equal(received(h, &request).reason, TRANSFER_NO_INVOICE);
    return h->first;
}

static void what_is_in_suspense_is_assigned_once(void **state)
{
    harness_t *h = *state;
    begin(h);
    uint64_t sequence = in_suspense(h);
    assert_int_equal(assign(h, sequence, customer(1), FIRST), FAIL_NONE);
    event_t event = harness_caused(h, 0, EVENT_transfer_assigned);
    const event_transfer_assigned_t *e = &event.transfer_assigned;
    uid_t16 account = customer(1);
    assert_true(uid_equal(&e->account, &account));
    assert_int_equal(e->transfer, sequence);
    assert_int_equal(e->amount, 70000);
    assert_int_equal(e->invoice, FIRST);
    assert_int_equal(assign(h, sequence, customer(1), 0), FAIL_STATE);
    request_t late = transfer(PAYS_FIRST); // it is paid now
    late.transfer_receive.number = text_of("18");
    assert_int_equal(received(h, &late).reason, TRANSFER_INVOICE_ALREADY_PAID);
}

static void an_assignment_must_fit(void **state)
{
    harness_t *h = *state;
    begin(h);
    uint64_t sequence = in_suspense(h);
    assert_int_equal(assign(h, sequence + 1, customer(1), 0), FAIL_MISSING);
    assert_int_equal(assign(h, sequence - 1, customer(1), 0), FAIL_MISSING);
    assert_int_equal(assign(h, sequence, posting_system_id(SYSTEM_BANK), 0), FAIL_INVALID);
    assert_int_equal(assign(h, sequence, customer(1), FIRST + 8), FAIL_STATE); // no such invoice
    assert_int_equal(assign(h, sequence, customer(2), FIRST), FAIL_STATE);     // another's
    assert_int_equal(assign(h, sequence, (uid_t16){{0}}, FIRST), FAIL_STATE);  // nobody's
    assert_int_equal(assign(h, sequence, (uid_t16){{0}}, 0), FAIL_NONE);
    request_t request = transfer(PAYS_FIRST);
    request.transfer_receive.number = text_of("18");
    assert_int_equal(received(h, &request).reason, TRANSFER_MATCHED);
    assert_int_equal(assign(h, h->first, customer(1), 0), FAIL_STATE); // in no suspense
    request.transfer_receive.number = text_of("19");
    (void)received(h, &request);
    assert_int_equal(assign(h, h->first, customer(1), FIRST), FAIL_STATE); // paid before
}

static fail_t settle(harness_t *h, uint64_t sequence, kopecks_t fee)
{
    request_t request = {.type = REQUEST_transfer_settle};
    request.transfer_settle.transfer = sequence;
    request.transfer_settle.fee = fee;
    fail_t fail = harness_command(h, &request);
    keep_rows(h);
    return fail;
}

static void what_robokassa_paid_out_leaves_suspense_once(void **state)
{
    harness_t *h = *state;
    begin(h);
    uint64_t sequence = in_suspense(h);
    assert_int_equal(settle(h, sequence, -1), FAIL_INVALID);
    assert_int_equal(settle(h, sequence + 1, 0), FAIL_MISSING);
    assert_int_equal(settle(h, sequence, 2730), FAIL_NONE);
    event_t event = harness_caused(h, 0, EVENT_transfer_settled);
    assert_int_equal(event.transfer_settled.transfer, sequence);
    assert_int_equal(event.transfer_settled.amount, 70000);
    assert_int_equal(event.transfer_settled.fee, 2730);
    assert_int_equal(settle(h, sequence, 2730), FAIL_STATE);
    assert_int_equal(assign(h, sequence, customer(1), 0), FAIL_STATE);
}

// Matched ones leave no row; of one in suspense there is one as long as it is there.
static void texts_are_kept_while_in_suspense(void **state)
{
    harness_t *h = *state;
    begin(h);
    request_t request = transfer(PAYS_FIRST);
    assert_int_equal(received(h, &request).reason, TRANSFER_MATCHED);
    assert_int_equal(side.count, 0);
    request.transfer_receive.number = text_of("18");
    assert_int_equal(received(h, &request).reason, TRANSFER_INVOICE_ALREADY_PAID);
    uint64_t first = h->first;
    assert_int_equal(side.count, 1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE); // once more
    assert_int_equal(h->decisions[0].rows_count, 0);
    uint64_t second = in_suspense(h);
    assert_int_equal(side.count, 2);
    assert_int_equal(assign(h, first, customer(1), 0), FAIL_NONE);
    assert_int_equal(side.count, 1);
    assert_int_equal(settle(h, second, 0), FAIL_NONE);
    assert_int_equal(side.count, 0);
}

static void without_keys_no_text_is_kept(void **state)
{
    harness_t *with = *state, *h = harness_new(&documents_core, NULL);
    h->now = with->now;
    begin(h);
    (void)in_suspense(h);
    assert_int_equal(side.count, 0);
    assert_int_equal(assign(h, h->first, customer(1), 0), FAIL_NONE);
    assert_int_equal(h->decisions[0].rows_count, 0);
    harness_destroy(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_came_before_changes_nothing),
        TEST(a_look_tells_what_receiving_would),
        TEST(what_robokassa_paid_out_leaves_suspense_once),
        TEST(each_of_seven_fields_and_the_ordinal_make_another_one),
        TEST(a_likeness_in_another_statement_is_never_credited),
        TEST(equal_ones_of_one_statement_are_as_many_payments),
        TEST(a_day_that_is_not_over_is_not_taken),
        TEST(what_is_no_transfer_is_refused),
        TEST(what_is_in_suspense_is_assigned_once),
        TEST(an_assignment_must_fit),
        TEST(texts_are_kept_while_in_suspense),
        TEST(without_keys_no_text_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
