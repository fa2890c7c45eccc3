#include "tests/unit/follower_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

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
        {"another epoch", 2, 11, 3, true, false, true, true},
        {"an older epoch", 0, 11, 3, true, false, true, false},
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
        {"another history", 7, FAIL_HISTORY, 0, 0, false, false, true, FOLLOWER_PARTED_US},
        {"another epoch", 7, 0, 2, 20, true, false, true, FOLLOWER_PARTED_US},
        {"not allowed", 7, FAIL_DENIED, 0, 0, false, false, false, FOLLOWER_QUESTION_US},
        {"full", 7, FAIL_FULL, 0, 0, false, false, false, FOLLOWER_QUESTION_US},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        follower_t self = at(10);
        request_t question;
        self.unvouched = true;
        assert_true(follower_ask(&self, NOW, 7, &question));
        answer_t answer = replayed(cases[i].number, cases[i].fail, cases[i].epoch, cases[i].last,
                                   cases[i].records);
        bool take = follower_replayed(&self, &answer, NOW);
        instant_t wake = follower_wake(&self);
        instant_t want = cases[i].wake ? NOW + cases[i].wake : 0;
        if (take != cases[i].take || (self.trouble != NULL) != cases[i].trouble || wake != want)
            fail_msg("%s: take %d, wake %lld", cases[i].what, take, (long long)wake);
    }
}

// A second process of a copied configuration answers at its doors for a while.
static void who_met_another_history_goes_on_once_its_own_is_back(void **state)
{
    (void)state;
    follower_t self = at(10);
    request_t question;
    instant_t now = NOW;
    publication_t foreign = said(2, 1, 1, true), ours = said(1, 11, 1, true);
    self.term = ours.term;
    assert_false(follower_publication(&self, &foreign, now));
    assert_non_null(self.trouble);
    assert_false(follower_is_current(&self, now));
    assert_false(follower_publication(&self, &ours, now)); // which of them speaks?
    for (uint64_t number = 1; number <= 3; number++, now += FOLLOWER_PARTED_US) {
        assert_true(follower_ask(&self, now, number, &question));
        assert_int_equal(question.replay.from, 11); // nothing was taken meanwhile
        answer_t not_ours = replayed(number, FAIL_HISTORY, 0, 0, false);
        assert_false(follower_replayed(&self, &not_ours, now));
        assert_non_null(self.trouble);
        assert_false(follower_ask(&self, now + FOLLOWER_PARTED_US - 1, number, &question));
    }
    assert_true(follower_ask(&self, now, 9, &question));
    answer_t is_ours = replayed(9, 0, 1, 12, true);
    assert_true(follower_replayed(&self, &is_ours, now));
    assert_null(self.trouble);
    follower_took(&self, 12, &self.cursor.leaf);
    assert_true(follower_is_current(&self, now));
}

// What no history is to blame for is a person's to mend.
static void a_stream_that_is_not_understood_is_not_asked_again(void **state)
{
    (void)state;
    follower_t self = at(10);
    request_t question;
    assert_false(follower_ask(&self, NOW, 7, &question));
    self.trouble = "an event that must be understood";
    assert_int_equal(follower_wake(&self), INT64_MAX);
    assert_false(follower_ask(&self, INT64_MAX - 1, 7, &question));
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

static answer_t of_writer(uint64_t number, fail_t fail, uint64_t epoch, uint64_t last, bool records)
{
    answer_t answer = replayed(number, fail, epoch, last, records);
    answer.replay.term = TERM;
    return answer;
}

static answer_table_t page_of(uint64_t epoch, uint64_t term, uint64_t last)
{
    return (answer_table_t){.epoch = epoch, .term = term, .last = last};
}

// As the node does with the only page of a table.
static bool take_table(follower_t *self, uint64_t number, const answer_table_t *page)
{
    request_t question;
    assert_true(follower_ask(self, NOW, number, &question));
    assert_int_equal(question.type, REQUEST_table);
    if (!follower_page(self, page, NOW))
        return false;
    self->table_begun = true;
    self->table_last = page->last;
    follower_took_table(self);
    return true;
}

static void a_view_accepts_the_first_history_it_meets_and_no_other(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    answer_table_t page = page_of(1, TERM, 10);
    assert_true(take_table(&self, 1, &page));
    assert_false(follower_is_current(&self, NOW)); // whose rows these are is not said yet
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.type, REQUEST_replay);
    assert_int_equal(question.replay.from, 10); // the table's last event, to learn its leaf
    answer_t answer = of_writer(2, 0, 1, 10, true);
    assert_true(follower_replayed(&self, &answer, NOW));
    assert_int_equal(self.stored_epoch, 0); // to be stored by the node
    hash_t leaf = {{7}};
    follower_took(&self, 10, &leaf);
    assert_true(follower_is_current(&self, NOW));
    publication_t publication = said(2, 1, 1, true);
    assert_false(follower_publication(&self, &publication, NOW));
    assert_non_null(self.trouble);
    assert_int_equal(self.cursor.epoch, 1);
    assert_true(follower_wake(&self) > NOW); // it asks on: its own may come back
}

