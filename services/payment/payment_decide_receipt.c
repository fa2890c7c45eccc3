#include "services/payment/payment_decide_receipt.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "services/payment/payment_form_receipt.h"
#include "services/robokassa/robokassa_fiscal.h"

static_assert((int)RECEIPT_TAX_VAT122 == (int)ROBOKASSA_TAX_VAT122, "codes are Robokassa's order");
static_assert((int)TAX_SYSTEM_PATENT == (int)ROBOKASSA_SNO_PATENT, "codes are Robokassa's order");
static_assert((int)VAT_REGIME_7 == (int)PAYMENT_FISCAL_7, "codes are the regimes' order");

// What repaid debt counts as served so long before.
#define OWED_US (92 * DAY_US)

static bool are_followed(const payment_state_t *self)
{
    return self->settings->receipt.wanted && self->settings->fiscal.url.size &&
           !self->settings->shop.test;
}

// --- the end of a lot ---

// A lot that has come to its end, as its second receipt sees it.
typedef struct {
    uint64_t invoice;
    kopecks_t used;
    day_t first, last; // of service
    bool reversal;     // a part of it repaid what is no service, or may have gone back
    bool unknown;      // to this journal
} ended_t;

static void hand(const ended_t *lot, kopecks_t used, receipt_why_t why, decision_t *out)
{
    decision_add(out, EVENT_receipt_handed)->receipt_handed =
        (event_receipt_handed_t){.invoice = lot->invoice, .used = used, .why = why};
}

static payment_fiscal_verdict_t says_on(payment_fiscal_policy_t policy, const ended_t *lot,
                                        day_t day, payment_fiscal_t *ret_receipt)
{
    payment_fiscal_use_t use = {.kind = LOT_CASH, .sum = lot->used, .served = day};
    return payment_fiscal_second(
        policy,
        &(payment_fiscal_lot_t){.sum = lot->used, .came = day, .uses = &use, .uses_count = 1},
        ret_receipt);
}

static bool is_alike(const payment_fiscal_t *a, const payment_fiscal_t *b)
{
    return a->sno == b->sno && a->tax == b->tax;
}

// On which day each kopeck was served nobody keeps: the receipt says what it would say on every one
// of them, and where those differ it is for people.
static payment_fiscal_verdict_t say(const payment_state_t *self, const ended_t *lot,
                                    payment_fiscal_t *ret_receipt)
{
    payment_fiscal_policy_t policy = payment_receipts_policy(self->receipts);
    payment_fiscal_t other;
    payment_fiscal_verdict_t verdict = says_on(policy, lot, lot->last, ret_receipt);
    if (verdict != PAYMENT_FISCAL_SAYS)
        return verdict;
    verdict = says_on(policy, lot, lot->first, &other);
    if (verdict == PAYMENT_FISCAL_SAYS && !is_alike(&other, ret_receipt))
        verdict = PAYMENT_FISCAL_SEVERAL;
    for (size_t i = 0; i < policy.count && verdict == PAYMENT_FISCAL_SAYS; i++) {
        day_t from = policy.regimes[i].from;
        bool within = from > lot->first && from <= lot->last;
        if (within && (says_on(policy, lot, from, &other) || !is_alike(&other, ret_receipt)))
            verdict = PAYMENT_FISCAL_SEVERAL;
    }
    return verdict;
}

static void end_lot(const payment_state_t *self, const ended_t *lot, decision_t *out)
{
    payment_fiscal_t receipt;
    payment_fiscal_verdict_t verdict = lot->used > 0 ? say(self, lot, &receipt) : 0;
    if (lot->used > 0 && (lot->reversal || lot->unknown || verdict != PAYMENT_FISCAL_SAYS)) {
        hand(lot, lot->used,
             lot->unknown                        ? RECEIPT_WHY_UNKNOWN
             : lot->reversal                     ? RECEIPT_WHY_RETURNED
             : verdict == PAYMENT_FISCAL_SEVERAL ? RECEIPT_WHY_RATES
                                                 : RECEIPT_WHY_REGIME,
             out);
        return;
    }
    decision_add(out, EVENT_lot_ended)->lot_ended =
        (event_lot_ended_t){.invoice = lot->invoice, .used = lot->used};
    if (lot->used > 0)
        decision_add(out, EVENT_receipt_due)->receipt_due =
            (event_receipt_due_t){.receipt = payment_receipts_number(lot->invoice, RECEIPT_SECOND),
                                  .invoice = lot->invoice,
                                  .amount = receipt.sum,
                                  .vat = receipt.vat,
                                  .tax = receipt.tax,
                                  .system = receipt.sno};
}

