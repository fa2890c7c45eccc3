// The one thread that asks, against a door that answers, answers otherwise, or says nothing.
#include "services/web/web_asker.h"
#include "services/web/web_questions.h"
#include "tests/unit/web_rig.h"
#include <czmq.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sysexits.h>
#include <cmocka.h>

enum { WAIT_MS = 10000, LONG_MS = 60000, SHORT_MS = 30 };

typedef struct {
    zsock_t *door; // payment's
    web_asker_t *asker;
    web_mailbox_t back;
    web_question_t questions[WEB_PLACES_MAX + 1];
} rig_t;

static void open_door(rig_t *rig)
{
    rig->door = zsock_new(ZMQ_ROUTER);
    zcert_apply(web_rig.payment, rig->door);
    zsock_set_curve_server(rig->door, 1);
    zsock_set_linger(rig->door, 0);
    assert_true(zsock_bind(rig->door, "%s", web_rig.endpoint) >= 0);
}

static int begin(void **state)
{
    rig_t *rig = calloc(1, sizeof *rig);
    int status;
    open_door(rig);
    rig->asker = web_asker_new(&(web_door_t){.command = web_rig.endpoint,
                                             .certificate = web_rig.certificate,
                                             .name = "payment"},
                               1, web_rig.secret, &status);
    *state = rig;
    return rig->asker && web_mailbox_init(&rig->back) ? 0 : -1;
}

static int end(void **state)
{
    rig_t *rig = *state;
    bool closed;
    web_asker_destroy(&rig->asker);
    while (web_mailbox_take(&rig->back, &closed))
        ;
    web_mailbox_destroy(&rig->back);
    for (size_t i = 0; i <= WEB_PLACES_MAX; i++)
        web_question_clear(&rig->questions[i]);
    zsock_destroy(&rig->door);
    free(rig);
    return 0;
}

// Question `at` asks for a status.
static fail_t ask(rig_t *rig, size_t at, web_lane_t lane, int64_t patience_ms)
{
    request_t request = {.type = REQUEST_status};
    rig->questions[at] = (web_question_t){
        .reply_to = &rig->back, .lane = lane, .deadline_ms = zclock_mono() + patience_ms};
    return web_asker_ask(rig->asker, &rig->questions[at], &request);
}

// The next that comes back.
static web_question_t *take_back(rig_t *rig)
{
    bool closed;
    struct pollfd item = {.fd = rig->back.bell, .events = POLLIN};
    web_question_t *question;
    while (!(question = web_mailbox_take(&rig->back, &closed)))
        assert_int_equal(poll(&item, 1, WAIT_MS), 1);
    return question;
}

// The next request at the door, and who sent it.
static request_t hear(rig_t *rig, zframe_t **ret_peer)
{
    static zframe_t *frame; // what the request borrows from
    request_t request;
    zframe_destroy(&frame);
    zsock_set_rcvtimeo(rig->door, WAIT_MS);
    *ret_peer = zframe_recv(rig->door);
    assert_non_null(*ret_peer);
    frame = zframe_recv(rig->door);
    assert_int_equal(request_decode(zframe_data(frame), zframe_size(frame), &request, NULL),
                     FAIL_NONE);
    return request;
}

static void say(rig_t *rig, zframe_t *peer, uint64_t number, fail_t fail, uint64_t last)
{
    uint8_t bytes[512];
    answer_t answer = {.type = REQUEST_status, .number = number, .fail = fail};
    answer.detail = answer.status.counters = text_of("");
    answer.status.last = last;
    size_t size = answer_encode(&answer, bytes, sizeof bytes);
    zframe_t *frame = zframe_new(bytes, size);
    zframe_send(&peer, rig->door, ZFRAME_MORE | ZFRAME_REUSE);
    zframe_send(&frame, rig->door, 0);
}

static void answers_find_their_questions_in_any_order(void **state)
{
    rig_t *rig = *state;
    uint64_t numbers[3];
    zframe_t *peers[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask(rig, i, WEB_LANE_PAGES, LONG_MS), FAIL_NONE);
    for (size_t i = 0; i < 3; i++) {
        request_t request = hear(rig, &peers[i]);
        assert_int_equal(request.type, REQUEST_status);
        numbers[i] = request.number;
    }
    for (size_t i = 3; i-- > 0; zframe_destroy(&peers[i])) {
        say(rig, peers[i], numbers[i], i == 1 ? FAIL_STORE : FAIL_NONE, 100 + i);
        web_question_t *question = take_back(rig);
        assert_int_equal(question->number, numbers[i]);
        assert_int_equal(question->fail, i == 1 ? FAIL_STORE : FAIL_NONE);
        if (i != 1)
            assert_int_equal(question->answer.status.last, 100 + i);
    }
    assert_int_equal(web_asker_counters(rig->asker).asked, 3);
}

