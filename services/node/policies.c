#include "services/node/policies.h"
#include <assert.h>
#include <stddef.h>

enum { POLICY_BYTES_MAX = 512 };

// The event is kept: what it borrows would be gone.
static bool borrows(const event_t *event)
{
    const event_info_t *info = event_info(event->type);
    for (size_t i = 0; i < info->fields_count; i++)
        if (info->fields()[i].type == FIELD_TYPE_text || info->fields()[i].type == FIELD_TYPE_bytes)
            return true;
    return false;
}

void policies_add(policies_t *self, const event_t *first)
{
    assert(self->count < POLICIES_MAX && !borrows(first));
    self->rows[self->count++] = (policy_t){.first = *first, .event = *first};
}

// Who sent a command stands behind its events, with the same cause.
static void note_sender(policies_t *self, const event_t *event)
{
    for (size_t i = 0; i < self->count; i++) {
        policy_t *row = &self->rows[i];
        if (!row->sequence || !uid_equal(&row->event.cause.command, &event->cause.command))
            continue;
        certificate_name_copy(row->certificate, event->command_sent_by.certificate);
        certificate_name_copy(row->approver, event->command_sent_by.approver);
    }
}

void policies_note(policies_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_command_sent_by)
        note_sender(self, event);
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].first.type == event->type)
            self->rows[i] =
                (policy_t){.first = self->rows[i].first, .event = *event, .sequence = sequence};
}

// --- who saw what ---

static const struct {
    request_type_t request;
    event_type_t event;
    size_t seen; // where the request says it
} asked[] = {
    {REQUEST_ledger_policy, EVENT_ledger_policy_changed, offsetof(request_t, ledger_policy.seen)},
    {REQUEST_metering_policy, EVENT_metering_policy_changed,
     offsetof(request_t, metering_policy.seen)},
    {REQUEST_autopay_policy, EVENT_autopay_policy_changed,
     offsetof(request_t, autopay_policy.seen)},
    {REQUEST_ladder_policy, EVENT_ladder_policy_changed, offsetof(request_t, ladder_policy.seen)},
    {REQUEST_operators_policy, EVENT_operators_policy_changed,
     offsetof(request_t, operators_policy.seen)}};

static uint64_t sequence_of(const policies_t *self, event_type_t type)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].first.type == type)
            return self->rows[i].sequence;
    return 0;
}

bool policies_are_as_seen(const policies_t *self, const request_t *request)
{
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        uint64_t seen;
        if (asked[i].request != request->type)
            continue;
        memcpy(&seen, (const char *)request + asked[i].seen, sizeof seen);
        return !seen || seen - 1 == sequence_of(self, asked[i].event);
    }
    return true;
}

// An event is walked as its journal has it: in memory it may hold more than its fields.
static void walk_event(event_t *event, walk_t *walk)
{
    uint8_t bytes[POLICY_BYTES_MAX] = {0};
    uint64_t size = walk_loads(walk) ? 0 : event_encode(event, bytes, sizeof bytes);
    walk_value(walk, "size", &size, sizeof size);
    if (size > sizeof bytes)
        walk->fail = FAIL_CORRUPT;
    if (!walk->fail)
        walk_rows(walk, "event", bytes, 1, size, NULL);
    if (walk_loads(walk) && !walk->fail)
        walk->fail = event_decode(bytes, size, event);
}

void policies_walk(policies_t *self, walk_t *walk)
{
    WALK_SAME(walk, self->count);
    for (size_t i = 0; i < self->count && !walk->fail; i++) {
        policy_t *row = &self->rows[i];
        WALK_SAME(walk, row->first.type);
        WALK(walk, row->sequence);
        WALK(walk, row->certificate);
        WALK(walk, row->approver);
        walk_event(&row->event, walk);
        WALK_PASS(walk, row->first);
        WALK_PASS(walk, row->event);
        WALK_WHOLE(walk, policy_t, row);
    }
}

// --- the answer ---

static void pack_event(pack_t *pack, const event_t *event)
{
    uint8_t bytes[POLICY_BYTES_MAX];
    size_t size = event_encode(event, bytes, sizeof bytes);
    assert(size);
    pack_bytes(pack, bytes, size);
}

uint64_t policies_pack(const policies_t *self, pack_t *pack)
{
    for (size_t i = 0; i < self->count; i++) {
        const policy_t *row = &self->rows[i];
        pack_array(pack, 5);
        pack_u64(pack, row->sequence);
        pack_text(pack, text_of(row->certificate));
        pack_text(pack, text_of(row->approver));
        pack_event(pack, &row->event);
        pack_event(pack, &row->first);
    }
    return self->count;
}
