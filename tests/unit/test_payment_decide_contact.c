// Where an account's receipts go: said, shown, erased; and that the second receipt goes there.
#include "receipt_moves.h"
#include "services/payment/payment_form_receipt.h"
#include "tests/model/side_rows.h"

#define ADDRESS "anna.k+bills@mail.example"
#define OTHER "petr@mail.example"
#define PHONE "+79990000001"
#define SHOPS "receipts@shop.example"

static fail_t command(world_t *w, const request_t *request)
{
    fail_t fail = world_command(w, request, ROLE_OPERATOR);
    if (!fail)
        keep_rows(w->harness);
    return fail;
}

static fail_t set(world_t *w, const char *address)
{
    request_t request = {.type = REQUEST_receipt_contact_set};
    request.receipt_contact_set.account = MOVES_ACCOUNT;
    request.receipt_contact_set.address = text_of(address);
    return command(w, &request);
}

static fail_t erase(world_t *w)
{
    request_t request = {.type = REQUEST_receipt_contact_erase};
    request.receipt_contact_erase.account = MOVES_ACCOUNT;
    return command(w, &request);
}

// What was recalled comes; `found` is how that went.
static void bring(world_t *w, fail_t found)
{
    static side_row_t rows[SIDE_KINDS];
    const due_t *due = world_due(w);
    assert_int_equal(due->recalls_count, 1);
    recalled_t recalled = {.wish = due->recalls[0], .fail = found, .rows = rows};
    assert_int_equal(recalled.wish.by, RECALL_ROWS);
    recalled.rows_count = rows_of(&recalled.wish.sought[0], rows);
    assert_int_equal(
        harness_input(w->harness, (input_t){.kind = INPUT_RECALLED, .recalled = &recalled}),
        FAIL_NONE);
    assert_string_equal(world_events(w), "");
}

// The second receipt that is wanted goes to him, and is the one that is due.
static void assert_goes_to(world_t *w, uint64_t invoice, const char *contact)
{
    char expected[PAYMENT_FORM_MAX];
    const outside_t *request = wanted(w, ATTACH_URL);
    assert_non_null(request);
    uint32_t row = payment_receipts_find(receipts(w), invoice);
    size_t size = payment_form_receipt(&w->settings, invoice,
                                       receipt_at(receipts(w), receipt_slot(row, RECEIPT_SECOND)),
                                       text_of(contact), expected, sizeof expected);
    assert_int_equal(request->body.size, size);
    assert_memory_equal(request->body.data, expected, size);
}

static uint64_t used_up(world_t *w)
{
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_int_equal(due_said(w)->invoice, invoice);
    return invoice;
}

static void the_journal_says_that_there_is_one_and_not_which(void **state)
{
    world_t *w = *state;
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    assert_string_equal(world_events(w), "receipt.contact_set");
    assert_int_equal(side.count, 1);
    assert_true(uid_equal(&side.rows[0].owner, &MOVES_ACCOUNT));
    assert_int_equal(erase(w), FAIL_NONE);
    assert_string_equal(world_events(w), "receipt.contact_erased");
    assert_int_equal(side.count, 0);
    assert_int_equal(erase(w), FAIL_NONE); // an older journal may not know of it
    for (uint64_t sequence = 1; sequence <= world_last(w); sequence++) {
        bytes_t bytes = harness_bytes(w->harness, sequence);
        assert_null(memmem(bytes.data, bytes.size, "anna", 4));
    }
}

static void what_is_no_address_is_refused(void **state)
{
    world_t *w = *state;
    request_t nobody = {.type = REQUEST_receipt_contact_set};
    nobody.receipt_contact_set.address = text_of(ADDRESS);
    assert_int_equal(command(w, &nobody), FAIL_INVALID);
    assert_int_equal(set(w, "anna"), FAIL_INVALID);
    assert_non_null(strstr(w->decision->detail, "local@domain"));
    w->settings.contacts = false;
    assert_int_equal(set(w, ADDRESS), FAIL_STATE);
    assert_non_null(strstr(w->decision->detail, "side/keys"));
    assert_int_equal(erase(w), FAIL_STATE);
    assert_int_equal(side.count, 0);
}

static void a_second_receipt_goes_to_the_accounts_contact(void **state)
{
    world_t *w = *state;
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    uint64_t invoice = used_up(w);
    assert_null(wanted(w, ATTACH_URL)); // not before it is known where to
    bring(w, FAIL_NONE);
    assert_goes_to(w, invoice, ADDRESS);
    assert_int_equal(world_due(w)->recalls_count, 0);
    answered(w, ATTACH_URL, RESULT_NO_ANSWER, 0, "");
    w->now += MINUTE_US; // it is tried again, and nothing was kept
    assert_null(wanted(w, ATTACH_URL));
    assert_int_equal(set(w, PHONE), FAIL_NONE);
    bring(w, FAIL_NONE);
    assert_goes_to(w, invoice, PHONE);
    answered(w, ATTACH_URL, RESULT_ANSWERED, 200, TAKEN);
    w->now += HOUR_US;
    assert_non_null(wanted(w, STATUS_URL)); // a question needs none
    assert_int_equal(world_due(w)->recalls_count, 0);
}

