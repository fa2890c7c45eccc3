// Requisites are checked by their digits; invoices are numbered in one series a year.
#include "services/documents/documents_decide_command.h"
#include "documents_words.h"
#include "proto/posting.h"

static void requisites_are_those_of_a_legal_entity(void **state)
{
    harness_t *h = *state;
    static char long_name[162];
    memset(long_name, 'x', 161);
    static const struct {
        const char *inn, *kpp, *name;
        fail_t fail;
    } rows[] = {
        {INN, "999901001", "ООО «Ромашка»", FAIL_NONE},
        {"9999123457", "999901001", "ООО", FAIL_INVALID},  // its check digit
        {"500100732259", "999901001", "ИП", FAIL_INVALID}, // right, and a person's
        {"999912345", "999901001", "ООО", FAIL_INVALID},   // too short
        {INN, "", "ООО", FAIL_INVALID},                    // a legal entity has one
        {INN, "99990100a", "ООО", FAIL_INVALID},           // small letters
        {INN, "999901001", "", FAIL_INVALID},              // nameless
        {INN, "999901001", "две\nстроки", FAIL_INVALID},   // two lines
        {INN, "999901001", long_name, FAIL_INVALID},       // 161 characters
        {INN, "999901001", long_name + 1, FAIL_NONE},      // 160
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t last = h->last;
        assert_int_equal(register_as(h, customer(1), rows[i].inn, rows[i].kpp, rows[i].name),
                         rows[i].fail);
        assert_int_equal(h->last - last, rows[i].fail ? 0 : 1);
    }
    assert_int_equal(register_as(h, (uid_t16){{0}}, INN, "999901001", "ООО"), FAIL_INVALID);
    assert_int_equal(register_as(h, posting_system_id(SYSTEM_BANK), INN, "999901001", "ООО"),
                     FAIL_INVALID);
}

static void what_is_registered_already_changes_nothing(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    company(h, 1, INN);
    assert_int_equal(h->last, 1);
    company(h, 1, OTHER_INN);
    assert_int_equal(h->last, 2);
    company(h, 2, OTHER_INN); // one company may pay for several accounts
    assert_int_equal(h->last, 3);
}

static void invoices_are_one_series_a_year(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    company(h, 2, OTHER_INN);
    assert_int_equal(issued(h, 1, 70000), 26000000013);
    assert_int_equal(issued(h, 2, 1), 26000000021);
    h->now = noon(2026, 12, 31) + 11 * HOUR_US; // 23:00 in Moscow
    assert_int_equal(issued(h, 1, 70000), 26000000039);
    h->now += 2 * HOUR_US; // the next year, in Moscow
    assert_int_equal(issued(h, 1, 70000), 27000000011);
}

static void an_invoice_says_who_is_to_pay_it_and_until_when(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    (void)issued(h, 1, 70000); // a Tuesday: the fifth working day after it is the next Tuesday
    event_t event = harness_caused(h, 0, EVENT_invoice_issued);
    const event_invoice_issued_t *e = &event.invoice_issued;
    assert_true(text_equal(e->inn, text_of(INN)) && text_equal(e->kpp, text_of("999901001")) &&
                text_equal(e->name, text_of("ООО «Ромашка»")));
    assert_int_equal(e->due, noon(2026, 9, 8) - 12 * HOUR_US);
    h->now = noon(2026, 9, 5); // a Saturday
    (void)issued(h, 1, 70000);
    assert_int_equal(harness_caused(h, 0, EVENT_invoice_issued).invoice_issued.due,
                     noon(2026, 9, 11) - 12 * HOUR_US);
}

static void an_invoice_wants_a_company_a_sum_and_room(void **state)
{
    harness_t *h = *state;
    assert_int_equal(issue(h, 1, 70000), FAIL_STATE);
    company(h, 1, INN);
    company(h, 2, INN);
    assert_int_equal(issue(h, 1, 0), FAIL_INVALID);
    assert_int_equal(issue(h, 1, -1), FAIL_INVALID);
    assert_int_equal(issue(h, 1, INT64_MAX), FAIL_INVALID);
    for (int i = 0; i < DOCUMENTS_ISSUED_A_DAY_MAX; i++)
        (void)issued(h, 1, 70000);
    assert_int_equal(issue(h, 1, 70000), FAIL_FULL);
    (void)issued(h, 2, 70000);
    h->now += DAY_US;
    (void)issued(h, 1, 70000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requisites_are_those_of_a_legal_entity),
        TEST(what_is_registered_already_changes_nothing),
        TEST(invoices_are_one_series_a_year),
        TEST(an_invoice_says_who_is_to_pay_it_and_until_when),
        TEST(an_invoice_wants_a_company_a_sum_and_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
