#include "tests/model/payment_harness.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "services/payment/payment_form.h"
#include "tests/common/shop.h"

enum { LIVE_BYTES = 4096 };

static void boot(world_t *self)
{
    event_t event = {.type = EVENT_node_booted, .at = self->now};
    event.node_booted.epoch = 3;
    event.node_booted.version = text_of("test");
    harness_append(self->harness, &event);
    self->decision = &self->harness->decisions[0];
}

world_t *world_new(uint64_t seed)
{
    world_t *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->settings = shop_settings();
    self->now = INT64_C(1767950000) * SECOND_US;
    self->current = true;
    self->random = seed;
    self->due.scratch = malloc(DUE_SCRATCH_BYTES);
    assert_non_null(self->due.scratch);
    self->harness = harness_new(&payment_core, &self->settings);
    boot(self);
    return self;
}

void world_destroy(world_t *self)
{
    harness_destroy(&self->harness);
    free(self->due.scratch);
    free(self);
}

uint64_t world_last(const world_t *self)
{
    return self->harness->last;
}

const void *world_core_state(const world_t *self)
{
    return self->harness->state;
}

// splitmix64
uint64_t world_random(world_t *self)
{
    uint64_t z = self->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void world_restart(world_t *self)
{
    harness_restart(&self->harness);
    boot(self);
}

static void check_rows(const table_t *a, const table_t *b)
{
    assert_int_equal(a->count, b->count);
    if (a->count > 0)
        assert_memory_equal(a->rows, b->rows, (size_t)a->count * a->row_size);
}

void world_check_replay(const world_t *self)
{
    harness_t *replayed = harness_replay(self->harness);
    const payment_state_t *live = self->harness->state, *again = replayed->state;
    check_rows(&live->invoices, &again->invoices);
    check_rows(&live->accounts, &again->accounts);
    check_rows(&live->mandates, &again->mandates);
    check_rows(&live->refunds->rows, &again->refunds->rows);
    assert_int_equal(live->open, again->open);
    assert_int_equal(live->unknown, again->unknown);
    assert_int_equal(live->mandates_live, again->mandates_live);
    harness_destroy(&replayed);
}

static fail_t decide(world_t *self, input_t input)
{
    self->harness->now = self->now;
    self->harness->current = self->current;
    return harness_input(self->harness, input);
}

fail_t world_command(world_t *self, const request_t *request, role_t role)
{
    input_t input = {.kind = INPUT_REQUEST, .request = request, .role = role};
    return decide(self, input);
}

void world_tick(world_t *self)
{
    assert_int_equal(decide(self, (input_t){.kind = INPUT_TICK}), FAIL_NONE);
}

void world_result(world_t *self, uint64_t key, int what, unsigned http_status, const char *body)
{
    result_t result = {.key = key, .http_status = http_status};
    memcpy(&result.what, &what, sizeof what);
    if (body)
        result.body = (bytes_t){(const uint8_t *)body, (uint32_t)strlen(body)};
    input_t input = {.kind = INPUT_RESULT, .result = &result};
    assert_int_equal(decide(self, input), FAIL_NONE);
}

uint64_t world_request(world_t *self, const event_autopay_payment_requested_t *request,
                       instant_t at)
{
    event_t event = {.type = EVENT_autopay_payment_requested, .at = at};
    event.autopay_payment_requested = *request;
    input_t input = {.kind = INPUT_EVENT,
                     .stream = STREAM_AUTOPAY,
                     .sequence = ++self->autopay_sequence,
                     .event = &event};
    assert_int_equal(decide(self, input), FAIL_NONE);
    return self->autopay_sequence;
}

uint64_t world_posting(world_t *self, const uid_t16 *account, posting_kind_t kind, bool taken,
                       kopecks_t cash, uint64_t credit)
{
    event_t event = {.type = EVENT_posted, .at = self->now};
    if (credit)
        event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = credit};
    event.posted = (event_posted_t){.account = *account,
                                    .debit = taken ? SYSTEM_END : SYSTEM_CLEARING,
                                    .credit = taken ? SYSTEM_CHARGEBACKS : SYSTEM_END,
                                    .amount = 10000,
                                    .kind = kind,
                                    .cash = cash};
    uint64_t sequence = ++self->ledger_sequence;
    input_t input = {.kind = INPUT_EVENT,
                     .stream = STREAM_LEDGER,
                     .sequence = sequence,
                     .cause = {.stream = STREAM_LEDGER, .sequence = sequence},
                     .event = &event};
    assert_int_equal(decide(self, input), FAIL_NONE);
    return sequence;
}

