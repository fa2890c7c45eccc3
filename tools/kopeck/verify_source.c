#include "tools/kopeck/verify_source.h"
#include "services/node/head.h"
#include "proto/service.h"
#include "store/journal.h"
#include "store/record.h"
#include "tools/kopeck/apart.h"
#include "proto/status_read.h"
#include <assert.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIVE_COPY                                                                                  \
    "kopeck: if this is a copy that cp or mdb_copy made of a running journal: they copy it amid "  \
    "commits;\nkopeck backup makes copies that hold\n"

enum { COUNTER_MAX = 64 };
enum { CHUNK_BYTES = 1024 * 1024, STATUS_TRIES = 100, STATUS_PAUSE_MS = 20 };

struct verify_source {
    stream_t stream;
    uint64_t last, next, epoch;
    hash_t root;
    int status;
    // live
    session_t *session;
    cursor_t followed[STREAM_END];
    bytes_t page; // records not yet walked; the client's
    // offline
    FILE *pipe;
    pid_t child;
    uint8_t *buffer; // one record
    // the record being walked
    record_walk_t walk;
};

// What a child says first.
typedef struct {
    uint64_t last, epoch;
    hash_t root;
    fail_t fail; // of opening it
    char why[JOURNAL_WHY_MAX];
} opening_t;

static verify_source_t *source_new(stream_t stream, uint64_t from)
{
    verify_source_t *self = calloc(1, sizeof *self);
    assert(self);
    self->stream = stream;
    self->next = from;
    return self;
}

uint64_t verify_source_last(const verify_source_t *self)
{
    return self->last;
}

uint64_t verify_source_epoch(const verify_source_t *self)
{
    return self->epoch;
}

const cursor_t *verify_source_followed(const verify_source_t *self)
{
    return self->followed;
}

const hash_t *verify_source_root(const verify_source_t *self)
{
    return &self->root;
}

int verify_source_status(const verify_source_t *self)
{
    return self->status;
}

static bool refuse_source(verify_source_t *self, const char *what)
{
    fprintf(stderr, "kopeck: %s: %s at sequence %llu\n", service_stream_name(self->stream), what,
            (unsigned long long)self->next);
    self->status = EX_DATAERR;
    return false;
}

// --- live ---

// The root covers what is being committed as well: wait for a moment in which that is nothing.
static bool is_settled(const answer_status_t *status)
{
    char expected[48];
    int size =
        snprintf(expected, sizeof expected, "events %llu\n", (unsigned long long)status->last);
    return status->counters.size >= (uint32_t)size &&
           memcmp(status->counters.data, expected, (size_t)size) == 0;
}

verify_source_t *verify_source_live(session_t *session, stream_t stream, uint64_t from,
                                    int *ret_status)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    for (int i = 0; i < STATUS_TRIES; i++) {
        *ret_status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
        if (*ret_status != EX_OK)
            return NULL;
        if (is_settled(&answer.status))
            break;
        zclock_sleep(STATUS_PAUSE_MS);
    }
    verify_source_t *self = source_new(stream, from);
    self->session = session;
    self->last = answer.status.last;
    self->root = answer.status.root;
    self->epoch = answer.status.epoch;
    for (stream_t of = STREAM_FIRST; of < STREAM_END; of++) {
        char name[COUNTER_MAX];
        snprintf(name, sizeof name, "stream_%llu_epoch", (unsigned long long)of);
        self->followed[of].stream = of;
        (void)status_find_counter(answer.status.counters, name, &self->followed[of].epoch);
    }
    return self;
}

static bool live_page(verify_source_t *self)
{
    request_t request = {
        .type = REQUEST_replay,
        .replay = {.epoch = self->epoch, .from = self->next, .bytes_max = STREAM_PAGE_BYTES}};
    answer_t answer;
    self->status = session_ask(self->session, self->stream, CLIENT_REPLAY, &request, &answer);
    if (self->status != EX_OK)
        return false;
    self->page = answer.replay.records;
    return self->page.size > 0 || refuse_source(self, "the replay door has no more records");
}

static bool live_record(verify_source_t *self, bytes_t *ret_record)
{
    if (!self->page.size && !live_page(self))
        return false;
    journal_record_t record;
    if (!record_page_next(&self->page, &record))
        return refuse_source(self, "an answer that is damaged or cut short");
    *ret_record = record.bytes;
    return true;
}

