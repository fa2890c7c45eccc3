#include "proto/stream.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void publications_and_heartbeats_read_back(void **state)
{
    (void)state;
    static const publication_t cases[] = {
        {.stream = 2, .epoch = 1, .term = 3, .first = 7, .count = 2},
        {.stream = 2, .epoch = 1, .term = 3, .first = 8},
        {.stream = UINT64_MAX,
         .epoch = UINT64_MAX,
         .term = UINT64_MAX,
         .first = UINT64_MAX,
         .count = UINT64_MAX,
         .through = INT64_MIN},
        {.stream = 100, .through = INT64_MAX}, // an empty outbox
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[128];
        publication_t read;
        size_t size = publication_encode_head(&cases[i], bytes, sizeof bytes);
        assert_int_equal(bytes[0], cases[i].count ? 'e' : 'h');
        assert_int_equal(publication_decode(bytes, size, &read), FAIL_NONE);
        assert_true(read.stream == cases[i].stream && read.epoch == cases[i].epoch &&
                    read.term == cases[i].term && read.first == cases[i].first &&
                    read.count == cases[i].count && read.through == cases[i].through);
        assert_int_equal(read.record.size, 0); // header only
        bytes[size] = 9;
        fail_t fail = publication_decode(bytes, size + 1, &read);
        assert_int_equal(fail, cases[i].count ? FAIL_NONE : FAIL_INVALID);
        if (!fail) {
            assert_int_equal(read.record.size, 1);
            assert_ptr_equal(read.record.data, bytes + size);
        }
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(publication_decode(bytes, cut, &read), FAIL_INVALID);
        assert_int_equal(publication_encode_head(&cases[i], bytes, size - 1), 0);
        assert_int_equal(publication_encode_head(&cases[i], bytes, 0), 0);
    }
}

static void foreign_publications_are_refused_or_read_as_newer_ones(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[12];
        size_t size;
        fail_t fail;
    } cases[] = {
        {{'x', 0x97, 1, 2, 1, 3, 7, 2, 0}, 9, FAIL_INVALID},        // another topic
        {{'e', 0x97, 1, 2, 1, 3, 7, 0, 0}, 9, FAIL_INVALID},        // a record of nothing
        {{'e', 0x97, 2, 2, 1, 3, 7, 2, 0}, 9, FAIL_VERSION},        // another protocol
        {{'e', 0x98, 1, 2, 1, 3, 7, 2, 0, 0x91, 5}, 11, FAIL_NONE}, // a field we do not know
        {{'h', 0x95, 1, 2, 1, 3, 7}, 7, FAIL_INVALID},
        {{'e', 0xdd, 0x10, 0, 0, 0}, 6, FAIL_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        publication_t read;
        assert_int_equal(publication_decode(cases[i].bytes, cases[i].size, &read), cases[i].fail);
        if (!cases[i].fail)
            assert_int_equal(read.record.size, 0);
    }
}

static size_t batch_of(uint8_t *out, size_t cap, feed_batch_t batch)
{
    size_t size = feed_batch_encode_head(&batch, out, cap);
    assert_true(size > 0);
    return size;
}

static void a_batch_reads_back_and_is_no_request(void **state)
{
    (void)state;
    uint8_t bytes[128];
    feed_batch_t batch = {.number = 5,
                          .producer = 100,
                          .epoch = 2,
                          .first = 3,
                          .count = 2,
                          .through = 99,
                          .atomic = true},
                 read;
    size_t size = batch_of(bytes, sizeof bytes, batch);
    bytes[size] = bytes[size + 1] = 0xc0;
    assert_true(feed_batch_is(bytes, size + 2));
    assert_int_equal(feed_batch_decode(bytes, size + 2, &read), FAIL_NONE);
    assert_true(read.number == 5 && read.producer == 100 && read.epoch == 2 && read.first == 3 &&
                read.count == 2 && read.through == 99 && read.atomic && read.items.size == 2);
    assert_int_equal(read.time, 0);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(feed_batch_decode(bytes, cut, &read), FAIL_INVALID);
    batch.time = 77;
    size_t timed = batch_of(bytes, sizeof bytes, batch);
    assert_int_equal(timed, size + 1);
    bytes[timed] = bytes[timed + 1] = 0xc0;
    assert_int_equal(feed_batch_decode(bytes, timed + 2, &read), FAIL_NONE);
    assert_true(read.time == 77 && read.through == 99 && read.atomic && read.items.size == 2);
    bytes[0]++; // an array of one more
    memmove(bytes + timed + 1, bytes + timed, 2);
    bytes[timed] = 5; // a field of a later version
    assert_int_equal(feed_batch_decode(bytes, timed + 3, &read), FAIL_NONE);
    assert_true(read.time == 77 && read.items.size == 2);
    request_t request = {.type = REQUEST_status, .number = 1};
    size = request_encode(&request, bytes, sizeof bytes);
    assert_false(feed_batch_is(bytes, size));
}

