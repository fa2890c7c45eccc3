// What a node answers by itself: its status, which is a checkpoint of its journal.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void status_is_a_checkpoint(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5), status = {.type = REQUEST_status, .number = 2};
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_ask(rig, &status, ROLE_AUDITOR);
    rig_end(rig);
    answer_t answer = rig_answer(rig, 1, REQUEST_status);
    assert_int_equal(answer.status.last, 2);
    tree_t tree = {0};
    for (uint64_t sequence = 1; sequence <= answer.status.last; sequence++) {
        uint8_t bytes[512];
        size_t size;
        hash_t leaf;
        assert_int_equal(journal_find(rig->reader, sequence, bytes, sizeof bytes, &size), 0);
        tree_leaf(bytes, size, &leaf);
        tree_append(&tree, &leaf);
    }
    hash_t root;
    tree_root(&tree, &root);
    assert_memory_equal(&root, &answer.status.root, sizeof root);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_is_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
