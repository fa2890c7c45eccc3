#include "tests/simulation/robokassa_parts.h"
#include "proto/form.h"
#include "tests/common/shop.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>

// --- base64url ---

static int digit_of(uint8_t c)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = strchr(DIGITS, c);
    return c && at ? (int)(at - DIGITS) : -1;
}

bool robokassa_unpack(const uint8_t *data, size_t data_size, char *text, size_t text_size)
{
    unsigned bits = 0;
    uint32_t group = 0;
    size_t size = 0;
    for (size_t i = 0; i < data_size; i++) {
        int digit = digit_of(data[i]);
        if (digit < 0)
            return false;
        group = group << 6 | (uint32_t)digit;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (size + 1 == text_size)
            return false;
        text[size++] = (char)(group >> bits & 0xff);
    }
    text[size] = '\0';
    return true;
}

// --- what payment asks ---

typedef struct {
    uint64_t invoice;
    kopecks_t amount;
    char token[40];
    char tax[16]; // of its receipt's one position
} asked_t;

static kopecks_t read_sum(span_t text)
{
    kopecks_t amount = 0;
    size_t decimals = 0, dot = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '.')
            dot = 1;
        else if (!dot || decimals < 2)
            amount = amount * 10 + (text.bytes[i] - '0'), decimals += dot;
    }
    for (; decimals < 2; decimals++)
        amount *= 10;
    return amount;
}

// A receipt is escaped once more than the form.
static void read_tax(span_t value, char ret_tax[16])
{
    static const char name[] = "%22tax%22%3A%22";
    char text[ROBOKASSA_TEXT_MAX];
    snprintf(text, sizeof text, "%.*s", (int)value.size, value.bytes);
    const char *at = strstr(text, name);
    if (at)
        sscanf(at + strlen(name), "%15[a-z0-9]", ret_tax);
}

static bool read_form(const void *data, size_t size, asked_t *ret)
{
    char buffer[FORM_SIZE_MAX];
    form_t form;
    *ret = (asked_t){0};
    if (size > sizeof buffer || !form_decode(data, size, buffer, sizeof buffer, &form))
        return false;
    for (size_t i = 0; i < form.fields_count; i++) {
        span_t name = form.fields[i].name, value = form.fields[i].value;
        if (span_is_any_case(name, SPAN("InvId")) || span_is_any_case(name, SPAN("InvoiceID")))
            for (size_t j = 0; j < value.size; j++)
                ret->invoice = ret->invoice * 10 + (uint64_t)(value.bytes[j] - '0');
        else if (span_is(name, SPAN("OutSum")))
            ret->amount = read_sum(value);
        else if (span_is(name, SPAN("Shp_token")) && value.size < sizeof ret->token)
            memcpy(ret->token, value.bytes, value.size);
        else if (span_is(name, SPAN("Receipt")))
            read_tax(value, ret->tax);
    }
    return ret->invoice;
}

static void arrive(world_t *world, const asked_t *asked, instant_t answer_at)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *known = robokassa_model_find(self, asked->invoice);
    if (known) {
        known->requests++;
        world_violate(world, "I7", "the charge of invoice %" PRIu64 " arrived twice",
                      asked->invoice);
        return;
    }
    operation_t operation = {.invoice = asked->invoice,
                             .amount = asked->amount,
                             .charge = true,
                             .requests = 1,
                             .answer_at = answer_at};
    memcpy(operation.token, asked->token, sizeof operation.token);
    memcpy(operation.tax, asked->tax, sizeof operation.tax);
    robokassa_add(self, &operation);
    instant_t most = robokassa_faulty(world, 100000) ? 3 * HOUR_US : 2 * MINUTE_US;
    instant_t least = SECOND_US;
    if (answer_at > world->now + 1 && robokassa_faulty(world, world->profile.hasty)) {
        least = 0;
        most = answer_at - world->now - 1;
    }
    world_after(world, draw_span(&self->draw, least, most), robokassa_settle, NULL,
                self->count - 1);
}

static void arrive_late(world_t *world, const step_t *step)
{
    asked_t asked;
    assert(step->size == sizeof asked);
    memcpy(&asked, step->bytes, sizeof asked);
    arrive(world, &asked, 0);
}

// What must be durable before a charge leaves, and what must not have been said to anybody.
static void check_charge(world_t *world, const asked_t *asked)
{
    const fold_invoice_t *invoice = fold_invoice(&world->fold, asked->invoice);
    if (!invoice || !invoice->sent)
        world_violate(world, "I7",
                      "a charge left for invoice %" PRIu64 ", and its sent is not durable",
                      asked->invoice);
    else if (invoice->amount != asked->amount)
        world_violate(world, "I7", "invoice %" PRIu64 " asked for another amount", asked->invoice);
    const fold_mandate_t *mandate = invoice ? fold_mandate(&world->fold, &invoice->mandate) : NULL;
    if (mandate && mandate->acked_revoked)
        world_violate(world, "I9",
                      "invoice %" PRIu64 " sent after its mandate's revocation was acknowledged",
                      asked->invoice);
}

