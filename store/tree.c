#include "store/tree.h"
#include "proto/digest.h"
#include <assert.h>
#include <endian.h>

enum { TOGETHER = 64 }; // leaves

void tree_leaf(const void *event, size_t size, hash_t *ret_leaf)
{
    digest_sha256_2("\x00", 1, event, size, ret_leaf->bytes);
}

void tree_node(const hash_t *left, const hash_t *right, hash_t *ret_node)
{
    uint8_t both[1 + 2 * sizeof(hash_t)];
    both[0] = 0x01;
    memcpy(both + 1, left->bytes, sizeof left->bytes);
    memcpy(both + 1 + sizeof left->bytes, right->bytes, sizeof right->bytes);
    digest_sha256(both, sizeof both, ret_node->bytes);
}

void tree_append(tree_t *self, const hash_t *leaf)
{
    assert(self->size < UINT64_MAX);
    hash_t node = *leaf;
    uint32_t level = 0;
    // Adding one is a binary addition: each carry joins two nodes of a level into one above.
    for (uint64_t carry = self->size++; carry & 1; carry >>= 1, level++)
        tree_node(&self->node[level], &node, &node);
    self->node[level] = node;
}

// Joins as many pairs of these as there are.
static void join(const hash_t *nodes, size_t pairs, hash_t *ret_nodes)
{
    digest_part_t both[TOGETHER / 2];
    assert(pairs <= TOGETHER / 2);
    for (size_t i = 0; i < pairs; i++)
        both[i] = (digest_part_t){nodes[2 * i].bytes, 2 * sizeof *nodes};
    digest_sha256_each(0x01, both, pairs, &ret_nodes->bytes);
}

// Leaves stand in rows[0] from its second place on. A level after the other: what waits there
// stands before what came, and what is left over waits.
static void append_rows(tree_t *self, hash_t rows[2][TOGETHER + 1], size_t count)
{
    uint64_t waiting = self->size;
    self->size += count;
    for (uint32_t level = 0; count; level++, waiting >>= 1) {
        hash_t *row = rows[level % 2], *above = rows[(level + 1) % 2];
        row[0] = self->node[level];
        row += !(waiting & 1);
        count += waiting & 1;
        if (count % 2)
            self->node[level] = row[count - 1];
        count /= 2;
        join(row, count, above + 1);
    }
}

void tree_append_events(tree_t *self, const bytes_t *events, size_t count)
{
    assert(self->size <= UINT64_MAX - count);
    for (size_t i = 0, some; i < count; i += some) {
        digest_part_t parts[TOGETHER];
        hash_t rows[2][TOGETHER + 1];
        for (some = 0; some < TOGETHER && i + some < count; some++)
            parts[some] = (digest_part_t){events[i + some].data, events[i + some].size};
        digest_sha256_each(0x00, parts, some, &rows[0][1].bytes);
        append_rows(self, rows, some);
    }
}

void tree_root(const tree_t *self, hash_t *ret_root)
{
    if (self->size == 0) {
        digest_sha256("", 0, ret_root->bytes);
        return;
    }
    uint32_t level = (uint32_t)__builtin_ctzll(self->size);
    hash_t root = self->node[level];
    while (++level < TREE_LEVELS_MAX) {
        if (self->size >> level & 1)
            tree_node(&self->node[level], &root, &root);
    }
    *ret_root = root;
}

size_t tree_save(const tree_t *self, uint8_t out[TREE_SAVED_MAX])
{
    uint64_t size = htole64(self->size);
    memcpy(out, &size, sizeof size);
    size_t at = sizeof size;
    for (uint32_t level = TREE_LEVELS_MAX; level-- > 0;) {
        if (self->size >> level & 1) {
            memcpy(out + at, self->node[level].bytes, sizeof(hash_t));
            at += sizeof(hash_t);
        }
    }
    return at;
}

fail_t tree_load(const void *data, size_t size, tree_t *ret_tree)
{
    const uint8_t *bytes = data;
    uint64_t leaves;
    if (size < sizeof leaves)
        return FAIL_CORRUPT;
    memcpy(&leaves, bytes, sizeof leaves);
    leaves = le64toh(leaves);
    size_t at = sizeof leaves;
    if (size - at != sizeof(hash_t) * (size_t)__builtin_popcountll(leaves))
        return FAIL_CORRUPT;
    *ret_tree = (tree_t){.size = leaves};
    for (uint32_t level = TREE_LEVELS_MAX; level-- > 0;) {
        if (leaves >> level & 1) {
            memcpy(ret_tree->node[level].bytes, bytes + at, sizeof(hash_t));
            at += sizeof(hash_t);
        }
    }
    return FAIL_NONE;
}

fail_t tree_node_of_leaves(tree_node_fn *node, void *arg, uint32_t level, uint64_t index,
                           hash_t *ret_node)
{
    assert(level < TREE_LEVELS_MAX);
    tree_t tree = {0};
    uint64_t first = index << level;
    for (uint64_t i = 0; i < UINT64_C(1) << level; i++) {
        hash_t leaf;
        fail_t fail = node(arg, 0, first + i, &leaf);
        if (fail)
            return fail;
        tree_append(&tree, &leaf);
    }
    *ret_node = tree.node[level];
    return FAIL_NONE;
}

