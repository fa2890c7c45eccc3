#include "tools/demonstration/reading.h"
#include "store/record.h"
#include "store/tree.h"

enum { PAGE_BYTES = 900 * 1024 };

void reading_init(reading_t *self, const char *name, client_t **client_p)
{
    *self = (reading_t){.name = name, .client = *client_p, .next = 1};
    *client_p = NULL;
}

void reading_release(reading_t *self)
{
    client_destroy(&self->client);
}

static bool fail_reading(const reading_t *self, const char *what, char *error)
{
    snprintf(error, READING_ERROR_MAX, "%s's stream at %llu: %s", self->name,
             (unsigned long long)self->next, what);
    return false;
}

static bool visit_record(reading_t *self, const journal_record_t *record, reading_visit_fn *visit,
                         void *arg, char *error)
{
    record_walk_t walk;
    if (!record_walk_from(record, self->next, &walk))
        return fail_reading(self, "no records that go on from there", error);
    while (record_walk_next(&walk)) {
        event_t event;
        fail_t fail = event_decode(walk.event.data, walk.event.size, &event);
        if (fail && !(fail == FAIL_VERSION && (unsigned)event.type >= EVENT_MAY_FIRST))
            return fail_reading(self, fail_text(fail), error);
        if (!fail)
            visit(arg, walk.sequence, &event);
        self->next = walk.sequence + 1;
        if (walk.left == 0)
            tree_leaf(walk.event.data, walk.event.size, &self->leaf);
    }
    return true;
}

static bool visit_records(reading_t *self, bytes_t records, reading_visit_fn *visit, void *arg,
                          char *error)
{
    while (records.size) {
        journal_record_t record;
        if (!record_page_next(&records, &record))
            return fail_reading(self, "no records that go on from there", error);
        if (!visit_record(self, &record, visit, arg, error))
            return false;
    }
    return true;
}

bool reading_catch_up(reading_t *self, reading_visit_fn *visit, void *arg,
                      char error[READING_ERROR_MAX])
{
    do {
        request_t request = {.type = REQUEST_replay,
                             .replay = {.epoch = self->epoch,
                                        .from = self->next,
                                        .leaf = self->leaf,
                                        .bytes_max = PAGE_BYTES}};
        answer_t answer;
        fail_t fail = client_ask(self->client, &request, READING_ANSWER_MS, &answer);
        if (!fail)
            fail = answer.fail;
        if (fail)
            return fail_reading(self, fail_text(fail), error);
        self->epoch = answer.replay.epoch;
        self->last = answer.replay.last;
        uint64_t before = self->next;
        if (!visit_records(self, answer.replay.records, visit, arg, error))
            return false;
        if (self->next == before && self->next <= self->last)
            return fail_reading(self, "an empty answer before the head", error);
    } while (self->next <= self->last);
    return true;
}
