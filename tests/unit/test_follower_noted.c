// What a follower does with what was noted of its stream, and with what a writer says of it.
#include "tests/unit/follower_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

// One that has noted more than it has taken in: 20 of the stream, under the writer TERM.
static follower_t noted(void)
{
    follower_t self = at(10);
    self.term = self.checked_term = TERM;
    self.noted =
        (follower_note_t){.epoch = 1, .term = TERM, .last = 20, .root = {{2}}, .leaf = {{20}}};
    return self;
}

static answer_t witnessed(uint64_t number, uint64_t epoch, uint64_t last, uint8_t root)
{
    answer_t answer = {.type = REQUEST_witness, .number = number};
    answer.witness = (answer_witness_t){
        .epoch = epoch, .term = TERM + 1, .last = last, .root = {{root}}, .leaf = {{1}}};
    return answer;
}

static void nothing_of_a_new_writer_is_taken_before_it_holds_what_was_noted(void **state)
{
    (void)state;
    follower_t self = noted();
    request_t question;
    self.unvouched = true;
    assert_true(follower_ask(&self, NOW, 1, &question));
    answer_t answer = {.type = REQUEST_replay, .number = 1};
    answer.replay = (answer_replay_t){
        .epoch = 1, .term = TERM + 1, .last = 25, .records = {(const uint8_t *)"", 1}};
    assert_false(follower_replayed(&self, &answer, NOW));
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.type, REQUEST_witness);
    assert_int_equal(question.witness.last, 20);
    assert_int_equal(question.witness.leaf.bytes[0], 20);
    answer.number = 2;
    assert_false(follower_replayed(&self, &answer, NOW)); // that is not what was asked
    answer_t root = witnessed(2, 1, 25, 9);
    assert_true(follower_witnessed(&self, &root, NOW));
    assert_false(follower_witnessed(&self, &root, NOW)); // told twice
    assert_true(follower_ask(&self, NOW, 3, &question));
    assert_int_equal(question.type, REQUEST_replay);
    answer.number = 3;
    assert_true(follower_replayed(&self, &answer, NOW));
}

static void what_is_not_what_was_noted_stops_the_stream_until_it_is_back(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        fail_t fail;
        uint64_t epoch, last;
        uint8_t root;
        bool contradicted, trouble;
    } cases[] = {
        {"it goes on", 0, 1, 21, 9, false, false},
        {"the same", 0, 1, 20, 2, false, false},
        {"another root at the same length", 0, 1, 20, 3, true, true},
        {"shorter", 0, 1, 19, 2, true, true},
        {"the door does not hold it", FAIL_HISTORY, 1, 21, 9, true, true},
        {"another history", 0, 2, 19, 9, false, true},
        {"one that does not know the question", FAIL_INVALID, 0, 0, 0, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        follower_t self = noted();
        request_t question;
        self.note_due = true;
        self.met_term = TERM + 1;
        assert_true(follower_ask(&self, NOW, 1, &question));
        answer_t answer = witnessed(1, cases[i].epoch, cases[i].last, cases[i].root);
        answer.fail = cases[i].fail;
        bool take = follower_witnessed(&self, &answer, NOW);
        if (take != (!cases[i].trouble && !cases[i].fail) ||
            self.contradicted != cases[i].contradicted ||
            (self.trouble != NULL) != cases[i].trouble)
            fail_msg("%s: take %d", cases[i].what, take);
        if (!self.trouble)
            assert_int_equal(self.checked_term, TERM + 1);
        if (!self.contradicted)
            continue;
        instant_t again = NOW + FOLLOWER_PARTED_US;
        assert_false(follower_ask(&self, again - 1, 2, &question));
        assert_true(follower_ask(&self, again, 2, &question));
        assert_int_equal(question.type, REQUEST_witness);
        answer = witnessed(2, 1, 22, 9);
        assert_true(follower_witnessed(&self, &answer, again));
        assert_null(self.trouble);
        assert_true(self.unvouched); // whether our cursor is there too, is asked next
    }
}

static void what_is_shorter_than_what_was_taken_is_noted_by_nobody(void **state)
{
    (void)state;
    for (uint64_t last = 9; last <= 11; last++) {
        follower_t self = at(10);
        request_t question;
        self.note_due = true;
        assert_true(follower_ask(&self, NOW, 1, &question));
        assert_int_equal(question.witness.epoch, 1);
        assert_int_equal(question.witness.last, 10);
        assert_int_equal(question.witness.leaf.bytes[0], 10);
        answer_t answer = witnessed(1, 1, last, 9);
        assert_int_equal(follower_witnessed(&self, &answer, NOW), last >= 10);
        assert_int_equal(self.contradicted, last < 10);
    }
}

static void behind_an_orderly_end_nothing_follows_but_a_start(void **state)
{
    (void)state;
    follower_t self = noted();
    assert_true(follower_may_follow(&self, 21, EVENT_posted)); // it has not ended
    self.noted.ended = true;
    assert_true(follower_may_follow(&self, 20, EVENT_node_ended));
    assert_true(follower_may_follow(&self, 22, EVENT_posted));
    assert_true(follower_may_follow(&self, 21, EVENT_node_booted));
    assert_false(follower_may_follow(&self, 21, EVENT_posted));
    assert_true(self.contradicted);
    request_t question;
    assert_false(follower_ask(&self, NOW + HOUR_US, 1, &question)); // it is in the stream for good
    answer_t answer = witnessed(1, 1, 21, 9);
    self.asked = self.asked_witness = true;
    self.asked_number = 1;
    assert_false(follower_witnessed(&self, &answer, NOW));
    self = noted();
    self.noted.ended = true;
    self.noted.epoch = 2;
    assert_true(follower_may_follow(&self, 21, EVENT_posted)); // of another history
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_a_new_writer_is_taken_before_it_holds_what_was_noted),
        cmocka_unit_test(what_is_not_what_was_noted_stops_the_stream_until_it_is_back),
        cmocka_unit_test(what_is_shorter_than_what_was_taken_is_noted_by_nobody),
        cmocka_unit_test(behind_an_orderly_end_nothing_follows_but_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
