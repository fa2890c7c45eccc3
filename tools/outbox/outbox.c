#include "tools/outbox/outbox.h"
#include "proto/stream.h"
#include "services/node/head.h"
#include "services/process/claims.h"
#include "services/process/descriptors.h"
#include "services/process/reader_thread.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include "store/journal.h"
#include "store/record.h"
#include <assert.h>
#include <time.h>

enum { HEARTBEAT_MS = 1000, RECORDS_MAX = 64, MAP_BYTES = 16 * 1024 * 1024 };

struct outbox {
    stream_t producer;
    pthread_mutex_t lock; // guards head and the signals to the publisher
    head_t head;          // `through` lies in the cursor of our own stream
    journal_t *journal;
    uint8_t *buffers[RECORDS_MAX];
    claims_t claims; // of the doors
    security_t *security;
    reader_thread_t reading;
    zactor_t *reader, *publisher; // NULL without doors
    const char *publish_endpoint;
    journal_reader_t *own; // of outbox_read
};

static uint64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

static instant_t through_of(outbox_t *self)
{
    const cursor_t *own = head_cursor(&self->head, self->producer);
    return own ? own->through : 0;
}

// --- the publisher's thread: records as they are given to it, a heartbeat between them ---

static void send_publication(outbox_t *self, zsock_t *socket, const journal_record_t *record,
                             instant_t through, uint64_t last)
{
    uint8_t head[64];
    publication_t publication = {.stream = self->producer,
                                 .epoch = self->head.epoch,
                                 .term = self->head.term,
                                 .first = record ? record->first : last,
                                 .count = record ? record->count : 0,
                                 .through = through};
    size_t head_size = publication_encode_head(&publication, head, sizeof head);
    size_t body = record && record->bytes.size <= STREAM_WHOLE_MAX ? record->bytes.size : 0;
    zmq_msg_t message;
    if (zmq_msg_init_size(&message, head_size + body) != 0)
        return; // a publication is a hint; replay tells the truth
    memcpy(zmq_msg_data(&message), head, head_size);
    if (body)
        memcpy((uint8_t *)zmq_msg_data(&message) + head_size, record->bytes.data, body);
    if (zmq_msg_send(&message, zsock_resolve(socket), ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&message);
}

static void beat(outbox_t *self, zsock_t *socket)
{
    pthread_mutex_lock(&self->lock);
    instant_t through = through_of(self);
    uint64_t last = self->head.last;
    pthread_mutex_unlock(&self->lock);
    send_publication(self, socket, NULL, through, last);
}

static void publish(zsock_t *pipe, void *arg)
{
    outbox_t *self = arg;
    zsock_t *socket =
        socket_new(SOCKET_PUBLISHER, self->publish_endpoint, security_own(self->security), NULL);
    zsock_signal(pipe, 0);
    zstr_send(pipe, socket ? "OPEN" : "FAILED"); // zactor_new looks at no signal
    zpoller_t *poller = zpoller_new(pipe, NULL);
    zpoller_set_nonstop(poller, true);
    for (bool going = true; going;) {
        void *which = zpoller_wait(poller, HEARTBEAT_MS);
        if (which == pipe) {
            zmsg_t *message = zmsg_recv(pipe);
            zframe_t *frame = message ? zmsg_first(message) : NULL;
            going = frame && !zframe_streq(frame, "$TERM");
            journal_record_t record;
            if (going && socket && zframe_size(frame) &&
                record_check(zframe_data(frame), zframe_size(frame), &record) == FAIL_NONE)
                send_publication(self, socket, &record, 0, 0);
            zmsg_destroy(&message);
        }
        // An announcement follows every record, so that the last one before a silence is not
        // missed.
        if (going && socket)
            beat(self, socket);
    }
    zpoller_destroy(&poller);
    zsock_destroy(&socket);
}

// --- the owner's calls ---

// And a step of sealing, or the live part would grow for ever. A segment that cannot be sealed now
// is tried again by the next call; a commit that failed ends the journal, which the next call
// tells.
static fail_t append(outbox_t *self, const journal_record_t *records, size_t count,
                     const head_t *head)
{
    static _Thread_local uint8_t bytes[HEAD_BYTES_MAX];
    size_t size = head_encode(head, bytes, sizeof bytes);
    bool sealed;
    assert(size);
    fail_t fail = journal_append(self->journal, self->head.last, self->head.term, records, count,
                                 bytes, size);
    if (!fail)
        (void)journal_seal(self->journal, false, &sealed);
    return fail;
}

static void adopt(outbox_t *self, const head_t *head)
{
    pthread_mutex_lock(&self->lock);
    self->head = *head;
    pthread_mutex_unlock(&self->lock);
}

fail_t outbox_add(outbox_t *self, const event_t *events, size_t count)
{
    journal_record_t records[RECORDS_MAX] = {0};
    size_t records_count = 0, building = 0;
    record_builder_t builder;
    head_t head = self->head;
    if (count == 0)
        return FAIL_NONE;
    if (count > OUTBOX_EVENTS_MAX)
        return FAIL_FULL;
    for (size_t i = 0; i < count;) {
        if (!building) {
            if (records_count == RECORDS_MAX)
                return FAIL_FULL;
            record_builder_begin(&builder, self->buffers[records_count], RECORD_TARGET,
                                 head.last + 1, journal_segment_events(self->journal));
        }
        size_t room;
        uint8_t *at = record_builder_room(&builder, &room);
        size_t size = room ? event_encode(&events[i], at, room) : 0;
        if (!size && !building)
            return FAIL_INVALID; // larger than an event may be
        if (size) {
            record_builder_commit(&builder, size);
            hash_t leaf;
            tree_leaf(at, size, &leaf);
            tree_append(&head.tree, &leaf);
            head.last++;
            building = 1;
            i++;
        } else {
            records[records_count++] = record_builder_end(&builder);
            building = 0;
        }
    }
    if (building)
        records[records_count++] = record_builder_end(&builder);
    fail_t fail = append(self, records, records_count, &head);
    if (fail)
        return fail;
    adopt(self, &head);
    for (size_t i = 0; self->publisher && i < records_count; i++) {
        zframe_t *frame = zframe_new(records[i].bytes.data, records[i].bytes.size);
        if (frame && zframe_send(&frame, self->publisher, 0) != 0)
            zframe_destroy(&frame);
    }
    return FAIL_NONE;
}

fail_t outbox_through(outbox_t *self, instant_t through)
{
    head_t head = self->head;
    cursor_t *own = head_cursor_make(&head, self->producer);
    if (through < own->through)
        return FAIL_CLOCK;
    own->through = through;
    fail_t fail = append(self, NULL, 0, &head);
    if (fail)
        return fail;
    adopt(self, &head);
    if (!self->publisher)
        return FAIL_NONE;
    zframe_t *frame = zframe_new_empty(); // wakes the publisher, which announces it
    if (frame && zframe_send(&frame, self->publisher, 0) != 0)
        zframe_destroy(&frame);
    return FAIL_NONE;
}

uint64_t outbox_last(outbox_t *self)
{
    return self->head.last;
}

instant_t outbox_through_last(outbox_t *self)
{
    return through_of(self);
}

uint64_t outbox_epoch(const outbox_t *self)
{
    return self->head.epoch;
}

typedef struct {
    uint64_t next;
    uint32_t count, count_max;
    uint8_t *out;
    size_t size, cap;
    bool full;
} copy_t;

static fail_t copy_record(const journal_record_t *record, void *arg)
{
    copy_t *copy = arg;
    record_walk_t walk;
    if (!record_walk_from(record, copy->next, &walk))
        return FAIL_CORRUPT;
    while (!copy->full && record_walk_next(&walk)) {
        copy->full = copy->count == copy->count_max || walk.event.size > copy->cap - copy->size;
        if (copy->full)
            break;
        memcpy(copy->out + copy->size, walk.event.data, walk.event.size);
        copy->size += walk.event.size;
        copy->count++;
        copy->next++;
    }
    return FAIL_NONE;
}

fail_t outbox_read(outbox_t *self, uint64_t from, uint32_t count_max, uint8_t *out, size_t cap,
                   size_t *ret_size, uint32_t *ret_count)
{
    copy_t copy = {.next = from, .count_max = count_max, .out = out, .cap = cap};
    while (!copy.full && copy.next <= self->head.last) {
        fail_t fail = journal_read(self->own, copy.next, cap, copy_record, &copy);
        if (fail)
            return fail;
    }
    *ret_size = copy.size;
    *ret_count = copy.count;
    return FAIL_NONE;
}

// --- open and close ---

static fail_t open_journal(outbox_t *self, const outbox_options_t *wanted)
{
    static _Thread_local uint8_t bytes[HEAD_BYTES_MAX];
    journal_options_t options = {.map_bytes = MAP_BYTES,
                                 .segment_events = wanted->segment_events,
                                 .term_min = now_seconds() * 1000,
                                 .create = wanted->create};
    uint64_t term, last;
    size_t size;
    fail_t fail = journal_open(wanted->directory, &options, &self->journal);
    if (!fail)
        fail = journal_lead(self->journal, &term);
    if (!fail)
        fail = journal_head(self->journal, bytes, sizeof bytes, &size, &last);
    if (!fail && size)
        fail = head_decode(bytes, size, &self->head);
    if (fail)
        return fail;
    if (!size)
        self->head.epoch = now_seconds(); // a journal made anew is another history
    self->head.term = term;
    return append(self, NULL, 0, &self->head); // durable before anything is announced
}

static bool open_doors(outbox_t *self, const outbox_options_t *options, char *error)
{
    // Who follows a producer's outbox: the processes of ours.
    static const admission_t admissions[] = {{"kopeck.replay", ROLE_OURS | ROLE_AUDITOR},
                                             {"kopeck.publish", ROLE_OURS | ROLE_AUDITOR},
                                             {0}};
    self->security = security_new(options->secret, options->certificates, admissions, error);
    if (!self->security)
        return false;
    self->reading = (reader_thread_t){.endpoint = options->replay,
                                      .own = security_own(self->security),
                                      .board = security_roster(self->security),
                                      .stream = self->producer,
                                      .epoch = self->head.epoch,
                                      .term = self->head.term};
    if (journal_reader_open(self->journal, &self->reading.journal) == FAIL_NONE)
        self->reader = reader_thread_new(&self->reading);
    if (!self->reader) {
        snprintf(error, OUTBOX_ERROR_MAX, "%s: cannot be bound", options->replay);
        return false;
    }
    self->publisher = zactor_new(publish, self);
    assert(self->publisher);
    char *word = zstr_recv(self->publisher);
    bool open = word && streq(word, "OPEN");
    zstr_free(&word);
    if (!open)
        snprintf(error, OUTBOX_ERROR_MAX, "%s: cannot be bound", options->publish);
    return open;
}

outbox_t *outbox_open(const outbox_options_t *options, char error[OUTBOX_ERROR_MAX])
{
    outbox_t *self = calloc(1, sizeof *self);
    assert(self);
    self->producer = options->producer;
    self->publish_endpoint = options->publish;
    pthread_mutex_init(&self->lock, NULL);
    for (size_t i = 0; i < RECORDS_MAX; i++) {
        self->buffers[i] = malloc(RECORD_TARGET);
        assert(self->buffers[i]);
    }
    // Before anything is made: an outbox copied with its configuration leaves no trace.
    if (options->publish &&
        !(descriptors_suffice(DESCRIPTORS_OF_ALL, error, OUTBOX_ERROR_MAX) &&
          claims_door(&self->claims, options->publish, error, OUTBOX_ERROR_MAX) &&
          claims_door(&self->claims, options->replay, error, OUTBOX_ERROR_MAX))) {
        outbox_close(&self);
        return NULL;
    }
    fail_t fail = open_journal(self, options);
    if (!fail)
        fail = journal_reader_open(self->journal, &self->own);
    if (fail)
        snprintf(error, OUTBOX_ERROR_MAX, "%s: %s", options->directory, fail_text(fail));
    if (fail || (options->publish && !open_doors(self, options, error)))
        outbox_close(&self);
    return self;
}

void outbox_close(outbox_t **self_p)
{
    outbox_t *self = *self_p;
    if (!self)
        return;
    zactor_destroy(&self->publisher);
    zactor_destroy(&self->reader);
    security_destroy(&self->security);
    journal_reader_destroy(&self->reading.journal);
    journal_reader_destroy(&self->own);
    journal_destroy(&self->journal);
    claims_release(&self->claims);
    for (size_t i = 0; i < RECORDS_MAX; i++)
        free(self->buffers[i]);
    pthread_mutex_destroy(&self->lock);
    free(self);
    *self_p = NULL;
}
