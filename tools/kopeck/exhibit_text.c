#include "tools/kopeck/exhibit_text.h"
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/posting.h"
#include "proto/service.h"
#include <inttypes.h>
#include <stdarg.h>

enum { MONEY_SIZE = 32 };

typedef struct {
    const exhibit_t *of;
    FILE *out;
    bool more;
} text_writer_t;

static const char *money(kopecks_t amount, char out[MONEY_SIZE])
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    snprintf(out, MONEY_SIZE, "%s%" PRIu64 ".%02" PRIu64, amount < 0 ? "-" : "", size / 100,
             size % 100);
    return out;
}

#define MONEY(amount) money(amount, (char[MONEY_SIZE]){0})

static const char *word_of(codes_family_t family, uint64_t number)
{
    const char *text = codes_text(family, number);
    return text ? text : "a code that is not known here";
}

__attribute__((format(printf, 3, 4))) static void say(text_writer_t *self, instant_t at,
                                                      const char *format, ...)
{
    char when[TIME_TEXT_SIZE] = "";
    va_list list;
    if (at)
        time_format(at, when);
    fprintf(self->out, "%s\n\"%s%s", self->more ? "," : "", when, at ? " " : "");
    va_start(list, format);
    vfprintf(self->out, format, list);
    va_end(list);
    fputs("\"", self->out);
    self->more = true;
}

static void say_consent(text_writer_t *self, const event_t *event)
{
    const event_payment_created_t *e = &event->payment_created;
    static const hash_t none;
    char words[2 * sizeof e->consent.bytes + 1] = "";
    for (size_t i = 0; i < sizeof e->consent.bytes; i++)
        snprintf(words + 2 * i, 3, "%02x", e->consent.bytes[i]);
    bool kept = memcmp(&e->consent, &none, sizeof none) != 0;
    say(self, event->at,
        "the customer began top-up %" PRIu64 " of %s and ticked autopay: %s each, at most %" PRIu64
        " and %s in a month of Moscow; %s%s",
        e->invoice, MONEY(e->amount), MONEY(e->amount), e->count_max, MONEY(e->sum_max),
        kept ? "SHA-256 of the words that he agreed to: " : "no hash of the words was given",
        kept ? words : "");
}

static void say_created(text_writer_t *self, const event_t *event)
{
    const event_payment_created_t *e = &event->payment_created;
    if (e->kind == PAYMENT_KIND_AUTOPAY)
        say(self, event->at,
            "an autopay payment of %s was made, under the consent to payment %" PRIu64,
            MONEY(e->amount), e->parent);
    else if (e->count_max)
        say_consent(self, event);
    else
        say(self, event->at, "the customer began top-up %" PRIu64 " of %s", e->invoice,
            MONEY(e->amount));
}

static void say_payment(text_writer_t *self, const event_t *event)
{
    const event_payment_succeeded_t *paid = &event->payment_succeeded;
    const event_refund_done_t *refund = &event->refund_done;
    switch (event->type) {
    case EVENT_payment_created:
        say_created(self, event);
        break;
    case EVENT_payment_sent:
        say(self, event->at, "the request left for Robokassa");
        break;
    case EVENT_payment_succeeded:
        say(self, event->at, "%s came for payment %" PRIu64 "; proved by: %s", MONEY(paid->amount),
            paid->invoice, word_of(CODES_evidence, paid->evidence));
        break;
    case EVENT_payment_unwanted:
        say(self, event->at, "which the customer did not allow: %s",
            word_of(CODES_unwanted, event->payment_unwanted.why));
        break;
    case EVENT_mandate_consented:
        say(self, event->at, "with it his consent holds");
        break;
    case EVENT_mandate_changed:
        say(self, event->at, "the customer lowered it: at most %" PRIu64 " and %s in a month",
            event->mandate_changed.count_max, MONEY(event->mandate_changed.sum_max));
        break;
    case EVENT_mandate_revoked:
        say(self, event->at, "the consent was revoked: %s",
            word_of(CODES_revoke_reason, event->mandate_revoked.why));
        break;
    case EVENT_refund_requested:
        say(self, event->at, "refund %" PRIu64 " of %s was asked for",
            event->refund_requested.refund, MONEY(event->refund_requested.amount));
        break;
    case EVENT_refund_done:
        say(self, event->at, "refund %" PRIu64 ": %s went back", refund->refund,
            MONEY(refund->amount));
        break;
    case EVENT_refund_ended:
        say(self, event->at, "refund %" PRIu64 ": nothing went back: %s",
            event->refund_ended.refund, word_of(CODES_refund_end, event->refund_ended.why));
        break;
    default:
        break;
    }
}

