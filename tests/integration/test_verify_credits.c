// `kopeck verify` on a journal of metering's that somebody has tampered with and sealed again with
// a right tree and head: a credit that names another line than the one it gives back of. Nothing
// but the line itself contradicts it.
#include "services/node/head.h"
#include "store/journal.h"
#include "store/record.h"
#include "tests/model/metering_harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define START (INT64_C(1790000000) * SECOND_US / HOUR_US * HOUR_US)
enum { TEXT_MAX = 64 * 1024, RESOURCES = 3 };

typedef enum { TRUE_JOURNAL, ANOTHER_LINE, NO_LINE, LONGER_LINE, LIES } lie_t;

static const char *kopeck;

typedef struct {
    journal_t *journal;
    uint64_t term;
    head_t head;
    lie_t lie;
    uint64_t line; // the first one's sequence
    bool lied;
} writer_t;

static void tamper(writer_t *self, event_t *event)
{
    event_usage_credited_t *credit = &event->usage_credited;
    if (event->type == EVENT_usage_charged && !self->line)
        self->line = self->head.last + 1;
    if (event->type != EVENT_usage_credited || self->lied)
        return;
    self->lied = true;
    if (self->lie == ANOTHER_LINE)
        credit->original = self->line;
    else if (self->lie == NO_LINE)
        credit->original = 1;
    else if (self->lie == LONGER_LINE)
        credit->charged_minutes++;
}

// One event a record, each with its head.
static void keep(void *arg, const event_t *event)
{
    static uint8_t bytes[RECORD_TARGET], encoded[JOURNAL_EVENT_MAX], head[HEAD_BYTES_MAX];
    writer_t *self = arg;
    event_t told = *event;
    record_builder_t builder;
    hash_t leaf;
    tamper(self, &told);
    size_t size = event_encode(&told, encoded, sizeof encoded);
    assert_true(size > 0);
    record_builder_begin(&builder, bytes, sizeof bytes, self->head.last + 1,
                         journal_segment_events(self->journal));
    assert_true(record_builder_add(&builder, encoded, size));
    journal_record_t record = record_builder_end(&builder);
    tree_leaf(encoded, size, &leaf);
    tree_append(&self->head.tree, &leaf);
    self->head.last++;
    self->head.time = told.at;
    size = head_encode(&self->head, head, sizeof head);
    assert_true(size > 0);
    assert_int_equal(
        journal_append(self->journal, self->head.last - 1, self->term, &record, 1, head, size),
        FAIL_NONE);
}

// Three resources run for two hours; one is said to have stopped after the first, told late.
static void write_journal(const char *directory, lie_t lie)
{
    static writer_t self;
    harness_t h;
    self = (writer_t){.lie = lie, .head = {.epoch = 1}};
    assert_int_equal(journal_open(directory, &(journal_options_t){.create = true}, &self.journal),
                     FAIL_NONE);
    assert_int_equal(journal_lead(self.journal, &self.term), FAIL_NONE);
    self.head.term = self.term;
    harness_open(&h, NULL);
    for (size_t i = 0; i < h.events_count; i++)
        keep(&self, &h.events[i]);
    h.observe = keep;
    h.arg = &self;
    harness_time(&h, START);
    for (unsigned i = 1; i <= RESOURCES; i++)
        harness_started(&h, START, harness_id('r', i), harness_id('p', i), harness_id('a', 1),
                        "nachalny");
    harness_through(&h, START + 2 * HOUR_US);
    harness_time(&h, START + 2 * HOUR_US + 5 * MINUTE_US);
    harness_stopped(&h, START + HOUR_US, harness_id('r', 2), harness_id('p', 2));
    harness_time(&h, h.now);
    harness_close(&h);
    assert_true(self.lied);
    journal_destroy(&self.journal);
}

static int verify(const char *directory, char text[TEXT_MAX])
{
    char command[1024];
    snprintf(command, sizeof command, "%s verify --metering %s 2>&1", kopeck, directory);
    FILE *out = popen(command, "r"); // NOLINT: names of our own
    assert_non_null(out);
    size_t size = fread(text, 1, TEXT_MAX - 1, out);
    text[size] = '\0';
    int status = pclose(out);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_credit_is_held_against_the_line_that_it_names(void **state)
{
    (void)state;
    static const char *const named[LIES] = {
        [ANOTHER_LINE] = "a credit is of its line's meter, hour and price: expected",
        [NO_LINE] = "what a credit names is a line: expected",
        [LONGER_LINE] = "a credit says how many minutes its line charged: expected"};
    for (lie_t lie = TRUE_JOURNAL; lie < LIES; lie++) {
        static char text[TEXT_MAX];
        char directory[] = "/tmp/kopeck-credits-XXXXXX", removal[64];
        assert_non_null(mkdtemp(directory));
        write_journal(directory, lie);
        int status = verify(directory, text);
        if (status != (lie != TRUE_JOURNAL) || (named[lie] && !strstr(text, named[lie])))
            fail_msg("lie %d: verify ended with %d: %s", (int)lie, status, text);
        snprintf(removal, sizeof removal, "rm -r %s", directory);
        assert_int_equal(system(removal), 0); // NOLINT: a name of our own
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    kopeck = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_credit_is_held_against_the_line_that_it_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
