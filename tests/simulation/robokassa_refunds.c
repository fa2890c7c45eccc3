#include "tests/common/shop.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/robokassa_parts.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

// The refund service: Create and GetState, as documented, with the faults of the other services.

#define FINISH_MAX_US DAY_US

typedef struct {
    uint64_t invoice;
    bool second;    // the later of its two payments
    int64_t amount; // 0: all that is left
    int64_t cost;   // of its receipt's one position; 0 if it has none
    char tax[16];
} wanted_t;

// --- what Create says ---

// The payload between the token's two points.
static bool read_payload(bytes_t token, char *text, size_t text_size)
{
    const uint8_t *end = token.data + token.size, *first = memchr(token.data, '.', token.size);
    const uint8_t *last = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    return last && robokassa_unpack(first + 1, (size_t)(last - first - 1), text, text_size);
}

// The position is what the payment's receipt had: an advance, a payment.
static bool read_items(const char *text, wanted_t *ret)
{
    unsigned long long rubles, kopecks;
    const char *items = strstr(text, "\"InvoiceItems\":[");
    if (!items)
        return true;
    const char *cost = strstr(items, "\"Cost\":");
    if (!cost || sscanf(cost, "\"Cost\":%llu.%2llu,\"Tax\":\"%15[a-z0-9]\"", &rubles, &kopecks,
                        ret->tax) != 3)
        return false;
    ret->cost = (int64_t)(rubles * 100 + kopecks);
    return strstr(items, "\"Quantity\":1,") && strstr(items, "\"PaymentMethod\":\"advance\"") &&
           strstr(items, "\"PaymentObject\":\"payment\"");
}

static bool read_wanted(bytes_t token, wanted_t *ret)
{
    char text[ROBOKASSA_TEXT_MAX];
    unsigned long long invoice, rubles = 0, kopecks = 0;
    if (!read_payload(token, text, sizeof text))
        return false;
    bool second = sscanf(text, "{\"OpKey\":\"OP2-%llu\"", &invoice) == 1;
    if (!second && sscanf(text, "{\"OpKey\":\"OP-%llu\"", &invoice) != 1)
        return false;
    const char *sum = strstr(text, "\"RefundSum\":");
    if (sum && sscanf(sum, "\"RefundSum\":%llu.%2llu", &rubles, &kopecks) != 2)
        return false;
    *ret = (wanted_t){invoice, second, (int64_t)(rubles * 100 + kopecks), 0, ""};
    return read_items(text, ret);
}

// --- its books ---

static void finish(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    refund_operation_t *refund = &self->refunds[step->number];
    if (robokassa_is_maintained(world)) {
        world_after(world, HOUR_US, finish, NULL, step->number);
        return;
    }
    bool canceled = robokassa_faulty(world, 100000);
    refund->state = canceled ? REFUND_OPERATION_CANCELED : REFUND_OPERATION_FINISHED;
    fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = 0; canceled && i < world->fold.refunds.count; i++)
        if (rows[i].number == refund->number)
            rows[i].canceled = true;
    operation_t *operation = robokassa_model_find(self, refund->invoice);
    if (canceled)
        *(refund->second ? &operation->second_refunded : &operation->refunded) -= refund->amount;
    else if (refund->second)
        world_reach(world, REACH_SECOND_BACK);
}

// NULL: not enough is left.
static const refund_operation_t *arrive(world_t *world, const wanted_t *wanted)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = robokassa_model_find(self, wanted->invoice);
    if (!operation || operation->state != OPERATION_PAID) {
        world_violate(world, "I21", "a refund of invoice %" PRIu64 ", which is not paid",
                      wanted->invoice);
        return NULL;
    }
    kopecks_t *refunded = wanted->second ? &operation->second_refunded : &operation->refunded;
    int64_t left = (wanted->second ? operation->second : operation->paid) - *refunded;
    int64_t amount = wanted->amount ? wanted->amount : left;
    if (amount <= 0 || amount > left)
        return NULL;
    if (world->profile.receipts && !world->put_back_at &&
        (wanted->cost != amount || strcmp(wanted->tax, operation->tax) != 0))
        world_violate(world, "I25",
                      "the receipt of a refund of %" PRId64 " says %" PRId64 ", %s and not %s",
                      amount, wanted->cost, wanted->tax, operation->tax);
    const fold_refund_t *refund =
        fold_refunds_arrive(world, wanted->invoice, amount, wanted->second);
    if (!refund)
        return NULL;
    assert(self->refunds_count < REFUNDS_MAX);
    *refunded += amount;
    refund_operation_t *made = &self->refunds[self->refunds_count++];
    *made = (refund_operation_t){wanted->invoice, refund->number, amount, wanted->second, 0};
    world_after(world, draw_span(&self->refunds_draw, SECOND_US, FINISH_MAX_US), finish, NULL,
                self->refunds_count - 1);
    return made;
}

