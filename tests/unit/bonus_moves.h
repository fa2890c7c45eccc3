#pragma once
// bonus_moves - what happens to a top-up with the bonus of a promo code, for the tests of the
// ledger that give it and take it back.
#include "proto/payment_number.h"
#include "tests/unit/ledger_words.h"

// The nth payment number of now.
static inline uint64_t a_number(const harness_t *h, uint64_t n)
{
    return payment_number_next(0, h->now) + n * PAYMENT_PARTITIONS;
}

// The customer's top-up of that number, and its bonus.
static inline void topped_up(harness_t *h, uint64_t number, kopecks_t amount, kopecks_t bonus)
{
    event_t event = payment(customer(1), amount, PAYMENT_KIND_TOPUP);
    event.payment_succeeded.invoice = number;
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    event = (event_t){.type = EVENT_promo_redeemed};
    event.promo_redeemed = (event_promo_redeemed_t){
        .account = customer(1), .invoice = number, .campaign = 3, .amount = bonus, .topup = amount};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static inline uid_t16 gone_to(posting_kind_t kind)
{
    return posting_system_id(kind == POSTING_REFUND ? SYSTEM_REFUNDS : SYSTEM_CHARGEBACKS);
}

// People post it, and what is due after it is done.
static inline fail_t moved(harness_t *h, uid_t16 debit, uid_t16 credit, kopecks_t amount,
                           posting_kind_t kind, uint64_t number)
{
    request_t request = {.type = REQUEST_post};
    request.post.debit = debit;
    request.post.credit = credit;
    request.post.amount = amount;
    request.post.kind = kind;
    request.post.reference = posting_payment_reference(number);
    fail_t fail = harness_command(h, &request);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    return fail;
}

// A refund or a chargeback of the customer's payment.
static inline fail_t taken(harness_t *h, uint64_t number, kopecks_t amount, posting_kind_t kind)
{
    return moved(h, customer(1), gone_to(kind), amount, kind, number);
}

// One that came back: the bank did not take it, or the dispute is won.
static inline fail_t came_back(harness_t *h, uint64_t number, kopecks_t amount, posting_kind_t kind)
{
    return moved(h, gone_to(kind), customer(1), amount, kind, number);
}
