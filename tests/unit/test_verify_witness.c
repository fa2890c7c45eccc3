// What journals noted of each other, and roots that somebody kept, held against journals.
#include "store/journal.h"
#include "tools/kopeck/verify_witness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { EVENTS = 12 };

static verify_report_t report;
static verify_stream_t streams[STREAM_END];
static verify_witness_t self;

static void begin(void)
{
    report = (verify_report_t){0};
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++)
        verify_stream_init(&streams[stream], &report, stream);
    verify_witness_init(&self, &report, streams);
    self.here[STREAM_LEDGER] = self.here[STREAM_AUTOPAY] = true;
    self.known[STREAM_AUTOPAY] = self.known[STREAM_LEDGER] = UINT64_MAX;
}

static bytes_t bytes_of(const event_t *event)
{
    static uint8_t bytes[JOURNAL_EVENT_MAX];
    return (bytes_t){bytes, (uint32_t)event_encode(event, bytes, sizeof bytes)};
}

static void feed(stream_t stream, const event_t *event)
{
    event_t decoded;
    assert_true(
        verify_stream_feed(&streams[stream], streams[stream].last + 1, bytes_of(event), &decoded));
    verify_witness_feed(&self, stream, &decoded);
}

// The ledger's n-th event; the first one names the history.
static event_t of_the_ledger(uint64_t n, uint64_t epoch)
{
    event_t event = {.type = EVENT_node_booted, .at = (instant_t)n};
    event.node_booted.epoch = epoch;
    return event;
}

static void read_ledger(uint64_t to, uint64_t epoch)
{
    while (streams[STREAM_LEDGER].last < to) {
        event_t event = of_the_ledger(streams[STREAM_LEDGER].last + 1, epoch);
        feed(STREAM_LEDGER, &event);
    }
}

static hash_t root_at(uint64_t last, uint64_t epoch)
{
    tree_t tree = {0};
    hash_t leaf, root;
    for (uint64_t n = 1; n <= last; n++) {
        event_t event = of_the_ledger(n, epoch);
        bytes_t bytes = bytes_of(&event);
        tree_leaf(bytes.data, bytes.size, &leaf);
        tree_append(&tree, &leaf);
    }
    tree_root(&tree, &root);
    return root;
}

// Autopay notes the ledger.
static void note(uint64_t epoch, uint64_t last, const hash_t *root)
{
    event_t event = {.type = EVENT_node_witnessed, .at = 1};
    event.node_witnessed = (event_node_witnessed_t){
        .stream = STREAM_LEDGER, .epoch = epoch, .last = last, .root = *root};
    feed(STREAM_AUTOPAY, &event);
}

static uint64_t end(void)
{
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++)
        for (uint64_t n = 1, to = verify_witness_wants(&self, stream); n <= to; n++) {
            event_t event = of_the_ledger(n, 1);
            verify_witness_again(&self, stream, n, bytes_of(&event));
        }
    verify_witness_finish(&self);
    verify_witness_release(&self);
    return report.violated;
}

// Whether the note comes before the ledger is read so far, just then, or after it.
static void a_root_is_compared_whenever_its_note_is_met(void **state)
{
    (void)state;
    for (uint64_t read = 0; read <= EVENTS; read += 4)
        for (int wrong = 0; wrong < 2; wrong++) {
            hash_t root = root_at(8, 1);
            root.bytes[31] ^= (uint8_t)wrong;
            begin();
            read_ledger(read, 1);
            note(1, 8, &root);
            note(1, 8, &root);
            read_ledger(EVENTS, 1);
            assert_int_equal(end(), 2 * wrong);
        }
}

static void a_journal_that_is_too_short_is_named_unless_the_note_may_be_newer(void **state)
{
    (void)state;
    hash_t root = root_at(8, 1);
    begin();
    note(1, 8, &root);
    read_ledger(7, 1);
    assert_int_equal(end(), 1);
    begin();
    self.known[STREAM_AUTOPAY] = 0; // it was noted after the ledger was opened
    note(1, 8, &root);
    read_ledger(7, 1);
    assert_int_equal(end(), 0);
    begin();
    self.here[STREAM_LEDGER] = false;
    note(1, 8, &root);
    assert_int_equal(end(), 0);
}