// Of what is a fact, too, no event is passed over: the table may be far ahead of the cursor.
static void facts_with_a_view_are_taken_from_the_first_event_on(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_BOTH, POLL_US);
    answer_table_t page = page_of(1, TERM, 10);
    assert_true(take_table(&self, 1, &page));
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.type, REQUEST_replay);
    assert_int_equal(question.replay.from, 1);
    assert_true(follower_is_behind(&self));

    const cursor_t stored = {.stream = STREAM_LEDGER, .epoch = 1, .sequence = 4, .leaf = {{7}}};
    follower_init(&self, STREAM_LEDGER, FOLLOWER_BOTH, POLL_US);
    follower_accept(&self, &stored);
    assert_true(take_table(&self, 1, &page));
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.replay.from, 5);
}

static void a_view_that_starts_again_goes_on_in_its_own_history_alone(void **state)
{
    (void)state;
    const cursor_t stored = {.stream = STREAM_LEDGER, .epoch = 1, .sequence = 10, .leaf = {{7}}};
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    follower_accept(&self, &stored);
    answer_table_t other = page_of(2, TERM, 30), own = page_of(1, TERM, 30);
    assert_false(take_table(&self, 1, &other)); // not one row of it
    assert_non_null(self.trouble);

    // A history of the same name that does not hold what we had: the replay door says so.
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    follower_accept(&self, &stored);
    assert_true(take_table(&self, 1, &own));
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.replay.from, 11);
    assert_int_equal(question.replay.epoch, 1);
    assert_memory_equal(&question.replay.leaf, &stored.leaf, sizeof stored.leaf);
    answer_t refused = {.type = REQUEST_replay, .number = 2, .fail = FAIL_HISTORY};
    assert_false(follower_replayed(&self, &refused, NOW));
    assert_non_null(self.trouble);
}

// Its own history is back while it waits for its table: by name, or by the event that it holds.
static void a_view_that_starts_beside_another_history_goes_on_once_its_own_is_back(void **state)
{
    (void)state;
    const cursor_t stored = {.stream = STREAM_LEDGER, .epoch = 1, .sequence = 10, .leaf = {{7}}};
    answer_table_t other = page_of(2, TERM, 30), namesake = page_of(1, TERM - 1, 12),
                   own = page_of(1, TERM, 12);
    answer_t refused = {.type = REQUEST_replay, .number = 2, .fail = FAIL_HISTORY},
             held = of_writer(3, 0, 1, 12, true);
    for (int by_name = 0; by_name < 2; by_name++) {
        follower_t self;
        request_t question;
        instant_t now = NOW;
        follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
        follower_accept(&self, &stored);
        assert_int_equal(take_table(&self, 1, by_name ? &other : &namesake), !by_name);
        if (!by_name) { // the replay door says of the true one that it holds our event
            assert_true(follower_ask(&self, now, 2, &question));
            assert_false(follower_replayed(&self, &refused, now));
            now += FOLLOWER_PARTED_US;
            assert_true(follower_ask(&self, now, 3, &question));
            assert_false(follower_replayed(&self, &held, now)); // the rows are another's
        }
        assert_non_null(self.trouble);
        now += FOLLOWER_PARTED_US;
        assert_true(follower_ask(&self, now, 4, &question));
        assert_int_equal(question.type, REQUEST_table);
        assert_true(follower_page(&self, &own, now));
        self.table_last = own.last;
        follower_took_table(&self);
        assert_null(self.trouble);
        assert_false(follower_is_current(&self, now)); // a name is no proof
        assert_true(follower_ask(&self, now, 3, &question));
        assert_int_equal(question.replay.from, 11);
        assert_true(follower_replayed(&self, &held, now));
        follower_took(&self, 12, &stored.leaf);
        assert_true(follower_is_current(&self, now));
    }
}

