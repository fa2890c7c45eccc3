// Bulk postings through the ledger's feed door.
#include "proto/event.h"
#include "services/common/uuid7.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/postings_file.h"
#include <assert.h>
#include <stdlib.h>

enum { PRODUCER_DEFAULT = 200, HEAD_MAX = 128, ITEM_MAX = 192 };

// A batch in the making, and the feed it belongs to.
typedef struct {
    session_t *session;
    client_t *client;
    table_print_t *table;
    feed_batch_t batch;
    uint8_t *items;
    size_t items_size;
    uint64_t refused, accepted;
    instant_t at; // of the intention: the id's time, so a repeat has the same bytes
} push_t;

static void push_add(push_t *self, const event_posting_requested_t *posting)
{
    event_t event = {
        .type = EVENT_posting_requested, .at = self->at, .posting_requested = *posting};
    size_t size = event_encode(&event, self->items + self->items_size, ITEM_MAX);
    assert(size);
    self->items_size += size;
    self->batch.count++;
}

static void print_results(push_t *self, const feed_answer_t *answer)
{
    for (uint32_t i = 0; i < answer->results.size; i++) {
        fail_t fail = (fail_t)answer->results.data[i];
        fail ? self->refused++ : self->accepted++;
        table_print_number(self->table, self->batch.first + i);
        table_print_text(self->table, fail ? fail_name(fail) : "ok");
        table_print_text(self->table, fail ? fail_text(fail) : "");
    }
}

// Sends the batch until its answer is here: sending twice is safe, items are numbered.
static int exchange(push_t *self, feed_answer_t *ret_answer)
{
    uint8_t head[HEAD_MAX];
    int timeout_ms = (int)self->session->options->timeout_ms;
    int64_t deadline = zclock_mono() + timeout_ms;
    for (int64_t pause = CLIENT_RESEND_FIRST_MS; zclock_mono() < deadline; pause *= 2) {
        self->batch.number++;
        size_t size = feed_batch_encode_head(&self->batch, head, sizeof head);
        assert(size);
        int wait_ms = (int)(pause < CLIENT_RESEND_MAX_MS ? pause : CLIENT_RESEND_MAX_MS);
        if (client_send_joined(self->client, head, size, self->items, self->items_size, wait_ms))
            continue;
        bytes_t frame;
        while (client_receive(self->client, wait_ms, &frame) == FAIL_NONE)
            if (feed_answer_decode(frame.data, frame.size, ret_answer) == FAIL_NONE &&
                ret_answer->number == self->batch.number)
                return EX_OK;
    }
    fputs("kopeck: the ledger did not answer at its feed door\n", stderr);
    return EX_UNAVAILABLE;
}

static int push_flush(push_t *self)
{
    feed_answer_t answer;
    if (!self->batch.count)
        return EX_OK;
    self->batch.items = (bytes_t){self->items, (uint32_t)self->items_size};
    int status = exchange(self, &answer);
    if (status != EX_OK)
        return status;
    print_results(self, &answer);
    if (answer.fail == FAIL_HISTORY)
        fputs("kopeck: a later run has posted as this producer since; its numbers are its own: "
              "use another --producer for runs side by side\n",
              stderr);
    if (answer.fail)
        return session_refused(STREAM_LEDGER, answer.fail, answer.detail);
    self->batch.first += self->batch.count;
    self->batch.count = 0;
    self->items_size = 0;
    return EX_OK;
}

static int push_all(push_t *self, postings_file_t *file)
{
    event_posting_requested_t posting;
    int status = EX_OK;
    while (status == EX_OK && postings_file_next(file, &posting)) {
        if (self->batch.count == FEED_ITEMS_MAX ||
            self->items_size + ITEM_MAX + HEAD_MAX > FRAME_LARGE_MAX) {
            if (self->batch.atomic) {
                fprintf(stderr,
                        "kopeck: --atomic: more postings than one message of %d items and "
                        "1 MiB holds; nothing was sent\n",
                        FEED_ITEMS_MAX);
                return EX_DATAERR;
            }
            status = push_flush(self);
        }
        if (status == EX_OK)
            push_add(self, &posting);
    }
    if (status == EX_OK && file->error[0]) {
        fprintf(stderr, "kopeck: %s; nothing from item %llu on was sent\n", file->error,
                (unsigned long long)self->batch.first);
        return EX_DATAERR;
    }
    return status == EX_OK ? push_flush(self) : status;
}

// One run is one epoch of its producer: later runs have larger ones, and two of one millisecond
// still differ by the id's random bits, so no run is taken for the repeat of another.
static uint64_t epoch_of(const uid_t16 *id)
{
    uint64_t milliseconds = (uint64_t)(uuid7_time(id) / 1000);
    return milliseconds << 12 | (id->bytes[6] & 0x0fu) << 8 | id->bytes[7];
}

static int push_file(session_t *session, FILE *in, const uid_t16 *id, stream_t producer,
                     bool atomic)
{
    static const column_t columns[] = {
        {"item", "item", true}, {"result", "result", false}, {"text", "", false}};
    push_t push = {.session = session, .at = uuid7_time(id)};
    int status = EX_OK;
    push.client = session_client(session, STREAM_LEDGER, CLIENT_FEED, &status);
    if (!push.client)
        return status;
    push.batch =
        (feed_batch_t){.producer = producer, .epoch = epoch_of(id), .first = 1, .atomic = atomic};
    push.items = malloc(FRAME_LARGE_MAX);
    assert(push.items);
    push.table = table_print_new(columns, 3, TABLE_ROWS, session->json, stdout);
    postings_file_t file;
    postings_file_init(&file, in);
    status = push_all(&push, &file);
    table_print_destroy(&push.table);
    free(push.items);
    char text[UID_TEXT_SIZE];
    uid_format(id, text);
    fprintf(stderr, "%llu accepted, %llu refused; --id %s\n", (unsigned long long)push.accepted,
            (unsigned long long)push.refused, text);
    return status == EX_OK && push.refused ? EX_DATAERR : status;
}

int command_post(session_t *session, args_t *args)
{
    bool atomic = args_flag(args, "atomic");
    uint64_t producer =
        args_option_number(args, "producer", PRODUCER_DEFAULT, PRODUCER_FIRST, UINT64_MAX);
    const char *id_text = args_option(args, "id");
    uid_t16 id = uuid7_new();
    if (id_text && (!uid_parse(id_text, &id) || !uuid7_is(&id)))
        args_refuse(args, "id", id_text, "a UUID of version 7");
    const char *name = args_operand(args, "the file");
    if (!command_ready(args))
        return EX_USAGE;
    FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    if (!in) {
        fprintf(stderr, "kopeck: %s: %s\n", name, strerror(errno));
        return EX_NOINPUT;
    }
    int status = push_file(session, in, &id, producer, atomic);
    if (in != stdin)
        fclose(in);
    return status;
}
