#include "services/common/follower.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { POLL_US = 1500 * 1000 };
#define NOW (10 * SECOND_US)

// A follower of facts that has taken `sequence` in and asked nothing.
static follower_t at(uint64_t sequence)
{
    follower_t self;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_FACTS, POLL_US);
    self.cursor.epoch = 1;
    self.cursor.sequence = self.announced = sequence;
    self.cursor.leaf.bytes[0] = (uint8_t)sequence;
    self.heard = NOW;
    return self;
}

static publication_t said(uint64_t epoch, uint64_t first, uint64_t count, bool whole)
{
    static const uint8_t record[64];
    return (publication_t){.stream = STREAM_LEDGER,
                           .epoch = epoch,
                           .first = first,
                           .count = count,
                           .record = {record, whole ? sizeof record : 0}};
}

static void each_publication_is_taken_noted_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t epoch, first, count;
        bool whole, take, asks, trouble;
    } cases[] = {
        {"it continues", 1, 11, 3, true, true, true, false},
        {"a gap", 1, 12, 3, true, false, true, false},
        {"a duplicate of the last", 1, 10, 1, true, false, false, false},
        {"an overlap", 1, 9, 4, true, true, true, false},
        {"header only", 1, 11, 3, false, false, true, false},
        {"a heartbeat at the head", 1, 10, 0, false, false, false, false},
        {"a heartbeat ahead", 1, 11, 0, false, false, true, false},
        {"less than we hold", 1, 9, 0, false, false, true, false},
        {"an old record", 1, 3, 2, true, false, true, false},
        {"another epoch", 2, 11, 3, true, false, false, true},
        {"an older epoch", 0, 11, 3, true, false, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        follower_t self = at(10);
        publication_t publication =
            said(cases[i].epoch, cases[i].first, cases[i].count, cases[i].whole);
        request_t question;
        bool take = follower_publication(&self, &publication, NOW);
        bool asks = follower_ask(&self, NOW, 1, &question);
        if (take != cases[i].take || asks != cases[i].asks ||
            (self.trouble != NULL) != cases[i].trouble)
            fail_msg("%s: take %d, asks %d", cases[i].what, take, asks);
        if (asks) {
            assert_int_equal(question.type, REQUEST_replay);
            assert_int_equal(question.replay.from, 11);
            assert_int_equal(question.replay.epoch, 1);
            assert_int_equal(question.replay.leaf.bytes[0], 10);
        }
    }
}

// A producer that was restored from an older copy and went on looks as if it continued: the same
// epoch, the next sequence. Its term tells, and the replay door then looks at our last event.
static void a_new_writer_is_taken_from_only_after_its_replay_door_vouched(void **state)
{
    (void)state;
    for (int same = 0; same < 2; same++) {
        follower_t self = at(10);
        publication_t publication = said(1, 11, 3, true);
        request_t question;
        publication.term = 1;
        assert_false(follower_publication(&self, &publication, NOW));
        assert_true(follower_ask(&self, NOW, 7, &question));
        assert_int_equal(question.replay.from, 11);
        assert_false(follower_publication(&self, &publication, NOW)); // not yet
        answer_t answer = {.type = REQUEST_replay, .number = 7, .fail = same ? 0 : FAIL_HISTORY};
        if (same)
            answer.replay = (answer_replay_t){.epoch = 1, .term = 1, .last = 13};
        assert_false(follower_replayed(&self, &answer, NOW));
        assert_int_equal(self.trouble == NULL, same);
        assert_int_equal(follower_publication(&self, &publication, NOW), same);
    }
}

