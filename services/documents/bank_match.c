#include "services/documents/bank_match.h"
#include "services/documents/statement_text.h"

static transfer_reason_t hold_against(const bank_transfer_t *transfer,
                                      const bank_invoice_t *invoice)
{
    if (invoice->paid)
        return TRANSFER_INVOICE_ALREADY_PAID;
    if (invoice->amount != transfer->amount)
        return TRANSFER_AMOUNT_DIFFERS;
    if (transfer->payer_inn.size == 0)
        return TRANSFER_PAYER_UNKNOWN;
    return span_is(transfer->payer_inn, invoice->inn) ? TRANSFER_MATCHED : TRANSFER_PAYER_DIFFERS;
}

transfer_reason_t bank_match(const bank_transfer_t *transfer, bank_find_fn *find, const void *books,
                             invoice_number_t *ret_invoice)
{
    invoice_number_t found[INVOICE_NUMBER_FOUND_MAX];
    bank_invoice_t invoice;
    if (statement_text_begins(transfer->plain, SPAN("Возврат")))
        return TRANSFER_RETURNED_TRANSFER;
    if (statement_text_contains(transfer->plain, SPAN("эквайринг")))
        return TRANSFER_ACQUIRING_REGISTRY;
    size_t count = invoice_number_find(transfer->purpose, found);
    if (count != 1)
        return count ? TRANSFER_SEVERAL_INVOICES : TRANSFER_NO_INVOICE;
    *ret_invoice = found[0];
    if (!find(books, &found[0], &invoice))
        return TRANSFER_UNKNOWN_INVOICE;
    return hold_against(transfer, &invoice);
}
