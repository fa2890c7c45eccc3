// Bulk postings through the ledger's feed door.
#include "services/process/uuid7.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/post_accounts.h"
#include "tools/kopeck/post_push.h"
#include "tools/kopeck/post_run.h"
#include "tools/kopeck/postings_file.h"
#include "tools/kopeck/stream_reader.h"
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { PRODUCER_DEFAULT = 200 };
#define LOOK_BACK_US (10 * MINUTE_US) // longer than an id may be ahead of the ledger's clock

typedef struct {
    session_t *session;
    post_run_t run;
    post_push_t *push;
    stream_reader_t reader; // of the ledger's journal, as far as it was looked at
    table_print_t *table;
    const char *refused_name; // where refused rows go, or NULL
    FILE *refused_file;
    size_t batch[FEED_ITEMS_MAX]; // the rows that are under way
    size_t next;                  // the first row without a result
    uint64_t before, accepted, refused, unknown;
    bool resumed, atomic, open;
} post_t;

// --- rows ---

static bool read_rows(post_t *self, FILE *in)
{
    postings_file_t file;
    postings_file_init(&file, in);
    event_posting_requested_t row;
    while (postings_file_next(&file, &row))
        if (!post_run_add(&self->run, &row)) {
            fprintf(stderr, "kopeck: more than %d postings; nothing was sent\n", POST_ROWS_MAX);
            return false;
        }
    if (file.error[0])
        fprintf(stderr, "kopeck: %s; nothing was sent\n", file.error);
    else if (self->atomic && self->run.count > FEED_ITEMS_MAX)
        fprintf(stderr,
                "kopeck: --atomic: more postings than one message of %d items and 1 MiB holds; "
                "nothing was sent\n",
                FEED_ITEMS_MAX);
    else
        return true;
    return false;
}

static void write_refused(post_t *self, const event_posting_requested_t *row)
{
    char debit[UID_TEXT_SIZE], credit[UID_TEXT_SIZE], reference[UID_TEXT_SIZE] = "";
    if (!self->refused_file)
        return;
    uid_format(&row->debit, debit);
    uid_format(&row->credit, credit);
    if (!uid_is_zero(&row->reference))
        uid_format(&row->reference, reference);
    fprintf(self->refused_file, "%s,%s,%lld,%llu,%s\n", debit, credit, (long long)row->amount,
            (unsigned long long)row->kind, reference);
}

static void print_row(post_t *self, size_t row, const char *result, const char *text)
{
    table_print_number(self->table, row + 1);
    table_print_text(self->table, result);
    table_print_text(self->table, text);
}

// Rows that earlier attempts posted stand in their place.
static void print_before(post_t *self, size_t to)
{
    for (; self->next < to; self->next++)
        print_row(self, self->next, "ok", "posted before");
}

// --- what the journal says ---

static int observe(void *arg, uint64_t sequence, bytes_t bytes)
{
    post_t *self = arg;
    event_t event;
    if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE)
        post_run_observe(&self->run, sequence, &event);
    return EX_OK;
}

static int read_journal(post_t *self, uint64_t to)
{
    return self->reader.next > to ? EX_OK : stream_reader_read(&self->reader, to, observe, self);
}

// The first event at or after an instant, by halves: stamps never fall.
static int find_start(post_t *self, instant_t at, uint64_t last, uint64_t *ret_sequence)
{
    uint64_t low = 1, high = last + 1;
    while (low < high) {
        request_t request = {.type = REQUEST_event, .event.sequence = low + (high - low) / 2};
        answer_t answer;
        event_t event;
        int status = session_ask(self->session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer);
        if (status != EX_OK)
            return status;
        if (event_decode(answer.event.event.data, answer.event.event.size, &event) == FAIL_NONE &&
            event.at < at)
            low = request.event.sequence + 1;
        else
            high = request.event.sequence;
    }
    *ret_sequence = low;
    return EX_OK;
}

static int say_fault(post_run_fault_t fault)
{
    static const char *const texts[] = {
        [POST_RUN_OTHER_CONTENT] =
            "this id is that of other postings; nothing was sent. Rows that were refused and are "
            "mended now go into a file of their own and are posted without --id (--refused writes "
            "such a file)",
        [POST_RUN_OTHER_PRODUCER] =
            "this run was begun under another number; nothing was sent: use the same --producer",
        [POST_RUN_UNCLEAR] =
            "what the ledger holds of this producer is not only what announced runs posted, so it "
            "cannot be told which of these rows it has; nothing was sent"};
    if (fault == POST_RUN_GOOD)
        return EX_OK;
    fprintf(stderr, "kopeck: %s\n", texts[fault]);
    return EX_DATAERR;
}

