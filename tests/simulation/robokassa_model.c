#include "tests/simulation/robokassa_model.h"
#include "proto/digest.h"
#include "proto/form.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define PASSWORD2 "Pw2_simulated_9Kx"
#define CHARGE_URL "https://robokassa.test/Recurring"
enum { NOTICES_MAX = 5, TEXT_MAX = 1024 };

const payment_settings_t *robokassa_model_settings(void)
{
    static payment_settings_t settings;
    settings = payment_settings_default();
    settings.shop = (robokassa_shop_t){.login = SPAN("simulated"),
                                       .password1 = SPAN("Pw1_simulated_7Qz"),
                                       .password2 = SPAN(PASSWORD2),
                                       .digest = DIGEST_SHA256,
                                       .payment_url = SPAN("https://robokassa.test/Index.aspx"),
                                       .recurring_url = SPAN(CHARGE_URL),
                                       .state_url = SPAN("https://robokassa.test/OpStateExt")};
    return &settings;
}

void robokassa_model_init(robokassa_model_t *self, uint64_t seed)
{
    *self = (robokassa_model_t){.draw = draw_fork(seed, 2)};
}

void robokassa_model_release(robokassa_model_t *self)
{
    free(self->operations);
    *self = (robokassa_model_t){0};
}

operation_t *robokassa_model_find(const robokassa_model_t *self, uint64_t invoice)
{
    for (size_t i = self->count; i-- > 0;)
        if (self->operations[i].invoice == invoice)
            return &self->operations[i];
    return NULL;
}

static operation_t *add(robokassa_model_t *self, const operation_t *operation)
{
    if (self->count == self->cap) {
        self->cap = self->cap ? 2 * self->cap : 64;
        assert(self->cap <= OPERATIONS_MAX);
        self->operations = realloc(self->operations, self->cap * sizeof *self->operations);
        assert(self->operations);
    }
    self->operations[self->count] = *operation;
    return &self->operations[self->count++];
}

static bool faulty(world_t *world, unsigned per_million)
{
    return !world->calm && draw_chance(&world->robokassa.draw, per_million);
}

// --- notices ---

static void print_sum(kopecks_t amount, const char *zeros, char *text, size_t size)
{
    snprintf(text, size, "%" PRId64 ".%02" PRId64 "%s", amount / 100, amount % 100, zeros);
}

// As ResultURL gets it and web hands it on.
static size_t pack_notice(const operation_t *operation, uint8_t *out, size_t cap)
{
    char sum[32], number[24], base[TEXT_MAX], hex[DIGEST_HEX_MAX + 1];
    uint8_t digest[DIGEST_SHA256_SIZE];
    print_sum(operation->paid, "0000", sum, sizeof sum);
    snprintf(number, sizeof number, "%" PRIu64, operation->invoice);
    int size = snprintf(base, sizeof base, "%s:%s:" PASSWORD2 ":Shp_token=%s", sum, number,
                        operation->token);
    digest_sha256(base, (size_t)size, digest);
    digest_hex_upper(digest, sizeof digest, hex);
    const char *fields[][2] = {{"OutSum", sum},
                               {"InvId", number},
                               {"Shp_token", operation->token},
                               {"SignatureValue", hex}};
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, 4);
    for (int i = 0; i < 4; i++) {
        pack_array(&pack, 2);
        pack_text(&pack, text_of(fields[i][0]));
        pack_text(&pack, text_of(fields[i][1]));
    }
    return pack_end(&pack);
}

static void notify(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    uint8_t fields[TEXT_MAX], bytes[2 * TEXT_MAX];
    bool again = operation->acknowledged;
    if (again && !faulty(world, 300000))
        return;
    request_t request = {
        .type = REQUEST_callback, .number = step->number, .id = draw_uid(&self->draw)};
    uint64_t ms = (uint64_t)world->now / 1000;
    for (int i = 0; i < 6; i++)
        request.id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    request.id.bytes[6] = 0x70;
    request.id.bytes[8] = 0x80;
    request.callback.fields =
        (bytes_t){fields, (uint32_t)pack_notice(operation, fields, sizeof fields)};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    peer_t peer = {.size = 9, .bytes = {'w'}};
    memcpy(peer.bytes + 1, &step->number, sizeof step->number);
    wires_ask(world, PAYMENT, false, &peer, ROLE_WEB, bytes, size);
    if (again)
        world_reach(world, REACH_NOTICE_AGAIN);
    if (++operation->notices < NOTICES_MAX || (operation->late && !operation->acknowledged))
        world_after(world, draw_span(&self->draw, MINUTE_US, again ? DAY_US : 20 * MINUTE_US),
                    notify, NULL, step->number);
}

