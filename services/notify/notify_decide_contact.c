#include "services/notify/notify_decide_contact.h"
#include "services/base/mail_address.h"
#include "services/base/webhook.h"
#include "services/notify/notify_contact.h"

#define CODE_LIFE_US DAY_US
#define CODE_AGAIN_US MINUTE_US
#define WANTS_STEPS ((UINT64_C(2) << LADDER_DELETABLE) - 1)
#define WANTS_KINDS                                                                                \
    (((UINT64_C(2) << NOTICE_PRICE) - (UINT64_C(1) << NOTICE_MANDATE_GIVEN)) << OUTBOX_WANTS_KINDS)

static const char wants_refusal[] =
    "wants: expected bits of steps of the ladder and of kinds of notices";

static bool wants_are_known(uint64_t wants)
{
    return !(wants & ~(WANTS_STEPS | WANTS_KINDS));
}

static const char *refusal_of(const notify_state_t *self, const request_contact_set_t *asked)
{
    webhook_key_t key;
    if (!wants_are_known(asked->wants))
        return wants_refusal;
    if (asked->kind != CONTACT_WEBHOOK)
        return mail_address_is_good(asked->address) ? NULL : "address: expected local@domain";
    if (!contact_url_is_good(asked->address, self->settings.http))
        return "address: expected https://HOST/..., at most 1024 bytes";
    bool good = webhook_key_read((span_t){asked->key.data, asked->key.size}, &key);
    explicit_bzero(&key, sizeof key);
    return good ? NULL : "key: expected whsec_ and the base64 of 24 to 64 bytes";
}

static void put_row(const request_contact_set_t *asked, uint64_t kind, text_t code, decision_t *out)
{
    contact_row_t row = {
        .address = asked->address, .key = asked->key, .code = code, .set = out->input->now};
    uint8_t *bytes = decision_scratch(out, CONTACT_ROW_MAX);
    size_t size = contact_row_write(&row, bytes);
    decision_put_row(out, &asked->account, (uint8_t)kind, (bytes_t){bytes, (uint32_t)size});
}

static event_contact_set_t set_of(const request_contact_set_t *asked)
{
    return (event_contact_set_t){.account = asked->account,
                                 .kind = asked->kind,
                                 .wants = asked->wants,
                                 .language = asked->language};
}

// The row of before stays: its secret signs too for a while.
static void set_webhook(const notify_contact_t *contact, const request_contact_set_t *asked,
                        decision_t *out)
{
    event_contact_set_t set = set_of(asked);
    set.row = contact && contact->row == CONTACT_WEBHOOK ? CONTACT_ROW_SECOND : CONTACT_WEBHOOK;
    decision_add(out, EVENT_contact_set)->contact_set = set;
    put_row(asked, set.row, (text_t){0}, out);
}

static fail_t set_email(const notify_contact_t *contact, const request_contact_set_t *asked,
                        decision_t *out)
{
    if (contact && contact->since && out->input->now - contact->since < CODE_AGAIN_US)
        return decision_refuse(out, FAIL_STATE, "a code was sent less than a minute ago");
    char *code = decision_scratch(out, CONTACT_CODE_SIZE + 1);
    contact_code_make(&out->input->entropy, code);
    event_contact_set_t set = set_of(asked);
    (void)contact_code_prove(text_of(code), &asked->account, &set.proof);
    decision_add(out, EVENT_contact_set)->contact_set = set;
    put_row(asked, CONTACT_EMAIL, text_of(code), out);
    decision_add(out, EVENT_notice_queued)->notice_queued = (event_notice_queued_t){
        .account = asked->account, .kind = NOTICE_CONFIRM, .to = UINT64_C(1) << CONTACT_EMAIL};
    return FAIL_NONE;
}

fail_t notify_decide_contact_set(const notify_state_t *self, const request_contact_set_t *asked,
                                 decision_t *out)
{
    if (!self->settings.contacts)
        return decision_refuse(out, FAIL_STATE,
                               "this process keeps no contacts: side/keys is not "
                               "configured");
    if (asked->kind != CONTACT_WEBHOOK && !self->settings.mail_from)
        return decision_refuse(out, FAIL_STATE,
                               "no e-mail is sent by this process: mail/host is not configured");
    const char *refusal = refusal_of(self, asked);
    if (refusal)
        return decision_refuse(out, FAIL_INVALID, refusal);
    const notify_contact_t *contact =
        notify_contact_of(notify_contacts(self->outbox, &asked->account), asked->kind);
    if (asked->kind != CONTACT_WEBHOOK)
        return set_email(contact, asked, out);
    set_webhook(contact, asked, out);
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

fail_t notify_decide_contact_choose(const notify_state_t *self,
                                    const request_contact_choose_t *asked, decision_t *out)
{
    const notify_contact_t *contact =
        notify_contact_of(notify_contacts(self->outbox, &asked->account), asked->kind);
    if (!contact || contact->state == CONTACT_IS_NONE)
        return decision_refuse(out, FAIL_MISSING, "the account has no such contact");
    if (!wants_are_known(asked->wants))
        return decision_refuse(out, FAIL_INVALID, wants_refusal);
    decision_add(out, EVENT_contact_chosen)->contact_chosen =
        (event_contact_chosen_t){.account = asked->account,
                                 .kind = asked->kind,
                                 .wants = asked->wants,
                                 .language = asked->language};
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
