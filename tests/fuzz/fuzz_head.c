// fuzz_head - any bytes are a journal's head or a saved tree, or are refused; what was read is
// written as the same bytes, and a frontier that was read can be appended to. The digest that
// closes a head is put right first: no fuzzer would guess it.
#include "proto/digest.h"
#include "services/node/head.h"
#include "tests/fuzz/fuzz.h"

static void check_tree(const uint8_t *data, size_t size)
{
    static uint8_t bytes[TREE_SAVED_MAX];
    tree_t tree;
    hash_t root, leaf = {{7}};
    if (tree_load(data, size, &tree))
        return;
    require(tree_save(&tree, bytes) == size && memcmp(bytes, data, size) == 0);
    tree_root(&tree, &root);
    if (tree.size == UINT64_MAX)
        return;
    uint64_t leaves = tree.size;
    tree_append(&tree, &leaf);
    require(tree.size == leaves + 1);
    require(tree_load(bytes, tree_save(&tree, bytes), &tree) == FAIL_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static head_t head, again;
    static uint8_t first[HEAD_BYTES_MAX + DIGEST_SHA256_SIZE];
    static uint8_t second[HEAD_BYTES_MAX + DIGEST_SHA256_SIZE];
    check_tree(data, size);
    if (size > HEAD_BYTES_MAX)
        return 0;
    memcpy(first, data, size);
    digest_sha256(data, size, first + size);
    if (head_decode(first, size + DIGEST_SHA256_SIZE, &head))
        return 0;
    size_t first_size = head_encode(&head, first, sizeof first);
    require(first_size > 0 && head_decode(first, first_size, &again) == FAIL_NONE);
    require(again.last == head.last && again.cursors_count == head.cursors_count);
    for (size_t i = 0; i < head.cursors_count; i++)
        require(head_cursor(&again, head.cursors[i].stream) != NULL);
    size_t second_size = head_encode(&again, second, sizeof second);
    require(first_size == second_size && memcmp(first, second, first_size) == 0);
    return 0;
}