// What earlier attempts posted; nothing more of them can come once ours has begun.
static int look_back(post_t *self, uint64_t last)
{
    int status =
        find_start(self, uuid7_time(&self->run.id) - LOOK_BACK_US, last, &self->reader.next);
    if (status == EX_OK)
        status = read_journal(self, last);
    if (status == EX_OK)
        status = say_fault(self->run.fault);
    self->before = self->run.posted_count;
    if (status == EX_OK && self->atomic && self->before && self->before < self->run.count) {
        fputs("kopeck: --atomic: some of these rows are durable already; nothing was sent\n",
              stderr);
        status = EX_DATAERR;
    }
    return status;
}

static int announce(post_t *self)
{
    feed_answer_t answer;
    post_push_add(self->push, &(event_t){.type = EVENT_postings_begun,
                                         .postings_begun = post_run_announcement(&self->run)});
    int status = post_push_exchange(self->push, &answer);
    if (status != EX_OK)
        return status;
    fail_t fail = answer.fail           ? answer.fail
                  : answer.results.size ? (fail_t)answer.results.data[0]
                                        : FAIL_INVALID;
    if (fail)
        return session_refused(STREAM_LEDGER, fail, answer.detail);
    post_push_advance(self->push, 1);
    return EX_OK;
}

// --- batches ---

// An answer to a batch that was sent twice may tell of the second time: the journal tells of both.
static int settle(post_t *self, const feed_answer_t *answer)
{
    if (!self->push->repeated || answer->fail)
        return EX_OK;
    int status = read_journal(self, answer->sequence);
    return status == EX_OK ? say_fault(self->run.fault) : status;
}

static void take_result(post_t *self, size_t row, fail_t fail)
{
    if (self->push->repeated ? self->run.posted[row] != 0 : !fail) {
        self->accepted++;
        print_row(self, row, "ok", "");
        return;
    }
    self->refused++;
    write_refused(self, &self->run.rows[row]);
    print_row(self, row, fail_name(fail ? fail : FAIL_STATE),
              fail ? fail_text(fail) : "refused; the answer that said why was lost");
}

// The rows of the batch, each with its result, in order.
static void take_results(post_t *self, bytes_t results)
{
    for (uint32_t i = 0; i < results.size && i < self->push->batch.count; i++) {
        print_before(self, self->batch[i]);
        take_result(self, self->batch[i], (fail_t)results.data[i]);
        self->next = self->batch[i] + 1;
    }
}

static int flush(post_t *self)
{
    feed_answer_t answer;
    if (!self->push->batch.count)
        return EX_OK;
    int status = post_push_exchange(self->push, &answer);
    if (status != EX_OK)
        self->unknown = self->push->batch.count;
    if (status == EX_OK)
        status = settle(self, &answer);
    if (status != EX_OK)
        return status;
    take_results(self, answer.results);
    if (answer.fail == FAIL_HISTORY)
        fputs("kopeck: another run as this producer has begun, and this one has ended: use another "
              "--producer for runs side by side\n",
              stderr);
    if (answer.fail)
        return session_refused(STREAM_LEDGER, answer.fail, answer.detail);
    post_push_advance(self->push, answer.results.size);
    return EX_OK;
}

// The next rows that have no posting, as many as a message holds.
static void fill(post_t *self)
{
    size_t row = self->next;
    while ((row = post_run_next(&self->run, row)) < self->run.count &&
           post_push_has_room(self->push)) {
        event_t item = {.type = EVENT_posting_requested, .posting_requested = self->run.rows[row]};
        item.posting_requested.opens = self->open;
        self->batch[self->push->batch.count] = row;
        post_push_add(self->push, &item);
        row++;
    }
}

static int push_rows(post_t *self)
{
    self->push->batch.atomic = self->atomic;
    while (post_run_next(&self->run, self->next) < self->run.count) {
        if (post_push_stopped())
            return EX_TEMPFAIL;
        fill(self);
        int status = flush(self);
        if (status != EX_OK)
            return status;
    }
    print_before(self, self->run.count);
    return EX_OK;
}

// --- a run ---

static int push(post_t *self, stream_t producer)
{
    uint64_t last = 0;
    int status = EX_OK;
    self->push = post_push_new(self->session, producer, uuid7_time(&self->run.id), &status);
    if (!self->push)
        return status;
    status = post_push_begin(self->push, &last);
    self->reader =
        (stream_reader_t){.session = self->session, .stream = STREAM_LEDGER, .next = last + 1};
    if (status == EX_OK && self->resumed)
        status = look_back(self, last);
    if (status == EX_OK && post_run_next(&self->run, 0) < self->run.count)
        status = announce(self);
    return status == EX_OK ? push_rows(self) : status;
}

