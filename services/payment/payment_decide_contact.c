#include "services/payment/payment_decide_contact.h"

static fail_t check(const payment_state_t *self, const uid_t16 *account, decision_t *out)
{
    if (!self->settings->contacts)
        return decision_refuse(out, FAIL_STATE,
                               "this process keeps no contacts: side/keys is not configured");
    if (uid_is_zero(account))
        return decision_refuse(out, FAIL_INVALID, "the account's id is zero");
    return FAIL_NONE;
}

fail_t payment_contact_set(const payment_state_t *self, const request_receipt_contact_set_t *asked,
                           decision_t *out)
{
    fail_t fail = check(self, &asked->account, out);
    if (fail)
        return fail;
    if (!payment_contact_is_good(asked->address))
        return decision_refuse(out, FAIL_INVALID,
                               "address: expected local@domain, or + and 11 to 15 digits");
    uint8_t *row = decision_scratch(out, PAYMENT_CONTACT_ROW_MAX);
    size_t size = payment_contact_write(asked->address, row);
    decision_add(out, EVENT_receipt_contact_set)->receipt_contact_set =
        (event_receipt_contact_set_t){.account = asked->account};
    decision_put_row(out, &asked->account, PAYMENT_CONTACT_ROW, (bytes_t){row, (uint32_t)size});
    return FAIL_NONE;
}

// Also where the journal knows of none: after an older one was put back, a row may be there.
fail_t payment_contact_erase(const payment_state_t *self,
                             const request_receipt_contact_erase_t *asked, decision_t *out)
{
    fail_t fail = check(self, &asked->account, out);
    if (fail)
        return fail;
    decision_add(out, EVENT_receipt_contact_erased)->receipt_contact_erased =
        (event_receipt_contact_erased_t){.account = asked->account};
    decision_erase_rows(out, &asked->account);
    return FAIL_NONE;
}

fail_t payment_contact_show(const payment_state_t *self, const uid_t16 *id, query_t *out)
{
    const payment_account_t *account = payment_state_account(self, id);
    text_t contact = {0};
    if (!account || !account->contact)
        return FAIL_MISSING;
    if (!out->recalled) {
        out->recall = (recall_t){.by = RECALL_ROWS, .sought = {*id}};
        return FAIL_LATER;
    }
    if (payment_contact_find(out->recalled, &contact) && contact.size <= out->scratch_size)
        memcpy(out->scratch, contact.data, contact.size);
    else
        contact.size = 0; // the row is of another journal, or its key is gone
    out->answer->receipt_contact.address = (text_t){(const char *)out->scratch, contact.size};
    return FAIL_NONE;
}
