#include "services/notify/notify_decide_contact.h"
#include "services/base/webhook.h"
#include "services/notify/notify_contact.h"

#define CODE_LIFE_US DAY_US
#define WANTS_ALL ((UINT64_C(2) << LADDER_DELETABLE) - 1)

static const char *refusal_of(const notify_state_t *self, const request_contact_set_t *asked)
{
    webhook_key_t key;
    if (asked->wants & ~WANTS_ALL)
        return "wants: expected bits of steps of the ladder";
    if (asked->kind != CONTACT_WEBHOOK)
        return contact_address_is_good(asked->address) ? NULL : "address: expected local@domain";
    if (!contact_url_is_good(asked->address, self->settings.http))
        return "address: expected https://HOST/..., at most 1024 bytes";
    bool good = webhook_key_read((span_t){asked->key.data, asked->key.size}, &key);
    explicit_bzero(&key, sizeof key);
    return good ? NULL : "key: expected whsec_ and the base64 of 24 to 64 bytes";
}

static void put_row(const request_contact_set_t *asked, decision_t *out)
{
    contact_row_t row = {.address = asked->address, .key = asked->key};
    uint8_t *bytes = decision_scratch(out, CONTACT_ROW_MAX);
    size_t size = contact_row_write(&row, bytes);
    decision_put_row(out, &asked->account, (uint8_t)asked->kind, (bytes_t){bytes, (uint32_t)size});
}

fail_t notify_decide_contact_set(const notify_state_t *self, const request_contact_set_t *asked,
                                 decision_t *out)
{
    if (!self->settings.contacts)
        return decision_refuse(out, FAIL_STATE,
                               "this process keeps no contacts: side/keys is not "
                               "configured");
    if (asked->kind != CONTACT_WEBHOOK)
        return decision_refuse(out, FAIL_STATE, "no e-mail is sent by this process");
    const char *refusal = refusal_of(self, asked);
    if (refusal)
        return decision_refuse(out, FAIL_INVALID, refusal);
    decision_add(out, EVENT_contact_set)->contact_set =
        (event_contact_set_t){.account = asked->account,
                              .kind = asked->kind,
                              .wants = asked->wants,
                              .language = asked->language};
    put_row(asked, out);
    return FAIL_NONE;
}

fail_t notify_decide_contact_confirm(const notify_state_t *self,
                                     const request_contact_confirm_t *asked, decision_t *out)
{
    const notify_contact_t *contact =
        notify_contact_of(notify_contacts(self->outbox, &asked->account), CONTACT_EMAIL);
    uid_t16 proof;
    if (!contact || contact->state != CONTACT_IS_UNCONFIRMED)
        return decision_refuse(out, FAIL_STATE, "no address of the account waits for a code");
    if (out->input->now - contact->since > CODE_LIFE_US)
        return decision_refuse(out, FAIL_EXPIRED, "the code was good for a day");
    if (!contact_code_prove(asked->code, &asked->account, &proof) ||
        !uid_equal(&proof, &contact->proof))
        return decision_refuse(out, FAIL_MISMATCH, "it is not the code that was sent");
    decision_add(out, EVENT_contact_confirmed)->contact_confirmed =
        (event_contact_confirmed_t){.account = asked->account, .kind = CONTACT_EMAIL};
    return FAIL_NONE;
}

// Also where the journal knows of none: after an older one was put back, rows may be there.
fail_t notify_decide_contact_erase(const notify_state_t *self, const request_contact_erase_t *asked,
                                   decision_t *out)
{
    if (!self->settings.contacts)
        return decision_refuse(out, FAIL_STATE,
                               "this process keeps no contacts: side/keys is not "
                               "configured");
    decision_add(out, EVENT_contacts_erased)->contacts_erased =
        (event_contacts_erased_t){.account = asked->account};
    decision_erase_rows(out, &asked->account);
    return FAIL_NONE;
}
