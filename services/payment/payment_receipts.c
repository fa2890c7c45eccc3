#include "services/payment/payment_receipts.h"
#include "proto/month.h"
#include "proto/payment_number.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

void payment_receipts_init(payment_receipts_t *self)
{
    *self = (payment_receipts_t){0};
    table_init(&self->rows, sizeof(receipted_t));
    table_init(&self->gone, sizeof(receipted_gone_t));
}

void payment_receipts_release(payment_receipts_t *self)
{
    table_release(&self->rows);
    table_release(&self->gone);
    payment_agenda_release(&self->tries);
    payment_agenda_release(&self->judgements);
}

WALK_ROW(receipt_t)

// The two receipts by themselves (see WALK_ROW); a row's own padding stays as it was made, zero.
static void walk_clear_receipted_t(void *row)
{
    receipted_t *self = row;
    walk_clear_receipt_t(&self->receipts[0]);
    walk_clear_receipt_t(&self->receipts[1]);
}

WALK_ROW(payment_fiscal_regime_t)
WALK_ROW(receipted_gone_t)

void payment_receipts_walk(payment_receipts_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_receipted_t);
    table_walk(&self->gone, walk, walk_clear_receipted_gone_t);
    WALK(walk, self->order);
    payment_agenda_walk(&self->tries, walk, 2 * self->rows.count);
    payment_agenda_walk(&self->judgements, walk, 2 * self->rows.count);
    walk_rows(walk, "regimes", self->regimes, sizeof self->regimes[0], PAYMENT_REGIMES_MAX,
              walk_clear_payment_fiscal_regime_t);
    WALK(walk, self->said);
    WALK(walk, self->regimes_count);
    WALK(walk, self->open);
    WALK(walk, self->missing);
    WALK(walk, self->people);
    WALK_WHOLE(walk, payment_receipts_t, self);
}

uint64_t receipted_invoice(const receipted_t *self)
{
    uint64_t number;
    memcpy(&number, self->key.bytes, sizeof number);
    return number;
}

uint32_t payment_receipts_find(const payment_receipts_t *self, uint64_t invoice)
{
    uid_t16 key = table_key(invoice, 0);
    return table_find(&self->rows, &key);
}

uint64_t payment_receipts_number(uint64_t invoice, receipt_kind_t kind)
{
    const uint64_t apart = UINT64_C(1) << (payment_number_is_old(invoice) ? 62 : 52);
    return kind == RECEIPT_FIRST ? invoice : invoice + apart;
}

day_t payment_receipts_day(instant_t at)
{
    return (day_t)((at + MOSCOW_OFFSET_US) / DAY_US);
}

payment_fiscal_policy_t payment_receipts_policy_at(const payment_receipts_t *self, instant_t at)
{
    static const payment_fiscal_regime_t none = {
        .from = INT32_MIN, .sno = ROBOKASSA_SNO_ABSENT, .vat = PAYMENT_FISCAL_NONE};
    size_t count = 0;
    while (count < self->regimes_count && self->said[count] <= at)
        count++;
    return count ? (payment_fiscal_policy_t){self->regimes, count}
                 : (payment_fiscal_policy_t){&none, 1};
}

payment_fiscal_policy_t payment_receipts_policy(const payment_receipts_t *self)
{
    return payment_receipts_policy_at(self, INT64_MAX);
}

static bool is_waiting(const receipt_t *receipt)
{
    return receipt->begun && !receipt->people && !receipt->settled && !receipt->missing &&
           receipt->progress.state != PAYMENT_REGISTRATION_REGISTERED;
}

receipt_state_t payment_receipts_state(const payment_receipts_t *self, uint32_t slot)
{
    const receipt_t *receipt = receipt_at(self, slot);
    if (receipt->settled)
        return RECEIPT_STATE_SETTLED;
    if (receipt->people)
        return RECEIPT_STATE_PEOPLE;
    if (!receipt->begun)
        return receipted_at(self, slot / 2)->ended ? RECEIPT_STATE_NONE : RECEIPT_STATE_OPEN;
    if (receipt->missing)
        return RECEIPT_STATE_MISSING;
    switch (receipt->progress.state) {
    case PAYMENT_REGISTRATION_REGISTERED:
        return RECEIPT_STATE_REGISTERED;
    case PAYMENT_REGISTRATION_WAITING:
        return RECEIPT_STATE_WAITING;
    case PAYMENT_REGISTRATION_FAILED:
        return RECEIPT_STATE_FAILED;
    case PAYMENT_REGISTRATION_DUE:
    case PAYMENT_REGISTRATION_SENT:
        break;
    }
    return RECEIPT_STATE_DUE;
}