// A line is posted after the hour in which it was served.
static day_t served(instant_t posted)
{
    return payment_receipts_day(posted - HOUR_US);
}

// Refunds of it that may have gone back, by this journal.
static kopecks_t asked_back(const payment_state_t *self, const receipted_t *receipted)
{
    const invoice_t *invoice = payment_state_invoice(self, receipted_invoice(receipted));
    kopecks_t sum = 0;
    for (uint32_t n = invoice ? invoice->refund : 0; n;) {
        const refund_t *refund = refund_at(self->refunds, n - 1);
        bool stays = refund->progress.state == PAYMENT_REFUND_CANCELED ||
                     refund->progress.state == PAYMENT_REFUND_FAILED || refund_is_second(refund);
        sum += stays ? 0 : refund->progress.sum;
        n = refund->previous;
    }
    return sum;
}

static ended_t ended(const payment_state_t *self, const receipted_t *receipted, kopecks_t gone,
                     instant_t at)
{
    bool unheld = receipted->doubted && asked_back(self, receipted) > gone;
    instant_t first = receipted->placed - (receipted->owed ? OWED_US : 0);
    return (ended_t){.invoice = receipted_invoice(receipted),
                     .used = receipted->amount - gone,
                     .first = served(first),
                     .last = served(at),
                     .reversal = receipted->reversal || unheld,
                     .unknown = receipted->unknown};
}

// --- the ledger ---

static const receipted_t *lot_of(const payment_state_t *self, const payment_account_t *account,
                                 uint64_t lot)
{
    for (uint32_t n = account->lots.first; n; n = receipted_at(self->receipts, n - 1)->after)
        if (receipted_at(self->receipts, n - 1)->lot == lot)
            return receipted_at(self->receipts, n - 1);
    return NULL;
}

typedef void each_lot_fn(void *arg, uint64_t lot);

static void each_lot(const event_posted_t *posted, each_lot_fn *each, void *arg)
{
    wire_t wire;
    if (!posted->lots.size) {
        each(arg, posted->lot);
        return;
    }
    wire_start(&wire, posted->lots.data, posted->lots.size);
    for (uint32_t left = wire_array(&wire, 16); left && !wire.fail; left--) {
        uint64_t lot = 0;
        int64_t amount;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &amount);
        if (!wire.fail)
            each(arg, lot);
    }
}

typedef struct {
    const payment_state_t *self;
    const payment_account_t *account;
    decision_t *out;
    uint64_t last; // of the lots that a posting names
    bool ours;     // one of them is a payment's
} look_t;

static void look_at(void *arg, uint64_t lot)
{
    look_t *look = arg;
    look->last = lot;
    look->ours = look->ours || lot_of(look->self, look->account, lot);
}

static void add_held(const receipted_t *receipted, bool held, bool empty, kopecks_t gone,
                     decision_t *out)
{
    decision_add(out, EVENT_lot_held)->lot_held = (event_lot_held_t){
        .invoice = receipted_invoice(receipted), .held = held, .empty = empty, .gone = gone};
}

static void end_now(const payment_state_t *self, const receipted_t *receipted, kopecks_t gone,
                    decision_t *out)
{
    ended_t lot = ended(self, receipted, gone, out->input->event->at);
    end_lot(self, &lot, out);
}

static void end_or_wait(const look_t *look, const receipted_t *receipted)
{
    if (!receipted->held)
        end_now(look->self, receipted, receipted->gone, look->out);
    else if (!receipted->empty)
        add_held(receipted, true, true, receipted->gone, look->out);
}

// What was used up: of lots of cash the oldest are taken first, so all before one that usage took;
// and all of them where no cash is left. A lot of bonus, or of a transfer, says nothing of ours.
static void take_used(look_t *look, const event_posted_t *posted)
{
    uint64_t until = posted->cash <= 0 ? UINT64_MAX : 0;
    uint64_t held = posted->kind == POSTING_HOLD ? posted->lot : 0;
    if (!until && posted->kind == POSTING_CHARGE) {
        each_lot(posted, look_at, look);
        until = look->ours ? look->last : 0;
    }
    for (uint32_t n = look->account->lots.first; n;) {
        const receipted_t *receipted = receipted_at(look->self->receipts, n - 1);
        n = receipted->after;
        if (receipted->lot == held)
            add_held(receipted, true, posted->cash <= 0, receipted->gone, look->out);
        else if (receipted->lot < until)
            end_or_wait(look, receipted);
    }
}

