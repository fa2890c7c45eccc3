#include "tools/kopeck/exhibit.h"
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/money.h"
#include "proto/posting.h"
#include "proto/service.h"
#include "store/tree.h"
#include "tools/kopeck/exhibit_text.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { EXHIBIT_FIRST = 64, LOTS_MAX = 64 };

typedef void take_fn(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes);

typedef struct {
    uid_t16 key; // made of the sequence, or of the refund's number
    kopecks_t taken;
} row_t;

// --- rows ---

static void note(table_t *table, uint64_t number, kopecks_t taken)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(table, &key);
    row = row == TABLE_NONE ? table_insert(table, &key) : row;
    ((row_t *)table_row(table, row))->taken += taken;
}

static const row_t *noted(const table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(table, &key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static exhibit_event_t *keep(exhibit_t *self, stream_t stream, uint64_t sequence, bytes_t bytes)
{
    if (self->count == self->cap) {
        self->cap = self->cap ? self->cap * 2 : EXHIBIT_FIRST;
        self->events = realloc(self->events, self->cap * sizeof *self->events);
        assert(self->events);
    }
    exhibit_event_t *kept = &self->events[self->count++];
    *kept = (exhibit_event_t){.stream = stream, .sequence = sequence, .size = bytes.size};
    kept->bytes = malloc(bytes.size);
    assert(kept->bytes);
    memcpy(kept->bytes, bytes.data, bytes.size);
    tree_leaf(bytes.data, bytes.size, &kept->leaf);
    return kept;
}

// --- payment ---

// What the payment is, before anything else is known to belong to it.
static void find_payment(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes)
{
    (void)bytes;
    const event_payment_created_t *created = &event->payment_created;
    const event_payment_succeeded_t *succeeded = &event->payment_succeeded;
    if (event->type == EVENT_payment_created && created->invoice == self->invoice) {
        self->account = created->account;
        self->mandate = created->mandate;
        self->parent = created->parent;
        self->request = created->request;
        self->amount = created->amount;
    } else if (event->type == EVENT_payment_succeeded && succeeded->invoice == self->invoice) {
        self->credit = sequence;
        self->came = succeeded->amount;
    }
}

// Each of these begins with its invoice, its refund or its mandate.
static bool is_of_payment(exhibit_t *self, const event_t *event)
{
    uint64_t invoice = event->payment_sent.invoice;
    bool consent = self->parent && invoice == self->parent;
    switch (event->type) {
    case EVENT_payment_created:
    case EVENT_payment_succeeded:
        return consent || invoice == self->invoice;
    case EVENT_payment_sent:
    case EVENT_payment_accepted:
    case EVENT_payment_unknown:
    case EVENT_payment_declined:
    case EVENT_payment_checked:
    case EVENT_payment_mismatch:
    case EVENT_payment_expired:
    case EVENT_payment_unwanted:
        return invoice == self->invoice;
    case EVENT_mandate_consented:
    case EVENT_mandate_changed:
    case EVENT_mandate_revoked:
        return !uid_is_zero(&self->mandate) &&
               uid_equal(&event->mandate_revoked.mandate, &self->mandate);
    case EVENT_refund_requested:
        if (event->refund_requested.invoice == self->invoice)
            note(&self->refunds, event->refund_requested.refund, 0);
        return event->refund_requested.invoice == self->invoice;
    case EVENT_refund_done:
    case EVENT_refund_ended:
    case EVENT_refund_left:
    case EVENT_refund_sent:
    case EVENT_refund_unknown:
    case EVENT_refund_disputed:
        return noted(&self->refunds, event->refund_done.refund);
    default:
        return false;
    }
}

static void take_payment(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes)
{
    if (is_of_payment(self, event))
        (void)keep(self, STREAM_PAYMENT, sequence, bytes);
}

// --- autopay ---

static void take_autopay(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes)
{
    bool decision = event->type == EVENT_autopay_payment_requested && sequence == self->request;
    bool settled =
        event->type == EVENT_autopay_settled && event->autopay_settled.request == self->request;
    if (self->request && (decision || settled))
        (void)keep(self, STREAM_AUTOPAY, sequence, bytes);
}

// --- the ledger ---

// How much of the payment's lot a posting took.
static kopecks_t taken_of(const exhibit_t *self, const event_posted_t *posted)
{
    wire_t wire;
    kopecks_t sum = 0;
    if (!self->lot || posted->debit < SYSTEM_END)
        return 0;
    if (!posted->lots.size)
        return posted->lot == self->lot ? posted->amount : 0;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    for (uint32_t left = wire_array(&wire, LOTS_MAX); left; left--) {
        uint64_t lot = 0;
        int64_t amount = 0;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &amount);
        sum += lot == self->lot && !wire.fail ? amount : 0;
    }
    return sum;
}

static void take_usage(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes,
                       kopecks_t taken)
{
    keep(self, STREAM_LEDGER, sequence, bytes)->taken = taken;
    self->used += taken;
    if (event->cause.stream == STREAM_METERING)
        note(&self->lines, event->cause.sequence, taken);
}

static void take_credit(exhibit_t *self, uint64_t sequence, const event_posted_t *posted)
{
    kopecks_t owed;
    self->lot = sequence;
    if (money_subtract(posted->amount, posted->cash, &owed) && owed > 0)
        self->repaid = owed < posted->amount ? owed : posted->amount;
}

static void take_ledger(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes)
{
    const event_posted_t *posted = &event->posted;
    if (event->type != EVENT_posted)
        return;
    bool ours = posting_payment_number(&posted->reference) == self->invoice;
    bool credit =
        ours && posted->credit >= SYSTEM_END && !self->lot && event->cause.stream == STREAM_PAYMENT;
    kopecks_t taken = taken_of(self, posted);
    if (credit)
        take_credit(self, sequence, posted);
    if (posted->kind == POSTING_CHARGE && taken)
        take_usage(self, sequence, event, bytes, taken);
    else if (ours ||
             (posted->kind == POSTING_CHARGEBACK && uid_equal(&posted->account, &self->account)))
        keep(self, STREAM_LEDGER, sequence, bytes)->taken = taken;
}

// --- metering ---

static void take_metering(exhibit_t *self, uint64_t sequence, const event_t *event, bytes_t bytes)
{
    const row_t *line = noted(&self->lines, sequence);
    if (!line || event->type != EVENT_usage_charged)
        return;
    keep(self, STREAM_METERING, sequence, bytes)->taken = line->taken;
    self->minutes += event->usage_charged.minutes;
}

// --- the journals ---

static int read_journal(exhibit_t *self, stream_t stream, take_fn *take, exhibit_open_fn *open,
                        void *arg)
{
    int status = EX_OK;
    uint64_t sequence;
    bytes_t bytes;
    verify_source_t *source = open(arg, stream, &status);
    if (!source)
        return status;
    while (verify_source_next(source, &sequence, &bytes)) {
        event_t event;
        if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE)
            take(self, sequence, &event, bytes);
    }
    status = verify_source_status(source);
    self->journals[stream] = (exhibit_journal_t){.read = true,
                                                 .epoch = verify_source_epoch(source),
                                                 .last = verify_source_last(source),
                                                 .root = *verify_source_root(source)};
    verify_source_destroy(&source);
    return status;
}