void payment_receipts_try_again(payment_receipts_t *self, uint32_t slot, instant_t now)
{
    payment_registration_t *progress = &receipt_at(self, slot)->progress, after = *progress;
    after.next = now;
    (void)payment_registration_step(&after, now);
    progress->next = after.next;
    progress->tries = after.tries;
    if (after.next > now && after.next < after.since + PAYMENT_REGISTRATION_TRIES_US)
        payment_agenda_set(&self->tries, slot, after.next);
    else
        payment_agenda_remove(&self->tries, slot);
}

// --- apply ---

static void count(payment_receipts_t *self, const receipt_t *receipt, int by)
{
    self->open += is_waiting(receipt) ? by : 0;
    self->missing += receipt->begun && receipt->missing && !receipt->settled ? by : 0;
    self->people += receipt->people && !receipt->settled ? by : 0;
}

static void plan(payment_receipts_t *self, uint32_t slot)
{
    const receipt_t *receipt = receipt_at(self, slot);
    payment_agenda_remove(&self->tries, slot);
    payment_agenda_remove(&self->judgements, slot);
    if (!is_waiting(receipt))
        return;
    payment_agenda_set(&self->tries, slot, receipt->progress.next);
    payment_agenda_set(&self->judgements, slot,
                       receipt->progress.since + PAYMENT_REGISTRATION_MISSING_US);
}

// The first one left with the payment: from now on it is asked about.
static void begin(payment_receipts_t *self, uint32_t slot, instant_t at)
{
    receipt_t *receipt = receipt_at(self, slot);
    bool asked = receipt_kind_of(slot) == RECEIPT_FIRST ||
                 receipt->progress.state == PAYMENT_REGISTRATION_WAITING;
    receipt->progress = payment_registration_begin(at);
    if (asked) {
        receipt->progress.state = PAYMENT_REGISTRATION_WAITING;
        receipt->progress.next = at + MINUTE_US;
    }
    receipt->begun = true;
    receipt->missing = false;
    receipt->changed = at;
}

static chain_links_t in_order(const payment_receipts_t *self)
{
    return (chain_links_t){self->rows.rows + offsetof(receipted_t, order), sizeof(receipted_t)};
}

void payment_receipts_place(payment_receipts_t *self, const event_t *event, kopecks_t amount,
                            uint32_t account, bool known, receipted_lots_t *lots)
{
    const event_lot_placed_t *e = &event->lot_placed;
    lots->reversal = lots->reversal && e->owed; // else all debt was paid
    uid_t16 key = table_key(e->invoice, 0);
    uint32_t row = table_find(&self->rows, &key);
    if (row != TABLE_NONE) { // by a ledger that was put back: the same money is another lot
        receipted_at(self, row)->lot = e->lot;
        return;
    }
    row = table_insert(&self->rows, &key);
    receipted_t *receipted = receipted_at(self, row);
    receipted->lot = e->lot;
    receipted->placed = event->at;
    receipted->amount = amount;
    receipted->account = account;
    receipted->unknown = !known;
    receipted->owed = e->owed;
    receipted->reversal = e->reversal;
    if (lots->last)
        receipted_at(self, lots->last - 1)->after = row + 1;
    else
        lots->first = row + 1;
    lots->last = row + 1;
    chain_append(&self->order, in_order(self), row + 1);
    if (!known)
        return;
    uint32_t slot = receipt_slot(row, RECEIPT_FIRST);
    begin(self, slot, event->at);
    count(self, receipt_at(self, slot), 1);
    plan(self, slot);
}

// Out of the chain: there is no more to come of it.
static void end_lot(payment_receipts_t *self, uint32_t row, receipted_lots_t *lots)
{
    receipted_t *receipted = receipted_at(self, row);
    uint32_t before = 0;
    if (receipted->ended)
        return;
    receipted->ended = true;
    for (uint32_t n = lots->first; n && n != row + 1; n = receipted_at(self, n - 1)->after)
        before = n;
    if (before)
        receipted_at(self, before - 1)->after = receipted->after;
    else
        lots->first = receipted->after;
    lots->last = lots->last == row + 1 ? before : lots->last;
}

