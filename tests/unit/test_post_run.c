// Which rows of a run of bulk postings the ledger's journal holds, whatever happened to the run,
// and when that cannot be told.
#include "tools/kopeck/post_run.h"
#include "proto/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { US = 200, OTHERS = 201, ROWS = 5 };

static const uid_t16 account = {{1, 2, 3}}, run_id = {{7}}, other_id = {{8}};
static post_run_t run;
static uint64_t sequence;

static event_posting_requested_t row(kopecks_t amount)
{
    return (event_posting_requested_t){.debit = posting_system_id(SYSTEM_PROMO),
                                       .credit = account,
                                       .amount = amount,
                                       .kind = POSTING_BONUS};
}

static void begin_rows(post_run_t *self, kopecks_t first)
{
    post_run_clear(self);
    self->id = run_id;
    self->producer = US;
    for (kopecks_t n = 0; n < ROWS; n++) {
        event_posting_requested_t posting = row(first + n);
        assert_true(post_run_add(self, &posting));
    }
}

static void announced(const uid_t16 *id, stream_t producer, const post_run_t *of)
{
    event_t event = {.type = EVENT_postings_begun,
                     .cause = {.stream = producer, .sequence = 1},
                     .postings_begun = post_run_announcement(of)};
    event.postings_begun.run = *id;
    post_run_observe(&run, ++sequence, &event);
}

static void posted(stream_t producer, uint64_t item, kopecks_t amount)
{
    event_t event = {.type = EVENT_posted,
                     .cause = {.stream = producer, .sequence = item},
                     .posted = {.account = account,
                                .debit = SYSTEM_PROMO,
                                .credit = SYSTEM_END + 3,
                                .amount = amount,
                                .kind = POSTING_BONUS}};
    post_run_observe(&run, ++sequence, &event);
}

// One letter a row: x for a posting, - for none.
static void holds(const char *rows)
{
    char shown[ROWS + 1] = "";
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        shown[i] = run.posted[i] ? 'x' : '-';
        count += run.posted[i] > 0;
    }
    assert_string_equal(shown, rows);
    assert_int_equal(run.posted_count, count);
    assert_int_equal(run.fault, POST_RUN_GOOD);
}

static int begin(void **state)
{
    (void)state;
    sequence = 0;
    begin_rows(&run, 10);
    return 0;
}

static void attempts_add_up_around_refused_rows_and_other_runs(void **state)
{
    (void)state;
    post_run_t others = {0};
    begin_rows(&others, 10); // the same rows under another id
    holds("-----");
    assert_int_equal(post_run_next(&run, 0), 0);
    announced(&run_id, US, &run);
    posted(US, 2, 10);
    posted(OTHERS, 3, 11);
    posted(US, 4, 12); // its second row was refused
    holds("x-x--");
    assert_int_equal(post_run_next(&run, 0), 1);
    assert_int_equal(post_run_next(&run, 2), 3);
    announced(&other_id, US, &others);
    posted(US, 2, 10);
    posted(US, 5, 13);
    holds("x-x--");
    announced(&run_id, US, &run); // rows 2, 4, 5 are its items 2, 3, 4
    posted(US, 3, 13);
    holds("x-xx-");
    announced(&run_id, US, &run); // rows 2, 5 are its items 2, 3
    posted(US, 2, 11);
    posted(US, 3, 14);
    holds("xxxxx");
    assert_int_equal(post_run_next(&run, 0), ROWS);
    post_run_clear(&others);
}

static void other_producers_and_their_runs_are_nobodys_business(void **state)
{
    (void)state;
    announced(&other_id, OTHERS, &run);
    posted(OTHERS, 2, 10);
    holds("-----");
    announced(&run_id, US, &run);
    posted(OTHERS, 3, 99);
    posted(US, 2, 10);
    announced(&other_id, OTHERS, &run);
    posted(US, 3, 11);
    holds("xx---");
}

static void an_id_with_other_rows_is_refused(void **state)
{
    (void)state;
    post_run_t other = {0};
    begin_rows(&other, 11);
    announced(&run_id, US, &other);
    assert_int_equal(run.fault, POST_RUN_OTHER_CONTENT);
    (void)begin(NULL);
    event_posting_requested_t more = row(15);
    begin_rows(&other, 10);
    assert_true(post_run_add(&other, &more));
    announced(&run_id, US, &other);
    assert_int_equal(run.fault, POST_RUN_OTHER_CONTENT);
    (void)begin(NULL);
    announced(&run_id, OTHERS, &run);
    assert_int_equal(run.fault, POST_RUN_OTHER_PRODUCER);
    post_run_clear(&other);
}

