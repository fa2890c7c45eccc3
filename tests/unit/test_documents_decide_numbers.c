// After an older journal was put back no number is given before somebody said which ones were.
#include "services/documents/documents_decide_numbers.h"
#include "documents_words.h"

static void boot(harness_t *h, uint64_t epoch)
{
    harness_append(h, &(event_t){.type = EVENT_node_booted, .node_booted = {.epoch = epoch}});
}

static fail_t note(harness_t *h, uint64_t invoice, uint64_t act, uint64_t shipment)
{
    request_t request = {.type = REQUEST_numbers_note};
    request.numbers_note.invoice = invoice;
    request.numbers_note.act = act;
    request.numbers_note.shipment = shipment;
    return harness_command(h, &request);
}

static fail_t advance(harness_t *h, uint8_t reference)
{
    request_t request = {.type = REQUEST_advance_issue};
    request.advance_issue.account = customer(1);
    request.advance_issue.reference.bytes[0] = reference;
    request.advance_issue.amount = 100;
    request.advance_issue.came = h->now - DAY_US;
    return harness_command(h, &request);
}

static fail_t act(harness_t *h)
{
    static uint8_t rows[64];
    pack_t pack;
    pack_start(&pack, rows, sizeof rows);
    pack_array(&pack, 3);
    pack_u64(&pack, RESOURCE_COMPUTE);
    pack_u64(&pack, 22);
    pack_i64(&pack, 100);
    request_t request = {.type = REQUEST_act_issue};
    request.act_issue.account = customer(1);
    request.act_issue.quarter = 2026 * 4 + 1;
    request.act_issue.lines = (bytes_t){rows, (uint32_t)pack_end(&pack)};
    return harness_command(h, &request);
}

static void no_number_is_given_before_the_last_ones_are_said(void **state)
{
    harness_t *h = *state;
    boot(h, 7);
    company(h, 1, INN);
    assert_int_equal(note(h, 0, 0, 0), FAIL_STATE); // nothing was put back
    assert_int_equal(issued(h, 1, 100), 26000000013);
    assert_int_equal(advance(h, 1), FAIL_NONE);
    boot(h, 7); // another start of the same journal
    assert_int_equal(issued(h, 1, 100), 26000000021);
    boot(h, 8);
    assert_int_equal(issue(h, 1, 100), FAIL_STATE);
    assert_non_null(strstr(h->detail, "numbers.note"));
    assert_int_equal(advance(h, 2), FAIL_STATE);
    assert_int_equal(act(h), FAIL_STATE);
    boot(h, 8); // a start says nothing of numbers
    assert_int_equal(issue(h, 1, 100), FAIL_STATE);
    assert_int_equal(note(h, 26000000104, 26000005, 0), FAIL_NONE);
    event_t event = harness_caused(h, 0, EVENT_numbers_noted);
    assert_int_equal(event.numbers_noted.invoice, 26000000104);
    assert_int_equal(event.numbers_noted.act, 26000005);
    assert_int_equal(event.numbers_noted.shipment, 26000001); // as it was known
    assert_int_equal(issued(h, 1, 100), 26000000112);
    assert_int_equal(act(h), FAIL_NONE);
    event = harness_caused(h, 0, EVENT_act_issued);
    assert_int_equal(event.act_issued.number, 26000006);
    assert_int_equal(event.act_issued.invoice, 26000002);
    assert_int_equal(note(h, 0, 0, 0), FAIL_STATE); // once
}

static void what_is_noted_is_of_the_right_form_and_never_less(void **state)
{
    harness_t *h = *state;
    boot(h, 7);
    company(h, 1, INN);
    assert_int_equal(issued(h, 1, 100), 26000000013);
    assert_int_equal(issued(h, 1, 100), 26000000021);
    assert_int_equal(advance(h, 1), FAIL_NONE);
    assert_int_equal(advance(h, 2), FAIL_NONE);
    boot(h, 8);
    const uint64_t wrong[][3] = {
        {26000000013, 0, 0},                       // before the last one
        {26000000022, 0, 0},                       // not by Luhn
        {2600000002, 0, 0},  {260000000210, 0, 0}, // ten digits, twelve
        {27000000012, 0, 0},                       // of a year that is not yet
        {0, 26000000, 0},    {0, 27000001, 0},     // the first is 1; of a year that is not yet
        {0, 1, 0},           {0, 0, 26000001},     // of no year; before the last one
        {0, 0, 27000003},    {0, 0, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(note(h, wrong[i][0], wrong[i][1], wrong[i][2]), FAIL_INVALID);
    assert_int_equal(note(h, 0, 0, 0), FAIL_NONE); // nothing was lost
    assert_int_equal(issued(h, 1, 100), 26000000039);
    assert_int_equal(advance(h, 3), FAIL_NONE);
    assert_int_equal(harness_caused(h, 0, EVENT_advance_issued).advance_issued.number, 26000003);
}

// Of before this rule: it gave numbers in the journal that was put back.
static void an_older_program_that_went_on_is_not_stopped(void **state)
{
    harness_t *h = *state;
    boot(h, 7);
    company(h, 1, INN);
    assert_int_equal(issued(h, 1, 100), 26000000013);
    event_t before = harness_caused(h, 0, EVENT_invoice_issued);
    before.invoice_issued.number = 26000000021;
    boot(h, 8);
    harness_append(h, &before);
    assert_int_equal(issued(h, 1, 100), 26000000039);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_number_is_given_before_the_last_ones_are_said),
        TEST(what_is_noted_is_of_the_right_form_and_never_less),
        TEST(an_older_program_that_went_on_is_not_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
