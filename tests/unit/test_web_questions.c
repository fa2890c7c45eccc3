// The questions to one door: which go out when, whose answer one is, whose time is over.
#include "services/web/web_questions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { NOW = 1000000 };

static web_questions_t questions;
static web_question_t rows[WEB_PLACES_MAX * 2];

static void begin(void)
{
    memset(&questions, 0, sizeof questions);
    memset(rows, 0, sizeof rows);
}

// Row `at` asks, under its own number.
static web_question_t *ask(size_t at, web_lane_t lane, int64_t deadline_ms)
{
    rows[at] = (web_question_t){.number = at + 1, .lane = lane, .deadline_ms = deadline_ms};
    web_questions_take(&questions, &rows[at]);
    return &rows[at];
}

// Sends all that is due; how many that is.
static size_t send_all(int64_t now_ms)
{
    size_t count = 0;
    for (web_question_t *due; (due = web_questions_due(&questions, now_ms)); count++)
        web_questions_sent(&questions, due, now_ms);
    return count;
}

static void a_question_goes_out_once_and_its_answer_takes_it_out(void **state)
{
    (void)state;
    begin();
    assert_null(web_questions_due(&questions, NOW));
    assert_int_equal(web_questions_next(&questions), INT64_MAX);
    web_question_t *one = ask(0, WEB_LANE_PAGES, NOW + 8000);
    assert_ptr_equal(web_questions_due(&questions, NOW), one);
    assert_int_equal(send_all(NOW), 1);
    assert_int_equal(send_all(NOW + WEB_REPEAT_FIRST_MS - 1), 0);
    assert_ptr_equal(web_questions_answered(&questions, one->number), one);
    assert_null(web_questions_answered(&questions, one->number)); // a second answer is late
    assert_null(web_questions_due(&questions, NOW + 8000));
    assert_null(web_questions_overdue(&questions, NOW + 8000));
}

static void at_a_replay_door_one_goes_out_at_a_time(void **state)
{
    (void)state;
    begin();
    questions.one_at_a_time = true;
    web_question_t *one = ask(0, WEB_LANE_PAGES, NOW + 8000), *two = ask(1, WEB_LANE_PAGES, NOW);
    assert_int_equal(send_all(NOW), 1);
    assert_int_equal(two->due_ms, 0);
    assert_ptr_equal(web_questions_answered(&questions, one->number), one);
    assert_ptr_equal(web_questions_due(&questions, NOW), two);
    assert_int_equal(send_all(NOW), 1);
}

static void an_answer_finds_its_question_among_all(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < 20; i++)
        ask(i, i % 3 ? WEB_LANE_PAGES : WEB_LANE_NOTICES, NOW + 8000);
    send_all(NOW);
    assert_null(web_questions_answered(&questions, 0));
    assert_null(web_questions_answered(&questions, 21));
    for (size_t i = 20; i-- > 0;) // and in any order
        assert_ptr_equal(web_questions_answered(&questions, i + 1), &rows[i]);
}

static void an_unanswered_question_goes_out_again_after_longer_and_longer_pauses(void **state)
{
    (void)state;
    begin();
    ask(0, WEB_LANE_NOTICES, NOW + 60000);
    static const int64_t at[] = {0, 250, 750, 1750, 3750, 7750, 12750, 17750};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        web_questions_heard(&questions); // others are answered
        if (i > 0) {
            assert_int_equal(web_questions_next(&questions), NOW + at[i]);
            assert_int_equal(send_all(NOW + at[i] - 1), 0);
        }
        assert_int_equal(send_all(NOW + at[i]), 1);
    }
}

static void what_found_the_door_shut_stays_due(void **state)
{
    (void)state;
    begin();
    web_question_t *one = ask(0, WEB_LANE_PAGES, NOW + 8000);
    assert_ptr_equal(web_questions_due(&questions, NOW), one);
    assert_ptr_equal(web_questions_due(&questions, NOW), one); // it was not sent
    assert_int_equal(web_questions_deadline(&questions), NOW + 8000);
}

static void each_question_has_its_own_deadline(void **state)
{
    (void)state;
    begin();
    web_question_t *slow = ask(0, WEB_LANE_PAGES, NOW + 8000);
    web_question_t *fast = ask(1, WEB_LANE_PAGES, NOW + 300);
    send_all(NOW);
    assert_int_equal(web_questions_deadline(&questions), NOW + 300);
    assert_null(web_questions_overdue(&questions, NOW + 299));
    assert_ptr_equal(web_questions_overdue(&questions, NOW + 300), fast);
    assert_null(web_questions_overdue(&questions, NOW + 300));
    assert_null(web_questions_answered(&questions, fast->number)); // its answer comes late
    web_questions_heard(&questions);
    assert_int_equal(web_questions_deadline(&questions), NOW + 8000);
    assert_ptr_equal(web_questions_overdue(&questions, NOW + 8000), slow);
    assert_int_equal(web_questions_deadline(&questions), INT64_MAX);
}

