#include "proto/payment_number.h"
#include "tests/common/shop.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/robokassa_parts.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

// The service of second receipts: Attach and Status, as documented, with the faults of the others.
// A number is one receipt for ever, and a payment has one second receipt: the tax service's door.

#define REGISTERS_MAX_US (3 * HOUR_US)
#define REGISTERS_CALM_US (10 * MINUTE_US)
#define UNKNOWN_US (30 * HOUR_US) // so long a first receipt in 23 is not known here
#define UNKNOWN_EACH (23 * PAYMENT_PARTITIONS)

typedef struct {
    unsigned long long number, invoice;
    int64_t total, offset, vat;
    char tax[16], client[RECEIPT_CONTACT_SIZE];
} asked_t;

// --- what is said ---

static bool read_text(bytes_t body, char *text, size_t text_size)
{
    size_t size = 0;
    while (size < body.size && body.data[size] != '.')
        size++;
    return size < body.size && robokassa_unpack(body.data, size, text, text_size);
}

static bool read_sum(const char *text, const char *name, int64_t *ret_sum)
{
    unsigned long long rubles, kopecks;
    const char *at = strstr(text, name);
    if (!at || sscanf(at + strlen(name), "%llu.%2llu", &rubles, &kopecks) != 2)
        return false;
    *ret_sum = (int64_t)(rubles * 100 + kopecks);
    return true;
}

static bool read_second(bytes_t body, asked_t *ret)
{
    char text[ROBOKASSA_TEXT_MAX];
    *ret = (asked_t){0};
    if (!read_text(body, text, sizeof text) ||
        sscanf(text, "{\"merchantId\":\"subs_shop\",\"id\":\"%llu\",\"originId\":\"%llu\"",
               &ret->number, &ret->invoice) != 2)
        return false;
    const char *client = strstr(text, "\"client\":{\"email\":\"");
    if (!client || sscanf(client, "\"client\":{\"email\":\"%47[a-z0-9@.]\"", ret->client) != 1)
        return false;
    const char *vats = strstr(text, "\"vats\":[{\"type\":\"");
    return vats && sscanf(vats, "\"vats\":[{\"type\":\"%15[a-z0-9]\"", ret->tax) == 1 &&
           strstr(text, "\"operation\":\"sell\"") && strstr(text, "\"full_payment\"") &&
           strstr(text, "\"payment_object\":\"service\"") &&
           read_sum(text, "\"total\":", &ret->total) &&
           read_sum(text, "\"payments\":[{\"type\":2,\"sum\":", &ret->offset) &&
           read_sum(vats, "\",\"sum\":", &ret->vat);
}

// --- its books ---

static receipt_operation_t *find(robokassa_model_t *self, uint64_t number)
{
    for (size_t i = self->receipts_count; i-- > 0;)
        if (self->receipts[i].number == number)
            return &self->receipts[i];
    return NULL;
}

static instant_t registers_at(world_t *world)
{
    draw_t *draw = &world->robokassa.receipts_draw;
    instant_t most =
        draw_chance(draw, 700000) || world->calm ? REGISTERS_CALM_US : REGISTERS_MAX_US;
    return world->now + draw_span(draw, SECOND_US, most);
}

static void check_new(world_t *world, const asked_t *asked)
{
    robokassa_model_t *self = &world->robokassa;
    const operation_t *operation = robokassa_model_find(self, asked->invoice);
    if (!operation || operation->state != OPERATION_PAID)
        world_violate(world, "I25", "a second receipt of invoice %llu, which is not paid",
                      asked->invoice);
    else if ((asked->total <= 0 || asked->total > operation->paid - operation->refunded) &&
             !(world->restored_at && world->put_back_at)) // no journal may know of the refund
        world_violate(world, "I25", "a second receipt of %" PRId64 ", and %" PRId64 " stayed",
                      asked->total, operation->paid - operation->refunded);
    for (size_t i = 0; i < self->receipts_count; i++)
        if (self->receipts[i].invoice == asked->invoice)
            world_violate(world, "I25", "invoice %llu has two second receipts", asked->invoice);
}

static void arrive(world_t *world, const asked_t *asked)
{
    robokassa_model_t *self = &world->robokassa;
    receipt_operation_t *known = find(self, asked->number);
    if (asked->offset != asked->total)
        world_violate(world, "I25", "a second receipt that its advance does not pay");
    if (known) {
        world_reach(world, REACH_RECEIPT_AGAIN);
        if (known->invoice != asked->invoice || known->total != asked->total ||
            known->vat != asked->vat || strcmp(known->tax, asked->tax) != 0)
            world_violate(world, "I25", "receipt %llu is sent again and says something else",
                          asked->number);
        if (known->refused) // nothing came of it: it is a new try
            known->registers_at = registers_at(world);
        known->refused = false;
        return;
    }
    check_new(world, asked);
    fold_receipts_arrive(world, asked->invoice, asked->total, asked->vat);
    assert(self->receipts_count < RECEIPTS_MAX);
    receipt_operation_t *made = &self->receipts[self->receipts_count++];
    *made = (receipt_operation_t){.number = asked->number,
                                  .invoice = asked->invoice,
                                  .total = asked->total,
                                  .vat = asked->vat,
                                  .registers_at = registers_at(world),
                                  .refused = robokassa_faulty(world, world->profile.refused)};
    memcpy(made->tax, asked->tax, sizeof made->tax);
}

