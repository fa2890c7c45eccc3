// One question: its frame as it goes out, and what an answer makes of it.
#include "services/web/web_question.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void its_frame_is_the_request_under_its_number(void **state)
{
    (void)state;
    web_question_t question = {0};
    request_t request = {.type = REQUEST_status}, read;
    assert_int_equal(web_question_write(&question, &request, 77), FAIL_NONE);
    assert_int_equal(request_decode(question.frame, question.frame_size, &read, NULL), FAIL_NONE);
    assert_int_equal(read.number, 77);
    assert_int_equal(question.number, 77);
    assert_int_equal(question.type, REQUEST_status);
    web_question_clear(&question);
    assert_null(question.frame);
}

static void a_request_that_no_frame_holds_is_refused(void **state)
{
    (void)state;
    static uint8_t large[1 << 17];
    web_question_t question = {0};
    request_t request = {.type = REQUEST_success, .success.fields = {large, sizeof large}};
    assert_int_equal(web_question_write(&question, &request, 1), FAIL_INVALID);
    assert_null(question.frame);
}

static void a_batch_goes_out_under_its_number_and_its_answer_has_a_result_an_item(void **state)
{
    (void)state;
    static const uint8_t items[] = {0x97, 0x0a}, results[] = {0, FAIL_TARIFF};
    static uint8_t large[FRAME_LARGE_MAX];
    uint8_t bytes[128];
    web_question_t question = {0};
    feed_batch_t read,
        batch = {
            .producer = 100, .epoch = 2, .first = 7, .count = 2, .items = {items, sizeof items}};
    assert_int_equal(web_question_write_batch(&question, &batch, 9), FAIL_NONE);
    assert_int_equal(feed_batch_decode(question.frame, question.frame_size, &read), FAIL_NONE);
    assert_int_equal(read.number, 9);
    assert_int_equal(read.producer, 100);
    assert_int_equal(read.first, 7);
    assert_memory_equal(read.items.data, items, sizeof items);
    feed_answer_t answer = {.number = 9,
                            .detail = text_of("x"),
                            .acknowledged = 8,
                            .results = {results, sizeof results}};
    web_question_answer(&question, bytes, feed_answer_encode(&answer, bytes, sizeof bytes));
    assert_int_equal(question.fail, FAIL_NONE);
    assert_int_equal(question.pushed.acknowledged, 8);
    assert_memory_equal(question.pushed.results.data, results, sizeof results);
    web_question_clear(&question);
    batch.items = (bytes_t){large, sizeof large}; // with its head it is too long
    assert_int_equal(web_question_write_batch(&question, &batch, 9), FAIL_INVALID);
    assert_null(question.frame);
    question.pushes = true;
    web_question_answer(&question, large, 5); // says nothing of what became of it
    assert_int_equal(question.fail, FAIL_LATER);
    web_question_clear(&question);
}

static size_t write_answer(fail_t fail, uint8_t *frame, size_t cap)
{
    answer_t answer = {.type = REQUEST_callback, .number = 5, .fail = fail, .detail = text_of("")};
    answer.callback.invoice = 77;
    return answer_encode(&answer, frame, cap);
}

static void an_answer_is_kept_with_its_bytes(void **state)
{
    (void)state;
    uint8_t frame[256];
    web_question_t question = {.type = REQUEST_callback, .number = 5, .fail = FAIL_TIMEOUT};
    size_t size = write_answer(FAIL_NONE, frame, sizeof frame);
    web_question_answer(&question, frame, size);
    memset(frame, 0xff, sizeof frame);
    assert_int_equal(question.fail, FAIL_NONE);
    assert_int_equal(question.answer.callback.invoice, 77);
    web_question_clear(&question);
}

static void a_refusal_is_the_questions_failure(void **state)
{
    (void)state;
    uint8_t frame[256];
    web_question_t question = {.type = REQUEST_callback, .number = 5};
    web_question_answer(&question, frame, write_answer(FAIL_SIGNATURE, frame, sizeof frame));
    assert_int_equal(question.fail, FAIL_SIGNATURE);
    web_question_clear(&question);
}

static void an_answer_that_cannot_be_read_refuses_nothing(void **state)
{
    (void)state;
    uint8_t frame[256];
    web_question_t question = {.type = REQUEST_callback, .number = 5};
    size_t size = write_answer(FAIL_NONE, frame, sizeof frame);
    web_question_answer(&question, frame, size - 1);
    assert_int_equal(question.fail, FAIL_LATER); // 503, not 400
    web_question_clear(&question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_frame_is_the_request_under_its_number),
        cmocka_unit_test(a_request_that_no_frame_holds_is_refused),
        cmocka_unit_test(a_batch_goes_out_under_its_number_and_its_answer_has_a_result_an_item),
        cmocka_unit_test(an_answer_is_kept_with_its_bytes),
        cmocka_unit_test(a_refusal_is_the_questions_failure),
        cmocka_unit_test(an_answer_that_cannot_be_read_refuses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