static void only_so_many_are_out_at_once_and_the_next_follows_the_first_answer(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        ask(i, WEB_LANE_PAGES, NOW + 8000);
    assert_int_equal(send_all(NOW), WEB_OUT_PAGES);
    assert_non_null(web_questions_answered(&questions, 1));
    assert_ptr_equal(web_questions_due(&questions, NOW + 1), &rows[WEB_OUT_PAGES]);
    assert_int_equal(send_all(NOW + 1), 1);
    assert_int_equal(send_all(NOW + 1), 0);
}

static void a_question_that_waits_has_its_deadline_too(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < WEB_OUT_PAGES; i++)
        ask(i, WEB_LANE_PAGES, NOW + 8000);
    web_question_t *waiting = ask(WEB_OUT_PAGES, WEB_LANE_PAGES, NOW + 100);
    send_all(NOW);
    assert_ptr_equal(web_questions_overdue(&questions, NOW + 100), waiting);
}

static void a_notice_goes_out_at_once_however_many_pages_are_asked_for(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        ask(i, WEB_LANE_PAGES, NOW + 8000);
    send_all(NOW);
    web_question_t *notice = ask(WEB_PLACES_PAGES, WEB_LANE_NOTICES, NOW + 8000);
    assert_ptr_equal(web_questions_due(&questions, NOW), notice);
    web_questions_sent(&questions, notice, NOW);
    assert_null(web_questions_due(&questions, NOW));
    // and where both are due, it is the first
    assert_ptr_equal(web_questions_due(&questions, NOW + WEB_REPEAT_FIRST_MS), notice);
}

static void a_door_that_says_nothing_at_all_is_worth_another_connection(void **state)
{
    (void)state;
    begin();
    assert_false(web_questions_renew(&questions, NOW)); // nothing was asked
    for (size_t i = 0; i < 3; i++)
        ask(i, i ? WEB_LANE_PAGES : WEB_LANE_NOTICES, NOW + 60000);
    assert_false(web_questions_renew(&questions, NOW + WEB_SILENCE_MS)); // nor was it sent
    assert_int_equal(send_all(NOW), 3);
    assert_int_equal(send_all(NOW + WEB_REPEAT_FIRST_MS), 3); // what is repeated is no news
    assert_int_equal(web_questions_deadline(&questions), NOW + WEB_SILENCE_MS);
    assert_false(web_questions_renew(&questions, NOW + WEB_SILENCE_MS - 1));
    assert_true(web_questions_renew(&questions, NOW + WEB_SILENCE_MS));
    assert_int_equal(send_all(NOW + WEB_SILENCE_MS), 3); // all, by the new one
    assert_false(web_questions_renew(&questions, NOW + WEB_SILENCE_MS + 1));
    assert_true(web_questions_renew(&questions, NOW + 2 * WEB_SILENCE_MS));
}

static void whatever_is_heard_shows_that_the_connection_lives(void **state)
{
    (void)state;
    begin();
    ask(0, WEB_LANE_PAGES, NOW + 60000);
    send_all(NOW);
    web_questions_heard(&questions);
    assert_false(web_questions_renew(&questions, NOW + WEB_SILENCE_MS));
    assert_int_equal(web_questions_deadline(&questions), NOW + 60000);
    send_all(NOW + WEB_SILENCE_MS); // it is repeated, and nothing follows
    assert_true(web_questions_renew(&questions, NOW + 2 * WEB_SILENCE_MS));
}

static void each_lane_has_the_places_that_are_promised(void **state)
{
    (void)state;
    begin();
    assert_int_equal(web_questions_places(WEB_LANE_PAGES), WEB_PLACES_PAGES);
    assert_int_equal(web_questions_places(WEB_LANE_NOTICES), WEB_PLACES_NOTICES);
    for (size_t i = 0; i < WEB_PLACES_PAGES; i++)
        ask(i, WEB_LANE_PAGES, NOW + 1);
    for (size_t i = 0; i < WEB_PLACES_NOTICES; i++)
        ask(WEB_PLACES_PAGES + i, WEB_LANE_NOTICES, NOW + 1);
    size_t count = 0;
    while (web_questions_overdue(&questions, INT64_MAX))
        count++;
    assert_int_equal(count, WEB_PLACES_PAGES + WEB_PLACES_NOTICES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_goes_out_once_and_its_answer_takes_it_out),
        cmocka_unit_test(at_a_replay_door_one_goes_out_at_a_time),
        cmocka_unit_test(an_answer_finds_its_question_among_all),
        cmocka_unit_test(an_unanswered_question_goes_out_again_after_longer_and_longer_pauses),
        cmocka_unit_test(what_found_the_door_shut_stays_due),
        cmocka_unit_test(each_question_has_its_own_deadline),
        cmocka_unit_test(only_so_many_are_out_at_once_and_the_next_follows_the_first_answer),
        cmocka_unit_test(a_question_that_waits_has_its_deadline_too),
        cmocka_unit_test(a_notice_goes_out_at_once_however_many_pages_are_asked_for),
        cmocka_unit_test(a_door_that_says_nothing_at_all_is_worth_another_connection),
        cmocka_unit_test(whatever_is_heard_shows_that_the_connection_lives),
        cmocka_unit_test(each_lane_has_the_places_that_are_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
