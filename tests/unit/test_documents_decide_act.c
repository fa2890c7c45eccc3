// Numbers, taxes and names of acts and advance invoices.
#include "services/documents/documents_decide_act.h"
#include "documents_words.h"
#include "services/documents/act_fold.h"
#include "services/documents/act_period.h"

enum { Q2 = 2026 * 4 + 1 };

static uint8_t rows[4096];

static request_t advance(uint8_t reference, kopecks_t amount, instant_t came)
{
    request_t request = {.type = REQUEST_advance_issue};
    request.advance_issue = (request_advance_issue_t){customer(1), {{reference}}, amount, came, 0};
    return request;
}

typedef struct {
    uint64_t service, rate;
    kopecks_t amount;
} line_t;

static request_t act(uint64_t quarter, const line_t *lines, size_t count)
{
    pack_t pack;
    request_t request = {.type = REQUEST_act_issue};
    pack_start(&pack, rows, sizeof rows / 2);
    for (size_t i = 0; i < count; i++) {
        pack_array(&pack, 3);
        pack_u64(&pack, lines[i].service);
        pack_u64(&pack, lines[i].rate);
        pack_i64(&pack, lines[i].amount);
    }
    request.act_issue = (request_act_issue_t){.account = customer(1),
                                              .quarter = quarter,
                                              .through = 7,
                                              .ledger = 9,
                                              .lines = {rows, (uint32_t)pack_end(&pack)}};
    return request;
}

static void pay(request_t *request, uint8_t first, kopecks_t amount, uint8_t second,
                kopecks_t other)
{
    pack_t pack;
    uint8_t *out = rows + sizeof rows / 2;
    pack_start(&pack, out, sizeof rows / 2);
    for (unsigned i = 0; i < 2; i++) {
        uid_t16 reference = {{i ? second : first}};
        pack_array(&pack, 2);
        pack_uid(&pack, &reference);
        pack_i64(&pack, i ? other : amount);
    }
    request->act_issue.paid = (bytes_t){out, (uint32_t)pack_end(&pack)};
}

static void advances_and_acts_share_one_series_a_year(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    request_t request = advance(1, 50000, h->now - DAY_US);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_advance_issued_t e = harness_caused(h, 0, EVENT_advance_issued).advance_issued;
    assert_int_equal(e.number, 26000001);
    assert_int_equal(e.rate, 22);
    assert_int_equal(e.vat, 9016);                              // 50000 x 22 / 122
    assert_int_equal(harness_command(h, &request), FAIL_STATE); // once
    const line_t lines[] = {{RESOURCE_COMPUTE, 22, 36000}, {RESOURCE_INPUT, 22, 9000}};
    request = act(Q2, lines, 2);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_act_issued_t issued = harness_caused(h, 0, EVENT_act_issued).act_issued;
    assert_int_equal(issued.number, 26000001);
    assert_int_equal(issued.invoice, 26000002);
    h->now = noon(2027, 1, 2);
    request = advance(2, 100, noon(2025, 12, 31));
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    e = harness_caused(h, 0, EVENT_advance_issued).advance_issued;
    assert_int_equal(e.number, 27000001);
    assert_int_equal(e.rate, 20); // of the day it came
}