// --- offline: the child ---

typedef struct {
    uint8_t *bytes;
    size_t size, cap;
    uint64_t next;
} chunk_t;

static fail_t keep_record(const journal_record_t *record, void *arg)
{
    chunk_t *chunk = arg;
    size_t size = record_page_add(chunk->bytes, chunk->size, chunk->cap, record);
    if (!size)
        return FAIL_FULL; // the next chunk begins with it
    chunk->size = size;
    chunk->next = record->first + record->count;
    return FAIL_NONE;
}

static fail_t copy_journal(journal_reader_t *reader, size_t piece, uint64_t from, uint64_t last,
                           FILE *out)
{
    chunk_t chunk = {.cap = CHUNK_BYTES, .next = from};
    chunk.bytes = malloc(chunk.cap);
    assert(chunk.bytes);
    fail_t fail = FAIL_NONE;
    while (!fail && chunk.next <= last) {
        chunk.size = 0;
        fail = journal_read(reader, chunk.next, piece, keep_record, &chunk);
        if (fail == FAIL_FULL && chunk.size)
            fail = FAIL_NONE;
        if (!fail && fwrite(chunk.bytes, 1, chunk.size, out) != chunk.size)
            fail = FAIL_STORE;
    }
    free(chunk.bytes);
    return fail;
}

static fail_t send_journal(const char *directory, uint64_t from, FILE *out)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    size_t size;
    opening_t opening = {0};
    journal_options_t options = {.read_only = true, .why = opening.why};
    fail_t fail = journal_open(directory, &options, &journal);
    if (!fail)
        fail = journal_head(journal, bytes, sizeof bytes, &size, &opening.last);
    if (!fail && opening.last)
        fail = head_decode(bytes, size, &head);
    if (!fail && opening.last && head.last != opening.last)
        fail = FAIL_CORRUPT;
    if (!fail)
        fail = journal_reader_open(journal, &reader);
    opening.fail = fail;
    opening.epoch = head.epoch;
    tree_root(&head.tree, &opening.root);
    if (fwrite(&opening, sizeof opening, 1, out) != 1 && !fail)
        fail = FAIL_STORE;
    if (!fail)
        fail = copy_journal(reader, journal_piece_bytes(journal), from, opening.last, out);
    if (reader && fail && *journal_reader_why(reader))
        fprintf(stderr, "kopeck: %s: %s\n", directory, journal_reader_why(reader));
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    return fclose(out) == 0 ? fail : FAIL_STORE;
}

// --- offline: the parent ---

typedef struct {
    cursor_t cursors[STREAM_END];
    uint64_t last;
} glance_t;

static fail_t read_cursors(void *result, const void *directory)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    glance_t *glance = result;
    journal_t *journal = NULL;
    size_t size;
    uint64_t last = 0;
    fail_t fail = journal_open(directory, &(journal_options_t){.read_only = true}, &journal);
    if (!fail)
        fail = journal_head(journal, bytes, sizeof bytes, &size, &last);
    if (!fail && last)
        fail = head_decode(bytes, size, &head);
    for (stream_t of = STREAM_FIRST; !fail && of < STREAM_END; of++)
        if (head_cursor(&head, of))
            glance->cursors[of] = *head_cursor(&head, of);
    glance->last = fail ? 0 : last;
    journal_destroy(&journal);
    return fail;
}

bool verify_source_glance_live(session_t *session, stream_t stream, uint64_t *ret_last)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    if (session_ask(session, stream, CLIENT_COMMAND, &request, &answer) != EX_OK)
        return false;
    *ret_last = answer.status.last;
    return true;
}

bool verify_source_glance(const char *directory, cursor_t ret_cursors[STREAM_END],
                          uint64_t *ret_last)
{
    static glance_t *shared;
    if (!shared)
        shared = apart_memory(sizeof *shared);
    memset(shared, 0, sizeof *shared);
    if (apart_run(read_cursors, shared, directory, 1))
        return false;
    memcpy(ret_cursors, shared->cursors, sizeof shared->cursors);
    *ret_last = shared->last;
    return true;
}

