#include "tools/kopeck/act_journals.h"
#include "proto/service.h"
#include "services/documents/act_request.h"
#include "services/documents/documents_decide_act.h"
#include "tools/kopeck/command.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

bool act_journals_take(act_journals_t *self, session_t *session, args_t *args)
{
    *self = (act_journals_t){.session = session};
    self->offline = args_flag(args, "offline");
    self->offline = command_take_journals(args, self->directories) || self->offline;
    return true;
}

bool act_journals_begin(act_journals_t *self)
{
    bool named = false;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        named = named || (self->directories[stream] && *self->directories[stream]);
    return !self->offline || named ||
           command_default_journals(self->session, self->directories, &self->status);
}

static verify_source_t *open_source(act_journals_t *self, stream_t stream)
{
    if (!self->offline)
        return verify_source_live(self->session, stream, 1, &self->status);
    if (self->directories[stream] && *self->directories[stream])
        return verify_source_offline(stream, self->directories[stream], 1, &self->status);
    fprintf(stderr, "kopeck: %s's journal is not named; --%s DIR names it\n",
            service_stream_name(stream), service_stream_name(stream));
    self->status = EX_USAGE;
    return NULL;
}

static void close_sources(act_journals_t *self)
{
    self->documents = self->ledger = self->through = 0;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        verify_source_destroy(&self->sources[stream]);
    act_fold_release(&self->fold);
    documents_state_destroy(self->state);
    self->state = NULL;
}

void act_journals_close(act_journals_t *self)
{
    close_sources(self);
}

static bool open_sources(act_journals_t *self, uint64_t quarter)
{
    close_sources(self);
    act_fold_init(&self->fold, quarter);
    self->state = documents_state_create(NULL);
    static const stream_t streams[] = {STREAM_DOCUMENTS, STREAM_METERING, STREAM_LEDGER};
    for (size_t i = 0; i < sizeof streams / sizeof *streams && !self->status; i++)
        self->sources[streams[i]] = open_source(self, streams[i]);
    return !self->status;
}

// The next event; an unknown one has the type EVENT_NONE. False at the end, and after an error.
static bool next(act_journals_t *self, stream_t stream, uint64_t *ret_sequence, bytes_t *ret_bytes,
                 event_t *ret_event)
{
    verify_source_t *source = self->sources[stream];
    if (self->status || !verify_source_next(source, ret_sequence, ret_bytes)) {
        if (!self->status)
            self->status = verify_source_status(source);
        return false;
    }
    ret_event->type = EVENT_NONE;
    fail_t fail = event_decode(ret_bytes->data, ret_bytes->size, ret_event);
    if (fail == FAIL_VERSION)
        ret_event->type = EVENT_NONE;
    else if (fail) {
        fprintf(stderr, "kopeck: %s's event %" PRIu64 " does not decode\n",
                service_stream_name(stream), *ret_sequence);
        self->status = EX_DATAERR;
    }
    return !self->status;
}

// --- folding ---

static void feed_documents(act_journals_t *self, uint64_t before)
{
    bytes_t bytes;
    event_t event;
    while (self->documents + 1 < before &&
           next(self, STREAM_DOCUMENTS, &self->documents, &bytes, &event)) {
        documents_state_apply(self->state, &event, self->documents);
        act_fold_documents(&self->fold, &event);
    }
}

// Goes on to a later act without folding anew. False where something else than acts lies between:
// the fold hears documents' events first, and acts concern no other account's.
static bool pass_acts(act_journals_t *self, uint64_t before)
{
    bytes_t bytes;
    event_t event;
    bool acts = true;
    while (acts && self->documents + 1 < before &&
           next(self, STREAM_DOCUMENTS, &self->documents, &bytes, &event)) {
        documents_state_apply(self->state, &event, self->documents);
        acts = event.type == EVENT_act_issued || event.type == EVENT_command_sent_by;
    }
    return acts && !self->status;
}

static void feed_metering(act_journals_t *self, uint64_t to)
{
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    while (self->fold.metering < to && next(self, STREAM_METERING, &sequence, &bytes, &event))
        act_fold_metering(&self->fold, &event, sequence);
}

// What of metering lies behind an event of the ledger.
static uint64_t cause_of(const event_t *event)
{
    if (event->cause.stream == STREAM_METERING)
        return event->cause.sequence;
    return event->type == EVENT_credit_made ? event->credit_made.credit : 0;
}

