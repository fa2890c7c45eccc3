// fuzz_robokassa - any bytes are a form, a number, a state answer or a charge's answer, or are
// refused; what is read survives being written again, and nothing but a right signature is
// authentic.
//
// The first byte chooses the reader: f, n, s or a.
#include "services/payment/robokassa_answer.h"
#include "services/payment/robokassa_notice.h"
#include "services/payment/robokassa_state.h"
#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[FORM_SIZE_MAX];
    if (size == 0)
        return 0;
    span_t text = {(const char *)data + 1, size - 1};
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
        break;
    default:
        break;
    }
    return 0;
}
