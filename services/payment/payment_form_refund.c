#include "services/payment/payment_form_refund.h"
#include "services/payment/payment_form_receipt.h"
#include "services/robokassa/robokassa_jwt.h"

robokassa_item_t payment_form_refund_item(const payment_receipt_t *receipt, kopecks_t sum)
{
    return (robokassa_item_t){.name = receipt->name,
                              .quantity = 1,
                              .sum = sum,
                              .method = receipt->method,
                              .object = receipt->object,
                              .tax = receipt->tax};
}

size_t payment_form_refund(const payment_state_t *self, const invoice_t *invoice,
                           const refund_t *refund, char *buffer, size_t buffer_size)
{
    char payload[PAYMENT_REFUND_PAYLOAD_MAX];
    bool whole = refund_is_second(refund) || refund->progress.sum == invoice->credited;
    kopecks_t sum = whole ? 0 : refund->progress.sum;
    const payment_settings_t *settings = self->settings;
    payment_receipt_t says = payment_form_first_receipt(self, invoice->created);
    robokassa_item_t item = payment_form_refund_item(&says, refund->progress.sum);
    bool positions = settings->refunds.items && settings->receipt.wanted;
    size_t size = robokassa_refund_payload((span_t){refund->operation, refund->operation_size}, sum,
                                           positions ? &item : NULL, payload, sizeof payload);
    return size ? robokassa_jwt_refund(DIGEST_SHA256, settings->refunds.password3,
                                       (span_t){payload, size}, buffer, buffer_size)
                : 0;
}

size_t payment_form_refund_state(const payment_settings_t *settings, const refund_t *refund,
                                 char *buffer, size_t buffer_size)
{
    writer_t writer = writer_on(buffer, buffer_size);
    writer_text(&writer, settings->refunds.state_url);
    writer_string(&writer, "?id=");
    writer_text(&writer, (span_t){refund->progress.request, refund->progress.request_size});
    return writer_end(&writer);
}
