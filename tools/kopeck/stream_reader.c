#include "tools/kopeck/stream_reader.h"
#include "proto/service.h"
#include "store/record.h"
#include "store/tree.h"

static int corrupt(const stream_reader_t *self, const char *what)
{
    fprintf(stderr, "kopeck: %s sent %s at sequence %llu\n", service_stream_name(self->stream),
            what, (unsigned long long)self->next);
    return EX_DATAERR;
}

// Visits what is wanted of a record, which must hold `next`.
static int visit_record(stream_reader_t *self, const journal_record_t *record,
                        stream_visit_fn *visit, void *arg)
{
    bytes_t last = {NULL, 0};
    int status = EX_OK;
    record_walk_t walk;
    if (!record_walk_from(record, self->next, &walk))
        return corrupt(self, "other records than were asked for");
    while (status == EX_OK && record_walk_next(&walk)) {
        status = visit(arg, walk.sequence, walk.event);
        self->next = walk.sequence + 1;
        last = walk.event;
    }
    if (last.data)
        tree_leaf(last.data, last.size, &self->leaf);
    return status;
}

static int visit_records(stream_reader_t *self, bytes_t records, stream_visit_fn *visit, void *arg)
{
    while (records.size) {
        journal_record_t record;
        if (!record_page_next(&records, &record))
            return corrupt(self, "bytes that are no records");
        int status = visit_record(self, &record, visit, arg);
        if (status != EX_OK)
            return status;
    }
    return EX_OK;
}

int stream_reader_page(stream_reader_t *self, stream_visit_fn *visit, void *arg)
{
    request_t request = {.type = REQUEST_replay,
                         .replay = {.epoch = self->epoch,
                                    .from = self->next,
                                    .leaf = self->leaf,
                                    .bytes_max = STREAM_PAGE_BYTES}};
    answer_t answer;
    int status = session_ask(self->session, self->stream, CLIENT_REPLAY, &request, &answer);
    if (status != EX_OK)
        return status;
    self->epoch = answer.replay.epoch;
    self->last = answer.replay.last;
    return visit_records(self, answer.replay.records, visit, arg);
}

int stream_reader_read(stream_reader_t *self, uint64_t to, stream_visit_fn *visit, void *arg)
{
    int status;
    do {
        uint64_t before = self->next;
        status = stream_reader_page(self, visit, arg);
        if (status == EX_OK && self->next == before)
            break;
    } while (status == EX_OK && self->next <= to && self->next <= self->last);
    return status;
}

int stream_reader_publication(stream_reader_t *self, const publication_t *publication,
                              stream_visit_fn *visit, void *arg, bool *ret_missed)
{
    uint64_t last =
        publication->count ? publication->first + publication->count - 1 : publication->first;
    journal_record_t record;
    *ret_missed = false;
    if (publication->stream != self->stream || last < self->next)
        return EX_OK;
    if (publication->epoch != self->epoch || !publication->record.size ||
        publication->first > self->next ||
        record_check(publication->record.data, publication->record.size, &record) ||
        record.first != publication->first || record.count != publication->count) {
        *ret_missed = true;
        return EX_OK;
    }
    return visit_record(self, &record, visit, arg);
}