// MTH(D[begin:end]) of RFC 6962, for a begin that is a multiple of the smallest power of two that
// is not below end - begin, as all of a proof's subtrees are: their complete nodes, joined from the
// right.
static fail_t range_root(tree_node_fn *node, void *arg, uint64_t begin, uint64_t end,
                         hash_t *ret_root)
{
    hash_t root, left;
    bool started = false;
    uint64_t size = end - begin;
    for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++) {
        if (!(size >> level & 1))
            continue;
        end -= UINT64_C(1) << level;
        fail_t fail = node(arg, level, end >> level, &left);
        if (fail)
            return fail;
        if (started)
            tree_node(&left, &root, &root);
        else
            root = left;
        started = true;
    }
    assert(started);
    *ret_root = root;
    return FAIL_NONE;
}

fail_t tree_root_at(tree_node_fn *node, void *arg, uint64_t size, hash_t *ret_root)
{
    if (size)
        return range_root(node, arg, 0, size, ret_root);
    tree_root(&(tree_t){0}, ret_root);
    return FAIL_NONE;
}

// The largest power of two below size: where RFC 6962 splits a tree of that many leaves.
static uint64_t split_of(uint64_t size)
{
    assert(size > 1);
    return UINT64_C(1) << (63 - __builtin_clzll(size - 1));
}

// A proof's hashes come from the leaf up, the split goes from the root down: turn them round.
static void reverse(tree_proof_t *proof)
{
    for (uint32_t low = 0, high = proof->count; low + 1 < high; low++) {
        hash_t hash = proof->hashes[low];
        proof->hashes[low] = proof->hashes[--high];
        proof->hashes[high] = hash;
    }
}

static fail_t prove_range(tree_node_fn *node, void *arg, uint64_t begin, uint64_t end,
                          tree_proof_t *proof)
{
    assert(proof->count < TREE_PROOF_MAX);
    return range_root(node, arg, begin, end, &proof->hashes[proof->count++]);
}

fail_t tree_prove_inclusion(tree_node_fn *node, void *arg, uint64_t index, uint64_t size,
                            tree_proof_t *ret_proof)
{
    if (index >= size)
        return FAIL_INVALID;
    tree_proof_t proof = {0};
    uint64_t begin = 0, end = size;
    while (end - begin > 1) {
        uint64_t middle = begin + split_of(end - begin);
        fail_t fail = index < middle ? prove_range(node, arg, middle, end, &proof)
                                     : prove_range(node, arg, begin, middle, &proof);
        if (fail)
            return fail;
        if (index < middle)
            end = middle;
        else
            begin = middle;
    }
    reverse(&proof);
    *ret_proof = proof;
    return FAIL_NONE;
}

fail_t tree_prove_consistency(tree_node_fn *node, void *arg, uint64_t old_size, uint64_t size,
                              tree_proof_t *ret_proof)
{
    if (old_size == 0 || old_size > size)
        return FAIL_INVALID;
    tree_proof_t proof = {0};
    uint64_t begin = 0, end = size;
    while (old_size != end) {
        uint64_t middle = begin + split_of(end - begin);
        fail_t fail = old_size <= middle ? prove_range(node, arg, middle, end, &proof)
                                         : prove_range(node, arg, begin, middle, &proof);
        if (fail)
            return fail;
        if (old_size <= middle)
            end = middle;
        else
            begin = middle;
    }
    // The node that both trees share, unless it is the whole old tree, whose root is known.
    if (begin > 0) {
        fail_t fail = prove_range(node, arg, begin, end, &proof);
        if (fail)
            return fail;
    }
    reverse(&proof);
    *ret_proof = proof;
    return FAIL_NONE;
}

static bool equal(const hash_t *a, const hash_t *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

// Levels at which the node is the last of an odd count have no sibling in the proof.
static void skip_lone_levels(uint64_t *node, uint64_t *last)
{
    while (!(*node & 1) && *node) {
        *node >>= 1;
        *last >>= 1;
    }
}

fail_t tree_verify_inclusion(const hash_t *leaf, uint64_t index, uint64_t size, const hash_t *root,
                             const tree_proof_t *proof)
{
    if (index >= size || proof->count > TREE_PROOF_MAX)
        return FAIL_MISMATCH;
    uint64_t node = index, last = size - 1;
    hash_t hash = *leaf;
    for (uint32_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return FAIL_MISMATCH;
        if (node & 1 || node == last) {
            tree_node(&proof->hashes[i], &hash, &hash);
            skip_lone_levels(&node, &last);
        } else {
            tree_node(&hash, &proof->hashes[i], &hash);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && equal(&hash, root) ? FAIL_NONE : FAIL_MISMATCH;
}

fail_t tree_verify_consistency(uint64_t old_size, const hash_t *old_root, uint64_t size,
                               const hash_t *root, const tree_proof_t *proof)
{
    if (old_size == 0 || old_size > size || proof->count > TREE_PROOF_MAX)
        return FAIL_MISMATCH;
    if (old_size == size)
        return proof->count == 0 && equal(old_root, root) ? FAIL_NONE : FAIL_MISMATCH;

    uint64_t node = old_size - 1, last = size - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    // node is 0 now exactly if the old tree is complete: then its root starts the path.
    uint32_t i = 0;
    hash_t old_hash = *old_root;
    if (node) {
        if (proof->count == 0)
            return FAIL_MISMATCH;
        old_hash = proof->hashes[i++];
    }
    hash_t hash = old_hash;
    for (; i < proof->count; i++) {
        if (last == 0)
            return FAIL_MISMATCH;
        if (node & 1 || node == last) {
            tree_node(&proof->hashes[i], &old_hash, &old_hash);
            tree_node(&proof->hashes[i], &hash, &hash);
            skip_lone_levels(&node, &last);
        } else {
            tree_node(&hash, &proof->hashes[i], &hash);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && equal(&old_hash, old_root) && equal(&hash, root) ? FAIL_NONE
                                                                         : FAIL_MISMATCH;
}