void robokassa_model_answered(world_t *world, uint64_t number, fail_t fail)
{
    operation_t *operation = &world->robokassa.operations[number];
    if (fail)
        return; // asked again
    fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
    if (!invoice || (!invoice->succeeded && !invoice->mismatch))
        world_violate(world, "I11", "OK%" PRIu64 " said, and no event of its payment is durable",
                      operation->invoice);
    operation->acknowledged = true;
}

// --- money ---

static void check_capture(world_t *world, const operation_t *operation)
{
    const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
    const fold_request_t *request = invoice ? fold_request(&world->fold, invoice->request) : NULL;
    if (operation->charge && (!request || request->invoice != operation->invoice))
        world_violate(world, "I7", "invoice %" PRIu64 " captured without a durable decision",
                      operation->invoice);
    if (operation->captures > 1)
        world_violate(world, "I7", "invoice %" PRIu64 " captured twice", operation->invoice);
}

// What is paid and was told of by no notice when payment had stopped asking comes to light by the
// registry alone, which is not part of the system yet: here its notice is repeated until it is
// heard.
static void remind(world_t *world, const step_t *step)
{
    operation_t *operation = &world->robokassa.operations[step->number];
    const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
    if (!invoice || invoice->succeeded || invoice->mismatch || operation->late)
        return;
    operation->late = true;
    world_reach(world, REACH_REMINDED);
    notify(world, step);
}

static void settle(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    if (operation->charge && step->other == 0 && faulty(world, world->profile.declined)) {
        operation->state =
            draw_chance(&self->draw, 300000) ? OPERATION_RETURNED : OPERATION_CANCELLED;
        if (operation->state == OPERATION_CANCELLED && draw_chance(&self->draw, 100000))
            world_after(world, draw_span(&self->draw, HOUR_US, DAY_US), settle, self,
                        step->number); // support changes its mind
        return;
    }
    if (operation->state == OPERATION_PAID || world->now > world->end - 10 * MINUTE_US)
        return;
    bool wrong = faulty(world, world->profile.wrong) && operation->amount > 100;
    operation->paid = operation->amount - (wrong ? 100 : 0);
    operation->state = OPERATION_PAID;
    operation->captures++;
    if (operation->unanswered)
        world_reach(world, REACH_TIMEOUT_PAID);
    check_capture(world, operation);
    world_trace(world, "robokassa: invoice %" PRIu64 " paid", operation->invoice);
    world_after(world, draw_span(&self->draw, 30 * HOUR_US, 40 * HOUR_US), remind, NULL,
                step->number);
    if (!faulty(world, world->profile.silent))
        world_after(world, draw_span(&self->draw, SECOND_US / 10, 10 * SECOND_US), notify, NULL,
                    step->number);
}

// --- what payment asks ---

typedef struct {
    uint64_t invoice;
    kopecks_t amount;
    char token[40];
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
    }
    return ret->invoice;
}

static void arrive(world_t *world, const asked_t *asked)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *known = robokassa_model_find(self, asked->invoice);
    if (known) {
        known->requests++;
        world_violate(world, "I7", "the charge of invoice %" PRIu64 " arrived twice",
                      asked->invoice);
        return;
    }
    operation_t operation = {
        .invoice = asked->invoice, .amount = asked->amount, .charge = true, .requests = 1};
    memcpy(operation.token, asked->token, sizeof operation.token);
    add(self, &operation);
    instant_t most = faulty(world, 100000) ? 3 * HOUR_US : 2 * MINUTE_US;
    world_after(world, draw_span(&self->draw, SECOND_US, most), settle, NULL, self->count - 1);
}