// cp and mdb_copy make such copies of a journal that is being written.
static int refuse_journal(stream_t stream, const char *directory, fail_t fail, const char *why)
{
    bool missing = fail == FAIL_MISSING;
    fprintf(stderr, "kopeck: %s: %s: %s%s%s\n", service_stream_name(stream), directory,
            missing ? "there is no journal" : fail_text(fail), *why ? ": " : "", why);
    if (fail == FAIL_CORRUPT)
        fputs(LIVE_COPY, stderr);
    return missing ? EX_NOINPUT : fail == FAIL_STORE || fail == FAIL_DENIED ? EX_IOERR : EX_DATAERR;
}

verify_source_t *verify_source_offline(stream_t stream, const char *directory, uint64_t from,
                                       int *ret_status)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("kopeck: pipe");
        *ret_status = EX_OSERR;
        return NULL;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        FILE *out = fdopen(ends[1], "w");
        assert(out);
        _exit(send_journal(directory, from, out));
    }
    close(ends[1]);
    verify_source_t *self = source_new(stream, from);
    self->child = child;
    self->pipe = fdopen(ends[0], "r");
    self->buffer = malloc(JOURNAL_RECORD_MAX);
    assert(self->pipe && self->buffer);
    opening_t opening = {.fail = FAIL_CORRUPT}; // of one that a signal ended
    bool said = child > 0 && fread(&opening, sizeof opening, 1, self->pipe) == 1;
    if (said && !opening.fail) {
        self->last = opening.last;
        self->root = opening.root;
        self->epoch = opening.epoch;
        return self;
    }
    *ret_status = refuse_journal(stream, directory, opening.fail, said ? opening.why : "");
    verify_source_destroy(&self);
    return NULL;
}

static bool child_ended(verify_source_t *self)
{
    int status = 0;
    if (self->child <= 0 || waitpid(self->child, &status, 0) != self->child)
        return refuse_source(self, "its reader was lost");
    self->child = 0;
    bool damaged = WIFSIGNALED(status) || WEXITSTATUS(status) == FAIL_CORRUPT;
    if (damaged)
        fputs(LIVE_COPY, stderr);
    if (WIFSIGNALED(status))
        return refuse_source(self, "the journal is damaged: its reader was ended by a signal");
    if (WEXITSTATUS(status))
        return refuse_source(self, fail_text((fail_t)WEXITSTATUS(status)));
    return refuse_source(self, "the journal ends before its last event");
}

static bool offline_record(verify_source_t *self, bytes_t *ret_record)
{
    uint8_t head[4];
    if (fread(head, sizeof head, 1, self->pipe) != 1)
        return child_ended(self);
    uint32_t size = record_load(head);
    if (size > JOURNAL_RECORD_MAX)
        return refuse_source(self, "a record that is too large");
    if (fread(self->buffer, 1, size, self->pipe) != size)
        return child_ended(self);
    *ret_record = (bytes_t){self->buffer, size};
    return true;
}

void verify_source_destroy(verify_source_t **self_p)
{
    verify_source_t *self = *self_p;
    if (!self)
        return;
    if (self->pipe)
        fclose(self->pipe);
    if (self->child > 0) {
        // It may still write, and who was forked later holds the pipe's other end as we did.
        (void)kill(self->child, SIGKILL);
        (void)waitpid(self->child, NULL, 0);
    }
    free(self->buffer);
    free(self);
    *self_p = NULL;
}

// --- both ---

bool verify_source_next(verify_source_t *self, uint64_t *ret_sequence, bytes_t *ret_event)
{
    while (self->status == EX_OK && self->next <= self->last) {
        while (record_walk_next(&self->walk)) {
            if (self->walk.sequence > self->last)
                break;
            *ret_sequence = self->walk.sequence;
            *ret_event = self->walk.event;
            self->next = self->walk.sequence + 1;
            return true;
        }
        bytes_t bytes = {0};
        journal_record_t record;
        if (!(self->pipe ? offline_record(self, &bytes) : live_record(self, &bytes)))
            return false;
        if (record_check(bytes.data, bytes.size, &record) ||
            !record_walk_from(&record, self->next, &self->walk))
            return refuse_source(self, "bytes that are not the next record");
    }
    return false;
}