int exhibit_collect(exhibit_t *self, uint64_t invoice, exhibit_open_fn *open, void *arg)
{
    static const struct {
        stream_t stream;
        take_fn *take;
    } order[] = {{STREAM_PAYMENT, find_payment},
                 {STREAM_PAYMENT, take_payment},
                 {STREAM_AUTOPAY, take_autopay},
                 {STREAM_LEDGER, take_ledger},
                 {STREAM_METERING, take_metering}};
    *self = (exhibit_t){.invoice = invoice};
    table_init(&self->lines, sizeof(row_t));
    table_init(&self->refunds, sizeof(row_t));
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        int status = read_journal(self, order[i].stream, order[i].take, open, arg);
        if (status != EX_OK)
            return status;
        if (i == 0 && !self->amount) {
            fprintf(stderr, "kopeck: payment's journal has no payment %" PRIu64 "\n", invoice);
            return EX_NOINPUT;
        }
    }
    return EX_OK;
}

void exhibit_release(exhibit_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->events[i].bytes);
    free(self->events);
    table_release(&self->lines);
    table_release(&self->refunds);
    *self = (exhibit_t){0};
}

// --- the file ---

static void write_hash(const hash_t *hash, FILE *out)
{
    for (size_t i = 0; i < sizeof hash->bytes; i++)
        fprintf(out, "%02x", hash->bytes[i]);
}

static void write_journals(const exhibit_t *self, FILE *out)
{
    const char *comma = "";
    fputs("\"journals\":[", out);
    for (stream_t stream = 0; stream < OPTIONS_STREAMS; stream++) {
        const exhibit_journal_t *journal = &self->journals[stream];
        if (!journal->read)
            continue;
        fprintf(out,
                "%s\n{\"journal\":\"%s\",\"epoch\":%" PRIu64 ",\"last\":%" PRIu64 ",\"root\":\"",
                comma, service_stream_name(stream), journal->epoch, journal->last);
        write_hash(&journal->root, out);
        fputs("\"}", out);
        comma = ",";
    }
    fputs("]", out);
}

static void write_events(const exhibit_t *self, FILE *out)
{
    fputs("\"events\":[", out);
    for (size_t i = 0; i < self->count; i++) {
        const exhibit_event_t *kept = &self->events[i];
        event_t event;
        fprintf(out, "%s\n{\"journal\":\"%s\",\"leaf\":\"", i ? "," : "",
                service_stream_name(kept->stream));
        write_hash(&kept->leaf, out);
        fputs("\",\"bytes\":\"", out);
        for (size_t n = 0; n < kept->size; n++)
            fprintf(out, "%02x", kept->bytes[n]);
        fprintf(out, "\",\"taken\":%" PRId64 ",\"event\":", kept->taken);
        if (event_decode(kept->bytes, kept->size, &event) == FAIL_NONE)
            event_json(&event, kept->sequence, out);
        fputs("}", out);
    }
    fputs("]", out);
}

void exhibit_write(const exhibit_t *self, FILE *out)
{
    char account[UID_TEXT_SIZE];
    uid_format(&self->account, account);
    fprintf(
        out,
        "{\"payment\":\"%" PRIu64 "\",\"account\":\"%s\",\"amount\":%" PRId64 ",\"came\":%" PRId64
        ",\"used\":%" PRId64 ",\"repaid\":%" PRId64 ",\"minutes\":%" PRIu64 ",\n\"text\":[",
        self->invoice, account, self->amount, self->came, self->used, self->repaid, self->minutes);
    exhibit_text(self, out);
    fputs("],\n", out);
    write_journals(self, out);
    fputs(",\n", out);
    write_events(self, out);
    fputs("}\n", out);
}
