#pragma once
// refund_moves - a refund of a payment of 500 rubles brought where a test of payment wants it, in a
// word.
#include "proto/codes.h"
#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_light.h"
#include "tests/model/payment_moves.h"

#define OPERATION "E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4"
#define REQUEST "3a1f8a4e-0000-4000-8000-2f5d6c7b8a90"

static inline const payment_state_t *core(world_t *w)
{
    return world_core_state(w);
}

// A top-up of 500 rubles that was paid.
static inline uint64_t paid(world_t *w)
{
    return world_link(w, &MOVES_ACCOUNT, 500, 0);
}

static inline fail_t refund(world_t *w, uint64_t invoice, kopecks_t amount)
{
    request_t request = {.type = REQUEST_refund};
    request.refund.invoice = invoice;
    request.refund.amount = amount;
    return world_command(w, &request, ROLE_OPERATOR);
}

static inline uint64_t begun(world_t *w, uint64_t invoice, kopecks_t amount)
{
    assert_int_equal(refund(w, invoice, amount), FAIL_NONE);
    return world_event(w, EVENT_refund_requested)->refund_requested.refund;
}

static inline const refund_t *row_of(world_t *w, uint64_t number)
{
    uint32_t row = payment_refunds_find(core(w)->refunds, number);
    assert_int_not_equal(row, TABLE_NONE);
    return refund_at(core(w)->refunds, row);
}

static inline refund_state_t state_of(world_t *w, uint64_t number)
{
    return refund_state(row_of(w, number));
}

static inline void held(world_t *w, uint64_t number)
{
    event_t event = {.type = EVENT_refund_held, .at = w->now};
    event.refund_held.refund = number;
    world_hear(w, STREAM_LEDGER, &event);
}

static inline void not_held(world_t *w, uint64_t number, uint64_t why)
{
    event_t event = {.type = EVENT_refund_refused, .at = w->now};
    event.refund_refused = (event_refund_refused_t){.refund = number, .why = why};
    world_hear(w, STREAM_LEDGER, &event);
}

// The one request of a refund that is wanted; NULL if none is.
static inline const outside_t *wanted(world_t *w)
{
    const due_t *due = world_due(w);
    for (size_t i = 0; i < due->count; i++)
        if (due->requests[i].key & PAYMENT_REFUND_KEY)
            return &due->requests[i];
    return NULL;
}

static inline bool is_at(const outside_t *request, const char *url)
{
    return request && request->url.size >= strlen(url) &&
           memcmp(request->url.data, url, strlen(url)) == 0;
}

static inline void answered(world_t *w, int what, unsigned status, const char *body)
{
    const outside_t *request = wanted(w);
    assert_non_null(request);
    world_result(w, request->key, what, status, body);
}

static inline const char *operation(int state)
{
    static char xml[1024];
    snprintf(xml, sizeof xml,
             "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>%d</Code></State>"
             "<Info><OutSum>500.000000</OutSum><OpKey>" OPERATION
             "</OpKey></Info></OperationStateResponse>",
             state);
    return xml;
}

// Held, and Create may be on its way.
static inline uint64_t left(world_t *w, uint64_t invoice, kopecks_t amount)
{
    uint64_t number = begun(w, invoice, amount);
    held(w, number);
    assert_string_equal(world_events(w), "refund.approved");
    assert_true(is_at(wanted(w), SHOP_STATE_URL));
    answered(w, RESULT_ANSWERED, 200, operation(100));
    assert_string_equal(world_events(w), "refund.left");
    assert_true(is_at(wanted(w), SHOP_REFUND_URL));
    return number;
}

static inline uint64_t sent(world_t *w, uint64_t invoice, kopecks_t amount)
{
    uint64_t number = left(w, invoice, amount);
    answered(w, RESULT_ANSWERED, 200,
             "{\"success\":true,\"message\":null,\"requestId\":\"" REQUEST "\"}");
    assert_string_equal(world_events(w), "refund.sent");
    return number;
}

static inline void told(world_t *w, const char *label, const char *amount)
{
    char body[256];
    w->now += DAY_US;
    assert_true(is_at(wanted(w), SHOP_REFUND_STATE_URL "?id=" REQUEST));
    assert_int_equal(wanted(w)->method, OUTSIDE_GET);
    snprintf(body, sizeof body, "{\"requestId\":\"" REQUEST "\",\"amount\":%s,\"label\":\"%s\"}",
             amount, label);
    answered(w, RESULT_ANSWERED, 200, body);
}
