// What documents answers: companies, pages of invoices and of suspense, what commands came to.
#include "services/documents/documents_query.h"
#include "documents_words.h"

enum { MANY = 7, PAGE = 3 };

static void a_company_is_answered_as_registered_last(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_requisites};
    request.requisites.account = customer(1);
    answer_t answer;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
    company(h, 1, INN);
    assert_int_equal(register_as(h, customer(1), OTHER_INN, "770001001", "АО"), FAIL_NONE);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_true(text_equal(answer.requisites.inn, text_of(OTHER_INN)) &&
                text_equal(answer.requisites.kpp, text_of("770001001")) &&
                text_equal(answer.requisites.name, text_of("АО")));
}

static answer_companies_t companies_of(harness_t *h, const char *inn)
{
    static answer_t answer;
    request_t request = {.type = REQUEST_companies, .companies.inn = text_of(inn)};
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    return answer.companies;
}

static void accounts_are_found_by_the_inn_of_their_company(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    company(h, 2, OTHER_INN);
    company(h, 3, INN);
    answer_companies_t found = companies_of(h, INN);
    assert_int_equal(found.count, 2);
    assert_false(found.more);
    wire_t wire;
    wire_start(&wire, found.rows.data, found.rows.size);
    for (uint8_t n = 1; n <= 3; n = (uint8_t)(n + 2)) {
        uid_t16 account, wanted = customer(n);
        assert_int_equal(wire_array(&wire, 3), 3);
        wire_uid(&wire, &account);
        wire_skip(&wire, 2);
        assert_true(uid_equal(&account, &wanted));
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_int_equal(register_as(h, customer(3), OTHER_INN, "770001001", "АО"), FAIL_NONE);
    assert_int_equal(companies_of(h, INN).count, 1); // as registered last
    assert_int_equal(companies_of(h, "7700000000").count, 0);
    answer_t answer;
    request_t request = {.type = REQUEST_companies, .companies.inn = text_of("77")};
    assert_int_equal(harness_query(h, &request, &answer), FAIL_INVALID);
}

static void an_invoice_is_answered_with_its_number(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    request_t request = {.type = REQUEST_invoice_issue};
    request.invoice_issue.account = customer(1);
    request.invoice_issue.amount = 100;
    answer_t answer;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.invoice_issue.number, 26000000013);
    assert_int_equal(answer.invoice_issue.due, noon(2026, 9, 8) - 12 * HOUR_US);
}

// Reads pages until there is no next one; the first columns of all rows, in order.
static size_t read_all(harness_t *h, request_t request, uint64_t *after, uint64_t *ret_first)
{
    size_t count = 0;
    do {
        answer_t answer;
        assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
        bool invoices = request.type == REQUEST_invoices;
        bytes_t rows = invoices ? answer.invoices.rows : answer.transfers.rows;
        uint64_t left = invoices ? answer.invoices.count : answer.transfers.count;
        *after = invoices ? answer.invoices.next : answer.transfers.next;
        wire_t wire;
        wire_start(&wire, rows.data, rows.size);
        for (; left; left--) {
            assert_int_equal(wire_array(&wire, 8), 5);
            wire_u64(&wire, &ret_first[count++]);
            for (int i = 1; i < 5; i++)
                wire_skip(&wire, 1);
        }
        assert_int_equal(wire_end(&wire), FAIL_NONE);
        *(invoices ? &request.invoices.before : &request.transfers.after) = *after;
    } while (*after);
    return count;
}

static void invoices_come_newest_first_page_by_page(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    company(h, 2, OTHER_INN);
    uint64_t numbers[MANY], found[MANY + 1], next;
    for (size_t i = 0; i < MANY; i++) {
        numbers[i] = issued(h, 1, 100);
        (void)issued(h, 2, 100); // another's
    }
    request_t request = {.type = REQUEST_invoices};
    request.invoices.account = customer(1);
    request.invoices.limit = PAGE;
    assert_int_equal(read_all(h, request, &next, found), MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(found[i], numbers[MANY - 1 - i]);
    answer_t answer;
    request.invoices.before = numbers[0] + 8; // the other account's first
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
    request.invoices.before = 0;
    request.invoices.limit = 101;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_INVALID);
}

static void suspense_is_listed_oldest_first_with_its_sum(void **state)
{
    harness_t *h = *state;
    uint64_t sequences[MANY], found[MANY], next;
    company(h, 1, INN);
    for (size_t i = 0; i < MANY; i++) {
        char number[8];
        request_t request = transfer("услуги");
        snprintf(number, sizeof number, "%zu", i);
        request.transfer_receive.number = text_of(number);
        (void)received(h, &request);
        sequences[i] = h->first;
    }
    assert_int_equal(assign(h, sequences[2], customer(1), 0), FAIL_NONE);
    request_t request = {.type = REQUEST_transfers};
    request.transfers.limit = PAGE;
    assert_int_equal(read_all(h, request, &next, found), MANY - 1);
    for (size_t i = 0; i < MANY - 1; i++)
        assert_int_equal(found[i], sequences[i < 2 ? i : i + 1]);
    request.transfers.after = sequences[2]; // what the page ended with has left since
    assert_int_equal(read_all(h, request, &next, found), MANY - 3);
    answer_t answer;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.transfers.sum, (MANY - 1) * 70000);
}

