// A node's fold as bytes: loaded where it is of this journal and this program, and nowhere else.
#include "services/node/node_snapshot.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void a_start_is_from_the_last_snapshot(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    for (unsigned n = 1; n <= 5; n++) {
        (void)rig_posted(rig, n, n);
        rig_restart(rig);
        assert_true(n == 1 || rig->from_snapshot); // rig_start compares it with a replay of all
        assert_true(n == 1 || node_loaded(rig->node) > 0);
    }
    assert_int_equal(rig_sum(rig), 15);
    rig_destroy(rig);
}

// What the rig's next start says of its snapshot after it was damaged so.
static bool is_believed_with(uint64_t byte, uint8_t bits)
{
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig_restart(rig);
    if (byte >= rig->snapshot.size) {
        rig_destroy(rig);
        return false;
    }
    rig->snapshot.bytes[byte] ^= bits;
    rig_restart(rig);
    bool believed = rig->from_snapshot;
    assert_int_equal(rig_sum(rig), 5);
    rig_destroy(rig);
    return believed;
}

static void one_whose_bit_lies_is_never_believed(void **state)
{
    (void)state;
    assert_true(is_believed_with(0, 0));
    for (uint64_t byte = 0; byte < 2000; byte += 61)
        assert_false(is_believed_with(byte, (uint8_t)(1u << byte % 8)));
}

static const char *why_not(rig_t *rig, const snapshot_mark_t *mark, const void *blob, size_t size)
{
    uint8_t head[SNAPSHOT_HEAD_BYTES];
    digest_part_t part = {blob, size};
    revive_snapshot_t snapshot = {malloc(sizeof head + size), sizeof head + size, 0};
    assert_non_null(snapshot.bytes);
    snapshot_head(mark, &part, 1, head);
    memcpy(snapshot.bytes, head, sizeof head);
    memcpy(snapshot.bytes + sizeof head, blob, size);
    node_t *node;
    const char *why;
    uint64_t term = node_term(rig->node) + 1;
    assert_int_equal(
        revive_from(rig_config(rig), rig->journal, rig->reader, term, &snapshot, 1, &node, &why),
        FAIL_NONE);
    assert_true(!why == (node_loaded(node) > 0));
    node_destroy(&node);
    revive_forget(&snapshot);
    return why;
}

static void one_that_is_not_of_this_journal_and_program_is_passed_over(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig_restart(rig);
    snapshot_mark_t mark, changed;
    assert_null(snapshot_check(rig->snapshot.bytes, rig->snapshot.size, &mark));
    const uint8_t *blob = rig->snapshot.bytes + SNAPSHOT_HEAD_BYTES;
    size_t size = rig->snapshot.size - SNAPSHOT_HEAD_BYTES;
    assert_null(why_not(rig, &mark, blob, size));
#define CHANGED(field, text)                                                                       \
    do {                                                                                           \
        changed = mark;                                                                            \
        ((uint8_t *)&changed.field)[0] ^= 1;                                                       \
        assert_string_equal(why_not(rig, &changed, blob, size), text);                             \
    } while (0)
    CHANGED(stream, "it is of another process's journal");
    CHANGED(program, "another program made it");
    CHANGED(shape, "its states have other fields");
    CHANGED(epoch, "it is of another epoch");
    CHANGED(leaf, "the journal holds another event there");
    CHANGED(sequence, "the journal holds another event there");
#undef CHANGED
    changed = mark;
    changed.sequence = 1000;
    assert_string_equal(why_not(rig, &changed, blob, size), "the journal does not reach so far");
    assert_string_equal(why_not(rig, &mark, blob, size - 1), "its blob is not what its shape says");
    rig_destroy(rig);
}

// --- standing by ---

// A node beside the rig's, as of now.
static node_t *stands_by(rig_t *rig)
{
    node_config_t config = *rig_config(rig);
    node_t *node = NULL;
    config.beside = true;
    assert_int_equal(
        revive_node(&config, rig->journal, rig->reader, node_term(rig->node) + 1, &node),
        FAIL_NONE);
    return node;
}

static fail_t goes_on(node_t *node, rig_t *of)
{
    return revive_go_on(node, of->journal, of->reader, node_term(of->node) + 1);
}

static void one_that_stands_by_comes_to_what_a_replay_comes_to(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    node_t *node = stands_by(rig);
    revive_snapshot_t ours = {0}, replayed = {0};
    for (unsigned n = 2; n < 40; n++) {
        (void)rig_posted(rig, n, n % 3 ? (int64_t)n : RIG_HEAVY);
        if (n % 7 == 0)
            rig_restart(rig);
        if (n % 2)
            continue; // now and then it is behind by some
        assert_int_equal(goes_on(node, rig), FAIL_NONE);
        assert_int_equal(node_last(node), node_last(rig->node));
        node_t *anew = stands_by(rig);
        assert_true(revive_save(node, &ours) && revive_save(anew, &replayed));
        assert_int_equal(ours.size, replayed.size);
        assert_memory_equal(ours.bytes, replayed.bytes, ours.size);
        node_destroy(&anew);
    }
    assert_int_equal(goes_on(node, rig), FAIL_NONE); // where nothing came
    assert_int_equal(node_loaded(node), 0);
    node_destroy(&node);
    revive_forget(&ours);
    revive_forget(&replayed);
    rig_destroy(rig);
}

// The journal that a node reads by, which a test may change for another.
static fail_t find_in(void *reader_p, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(*(journal_reader_t **)reader_p, sequence, out, cap, ret_size);
}

static fail_t replay_one(const journal_record_t *record, void *node)
{
    return node_replay(node, record);
}

static void one_that_stands_by_does_not_go_on_with_another_history(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false), *other = rig_started(false), *shorter = rig_started(false);
    for (unsigned n = 1; n < 4; n++) {
        (void)rig_posted(rig, n, 1);
        (void)rig_posted(other, n, 2);
    }
    journal_reader_t *reads = rig->reader;
    node_config_t config = *rig_config(rig);
    config.beside = true;
    config.segment_events = journal_segment_events(rig->journal);
    config.find = find_in;
    config.find_arg = &reads;
    head_t *head = rig_durable_head(rig);
    uint8_t bytes[JOURNAL_HEAD_MAX];
    size_t size = head_encode(head, bytes, sizeof bytes);
    uint64_t last = node_last(rig->node), term = node_term(rig->node) + 1;
    node_t *node = node_new(&config);
    assert_int_equal(node_restore(node, bytes, size, last, term), FAIL_NONE);
    assert_int_equal(journal_read(rig->reader, 1, SIZE_MAX, replay_one, node), FAIL_NONE);
    assert_int_equal(node_started(node), FAIL_NONE);
    assert_int_equal(goes_on(node, shorter), FAIL_HISTORY);
    assert_int_equal(goes_on(node, rig), FAIL_NONE); // nothing had changed
    reads = other->reader;
    assert_int_equal(goes_on(node, other), FAIL_HISTORY);
    node_destroy(&node);
    rig_destroy(shorter);
    rig_destroy(other);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_is_from_the_last_snapshot),
        cmocka_unit_test(one_whose_bit_lies_is_never_believed),
        cmocka_unit_test(one_that_is_not_of_this_journal_and_program_is_passed_over),
        cmocka_unit_test(one_that_stands_by_comes_to_what_a_replay_comes_to),
        cmocka_unit_test(one_that_stands_by_does_not_go_on_with_another_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
