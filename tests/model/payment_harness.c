#include "tests/model/payment_harness.h"
#include "services/payment/payment_form.h"
#include "tests/common/shop.h"

enum { LIVE_BYTES = 4096 };

static void append(world_t *self, const event_t *event, bool to_state)
{
    uint8_t bytes[EVENT_BYTES_MAX];
    size_t size = event_encode(event, bytes, sizeof bytes);
    assert_true(size > 0);
    if (self->last == self->journal_cap) {
        self->journal_cap = self->journal_cap ? 2 * self->journal_cap : 64;
        self->journal = realloc(self->journal, self->journal_cap * sizeof *self->journal);
        assert_non_null(self->journal);
    }
    uint8_t *kept = malloc(size);
    assert_non_null(kept);
    memcpy(kept, bytes, size);
    self->journal[self->last++] = (bytes_t){kept, (uint32_t)size};
    event_t read;
    assert_int_equal(event_decode(kept, size, &read), FAIL_NONE);
    if (to_state)
        payment_core.apply(self->state, &read, self->last);
}

static void boot(world_t *self)
{
    event_t event = {.type = EVENT_node_booted, .at = self->now};
    event.node_booted.epoch = 3;
    event.node_booted.version = text_of("test");
    append(self, &event, true);
}

static void *replay(const world_t *self)
{
    void *state = payment_core.create(&self->settings);
    for (uint64_t i = 0; i < self->last; i++) {
        event_t event;
        assert_int_equal(event_decode(self->journal[i].data, self->journal[i].size, &event), 0);
        payment_core.apply(state, &event, i + 1);
    }
    return state;
}

world_t *world_new(uint64_t seed)
{
    world_t *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->settings = shop_settings();
    self->now = INT64_C(1767950000) * SECOND_US;
    self->current = true;
    self->random = seed;
    self->decision.events = calloc(DECISION_EVENTS_MAX, sizeof *self->decision.events);
    self->decision.scratch = malloc(DECISION_SCRATCH_BYTES);
    self->due.scratch = malloc(DUE_SCRATCH_BYTES);
    self->state = payment_core.create(&self->settings);
    boot(self);
    return self;
}

void world_destroy(world_t *self)
{
    payment_core.destroy(self->state);
    for (uint64_t i = 0; i < self->last; i++)
        free((void *)self->journal[i].data);
    free(self->journal);
    free(self->decision.events);
    free(self->decision.scratch);
    free(self->due.scratch);
    free(self);
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
    payment_core.destroy(self->state);
    self->state = replay(self);
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
    const state_t *live = self->state;
    state_t *again = replay(self);
    check_rows(&live->invoices, &again->invoices);
    check_rows(&live->accounts, &again->accounts);
    check_rows(&live->mandates, &again->mandates);
    assert_int_equal(live->open, again->open);
    assert_int_equal(live->unknown, again->unknown);
    assert_int_equal(live->mandates_live, again->mandates_live);
    payment_core.destroy(again);
}

static fail_t decide(world_t *self, input_t *input)
{
    decision_t *out = &self->decision;
    input->now = self->now;
    input->current = self->current;
    for (size_t i = 0; i < sizeof input->entropy.bytes; i += 8) {
        uint64_t random = world_random(self);
        memcpy(input->entropy.bytes + i, &random, sizeof random);
    }
    out->count = out->scratch_used = 0;
    out->more = false;
    out->detail = NULL;
    out->input = input;
    fail_t fail = payment_core.decide(self->state, input, out);
    if (fail)
        assert_int_equal(out->count, 0);
    for (size_t i = 0; i < out->count; i++)
        append(self, &out->events[i], true);
    return fail;
}

fail_t world_command(world_t *self, const request_t *request, role_t role)
{
    input_t input = {.kind = INPUT_REQUEST, .request = request, .role = role};
    return decide(self, &input);
}

void world_tick(world_t *self)
{
    input_t input = {.kind = INPUT_TICK};
    unsigned rounds = 0;
    do {
        assert_int_equal(decide(self, &input), FAIL_NONE);
        assert_true(rounds++ < 1000);
    } while (self->decision.more);
}

void world_result(world_t *self, uint64_t key, int what, unsigned http_status, const char *body)
{
    result_t result = {.key = key, .http_status = http_status};
    memcpy(&result.what, &what, sizeof what);
    if (body)
        result.body = (bytes_t){(const uint8_t *)body, (uint32_t)strlen(body)};
    input_t input = {.kind = INPUT_RESULT, .result = &result};
    assert_int_equal(decide(self, &input), FAIL_NONE);
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
    assert_int_equal(decide(self, &input), FAIL_NONE);
    return self->autopay_sequence;
}

static bytes_t fields_of(world_t *self, const char *password, uint64_t number, const char *sum,
                         bool wrong_token)
{
    static uint8_t bytes[SHOP_FIELDS_MAX];
    const invoice_t *invoice = payment_state_invoice(self->state, number);
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
    self->due.count = self->due.scratch_used = 0;
    payment_core.due(self->state, self->now, &self->due);
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
        if (request->url.size == url.size && memcmp(request->url.data, url.bytes, url.size) == 0 &&
            memmem(request->body.data, request->body.size, field, strlen(field)))
            return request;
    }
    return NULL;
}

static fail_t ask(world_t *self, const request_t *request, const event_t *first,
                  answer_t *ret_answer)
{
    static uint8_t scratch[ROBOKASSA_REQUEST_MAX];
    memset(ret_answer, 0, sizeof *ret_answer);
    query_t query = {.answer = ret_answer,
                     .scratch = scratch,
                     .scratch_size = sizeof scratch,
                     .last = self->last,
                     .now = self->now,
                     .current = self->current};
    return payment_core.query(self->state, request, first, first ? self->last : 0, &query);
}

fail_t world_query(world_t *self, const request_t *request, answer_t *ret_answer)
{
    return ask(self, request, NULL, ret_answer);
}

fail_t world_answer(world_t *self, const request_t *command, answer_t *ret_answer)
{
    return ask(self, command, self->decision.count ? &self->decision.events[0] : NULL, ret_answer);
}

payment_state_t world_state(world_t *self, uint64_t invoice)
{
    request_t request = {.type = REQUEST_payment};
    request.payment.invoice = invoice;
    answer_t answer;
    assert_int_equal(world_query(self, &request, &answer), FAIL_NONE);
    return (payment_state_t)answer.payment.state;
}

const char *world_events(const world_t *self)
{
    static char names[LIVE_BYTES];
    size_t size = 0;
    names[0] = '\0';
    for (size_t i = 0; i < self->decision.count; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i ? " " : "",
                                 event_info(self->decision.events[i].type)->name);
    return names;
}

const event_t *world_event(const world_t *self, event_type_t type)
{
    for (size_t i = 0; i < self->decision.count; i++) {
        if (self->decision.events[i].type == type)
            return &self->decision.events[i];
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
    assert_string_equal(world_events(self), "payment.created");
    return self->decision.events[0].payment_created.invoice;
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
    const account_t *account = payment_state_account(self->state, account_id);
    const mandate_t *mandate = payment_state_mandate(self->state, account);
    event_autopay_payment_requested_t wish = {.account = *account_id};
    if (account)
        wish.credit = account->credit;
    if (mandate) {
        wish.mandate = mandate->key;
        wish.amount = mandate->amount;
    }
    return wish;
}
