#include "store/record.h"

static void store_u32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static uint64_t load_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

// While a record grows its table lies at the buffer's end, entry 0 last, for the place that it will
// have is still the events'.
static uint8_t *entry_of(const record_builder_t *self, uint32_t index)
{
    return self->buffer + self->size - (size_t)RECORD_ENTRY_SIZE * (index + 1);
}

void record_builder_begin(record_builder_t *self, void *buffer, size_t size, uint64_t first,
                          uint64_t segment_events)
{
    assert(size >= RECORD_BUFFER_MIN && size <= JOURNAL_RECORD_MAX);
    assert(first >= 1);
    assert(segment_events && (segment_events & (segment_events - 1)) == 0);
    uint64_t left = segment_events - ((first - 1) & (segment_events - 1));
    *self = (record_builder_t){.buffer = buffer,
                               .size = (uint32_t)size,
                               .first = first,
                               .count_max = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX};
}

uint8_t *record_builder_room(const record_builder_t *self, size_t *ret_room)
{
    uint8_t *begin = self->buffer + RECORD_HEAD_SIZE + self->events_size;
    const uint8_t *end = entry_of(self, self->count);
    size_t room = self->count < self->count_max && end > begin ? (size_t)(end - begin) : 0;
    *ret_room = room < JOURNAL_EVENT_MAX ? room : JOURNAL_EVENT_MAX;
    return begin;
}

void record_builder_commit(record_builder_t *self, size_t event_size)
{
    size_t room;
    (void)record_builder_room(self, &room);
    assert(event_size > 0 && event_size <= room);
    store_u32(entry_of(self, self->count), self->events_size);
    self->events_size += (uint32_t)event_size;
    self->count++;
}

bool record_builder_add(record_builder_t *self, const void *event, size_t event_size)
{
    size_t room;
    uint8_t *begin = record_builder_room(self, &room);
    if (event_size == 0 || event_size > room)
        return false;
    memcpy(begin, event, event_size);
    record_builder_commit(self, event_size);
    return true;
}

journal_record_t record_builder_end(record_builder_t *self)
{
    assert(self->count > 0);
    uint64_t first = htole64(self->first);
    memcpy(self->buffer, &first, sizeof first);
    store_u32(self->buffer + 8, self->count);
    store_u32(self->buffer + 12, RECORD_VERSION);

    // Turn the table round where it lies, then close the gap: the two places may overlap.
    for (uint32_t low = 0, high = self->count - 1; low < high; low++, high--) {
        uint32_t entry = record_load(entry_of(self, low));
        memcpy(entry_of(self, low), entry_of(self, high), RECORD_ENTRY_SIZE);
        store_u32(entry_of(self, high), entry);
    }
    size_t table_size = (size_t)RECORD_ENTRY_SIZE * self->count;
    uint8_t *table = self->buffer + RECORD_HEAD_SIZE + self->events_size;
    memmove(table, entry_of(self, self->count - 1), table_size);
    return record_of(self->buffer, RECORD_HEAD_SIZE + self->events_size + table_size);
}

journal_record_t record_of(const void *data, size_t size)
{
    assert(size > RECORD_HEAD_SIZE && size <= JOURNAL_RECORD_MAX);
    const uint8_t *head = data;
    return (journal_record_t){load_u64(head), record_load(head + 8), {head, (uint32_t)size}};
}

fail_t record_check(const void *data, size_t size, journal_record_t *ret_record)
{
    if (size <= RECORD_HEAD_SIZE + RECORD_ENTRY_SIZE || size > JOURNAL_RECORD_MAX)
        return FAIL_CORRUPT;
    journal_record_t record = record_of(data, size);
    size_t body = size - RECORD_HEAD_SIZE;
    if (record_load(record.bytes.data + 12) != RECORD_VERSION || record.first == 0 ||
        record.count == 0 || record.count > body / (RECORD_ENTRY_SIZE + 1) ||
        record.first > UINT64_MAX - record.count)
        return FAIL_CORRUPT;

    // Offsets begin at 0 and grow, by one event's size at most: no slice can leave the events.
    const uint8_t *entry = record_table(&record);
    uint32_t events_size = (uint32_t)(body - (size_t)RECORD_ENTRY_SIZE * record.count);
    if (record_load(entry) != 0)
        return FAIL_CORRUPT;
    uint32_t begin = 0, bad = 0;
    for (uint32_t i = 1; i < record.count; i++) {
        uint32_t end = record_load(entry += RECORD_ENTRY_SIZE);
        bad |= end - begin - 1 >= JOURNAL_EVENT_MAX; // also where end <= begin: it wraps round
        begin = end;
    }
    bad |= events_size - begin - 1 >= JOURNAL_EVENT_MAX;
    if (bad)
        return FAIL_CORRUPT;
    *ret_record = record;
    return FAIL_NONE;
}

void record_hash(const journal_record_t *self, tree_t *tree)
{
    enum { SOME = 64 };
    bytes_t events[SOME];
    size_t count = 0;
    for (record_walk_t walk = record_walk(self); record_walk_next(&walk);) {
        events[count++] = walk.event;
        if (count == SOME || walk.left == 0) {
            tree_append_events(tree, events, count);
            count = 0;
        }
    }
}

size_t record_page_add(uint8_t *page, size_t size, size_t cap, const journal_record_t *record)
{
    if (cap - size < sizeof(uint32_t) + record->bytes.size)
        return 0;
    store_u32(page + size, record->bytes.size);
    memcpy(page + size + sizeof(uint32_t), record->bytes.data, record->bytes.size);
    return size + sizeof(uint32_t) + record->bytes.size;
}

bool record_page_next(bytes_t *page, journal_record_t *ret_record)
{
    if (page->size < sizeof(uint32_t))
        return false;
    const uint8_t *bytes = page->data + sizeof(uint32_t);
    uint32_t size = record_load(page->data), left = page->size - (uint32_t)sizeof(uint32_t);
    if (size > left || record_check(bytes, size, ret_record))
        return false;
    *page = (bytes_t){bytes + size, left - size};
    return true;
}