static void say_decision(text_writer_t *self, const event_t *event)
{
    const event_autopay_payment_requested_t *e = &event->autopay_payment_requested;
    if (event->type == EVENT_autopay_payment_requested)
        say(self, event->at,
            "autopay decided: balance %s below %s; payment %" PRIu64 " of %" PRIu64
            ", and %s of %s with it, in the month",
            MONEY(e->balance), MONEY(e->threshold), e->count + 1, e->count_max,
            MONEY(e->sum + e->amount), MONEY(e->sum_max));
}

static void say_posting(text_writer_t *self, const exhibit_event_t *kept, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    if (e->kind == POSTING_CHARGE)
        return; // its line is told of
    if (kept->sequence == self->of->lot)
        say(self, event->at, "it was credited: %s", MONEY(e->amount));
    else
        say(self, event->at, "%s %s the account: %s", word_of(CODES_posting_kind, e->kind),
            e->debit >= SYSTEM_END ? "from" : "to", MONEY(e->amount));
}

static void say_line(text_writer_t *self, const exhibit_event_t *kept, const event_t *event)
{
    const event_usage_charged_t *e = &event->usage_charged;
    char resource[UID_TEXT_SIZE], hour[TIME_TEXT_SIZE];
    uid_format(&e->resource, resource);
    time_format(e->hour, hour);
    say(self, 0,
        "used: the hour of %s, resource %s, %" PRIu64 " minutes at %s for 720 hours: %s, of which "
        "this payment paid %s",
        hour, resource, e->minutes, MONEY(e->price), MONEY(e->amount), MONEY(kept->taken));
}

static void say_event(text_writer_t *self, const exhibit_event_t *kept)
{
    event_t event;
    if (event_decode(kept->bytes, kept->size, &event) != FAIL_NONE)
        return;
    if (kept->stream == STREAM_PAYMENT)
        say_payment(self, &event);
    else if (kept->stream == STREAM_AUTOPAY)
        say_decision(self, &event);
    else if (kept->stream == STREAM_LEDGER)
        say_posting(self, kept, &event);
    else
        say_line(self, kept, &event);
}

static void say_journals(text_writer_t *self)
{
    static const stream_t needed[] = {STREAM_PAYMENT, STREAM_AUTOPAY, STREAM_LEDGER,
                                      STREAM_METERING};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!self->of->journals[needed[i]].read)
            say(self, 0, "the journal of %s was not read: what it holds of this is not here",
                service_stream_name(needed[i]));
    say(self, 0,
        "each event is here as it stands in its journal (bytes), and its leaf is SHA-256(0x00 || "
        "bytes); kopeck verify --since JOURNAL:EPOCH:LAST:ROOT shows that a journal still is under "
        "the root that is named here");
}

void exhibit_text(const exhibit_t *self, FILE *out)
{
    text_writer_t writer = {.of = self, .out = out};
    char account[UID_TEXT_SIZE];
    uid_format(&self->account, account);
    say(&writer, 0, "payment %" PRIu64 " of %s, account %s; in rubles, UTC", self->invoice,
        MONEY(self->amount), account);
    for (size_t i = 0; i < self->count; i++)
        say_event(&writer, &self->events[i]);
    say(&writer, 0, "of %s that came %s paid for usage, in hours of %" PRIu64 " minutes in all",
        MONEY(self->came), MONEY(self->used), self->minutes);
    if (self->repaid)
        say(&writer, 0,
            "and %s repaid what was owed when it came: usage of before, in kopeck statement",
            MONEY(self->repaid));
    say_journals(&writer);
}