void world_hear(world_t *self, stream_t stream, const event_t *event)
{
    uint64_t sequence =
        stream == STREAM_AUTOPAY ? ++self->autopay_sequence : ++self->ledger_sequence;
    input_t input = {.kind = INPUT_EVENT,
                     .stream = stream,
                     .sequence = sequence,
                     .cause = {.stream = stream, .sequence = sequence},
                     .event = event};
    assert_int_equal(decide(self, input), FAIL_NONE);
}

void world_put_back(world_t *self, uint64_t epoch)
{
    event_t boot = {.type = EVENT_node_booted, .at = self->now};
    boot.node_booted.epoch = epoch;
    boot.node_booted.version = text_of("test");
    harness_append(self->harness, &boot);
}

void world_reseeded(world_t *self, stream_t stream, uint64_t epoch, uint64_t sequence)
{
    event_t event = {.type = EVENT_node_reseeded, .at = self->now};
    event.node_reseeded =
        (event_node_reseeded_t){.stream = STREAM_PAYMENT, .epoch = epoch, .sequence = sequence};
    world_hear(self, stream, &event);
}

static bytes_t fields_of(world_t *self, const char *password, uint64_t number, const char *sum,
                         bool wrong_token)
{
    static uint8_t bytes[SHOP_FIELDS_MAX];
    const invoice_t *invoice = payment_state_invoice(self->harness->state, number);
    uid_t16 token = invoice ? invoice->token : (uid_t16){{0}};
    token.bytes[15] ^= wrong_token;
    char token_text[PAYMENT_TOKEN_SIZE];
    (void)payment_form_token(&token, token_text);
    return shop_notice(number, sum, token_text, password, bytes);
}