static void who_has_none_gets_it_at_the_shops(void **state)
{
    world_t *w = *state;
    uint64_t invoice = used_up(w);
    assert_goes_to(w, invoice, "");
    w->settings.fiscal.contact = text_of(SHOPS);
    assert_goes_to(w, invoice, SHOPS);
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    assert_null(wanted(w, ATTACH_URL));
    bring(w, FAIL_CORRUPT); // the master key is another one
    assert_goes_to(w, invoice, SHOPS);
    assert_int_equal(set(w, OTHER), FAIL_NONE); // what was in hand is dropped
    assert_null(wanted(w, ATTACH_URL));
    bring(w, FAIL_NONE);
    assert_goes_to(w, invoice, OTHER);
    assert_int_equal(erase(w), FAIL_NONE);
    assert_goes_to(w, invoice, SHOPS);
    assert_int_equal(world_due(w)->recalls_count, 0);
}

// The recall was under way when the account was erased, or the receipt settled.
static void what_comes_too_late_is_not_kept(void **state)
{
    world_t *w = *state;
    static side_row_t rows[SIDE_KINDS];
    const payment_state_t *payment = world_core_state(w);
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    uint64_t invoice = used_up(w);
    uint8_t bytes[PAYMENT_CONTACT_ROW_MAX];
    recalled_t late = {.wish = world_due(w)->recalls[0], .rows = rows, .rows_count = 1};
    rows[0] = side.rows[0];
    rows[0].bytes.data = memcpy(bytes, side.bytes[0], side.rows[0].bytes.size);
    assert_int_equal(erase(w), FAIL_NONE);
    input_t input = {.kind = INPUT_RECALLED, .recalled = &late};
    assert_int_equal(harness_input(w->harness, input), FAIL_NONE);
    assert_goes_to(w, invoice, "");
    assert_null(memmem(&payment->work->contacts, sizeof payment->work->contacts, "anna", 4));
    answered(w, ATTACH_URL, RESULT_ANSWERED, 200, TAKEN);
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    assert_int_equal(harness_input(w->harness, input), FAIL_NONE);
    assert_int_equal(payment_contacts_room(&payment->work->contacts), PAYMENT_CONTACTS_MAX);
}

static void a_start_without_its_keys_is_refused(void **state)
{
    world_t *w = *state;
    char what[256] = "";
    assert_false(payment_core.lacks(world_core_state(w), what, sizeof what));
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    assert_false(payment_core.lacks(world_core_state(w), what, sizeof what));
    w->settings.contacts = false;
    assert_true(payment_core.lacks(world_core_state(w), what, sizeof what));
    assert_non_null(strstr(what, "side/keys"));
    w->settings.contacts = true;
    assert_int_equal(erase(w), FAIL_NONE);
    w->settings.contacts = false;
    assert_false(payment_core.lacks(world_core_state(w), what, sizeof what));
}

static fail_t show(world_t *w, fail_t found, answer_t *ret_answer)
{
    static uint8_t scratch[1024];
    static side_row_t rows[SIDE_KINDS];
    request_t request = {.type = REQUEST_receipt_contact};
    request.receipt_contact.account = MOVES_ACCOUNT;
    query_t query = {.answer = ret_answer, .scratch = scratch, .scratch_size = sizeof scratch};
    fail_t fail = payment_core.query(world_core_state(w), &request, NULL, 0, &query);
    if (fail != FAIL_LATER)
        return fail;
    recalled_t recalled = {.fail = found, .rows = rows};
    recalled.rows_count = rows_of(&query.recall.sought[0], rows);
    query.recalled = &recalled;
    return payment_core.query(world_core_state(w), &request, NULL, 0, &query);
}

static void it_is_shown_to_who_may_see_it(void **state)
{
    world_t *w = *state;
    answer_t answer;
    assert_int_equal(show(w, FAIL_NONE, &answer), FAIL_MISSING);
    assert_int_equal(set(w, ADDRESS), FAIL_NONE);
    assert_int_equal(show(w, FAIL_NONE, &answer), FAIL_NONE);
    assert_true(text_equal(answer.receipt_contact.address, text_of(ADDRESS)));
    assert_int_equal(show(w, FAIL_CORRUPT, &answer), FAIL_NONE);
    assert_int_equal(answer.receipt_contact.address.size, 0);
    assert_int_equal(erase(w), FAIL_NONE);
    assert_int_equal(show(w, FAIL_NONE, &answer), FAIL_MISSING);
}

static int enter(void **state)
{
    memset(&side, 0, sizeof side);
    set_up(state);
    world_t *w = *state;
    w->settings.contacts = true;
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, moves_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_journal_says_that_there_is_one_and_not_which),
        TEST(what_is_no_address_is_refused),
        TEST(a_second_receipt_goes_to_the_accounts_contact),
        TEST(who_has_none_gets_it_at_the_shops),
        TEST(what_comes_too_late_is_not_kept),
        TEST(a_start_without_its_keys_is_refused),
        TEST(it_is_shown_to_who_may_see_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