static void feed_ledger(act_journals_t *self, uint64_t to)
{
    uint64_t sequence = 0;
    bytes_t bytes;
    event_t event;
    while (sequence < to && next(self, STREAM_LEDGER, &sequence, &bytes, &event)) {
        feed_metering(self, cause_of(&event));
        act_fold_ledger(&self->fold, &event, sequence);
    }
}

int act_journals_fold(act_journals_t *self, uint64_t quarter)
{
    if (!open_sources(self, quarter))
        return self->status;
    feed_documents(self, UINT64_MAX);
    feed_ledger(self, UINT64_MAX);
    return self->status;
}

// --- one act ---

static void take_act(act_record_t *act, uint64_t sequence, bytes_t bytes)
{
    memcpy(act->bytes, bytes.data, bytes.size);
    act->size = bytes.size;
    act->sequence = sequence;
    (void)event_decode(act->bytes, act->size, &act->event);
}

// The first act behind `after`, of that number unless it is 0; in a source of its own.
static int look_for(act_journals_t *self, uint64_t after, uint64_t number, act_record_t *ret_act)
{
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    verify_source_t *folded = self->sources[STREAM_DOCUMENTS];
    self->sources[STREAM_DOCUMENTS] = open_source(self, STREAM_DOCUMENTS);
    ret_act->sequence = 0;
    while (!ret_act->sequence && !self->status &&
           next(self, STREAM_DOCUMENTS, &sequence, &bytes, &event))
        if (event.type == EVENT_act_issued && sequence > after &&
            (!number || event.act_issued.number == number) && bytes.size <= sizeof ret_act->bytes)
            take_act(ret_act, sequence, bytes);
    verify_source_destroy(&self->sources[STREAM_DOCUMENTS]);
    self->sources[STREAM_DOCUMENTS] = folded;
    return self->status;
}

int act_journals_next(act_journals_t *self, uint64_t after, act_record_t *ret_act)
{
    return look_for(self, after, 0, ret_act);
}

int act_journals_find(act_journals_t *self, uint64_t number, act_record_t *ret_act)
{
    (void)look_for(self, 0, number, ret_act);
    if (!self->status && !ret_act->sequence) {
        fprintf(stderr, "kopeck: documents has no act of that number\n");
        self->status = EX_NOINPUT;
    }
    return self->status;
}

// As documents decided it then: by its state before the act, at the act's time.
static bool decide_again(const act_journals_t *self, const act_record_t *act,
                         uint8_t ret_bytes[EVENT_BYTES_MAX], size_t *ret_size)
{
    static event_t events[2];
    static uint8_t rows[ACT_REQUEST_BYTES], scratch[DECISION_SCRATCH_BYTES];
    request_t request = {.type = REQUEST_act_issue};
    input_t input = {.kind = INPUT_REQUEST,
                     .now = act->event.at,
                     .cause = act->event.cause,
                     .request = &request};
    decision_t out = {.events = events, .scratch = scratch, .input = &input};
    const event_act_issued_t *e = &act->event.act_issued;
    if (!act_request_write(&self->fold, &e->account, rows, &request.act_issue) ||
        documents_decide_act(self->state, &request.act_issue, &out) || out.count != 1)
        return false;
    *ret_size = event_encode(&events[0], ret_bytes, EVENT_BYTES_MAX);
    return true;
}

static void fold_for(act_journals_t *self, const act_record_t *act)
{
    const event_act_issued_t *e = &act->event.act_issued;
    if (!open_sources(self, e->quarter))
        return;
    feed_documents(self, act->sequence);
    feed_ledger(self, e->ledger);
    feed_metering(self, e->through);
    self->ledger = e->ledger;
    self->through = e->through;
}

int act_journals_again(act_journals_t *self, const act_record_t *act, bool *ret_same)
{
    static uint8_t bytes[EVENT_BYTES_MAX];
    size_t size = 0;
    const event_act_issued_t *e = &act->event.act_issued;
    bool together = self->state && self->fold.quarter == e->quarter && self->ledger == e->ledger &&
                    self->through == e->through && self->documents < act->sequence;
    if (!together || !pass_acts(self, act->sequence))
        fold_for(self, act);
    *ret_same = !self->status && decide_again(self, act, bytes, &size) && size == act->size &&
                memcmp(bytes, act->bytes, size) == 0;
    return self->status;
}
