#pragma once
// tree - the Merkle tree of RFC 6962 over a journal's events: leaf n is the event with sequence
// n + 1, and its bytes alone. Whoever holds an older root can detect any later change of history.
//
//   leaf = SHA-256(0x00 || event)      node = SHA-256(0x01 || left || right)
//
// A node is named (level, index): it covers the leaves from index << level, 2^level of them. A node
// whose leaves are all there is complete and never changes again; only such nodes are asked for
// here. A segment's root is the node (log2 of segment_events, segment number).
//
// The proofs, their verification and tree_root_at wait for their caller, an auditor's questions.
// Until then the simulator's auditor proves with them that each journal continues the one before.
//
// Ownership  Plain data throughout.
// Failures   Proofs and saved trees are foreign bytes: FAIL_CORRUPT, FAIL_INVALID, FAIL_MISMATCH.
// Threads    Any; nothing is kept.
// Source     RFC 6962 section 2.1; the two verifications are those of RFC 9162
// section 2.1.3.2, 2.1.4.2.
#include "proto/fail.h"
#include "proto/types.h"

enum {
    TREE_LEVELS_MAX = 64,
    TREE_SAVED_MAX = 8 + 32 * TREE_LEVELS_MAX,
    TREE_PROOF_MAX = 65 // hashes in an inclusion or a consistency proof
};

// All of a tree that appending to it and its root need: of each level the complete node that no
// complete node above covers. Zero is the empty tree.
typedef struct {
    uint64_t size; // leaves; bit k says whether node[k] is in use
    hash_t node[TREE_LEVELS_MAX];
} tree_t;

typedef struct {
    uint32_t count;
    hash_t hashes[TREE_PROOF_MAX];
} tree_proof_t;

void tree_leaf(const void *event, size_t size, hash_t *ret_leaf);
void tree_node(const hash_t *left, const hash_t *right, hash_t *ret_node);

// Adds the next leaf: one node on average, as many as there are levels at worst.
void tree_append(tree_t *self, const hash_t *leaf);
// Adds a leaf for each of these events: the same tree, sooner.
void tree_append_events(tree_t *self, const bytes_t *events, size_t count);

// The root of the tree as it is; of the empty tree SHA-256 of nothing.
void tree_root(const tree_t *self, hash_t *ret_root);

// The saved form: u64 size (little-endian), then the nodes in use from the highest level down.
// tree_save returns its size. tree_load is FAIL_CORRUPT unless data is exactly one saved tree.
size_t tree_save(const tree_t *self, uint8_t out[TREE_SAVED_MAX]);
fail_t tree_load(const void *data, size_t size, tree_t *ret_tree);

// Yields a complete node. A failure ends the proof and is passed through.
typedef fail_t tree_node_fn(void *arg, uint32_t level, uint64_t index, hash_t *ret_node);

// A node made from its leaves, for a tree_node_fn that keeps none: it asks `node` for level 0 only,
// in order.
fail_t tree_node_of_leaves(tree_node_fn *node, void *arg, uint32_t level, uint64_t index,
                           hash_t *ret_node);

// The root that the tree had at `size` leaves; at most TREE_LEVELS_MAX nodes are asked for.
fail_t tree_root_at(tree_node_fn *node, void *arg, uint64_t size, hash_t *ret_root);

// That leaf `index` is in the tree of `size` leaves. FAIL_INVALID unless index < size.
fail_t tree_prove_inclusion(tree_node_fn *node, void *arg, uint64_t index, uint64_t size,
                            tree_proof_t *ret_proof);

// That the tree of `size` leaves begins with that of `old_size`. FAIL_INVALID unless
// 0 < old_size <= size.
fail_t tree_prove_consistency(tree_node_fn *node, void *arg, uint64_t old_size, uint64_t size,
                              tree_proof_t *ret_proof);

// FAIL_MISMATCH if the proof does not show it.
fail_t tree_verify_inclusion(const hash_t *leaf, uint64_t index, uint64_t size, const hash_t *root,
                             const tree_proof_t *proof);
fail_t tree_verify_consistency(uint64_t old_size, const hash_t *old_root, uint64_t size,
                               const hash_t *root, const tree_proof_t *proof);
