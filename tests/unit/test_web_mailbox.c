// Where threads hand each other questions.
#include "services/web/web_mailbox.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool rings(const web_mailbox_t *mailbox)
{
    struct pollfd item = {.fd = mailbox->bell, .events = POLLIN};
    return poll(&item, 1, 0) == 1;
}

static void what_is_put_in_comes_out_in_order_and_the_bell_rings_until_then(void **state)
{
    (void)state;
    web_mailbox_t mailbox;
    web_question_t rows[3] = {{0}};
    bool closed;
    assert_true(web_mailbox_init(&mailbox));
    assert_false(rings(&mailbox));
    assert_null(web_mailbox_take(&mailbox, &closed));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++)
            assert_true(web_mailbox_put(&mailbox, &rows[i]));
        for (int i = 0; i < 3; i++) {
            assert_true(rings(&mailbox));
            assert_ptr_equal(web_mailbox_take(&mailbox, &closed), &rows[i]);
        }
        assert_null(web_mailbox_take(&mailbox, &closed));
        assert_false(closed);
        assert_false(rings(&mailbox));
    }
    web_mailbox_destroy(&mailbox);
}

static void a_closed_one_takes_no_more_and_gives_what_it_has(void **state)
{
    (void)state;
    web_mailbox_t mailbox;
    web_question_t rows[2] = {{0}};
    bool closed;
    assert_true(web_mailbox_init(&mailbox));
    assert_true(web_mailbox_put(&mailbox, &rows[0]));
    web_mailbox_close(&mailbox);
    assert_true(rings(&mailbox));
    assert_false(web_mailbox_put(&mailbox, &rows[1]));
    assert_ptr_equal(web_mailbox_take(&mailbox, &closed), &rows[0]);
    assert_null(web_mailbox_take(&mailbox, &closed));
    assert_true(closed);
    web_mailbox_destroy(&mailbox);
}

static void closing_wakes_who_waits(void **state)
{
    (void)state;
    web_mailbox_t mailbox;
    bool closed;
    assert_true(web_mailbox_init(&mailbox));
    web_mailbox_close(&mailbox);
    assert_true(rings(&mailbox));
    assert_null(web_mailbox_take(&mailbox, &closed));
    assert_true(closed);
    web_mailbox_destroy(&mailbox);
}

enum { EACH = 2000, WRITERS = 3 };

typedef struct {
    web_mailbox_t *mailbox;
    web_question_t rows[EACH];
} writer_of_t;

static void *put_all(void *arg)
{
    writer_of_t *self = arg;
    for (size_t i = 0; i < EACH; i++) {
        self->rows[i].number = i;
        web_mailbox_put(self->mailbox, &self->rows[i]);
    }
    return NULL;
}

static void many_threads_lose_nothing_and_keep_their_order(void **state)
{
    (void)state;
    static writer_of_t writers[WRITERS];
    web_mailbox_t mailbox;
    pthread_t threads[WRITERS];
    uint64_t next[WRITERS] = {0};
    bool closed;
    assert_true(web_mailbox_init(&mailbox));
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i].mailbox = &mailbox;
        for (size_t row = 0; row < EACH; row++)
            writers[i].rows[row].context = &next[i];
        assert_int_equal(pthread_create(&threads[i], NULL, put_all, &writers[i]), 0);
    }
    for (size_t taken = 0; taken < WRITERS * EACH;) {
        struct pollfd item = {.fd = mailbox.bell, .events = POLLIN};
        assert_int_equal(poll(&item, 1, 10000), 1);
        for (web_question_t *row; (row = web_mailbox_take(&mailbox, &closed)); taken++) {
            uint64_t *expected = row->context;
            assert_int_equal(row->number, *expected);
            ++*expected;
        }
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    web_mailbox_destroy(&mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_comes_out_in_order_and_the_bell_rings_until_then),
        cmocka_unit_test(a_closed_one_takes_no_more_and_gives_what_it_has),
        cmocka_unit_test(closing_wakes_who_waits),
        cmocka_unit_test(many_threads_lose_nothing_and_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
