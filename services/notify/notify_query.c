#include "services/notify/notify_query.h"
#include "proto/counter.h"
#include "services/notify/notify_contact.h"
#include "services/notify/notify_state.h"
#include <string.h>

enum { OUTBOX_PAGE = 200 }; // rows of at most 80 bytes

static void fill_seen(const notify_state_t *self, const notify_account_t *account,
                      const notify_view_row_t *row, instant_t now, answer_notices_t *answer)
{
    ladder_inputs_t in = notify_inputs(self, account, row, now);
    instant_t lasts = ladder_lasts(in.money, in.burn, in.hour);
    answer->balance = row->balance;
    answer->balance_sequence = row->head;
    answer->burn = in.burn;
    answer->hour = in.hour;
    answer->lasts = lasts == LADDER_LASTS_EVER ? 0 : lasts;
    answer->pending = notify_view_pending(row, now, self->policy.grace_us);
    if (in.money >= 0)
        answer->next = ladder_next(&in, in.step);
}

static fail_t answer_notices(const notify_state_t *self, const uid_t16 *id, query_t *out)
{
    const notify_account_t *account = notify_account(self, id);
    uint32_t number = notify_view_find(&self->view, id);
    // A customer may ask of himself before anything was heard of him.
    if (!account && number == TABLE_NONE && !out->owner)
        return FAIL_UNKNOWN_ACCOUNT;
    answer_notices_t *answer = &out->answer->notices;
    *answer = (answer_notices_t){0};
    if (account)
        *answer = (answer_notices_t){.rung = account->step,
                                     .since = account->since,
                                     .next = account->next,
                                     .grace = account->grace,
                                     .moved = account->moved};
    if (number != TABLE_NONE)
        fill_seen(self, account, notify_view_row(&self->view, number), out->now, answer);
    return FAIL_NONE;
}

// --- contacts ---

static text_t keep_text(query_t *out, text_t text)
{
    if (text.size > out->scratch_size)
        return (text_t){0};
    if (text.size)
        memcpy(out->scratch, text.data, text.size);
    text.data = (const char *)out->scratch;
    out->scratch += text.size;
    out->scratch_size -= text.size;
    return text;
}

static fail_t answer_contact(const notify_state_t *self, const uid_t16 *account, query_t *out)
{
    const notify_contacts_t *row = notify_contacts(self->outbox, account);
    if (!row)
        return FAIL_MISSING;
    if (!out->recalled) {
        out->recall = (recall_t){.by = RECALL_ROWS, .sought = {*account}};
        return FAIL_LATER;
    }
    contact_row_t email, webhook;
    (void)contact_row_find(out->recalled, CONTACT_EMAIL, &email);
    (void)contact_row_find(out->recalled, CONTACT_WEBHOOK, &webhook);
    const notify_contact_t *by_email = notify_contact_of(row, CONTACT_EMAIL);
    const notify_contact_t *by_webhook = notify_contact_of(row, CONTACT_WEBHOOK);
    out->answer->contact =
        (answer_contact_t){.email = by_email->state,
                           .email_since = by_email->since,
                           .email_address = keep_text(out, email.address),
                           .email_wants = by_email->wants,
                           .webhook = by_webhook->state,
                           .webhook_since = by_webhook->since,
                           .webhook_address = keep_text(out, webhook.address),
                           .webhook_wants = by_webhook->wants,
                           .waiting = by_email->waiting + by_webhook->waiting,
                           .both_until = by_webhook->both > out->now ? by_webhook->both : 0,
                           .email_language = by_email->language};
    return FAIL_NONE;
}

static void pack_told(pack_t *pack, const notify_told_row_t *row)
{
    pack_array(pack, 7);
    pack_u64(pack, row->notice);
    pack_i64(pack, row->queued);
    pack_u64(pack, row->kind);
    pack_u64(pack, row->step);
    pack_u64(pack, row->to);
    pack_u64(pack, row->came[CONTACT_EMAIL]);
    pack_u64(pack, row->came[CONTACT_WEBHOOK]);
}

