#pragma once
// receipt_moves - what happens to a payment's lot and its receipts, for payment's tests: the
// ledger's postings of it, refunds of it, and what Robokassa answers.
#include "proto/posting.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_form.h"
#include "services/payment/payment_light.h"
#include "tests/model/payment_moves.h"

#define ATTACH_URL "https://robokassa.test/Receipt/Attach"
#define STATUS_URL "https://robokassa.test/Receipt/Status"
#define SECOND(invoice) ((invoice) + (UINT64_C(1) << 52))
#define TAKEN "{\"ResultCode\":\"0\",\"ResultDescription\":\"ok\"}"
#define REGISTERED                                                                                 \
    "{\"Code\":\"2\",\"Description\":\"Done\",\"FnNumber\":\"9960440301234567\","                  \
    "\"FiscalDocumentNumber\":\"17\",\"FiscalDocumentAttribute\":\"123456789\"}"

static inline int set_up(void **state)
{
    moves_set_up(state);
    world_t *w = *state;
    w->settings.fiscal = (payment_fiscal_settings_t){
        .url = SPAN(ATTACH_URL), .state_url = SPAN(STATUS_URL), .name = SPAN("Услуги")};
    return 0;
}

static inline const payment_receipts_t *receipts(world_t *w)
{
    return ((const payment_state_t *)world_core_state(w))->receipts;
}

static inline receipt_state_t state_of(world_t *w, uint64_t invoice, receipt_kind_t kind)
{
    uint32_t row = payment_receipts_find(receipts(w), invoice);
    assert_int_not_equal(row, TABLE_NONE);
    return payment_receipts_state(receipts(w), receipt_slot(row, kind));
}

// The ledger's postings. `lots` is what a debit took: lot 0 ends it.
static inline uint64_t post(world_t *w, event_posted_t posted, const uint64_t *lots)
{
    uint8_t bytes[256];
    event_t event = {.type = EVENT_posted, .at = w->now, .posted = posted};
    event.posted.account = MOVES_ACCOUNT;
    if (posted.debit == SYSTEM_CLEARING)
        event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = 1};
    if (lots && lots[0] && lots[1]) {
        size_t count = 0;
        pack_t pack;
        while (lots[count])
            count++;
        pack_start(&pack, bytes, sizeof bytes);
        pack_array(&pack, count);
        for (size_t i = 0; i < count; i++) {
            pack_array(&pack, 2);
            pack_u64(&pack, lots[i]);
            pack_i64(&pack, 1);
        }
        event.posted.lots = (bytes_t){bytes, (uint32_t)pack_end(&pack)};
    }
    event.posted.lot = lots ? lots[0] : posted.lot;
    world_hear(w, STREAM_LEDGER, &event);
    return w->ledger_sequence;
}

static inline uint64_t credit(world_t *w, uint64_t invoice, kopecks_t amount, kopecks_t cash)
{
    return post(w,
                (event_posted_t){.debit = SYSTEM_CLEARING,
                                 .credit = SYSTEM_END,
                                 .amount = amount,
                                 .cash = cash,
                                 .kind = POSTING_TOPUP,
                                 .reference = posting_payment_reference(invoice)},
                NULL);
}

static inline void debit(world_t *w, posting_kind_t kind, kopecks_t cash, const uint64_t *lots)
{
    (void)post(
        w,
        (event_posted_t){
            .debit = SYSTEM_END, .credit = SYSTEM_REVENUE, .amount = 1, .cash = cash, .kind = kind},
        lots);
}

#define LOTS(...) ((const uint64_t[]){__VA_ARGS__, 0})

// A top-up of 500 rubles that the ledger credited; *ret_lot is its lot.
static inline uint64_t placed(world_t *w, kopecks_t cash, uint64_t *ret_lot)
{
    uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 0);
    *ret_lot = credit(w, invoice, 50000, cash);
    const event_t *event = world_event(w, EVENT_lot_placed);
    assert_non_null(event);
    assert_int_equal(event->lot_placed.invoice, invoice);
    assert_int_equal(event->lot_placed.lot, *ret_lot);
    return invoice;
}

static inline fail_t regime(world_t *w, instant_t from, tax_system_t system, vat_regime_t vat)
{
    request_t request = {.type = REQUEST_receipts_regime};
    request.receipts_regime =
        (request_receipts_regime_t){.from = from, .system = system, .vat_regime = vat};
    return world_command(w, &request, ROLE_OPERATOR);
}

// The wanted request at that address; NULL if there is none.
static inline const outside_t *wanted(world_t *w, const char *url)
{
    const due_t *due = world_due(w);
    for (size_t i = 0; i < due->count; i++)
        if (text_equal(due->requests[i].url, text_of(url)))
            return &due->requests[i];
    return NULL;
}

static inline void answered(world_t *w, const char *url, int what, unsigned status,
                            const char *body)
{
    const outside_t *request = wanted(w, url);
    assert_non_null(request);
    world_result(w, request->key, what, status, body);
}

static inline const event_receipt_due_t *due_said(world_t *w)
{
    const event_t *event = world_event(w, EVENT_receipt_due);
    assert_non_null(event);
    return &event->receipt_due;
}

static inline uint64_t refund(world_t *w, uint64_t invoice, kopecks_t amount)
{
    request_t request = {.type = REQUEST_refund};
    request.refund.invoice = invoice;
    request.refund.amount = amount;
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    return world_event(w, EVENT_refund_requested)->refund_requested.refund;
}

static inline void hold(world_t *w, uint64_t number, uint64_t lot, kopecks_t cash)
{
    debit(w, POSTING_HOLD, cash, LOTS(lot));
    event_t event = {.type = EVENT_refund_held, .at = w->now};
    event.refund_held.refund = number;
    world_hear(w, STREAM_LEDGER, &event);
}

// People say that it went back, or not, and the ledger follows.
static inline void settle(world_t *w, uint64_t invoice, uint64_t number, kopecks_t amount,
                          bool left)
{
    answered(w, SHOP_STATE_URL, RESULT_ANSWERED, 200,
             "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code>"
             "</State><Info><OutSum>500.000000</OutSum><OpKey>KEY</OpKey></Info>"
             "</OperationStateResponse>");
    answered(w, SHOP_REFUND_URL, RESULT_NO_ANSWER, 0, "");
    request_t request = {.type = REQUEST_refund_resolve};
    request.refund_resolve =
        (request_refund_resolve_t){.refund = number, .done = left, .amount = amount};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    if (!left)
        return;
    event_t event = {.type = EVENT_posted, .at = w->now};
    event.posted = (event_posted_t){.debit = SYSTEM_REFUNDS,
                                    .credit = SYSTEM_CLEARING,
                                    .amount = amount,
                                    .kind = POSTING_REFUND,
                                    .reference = posting_payment_reference(invoice)};
    world_hear(w, STREAM_LEDGER, &event);
}
