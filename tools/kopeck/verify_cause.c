#include "tools/kopeck/verify_cause.h"

void verify_cause_init(verify_cause_t *self, verify_report_t *report, bool metering, bool payment)
{
    *self = (verify_cause_t){.report = report};
    self->joined[STREAM_METERING] = metering;
    self->joined[STREAM_PAYMENT] = payment;
    table_init(&self->importers, sizeof(uid_t16));
}

void verify_cause_release(verify_cause_t *self)
{
    table_release(&self->importers);
}

bool verify_cause_money(const event_t *event, verify_due_t *ret_due)
{
    verify_due_t due = {.kind = POSTING_CHARGE};
    switch (event->type) {
    case EVENT_usage_charged:
        due.account = event->usage_charged.account;
        due.amount = event->usage_charged.amount;
        due.category = posting_category(event->usage_charged.kind);
        due.hour = (instant_t)((uint64_t)event->usage_charged.hour + (uint64_t)HOUR_US);
        break;
    case EVENT_usage_credited:
        due.account = event->usage_credited.account;
        due.amount = event->usage_credited.amount;
        due.kind = POSTING_CREDIT;
        break;
    case EVENT_meter_closed:
        due.account = event->meter_closed.account;
        due.amount = event->meter_closed.amount;
        break;
    case EVENT_payment_succeeded:
        due.account = event->payment_succeeded.account;
        due.amount = event->payment_succeeded.amount;
        due.kind = posting_kind_of(event->payment_succeeded.kind);
        due.invoice = event->payment_succeeded.invoice;
        break;
    case EVENT_promo_redeemed:
        due.account = event->promo_redeemed.account;
        due.amount = event->promo_redeemed.amount;
        due.until = event->promo_redeemed.until;
        due.begins = event->promo_redeemed.begins;
        due.category = event->promo_redeemed.category;
        due.kind = POSTING_BONUS;
        break;
    case EVENT_promo_given:
        due.account = event->promo_given.account;
        due.amount = event->promo_given.amount;
        due.until = event->promo_given.until;
        due.begins = event->promo_given.begins;
        due.category = event->promo_given.category;
        due.kind = POSTING_BONUS;
        break;
    case EVENT_promo_welcomed:
        due.account = event->promo_welcomed.account;
        due.amount = event->promo_welcomed.amount;
        due.until = event->promo_welcomed.until;
        due.begins = event->promo_welcomed.begins;
        due.category = event->promo_welcomed.category;
        due.kind = POSTING_BONUS;
        break;
    default:
        return false;
    }
    *ret_due = due;
    return due.amount != 0;
}

// The money event before this one must have been posted in full.
static void close_due(verify_cause_t *self, stream_t stream)
{
    verify_due_t *due = &self->due[stream];
    if (due->sequence)
        verify_equal(self->report, "cause: posted in full, exactly once", stream, due->sequence,
                     due->amount, due->posted);
    due->sequence = 0;
}

void verify_cause_origin(verify_cause_t *self, stream_t stream, uint64_t sequence,
                         const event_t *event, bool settled)
{
    verify_due_t next;
    if (!verify_cause_money(event, &next))
        return;
    close_due(self, stream);
    if (settled && sequence > self->seen[stream]) {
        self->waiting[stream]++;
        return;
    }
    next.sequence = sequence;
    self->due[stream] = next;
}

// Kinds that come from streams alone; suspense keeps what could not be placed, and gives it back.
static bool comes_from_a_stream(const event_posted_t *posted)
{
    bool kind = posted->kind == POSTING_CHARGE || posted->kind == POSTING_TOPUP ||
                posted->kind == POSTING_AUTOPAY;
    return kind && posted->debit != SYSTEM_SUSPENSE && posted->credit != SYSTEM_SUSPENSE;
}

// --- importers: they alone post for streams, and whoever sent it stands behind a command and
// before items ---

