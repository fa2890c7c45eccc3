#include "tests/simulation/robokassa_model.h"
#include "proto/digest.h"
#include "proto/form.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define PASSWORD2 "Pw2_simulated_9Kx"
#define CHARGE_URL "https://robokassa.test/Recurring"
enum { HURRY_MAX = 256, NOTICES_MAX = 5, NOTICES_STUBBORN_MAX = 12, TEXT_MAX = 1024 };
#define FORGED (UINT64_C(1) << 63) // in the number of a notice

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

// --- maintenance: nothing is answered, settled or told ---

static bool is_maintained(const world_t *world)
{
    return !world->calm && world->now < world->robokassa.maintenance_until;
}

static void maintain(world_t *world, const step_t *step)
{
    (void)step;
    robokassa_model_t *self = &world->robokassa;
    instant_t every = world->profile.maintenance_every_us;
    self->maintenance_until = world->now + draw_span(&self->draw, 10 * MINUTE_US, 4 * HOUR_US);
    world_after(world, draw_span(&self->draw, every / 2, every * 3 / 2), maintain, NULL, 0);
}

void robokassa_model_begin(world_t *world)
{
    instant_t every = world->profile.maintenance_every_us;
    if (!every)
        return;
    world_after(world, draw_span(&world->robokassa.draw, 0, every), maintain, NULL, 0);
    // One of them lies over the month's edge, when limits begin anew.
    instant_t before = draw_span(&world->robokassa.draw, MINUTE_US, 2 * HOUR_US);
    if (world->edge - before > world->now)
        world_after(world, world->edge - before - world->now, maintain, NULL, 0);
}

// --- notices ---

static void print_sum(kopecks_t amount, const char *zeros, char *text, size_t size)
{
    snprintf(text, size, "%" PRId64 ".%02" PRId64 "%s", amount / 100, amount % 100, zeros);
}