// The old writer's last publication comes in while the new one is being asked about the event
// before it: its yes speaks for that event and not for the one we hold by then.
static void a_new_writers_yes_counts_only_where_the_cursor_still_stands(void **state)
{
    (void)state;
    follower_t self = at(10);
    request_t question;
    self.term = 1;
    assert_true(follower_ask(&self, NOW + POLL_US, 7, &question));
    publication_t old = said(1, 11, 1, true), new = said(1, 12, 1, true);
    old.term = 1;
    new.term = 2;
    hash_t leaf = {{11}};
    assert_true(follower_publication(&self, &old, NOW + POLL_US));
    follower_took(&self, 11, &leaf);
    answer_t answer = {.type = REQUEST_replay, .number = 7};
    answer.replay = (answer_replay_t){.epoch = 1, .term = 2, .last = 12, .records = new.record};
    assert_false(follower_replayed(&self, &answer, NOW + POLL_US));
    assert_false(follower_publication(&self, &new, NOW + POLL_US));
    assert_true(follower_ask(&self, NOW + POLL_US, 8, &question));
    assert_int_equal(question.replay.from, 12);
    assert_int_equal(question.replay.leaf.bytes[0], 11);
}

static void what_was_taken_is_no_longer_asked_for(void **state)
{
    (void)state;
    follower_t self = at(10);
    publication_t publication = said(1, 11, 3, true);
    hash_t leaf = {{13}};
    request_t question;
    assert_true(follower_publication(&self, &publication, NOW));
    follower_took(&self, 13, &leaf);
    assert_false(follower_is_behind(&self));
    assert_false(follower_ask(&self, NOW, 1, &question));
    assert_int_equal(follower_wake(&self), NOW + POLL_US);
    assert_true(follower_ask(&self, NOW + POLL_US, 1, &question)); // silence is asked about
    assert_int_equal(question.replay.from, 14);
}

static void what_must_wait_is_asked_for_after_a_pause(void **state)
{
    (void)state;
    follower_t self = at(10);
    publication_t publication = said(1, 11, 3, true);
    assert_true(follower_publication(&self, &publication, NOW));
    assert_int_equal(follower_wake(&self), 0);
    follower_pause(&self, NOW);
    assert_int_equal(follower_wake(&self), NOW + FOLLOWER_PAUSE_US);
    assert_true(follower_publication(&self, &publication, NOW)); // what comes by itself is tried
}

static answer_t replayed(uint64_t number, fail_t fail, uint64_t epoch, uint64_t last, bool records)
{
    static const uint8_t bytes[64];
    answer_t answer = {.type = REQUEST_replay, .number = number, .fail = fail};
    if (!fail)
        answer.replay = (answer_replay_t){
            .epoch = epoch, .last = last, .records = {bytes, records ? sizeof bytes : 0}};
    return answer;
}

static void a_new_writer_makes_nothing_current_before_its_replay_door_vouched(void **state)
{
    (void)state;
    follower_t self = at(10);
    // An older journal was put back and has come to the same number again.
    publication_t beat = {.stream = STREAM_LEDGER, .epoch = 1, .term = self.term + 1, .first = 10};
    assert_false(follower_publication(&self, &beat, NOW));
    assert_false(follower_is_behind(&self));
    assert_false(follower_is_current(&self, NOW));
    request_t question;
    assert_true(follower_ask(&self, NOW, 7, &question));
    answer_t answer = replayed(7, FAIL_NONE, 1, 10, 0);
    assert_false(follower_replayed(&self, &answer, NOW));
    assert_true(follower_is_current(&self, NOW));
}

static void each_answer_is_taken_or_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t number;
        fail_t fail;
        uint64_t epoch, last;
        bool records, take, trouble;
        instant_t wake; // from NOW on: 0 at once
    } cases[] = {
        {"records", 7, 0, 1, 20, true, true, false, 0},
        {"the head", 7, 0, 1, 10, false, false, false, POLL_US},
        {"to another question", 6, 0, 1, 20, true, false, false, FOLLOWER_QUESTION_US},
        {"another history", 7, FAIL_HISTORY, 0, 0, false, false, true, INT64_MAX},
        {"another epoch", 7, 0, 2, 20, true, false, true, INT64_MAX},
        {"not allowed", 7, FAIL_DENIED, 0, 0, false, false, false, FOLLOWER_QUESTION_US},
        {"full", 7, FAIL_FULL, 0, 0, false, false, false, FOLLOWER_QUESTION_US},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        follower_t self = at(10);
        request_t question;
        self.doubt = true;
        assert_true(follower_ask(&self, NOW, 7, &question));
        answer_t answer = replayed(cases[i].number, cases[i].fail, cases[i].epoch, cases[i].last,
                                   cases[i].records);
        bool take = follower_replayed(&self, &answer, NOW);
        instant_t wake = follower_wake(&self);
        instant_t want =
            cases[i].wake == INT64_MAX || !cases[i].wake ? cases[i].wake : NOW + cases[i].wake;
        if (take != cases[i].take || (self.trouble != NULL) != cases[i].trouble || wake != want)
            fail_msg("%s: take %d, wake %lld", cases[i].what, take, (long long)wake);
    }
}