static void a_batch_goes_to_the_door_and_comes_back_with_its_answer(void **state)
{
    rig_t *rig = *state;
    static const uint8_t item[] = {0x90};
    uint8_t bytes[128];
    feed_batch_t heard,
        batch = {.producer = 100, .epoch = 1, .first = 1, .count = 1, .items = {item, sizeof item}};
    rig->questions[0] = (web_question_t){
        .reply_to = &rig->back, .lane = WEB_LANE_PAGES, .deadline_ms = zclock_mono() + LONG_MS};
    assert_int_equal(web_asker_push(rig->asker, &rig->questions[0], &batch), FAIL_NONE);
    zsock_set_rcvtimeo(rig->door, WAIT_MS);
    zframe_t *peer = zframe_recv(rig->door), *frame = zframe_recv(rig->door);
    assert_true(peer && frame);
    assert_int_equal(feed_batch_decode(zframe_data(frame), zframe_size(frame), &heard), FAIL_NONE);
    assert_int_equal(heard.producer, 100);
    feed_answer_t answer = {.number = heard.number, .acknowledged = 1, .detail = text_of("")};
    size_t size = feed_answer_encode(&answer, bytes, sizeof bytes);
    zframe_destroy(&frame);
    frame = zframe_new(bytes, size);
    zframe_send(&peer, rig->door, ZFRAME_MORE);
    zframe_send(&frame, rig->door, 0);
    web_question_t *question = take_back(rig);
    assert_int_equal(question->fail, FAIL_NONE);
    assert_int_equal(question->pushed.acknowledged, 1);
}

static void a_silent_door_fails_a_question_in_its_time_and_a_late_answer_is_nobodys(void **state)
{
    rig_t *rig = *state;
    zframe_t *peer;
    assert_int_equal(ask(rig, 0, WEB_LANE_NOTICES, SHORT_MS), FAIL_NONE);
    web_question_t *question = take_back(rig);
    assert_ptr_equal(question, &rig->questions[0]);
    assert_int_equal(question->fail, FAIL_TIMEOUT);
    assert_true(zclock_mono() >= question->deadline_ms);
    assert_int_equal(ask(rig, 1, WEB_LANE_NOTICES, LONG_MS), FAIL_NONE);
    request_t request = hear(rig, &peer);
    if (request.number == question->number) { // it had gone out in that time
        zframe_destroy(&peer);
        request = hear(rig, &peer);
    }
    say(rig, peer, question->number, FAIL_NONE, 1);
    say(rig, peer, UINT64_MAX, FAIL_NONE, 1);
    say(rig, peer, request.number, FAIL_NONE, 7);
    question = take_back(rig);
    assert_ptr_equal(question, &rig->questions[1]);
    assert_int_equal(question->answer.status.last, 7);
    web_asker_counters_t counters = web_asker_counters(rig->asker);
    assert_int_equal(counters.overdue, 1);
    assert_int_equal(counters.late, 2);
    zframe_destroy(&peer);
}

static void a_full_lane_refuses_at_once_and_the_other_goes_on(void **state)
{
    rig_t *rig = *state;
    zframe_t *peer;
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        assert_int_equal(ask(rig, i, WEB_LANE_PAGES, LONG_MS), FAIL_NONE);
    web_question_t refused = {.reply_to = &rig->back, .lane = WEB_LANE_PAGES};
    request_t request = {.type = REQUEST_status};
    assert_int_equal(web_asker_ask(rig->asker, &refused, &request), FAIL_FULL);
    assert_int_equal(web_asker_counters(rig->asker).refused, 1);
    assert_int_equal(ask(rig, WEB_PLACES_PAGES, WEB_LANE_NOTICES, LONG_MS), FAIL_NONE);
    uint64_t notice = rig->questions[WEB_PLACES_PAGES].number;
    size_t heard = 0;
    do {
        request = hear(rig, &peer);
        if (request.number != notice)
            zframe_destroy(&peer);
        assert_true(++heard <= 4 * WEB_OUT_PAGES); // those that are out, now and then again
    } while (request.number != notice);
    say(rig, peer, notice, FAIL_NONE, 1);
    assert_ptr_equal(take_back(rig), &rig->questions[WEB_PLACES_PAGES]);
    zframe_destroy(&peer);
}

