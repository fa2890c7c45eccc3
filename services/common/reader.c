#include "services/common/reader.h"
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
                       .event = malloc(JOURNAL_EVENT_MAX)};
    assert(self->scratch && self->event);
    return self;
}

void reader_destroy(reader_t **self_p)
{
    reader_t *self = *self_p;
    if (!self)
        return;
    free(self->scratch);
    free(self->event);
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
    answer->replay.records = (bytes_t){page.out, (uint32_t)page.size};
    return FAIL_NONE;
}

static fail_t dispatch(reader_t *self, role_t role, const request_t *request, answer_t *answer,
                       const char **ret_detail)
{
    const request_info_t *info = request_info(request->type);
    assert(info);
    if (!(info->roles & role)) {
        *ret_detail = "the certificate's role may not ask this";
        return FAIL_DENIED;
    }
    fail_t fail = journal_reader_last(self->journal, &answer->sequence);
    if (fail)
        return fail;
    switch (request->type) {
    case REQUEST_replay:
        return replay(self, &request->replay, answer->sequence, answer, ret_detail);
    case REQUEST_event:
        return reader_event(self, request->event.sequence, &answer->event.event);
    case REQUEST_statement:
    case REQUEST_as_of:
        if (self->hook)
            return self->hook(self, request, answer, self->scratch, READER_SCRATCH_BYTES,
                              ret_detail);
        // fall through
    default:
        *ret_detail = "not at this door: it answers what concerns committed records";
        return FAIL_INVALID;
    }
}

size_t reader_answer(reader_t *self, role_t role, const void *data, size_t size, void *out,
                     size_t cap)
{
    request_t request = {0};
    answer_t answer = {0};
    const char *detail = NULL;
    fail_t fail = request_decode(data, size, &request);
    if (!fail)
        fail = dispatch(self, role, &request, &answer, &detail);
    answer.type = request.type ? request.type : REQUEST_status; // a refusal's type is not encoded
    answer.number = request.number;
    answer.fail = fail;
    if (fail)
        answer.detail = text_of(detail ? detail : fail_text(fail));
    return answer_encode(&answer, out, cap);
}