static void counters_count(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    (void)issued(h, 1, 70000);
    request_t paid = transfer("26000000013"), other = transfer("услуги");
    (void)received(h, &paid);
    (void)received(h, &other);
    char out[256] = ""; // what is written has no end of its own
    assert_true(documents_query_counters(h->state, out, sizeof out));
    assert_string_equal(
        out, "companies 1\ninvoices 1\ninvoices_paid 1\nacts 0\nadvances 0\ntransfers 2\n"
             "transfers_in_suspense 1\nsuspense 70000\n");
    assert_int_equal(documents_query_counters(h->state, out, 8), 0);
}

static void what_waits_for_a_second_person_is_answered_so(void **state)
{
    harness_t *h = *state;
    const request_t request = {.type = REQUEST_transfer_assign};
    const event_t proposed = {.type = EVENT_command_proposed},
                  done = {.type = EVENT_transfer_assigned};
    answer_t answer = {.type = request.type};
    query_t query = {.answer = &answer, .now = h->now};
    assert_int_equal(documents_query(h->state, &request, &proposed, 41, &query), FAIL_NONE);
    assert_true(answer.transfer_assign.pending);
    assert_int_equal(answer.transfer_assign.sequence, 41);
    assert_int_equal(documents_query(h->state, &request, &done, 42, &query), FAIL_NONE);
    assert_false(answer.transfer_assign.pending);
    assert_int_equal(documents_query(h->state, &request, NULL, 0, &query), FAIL_NONE);
    assert_false(answer.transfer_assign.pending);
}

static void a_paper_without_its_event_is_a_corrupt_journal(void **state)
{
    harness_t *h = *state;
    static const request_type_t types[] = {REQUEST_invoice_issue, REQUEST_act_issue,
                                           REQUEST_advance_issue};
    const event_t another = {.type = EVENT_transfer_received};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        answer_t answer = {.type = types[i]};
        request_t request = {.type = types[i]};
        query_t query = {.answer = &answer, .now = h->now};
        assert_int_equal(documents_query(h->state, &request, NULL, 0, &query), FAIL_CORRUPT);
        assert_int_equal(documents_query(h->state, &request, &another, 7, &query), FAIL_CORRUPT);
    }
    request_t request = transfer("nobody's");
    answer_t answer = {.type = request.type};
    query_t query = {.answer = &answer, .now = h->now};
    assert_int_equal(documents_query(h->state, &request, NULL, 0, &query), FAIL_CORRUPT);
    request.type = REQUEST_balance;
    assert_int_equal(documents_query(h->state, &request, NULL, 0, &query), FAIL_INVALID);
}

static void a_page_is_of_one_account_and_of_one_to_a_hundred_rows(void **state)
{
    harness_t *h = *state;
    answer_t answer;
    company(h, 1, INN);
    company(h, 2, OTHER_INN);
    request_t request = {.type = REQUEST_acts};
    request.acts.account = customer(1);
    request.acts.limit = 100;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.acts.count, 0);
    request.acts.before = 26000001; // no act
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
    event_t act = {.type = EVENT_act_issued, .at = h->now};
    act.act_issued = (event_act_issued_t){.number = 26000001,
                                          .invoice = 26000001,
                                          .account = customer(2),
                                          .quarter = 8105,
                                          .amount = 5};
    harness_append(h, &act);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING); // another's
    request.acts.account = customer(2);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.acts.count, 0); // none is older
    request.acts.limit = 0;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_INVALID);
    request = (request_t){.type = REQUEST_invoices};
    request.invoices.account = customer(3);
    request.invoices.limit = 1;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
    request.invoices.account = customer(1);
    request.invoices.before = 26000000013;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
    request = (request_t){.type = REQUEST_transfers, .transfers.limit = 101};
    assert_int_equal(harness_query(h, &request, &answer), FAIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_company_is_answered_as_registered_last),
        TEST(accounts_are_found_by_the_inn_of_their_company),
        TEST(an_invoice_is_answered_with_its_number),
        TEST(invoices_come_newest_first_page_by_page),
        TEST(suspense_is_listed_oldest_first_with_its_sum),
        TEST(counters_count),
        TEST(what_waits_for_a_second_person_is_answered_so),
        TEST(a_paper_without_its_event_is_a_corrupt_journal),
        TEST(a_page_is_of_one_account_and_of_one_to_a_hundred_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
