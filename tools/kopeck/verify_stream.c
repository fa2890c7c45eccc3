#include "tools/kopeck/verify_stream.h"

void verify_stream_init(verify_stream_t *self, verify_report_t *report, stream_t stream)
{
    *self = (verify_stream_t){.report = report, .stream = stream, .at = INT64_MIN};
}

bool verify_stream_feed(verify_stream_t *self, uint64_t sequence, bytes_t bytes, event_t *ret_event)
{
    hash_t leaf;
    event_t event = {0};
    bool next = verify_equal(self->report, "stream: no gap", self->stream, sequence,
                             (int64_t)self->last + 1, (int64_t)sequence);
    self->last = sequence;
    tree_leaf(bytes.data, bytes.size, &leaf);
    tree_append(&self->tree, &leaf);
    fail_t fail = event_decode(bytes.data, bytes.size, &event);
    bool skippable = fail == FAIL_VERSION && (int)event.type >= (int)EVENT_MAY_FIRST;
    verify_that(self->report, "stream: every event decodes", self->stream, sequence,
                !fail || skippable, "an event known here", (int64_t)event.type);
    if (fail && fail != FAIL_VERSION)
        return false;
    verify_that(self->report, "stream: time never runs back", self->stream, sequence,
                event.at >= self->at, "a time not before the last event's", event.at);
    self->at = event.at;
    if (!fail)
        *ret_event = event;
    return !fail && next;
}

void verify_stream_finish(verify_stream_t *self, uint64_t last, const hash_t *root)
{
    hash_t found;
    tree_root(&self->tree, &found);
    verify_equal(self->report, "stream: whole to its last event", self->stream, self->last,
                 (int64_t)last, (int64_t)self->last);
    verify_hash(self->report, "stream: tree root", self->stream, self->last, root, &found);
}
