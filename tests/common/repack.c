#include "tests/common/repack.h"

static fail_t append(journal_t *into, uint64_t term, record_builder_t *builder, const void *head,
                     size_t head_size)
{
    journal_record_t record = record_builder_end(builder);
    return journal_append(into, record.first - 1, term, &record, 1, head, head_size);
}

fail_t repack_append(journal_t *into, uint64_t term, record_walk_t *walk, uint64_t to,
                     const void *head, size_t head_size)
{
    static uint8_t buffer[JOURNAL_RECORD_MAX];
    record_builder_t builder = {0};
    fail_t fail = FAIL_NONE;
    while (!fail && walk->sequence < to && record_walk_next(walk)) {
        if (builder.count && !record_builder_add(&builder, walk->event.data, walk->event.size)) {
            fail = append(into, term, &builder, head, head_size);
            builder.count = 0;
        } else if (builder.count)
            continue;
        if (!fail) {
            record_builder_begin(&builder, buffer, sizeof buffer, walk->sequence,
                                 journal_segment_events(into));
            fail = record_builder_add(&builder, walk->event.data, walk->event.size) ? FAIL_NONE
                                                                                    : FAIL_INVALID;
        }
    }
    return !fail && builder.count ? append(into, term, &builder, head, head_size) : fail;
}