// Restored to the first four events, it goes on under another name.
static void a_restored_journal_is_held_to_what_it_kept_and_to_an_operators_word(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++)
        for (int beyond = 0; beyond < 2; beyond++) {
            hash_t kept = root_at(4, 1), lost = root_at(8, 1);
            begin();
            note(1, 4, &kept);
            note(1, 8, &lost);
            if (told) {
                event_t event = {.type = EVENT_node_reseeded, .at = 1};
                event.node_reseeded =
                    (event_node_reseeded_t){.stream = STREAM_LEDGER, .epoch = 2, .sequence = 4};
                feed(STREAM_AUTOPAY, &event);
            }
            read_ledger(4, 1);
            read_ledger(beyond ? EVENTS : 6, 2);
            assert_int_equal(end(), !told);
        }
    hash_t wrong = root_at(3, 1);
    begin();
    note(1, 4, &wrong);
    read_ledger(4, 1);
    read_ledger(EVENTS, 2);
    assert_int_equal(end(), 1); // what was kept must be the same
}

static void a_root_that_somebody_kept_is_compared(void **state)
{
    (void)state;
    hash_t root = root_at(8, 1);
    begin();
    assert_false(verify_witness_keep(&self, STREAM_PAYMENT, 1, 8, &root));
    assert_true(verify_witness_keep(&self, STREAM_LEDGER, 1, 8, &root));
    read_ledger(EVENTS, 1);
    assert_int_equal(end(), 0);
    begin();
    assert_true(verify_witness_keep(&self, STREAM_LEDGER, 1, 7, &root));
    assert_true(verify_witness_keep(&self, STREAM_LEDGER, 1, EVENTS + 1, &root));
    read_ledger(EVENTS, 1);
    assert_int_equal(end(), 2);
}

static void many_notes_and_many_names_find_their_place(void **state)
{
    (void)state;
    hash_t root = root_at(8, 1);
    begin();
    for (int i = 0; i < 200; i++)
        note(1, 8, &root);
    read_ledger(8, 1);
    for (uint64_t epoch = 2; epoch < 2 + 2 * VERIFY_NAMES_MAX; epoch++)
        read_ledger(streams[STREAM_LEDGER].last + 1, epoch);
    assert_int_equal(end(), 0);
}

static void a_root_is_read_as_it_is_printed_and_nothing_else_is(void **state)
{
    (void)state;
    char word[VERIFY_ROOT_WORD_MAX];
    verify_note_t read;
    hash_t root = root_at(8, 1);
    verify_root_print(STREAM_LEDGER, 17, 8, &root, word);
    assert_true(verify_root_read(word, strlen(word), &read));
    assert_int_equal(read.of, STREAM_LEDGER);
    assert_int_equal(read.epoch, 17);
    assert_int_equal(read.last, 8);
    assert_memory_equal(&read.root, &root, sizeof root);
    assert_false(verify_root_read(word, strlen(word) - 1, &read));
    word[strlen(word) - 1] = 'G';
    assert_false(verify_root_read(word, strlen(word), &read));
    word[strlen(word) - 1] = 'A';
    assert_true(verify_root_read(word, strlen(word), &read));
    static const char *const wrong[] = {
        "",          "ledger",       "ledger:",
        "ledger:1:", "nobody:1:2:",  "ledger::2:",
        "ledger:x:", "ledger:1:2:a", "ledger:99999999999999999999:1:"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(verify_root_read(wrong[i], strlen(wrong[i]), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_compared_whenever_its_note_is_met),
        cmocka_unit_test(a_journal_that_is_too_short_is_named_unless_the_note_may_be_newer),
        cmocka_unit_test(a_restored_journal_is_held_to_what_it_kept_and_to_an_operators_word),
        cmocka_unit_test(a_root_that_somebody_kept_is_compared),
        cmocka_unit_test(many_notes_and_many_names_find_their_place),
        cmocka_unit_test(a_root_is_read_as_it_is_printed_and_nothing_else_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