static void apply_due(payment_receipts_t *self, uint32_t slot, const event_receipt_due_t *e,
                      instant_t at)
{
    receipt_t *receipt = receipt_at(self, slot);
    if (receipt->begun)
        return; // once
    receipt->sum = e->amount;
    receipt->vat = e->vat;
    receipt->tax = (uint8_t)e->tax;
    receipt->system = (uint8_t)e->system;
    begin(self, slot, at);
}

static void apply_registered(receipt_t *receipt, const event_receipt_registered_t *e)
{
    payment_registration_heard(&receipt->progress, PAYMENT_REGISTRATION_CODE_REGISTERED);
    receipt->missing = false;
    receipt->drive = e->drive;
    receipt->document = e->document;
    receipt->sign = e->sign;
}

static void apply_resolved(payment_receipts_t *self, uint32_t slot, bool again, instant_t at)
{
    receipt_t *receipt = receipt_at(self, slot);
    if (again)
        begin(self, slot, at);
    else
        receipt->settled = true;
}

static void enter(payment_receipts_t *self, uint32_t slot, const event_t *event)
{
    receipt_t *receipt = receipt_at(self, slot);
    receipt->changed = event->at;
    switch (event->type) {
    case EVENT_receipt_due:
        apply_due(self, slot, &event->receipt_due, event->at);
        break;
    case EVENT_receipt_heard:
        receipt->code = (uint16_t)event->receipt_heard.code;
        payment_registration_heard(&receipt->progress, (int64_t)event->receipt_heard.code);
        break;
    case EVENT_receipt_registered:
        apply_registered(receipt, &event->receipt_registered);
        break;
    case EVENT_receipt_missing:
        receipt->missing = true;
        break;
    case EVENT_receipt_handed:
        receipt->people = true;
        receipt->why = (uint8_t)event->receipt_handed.why;
        break;
    case EVENT_receipt_resolved:
        apply_resolved(self, slot, event->receipt_resolved.again, event->at);
        break;
    default:
        break;
    }
}

// Which of the payment's receipts an event is about; 0 if it is about its lot alone.
static receipt_kind_t kind_of(const event_t *event)
{
    switch (event->type) {
    case EVENT_receipt_due:
    case EVENT_receipt_handed:
        return RECEIPT_SECOND;
    case EVENT_receipt_heard:
        return (receipt_kind_t)event->receipt_heard.kind;
    case EVENT_receipt_registered:
        return (receipt_kind_t)event->receipt_registered.kind;
    case EVENT_receipt_missing:
        return (receipt_kind_t)event->receipt_missing.kind;
    case EVENT_receipt_resolved:
        return (receipt_kind_t)event->receipt_resolved.kind;
    default:
        return 0;
    }
}

static uint64_t invoice_of(const event_t *event)
{
    switch (event->type) {
    case EVENT_lot_held:
        return event->lot_held.invoice;
    case EVENT_lot_ended:
        return event->lot_ended.invoice;
    case EVENT_receipt_due:
        return event->receipt_due.invoice;
    case EVENT_receipt_heard:
        return event->receipt_heard.invoice;
    case EVENT_receipt_registered:
        return event->receipt_registered.invoice;
    case EVENT_receipt_missing:
        return event->receipt_missing.invoice;
    case EVENT_receipt_handed:
        return event->receipt_handed.invoice;
    default:
        return event->receipt_resolved.invoice;
    }
}

static void hold_lot(payment_receipts_t *self, uint32_t row, const event_lot_held_t *e,
                     uint64_t posting)
{
    receipted_t *receipted = receipted_at(self, row);
    if (e->held != receipted->held)
        *(e->held ? &receipted->held_at : &receipted->free_at) = posting;
    if (e->gone != receipted->gone) {
        uid_t16 key = table_key(posting, 0);
        uint32_t number = table_find(&self->gone, &key);
        bool fresh = number == TABLE_NONE;
        number = fresh ? table_insert(&self->gone, &key) : number;
        receipted_gone_t *gone = table_row(&self->gone, number);
        gone->amount = e->gone - receipted->gone;
        gone->row = row;
        if (fresh) {
            gone->previous = receipted->went;
            receipted->went = number + 1;
        }
    }
    receipted->held = e->held;
    receipted->empty = e->empty;
    receipted->gone = e->gone;
}

static void reseed_lot(receipted_t *receipted, uint64_t sequence)
{
    if (receipted->lot > sequence)
        receipted->lot = UINT64_MAX; // until it is placed again
    if (receipted->held_at <= sequence && receipted->free_at <= sequence)
        return;
    receipted->doubted = true;
    receipted->held = receipted->held_at <= sequence;
    receipted->held_at = receipted->held ? receipted->held_at : 0;
    receipted->free_at = 0;
    receipted->empty = false;
}

