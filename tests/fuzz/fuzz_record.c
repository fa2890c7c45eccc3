// fuzz_record - any bytes are either refused, or a record whose events lie inside it, one after the
// other without a gap, the same by index and by walking, and build to the same bytes again.
#include "store/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[JOURNAL_RECORD_MAX];
    journal_record_t record;
    if (record_check(data, size, &record))
        return 0;

    record_builder_t builder;
    record_builder_begin(&builder, again, sizeof again, record.first, UINT64_C(1) << 63);
    const uint8_t *next = data + RECORD_HEAD_SIZE;
    uint32_t index = 0;
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk); index++) {
        bytes_t event = record_event(&record, index);
        if (event.data != next || walk.event.data != next || event.size != walk.event.size ||
            walk.sequence != record.first + index)
            abort();
        next += event.size;
        if (builder.count_max > builder.count &&
            !record_builder_add(&builder, event.data, event.size))
            abort();
    }
    if (index != record.count || next != record_table(&record))
        abort();
    if (builder.count == record.count) {
        record = record_builder_end(&builder);
        if (record.bytes.size != size || memcmp(again, data, size) != 0)
            abort();
    }
    return 0;
}
