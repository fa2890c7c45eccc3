// Server-sent events of the ledger, or of another process that decides, of all accounts or one. The
// journal is the buffer: who comes back with the last id that he read gets what followed it, and no
// event twice or never.
//
// A connection is not held. Each answer has what there is, ends, and says when to ask again; a
// browser's EventSource does that by itself (services/web/page_stream.h).
// Source: the HTML standard, "Server-sent events".
#include "services/api/api_call.h"
#include "proto/event.h"
#include "store/record.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PAGE_BYTES = 256 * 1024, ID_DIGITS_MAX = 41 };

// What of a stream is told, and how it is called. What proves something to somebody (a payment's
// token, the hash of a code) is in no answer.
typedef struct {
    event_type_t type;
    const char *name;
} told_t;

enum { TOLD_MAX = 16 };

static const struct {
    const char *name;
    web_door_id_t door, replay;
    told_t told[TOLD_MAX];
} streams[] = {
    {"ledger",
     WEB_DOOR_LEDGER,
     WEB_DOOR_LEDGER_REPLAY,
     {{EVENT_posted, "posted"},
      {EVENT_account_low, "low"},
      {EVENT_account_exhausted, "exhausted"},
      {EVENT_account_restored, "restored"}}},
    {"autopay",
     WEB_DOOR_AUTOPAY,
     WEB_DOOR_AUTOPAY_REPLAY,
     {{EVENT_autopay_announced, "autopay.announced"},
      {EVENT_autopay_payment_requested, "autopay.payment_requested"},
      {EVENT_autopay_settled, "autopay.settled"},
      {EVENT_autopay_suspended, "autopay.suspended"},
      {EVENT_autopay_resumed, "autopay.resumed"},
      {EVENT_autopay_held, "autopay.held"},
      {EVENT_autopay_card_gone, "autopay.card_gone"}}},
    {"metering",
     WEB_DOOR_METERING,
     WEB_DOOR_METERING_REPLAY,
     {{EVENT_usage_charged, "usage.charged"},
      {EVENT_usage_credited, "usage.credited"},
      {EVENT_tariff_defined, "tariff.defined"},
      {EVENT_tariff_withdrawn, "tariff.withdrawn"},
      {EVENT_tariff_announced, "tariff.announced"}}},
    {"payment",
     WEB_DOOR_PAYMENT,
     WEB_DOOR_PAYMENT_REPLAY,
     {{EVENT_payment_created, "payment.created"},
      {EVENT_payment_succeeded, "payment.succeeded"},
      {EVENT_payment_declined, "payment.declined"},
      {EVENT_payment_overdue, "payment.overdue"},
      {EVENT_payment_mismatch, "payment.mismatch"},
      {EVENT_payment_expired, "payment.expired"},
      {EVENT_mandate_consented, "mandate.consented"},
      {EVENT_mandate_changed, "mandate.changed"},
      {EVENT_mandate_revoked, "mandate.revoked"},
      {EVENT_refund_requested, "refund.requested"},
      {EVENT_refund_done, "refund.done"},
      {EVENT_refund_ended, "refund.ended"}}},
    {"notify",
     WEB_DOOR_NOTIFY,
     WEB_DOOR_NOTIFY_REPLAY,
     {{EVENT_ladder_moved, "ladder.moved"},
      {EVENT_contact_set, "contact.set"},
      {EVENT_contact_confirmed, "contact.confirmed"},
      {EVENT_contact_off, "contact.off"},
      {EVENT_contacts_erased, "contacts.erased"},
      {EVENT_contact_chosen, "contact.chosen"},
      {EVENT_notice_queued, "notice.queued"},
      {EVENT_notice_tried, "notice.tried"}}},
};

static const char *const kept[API_QUERY_MAX] = {"token", "proof"};

enum { STREAMS = sizeof streams / sizeof streams[0] };

typedef struct {
    size_t stream; // in the table
    uint64_t epoch, after;
    bool known; // where to go on from
    uid_t16 account;
    bool of_one;
    FILE *out;
    uint64_t last; // that the answer has come to
} events_t;

// "EPOCH.SEQUENCE".
static bool read_id(span_t text, events_t *own)
{
    const char *dot = memchr(text.bytes, '.', text.size);
    if (!dot)
        return false;
    size_t before = (size_t)(dot - text.bytes);
    span_t epoch = {text.bytes, before}, after = {dot + 1, text.size - before - 1};
    own->known = epoch.size && after.size && epoch.size < ID_DIGITS_MAX &&
                 visit_number(epoch, &own->epoch) && visit_number(after, &own->after) &&
                 own->after < INT64_MAX;
    return own->known;
}

static bool read_stream(span_t text, events_t *own)
{
    own->stream = 0;
    while (own->stream < STREAMS && !span_is(text, span_of(streams[own->stream].name)))
        own->stream++;
    return own->stream < STREAMS;
}

