#include "tools/kopeck/verify_source.h"
#include "services/common/head.h"
#include "services/common/settings.h"
#include "store/journal_lmdb.h"
#include "store/record.h"
#include <assert.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1024 * 1024, STATUS_TRIES = 100, STATUS_PAUSE_MS = 20 };

struct verify_source {
    stream_t stream;
    uint64_t last, next;
    hash_t root;
    int status;
    // live
    session_t *session;
    uint64_t epoch;
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
    uint64_t last;
    hash_t root;
} opening_t;

static verify_source_t *source_new(stream_t stream)
{
    verify_source_t *self = calloc(1, sizeof *self);
    assert(self);
    self->stream = stream;
    self->next = 1;
    return self;
}

uint64_t verify_source_last(const verify_source_t *self)
{
    return self->last;
}

const hash_t *verify_source_root(const verify_source_t *self)
{
    return &self->root;
}

int verify_source_status(const verify_source_t *self)
{
    return self->status;
}

static bool refuse(verify_source_t *self, const char *what)
{
    fprintf(stderr, "kopeck: %s: %s at sequence %llu\n", settings_stream_name(self->stream), what,
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

verify_source_t *verify_source_live(session_t *session, stream_t stream, int *ret_status)
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
    verify_source_t *self = source_new(stream);
    self->session = session;
    self->last = answer.status.last;
    self->root = answer.status.root;
    self->epoch = answer.status.epoch;
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
    return self->page.size > 0 || refuse(self, "the replay door has no more records");
}

static bool live_record(verify_source_t *self, bytes_t *ret_record)
{
    if (!self->page.size && !live_page(self))
        return false;
    journal_record_t record;
    if (!record_page_next(&self->page, &record))
        return refuse(self, "an answer that is damaged or cut short");
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

static fail_t copy_journal(journal_reader_t *reader, uint64_t last, FILE *out)
{
    chunk_t chunk = {.cap = CHUNK_BYTES, .next = 1};
    chunk.bytes = malloc(chunk.cap);
    assert(chunk.bytes);
    fail_t fail = FAIL_NONE;
    while (!fail && chunk.next <= last) {
        chunk.size = 0;
        fail = journal_read(reader, chunk.next, CHUNK_BYTES / 2, keep_record, &chunk);
        if (fail == FAIL_FULL && chunk.size)
            fail = FAIL_NONE;
        if (!fail && fwrite(chunk.bytes, 1, chunk.size, out) != chunk.size)
            fail = FAIL_STORE;
    }
    free(chunk.bytes);
    return fail;
}

static fail_t send_journal(const char *directory, FILE *out)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    size_t size;
    opening_t opening = {0};
    fail_t fail = journal_open_lmdb(
        &(journal_lmdb_options_t){.directory = directory, .read_only = true}, &journal);
    if (!fail)
        fail = journal_head(journal, bytes, sizeof bytes, &size, &opening.last);
    if (!fail && opening.last)
        fail = head_decode(bytes, size, &head);
    if (!fail && opening.last && head.last != opening.last)
        fail = FAIL_CORRUPT;
    if (!fail)
        fail = journal_reader_open(journal, &reader);
    if (!fail) {
        tree_root(&head.tree, &opening.root);
        fail = fwrite(&opening, sizeof opening, 1, out) == 1 ? FAIL_NONE : FAIL_STORE;
    }
    if (!fail)
        fail = copy_journal(reader, opening.last, out);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    return fclose(out) == 0 ? fail : FAIL_STORE;
}

// --- offline: the parent ---

verify_source_t *verify_source_offline(stream_t stream, const char *directory, int *ret_status)
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
        _exit(send_journal(directory, out));
    }
    close(ends[1]);
    verify_source_t *self = source_new(stream);
    self->child = child;
    self->pipe = fdopen(ends[0], "r");
    self->buffer = malloc(JOURNAL_RECORD_MAX);
    assert(self->pipe && self->buffer);
    opening_t opening;
    if (child > 0 && fread(&opening, sizeof opening, 1, self->pipe) == 1) {
        self->last = opening.last;
        self->root = opening.root;
        return self;
    }
    fprintf(stderr, "kopeck: %s: %s: there is no readable journal\n", settings_stream_name(stream),
            directory);
    *ret_status = EX_NOINPUT;
    verify_source_destroy(&self);
    return NULL;
}

static bool child_ended(verify_source_t *self)
{
    int status = 0;
    if (self->child <= 0 || waitpid(self->child, &status, 0) != self->child)
        return refuse(self, "its reader was lost");
    self->child = 0;
    if (WIFSIGNALED(status))
        return refuse(self, "the journal is damaged: its reader was ended by a signal");
    if (WEXITSTATUS(status))
        return refuse(self, fail_text((fail_t)WEXITSTATUS(status)));
    return refuse(self, "the journal ends before its last event");
}

static bool offline_record(verify_source_t *self, bytes_t *ret_record)
{
    uint8_t head[4];
    if (fread(head, sizeof head, 1, self->pipe) != 1)
        return child_ended(self);
    uint32_t size = record_load(head);
    if (size > JOURNAL_RECORD_MAX)
        return refuse(self, "a record that is too large");
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
        fclose(self->pipe); // a child that still writes ends by it
    if (self->child > 0)
        (void)waitpid(self->child, NULL, 0);
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
        if (record_check(bytes.data, bytes.size, &record) || record.first != self->next)
            return refuse(self, "bytes that are not the next record");
        self->walk = record_walk(&record);
    }
    return false;
}