static void note_pusher(verify_cause_t *self, const event_feed_sent_by_t *told)
{
    uid_t16 key = table_key(told->producer, 1);
    uint32_t row = table_find(&self->importers, &key);
    if (told->imported && row == TABLE_NONE)
        table_insert(&self->importers, &key);
    else if (!told->imported && row != TABLE_NONE)
        table_remove(&self->importers, row);
}

static void check_importer(verify_cause_t *self, uint64_t sequence, bool imported, uint64_t kind)
{
    verify_that(self->report, "cause: charges and payments come from their streams", STREAM_LEDGER,
                sequence, imported, "a posting caused by metering or payment, or an importer's",
                (int64_t)kind);
}

static void end_alone(verify_cause_t *self, const event_t *event)
{
    if (!self->alone || (event && memcmp(&event->cause, &self->alone_cause, sizeof(cause_t)) == 0 &&
                         event->type != EVENT_command_sent_by))
        return;
    bool imported = event && event->type == EVENT_command_sent_by &&
                    memcmp(&event->cause, &self->alone_cause, sizeof(cause_t)) == 0 &&
                    event->command_sent_by.imported;
    check_importer(self, self->alone, imported, self->alone_kind);
    self->alone = 0;
}

static void check_streamless(verify_cause_t *self, uint64_t sequence, const event_t *event)
{
    uid_t16 key = table_key(event->cause.stream, 1);
    bool of_stream = comes_from_a_stream(&event->posted);
    if (of_stream && event->cause.stream == STREAM_NONE) {
        self->alone = sequence;
        self->alone_kind = event->posted.kind;
        self->alone_cause = event->cause;
    } else
        check_importer(self, sequence,
                       !of_stream || table_find(&self->importers, &key) != TABLE_NONE,
                       event->posted.kind);
}

static void check_account(verify_cause_t *self, uint64_t sequence, const event_posted_t *posted,
                          const verify_due_t *due)
{
    bool suspense = posted->debit == SYSTEM_SUSPENSE || posted->credit == SYSTEM_SUSPENSE;
    verify_same(self->report, "cause: posted to its account, or to suspense in its name",
                STREAM_LEDGER, sequence, &due->account,
                suspense ? &posted->reference : &posted->account);
}

static void check_number(verify_cause_t *self, uint64_t sequence, uint64_t invoice, uint64_t number)
{
    self->numbered = self->numbered || number;
    if (self->numbered)
        verify_equal(self->report, "cause: a credit bears its payment's number", STREAM_LEDGER,
                     sequence, (int64_t)invoice, (int64_t)number);
}

static void check_suspended(verify_cause_t *self, uint64_t sequence, const event_t *event)
{
    const verify_due_t *due = &self->due[STREAM_PAYMENT];
    if (!self->joined[STREAM_PAYMENT] || due->sequence != event->cause.sequence)
        return; // its posting was found wanting already
    check_number(self, sequence, due->invoice, event->payment_suspended.invoice);
}

// What decides which bonuses pay is what metering and payment said.
static void check_times(verify_cause_t *self, uint64_t sequence, const event_t *event)
{
    stream_t stream = event->cause.stream;
    if (event->type == EVENT_charge_parted && stream == STREAM_METERING && self->joined[stream])
        verify_equal(self->report, "cause: a charge is parted by its own hour", STREAM_LEDGER,
                     sequence, self->due[stream].hour, event->charge_parted.hour);
    if (event->type == EVENT_charge_parted && stream == STREAM_METERING && self->joined[stream] &&
        event->charge_parted.category)
        verify_equal(self->report, "cause: a charge is parted by its own service", STREAM_LEDGER,
                     sequence, (int64_t)self->due[stream].category,
                     (int64_t)event->charge_parted.category);
    if (event->type == EVENT_bonus_given && stream == STREAM_PAYMENT && self->joined[stream])
        verify_equal(self->report, "cause: a bonus ends when payment says", STREAM_LEDGER, sequence,
                     self->due[stream].until, event->bonus_given.until);
    if (event->type == EVENT_bonus_given && stream == STREAM_PAYMENT && self->joined[stream]) {
        verify_equal(self->report, "cause: a bonus begins when payment says", STREAM_LEDGER,
                     sequence, self->due[stream].begins, event->bonus_given.begins);
        verify_equal(self->report, "cause: a bonus is for the service that payment says",
                     STREAM_LEDGER, sequence, (int64_t)self->due[stream].category,
                     (int64_t)event->bonus_given.category);
    }
}