static void arrive_late(world_t *world, const step_t *step)
{
    asked_t asked;
    assert(step->size == sizeof asked);
    memcpy(&asked, step->bytes, sizeof asked);
    arrive(world, &asked);
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

static void take_charge(world_t *world, const outside_t *request)
{
    robokassa_model_t *self = &world->robokassa;
    asked_t asked;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[TEXT_MAX];
    if (!read_form(request->body.data, request->body.size, &asked)) {
        world_violate(world, "I7", "a charge that is no form");
        return;
    }
    check_charge(world, &asked);
    instant_t delay = draw_span(&self->draw, SECOND_US / 20, 3 * SECOND_US);
    if (faulty(world, world->profile.refused / 2)) {
        result.what = RESULT_NOT_CONNECTED;
        world_reach(world, REACH_NOT_CONNECTED);
        wires_result(world, delay, &result, "");
        return;
    }
    if (faulty(world, world->profile.unanswered)) {
        result.what = RESULT_NO_ANSWER;
        result.http_status = 0;
        world_reach(world, REACH_TIMEOUT);
        wires_result(world, request->timeout_ms * INT64_C(1000), &result, "");
        if (faulty(world, world->profile.late_arrival)) {
            step_t late = {.at = world->now + draw_span(&self->draw, MINUTE_US, HOUR_US),
                           .run = arrive_late,
                           .bytes = (uint8_t *)&asked,
                           .size = sizeof asked};
            schedule_add(&world->schedule, &late);
        } else if (draw_chance(&self->draw, 700000)) {
            arrive(world, &asked);
            robokassa_model_find(self, asked.invoice)->unanswered = true;
        }
        return;
    }
    if (faulty(world, world->profile.refused)) {
        static const int codes[] = {25, 26, 30, 31, 34};
        snprintf(body, sizeof body, "RoboxContext = {\"error\":{\"code\":\"%d\"}}",
                 codes[draw_below(&self->draw, 5)]);
    } else {
        arrive(world, &asked);
        snprintf(body, sizeof body, "OK%" PRIu64, asked.invoice);
    }
    wires_result(world, delay, &result, body);
}

static void print_state(const operation_t *operation, char *body, size_t size)
{
    static const int codes[] = {5, 100, 10, 60};
    char sum[32];
    if (!operation) {
        snprintf(body, size,
                 "<OperationStateResponse><Result><Code>3</Code></Result>"
                 "</OperationStateResponse>");
        return;
    }
    print_sum(operation->state == OPERATION_PAID ? operation->paid : operation->amount, "0000", sum,
              sizeof sum);
    snprintf(body, size,
             "<OperationStateResponse xmlns=\"http://auth.robokassa.ru/Merchant/WebService/\">"
             "<Result><Code>0</Code></Result><State><Code>%d</Code></State>"
             "<Info><OutSum>%s</OutSum></Info><UserField><Field><Name>Shp_token</Name>"
             "<Value>%s</Value></Field></UserField></OperationStateResponse>",
             codes[operation->state], sum, operation->token);
}

static void take_question(world_t *world, const outside_t *request)
{
    robokassa_model_t *self = &world->robokassa;
    asked_t asked;
    result_t result = {.key = request->key, .what = RESULT_ANSWERED, .http_status = 200};
    char body[TEXT_MAX] = "";
    if (!read_form(request->body.data, request->body.size, &asked))
        return;
    if (faulty(world, world->profile.unanswered)) {
        result.what = draw_chance(&self->draw, 500000) ? RESULT_NO_ANSWER : RESULT_NOT_CONNECTED;
        result.http_status = 0;
    } else if (faulty(world, world->profile.refused)) {
        result.http_status = draw_chance(&self->draw, 500000) ? 503 : 200;
        snprintf(body, sizeof body, "<html>maintenance</html>");
    } else {
        print_state(robokassa_model_find(self, asked.invoice), body, sizeof body);
    }
    wires_result(world, draw_span(&self->draw, SECOND_US / 20, 3 * SECOND_US), &result, body);
}

void robokassa_model_take(world_t *world, const outside_t *request)
{
    if (request->url.size == strlen(CHARGE_URL) &&
        memcmp(request->url.data, CHARGE_URL, request->url.size) == 0)
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
    add(self, &operation);
    if (draw_chance(&self->draw, 100000))
        return; // and closed again
    instant_t most = draw_chance(&self->draw, 50000) ? 30 * HOUR_US : 30 * MINUTE_US;
    world_after(world, draw_span(&self->draw, 10 * SECOND_US, most), settle, NULL, self->count - 1);
}