static void a_door_that_was_opened_again_is_asked_again(void **state)
{
    rig_t *rig = *state;
    zframe_t *peer;
    assert_int_equal(ask(rig, 0, WEB_LANE_NOTICES, LONG_MS), FAIL_NONE);
    uint64_t number = hear(rig, &peer).number;
    zframe_destroy(&peer);
    zsock_destroy(&rig->door); // with the question in its hands
    open_door(rig);
    assert_int_equal(hear(rig, &peer).number, number);
    say(rig, peer, number, FAIL_NONE, 1);
    assert_int_equal(take_back(rig)->fail, FAIL_NONE);
    zframe_destroy(&peer);
}

// Payment gets another key while we run and a question is out: no start of ours is needed.
static void a_new_key_of_payments_is_taken_while_it_runs(void **state)
{
    rig_t *rig = *state;
    zframe_t *peer;
    assert_int_equal(ask(rig, 0, WEB_LANE_NOTICES, LONG_MS), FAIL_NONE);
    uint64_t number = hear(rig, &peer).number;
    zframe_destroy(&peer);
    zsock_destroy(&rig->door);
    zcert_destroy(&web_rig.payment);
    web_rig.payment = zcert_new();
    zcert_set_meta(web_rig.payment, "role", "payment");
    open_door(rig);
    assert_int_equal(zcert_save_public(web_rig.payment, web_rig.certificate), 0);
    assert_int_equal(hear(rig, &peer).number, number);
    say(rig, peer, number, FAIL_NONE, 1);
    assert_int_equal(take_back(rig)->fail, FAIL_NONE);
    zframe_destroy(&peer);
}

static void who_stops_gives_everything_back_and_takes_no_more(void **state)
{
    rig_t *rig = *state;
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        assert_int_equal(ask(rig, i, WEB_LANE_PAGES, LONG_MS), FAIL_NONE);
    web_asker_stop(rig->asker);
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        assert_int_equal(take_back(rig)->fail, FAIL_LATER);
    web_question_t late = {.reply_to = &rig->back, .lane = WEB_LANE_PAGES};
    request_t request = {.type = REQUEST_status};
    assert_int_equal(web_asker_ask(rig->asker, &late, &request), FAIL_LATER);
    web_question_clear(&late);
}

static void what_a_person_must_mend_is_said_at_the_start(void **state)
{
    (void)state;
    int status = EX_OK;
    assert_null(web_asker_new(&(web_door_t){.command = "carrier://pigeon",
                                            .certificate = web_rig.certificate,
                                            .name = "payment"},
                              1, web_rig.secret, &status));
    assert_int_equal(status, EX_CONFIG);
    status = EX_OK;
    assert_null(web_asker_new(
        &(web_door_t){.command = web_rig.endpoint, .certificate = "/nowhere", .name = "payment"}, 1,
        web_rig.secret, &status));
    assert_int_equal(status, EX_CONFIG);
    status = EX_OK;
    assert_null(web_asker_new(&(web_door_t){.command = web_rig.endpoint,
                                            .certificate = web_rig.certificate,
                                            .name = "payment"},
                              1, web_rig.certificate, &status));
    assert_int_equal(status, EX_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_find_their_questions_in_any_order),
        TEST(a_batch_goes_to_the_door_and_comes_back_with_its_answer),
        TEST(a_silent_door_fails_a_question_in_its_time_and_a_late_answer_is_nobodys),
        TEST(a_full_lane_refuses_at_once_and_the_other_goes_on),
        TEST(a_door_that_was_opened_again_is_asked_again),
        TEST(a_new_key_of_payments_is_taken_while_it_runs),
        TEST(who_stops_gives_everything_back_and_takes_no_more),
        cmocka_unit_test(what_a_person_must_mend_is_said_at_the_start),
    };
    return cmocka_run_group_tests(tests, web_rig_begin, web_rig_end);
}
