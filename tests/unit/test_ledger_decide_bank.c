// Transfers that documents tells of are posted once, whatever history it has.
#include "services/ledger/ledger_decide_bank.h"
#include "tests/unit/ledger_words.h"

static event_t told(uint8_t identity, uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_transfer_received};
    event.transfer_received.identity = (hash_t){{identity, 7}};
    event.transfer_received.account = account;
    event.transfer_received.amount = amount;
    return event;
}

static event_t placed(uint8_t identity, uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_transfer_assigned};
    event.transfer_assigned.identity = (hash_t){{identity, 7}};
    event.transfer_assigned.account = account;
    event.transfer_assigned.amount = amount;
    return event;
}

static void hear(harness_t *h, uint64_t sequence, const event_t *event)
{
    assert_int_equal(harness_event(h, STREAM_DOCUMENTS, sequence, event), FAIL_NONE);
}

static uid_t16 none(void)
{
    return (uid_t16){{0}};
}

static void a_matched_transfer_is_credited_with_its_identity(void **state)
{
    harness_t *h = *state;
    event_t event = told(1, customer(1), 70000);
    hear(h, 1, &event);
    event_t posted = harness_caused(h, h->count - 1, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_BANK);
    assert_int_equal(posted.posted.debit, SYSTEM_BANK);
    assert_int_equal(posted.posted.reference.bytes[0], 1);
    assert_int_equal(balance_of(h, customer(1)).cash, 70000);
    assert_int_equal(system_of(h, SYSTEM_BANK), -70000);
}

static void what_is_told_again_is_noted_and_not_posted(void **state)
{
    harness_t *h = *state;
    event_t event = told(1, customer(1), 70000), open = told(2, none(), 500);
    hear(h, 1, &event);
    hear(h, 2, &open);
    hear(h, 3, &event); // an older journal of documents, and the statement read again
    assert_int_equal(h->count, 1);
    event_t said = harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(said.transfer_repeated.amount, 70000);
    hear(h, 4, &open);
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    harness_restart(&h);
    *state = h;
    hear(h, 5, &event);
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(balance_of(h, customer(1)).cash, 70000);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 500);
}

static void suspense_is_left_once(void **state)
{
    harness_t *h = *state;
    event_t event = told(1, none(), 500), whose = placed(1, customer(1), 500);
    hear(h, 1, &event);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 500);
    hear(h, 2, &whose);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 0);
    assert_int_equal(balance_of(h, customer(1)).cash, 500);
    hear(h, 3, &whose);
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(balance_of(h, customer(1)).cash, 500);
}

static event_t paid_out(uint8_t identity, kopecks_t amount, kopecks_t fee)
{
    event_t event = {.type = EVENT_transfer_settled};
    event.transfer_settled.identity = (hash_t){{identity, 7}};
    event.transfer_settled.amount = amount;
    event.transfer_settled.fee = fee;
    return event;
}

// 1000 rubles were captured; 961 came by bank, and 39 were kept.
static void what_robokassa_paid_out_empties_clearing(void **state)
{
    harness_t *h = *state;
    event_t payment = {.type = EVENT_payment_succeeded};
    payment.payment_succeeded = (event_payment_succeeded_t){
        .invoice = 256, .account = customer(1), .amount = 100000, .kind = PAYMENT_KIND_TOPUP};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 1, &payment), FAIL_NONE);
    event_t event = told(1, none(), 96100), settled = paid_out(1, 96100, 3900);
    hear(h, 1, &event);
    hear(h, 2, &settled);
    event_t posted = harness_caused(h, 0, EVENT_posted), fee = harness_caused(h, 1, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_SETTLEMENT);
    assert_int_equal(fee.posted.kind, POSTING_FEE);
    assert_int_equal(fee.posted.reference.bytes[0], 1);
    assert_int_equal(system_of(h, SYSTEM_CLEARING), 0);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 0);
    assert_int_equal(system_of(h, SYSTEM_FEES), -3900);
    assert_int_equal(system_of(h, SYSTEM_BANK), -96100);
    hear(h, 3, &settled); // an older journal of documents, and said again
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(system_of(h, SYSTEM_CLEARING), 0);
    event = told(2, none(), 500);
    settled = paid_out(2, 500, 0);
    hear(h, 4, &event);
    hear(h, 5, &settled);
    assert_int_equal(h->count, 1); // nothing was kept
    assert_int_equal(system_of(h, SYSTEM_CLEARING), 500);
}

static void what_is_nobodys_goes_back_to_the_banks_side(void **state)
{
    harness_t *h = *state;
    event_t event = told(1, none(), 500), back = placed(1, none(), 500);
    hear(h, 1, &event);
    hear(h, 2, &back);
    assert_int_equal(harness_caused(h, 0, EVENT_posted).posted.kind, POSTING_CORRECTION);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 0);
    assert_int_equal(system_of(h, SYSTEM_BANK), 0);
}

static void what_was_never_in_suspense_does_not_leave_it(void **state)
{
    harness_t *h = *state;
    event_t event = told(1, customer(1), 500), other = told(2, none(), 900);
    event_t whose = placed(1, customer(2), 500), unknown = placed(3, customer(2), 500);
    hear(h, 1, &event);
    hear(h, 2, &other); // so that suspense has enough
    hear(h, 3, &whose);
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    hear(h, 4, &unknown);
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 900);
}

static void what_has_no_place_waits_in_suspense(void **state)
{
    harness_t *h = *state;
    event_t much = told(1, customer(1), LEDGER_BALANCE_MAX), more = told(2, customer(1), 1);
    event_t whose = placed(2, customer(1), 1);
    hear(h, 1, &much);
    hear(h, 2, &more);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 1);
    hear(h, 3, &whose); // still none
    (void)harness_caused(h, 0, EVENT_transfer_repeated);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_matched_transfer_is_credited_with_its_identity),
        TEST(what_is_told_again_is_noted_and_not_posted),
        TEST(suspense_is_left_once),
        TEST(what_robokassa_paid_out_empties_clearing),
        TEST(what_is_nobodys_goes_back_to_the_banks_side),
        TEST(what_was_never_in_suspense_does_not_leave_it),
        TEST(what_has_no_place_waits_in_suspense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
