#include "services/process/reader.h"
#include "proto/wire.h"
#include "store/record.h"
#include "store/tree.h"
#include <assert.h>
#include <stdlib.h>

reader_t *reader_new(journal_reader_t *journal, stream_t stream, uint64_t epoch, uint64_t term,
                     reader_hook_fn *hook)
{
    reader_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (reader_t){.journal = journal,
                       .stream = stream,
                       .epoch = epoch,
                       .term = term,
                       .hook = hook,
                       .scratch = malloc(READER_SCRATCH_BYTES),
                       .event = malloc(JOURNAL_EVENT_MAX),
                       .head = malloc(sizeof *self->head)};
    assert(self->scratch && self->event && self->head);
    return self;
}

void reader_destroy(reader_t **self_p)
{
    reader_t *self = *self_p;
    if (!self)
        return;
    free(self->scratch);
    free(self->event);
    free(self->head);
    free(self);
    *self_p = NULL;
}

fail_t reader_event(reader_t *self, uint64_t sequence, bytes_t *ret_event)
{
    size_t size;
    fail_t fail = journal_find(self->journal, sequence, self->event, JOURNAL_EVENT_MAX, &size);
    if (!fail)
        *ret_event = (bytes_t){self->event, (uint32_t)size};
    return fail;
}

// Does the asker hold what we hold? Then he may be given what follows.
static fail_t check_history(reader_t *self, const request_replay_t *ask, uint64_t last,
                            const char **ret_detail)
{
    if (ask->epoch && ask->epoch != self->epoch) {
        *ret_detail = "another epoch than this journal's";
        return FAIL_HISTORY;
    }
    if (ask->from - 1 > last) {
        *ret_detail = "this journal does not reach to the event before `from`";
        return FAIL_HISTORY;
    }
    static const hash_t none;
    if (ask->from == 1 || memcmp(&ask->leaf, &none, sizeof none) == 0)
        return FAIL_NONE;
    bytes_t event;
    fail_t fail = reader_event(self, ask->from - 1, &event);
    if (fail)
        return fail;
    hash_t leaf;
    tree_leaf(event.data, event.size, &leaf);
    if (memcmp(&leaf, &ask->leaf, sizeof leaf) == 0)
        return FAIL_NONE;
    *ret_detail = "this journal holds another event before `from`";
    return FAIL_HISTORY;
}

static fail_t leaf_of(reader_t *self, uint64_t sequence, hash_t *ret_leaf)
{
    bytes_t event;
    fail_t fail = reader_event(self, sequence, &event);
    if (!fail)
        tree_leaf(event.data, event.size, ret_leaf);
    return fail;
}

// Is what the asker noted of this history still in it? Another history is his to judge.
static fail_t check_noted(reader_t *self, const request_witness_t *ask, uint64_t last,
                          const char **ret_detail)
{
    static const hash_t none;
    hash_t leaf;
    if (ask->epoch != self->epoch || ask->last == 0)
        return FAIL_NONE;
    if (ask->last > last) {
        *ret_detail = "this journal does not reach to what was noted of it";
        return FAIL_HISTORY;
    }
    if (memcmp(&ask->leaf, &none, sizeof none) == 0)
        return FAIL_NONE;
    fail_t fail = leaf_of(self, ask->last, &leaf);
    if (fail || memcmp(&leaf, &ask->leaf, sizeof leaf) == 0)
        return fail;
    *ret_detail = "this journal holds another event where something was noted of it";
    return FAIL_HISTORY;
}

// What the head says is what the journal was at one moment; answer->sequence follows it.
static fail_t witness(reader_t *self, const request_witness_t *ask, answer_t *answer,
                      const char **ret_detail)
{
    answer_witness_t *out = &answer->witness;
    size_t size;
    fail_t fail = journal_reader_head(self->journal, self->scratch, JOURNAL_HEAD_MAX, &size,
                                      &answer->sequence);
    if (fail)
        return fail;
    if (size == 0) {
        *ret_detail = "this journal holds nothing yet";
        return FAIL_LATER;
    }
    fail = head_decode(self->scratch, size, self->head);
    if (!fail)
        fail = check_noted(self, ask, self->head->last, ret_detail);
    if (!fail && self->head->last)
        fail = leaf_of(self, self->head->last, &out->leaf);
    if (fail)
        return fail;
    out->stream = self->stream;
    out->epoch = self->epoch;
    out->term = self->term;
    out->last = self->head->last;
    tree_root(&self->head->tree, &out->root);
    return FAIL_NONE;
}

typedef struct {
    uint8_t *out;
    size_t size, cap;
    bool full;
} page_t;

static fail_t add_record(const journal_record_t *record, void *arg)
{
    page_t *page = arg;
    size_t size = record_page_add(page->out, page->size, page->cap, record);
    page->full = !size;
    if (page->full)
        return FAIL_FULL;
    page->size = size;
    return FAIL_NONE;
}

static fail_t replay(reader_t *self, const request_replay_t *ask, uint64_t last, answer_t *answer,
                     const char **ret_detail)
{
    if (ask->from == 0) {
        *ret_detail = "from: expected 1 or more";
        return FAIL_INVALID;
    }
    fail_t fail = check_history(self, ask, last, ret_detail);
    if (fail)
        return fail;
    // A page holds at least one record, whatever was asked for: else nobody would get past it.
    size_t least = JOURNAL_RECORD_MAX + sizeof(uint32_t), cap = READER_SCRATCH_BYTES;
    if (ask->bytes_max < cap)
        cap = ask->bytes_max > least ? (size_t)ask->bytes_max : least;
    page_t page = {.out = self->scratch, .cap = cap};
    size_t wanted = ask->bytes_max < cap ? (size_t)ask->bytes_max : cap;
    if (ask->from <= last) {
        fail = journal_read(self->journal, ask->from, wanted, add_record, &page);
        if (fail && !page.full)
            return fail;
    }
    answer->replay.stream = self->stream;
    answer->replay.epoch = self->epoch;
    answer->replay.term = self->term;
    answer->replay.last = last;
    answer->replay.time = self->time;
    answer->replay.records = (bytes_t){page.out, (uint32_t)page.size};
    return FAIL_NONE;
}