static void hand_lot(void *arg, uint64_t lot)
{
    look_t *look = arg;
    const receipted_t *receipted = lot_of(look->self, look->account, lot);
    if (receipted)
        hand(&(ended_t){.invoice = receipted_invoice(receipted)}, 0, RECEIPT_WHY_RETURNED,
             look->out);
}

static void take_returned(look_t *look, const event_posted_t *posted)
{
    each_lot(posted, hand_lot, look);
    if (posted->cash < 0 && !look->account->lots.reversal)
        decision_add(look->out, EVENT_reversal_owed)->reversal_owed.account = posted->account;
}

// The credit of a payment: its lot. The ledger says it, also of a payment that only a lost journal
// of ours knew to be paid. What it alone knew at all is for people, as the receipt's taxes may be:
// a new journal, made by mistake, asks nobody.
static void take_credit(const payment_state_t *self, const payment_account_t *account,
                        const input_t *input, decision_t *out)
{
    const event_posted_t *posted = &input->event->posted;
    uint64_t number = posting_payment_number(&posted->reference);
    uint32_t row = payment_receipts_find(self->receipts, number);
    kopecks_t before;
    if (!number || input->event->cause.stream != STREAM_PAYMENT ||
        !money_subtract(posted->cash, posted->amount, &before) ||
        (row != TABLE_NONE && receipted_at(self->receipts, row)->lot == input->sequence))
        return;
    bool reversal = account && account->lots.reversal;
    decision_add(out, EVENT_lot_placed)->lot_placed =
        (event_lot_placed_t){.invoice = number,
                             .account = posted->account,
                             .lot = input->sequence,
                             .owed = before < 0,
                             .reversal = before < 0 && reversal,
                             .amount = posted->amount};
    if (row != TABLE_NONE || posted->cash > 0)
        return;
    ended_t lot = {.invoice = number,
                   .used = posted->amount,
                   .first = served(input->event->at - OWED_US),
                   .last = served(input->event->at),
                   .reversal = reversal,
                   .unknown = !payment_state_invoice(self, number)};
    end_lot(self, &lot, out);
}

// What was held came back to its lot, and repaid what was owed.
static void take_release(const look_t *look, const event_posted_t *posted)
{
    const receipted_t *receipted = lot_of(look->self, look->account, posted->lot);
    if (!receipted || !receipted->held)
        return;
    add_held(receipted, false, false, receipted->gone, look->out);
    if (posted->cash <= 0)
        end_now(look->self, receipted, receipted->gone, look->out);
}

// What was held has gone back to the payer. Where all else was used the lot is at its end.
static void take_gone(const payment_state_t *self, const event_posted_t *posted, decision_t *out)
{
    uint32_t row =
        payment_receipts_find(self->receipts, posting_payment_number(&posted->reference));
    const receipted_t *receipted = row == TABLE_NONE ? NULL : receipted_at(self->receipts, row);
    kopecks_t gone;
    if (!receipted || receipted->ended || !receipted->held ||
        !money_add(receipted->gone, posted->amount, &gone))
        return;
    add_held(receipted, false, receipted->empty, gone, out);
    if (receipted->empty)
        end_now(self, receipted, gone, out);
}

static void take_posted(const payment_state_t *self, const input_t *input, decision_t *out)
{
    const event_posted_t *posted = &input->event->posted;
    const payment_account_t *account = payment_state_account(self, &posted->account);
    look_t look = {.self = self, .account = account, .out = out};
    bool debit = posted->debit >= SYSTEM_END;
    if (posted->kind == POSTING_REFUND && posted->debit == SYSTEM_REFUNDS)
        take_gone(self, posted, out);
    else if (posted->kind == POSTING_TOPUP || posted->kind == POSTING_AUTOPAY)
        take_credit(self, account, input, out);
    else if (!account)
        return;
    else if (posted->kind == POSTING_RELEASE)
        take_release(&look, posted);
    else if (debit && (posted->kind == POSTING_REFUND || posted->kind == POSTING_CHARGEBACK))
        take_returned(&look, posted);
    else if (debit && account->lots.first)
        take_used(&look, posted);
}

