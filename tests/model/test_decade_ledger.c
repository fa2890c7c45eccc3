// Years of three accounts' money: usage in every hour of a day, a payment a month, a bonus that is
// used up, a refund by hand. Lots that are used up leave, and so do numbers of payments, and the
// ledger takes no more memory in the last year than in the second.
#include "proto/payment_number.h"
#include "services/ledger/ledger_state.h"
#include "tests/model/decade.h"
#include "tests/unit/ledger_words.h"

enum { ACCOUNTS = 3, MONTH_DAYS = 30, LINES = 8 };

static harness_t *h;
static uint64_t number;

static void pay(uid_t16 account, kopecks_t amount)
{
    event_t event = payment(account, amount, 1);
    event.payment_succeeded.invoice = number = payment_number_next(number, h->now);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

// A refund of a payment that was asked for, held and made.
static void give_back(uint8_t n)
{
    pay(customer(n), 5000);
    event_t event = {.type = EVENT_refund_requested};
    event.refund_requested =
        (event_refund_requested_t){.refund = number = payment_number_next(number, h->now),
                                   .account = customer(n),
                                   .amount = 5000,
                                   .credit = stream_sequence};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    (void)harness_recall(h);
    assert_int_equal(((const ledger_state_t *)h->state)->holds.held, 1);
    event = (event_t){.type = EVENT_refund_done};
    event.refund_done =
        (event_refund_done_t){.refund = number, .account = customer(n), .amount = 5000};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static void live_day(unsigned day)
{
    for (uint8_t n = 1; n <= ACCOUNTS; n++) {
        if (day % MONTH_DAYS == (unsigned)n)
            pay(customer(n), 19000);
        if (day % MONTH_DAYS == n + 10u)
            given(h, customer(n), 5000);
        if (day % MONTH_DAYS == n + 20u)
            give_back(n);
        for (unsigned line = 0; line < LINES; line++)
            used(h, customer(n), 100);
    }
    h->now += DAY_US;
    (void)harness_tick(h);
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&ledger_core, argc, argv);
    h = harness_new(&ledger_core, NULL);
    h->now = INT64_C(1767225600) * SECOND_US;
    h->current = true;
    instant_t began = h->now;
    for (unsigned day = 0; decade.lived < decade.years; day++) {
        live_day(day);
        if (h->now >= began + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, h->state, NULL);
    }
    harness_destroy(&h);
    return decade_end(&decade);
}