static void arrive_late(world_t *world, const step_t *step)
{
    wanted_t wanted;
    assert(step->size == sizeof wanted);
    memcpy(&wanted, step->bytes, sizeof wanted);
    (void)arrive(world, &wanted);
}

// --- what is answered ---

static void leave_unanswered(world_t *world, const outside_t *request, const wanted_t *wanted)
{
    robokassa_model_t *self = &world->robokassa;
    world_reach(world, REACH_REFUND_TIMEOUT);
    wires_result(world, PAYMENT, request->timeout_ms * INT64_C(1000),
                 &(result_t){.key = request->key, .what = RESULT_NO_ANSWER}, "");
    if (draw_chance(&self->refunds_draw, 200000)) {
        step_t late = {.at = world->now + draw_span(&self->refunds_draw, MINUTE_US, HOUR_US),
                       .run = arrive_late,
                       .bytes = (uint8_t *)(uintptr_t)wanted,
                       .size = sizeof *wanted};
        schedule_add(&world->schedule, &late);
    } else if (draw_chance(&self->refunds_draw, 600000))
        (void)arrive(world, wanted);
}

// Of payment, while nobody knows yet whether it arrives.
static void kill(world_t *world, const step_t *step)
{
    process_t *payment = &world->processes[PAYMENT];
    (void)step;
    if (payment->up && !payment->busy)
        faults_kill(world, payment, REACH_REFUND_CRASH, false);
}

void robokassa_take_refund(world_t *world, const outside_t *request)
{
    robokassa_model_t *self = &world->robokassa;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[ROBOKASSA_TEXT_MAX] = "";
    wanted_t wanted;
    instant_t delay = draw_span(&self->refunds_draw, SECOND_US / 20, 3 * SECOND_US);
    if (!read_wanted(request->body, &wanted)) {
        world_violate(world, "I21", "a refund that is no token");
        return;
    }
    if (robokassa_faulty(world, 100000) && world->profile.crash_every_us)
        world_after(world, delay / 2, kill, NULL, 0);
    if (robokassa_is_maintained(world)) {
        result.http_status = 503;
    } else if (robokassa_faulty(world, world->profile.refused)) {
        result.what = RESULT_NOT_CONNECTED;
    } else if (robokassa_faulty(world, world->profile.unanswered)) {
        leave_unanswered(world, request, &wanted);
        return;
    } else if (robokassa_faulty(world, world->profile.garbled)) {
        if (draw_chance(&self->refunds_draw, 500000))
            (void)arrive(world, &wanted);
        snprintf(body, sizeof body, "{\"success\":tr");
    } else if (robokassa_faulty(world, world->profile.refused)) {
        snprintf(body, sizeof body,
                 "{\"success\":false,\"message\":\"NotEnoughOperationFunds\",\"requestId\":null}");
    } else {
        const refund_operation_t *made = arrive(world, &wanted);
        if (made)
            snprintf(body, sizeof body,
                     "{\"success\":true,\"message\":null,\"requestId\":\"R-%" PRIu64 "\"}",
                     (uint64_t)(made - self->refunds));
        else
            snprintf(body, sizeof body,
                     "{\"success\":false,\"message\":\"NotEnoughOperationFunds\","
                     "\"requestId\":null}");
    }
    wires_result(world, PAYMENT, delay, &result, body);
}

void robokassa_take_refund_state(world_t *world, const outside_t *request)
{
    static const char *const labels[] = {"processing", "finished", "canceled"};
    robokassa_model_t *self = &world->robokassa;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char url[256], body[ROBOKASSA_TEXT_MAX] = "", sum[SHOP_SUM_SIZE];
    unsigned long long number;
    snprintf(url, sizeof url, "%.*s", (int)request->url.size, request->url.data);
    if (sscanf(url, SHOP_REFUND_STATE_URL "?id=R-%llu", &number) != 1 ||
        number >= self->refunds_count) {
        world_violate(world, "I21", "a question about a refund that is none: %s", url);
        return;
    }
    const refund_operation_t *refund = &self->refunds[number];
    if (robokassa_is_maintained(world) || robokassa_faulty(world, world->profile.refused))
        result.http_status = 503;
    else if (robokassa_faulty(world, world->profile.unanswered))
        result.what = RESULT_NO_ANSWER;
    else {
        shop_sum(refund->amount, sum);
        snprintf(body, sizeof body, "{\"requestId\":\"R-%llu\",\"amount\":%s,\"label\":\"%s\"}",
                 number, sum, labels[refund->state]);
    }
    wires_result(world, PAYMENT, draw_span(&self->refunds_draw, SECOND_US / 20, 3 * SECOND_US),
                 &result, body);
}