void payment_receipt_fact(const payment_state_t *self, const input_t *input, decision_t *out)
{
    if (are_followed(self) && input->event->type == EVENT_posted)
        take_posted(self, input, out);
}

// --- commands ---

static fail_t decide_resolve(const payment_state_t *self, const request_receipt_resolve_t *request,
                             decision_t *out)
{
    uint32_t row = payment_receipts_find(self->receipts, request->invoice);
    if (row == TABLE_NONE)
        return decision_refuse(out, FAIL_MISSING, "no receipts of such a payment are followed");
    receipt_state_t state =
        payment_receipts_state(self->receipts, receipt_slot(row, (receipt_kind_t)request->kind));
    if (state != RECEIPT_STATE_MISSING && (state != RECEIPT_STATE_PEOPLE || request->again))
        return decision_refuse(out, FAIL_STATE,
                               request->again ? "only what is missing is tried anew"
                                              : "the receipt is neither missing nor for people");
    decision_add(out, EVENT_receipt_resolved)->receipt_resolved = (event_receipt_resolved_t){
        .invoice = request->invoice, .kind = request->kind, .again = request->again};
    return FAIL_NONE;
}

// Links that were given out say the receipt of their day, so no day is changed that has begun.
static fail_t decide_regime(const payment_state_t *self, const request_receipts_regime_t *request,
                            decision_t *out)
{
    const payment_receipts_t *receipts = self->receipts;
    day_t day = payment_receipts_day(request->from);
    size_t count = receipts->regimes_count;
    if (count == PAYMENT_REGIMES_MAX)
        return decision_refuse(out, FAIL_FULL, "there are 32 regimes");
    if (count &&
        (day <= receipts->regimes[count - 1].from || day <= payment_receipts_day(out->input->now)))
        return decision_refuse(out, FAIL_STATE, "expected a day after today, and after the last");
    decision_add(out, EVENT_receipts_regime_set)->receipts_regime_set =
        (event_receipts_regime_set_t){.from = (instant_t)day * DAY_US - MOSCOW_OFFSET_US,
                                      .system = request->system,
                                      .vat_regime = request->vat_regime};
    return FAIL_NONE;
}

fail_t payment_receipt_command(const payment_state_t *self, const request_t *request,
                               decision_t *out)
{
    return request->type == REQUEST_receipt_resolve
               ? decide_resolve(self, &request->receipt_resolve, out)
               : decide_regime(self, &request->receipts_regime, out);
}

// --- time ---

void payment_receipt_judge(const payment_state_t *self, decision_t *out)
{
    uint32_t slots[PAYMENT_TICK_MAX];
    instant_t next;
    size_t count = payment_agenda_due(&self->receipts->judgements, out->input->now,
                                      PAYMENT_TICK_MAX, slots, &next);
    for (size_t i = 0; i < count; i++)
        decision_add(out, EVENT_receipt_missing)->receipt_missing = (event_receipt_missing_t){
            .invoice = receipted_invoice(receipted_at(self->receipts, slots[i] / 2)),
            .kind = receipt_kind_of(slots[i])};
}

// --- Robokassa ---

static uint64_t key_of(const payment_receipts_t *receipts, uint32_t slot)
{
    return PAYMENT_RECEIPT_KEY | (uint64_t)slot << 31 | payment_agenda_turn(&receipts->tries, slot);
}

static uint32_t slot_of(uint64_t key)
{
    return (uint32_t)((key & ~PAYMENT_RECEIPT_KEY) >> 31);
}

