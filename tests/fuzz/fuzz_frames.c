// fuzz_frames - any bytes are a publication, a pushed batch, its answer or a head, or are refused;
// slices stay inside the frame, and what was read survives being written again.
#include "proto/stream.h"
#include "proto/digest.h"
#include "services/common/head.h"
#include "store/record.h"
#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_publication(const uint8_t *data, size_t size)
{
    uint8_t head[128];
    publication_t publication, again;
    if (publication_decode(data, size, &publication))
        return;
    require(publication.record.data + publication.record.size == data + size);
    size_t head_size = publication_encode_head(&publication, head, sizeof head);
    require(head_size > 0 && publication_decode(head, head_size, &again) == FAIL_NONE);
    require(again.stream == publication.stream && again.first == publication.first &&
            again.count == publication.count && again.through == publication.through);
    journal_record_t record;
    if (record_check(publication.record.data, publication.record.size, &record))
        return;
    uint32_t events = 0;
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk); events++)
        require(walk.event.size > 0 && walk.event.data + walk.event.size <= data + size);
    require(events == record.count);
}

static void check_batch(const uint8_t *data, size_t size)
{
    uint8_t head[128];
    feed_batch_t batch, again;
    if (feed_batch_decode(data, size, &batch))
        return;
    require(feed_batch_is(data, size));
    require(batch.count <= FEED_ITEMS_MAX && batch.count <= batch.items.size);
    require(batch.items.data + batch.items.size == data + size);
    batch.count = 0;
    size_t head_size = feed_batch_encode_head(&batch, head, sizeof head);
    require(head_size > 0 && feed_batch_decode(head, head_size, &again) == FAIL_NONE);
    require(again.producer == batch.producer && again.first == batch.first &&
            again.atomic == batch.atomic);
}

static void check_answer(const uint8_t *data, size_t size)
{
    feed_answer_t answer;
    if (feed_answer_decode(data, size, &answer) || !answer.results.size)
        return;
    require(answer.results.data >= data &&
            answer.results.data + answer.results.size <= data + size);
}

static void check_head(const uint8_t *data, size_t size)
{
    static head_t head, again;
    static uint8_t bytes[HEAD_BYTES_MAX + DIGEST_SHA256_SIZE];
    if (size > HEAD_BYTES_MAX)
        return;
    memcpy(bytes, data, size);
    digest_sha256(data, size, bytes + size); // no fuzzer would guess it
    if (head_decode(bytes, size + DIGEST_SHA256_SIZE, &head))
        return;
    size_t head_size = head_encode(&head, bytes, sizeof bytes);
    require(head_size > 0 && head_decode(bytes, head_size, &again) == FAIL_NONE);
    require(again.last == head.last && again.cursors_count == head.cursors_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FRAME_LARGE_MAX)
        return 0;
    check_publication(data, size);
    check_batch(data, size);
    check_answer(data, size);
    check_head(data, size);
    return 0;
}