static void a_lost_answer_is_asked_for_again_and_the_late_one_dropped(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_FACTS, POLL_US);
    assert_true(follower_ask(&self, NOW, 1, &question)); // a start asks before it hears anything
    assert_int_equal(question.replay.from, 1);
    assert_int_equal(question.replay.epoch, 0);
    assert_false(follower_ask(&self, NOW + FOLLOWER_QUESTION_US - 1, 2, &question)); // one is out
    assert_true(follower_ask(&self, NOW + FOLLOWER_QUESTION_US, 2, &question));
    answer_t late = replayed(1, 0, 1, 20, true), right = replayed(2, 0, 1, 20, true);
    assert_false(follower_replayed(&self, &late, NOW + FOLLOWER_QUESTION_US));
    assert_true(follower_replayed(&self, &right, NOW + FOLLOWER_QUESTION_US));
    assert_int_equal(self.cursor.epoch, 1); // the first one it meets
    assert_false(follower_replayed(&self, &right, NOW + FOLLOWER_QUESTION_US)); // only once
}

static void a_view_begins_again_when_the_history_changes(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    assert_true(follower_ask(&self, NOW, 1, &question));
    assert_int_equal(question.type, REQUEST_table);
    publication_t publication = said(1, 11, 3, true);
    assert_false(follower_publication(&self, &publication, NOW)); // rows first
    self.table = self.asked = false; // as the node does after the last page
    self.cursor.epoch = 1;
    self.cursor.sequence = self.announced = 10;
    publication = said(2, 1, 1, true);
    assert_false(follower_publication(&self, &publication, NOW));
    assert_null(self.trouble);
    assert_true(self.table);
    assert_int_equal(self.cursor.sequence, 0);
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.type, REQUEST_table);
}

static void current_is_nothing_missing_and_heard_within_five_seconds(void **state)
{
    (void)state;
    follower_t self = at(10);
    assert_true(follower_is_current(&self, NOW + FOLLOWER_CURRENT_US));
    assert_false(follower_is_current(&self, NOW + FOLLOWER_CURRENT_US + 1));
    self.announced = 11;
    assert_false(follower_is_current(&self, NOW));
    self = at(10);
    self.trouble = "other";
    assert_false(follower_is_current(&self, NOW));
    follower_init(&self, STREAM_LEDGER, FOLLOWER_FACTS, POLL_US);
    assert_false(follower_is_current(&self, SECOND_US)); // nothing was heard yet
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_publication_is_taken_noted_or_refused),
        cmocka_unit_test(a_new_writer_is_taken_from_only_after_its_replay_door_vouched),
        cmocka_unit_test(a_new_writers_yes_counts_only_where_the_cursor_still_stands),
        cmocka_unit_test(what_was_taken_is_no_longer_asked_for),
        cmocka_unit_test(what_must_wait_is_asked_for_after_a_pause),
        cmocka_unit_test(a_new_writer_makes_nothing_current_before_its_replay_door_vouched),
        cmocka_unit_test(each_answer_is_taken_or_dropped),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_and_the_late_one_dropped),
        cmocka_unit_test(a_view_begins_again_when_the_history_changes),
        cmocka_unit_test(current_is_nothing_missing_and_heard_within_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