static void a_batch_outside_its_limits_is_refused_with_its_number(void **state)
{
    (void)state;
    static const feed_batch_t bad[] = {
        {.number = 5, .producer = 100, .epoch = 1, .first = 0},                       // from 1 on
        {.number = 5, .producer = 100, .epoch = 1, .first = (uint64_t)INT64_MAX + 1}, // wraps
        {.number = 5, .producer = STREAM_LEDGER, .epoch = 1, .first = 1},             // ours
        {.number = 5, .producer = 100, .epoch = 1, .first = 1, .count = 1},           // none there
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t bytes[128];
        feed_batch_t read = {0};
        size_t size = batch_of(bytes, sizeof bytes, bad[i]);
        assert_int_equal(feed_batch_decode(bytes, size, &read), FAIL_INVALID);
        assert_int_equal(read.number, 5);
    }
    static uint8_t many[FEED_ITEMS_MAX + 128];
    memset(many, 0xc0, sizeof many);
    feed_batch_t batch = {
        .number = 5, .producer = 100, .epoch = 1, .first = 1, .count = FEED_ITEMS_MAX};
    (void)batch_of(many, sizeof many, batch);
    assert_int_equal(feed_batch_decode(many, sizeof many, &batch), FAIL_NONE);
    batch.count++;
    (void)batch_of(many, sizeof many, batch);
    assert_int_equal(feed_batch_decode(many, sizeof many, &batch), FAIL_INVALID);
}

static void a_feeds_answer_reads_back_and_may_be_a_requests(void **state)
{
    (void)state;
    static const uint8_t results[FEED_ITEMS_MAX] = {0, FAIL_TARIFF};
    static uint8_t bytes[FEED_ITEMS_MAX + 128];
    feed_answer_t answer = {.number = 5,
                            .fail = FAIL_STATE,
                            .sequence = 9,
                            .detail = text_of("no"),
                            .acknowledged = 7,
                            .results = {results, sizeof results}},
                  read;
    size_t size = feed_answer_encode(&answer, bytes, sizeof bytes);
    assert_int_equal(feed_answer_decode(bytes, size, &read), FAIL_NONE);
    assert_true(read.number == 5 && read.fail == FAIL_STATE && read.sequence == 9 &&
                read.acknowledged == 7 && read.results.size == sizeof results);
    assert_memory_equal(read.results.data, results, sizeof results);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(feed_answer_decode(bytes, cut, &read), FAIL_INVALID);
    answer_t refusal = {.number = 6, .fail = FAIL_VERSION, .detail = text_of("")};
    size = answer_encode(&refusal, bytes, sizeof bytes); // five elements
    assert_int_equal(feed_answer_decode(bytes, size, &read), FAIL_NONE);
    assert_true(read.fail == FAIL_VERSION && !read.acknowledged && !read.results.size);
}

static void a_strange_batch_or_answer_is_told_from_a_broken_one(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[12];
        size_t size;
        fail_t fail;
    } batches[] =
        {
            {{0x99, 1, 0, 5, 100, 1, 1, 0, 0, 0xc2}, 10, FAIL_NONE},
            {{0x9a, 1, 0, 5, 100, 1, 1, 0, 0, 0xc2, 7}, 11, FAIL_NONE}, // a newer producer's field
            {{0x99, 2, 0, 5, 100, 1, 1, 0, 0, 0xc2}, 10, FAIL_VERSION},
            {{0x99, 1, 3, 5, 100, 1, 1, 0, 0, 0xc2}, 10, FAIL_VERSION}, // a request's type
            {{0x98, 1, 0, 5, 100, 1, 1, 0, 0}, 9, FAIL_INVALID},
            {{0x99, 1, 0, 0xc0, 100, 1, 1, 0, 0, 0xc2}, 10, FAIL_INVALID},
        },
      answers[] = {
          {{0x95, 1, 5, 0, 9, 0xa0}, 6, FAIL_NONE},
          {{0x95, 2, 5, 0, 9, 0xa0}, 6, FAIL_VERSION},
          {{0x94, 1, 5, 0, 9}, 5, FAIL_INVALID},
          {{0x95, 1, 5, 0xc0, 9, 0xa0}, 6, FAIL_INVALID},
      };
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        feed_batch_t read;
        assert_int_equal(feed_batch_decode(batches[i].bytes, batches[i].size, &read),
                         batches[i].fail);
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        feed_answer_t read;
        assert_int_equal(feed_answer_decode(answers[i].bytes, answers[i].size, &read),
                         answers[i].fail);
    }
    feed_answer_t read; // a failure that no byte holds is no success
    static const uint8_t wide[] = {0x95, 1, 5, 0xcd, 1, 0, 9, 0xa0};
    assert_int_equal(feed_answer_decode(wide, sizeof wide, &read), FAIL_NONE);
    assert_int_equal(read.fail, FAIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publications_and_heartbeats_read_back),
        cmocka_unit_test(foreign_publications_are_refused_or_read_as_newer_ones),
        cmocka_unit_test(a_batch_reads_back_and_is_no_request),
        cmocka_unit_test(a_batch_outside_its_limits_is_refused_with_its_number),
        cmocka_unit_test(a_strange_batch_or_answer_is_told_from_a_broken_one),
        cmocka_unit_test(a_feeds_answer_reads_back_and_may_be_a_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
