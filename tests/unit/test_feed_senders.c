// Who pushed last, of each producer: by numbering and name, and bounded.
#include "services/node/feed_senders.h"
#include "services/node/node.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

_Static_assert((int)FEED_SENDER_NAME_MAX == (int)PEER_NAME_MAX,
               "a certificate's whole name has a place");

static event_feed_sent_by_t sender(stream_t producer, uint64_t epoch, const char *name)
{
    return (event_feed_sent_by_t){
        .producer = producer, .epoch = epoch, .certificate = text_of(name)};
}

static bool known(const feed_senders_t *self, stream_t producer, uint64_t epoch, const char *name)
{
    event_feed_sent_by_t asked = sender(producer, epoch, name);
    return feed_senders_know(self, &asked);
}

static void the_last_note_of_a_producer_holds(void **state)
{
    (void)state;
    static feed_senders_t self;
    event_feed_sent_by_t note = sender(100, 1, "anna");
    assert_false(known(&self, 100, 1, "anna"));
    feed_senders_note(&self, &note);
    assert_true(known(&self, 100, 1, "anna"));
    assert_false(known(&self, 100, 2, "anna"));
    assert_false(known(&self, 100, 1, "ann"));
    assert_false(known(&self, 100, 1, "anna2"));
    assert_false(known(&self, 101, 1, "anna"));
    note.imported = true; // the same name in another role
    assert_false(feed_senders_know(&self, &note));
    note = sender(100, 2, "boris");
    feed_senders_note(&self, &note);
    assert_true(known(&self, 100, 2, "boris"));
    assert_false(known(&self, 100, 1, "anna"));
    assert_int_equal(self.count, 1);
}

static void a_name_longer_than_any_is_cut_and_never_known(void **state)
{
    (void)state;
    static feed_senders_t self;
    char name[FEED_SENDER_NAME_MAX + 2];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    event_feed_sent_by_t note = sender(100, 1, name);
    feed_senders_note(&self, &note);
    assert_false(known(&self, 100, 1, name));
    name[FEED_SENDER_NAME_MAX] = '\0';
    assert_true(known(&self, 100, 1, name));
}

static void beyond_all_places_the_oldest_note_is_forgotten(void **state)
{
    (void)state;
    static feed_senders_t self;
    for (stream_t i = 0; i < FEED_SENDERS_MAX + 2; i++) {
        event_feed_sent_by_t note = sender(100 + i, 1, "anna");
        feed_senders_note(&self, &note);
    }
    assert_int_equal(self.count, FEED_SENDERS_MAX);
    assert_false(known(&self, 100, 1, "anna"));
    assert_false(known(&self, 101, 1, "anna"));
    for (stream_t i = 2; i < FEED_SENDERS_MAX + 2; i++)
        assert_true(known(&self, 100 + i, 1, "anna"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_note_of_a_producer_holds),
        cmocka_unit_test(a_name_longer_than_any_is_cut_and_never_known),
        cmocka_unit_test(beyond_all_places_the_oldest_note_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