// What is durable of the run, whatever became of it, and how it goes on.
static void report(const post_t *self, int status)
{
    char id[UID_TEXT_SIZE];
    uid_format(&self->run.id, id);
    unsigned long long durable = self->before + self->accepted;
    fprintf(stderr, "%s%llu of %zu postings are durable", self->unknown ? "at least " : "", durable,
            self->run.count);
    if (self->before)
        fprintf(stderr, " (%llu of them before)", (unsigned long long)self->before);
    fprintf(stderr, ", %llu refused", (unsigned long long)self->refused);
    if (self->unknown)
        fprintf(stderr, ", of %llu the answer is missing", (unsigned long long)self->unknown);
    fprintf(stderr, "; --id %s\n", id);
    if (status != EX_OK && durable + self->refused < self->run.count)
        fputs("the same command with this --id posts what is missing, and nothing twice\n", stderr);
    if (self->refused && !self->refused_file && !self->atomic)
        fputs("refused rows, mended, go into a file of their own: --refused FILE writes them; this "
              "file under another id would post the others twice\n",
              stderr);
}

// The id's time is the ledger's: it is looked for from there on.
static int make_id(session_t *session, uid_t16 *ret_id)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    int status = session_ask(session, STREAM_LEDGER, CLIENT_FEED, &request, &answer);
    uid_t16 id = uuid7_new();
    if (status == EX_OK)
        *ret_id = uuid7_of(answer.status.now, id.bytes + 6);
    return status;
}

static int run(post_t *self)
{
    static const column_t columns[] = {
        {"item", "item", true}, {"result", "result", false}, {"text", "", false}};
    char id[UID_TEXT_SIZE];
    int status = self->resumed ? EX_OK : make_id(self->session, &self->run.id);
    if (status != EX_OK)
        return status;
    uid_format(&self->run.id, id);
    fprintf(stderr, "%zu postings to go, --id %s\n", self->run.count, id);
    post_push_catch();
    session_begin_change();
    session_did_say(self->session, "the postings that are durable, as said above");
    self->table = table_print_new(columns, 3, TABLE_ROWS, self->session->json, stdout);
    status = push(self, self->run.producer);
    table_print_destroy(&self->table);
    report(self, status);
    post_push_destroy(&self->push);
    return status == EX_OK && self->refused ? EX_DATAERR : status;
}

static FILE *open_refused(const char *name)
{
    FILE *file = fopen(name, "wx");
    if (!file)
        fprintf(stderr, "kopeck: %s: %s\n", name, strerror(errno));
    else
        fputs("debit,credit,amount_kopecks,kind,reference\n", file);
    return file;
}

// The file of refused rows stays where there are any.
static int close_refused(post_t *self, int status)
{
    if (!self->refused_file)
        return status;
    bool written = fclose(self->refused_file) == 0;
    if (!self->refused)
        (void)unlink(self->refused_name);
    if (written)
        return status;
    fprintf(stderr, "kopeck: %s: %s: the refused rows are not all in it\n", self->refused_name,
            strerror(errno));
    return EX_UNSAID; // the others are posted
}

static int post(post_t *self, const char *name)
{
    FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    if (!in) {
        fprintf(stderr, "kopeck: %s: %s\n", name, strerror(errno));
        return EX_NOINPUT;
    }
    bool good = read_rows(self, in);
    if (in != stdin)
        fclose(in);
    if (!good)
        return EX_DATAERR;
    int status = self->open ? EX_OK
                            : post_accounts_check(self->session, CLIENT_FEED, self->run.rows,
                                                  self->run.count);
    if (status != EX_OK)
        return status;
    if (self->refused_name && !(self->refused_file = open_refused(self->refused_name)))
        return EX_CANTCREAT;
    return close_refused(self, run(self));
}

int command_post(session_t *session, args_t *args)
{
    static post_t self;
    self.session = session;
    self.atomic = args_flag(args, "atomic");
    self.run.producer =
        args_option_number(args, "producer", PRODUCER_DEFAULT, PRODUCER_FIRST, UINT64_MAX);
    self.open = args_flag(args, "open");
    self.refused_name = args_option(args, "refused");
    const char *id = args_option(args, "id");
    self.resumed = id != NULL;
    if (id && (!uid_parse(id, &self.run.id) || !uuid7_is(&self.run.id)))
        args_refuse(args, "id", id, "a UUID of version 7");
    const char *name = args_operand(args, "the file");
    if (!command_ready(args))
        return EX_USAGE;
    int status = post(&self, name);
    post_run_clear(&self.run);
    return status;
}