static fail_t answer_told(const notify_state_t *self, const uid_t16 *account, query_t *out)
{
    answer_told_t *answer = &out->answer->told;
    const notify_told_row_t *row;
    pack_t pack;
    pack_start(&pack, out->scratch, out->scratch_size);
    *answer = (answer_told_t){0};
    for (; (row = notify_told(&self->told, account, answer->count)); answer->count++)
        pack_told(&pack, row);
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&pack)};
    return FAIL_NONE;
}

static void pack_delivery(pack_t *pack, const notify_delivery_t *row)
{
    pack_array(pack, 7);
    pack_u64(pack, row->notice);
    pack_uid(pack, &row->account);
    pack_u64(pack, row->contact);
    pack_u64(pack, row->about);
    pack_i64(pack, row->queued);
    pack_u64(pack, row->tries);
    pack_i64(pack, row->next);
}

// By their places in the table, which are those of before while nothing is delivered.
static fail_t answer_outbox(const notify_state_t *self, uint64_t from, query_t *out)
{
    const table_t *all = &self->outbox->deliveries;
    answer_outbox_t *answer = &out->answer->outbox;
    pack_t pack;
    pack_start(&pack, out->scratch, out->scratch_size);
    *answer = (answer_outbox_t){0};
    for (uint64_t i = from; i < all->count && !answer->next; i++) {
        if (!table_holds(all, (uint32_t)i))
            continue;
        if (answer->count == OUTBOX_PAGE)
            answer->next = i;
        else {
            pack_delivery(&pack, table_row(all, (uint32_t)i));
            answer->count++;
        }
    }
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&pack)};
    return FAIL_NONE;
}

fail_t notify_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    (void)first, (void)first_sequence;
    switch (request->type) {
    case REQUEST_notices:
        return answer_notices(state, &request->notices.account, out);
    case REQUEST_contact:
        return answer_contact(state, &request->contact.account, out);
    case REQUEST_told:
        return answer_told(state, &request->told.account, out);
    case REQUEST_outbox:
        return answer_outbox(state, request->outbox.from, out);
    case REQUEST_contact_set:
    case REQUEST_contact_confirm:
    case REQUEST_contact_choose:
    case REQUEST_contact_erase:
    case REQUEST_ladder_policy:
        return FAIL_NONE; // their answers have no fields
    default:
        return FAIL_INVALID;
    }
}

size_t notify_query_counters(const void *state, char *text, size_t cap)
{
    const notify_state_t *self = state;
    const uint64_t *on = self->on;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_accounts, self->view.rows.count);
    counter_put(&out, COUNTER_ladder_warned,
                (int64_t)(on[LADDER_LOW] + on[LADDER_EARLY] + on[LADDER_LATE]));
    counter_put(&out, COUNTER_ladder_exhausted, (int64_t)(on[LADDER_EXHAUSTED] + on[LADDER_GRACE]));
    counter_put(&out, COUNTER_ladder_stopped,
                (int64_t)(on[LADDER_STOPPED] + on[LADDER_FROZEN] + on[LADDER_DELETABLE]));
    counter_put(&out, COUNTER_ladder_moves, (int64_t)self->moves);
    const notify_outbox_t *outbox = self->outbox;
    instant_t oldest = heap_least(&outbox->oldest);
    counter_put(&out, COUNTER_contacts, (int64_t)outbox->on);
    counter_put(&out, COUNTER_contacts_off, (int64_t)outbox->off);
    counter_put(&out, COUNTER_notices_waiting, table_used(&outbox->deliveries));
    counter_put(&out, COUNTER_notices_oldest, oldest == INT64_MAX ? 0 : oldest);
    counter_put(&out, COUNTER_mails_waiting, (int64_t)outbox->mails);
    counter_put(&out, COUNTER_mails_failing, outbox->mail_failing);
    counter_put(&out, COUNTER_notices_delivered, (int64_t)outbox->delivered);
    counter_put(&out, COUNTER_notices_given_up, (int64_t)outbox->given_up);
    return out.size;
}

// A relay that stumbles is tried again within minutes; one that does not come back is seen to.
void notify_query_light(const void *state, instant_t now, core_raise_fn *raise, void *arg)
{
    const notify_state_t *self = state;
    const notify_outbox_t *outbox = self->outbox;
    if (outbox->mail_failing && outbox->mails &&
        now - outbox->mail_failing >= self->settings.mail_patience)
        raise(arg, ALARM_MAIL, "");
}