static void leave_unanswered(world_t *world, const outside_t *request, const asked_t *asked)
{
    robokassa_model_t *self = &world->robokassa;
    instant_t timeout = request->timeout_ms * INT64_C(1000);
    world_reach(world, REACH_TIMEOUT);
    wires_result(world, PAYMENT, timeout,
                 &(result_t){.key = request->key, .what = RESULT_NO_ANSWER}, "");
    if (robokassa_faulty(world, world->profile.late_arrival)) {
        step_t late = {.at = world->now + draw_span(&self->draw, MINUTE_US, HOUR_US),
                       .run = arrive_late,
                       .bytes = (uint8_t *)(uintptr_t)asked,
                       .size = sizeof *asked};
        schedule_add(&world->schedule, &late);
    } else if (draw_chance(&self->draw, 700000)) {
        arrive(world, asked, world->now + timeout);
        robokassa_model_find(self, asked->invoice)->unanswered = true;
    }
}

// It took the charge or did not, and what it says of that is no answer.
static void garble(world_t *world, const asked_t *asked, instant_t delay, result_t *result)
{
    static const char *const bodies[] = {"",
                                         "OK",
                                         "OK1",
                                         "<html>502 Bad Gateway</html>",
                                         "RoboxContext = {\"error\":{\"code\":\"",
                                         "RoboxContext = {\"error\":{\"code\":\"1000\"}}",
                                         "\xff\xfe\x00O\x00K"};
    draw_t *draw = &world->robokassa.draw;
    bool taken = draw_chance(draw, 500000);
    if (taken) {
        arrive(world, asked, world->now + delay);
        robokassa_model_find(&world->robokassa, asked->invoice)->unanswered = true;
    }
    result->http_status = draw_chance(draw, 500000) ? 502 : 200;
    world_reach(world, taken ? REACH_GARBLED_TAKEN : REACH_GARBLED);
    wires_result(world, PAYMENT, delay, result,
                 bodies[draw_below(draw, sizeof bodies / sizeof *bodies)]);
}

static void take_charge(world_t *world, const outside_t *request)
{
    robokassa_model_t *self = &world->robokassa;
    asked_t asked;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[ROBOKASSA_TEXT_MAX];
    if (!read_form(request->body.data, request->body.size, &asked)) {
        world_violate(world, "I7", "a charge that is no form");
        return;
    }
    check_charge(world, &asked);
    instant_t delay = draw_span(&self->draw, SECOND_US / 20, 3 * SECOND_US);
    if (robokassa_is_maintained(world) && draw_chance(&self->draw, 500000)) {
        world_reach(world, REACH_MAINTENANCE);
        result.http_status = 503;
        wires_result(world, PAYMENT, delay, &result, "<html>maintenance</html>");
    } else if (robokassa_faulty(world, world->profile.refused / 2)) {
        result.what = RESULT_NOT_CONNECTED;
        world_reach(world, REACH_NOT_CONNECTED);
        wires_result(world, PAYMENT, delay, &result, "");
    } else if (robokassa_faulty(world, world->profile.unanswered)) {
        leave_unanswered(world, request, &asked);
    } else if (robokassa_faulty(world, world->profile.garbled)) {
        garble(world, &asked, delay, &result);
    } else if (robokassa_faulty(world, world->profile.refused)) {
        static const int codes[] = {
            ROBOKASSA_ERROR_SHOP_INACTIVE, ROBOKASSA_ERROR_SHOP_UNKNOWN,
            ROBOKASSA_ERROR_INVOICE,       ROBOKASSA_ERROR_AMOUNT,
            ROBOKASSA_ERROR_NO_REPEATS,    40 /* paid already, so it closes nothing */};
        snprintf(body, sizeof body, "RoboxContext = {\"error\":{\"code\":\"%d\"}}",
                 codes[draw_below(&self->draw, 6)]);
        wires_result(world, PAYMENT, delay, &result, body);
    } else {
        arrive(world, &asked, world->now + delay);
        snprintf(body, sizeof body, "OK%" PRIu64, asked.invoice);
        wires_result(world, PAYMENT, delay, &result, body);
    }
}

// `second`: of the two payments of the invoice it speaks of the later one.
static void print_state(const operation_t *operation, bool second, char *body, size_t size)
{
    static const int codes[] = {ROBOKASSA_STATE_STARTED, ROBOKASSA_STATE_PAID,
                                ROBOKASSA_STATE_CANCELLED, ROBOKASSA_STATE_RETURNED,
                                ROBOKASSA_STATE_RECEIVED};
    char sum[SHOP_SUM_SIZE];
    if (!operation) {
        snprintf(body, size,
                 "<OperationStateResponse><Result><Code>3</Code></Result>"
                 "</OperationStateResponse>");
        return;
    }
    kopecks_t paid = second ? operation->second : operation->paid;
    shop_sum(operation->state == OPERATION_PAID ? paid : operation->amount, sum);
    snprintf(body, size,
             "<OperationStateResponse xmlns=\"http://auth.robokassa.ru/Merchant/WebService/\">"
             "<Result><Code>0</Code></Result><State><Code>%d</Code></State>"
             "<Info><OutSum>%s</OutSum><OpKey>%s-%" PRIu64
             "</OpKey></Info><UserField><Field><Name>Shp_token</Name>"
             "<Value>%s</Value></Field></UserField></OperationStateResponse>",
             codes[operation->state], sum, second ? "OP2" : "OP", operation->invoice,
             operation->token);
}