static void the_worked_act_has_its_tax_and_its_advances(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    request_t first = advance(1, 30000, h->now - DAY_US), second = advance(2, 30000, h->now);
    assert_int_equal(harness_command(h, &first), FAIL_NONE);
    assert_int_equal(harness_command(h, &second), FAIL_NONE);
    const line_t lines[] = {{RESOURCE_COMPUTE, 22, 36000}, {RESOURCE_INPUT, 22, 9000}};
    request_t request = act(Q2, lines, 2);
    pay(&request, 1, 30000, 2, 15000);
    request.act_issue.bonus = 4000;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_act_issued_t e = harness_caused(h, 0, EVENT_act_issued).act_issued;
    assert_int_equal(e.amount, 45000);
    assert_int_equal(e.vat, 8115);
    static const int64_t expected[] = {1, 22, 36000, 6492, 4, 22, 9000, 1623};
    wire_t wire;
    wire_start(&wire, e.lines.data, e.lines.size);
    for (size_t i = 0; i < 8; i++) {
        int64_t number = 0;
        if (i % 4 == 0)
            assert_int_equal(wire_array(&wire, 4), 4);
        wire_i64(&wire, &number);
        assert_int_equal(number, expected[i]);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    static const int64_t named[] = {26000001, 30000, 26000002, 15000};
    wire_start(&wire, e.advances.data, e.advances.size);
    for (size_t i = 0; i < 4; i += 2) {
        int64_t number = 0, day = 0, amount = 0;
        assert_int_equal(wire_array(&wire, 3), 3);
        wire_i64(&wire, &number);
        wire_i64(&wire, &day);
        wire_i64(&wire, &amount);
        assert_int_equal(number, named[i]);
        assert_int_equal(day, day_at(2026, 9, 1));
        assert_int_equal(amount, named[i + 1]);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

static void money_without_an_advance_invoice_is_not_named(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    const line_t lines[] = {{RESOURCE_COMPUTE, 22, 36000}};
    request_t request = act(Q2, lines, 1);
    pay(&request, 1, 30000, 2, 6000);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_caused(h, 0, EVENT_act_issued).act_issued.advances.size, 0);
}

static void each_rate_is_a_document_of_its_own(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    const line_t lines[] = {{1, 20, 100000}, {1, 22, 29000}, {2, 22, 17000}, {4, 22, 12345}};
    request_t request = act(Q2, lines, 4);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_act_issued_t e = harness_caused(h, 0, EVENT_act_issued).act_issued;
    assert_int_equal(e.vat, 16667 + 10521); // vat-06, and vat-01 at 20/120
}

static void what_does_not_fit_is_refused(void **state)
{
    harness_t *h = *state;
    const line_t line = {RESOURCE_COMPUTE, 22, 36000}, nothing = {RESOURCE_COMPUTE, 22, 0};
    const line_t strange = {99, 22, 5}, steep = {RESOURCE_COMPUTE, 101, 5};
    const line_t apart[] = {{1, 22, 5}, {1, 20, 5}};
    request_t request = act(Q2, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_STATE); // no company
    company(h, 1, INN);
    request = act(Q2 + 1, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_STATE); // runs until September's end
    request = act(Q2, &nothing, 1);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &strange, 1);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &steep, 1);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, apart, 2);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &line, 0);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &line, 1);
    request.act_issue.debt = 36001;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &line, 1);
    pay(&request, 1, 30000, 2, 6001);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_command(h, &request), FAIL_STATE); // that quarter has its act
    request = act(Q2 - 1, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_STATE); // and so have those before
    request = advance(1, 0, h->now);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = advance(1, 5, h->now + 1);
    assert_int_equal(harness_command(h, &request), FAIL_FUTURE);
}

static void acts_are_listed_newest_first(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    const line_t line = {RESOURCE_COMPUTE, 22, 36000};
    for (unsigned i = 0; i < 3; i++) {
        request_t request = act(Q2 - 2 + i, &line, 1);
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
    }
    request_t request = {.type = REQUEST_acts};
    request.acts.account = customer(1);
    request.acts.limit = 2;
    answer_t answer;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.acts.count, 2);
    assert_int_equal(answer.acts.next, 26000002);
    wire_t wire;
    uint64_t number = 0;
    wire_start(&wire, answer.acts.rows.data, answer.acts.rows.size);
    assert_int_equal(wire_array(&wire, 7), 7);
    wire_u64(&wire, &number);
    assert_int_equal(number, 26000003);
    request.acts.before = answer.acts.next;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.acts.count, 1);
    assert_int_equal(answer.acts.next, 0);
    request.acts.account = customer(2);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_MISSING);
}

static void a_paper_is_of_a_document(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    uint64_t number = issued(h, 1, 70000);
    request_t request = {.type = REQUEST_document_render};
    request.document_render = (request_document_render_t){PAPER_INVOICE, number, {{5}}, 1000, 1, 0};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_document_rendered_t e = harness_caused(h, 0, EVENT_document_rendered).document_rendered;
    assert_int_equal(e.number, number);
    assert_int_equal(e.hash.bytes[0], 5);
    request.document_render.kind = PAPER_ACT;
    assert_int_equal(harness_command(h, &request), FAIL_MISSING);
    request.document_render.kind = 9;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request.document_render.kind = PAPER_INVOICE;
    request.document_render.size = 0;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
}

static request_t of_bytes(const uint8_t *bytes, size_t size)
{
    const line_t line = {RESOURCE_COMPUTE, 22, 36000};
    request_t request = act(Q2, &line, 1);
    request.act_issue.lines = (bytes_t){bytes, (uint32_t)size};
    return request;
}

