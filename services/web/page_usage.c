#include "services/web/page_usage.h"
#include <stdio.h>

static void keep_tariff(page_usage_t *usage, text_t tariff)
{
    size_t size = tariff.size < sizeof usage->tariff ? tariff.size : sizeof usage->tariff - 1;
    memcpy(usage->tariff, tariff.data, size);
    usage->tariff[size] = '\0';
}

// What both kinds of events say.
#define TAKE(usage, said)                                                                          \
    ((usage)->hour = (said)->hour, (usage)->resource = (said)->resource,                           \
     (usage)->kind = (said)->kind, (usage)->version = (said)->version,                             \
     (usage)->minutes = (said)->minutes, (usage)->price = (said)->price,                           \
     (usage)->amount = (said)->amount, (usage)->remainder = (said)->remainder)

bool page_usage_read(uint64_t sequence, bytes_t bytes, page_usage_t *ret_usage)
{
    event_t event;
    page_usage_t usage = {.sequence = sequence, .line = sequence};
    if (event_decode(bytes.data, bytes.size, &event))
        return false;
    usage.at = event.at;
    switch (event.type) {
    case EVENT_usage_charged:
        TAKE(&usage, &event.usage_charged);
        usage.reason = event.usage_charged.reason;
        keep_tariff(&usage, event.usage_charged.tariff);
        break;
    case EVENT_usage_credited:
        TAKE(&usage, &event.usage_credited);
        usage.credited = true;
        usage.line = event.usage_credited.original;
        keep_tariff(&usage, event.usage_credited.tariff);
        break;
    default:
        return false;
    }
    *ret_usage = usage;
    return true;
}

bytes_t page_usage_wanted(const uint64_t *sequences, size_t count,
                          uint8_t buffer[PAGE_USAGE_WANTED_BYTES])
{
    pack_t pack;
    pack_start(&pack, buffer, PAGE_USAGE_WANTED_BYTES);
    pack_array(&pack, count);
    for (size_t i = 0; i < count; i++)
        pack_u64(&pack, sequences[i]);
    return (bytes_t){buffer, (uint32_t)pack_end(&pack)};
}

void page_usage_start(page_usage_walk_t *self, const answer_events_t *answer)
{
    wire_start(&self->wire, answer->rows.data, answer->rows.size);
    self->left = answer->count;
}

bool page_usage_next(page_usage_walk_t *self, page_usage_t *ret_usage)
{
    while (self->left > 0 && wire_array(&self->wire, 2) == 2) {
        uint64_t sequence;
        bytes_t bytes;
        self->left--;
        wire_u64(&self->wire, &sequence);
        wire_bytes(&self->wire, &bytes);
        if (self->wire.fail)
            return false;
        if (page_usage_read(sequence, bytes, ret_usage))
            return true;
    }
    return false;
}

bool page_usage_line(wire_t *wire, uint64_t *ret_sequence, uint64_t *ret_kind,
                     uint64_t *ret_version, uint64_t *ret_left, kopecks_t *ret_given)
{
    if (wire_array(wire, 64) < 5)
        return false;
    wire_u64(wire, ret_sequence);
    wire_u64(wire, ret_kind);
    wire_u64(wire, ret_version);
    wire_u64(wire, ret_left);
    wire_i64(wire, ret_given);
    return !wire->fail;
}

span_t page_usage_id(const uid_t16 *id, char text[PAGE_USAGE_ID_SIZE])
{
    const uint8_t *b = id->bytes;
    snprintf(text, PAGE_USAGE_ID_SIZE, "%02x%02x%02x%02x…%02x%02x", b[0], b[1], b[2], b[3], b[14],
             b[15]);
    return span_of(text);
}