// A run that a program from before `opens` began is found again by its id.
static void whether_a_row_may_open_an_account_is_not_bound(void **state)
{
    (void)state;
    static const uint8_t before[] = {0x75, 0x92, 0x3c, 0x4a, 0xa2, 0xda, 0x34, 0x06,
                                     0x25, 0x02, 0xb1, 0xdd, 0xaa, 0x24, 0xa0, 0x4e,
                                     0x6e, 0x36, 0x38, 0x18, 0x58, 0xcc, 0x29, 0x10,
                                     0x0c, 0xb9, 0x0c, 0xe3, 0xa5, 0xec, 0xa3, 0xa4};
    for (int opens = 0; opens < 2; opens++) {
        event_posting_requested_t posting = row(10);
        posting.opens = opens;
        post_run_clear(&run);
        assert_true(post_run_add(&run, &posting));
        assert_memory_equal(run.content.bytes, before, sizeof before);
        assert_int_equal(run.rows[0].opens, opens);
    }
}

static void every_field_of_a_row_is_bound(void **state)
{
    (void)state;
    const hash_t content = run.content;
    for (int field = 0; field < 5; field++) {
        event_posting_requested_t other = row(10);
        post_run_clear(&run);
        switch (field) {
        case 0:
            other.debit = posting_system_id(SYSTEM_BANK);
            break;
        case 1:
            other.credit.bytes[15]++;
            break;
        case 2:
            other.amount++;
            break;
        case 3:
            other.kind = POSTING_CORRECTION;
            break;
        default:
            other.reference.bytes[0]++;
        }
        assert_true(post_run_add(&run, &other));
        for (kopecks_t n = 1; n < ROWS; n++) {
            event_posting_requested_t posting = row(10 + n);
            assert_true(post_run_add(&run, &posting));
        }
        assert_memory_not_equal(&run.content, &content, sizeof content);
    }
}

// Numberings that nobody announced end an attempt in ways that the journal alone cannot tell.
static void what_does_not_fit_is_unclear_and_not_guessed(void **state)
{
    (void)state;
    announced(&run_id, US, &run);
    posted(US, 2, 11); // its first row moves 10
    assert_int_equal(run.fault, POST_RUN_UNCLEAR);
    (void)begin(NULL);
    announced(&run_id, US, &run);
    posted(US, 3, 11);
    posted(US, 3, 12);
    assert_int_equal(run.fault, POST_RUN_UNCLEAR);
    (void)begin(NULL);
    announced(&run_id, US, &run);
    posted(US, ROWS + 2, 15); // there is no such row
    assert_int_equal(run.fault, POST_RUN_UNCLEAR);
    (void)begin(NULL);
    announced(&run_id, US, &run);
    posted(US, 1, 10);
    assert_int_equal(run.fault, POST_RUN_UNCLEAR);
}

static void unannounced_postings_that_look_like_the_rows_stop_a_run(void **state)
{
    (void)state;
    posted(US, 7, 99); // the end of a run from before
    posted(US, 2, 99);
    holds("-----");
    posted(US, 2, 11); // what a program that announces nothing posts of these rows
    assert_int_equal(run.fault, POST_RUN_UNCLEAR);
    (void)begin(NULL);
    announced(&other_id, US, &run);
    posted(US, 2, 11); // another run's, and announced
    holds("-----");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(attempts_add_up_around_refused_rows_and_other_runs, begin),
        cmocka_unit_test_setup(other_producers_and_their_runs_are_nobodys_business, begin),
        cmocka_unit_test_setup(an_id_with_other_rows_is_refused, begin),
        cmocka_unit_test_setup(whether_a_row_may_open_an_account_is_not_bound, begin),
        cmocka_unit_test_setup(every_field_of_a_row_is_bound, begin),
        cmocka_unit_test_setup(what_does_not_fit_is_unclear_and_not_guessed, begin),
        cmocka_unit_test_setup(unannounced_postings_that_look_like_the_rows_stop_a_run, begin),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    post_run_clear(&run);
    return failed;
}
