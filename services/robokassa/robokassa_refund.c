#include "services/robokassa/robokassa_refund.h"
#include "services/robokassa/robokassa_number.h"
#include "services/robokassa/robokassa_json.h"

static bool is_key(span_t key)
{
    if (key.size == 0 || key.size > ROBOKASSA_REFUND_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++)
        if (key.bytes[i] <= ' ' || key.bytes[i] > '~' || key.bytes[i] == '"' ||
            key.bytes[i] == '\\')
            return false;
    return true;
}

size_t robokassa_refund_payload(span_t op_key, kopecks_t sum, const robokassa_item_t *item,
                                char *buffer, size_t buffer_size)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    writer_t writer = writer_on(buffer, buffer_size);
    if (!is_key(op_key) || sum < 0 || (item && !robokassa_receipt_is_refunded(item)))
        return 0;
    writer_string(&writer, "{\"OpKey\":\"");
    writer_text(&writer, op_key);
    writer_string(&writer, "\"");
    if (sum > 0) {
        writer_string(&writer, ",\"RefundSum\":");
        writer_text(&writer, robokassa_number_print_sum(sum, text));
    }
    if (item) {
        writer_string(&writer, ",\"InvoiceItems\":");
        robokassa_receipt_refunded(item, &writer);
    }
    writer_string(&writer, "}");
    return writer_end(&writer);
}

bool robokassa_refund_read_created(span_t body, robokassa_refund_created_t *ret_created)
{
    robokassa_json_t object;
    if (!robokassa_json_read(body, &object))
        return false;
    span_t success = robokassa_json_value(&object, "success", ROBOKASSA_JSON_WORD);
    if (!span_is(success, SPAN("true")) && !span_is(success, SPAN("false")))
        return false;
    *ret_created = (robokassa_refund_created_t){
        .success = span_is(success, SPAN("true")),
        .request = robokassa_json_value(&object, "requestId", ROBOKASSA_JSON_TEXT),
        .message = robokassa_json_value(&object, "message", ROBOKASSA_JSON_TEXT)};
    return true;
}

bool robokassa_refund_read_state(span_t body, robokassa_refund_state_t *ret_state)
{
    robokassa_json_t object;
    if (!robokassa_json_read(body, &object))
        return false;
    robokassa_refund_state_t state = {
        .request = robokassa_json_value(&object, "requestId", ROBOKASSA_JSON_TEXT),
        .label = robokassa_json_value(&object, "label", ROBOKASSA_JSON_TEXT),
        .amount = robokassa_json_value(&object, "amount", ROBOKASSA_JSON_NUMBER)};
    if (state.request.size == 0 || state.label.size == 0)
        return false;
    *ret_state = state;
    return true;
}
