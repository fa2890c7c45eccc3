#include "proto/stream.h"

size_t publication_encode_head(const publication_t *self, void *out, size_t cap)
{
    if (cap < 1)
        return 0;
    bool heartbeat = self->count == 0;
    pack_t pack;
    pack_start(&pack, out, cap);
    *pack.next++ = heartbeat ? STREAM_HEARTBEAT : STREAM_EVENTS;
    pack_array(&pack, heartbeat ? 6 : 7);
    pack_u64(&pack, PROTOCOL_VERSION);
    pack_u64(&pack, self->stream);
    pack_u64(&pack, self->epoch);
    pack_u64(&pack, self->term);
    pack_u64(&pack, self->first);
    if (!heartbeat)
        pack_u64(&pack, self->count);
    pack_i64(&pack, self->through);
    return pack_end(&pack);
}

fail_t publication_decode(const void *data, size_t size, publication_t *ret_publication)
{
    wire_t wire;
    wire_start(&wire, data, size);
    publication_t out = {0};
    uint64_t version;
    uint8_t topic = wire_tag(&wire);
    uint32_t count = wire_array(&wire, REQUEST_FIELDS_MAX);
    uint32_t want = topic == STREAM_EVENTS ? 7 : 6;
    if (wire.fail || count < want || (topic != STREAM_EVENTS && topic != STREAM_HEARTBEAT))
        return FAIL_INVALID;
    wire_u64(&wire, &version);
    wire_u64(&wire, &out.stream);
    wire_u64(&wire, &out.epoch);
    wire_u64(&wire, &out.term);
    wire_u64(&wire, &out.first);
    if (topic == STREAM_EVENTS)
        wire_u64(&wire, &out.count);
    wire_i64(&wire, &out.through);
    wire_skip(&wire, count - want);
    if (wire.fail || (topic == STREAM_EVENTS) != (out.count > 0))
        return FAIL_INVALID;
    if (version != PROTOCOL_VERSION)
        return FAIL_VERSION;
    if (topic == STREAM_HEARTBEAT && wire_left(&wire))
        return FAIL_INVALID;
    out.record = (bytes_t){wire.next, (uint32_t)wire_left(&wire)};
    *ret_publication = out;
    return FAIL_NONE;
}

enum { FEED_HEAD_FIELDS = 9 };

size_t feed_batch_encode_head(const feed_batch_t *self, void *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, FEED_HEAD_FIELDS + (self->time != 0));
    pack_u64(&pack, PROTOCOL_VERSION);
    pack_u64(&pack, 0);
    pack_u64(&pack, self->number);
    pack_u64(&pack, self->producer);
    pack_u64(&pack, self->epoch);
    pack_u64(&pack, self->first);
    pack_u64(&pack, self->count);
    pack_i64(&pack, self->through);
    pack_flag(&pack, self->atomic);
    if (self->time)
        pack_i64(&pack, self->time);
    return pack_end(&pack);
}

bool feed_batch_is(const void *data, size_t size)
{
    wire_t wire;
    wire_start(&wire, data, size);
    uint64_t version, type;
    uint32_t count = wire_array(&wire, 4 + REQUEST_FIELDS_MAX);
    wire_u64(&wire, &version);
    wire_u64(&wire, &type);
    return !wire.fail && count >= FEED_HEAD_FIELDS && type == 0;
}

fail_t feed_batch_decode(const void *data, size_t size, feed_batch_t *ret_batch)
{
    wire_t wire;
    wire_start(&wire, data, size);
    feed_batch_t out = {0};
    uint64_t version, type, items;
    uint32_t count = wire_array(&wire, 4 + REQUEST_FIELDS_MAX);
    if (wire.fail || count < FEED_HEAD_FIELDS)
        return FAIL_INVALID;
    wire_u64(&wire, &version);
    wire_u64(&wire, &type);
    wire_u64(&wire, &out.number);
    if (wire.fail)
        return FAIL_INVALID;
    ret_batch->number = out.number;
    if (version != PROTOCOL_VERSION || type != 0)
        return FAIL_VERSION;
    wire_u64(&wire, &out.producer);
    wire_u64(&wire, &out.epoch);
    wire_u64(&wire, &out.first);
    wire_u64(&wire, &items);
    wire_i64(&wire, &out.through);
    wire_flag(&wire, &out.atomic);
    if (count > FEED_HEAD_FIELDS)
        wire_i64(&wire, &out.time);
    if (count > FEED_HEAD_FIELDS + 1)
        wire_skip(&wire, count - FEED_HEAD_FIELDS - 1);
    if (wire.fail || items > FEED_ITEMS_MAX || out.producer < PRODUCER_FIRST || out.first == 0 ||
        out.first > INT64_MAX || items > wire_left(&wire))
        return FAIL_INVALID;
    out.count = (uint32_t)items;
    out.items = (bytes_t){wire.next, (uint32_t)wire_left(&wire)};
    *ret_batch = out;
    return FAIL_NONE;
}

size_t feed_answer_encode(const feed_answer_t *self, void *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, 7);
    pack_u64(&pack, PROTOCOL_VERSION);
    pack_u64(&pack, self->number);
    pack_u64(&pack, self->fail);
    pack_u64(&pack, self->sequence);
    pack_text(&pack, self->detail);
    pack_u64(&pack, self->acknowledged);
    pack_bytes(&pack, self->results.data, self->results.size);
    return pack_end(&pack);
}

fail_t feed_answer_decode(const void *data, size_t size, feed_answer_t *ret_answer)
{
    wire_t wire;
    wire_start(&wire, data, size);
    feed_answer_t out = {0};
    uint64_t version, fail_number;
    uint32_t count = wire_array(&wire, REQUEST_FIELDS_MAX);
    if (wire.fail || count < 5)
        return FAIL_INVALID;
    wire_u64(&wire, &version);
    wire_u64(&wire, &out.number);
    wire_u64(&wire, &fail_number);
    wire_u64(&wire, &out.sequence);
    wire_text(&wire, &out.detail);
    out.fail = fail_number <= UINT8_MAX ? (fail_t)fail_number : FAIL_INVALID;
    uint32_t read = 5;
    if (count >= 7) {
        wire_u64(&wire, &out.acknowledged);
        wire_bytes(&wire, &out.results);
        read = 7;
    }
    wire_skip(&wire, count - read);
    if (wire_end(&wire))
        return FAIL_INVALID;
    if (version != PROTOCOL_VERSION)
        return FAIL_VERSION;
    *ret_answer = out;
    return FAIL_NONE;
}