static bool tells_second(world_t *world, const operation_t *operation)
{
    if (!operation || !operation->second)
        return false;
    bool second = draw_chance(&world->robokassa.seconds_draw, 500000);
    if (!second)
        world_reach(world, REACH_SECOND_OTHER);
    return second;
}

// What it says of an operation may be some minutes old.
static const operation_t *told_of(world_t *world, const operation_t *operation)
{
    static operation_t before;
    if (!operation || operation->state != OPERATION_PAID ||
        !robokassa_faulty(world, world->profile.lagging))
        return operation;
    world_reach(world, REACH_LAGGING);
    before = *operation;
    before.state = OPERATION_PENDING;
    return draw_chance(&world->robokassa.draw, 200000) ? NULL : &before;
}

static void take_question(world_t *world, const outside_t *request)
{
    robokassa_model_t *self = &world->robokassa;
    asked_t asked;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[ROBOKASSA_TEXT_MAX] = "";
    if (!read_form(request->body.data, request->body.size, &asked))
        return;
    if (robokassa_is_maintained(world)) {
        world_reach(world, REACH_MAINTENANCE);
        result.http_status = 503;
    } else if (robokassa_faulty(world, world->profile.unanswered)) {
        result.what = draw_chance(&self->draw, 500000) ? RESULT_NO_ANSWER : RESULT_NOT_CONNECTED;
        result.http_status = 0;
    } else if (robokassa_faulty(world, world->profile.refused)) {
        result.http_status = draw_chance(&self->draw, 500000) ? 503 : 200;
        snprintf(body, sizeof body, "<html>maintenance</html>");
    } else if (robokassa_faulty(world, world->profile.garbled)) {
        static const int codes[] = {1, 2, 4, 1000};
        int code = codes[draw_below(&self->draw, 4)]; // not as arguments: they have no order
        bool ends = draw_chance(&self->draw, 500000);
        snprintf(body, sizeof body, "<OperationStateResponse><Result><Code>%d</Code></Result>%s",
                 code, ends ? "</OperationStateResponse>" : "");
    } else {
        const operation_t *operation = robokassa_model_find(self, asked.invoice);
        bool second = tells_second(world, operation);
        print_state(told_of(world, operation), second, body, sizeof body);
    }
    wires_result(world, PAYMENT, draw_span(&self->draw, SECOND_US / 20, 3 * SECOND_US), &result,
                 body);
}

static bool is_at(const outside_t *request, const char *url)
{
    return request->url.size >= strlen(url) && memcmp(request->url.data, url, strlen(url)) == 0;
}

void robokassa_model_take(world_t *world, const outside_t *request)
{
    if (is_at(request, SHOP_REFUND_URL)) {
        robokassa_take_refund(world, request);
        return;
    }
    if (is_at(request, SHOP_REFUND_STATE_URL)) {
        robokassa_take_refund_state(world, request);
        return;
    }
    if (is_at(request, SHOP_ATTACH_URL)) {
        robokassa_take_receipt(world, request);
        return;
    }
    if (is_at(request, SHOP_STATUS_URL)) {
        robokassa_take_receipt_state(world, request);
        return;
    }
    if (request->method != OUTSIDE_POST || request->headers_count > 0 ||
        !text_equal(request->content_type, text_of(OUTSIDE_FORM)))
        world_violate(world, "I7", "a request to Robokassa that is no form");
    if (request->url.size == strlen(SHOP_CHARGE_URL) &&
        memcmp(request->url.data, SHOP_CHARGE_URL, request->url.size) == 0)
        take_charge(world, request);
    else
        take_question(world, request);
}

void robokassa_model_follow(world_t *world, text_t link)
{
    robokassa_model_t *self = &world->robokassa;
    const char *query = memchr(link.data, '?', link.size);
    asked_t asked;
    if (!query || !read_form(query + 1, link.size - (size_t)(query + 1 - link.data), &asked)) {
        world_violate(world, "I7", "a payer's link that is none");
        return;
    }
    if (robokassa_model_find(self, asked.invoice))
        return; // the link was followed before
    operation_t operation = {.invoice = asked.invoice, .amount = asked.amount};
    memcpy(operation.token, asked.token, sizeof operation.token);
    memcpy(operation.tax, asked.tax, sizeof operation.tax);
    robokassa_add(self, &operation);
    if (draw_chance(&self->draw, 100000))
        return; // and closed again
    instant_t most = draw_chance(&self->draw, 50000) ? 30 * HOUR_US : 30 * MINUTE_US;
    world_after(world, draw_span(&self->draw, 10 * SECOND_US, most), robokassa_settle, NULL,
                self->count - 1);
}
