#include "tools/kopeck/verify_cause.h"

void verify_cause_init(verify_cause_t *self, verify_report_t *report, bool metering, bool payment)
{
    *self = (verify_cause_t){.report = report};
    self->joined[STREAM_METERING] = metering;
    self->joined[STREAM_PAYMENT] = payment;
}

static bool money_of(const event_t *event, verify_due_t *ret_due)
{
    verify_due_t due = {.kind = POSTING_CHARGE};
    switch (event->type) {
    case EVENT_usage_charged:
        due.account = event->usage_charged.account;
        due.amount = event->usage_charged.amount;
        break;
    case EVENT_meter_closed:
        due.account = event->meter_closed.account;
        due.amount = event->meter_closed.amount;
        break;
    case EVENT_payment_succeeded:
        due.account = event->payment_succeeded.account;
        due.amount = event->payment_succeeded.amount;
        due.kind = event->payment_succeeded.kind == 2 ? POSTING_AUTOPAY : POSTING_TOPUP;
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
    if (!money_of(event, &next))
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

static void check_account(verify_cause_t *self, uint64_t sequence, const event_posted_t *posted,
                          const verify_due_t *due)
{
    bool suspense = posted->debit == SYSTEM_SUSPENSE || posted->credit == SYSTEM_SUSPENSE;
    verify_same(self->report, "cause: posted to its account, or to suspense in its name",
                STREAM_LEDGER, sequence, &due->account,
                suspense ? &posted->reference : &posted->account);
}

void verify_cause_feed(verify_cause_t *self, uint64_t sequence, const event_t *event)
{
    stream_t stream = event->cause.stream;
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream <= STREAM_AUTOPAY) {
        self->seen[event->node_reseeded.stream] = event->node_reseeded.sequence;
        return;
    }
    if (event->type != EVENT_posted)
        return;
    const event_posted_t *posted = &event->posted;
    if (stream != STREAM_METERING && stream != STREAM_PAYMENT) {
        verify_that(self->report, "cause: charges and payments come from their streams",
                    STREAM_LEDGER, sequence, !comes_from_a_stream(posted),
                    "a posting caused by metering or payment", (int64_t)posted->kind);
        return;
    }
    verify_due_t *due = &self->due[stream];
    verify_that(self->report, "cause: causes follow each other", STREAM_LEDGER, sequence,
                event->cause.sequence >= self->seen[stream], "a cause not before the last one",
                (int64_t)event->cause.sequence);
    if (event->cause.sequence > self->seen[stream])
        self->seen[stream] = event->cause.sequence;
    if (!self->joined[stream])
        return;
    if (!verify_equal(self->report, "cause: exists and moves money", STREAM_LEDGER, sequence,
                      (int64_t)due->sequence, (int64_t)event->cause.sequence))
        return;
    due->posted = (kopecks_t)((uint64_t)due->posted + (uint64_t)posted->amount);
    verify_equal(self->report, "cause: posted as its kind", STREAM_LEDGER, sequence,
                 (int64_t)due->kind, (int64_t)posted->kind);
    check_account(self, sequence, posted, due);
}

uint64_t verify_cause_finish(verify_cause_t *self, bool settled)
{
    uint64_t waiting = 0;
    for (stream_t stream = STREAM_METERING; stream <= STREAM_PAYMENT; stream += 2) {
        close_due(self, stream);
        waiting += self->waiting[stream];
        if (settled)
            verify_equal(self->report, "cause: nothing waits to be posted", stream,
                         self->seen[stream], 0, (int64_t)self->waiting[stream]);
    }
    return waiting;
}