// Of a customer's own account: events of others, and those of nobody, are as if they were not
// there.
static bool is_of(const uid_t16 *owner, bytes_t bytes)
{
    event_t event;
    if (event_decode(bytes.data, bytes.size, &event))
        return false;
    const event_info_t *info = event_info(event.type);
    const uid_t16 *account =
        field_uid(info->fields(), info->fields_count, "account", &event.node_booted);
    return account && uid_equal(account, owner);
}

static fail_t answer_event(reader_t *self, uint64_t sequence, const uid_t16 *owner,
                           bytes_t *ret_event)
{
    bytes_t event;
    fail_t fail = reader_event(self, sequence, &event);
    if (!fail && owner && !is_of(owner, event))
        fail = FAIL_MISSING;
    if (!fail)
        *ret_event = event;
    return fail;
}

static size_t read_sequences(bytes_t bytes, uint64_t ret_sequences[READER_EVENTS_MAX])
{
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    size_t count = wire_array(&wire, READER_EVENTS_MAX);
    for (size_t i = 0; i < count; i++)
        wire_u64(&wire, &ret_sequences[i]);
    return wire_end(&wire) ? 0 : count;
}

// Rows of those that are there, his, and find room.
static fail_t answer_events(reader_t *self, bytes_t asked, const uid_t16 *owner,
                            answer_events_t *ret_answer)
{
    uint64_t sequences[READER_EVENTS_MAX];
    pack_t rows;
    size_t count = read_sequences(asked, sequences), size = 0;
    pack_start(&rows, self->scratch, READER_SCRATCH_BYTES);
    for (size_t i = 0; i < count; i++) {
        bytes_t event;
        fail_t fail = answer_event(self, sequences[i], owner, &event);
        if (fail && fail != FAIL_MISSING)
            return fail;
        if (fail)
            continue;
        pack_array(&rows, 2);
        pack_u64(&rows, sequences[i]);
        pack_bytes(&rows, event.data, event.size);
        if (!pack_end(&rows))
            break;
        size = pack_end(&rows);
        ret_answer->count++;
    }
    ret_answer->rows = (bytes_t){self->scratch, (uint32_t)size};
    return count ? FAIL_NONE : FAIL_INVALID;
}

static fail_t dispatch(reader_t *self, role_t role, instant_t wall, const request_t *request,
                       answer_t *answer, const char **ret_detail)
{
    const request_info_t *info = request_info(request->type);
    assert(info);
    speaker_t speaker;
    fail_t fail =
        speaker_of(self->judge, self->judge_arg, wall, role, request, &speaker, ret_detail);
    if (fail)
        return fail;
    if (!(info->roles & speaker.role)) {
        *ret_detail = "the certificate's role may not ask this";
        return FAIL_DENIED;
    }
    fail = journal_reader_last(self->journal, &answer->sequence);
    if (fail)
        return fail;
    switch (request->type) {
    case REQUEST_replay:
        return replay(self, &request->replay, answer->sequence, answer, ret_detail);
    case REQUEST_event:
        return answer_event(self, request->event.sequence, speaker_owner(&speaker),
                            &answer->event.event);
    case REQUEST_events:
        return answer_events(self, request->events.sequences, speaker_owner(&speaker),
                             &answer->events);
    case REQUEST_witness:
        return witness(self, &request->witness, answer, ret_detail);
    case REQUEST_statement:
    case REQUEST_as_of:
    case REQUEST_as_of_many:
        if (self->hook)
            return self->hook(self, request, answer, self->scratch, READER_SCRATCH_BYTES,
                              ret_detail);
        // fall through
    default:
        *ret_detail = "not at this door: it answers what concerns committed records";
        return FAIL_INVALID;
    }
}

fail_t reader_events_alone(reader_t *self, const request_t *request, answer_t *answer,
                           uint8_t *scratch, size_t scratch_size, const char **ret_detail)
{
    (void)self, (void)request, (void)answer, (void)scratch, (void)scratch_size;
    *ret_detail = "this process has no statements";
    return FAIL_INVALID;
}

// A segment that is not where it should be is named: the archive may not be mounted.
static const char *detail_of(const reader_t *self, fail_t fail)
{
    const char *why = fail == FAIL_CORRUPT ? journal_reader_why(self->journal) : "";
    return *why ? why : fail_text(fail);
}

size_t reader_answer(reader_t *self, role_t role, instant_t wall, const void *data, size_t size,
                     void *out, size_t cap)
{
    request_t request = {0};
    answer_t answer = {0};
    const char *detail = NULL;
    char refusal[REQUEST_DETAIL_SIZE];
    fail_t fail = request_decode(data, size, &request, refusal);
    if (!fail)
        fail = dispatch(self, role, wall, &request, &answer, &detail);
    else if (*refusal)
        detail = refusal;
    answer.type = request.type ? request.type : REQUEST_status; // a refusal's type is not encoded
    answer.number = request.number;
    answer.fail = fail;
    if (fail)
        answer.detail = text_of(detail ? detail : detail_of(self, fail));
    return answer_encode(&answer, out, cap);
}
