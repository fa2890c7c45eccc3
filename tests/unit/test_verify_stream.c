// What holds of every journal, and each way in which its bytes can be wrong.
#include "tools/kopeck/verify_stream.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { EVENTS = 9, BYTES = 128 };

typedef struct {
    uint8_t bytes[EVENTS][BYTES];
    uint32_t sizes[EVENTS];
    uint64_t sequences[EVENTS];
    size_t count;
    uint64_t last; // as the writer states it
    hash_t root;
} journal_bytes_t;

static void put(journal_bytes_t *self, size_t i, instant_t at)
{
    event_t event = {.type = EVENT_hour_closed, .at = at, .hour_closed.lines = i};
    self->sizes[i] = (uint32_t)event_encode(&event, self->bytes[i], BYTES);
}

static journal_bytes_t make(void)
{
    journal_bytes_t journal = {.count = EVENTS, .last = EVENTS};
    tree_t tree = {0};
    for (size_t i = 0; i < EVENTS; i++) {
        hash_t leaf;
        put(&journal, i, 1000 + (instant_t)i / 2);
        journal.sequences[i] = i + 1;
        tree_leaf(journal.bytes[i], journal.sizes[i], &leaf);
        tree_append(&tree, &leaf);
    }
    tree_root(&tree, &journal.root);
    return journal;
}

static verify_report_t run(const journal_bytes_t *journal)
{
    verify_report_t report = {0};
    verify_stream_t checker;
    verify_stream_init(&checker, &report, STREAM_METERING);
    for (size_t i = 0; i < journal->count; i++) {
        event_t event;
        (void)verify_stream_feed(&checker, journal->sequences[i],
                                 (bytes_t){journal->bytes[i], journal->sizes[i]}, &event);
    }
    verify_stream_finish(&checker, journal->last, &journal->root);
    return report;
}

static void a_whole_journal_holds(void **state)
{
    (void)state;
    journal_bytes_t journal = make();
    verify_report_t report = run(&journal);
    assert_int_equal(report.violated, 0);
    assert_int_equal(report.checked, 3 * EVENTS + 2);
}

static void every_bit_that_flips_is_found(void **state)
{
    (void)state;
    journal_bytes_t journal = make();
    for (size_t i = 0; i < EVENTS; i++)
        for (size_t bit = 0; bit < 8 * (size_t)journal.sizes[i]; bit++) {
            journal.bytes[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            verify_report_t report = run(&journal);
            assert_int_equal(verify_violations(&report, "stream: tree root"), 1);
            journal.bytes[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
}

static void lose_the_last(journal_bytes_t *journal)
{
    journal->count--;
}
static void lose_one(journal_bytes_t *journal)
{
    for (size_t i = 4; i < EVENTS; i++)
        journal->sequences[i]++;
}
static void run_back(journal_bytes_t *journal)
{
    put(journal, 5, 999);
}
static void break_one(journal_bytes_t *journal)
{
    journal->bytes[3][0] = 0xc1;
}
static void cut_one_short(journal_bytes_t *journal)
{
    journal->sizes[3]--;
}
static void state_another_root(journal_bytes_t *journal)
{
    journal->root.bytes[31] ^= 1;
}

static void end_amid(journal_bytes_t *journal)
{
    event_t event = {.type = EVENT_node_ended, .at = 1002};
    journal->sizes[5] = (uint32_t)event_encode(&event, journal->bytes[5], BYTES);
}

static void an_end_is_followed_by_a_start(void **state)
{
    (void)state;
    journal_bytes_t journal = make();
    event_t event = {.type = EVENT_node_booted, .at = 1003};
    end_amid(&journal);
    journal.sizes[6] = (uint32_t)event_encode(&event, journal.bytes[6], BYTES);
    verify_report_t report = run(&journal);
    assert_int_equal(verify_violations(&report, "stream: behind an orderly end stands a start"), 0);
}

static void a_journal_shows_whose_it_is(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_node_booted};
    assert_int_equal(verify_stream_owner(&event), STREAM_NONE); // of before it said so
    event.node_booted.stream = STREAM_PAYMENT;
    assert_int_equal(verify_stream_owner(&event), STREAM_PAYMENT);
    static const struct {
        event_type_t type;
        stream_t stream;
    } rows[] = {{EVENT_hour_closed, STREAM_METERING},
                {EVENT_posted, STREAM_LEDGER},
                {EVENT_payment_created, STREAM_PAYMENT},
                {EVENT_autopay_settled, STREAM_AUTOPAY},
                {EVENT_node_clock_doubted, STREAM_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event = (event_t){.type = rows[i].type};
        assert_int_equal(verify_stream_owner(&event), rows[i].stream);
    }
}

static void every_fault_of_a_journal_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        void (*plant)(journal_bytes_t *journal);
    } faults[] = {{"stream: whole to its last event", lose_the_last},
                  {"stream: tree root", lose_the_last},
                  {"stream: no gap", lose_one},
                  {"stream: time never runs back", run_back},
                  {"stream: behind an orderly end stands a start", end_amid},
                  {"stream: every event decodes", break_one},
                  {"stream: every event decodes", cut_one_short},
                  {"stream: tree root", state_another_root}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        journal_bytes_t journal = make();
        faults[i].plant(&journal);
        verify_report_t report = run(&journal);
        assert_true(verify_violations(&report, faults[i].rule) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_journal_holds),
                                       cmocka_unit_test(an_end_is_followed_by_a_start),
                                       cmocka_unit_test(a_journal_shows_whose_it_is),
                                       cmocka_unit_test(every_bit_that_flips_is_found),
                                       cmocka_unit_test(every_fault_of_a_journal_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