// As ResultURL gets it and web hands it on. A forged one is signed by somebody who has not the
// password.
static size_t pack_notice(const operation_t *operation, bool forged, uint8_t *out, size_t cap)
{
    char sum[32], number[24], base[TEXT_MAX], hex[DIGEST_HEX_MAX + 1];
    uint8_t digest[DIGEST_SHA256_SIZE];
    print_sum(operation->paid, "0000", sum, sizeof sum);
    snprintf(number, sizeof number, "%" PRIu64, operation->invoice);
    int size = snprintf(base, sizeof base, "%s:%s:%s:Shp_token=%s", sum, number,
                        forged ? "guessed" : PASSWORD2, operation->token);
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

static void send_notice(world_t *world, uint64_t number, bool forged)
{
    robokassa_model_t *self = &world->robokassa;
    uint8_t fields[TEXT_MAX], bytes[2 * TEXT_MAX];
    uint64_t notice = number | (forged ? FORGED : 0), ms = (uint64_t)world->now / 1000;
    request_t request = {.type = REQUEST_callback, .number = notice, .id = draw_uid(&self->draw)};
    for (int i = 0; i < 6; i++)
        request.id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    request.id.bytes[6] = 0x70;
    request.id.bytes[8] = 0x80;
    size_t fields_size = pack_notice(&self->operations[number], forged, fields, sizeof fields);
    request.callback.fields = (bytes_t){fields, (uint32_t)fields_size};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    peer_t peer = {.size = 9, .bytes = {'w'}};
    memcpy(peer.bytes + 1, &notice, sizeof notice);
    wires_ask(world, PAYMENT, false, &peer, ROLE_WEB, bytes, size);
}

static void notify(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    bool again = operation->acknowledged, stubborn = operation->stubborn && !world->calm;
    if (again && !stubborn && !faulty(world, 300000))
        return;
    send_notice(world, step->number, false);
    if (faulty(world, world->profile.forged))
        send_notice(world, step->number, true);
    if (again)
        world_reach(world, REACH_NOTICE_AGAIN);
    if (again && world->now - operation->paid_at > DAY_US)
        world_reach(world, REACH_STUBBORN);
    if (world->now < operation->answer_at)
        world_reach(world, REACH_HASTY);
    bool more = ++operation->notices < NOTICES_MAX || (operation->late && !again) ||
                (stubborn && operation->notices < NOTICES_STUBBORN_MAX);
    instant_t most = again ? DAY_US : 20 * MINUTE_US;
    if (more)
        world_after(world, draw_span(&self->draw, MINUTE_US, most), notify, NULL, step->number);
}

void robokassa_model_answered(world_t *world, uint64_t notice, fail_t fail)
{
    operation_t *operation = &world->robokassa.operations[notice & ~FORGED];
    if (notice & FORGED) {
        if (fail == FAIL_SIGNATURE)
            world_reach(world, REACH_FORGED);
        else if (!fail_retry(fail) && fail != FAIL_FUTURE)
            world_violate(world, "I11", "a forged notice of invoice %" PRIu64 " was answered %s",
                          operation->invoice, fail_name(fail));
        return;
    }
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
    if (is_maintained(world)) {
        world_after(world, draw_span(&self->draw, MINUTE_US, HOUR_US), settle, NULL, step->number);
        return;
    }
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
    if (operation->state == OPERATION_PENDING && faulty(world, world->profile.hanging)) {
        operation->state = OPERATION_HANGS;
        world_after(world, draw_span(&self->draw, 10 * MINUTE_US, 4 * HOUR_US), settle, NULL,
                    step->number);
        return;
    }
    bool wrong = faulty(world, world->profile.wrong) && operation->amount > 100;
    operation->paid = operation->amount - (wrong ? 100 : 0);
    operation->state = OPERATION_PAID;
    operation->paid_at = world->now;
    operation->stubborn = faulty(world, world->profile.stubborn);
    operation->captures++;
    if (operation->unanswered)
        world_reach(world, REACH_TIMEOUT_PAID);
    check_capture(world, operation);
    world_trace(world, "robokassa: invoice %" PRIu64 " paid", operation->invoice);
    world_after(world, draw_span(&self->draw, 30 * HOUR_US, 40 * HOUR_US), remind, NULL,
                step->number);
    if (faulty(world, world->profile.silent))
        world_reach(world, REACH_SILENT);
    else if (world->now < operation->answer_at)
        notify(world, step);
    else
        world_after(world, draw_span(&self->draw, SECOND_US / 10, 10 * SECOND_US), notify, NULL,
                    step->number);
}

void robokassa_model_hurry(world_t *world, unsigned account)
{
    robokassa_model_t *self = &world->robokassa;
    size_t oldest = self->count > HURRY_MAX ? self->count - HURRY_MAX : 0;
    for (size_t i = self->count; i-- > oldest;) {
        const operation_t *operation = &self->operations[i];
        const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
        if (operation->charge || operation->state != OPERATION_PENDING || !invoice ||
            invoice->account != account)
            continue;
        self->operations[i].answer_at = world->now + 1; // he is told of it at once
        world_after(world, 0, settle, NULL, i);
        return;
    }
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
    add(self, &operation);
    instant_t most = faulty(world, 100000) ? 3 * HOUR_US : 2 * MINUTE_US;
    instant_t least = SECOND_US;
    if (answer_at > world->now + 1 && faulty(world, world->profile.hasty)) {
        least = 0;
        most = answer_at - world->now - 1;
    }
    world_after(world, draw_span(&self->draw, least, most), settle, NULL, self->count - 1);
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
    wires_result(world, timeout, &(result_t){.key = request->key, .what = RESULT_NO_ANSWER}, "");
    if (faulty(world, world->profile.late_arrival)) {
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
    wires_result(world, delay, result, bodies[draw_below(draw, sizeof bodies / sizeof *bodies)]);
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
    if (is_maintained(world) && draw_chance(&self->draw, 500000)) {
        world_reach(world, REACH_MAINTENANCE);
        result.http_status = 503;
        wires_result(world, delay, &result, "<html>maintenance</html>");
    } else if (faulty(world, world->profile.refused / 2)) {
        result.what = RESULT_NOT_CONNECTED;
        world_reach(world, REACH_NOT_CONNECTED);
        wires_result(world, delay, &result, "");
    } else if (faulty(world, world->profile.unanswered)) {
        leave_unanswered(world, request, &asked);
    } else if (faulty(world, world->profile.garbled)) {
        garble(world, &asked, delay, &result);
    } else if (faulty(world, world->profile.refused)) {
        static const int codes[] = {25, 26, 30, 31, 34, 40};
        snprintf(body, sizeof body, "RoboxContext = {\"error\":{\"code\":\"%d\"}}",
                 codes[draw_below(&self->draw, 6)]);
        wires_result(world, delay, &result, body);
    } else {
        arrive(world, &asked, world->now + delay);
        snprintf(body, sizeof body, "OK%" PRIu64, asked.invoice);
        wires_result(world, delay, &result, body);
    }
}

static void print_state(const operation_t *operation, char *body, size_t size)
{
    static const int codes[] = {5, 100, 10, 60, 50};
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

// What it says of an operation may be some minutes old.
static const operation_t *told_of(world_t *world, const operation_t *operation)
{
    static operation_t before;
    if (!operation || operation->state != OPERATION_PAID || !faulty(world, world->profile.lagging))
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
    char body[TEXT_MAX] = "";
    if (!read_form(request->body.data, request->body.size, &asked))
        return;
    if (is_maintained(world)) {
        world_reach(world, REACH_MAINTENANCE);
        result.http_status = 503;
    } else if (faulty(world, world->profile.unanswered)) {
        result.what = draw_chance(&self->draw, 500000) ? RESULT_NO_ANSWER : RESULT_NOT_CONNECTED;
        result.http_status = 0;
    } else if (faulty(world, world->profile.refused)) {
        result.http_status = draw_chance(&self->draw, 500000) ? 503 : 200;
        snprintf(body, sizeof body, "<html>maintenance</html>");
    } else if (faulty(world, world->profile.garbled)) {
        static const int codes[] = {1, 2, 4, 1000};
        snprintf(body, sizeof body, "<OperationStateResponse><Result><Code>%d</Code></Result>%s",
                 codes[draw_below(&self->draw, 4)],
                 draw_chance(&self->draw, 500000) ? "</OperationStateResponse>" : "");
    } else {
        print_state(told_of(world, robokassa_model_find(self, asked.invoice)), body, sizeof body);
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
