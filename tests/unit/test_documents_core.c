// The core in its small world: a company, an invoice, its transfer.
#include "documents_words.h"

static void a_transfer_pays_the_invoice_that_it_names(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    uint64_t number = issued(h, 1, 70000);
    char purpose[64];
    snprintf(purpose, sizeof purpose, "Оплата по счету %llu", (unsigned long long)number);
    request_t request = transfer(purpose);
    event_transfer_received_t e = received(h, &request);
    assert_int_equal(e.reason, TRANSFER_MATCHED);
    assert_int_equal(e.invoice, number);
    uid_t16 account = customer(1);
    assert_true(uid_equal(&e.account, &account));
    answer_t answer;
    request_t asked = {.type = REQUEST_invoices};
    asked.invoices.account = account;
    asked.invoices.limit = 1;
    assert_int_equal(harness_query(h, &asked, &answer), FAIL_NONE);
    assert_int_equal(answer.invoices.count, 1);
}

static bool holds(const harness_t *h, const char *text)
{
    return memmem(h->bytes, h->bytes_size, text, strlen(text)) != NULL;
}

static void no_text_of_a_payer_is_in_the_journal(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    request_t request = transfer("Иванов И.И. за май");
    request.transfer_receive.payer_inn = text_of("500100732259");
    (void)received(h, &request);
    assert_true(holds(h, INN)); // the company's, which is public: the search can find
    static const char *const texts[] = {"Иванов", "500100732259", "40702810000000000001",
                                        "40702810700000000101"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(holds(h, texts[i]));
}

static void it_takes_imports_and_follows_nobody(void **state)
{
    (void)state;
    assert_true(documents_core.takes_imports);
    assert_false(documents_core.takes_feed);
    assert_int_equal(documents_core.follows_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_pays_the_invoice_that_it_names),
        TEST(no_text_of_a_payer_is_in_the_journal),
        TEST(it_takes_imports_and_follows_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
