// fuzz_robokassa - any bytes are a form, a number, a state answer, a charge's answer or the
// fields of a notice, or are refused; what is read survives being written again, and nothing but a
// right signature is authentic.
//
// The first byte chooses the reader: f, n, s, a, d for the refund service's answers, or p for the
// fields as web hands them on; or the writer: r for a receipt, j for tokens.
#include "services/payment/payment_form.h"
#include "services/robokassa/robokassa_answer.h"
#include "services/robokassa/robokassa_jwt.h"
#include "services/robokassa/robokassa_notice.h"
#include "services/robokassa/robokassa_receipt.h"
#include "services/robokassa/robokassa_refund.h"
#include "services/robokassa/robokassa_state.h"
#include "tests/fuzz/fuzz.h"
#include <jansson.h>

// Encoding what was decoded and decoding that gives the same fields.
static void check_form(const form_t *form)
{
    static char encoded[4 * FORM_SIZE_MAX], buffer[FORM_SIZE_MAX];
    writer_t writer = writer_on(encoded, sizeof encoded);
    for (size_t i = 0; i < form->fields_count; i++)
        form_add(&writer, 0, form->fields[i].name, form->fields[i].value);
    size_t size = writer_end(&writer);
    require(!writer.refused);
    form_t again;
    if (size > FORM_SIZE_MAX) // escapes make it longer than a form may be
        return;
    require(form_decode(encoded, size, buffer, sizeof buffer, &again));
    require(again.fields_count == form->fields_count);
    for (size_t i = 0; i < form->fields_count; i++) {
        require(span_is(again.fields[i].name, form->fields[i].name));
        require(span_is(again.fields[i].value, form->fields[i].value));
    }
}

// The fuzzer cannot know the passwords: it never gets a notice past them.
static void check_notice(const form_t *form)
{
    const robokassa_shop_t shop = {.login = SPAN("subs_shop"),
                                   .password1 = SPAN("fuzz-6Gh29sLq-1"),
                                   .password2 = SPAN("fuzz-6Gh29sLq-2"),
                                   .digest = DIGEST_SHA256};
    robokassa_notice_t notice = {.invoice = -7};
    require(robokassa_notice_verify(&shop, form, &notice) != ROBOKASSA_AUTHENTIC);
    require(robokassa_notice_verify_success(&shop, form, &notice) != ROBOKASSA_AUTHENTIC);
    require(notice.invoice == -7);
    if (robokassa_notice_read_fail(form, &notice))
        require(notice.invoice > 0 && notice.sum >= 0);
}

static void check_numbers(span_t text)
{
    char printed[ROBOKASSA_NUMBER_SIZE];
    kopecks_t sum, sum_again;
    int64_t invoice;
    if (robokassa_number_parse_sum(text, &sum)) {
        span_t print = robokassa_number_print_sum(sum, printed);
        require(robokassa_number_parse_sum(print, &sum_again) && sum == sum_again);
    }
    if (robokassa_number_parse_invoice(text, &invoice))
        require(span_is(robokassa_number_print_invoice(invoice, printed), text));
}

// A name from outside makes a receipt whose escaped form decodes to the JSON again, or is refused.
static void check_receipt(span_t name)
{
    static char json[ROBOKASSA_RECEIPT_MAX], escaped[3 * ROBOKASSA_RECEIPT_MAX];
    static char buffer[FORM_SIZE_MAX];
    const robokassa_item_t item = robokassa_receipt_advance(name, 19900);
    const robokassa_receipt_t receipt = {.items = &item, .items_count = 1};
    size_t size = robokassa_receipt_json(&receipt, 19900, json, sizeof json);
    size_t characters;
    if (!size)
        return;
    require(span_is_plain((span_t){json, size}, &characters));
    size_t escaped_size = robokassa_receipt_escaped((span_t){json, size}, escaped, sizeof escaped);
    form_t form;
    require(escaped_size >= size);
    require(form_decode(escaped, escaped_size, buffer, sizeof buffer, &form));
    require(form.fields_count == 1 && span_is(form.fields[0].name, (span_t){json, size}));
}

static void check_token(span_t payload)
{
    static char token[2 * ROBOKASSA_JWT_PAYLOAD_MAX];
    digest_t digest = (digest_t)(payload.size % DIGEST_COUNT);
    size_t size = robokassa_jwt_invoice(digest, SPAN("shop"), SPAN("fuzz-6Gh29sLq-1"), payload,
                                        token, sizeof token);
    require(size == 0 || (strlen(token) == size && memchr(token, '.', size)));
    (void)robokassa_jwt_fiscal(digest, SPAN("fuzz-6Gh29sLq-1"), payload, token, sizeof token);
    (void)robokassa_jwt_refund(digest, SPAN("fuzz-6Gh29sLq-3"), payload, token, sizeof token);
}

// Is a text that we read in an answer what another reader has under that name? Escapes stay as they
// are here.
static bool agrees(const json_t *object, const char *name, span_t text)
{
    const json_t *value = json_object_get(object, name);
    if (text.size > 0 && memchr(text.bytes, '\\', text.size))
        return json_is_string(value);
    const char *other = json_is_string(value) ? json_string_value(value) : "";
    return span_is(text, span_of(other));
}

// Where jansson reads the answer too, it reads the same.
static void check_refund(span_t body)
{
    robokassa_refund_created_t created;
    robokassa_refund_state_t told;
    bool answered = robokassa_refund_read_created(body, &created);
    bool stated = robokassa_refund_read_state(body, &told);
    json_t *object = json_loadb(body.bytes, body.size, JSON_REJECT_DUPLICATES, NULL);
    if (object && answered) {
        require(json_is_boolean(json_object_get(object, "success")));
        require(json_is_true(json_object_get(object, "success")) == created.success);
        require(agrees(object, "requestId", created.request));
        require(agrees(object, "message", created.message));
    }
    if (object && stated) {
        require(agrees(object, "requestId", told.request) && agrees(object, "label", told.label));
        require(json_is_number(json_object_get(object, "amount")) == (told.amount.size > 0));
    }
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[FORM_SIZE_MAX];
    if (size == 0)
        return 0;
    span_t text = {(const char *)data + 1, size - 1};
    bytes_t bytes = {data + 1, (uint32_t)size - 1};
    form_t form;
    robokassa_state_t state;
    robokassa_answer_t answer;
    switch (data[0]) {
    case 'f':
        if (form_decode(text.bytes, text.size, buffer, sizeof buffer, &form)) {
            check_form(&form);
            check_notice(&form);
        }
        break;
    case 'p':
        if (payment_form_read(bytes, &form)) {
            check_notice(&form);
            (void)payment_form_invoice(&form);
        }
        break;
    case 'n':
        check_numbers(text);
        break;
    case 's':
        if (robokassa_state_read(text.bytes, text.size, SPAN("Shp_key"), &state)) {
            require(strlen(state.op_key) <= ROBOKASSA_OP_KEY_MAX);
            require(strlen(state.shp) <= ROBOKASSA_STATE_TEXT_MAX);
            require(!state.has_sum || state.sum >= 0);
        }
        break;
    case 'a':
        answer = robokassa_answer_read(200, text, 1003);
        require((answer.code != 0) == (answer.outcome == ROBOKASSA_REJECTED));
        (void)robokassa_answer_is_refusal(answer);
        break;
    case 'd':
        check_refund(text);
        break;
    case 'r':
        check_receipt(text);
        break;
    case 'j':
        check_token(text);
        break;
    default:
        break;
    }
    return 0;
}