static void rows_of_another_writer_than_the_replay_doors_are_fetched_again(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    answer_table_t page = page_of(1, TERM - 1, 10);
    assert_true(take_table(&self, 1, &page));
    assert_true(follower_ask(&self, NOW, 2, &question));
    answer_t answer = of_writer(2, 0, 1, 10, true);
    assert_false(follower_replayed(&self, &answer, NOW));
    assert_null(self.trouble);
    assert_true(self.fetches_table);
    page = page_of(1, TERM, 12);
    assert_true(take_table(&self, 3, &page));
    assert_true(follower_ask(&self, NOW, 4, &question));
    answer = of_writer(4, 0, 1, 12, true);
    assert_true(follower_replayed(&self, &answer, NOW));
}

static void pages_of_two_writers_make_no_table(void **state)
{
    (void)state;
    follower_t self;
    request_t question;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_VIEW, POLL_US);
    answer_table_t page = page_of(1, TERM, 10);
    assert_true(follower_ask(&self, NOW, 1, &question));
    assert_true(follower_page(&self, &page, NOW));
    self.table_begun = true;
    self.table_row = 5;
    page.term++;
    assert_true(follower_ask(&self, NOW, 2, &question));
    assert_int_equal(question.table.from, 5);
    assert_false(follower_page(&self, &page, NOW));
    assert_true(follower_ask(&self, NOW, 3, &question));
    assert_int_equal(question.table.from, 0);
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

static void what_was_said_before_a_sleep_makes_nothing_current(void **state)
{
    (void)state;
    request_t question = {0};
    follower_t self = at(10);
    assert_true(follower_ask(&self, NOW + POLL_US, 7, &question));
    follower_slept(&self);
    publication_t beat = said(1, 10, 0, false);
    (void)follower_publication(&self, &beat, NOW + POLL_US);
    answer_t late = {.number = 7, .replay = {.epoch = 1, .last = 10}};
    assert_false(follower_replayed(&self, &late, NOW + POLL_US));
    assert_false(follower_is_current(&self, NOW + POLL_US));
    assert_true(follower_ask(&self, NOW + POLL_US, 8, &question)); // at once
    answer_t fresh = {.number = 8, .replay = {.epoch = 1, .last = 10}};
    (void)follower_replayed(&self, &fresh, NOW + POLL_US);
    assert_true(follower_is_current(&self, NOW + POLL_US));
}

static void a_stream_that_lives_is_asked_for_its_time_where_that_is_wanted(void **state)
{
    (void)state;
    request_t question = {0};
    follower_t self = at(10);
    self.asked_at = NOW;
    for (int i = 1; i <= 4; i++) { // heard again and again
        self.heard = NOW + i * SECOND_US;
        assert_int_equal(follower_wake(&self), self.heard + POLL_US);
    }
    self.word_us = 3 * SECOND_US;
    assert_int_equal(follower_wake(&self), NOW + 3 * SECOND_US);
    assert_true(follower_ask(&self, NOW + 3 * SECOND_US, 1, &question));
    assert_int_equal(question.type, REQUEST_replay);
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
        cmocka_unit_test(who_met_another_history_goes_on_once_its_own_is_back),
        cmocka_unit_test(a_stream_that_is_not_understood_is_not_asked_again),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_and_the_late_one_dropped),
        cmocka_unit_test(a_view_accepts_the_first_history_it_meets_and_no_other),
        cmocka_unit_test(facts_with_a_view_are_taken_from_the_first_event_on),
        cmocka_unit_test(a_view_that_starts_again_goes_on_in_its_own_history_alone),
        cmocka_unit_test(a_view_that_starts_beside_another_history_goes_on_once_its_own_is_back),
        cmocka_unit_test(rows_of_another_writer_than_the_replay_doors_are_fetched_again),
        cmocka_unit_test(pages_of_two_writers_make_no_table),
        cmocka_unit_test(current_is_nothing_missing_and_heard_within_five_seconds),
        cmocka_unit_test(what_was_said_before_a_sleep_makes_nothing_current),
        cmocka_unit_test(a_stream_that_lives_is_asked_for_its_time_where_that_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