static bool read_parameters(api_call_t *self, events_t *own)
{
    static const field_t account = {.type = FIELD_TYPE_uid};
    char why[API_WHY_MAX];
    const char *header = self->visit->head.last_event_id;
    for (size_t i = 0; i < self->query.fields_count; i++) {
        span_t name = self->query.fields[i].name, value = self->query.fields[i].value;
        if (span_is(name, SPAN("account"))) {
            own->of_one = true;
            if (!api_json_read_text(value, &account, &own->account, why))
                return !api_problem(self, 422, "invalid", why, "account");
        } else if (span_is(name, SPAN("stream"))) {
            if (!read_stream(value, own))
                return !api_problem(self, 422, "invalid",
                                    "expected ledger, autopay, metering, payment or notify",
                                    "stream");
        } else if (!span_is(name, SPAN("after"))) {
            return !api_problem(self, 422, "invalid", "no such parameter", NULL);
        } else if (!header && !read_id(value, own)) {
            return !api_problem(self, 422, "invalid", "expected EPOCH.SEQUENCE", "after");
        }
    }
    return !header || read_id(span_of(header), own) ||
           !api_problem(self, 400, "invalid", "expected EPOCH.SEQUENCE", "Last-Event-ID");
}

static const char *name_of(const events_t *own, event_type_t type)
{
    const told_t *told = streams[own->stream].told;
    for (size_t i = 0; i < TOLD_MAX && told[i].name; i++)
        if (told[i].type == type)
            return told[i].name;
    return NULL;
}

static void tell(events_t *own, uint64_t sequence, bytes_t bytes)
{
    event_t event;
    if (event_decode(bytes.data, bytes.size, &event) || !name_of(own, event.type))
        return;
    const event_info_t *info = event_info(event.type);
    const uid_t16 *account =
        field_uid(info->fields(), info->fields_count, "account", event_body(&event));
    if (own->of_one && (!account || !uid_equal(account, &own->account)))
        return;
    json_t *object = api_event(sequence, bytes, kept);
    char *text = json_dumps(object, JSON_COMPACT);
    assert(text);
    fprintf(own->out, "id: %" PRIu64 ".%" PRIu64 "\nevent: %s\ndata: %s\n\n", own->epoch, sequence,
            name_of(own, event.type), text);
    free(text);
    json_decref(object);
}

static void tell_records(events_t *own, bytes_t records)
{
    journal_record_t record;
    record_walk_t walk;
    while (record_page_next(&records, &record)) {
        if (!record_walk_from(&record, own->last + 1, &walk))
            return;
        while (record_walk_next(&walk)) {
            tell(own, walk.sequence, walk.event);
            own->last = walk.sequence;
        }
    }
}

static bool show(api_call_t *self, events_t *own, const char *event)
{
    char *text = NULL;
    size_t size = 0;
    if (event)
        fprintf(own->out, "event: %s\ndata: {}\n", event);
    // An id without data is kept by the reader and tells nobody.
    fprintf(own->out, "id: %" PRIu64 ".%" PRIu64 "\n\n", own->epoch, own->last);
    fclose(own->out);
    own->out = NULL;
    text = self->visit->page;
    size = self->visit->page_size;
    self->visit->page = NULL;
    return api_show_bytes(self, 200, "text/event-stream; charset=utf-8", text, size);
}

static void open_text(api_call_t *self, events_t *own)
{
    own->out = open_memstream(&self->visit->page, &self->visit->page_size);
    assert(own->out);
    fputs("retry: 1000\n\n", own->out);
}

// Where the stream is now: for who comes for the first time, and for who knows another history.
static bool show_end(api_call_t *self, events_t *own, size_t index)
{
    const answer_t *answer = visit_answer(self->visit, index);
    if (!answer)
        return api_problem_asked(self, index);
    open_text(self, own);
    own->epoch = answer->status.epoch;
    own->last = answer->status.last;
    return show(self, own, own->known ? "reset" : NULL);
}

static bool ask(api_call_t *self, const events_t *own)
{
    if (!own->known) {
        (void)api_ask(self, streams[own->stream].door, REQUEST_status, API_ASK_MS);
        return false;
    }
    api_ask(self, streams[own->stream].replay, REQUEST_replay, API_ASK_MS)->replay =
        (request_replay_t){.epoch = own->epoch, .from = own->after + 1, .bytes_max = PAGE_BYTES};
    return false;
}

bool api_step_events(api_call_t *self)
{
    if (!self->own)
        self->own = calloc(1, sizeof(events_t));
    events_t *own = self->own;
    assert(own);
    if (self->visit->round == 0)
        return !read_parameters(self, own) || ask(self, own);
    if (!own->known)
        return show_end(self, own, 0);
    const answer_t *answer = visit_answer(self->visit, 0);
    fail_t fail = visit_fail(self->visit, 0);
    if (self->visit->round == 2)
        return show_end(self, own, 1);
    if (fail == FAIL_HISTORY || fail == FAIL_GAP || fail == FAIL_INVALID) {
        (void)api_ask(self, streams[own->stream].door, REQUEST_status, API_ASK_MS);
        return false;
    }
    if (!answer)
        return api_problem_asked(self, 0);
    open_text(self, own);
    own->epoch = answer->replay.epoch;
    own->last = own->after;
    tell_records(own, answer->replay.records);
    return show(self, own, NULL);
}