static bool is_registered(const world_t *world, const receipt_operation_t *receipt)
{
    return receipt->told || (!receipt->refused && world->now >= receipt->registers_at);
}

bool robokassa_model_is_registered(const robokassa_model_t *self, uint64_t invoice, bool second)
{
    const operation_t *operation = robokassa_model_find(self, invoice);
    for (size_t i = 0; second && i < self->receipts_count; i++)
        if (self->receipts[i].invoice == invoice)
            return self->receipts[i].told;
    return !second && operation && operation->receipt_told;
}

// --- what is answered ---

static void arrive_late(world_t *world, const step_t *step)
{
    asked_t asked;
    assert(step->size == sizeof asked);
    memcpy(&asked, step->bytes, sizeof asked);
    arrive(world, &asked);
}

static void leave_unanswered(world_t *world, const outside_t *request, const asked_t *asked)
{
    draw_t *draw = &world->robokassa.receipts_draw;
    world_reach(world, REACH_RECEIPT_TIMEOUT);
    wires_result(world, PAYMENT, request->timeout_ms * INT64_C(1000),
                 &(result_t){.key = request->key, .what = RESULT_NO_ANSWER}, "");
    if (draw_chance(draw, 300000)) {
        step_t late = {.at = world->now + draw_span(draw, MINUTE_US, 3 * HOUR_US),
                       .run = arrive_late,
                       .bytes = (uint8_t *)(uintptr_t)asked,
                       .size = sizeof *asked};
        schedule_add(&world->schedule, &late);
    } else if (draw_chance(draw, 600000))
        arrive(world, asked);
}

// Of payment, while nobody knows yet whether it arrives.
static void kill(world_t *world, const step_t *step)
{
    process_t *payment = &world->processes[PAYMENT];
    (void)step;
    if (payment->up && !payment->busy)
        faults_kill(world, payment, REACH_RECEIPT_CRASH, false);
}

void robokassa_take_receipt(world_t *world, const outside_t *request)
{
    draw_t *draw = &world->robokassa.receipts_draw;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[ROBOKASSA_TEXT_MAX] = "";
    asked_t asked;
    instant_t delay = draw_span(draw, SECOND_US / 20, 3 * SECOND_US);
    if (!read_second(request->body, &asked)) {
        world_violate(world, "I25", "a second receipt that is none");
        return;
    }
    receipt_contacts_named(world, asked.invoice, asked.client);
    if (robokassa_faulty(world, 100000) && world->profile.crash_every_us)
        world_after(world, delay / 2, kill, NULL, 0);
    if (robokassa_is_maintained(world)) {
        result.http_status = 503;
    } else if (robokassa_faulty(world, world->profile.refused)) {
        result.what = RESULT_NOT_CONNECTED;
    } else if (robokassa_faulty(world, world->profile.unanswered)) {
        leave_unanswered(world, request, &asked);
        return;
    } else {
        bool garbled = robokassa_faulty(world, world->profile.garbled);
        bool failed = robokassa_faulty(world, world->profile.refused);
        if (!(garbled || failed) || draw_chance(draw, 500000))
            arrive(world, &asked);
        if (garbled)
            snprintf(body, sizeof body, "{\"ResultCode\":");
        else
            snprintf(body, sizeof body, "{\"ResultCode\":\"%d\",\"ResultDescription\":\"-\"}",
                     !failed                     ? 0
                     : draw_chance(draw, 500000) ? 3
                                                 : 1000);
    }
    wires_result(world, PAYMENT, delay, &result, body);
}

// 0 of a receipt that is not known here.
static int code_of(world_t *world, uint64_t number)
{
    robokassa_model_t *self = &world->robokassa;
    receipt_operation_t *receipt = find(self, number);
    operation_t *operation = robokassa_model_find(self, number);
    if (receipt && is_registered(world, receipt)) {
        receipt->told = true;
        return 2;
    }
    if (receipt)
        return receipt->refused ? 3 : 1;
    if (!operation || operation->state != OPERATION_PAID)
        return 1000;
    if (number % UNKNOWN_EACH == 0 && world->now - operation->paid_at < UNKNOWN_US)
        return 1000;
    bool slow = !operation->receipt_told && robokassa_faulty(world, 300000);
    operation->receipt_told = operation->receipt_told || !slow;
    return slow ? (draw_chance(&self->receipts_draw, 500000) ? 1 : 1000) : 2;
}

void robokassa_take_receipt_state(world_t *world, const outside_t *request)
{
    draw_t *draw = &world->robokassa.receipts_draw;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char text[ROBOKASSA_TEXT_MAX], body[ROBOKASSA_TEXT_MAX] = "";
    unsigned long long number;
    if (!read_text(request->body, text, sizeof text) ||
        sscanf(text, "{\"merchantId\":\"subs_shop\",\"id\":\"%llu\"", &number) != 1) {
        world_violate(world, "I25", "a question about a receipt that is none");
        return;
    }
    if (robokassa_is_maintained(world) || robokassa_faulty(world, world->profile.refused))
        result.http_status = 503;
    else if (robokassa_faulty(world, world->profile.unanswered))
        result.what = RESULT_NO_ANSWER;
    else
        snprintf(body, sizeof body,
                 "{\"Code\":\"%d\",\"Description\":\"-\",\"FnNumber\":\"99\","
                 "\"FiscalDocumentNumber\":\"%llu\"}",
                 code_of(world, number), number % 1000000);
    wires_result(world, PAYMENT, draw_span(draw, SECOND_US / 20, 3 * SECOND_US), &result, body);
}