void payment_receipt_result(const payment_state_t *self, const result_t *result, decision_t *out)
{
    payment_receipts_t *receipts = self->receipts;
    uint32_t slot = slot_of(result->key);
    robokassa_fiscal_t told;
    payment_contacts_drop(&self->work->contacts, result->key);
    if (!payment_agenda_has(&receipts->tries, slot) || key_of(receipts, slot) != result->key)
        return; // the receipt has gone on without it
    const receipt_t *receipt = receipt_at(receipts, slot);
    uint64_t invoice = receipted_invoice(receipted_at(receipts, slot / 2));
    payment_receipts_try_again(receipts, slot, out->input->now);
    if (result->what != RESULT_ANSWERED || result->http_status != 200 ||
        !robokassa_fiscal_read((span_t){(const char *)result->body.data, result->body.size},
                               &told) ||
        told.code > UINT16_MAX)
        return;
    bool first = receipt->progress.state == PAYMENT_REGISTRATION_DUE;
    if (told.code == PAYMENT_REGISTRATION_CODE_REGISTERED)
        decision_add(out, EVENT_receipt_registered)->receipt_registered =
            (event_receipt_registered_t){.invoice = invoice,
                                         .kind = receipt_kind_of(slot),
                                         .drive = told.drive,
                                         .document = told.document,
                                         .sign = told.sign};
    else if (first || (uint64_t)told.code != receipt->code)
        decision_add(out, EVENT_receipt_heard)->receipt_heard = (event_receipt_heard_t){
            .invoice = invoice, .kind = receipt_kind_of(slot), .code = (uint64_t)told.code};
}

// The account's contact; an empty one if it has none. False while it is recalled.
static bool find_contact(const payment_state_t *self, uint32_t slot, text_t *ret_contact,
                         due_t *out)
{
    const payment_contacts_t *contacts = &self->work->contacts;
    uint32_t account = receipted_at(self->receipts, slot / 2)->account;
    uint64_t key = key_of(self->receipts, slot);
    *ret_contact = (text_t){0};
    if (!account_at(self, account)->contact || payment_contacts_have(contacts, key, ret_contact))
        return true;
    if (out->recalls_count < payment_contacts_room(contacts))
        out->recalls[out->recalls_count++] =
            (recall_t){.key = key, .by = RECALL_ROWS, .sought = {account_at(self, account)->key}};
    return false;
}

void payment_receipt_recalled(const payment_state_t *self, const recalled_t *recalled)
{
    uint64_t key = recalled->wish.key;
    uint32_t slot = slot_of(key);
    text_t contact = {0};
    if (!payment_agenda_has(&self->receipts->tries, slot) || key_of(self->receipts, slot) != key)
        return; // the receipt has gone on without it
    uint32_t account = receipted_at(self->receipts, slot / 2)->account;
    if (account_at(self, account)->contact)
        (void)payment_contact_find(recalled, &contact);
    payment_contacts_take(&self->work->contacts, key, account, contact);
}

static void add_wanted(const payment_state_t *self, uint32_t slot, due_t *out)
{
    const payment_settings_t *settings = self->settings;
    const payment_receipts_t *receipts = self->receipts;
    const receipt_t *receipt = receipt_at(receipts, slot);
    bool ask = receipt_kind_of(slot) == RECEIPT_FIRST ||
               receipt->progress.state == PAYMENT_REGISTRATION_WAITING;
    text_t contact = {0};
    if (!ask && !find_contact(self, slot, &contact, out))
        return;
    span_t url = ask ? settings->fiscal.state_url : settings->fiscal.url;
    char *text = (char *)out->scratch + out->scratch_used;
    size_t room = DUE_SCRATCH_BYTES - out->scratch_used;
    uint64_t invoice = receipted_invoice(receipted_at(receipts, slot / 2));
    size_t size =
        ask ? payment_form_receipt_question(settings, invoice, receipt_kind_of(slot), text, room)
            : payment_form_receipt(settings, invoice, receipt, contact, text, room);
    if (size == 0)
        return; // no room: it is wanted again after the results of these
    out->requests[out->count++] = (outside_t){.key = key_of(receipts, slot),
                                              .method = OUTSIDE_POST,
                                              .url = {url.bytes, (uint32_t)url.size},
                                              .content_type = text_of("application/json"),
                                              .body = {(const uint8_t *)text, (uint32_t)size},
                                              .timeout_ms = settings->timeout_ms};
    out->scratch_used += size;
}

void payment_receipt_due(const payment_state_t *self, instant_t now, size_t max, due_t *out)
{
    const payment_receipts_t *receipts = self->receipts;
    uint32_t slots[DUE_REQUESTS_MAX];
    instant_t next, judged = payment_agenda_first(&receipts->judgements);
    if (are_followed(self)) {
        size_t count = payment_agenda_due(&receipts->tries, now, max, slots, &next);
        for (size_t i = 0; i < count; i++)
            add_wanted(self, slots[i], out);
        if (next > now && next < out->wake) // those that wait for a free place wake nobody
            out->wake = next;
    }
    out->wake = judged < out->wake ? judged : out->wake;
}