fail_t world_notice(world_t *self, const char *password, uint64_t invoice, const char *sum,
                    bool wrong_token)
{
    request_t request = {.type = REQUEST_callback};
    request.callback.fields = fields_of(self, password, invoice, sum, wrong_token);
    fail_t fail = world_command(self, &request, ROLE_WEB);
    if (fail)
        return fail;
    answer_t answer;
    assert_int_equal(world_answer(self, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.callback.invoice, invoice); // web says OK{InvId}
    return FAIL_NONE;
}

fail_t world_return(world_t *self, const char *password, uint64_t invoice, const char *sum,
                    bool failed, answer_t *ret_answer)
{
    request_t request = {.type = REQUEST_success};
    request.success.fields = fields_of(self, password, invoice, sum, false);
    request.success.failed = failed;
    return world_query(self, &request, ret_answer);
}

const due_t *world_due(world_t *self)
{
    self->due.count = self->due.recalls_count = self->due.scratch_used = 0;
    payment_core.due(self->harness->state, self->now, &self->due);
    return &self->due;
}

const outside_t *world_wanted(world_t *self, uint64_t invoice, bool charge)
{
    const span_t url = charge ? self->settings.shop.recurring_url : self->settings.shop.state_url;
    char field[48];
    snprintf(field, sizeof field, "&InvoiceID=%llu&", (unsigned long long)invoice);
    const due_t *due = world_due(self);
    for (size_t i = 0; i < due->count; i++) {
        const outside_t *request = &due->requests[i];
        assert(request->method == OUTSIDE_POST && request->headers_count == 0);
        assert(text_equal(request->content_type, text_of(OUTSIDE_FORM)));
        if (request->url.size == url.size && memcmp(request->url.data, url.bytes, url.size) == 0 &&
            memmem(request->body.data, request->body.size, field, strlen(field)))
            return request;
    }
    return NULL;
}

fail_t world_query(world_t *self, const request_t *request, answer_t *ret_answer)
{
    self->harness->now = self->now;
    return harness_query(self->harness, request, ret_answer);
}

fail_t world_answer(world_t *self, const request_t *command, answer_t *ret_answer)
{
    self->harness->now = self->now;
    return harness_answer(self->harness, command, ret_answer);
}

invoice_state_t world_state(world_t *self, uint64_t invoice)
{
    request_t request = {.type = REQUEST_payment};
    request.payment.invoice = invoice;
    answer_t answer;
    assert_int_equal(world_query(self, &request, &answer), FAIL_NONE);
    return (invoice_state_t)answer.payment.state;
}

const char *world_events(const world_t *self)
{
    static char names[LIVE_BYTES];
    size_t size = 0;
    names[0] = '\0';
    for (size_t i = 0; i < self->decision->count; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i ? " " : "",
                                 event_info(self->decision->events[i].type)->name);
    return names;
}

const event_t *world_event(const world_t *self, event_type_t type)
{
    for (size_t i = 0; i < self->decision->count; i++) {
        if (self->decision->events[i].type == type)
            return &self->decision->events[i];
    }
    return NULL;
}

const char *world_xml(int result, int state, const char *sum, const uid_t16 *token)
{
    static char xml[LIVE_BYTES];
    char text[PAYMENT_TOKEN_SIZE];
    size_t size = (size_t)snprintf(
        xml, sizeof xml,
        "<OperationStateResponse xmlns=\"http://auth.robokassa.ru/Merchant/WebService/\">"
        "<Result><Code>%d</Code></Result>",
        result);
    if (state)
        size += (size_t)snprintf(xml + size, sizeof xml - size, "<State><Code>%d</Code></State>",
                                 state);
    if (sum)
        size += (size_t)snprintf(xml + size, sizeof xml - size, "<Info><OutSum>%s</OutSum></Info>",
                                 sum);
    if (token) {
        payment_form_token(token, text);
        size += (size_t)snprintf(xml + size, sizeof xml - size,
                                 "<UserField><Field><Name>Shp_token</Name><Value>%s</Value>"
                                 "</Field></UserField>",
                                 text);
    }
    snprintf(xml + size, sizeof xml - size, "</OperationStateResponse>");
    return xml;
}

uint64_t world_topup(world_t *self, const uid_t16 *account, uint64_t rubles, uint64_t count_max)
{
    request_t request = {.type = REQUEST_topup};
    request.topup.account = *account;
    request.topup.amount_rub = rubles;
    request.topup.count_max = count_max;
    assert_int_equal(world_command(self, &request, ROLE_WEB), FAIL_NONE);
    const char *events = world_events(self); // and with it the code that the account had reserved
    if (strcmp(events, "payment.created promo.bound") != 0)
        assert_string_equal(events, "payment.created");
    return self->decision->events[0].payment_created.invoice;
}

uint64_t world_link(world_t *self, const uid_t16 *account, uint64_t rubles, uint64_t count_max)
{
    uint64_t invoice = world_topup(self, account, rubles, count_max);
    char sum[32];
    snprintf(sum, sizeof sum, "%llu.000000", (unsigned long long)rubles);
    assert_int_equal(world_notice(self, SHOP_PASSWORD2, invoice, sum, false), FAIL_NONE);
    assert_int_equal(world_state(self, invoice), PAYMENT_SUCCEEDED);
    return invoice;
}

event_autopay_payment_requested_t world_wish(world_t *self, const uid_t16 *account_id)
{
    const payment_account_t *account = payment_state_account(self->harness->state, account_id);
    const mandate_t *mandate = payment_state_mandate(self->harness->state, account);
    event_autopay_payment_requested_t wish = {.account = *account_id, .month = month_of(self->now)};
    if (account)
        wish.credit = account->credit;
    if (mandate) {
        wish.mandate = mandate->key;
        wish.amount = mandate->amount;
    }
    return wish;
}