static void lines_that_are_no_lines_are_refused_whole(void **state)
{
    harness_t *h = *state;
    static line_t many[ACT_LINES_MAX + 1];
    const line_t huge[] = {{1, 22, INT64_MAX}, {2, 22, 1}};
    const line_t above[] = {{1, 22, INT64_C(100000000000000)}, {2, 22, 1}};
    static const uint8_t pair[] = {0x92, 1, 22}, cut[] = {0x93, 1, 22},
                         text[] = {0x93, 0xa1, 'x', 22, 5};
    company(h, 1, INN);
    for (size_t i = 0; i < ACT_LINES_MAX + 1; i++)
        many[i] = (line_t){RESOURCE_COMPUTE, 22, 100};
    const request_t wrong[] = {of_bytes(pair, sizeof pair), of_bytes(cut, sizeof cut),
                               of_bytes(text, sizeof text)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(harness_command(h, &wrong[i]), FAIL_INVALID);
    request_t request = act(Q2, huge, 2);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, above, 2);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, many, ACT_LINES_MAX + 1);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    assert_string_equal(h->detail, "lines: expected services with sums, by rate");
    request = act(Q2, many, ACT_LINES_MAX);
    request.act_issue.debt = -1;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request.act_issue.debt = 0;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_caused(h, 0, EVENT_act_issued).act_issued.amount, 100 * ACT_LINES_MAX);
}

static void money_that_is_no_money_pays_no_act(void **state)
{
    harness_t *h = *state;
    const line_t line = {RESOURCE_COMPUTE, 22, 36000};
    static const uint8_t triple[] = {0x93, 1, 2, 3}, cut[] = {0x92, 0xc4, 16};
    company(h, 1, INN);
    static const kopecks_t wrong[][2] = {{0, 5}, {-1, 5}, {5, INT64_MAX}, {36000, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request_t request = act(Q2, &line, 1);
        pay(&request, 1, wrong[i][0], 2, wrong[i][1]);
        assert_int_equal(harness_command(h, &request), FAIL_INVALID);
        assert_string_equal(h->detail, "paid: expected no more than the lines less debt");
    }
    request_t request = act(Q2, &line, 1);
    request.act_issue.paid = (bytes_t){triple, sizeof triple};
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request.act_issue.paid = (bytes_t){cut, sizeof cut};
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = act(Q2, &line, 1);
    request.act_issue.debt = 6000; // a customer who owes has paid that much less
    pay(&request, 1, 30000, 2, 1);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
}

static void an_advance_invoice_is_of_a_companys_money(void **state)
{
    harness_t *h = *state;
    request_t request = advance(1, 5, h->now);
    assert_int_equal(harness_command(h, &request), FAIL_STATE);
    assert_string_equal(h->detail, "the account's company is not registered");
    company(h, 1, INN);
    request = advance(0, 5, h->now);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = advance(1, INT64_C(100000000000001), h->now);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    assert_string_equal(h->detail, "amount, reference: expected a payment's");
    request = advance(1, 5, 0);
    assert_int_equal(harness_command(h, &request), FAIL_FUTURE);
    request = advance(1, INT64_C(100000000000000), h->now);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static void commands_are_answered_with_their_numbers(void **state)
{
    harness_t *h = *state;
    answer_t answer;
    const line_t line = {RESOURCE_COMPUTE, 22, 36000};
    company(h, 1, INN);
    request_t request = advance(1, 50000, h->now);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.advance_issue.number, 26000001);
    request = act(Q2, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.act_issue.number, 26000001);
    assert_int_equal(answer.act_issue.invoice, 26000002);
}

// The hundredth year of a series begins at one again; a year of a million acts has no number left.
static void a_series_that_is_full_is_refused_until_the_next_year(void **state)
{
    harness_t *h = *state;
    const line_t line = {RESOURCE_COMPUTE, 22, 36000};
    company(h, 1, INN);
    event_t last = {.type = EVENT_advance_issued, .at = h->now};
    last.advance_issued = (event_advance_issued_t){
        .number = 26999999, .account = customer(1), .reference = {{9}}, .amount = 1};
    harness_append(h, &last);
    request_t request = act(Q2, &line, 1);
    assert_int_equal(harness_command(h, &request), FAIL_LIMIT);
    request = advance(1, 100, h->now);
    assert_int_equal(harness_command(h, &request), FAIL_LIMIT);
    assert_string_equal(h->detail, "there is no number left");
    h->now = noon(2027, 1, 1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_caused(h, 0, EVENT_advance_issued).advance_issued.number, 27000001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(advances_and_acts_share_one_series_a_year),
        TEST(the_worked_act_has_its_tax_and_its_advances),
        TEST(money_without_an_advance_invoice_is_not_named),
        TEST(each_rate_is_a_document_of_its_own),
        TEST(what_does_not_fit_is_refused),
        TEST(acts_are_listed_newest_first),
        TEST(a_paper_is_of_a_document),
        TEST(lines_that_are_no_lines_are_refused_whole),
        TEST(money_that_is_no_money_pays_no_act),
        TEST(an_advance_invoice_is_of_a_companys_money),
        TEST(commands_are_answered_with_their_numbers),
        TEST(a_series_that_is_full_is_refused_until_the_next_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