void payment_receipts_reseed(payment_receipts_t *self, uint64_t sequence)
{
    for (uint32_t i = 0; i < self->gone.count; i++) {
        if (!table_holds(&self->gone, i))
            continue;
        receipted_gone_t *gone = table_row(&self->gone, i);
        uint64_t posting;
        memcpy(&posting, gone->key.bytes, sizeof posting);
        if (posting <= sequence || receipted_at(self, gone->row)->ended)
            continue;
        receipted_at(self, gone->row)->gone -= gone->amount;
        gone->amount = 0;
    }
    for (uint32_t n = self->order.first; n; n = receipted_at(self, n - 1)->order.after)
        if (!receipted_at(self, n - 1)->ended)
            reseed_lot(receipted_at(self, n - 1), sequence);
}

static void apply_to_lot(payment_receipts_t *self, uint32_t row, const event_t *event,
                         receipted_lots_t *lots)
{
    receipted_t *receipted = receipted_at(self, row);
    switch (event->type) {
    case EVENT_lot_held:
        hold_lot(self, row, &event->lot_held, event->cause.sequence);
        break;
    case EVENT_lot_ended:
        receipted->used = event->lot_ended.used;
        end_lot(self, row, lots);
        break;
    case EVENT_receipt_handed:
        receipted->used = event->receipt_handed.used;
        end_lot(self, row, lots);
        break;
    default:
        break;
    }
}

uint32_t payment_receipts_row(const payment_receipts_t *self, const event_t *event)
{
    switch (event->type) {
    case EVENT_lot_held:
    case EVENT_lot_ended:
    case EVENT_receipt_due:
    case EVENT_receipt_heard:
    case EVENT_receipt_registered:
    case EVENT_receipt_missing:
    case EVENT_receipt_handed:
    case EVENT_receipt_resolved:
        return payment_receipts_find(self, invoice_of(event));
    default:
        return TABLE_NONE;
    }
}

void payment_receipts_apply(payment_receipts_t *self, uint32_t row, const event_t *event,
                            receipted_lots_t *lots)
{
    receipt_kind_t kind = kind_of(event);
    apply_to_lot(self, row, event, lots);
    if (kind != RECEIPT_FIRST && kind != RECEIPT_SECOND)
        return;
    uint32_t slot = receipt_slot(row, kind);
    count(self, receipt_at(self, slot), -1);
    enter(self, slot, event);
    count(self, receipt_at(self, slot), 1);
    if (event->type != EVENT_receipt_heard)
        plan(self, slot);
}

bool payment_receipts_may_forget(const payment_receipts_t *self, uint32_t row, bool followed)
{
    const receipted_t *receipted = receipted_at(self, row);
    bool over = receipted->ended;
    for (unsigned i = 0; i < 2; i++) {
        const receipt_t *receipt = &receipted->receipts[i];
        bool waits = followed && (is_waiting(receipt) || receipt->missing);
        over = over && (receipt->settled || (!receipt->people && !waits));
    }
    return over;
}

void payment_receipts_forget(payment_receipts_t *self, uint32_t row)
{
    receipted_t *receipted = receipted_at(self, row);
    for (uint32_t n = receipted->went, before; n; n = before) {
        before = ((receipted_gone_t *)table_row(&self->gone, n - 1))->previous;
        table_remove(&self->gone, n - 1);
    }
    for (receipt_kind_t kind = RECEIPT_FIRST; kind <= RECEIPT_SECOND; kind++) {
        uint32_t slot = receipt_slot(row, kind);
        count(self, receipt_at(self, slot), -1);
        payment_agenda_remove(&self->tries, slot);
        payment_agenda_remove(&self->judgements, slot);
    }
    chain_remove(&self->order, in_order(self), row + 1);
    table_remove(&self->rows, row);
}

void payment_receipts_set_regime(payment_receipts_t *self, const event_t *event)
{
    const event_receipts_regime_set_t *e = &event->receipts_regime_set;
    if (self->regimes_count == PAYMENT_REGIMES_MAX)
        return; // none is decided beyond that
    self->said[self->regimes_count] = event->at;
    self->regimes[self->regimes_count++] =
        (payment_fiscal_regime_t){.from = payment_receipts_day(e->from),
                                  .sno = (robokassa_sno_t)e->system,
                                  .vat = (payment_fiscal_vat_t)e->vat_regime};
}
