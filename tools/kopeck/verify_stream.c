#include "tools/kopeck/verify_stream.h"

void verify_stream_init(verify_stream_t *self, verify_report_t *report, stream_t stream)
{
    *self = (verify_stream_t){.report = report, .stream = stream, .at = INT64_MIN};
}

// A start says whose journal it is; journals of before that are known by what each alone holds.
stream_t verify_stream_owner(const event_t *event)
{
    static const struct {
        event_type_t from, to;
        stream_t stream;
    } own[] = {{EVENT_tariff_defined, EVENT_usage_overbilled, STREAM_METERING},
               {EVENT_account_opened, EVENT_ledger_policy_changed, STREAM_LEDGER},
               {EVENT_payment_created, EVENT_payment_expired, STREAM_PAYMENT},
               {EVENT_autopay_mandate_noted, EVENT_autopay_held, STREAM_AUTOPAY},
               {EVENT_requisites_registered, EVENT_transfer_assigned, STREAM_DOCUMENTS}};
    if (event->type == EVENT_node_booted)
        return event->node_booted.stream;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (event->type >= own[i].from && event->type <= own[i].to)
            return own[i].stream;
    return STREAM_NONE;
}

bool verify_stream_feed(verify_stream_t *self, uint64_t sequence, bytes_t bytes, event_t *ret_event)
{
    event_t event = {0};
    bool next = verify_equal(self->report, "stream: no gap", self->stream, sequence,
                             (int64_t)self->last + 1, (int64_t)sequence);
    self->last = sequence;
    tree_leaf(bytes.data, bytes.size, &self->leaf);
    tree_append(&self->tree, &self->leaf);
    fail_t fail = event_decode(bytes.data, bytes.size, &event);
    bool skippable = fail == FAIL_VERSION && (int)event.type >= (int)EVENT_MAY_FIRST;
    verify_that(self->report, "stream: every event decodes", self->stream, sequence,
                !fail || skippable, "an event known here", (int64_t)event.type);
    if (fail && fail != FAIL_VERSION)
        return false;
    verify_that(self->report, "stream: time never runs back", self->stream, sequence,
                event.at >= self->at, "a time not before the last event's", event.at);
    self->at = event.at;
    if (self->ended)
        verify_that(self->report, "stream: behind an orderly end stands a start", self->stream,
                    sequence, event.type == EVENT_node_booted,
                    "a node.booted: somebody wrote to the journal while nobody ran",
                    (int64_t)event.type);
    self->ended = event.type == EVENT_node_ended;
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