void verify_cause_feed(verify_cause_t *self, uint64_t sequence, const event_t *event)
{
    stream_t stream = event->cause.stream;
    end_alone(self, event);
    if (event->type == EVENT_feed_sent_by)
        note_pusher(self, &event->feed_sent_by);
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream < STREAM_END) {
        self->seen[event->node_reseeded.stream] = event->node_reseeded.sequence;
        return;
    }
    check_times(self, sequence, event);
    if (event->type == EVENT_payment_suspended)
        check_suspended(self, sequence, event);
    event_posted_t noted = {.amount = 0};
    const event_posted_t *posted = &event->posted;
    if (event->type == EVENT_credit_noted && !event->credit_noted.look) {
        // What it comes to, and where, is the ledger's own (verify_ledger).
        noted = (event_posted_t){.account = event->credit_noted.account,
                                 .amount = event->credit_noted.amount,
                                 .kind = POSTING_CREDIT};
        posted = &noted;
    } else if (event->type == EVENT_bonus_withheld) {
        // Whether it may be withheld is the ledger's own (verify_bonus).
        noted = (event_posted_t){.account = event->bonus_withheld.account,
                                 .amount = self->due[STREAM_PAYMENT].amount,
                                 .kind = POSTING_BONUS};
        posted = &noted;
    } else if (event->type != EVENT_posted)
        return;
    if (stream != STREAM_METERING && stream != STREAM_PAYMENT) {
        if (event->type == EVENT_posted)
            check_streamless(self, sequence, event);
        return;
    }
    verify_due_t *due = &self->due[stream];
    verify_that(self->report, "cause: causes follow each other", STREAM_LEDGER, sequence,
                event->cause.sequence >= self->seen[stream], "a cause not before the last one",
                (int64_t)event->cause.sequence);
    if (event->cause.sequence > self->seen[stream])
        self->seen[stream] = event->cause.sequence;
    bool refund = posted->kind == POSTING_REFUND || posted->kind == POSTING_RELEASE;
    bool apart = posted->kind == POSTING_APART; // verify_ending has whose
    if (posted->kind == POSTING_BEGUN || !self->joined[stream] ||
        (stream == STREAM_PAYMENT && refund)) // verify_refunds has those
        return;
    if (!verify_equal(self->report, "cause: exists and moves money", STREAM_LEDGER, sequence,
                      (int64_t)due->sequence, (int64_t)event->cause.sequence))
        return;
    due->posted = (kopecks_t)((uint64_t)due->posted + (uint64_t)posted->amount);
    verify_equal(self->report, "cause: posted as its kind", STREAM_LEDGER, sequence,
                 (int64_t)due->kind, apart ? POSTING_BONUS : (int64_t)posted->kind);
    if (apart)
        return;
    check_account(self, sequence, posted, due);
    if (stream == STREAM_PAYMENT && posted->credit != SYSTEM_SUSPENSE &&
        posted->kind != POSTING_BONUS)
        check_number(self, sequence, due->invoice, posting_payment_number(&posted->reference));
}

uint64_t verify_cause_finish(verify_cause_t *self, bool settled)
{
    uint64_t waiting = 0;
    end_alone(self, NULL);
    for (stream_t stream = STREAM_METERING; stream <= STREAM_PAYMENT; stream += 2) {
        close_due(self, stream);
        waiting += self->waiting[stream];
        if (settled)
            verify_equal(self->report, "cause: nothing waits to be posted", stream,
                         self->seen[stream], 0, (int64_t)self->waiting[stream]);
    }
    return waiting;
}
