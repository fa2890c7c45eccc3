// fuzz_proof - a proof from a stranger convinces nobody of what is not so. The input names a tree
// of up to 256 leaves, what is claimed of it, and how a right proof is changed.
#include "proto/digest.h"
#include "store/tree.h"
#include "tests/fuzz/fuzz.h"

enum { LEAVES = 256, CHANGE_SIZE = 3 };

static hash_t leaves[LEAVES];

static fail_t leaf_at(void *arg, uint32_t level, uint64_t index, hash_t *ret_node)
{
    (void)arg;
    require(level == 0 && index < LEAVES);
    *ret_node = leaves[index];
    return FAIL_NONE;
}

static fail_t node_at(void *arg, uint32_t level, uint64_t index, hash_t *ret_node)
{
    static struct {
        bool known;
        hash_t hash;
    } nodes[9][LEAVES];
    require(level < 9 && index < LEAVES >> level);
    if (!nodes[level][index].known && level)
        require(!tree_node_of_leaves(leaf_at, arg, level, index, &nodes[level][index].hash));
    nodes[level][index].known = true;
    *ret_node = level ? nodes[level][index].hash : leaves[index];
    return FAIL_NONE;
}

// True if the proof is another one now.
static bool change(tree_proof_t *proof, const uint8_t *data, size_t size)
{
    tree_proof_t was = *proof;
    for (; size >= CHANGE_SIZE; data += CHANGE_SIZE, size -= CHANGE_SIZE) {
        if (data[0] & 0x80)
            proof->count = data[1] % (TREE_PROOF_MAX + 1);
        else
            proof->hashes[data[0] % TREE_PROOF_MAX].bytes[data[1] % 32] ^= data[2];
    }
    return proof->count != was.count ||
           memcmp(proof->hashes, was.hashes, was.count * sizeof *was.hashes) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hash_t roots[LEAVES + 1];
    if (!leaves[1].bytes[0])
        for (int i = 0; i < LEAVES; i++) {
            tree_leaf(&i, sizeof i, &leaves[i]);
            leaves[i].bytes[0] |= 1;
        }
    if (size < 4)
        return 0;
    uint64_t old = data[0] + 1u, index = data[1], whole = data[2] + 1u;
    tree_proof_t proof = {0};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = i ? whole : old;
        if (!roots[at].bytes[0] && !roots[at].bytes[1])
            require(tree_root_at(node_at, NULL, at, &roots[at]) == FAIL_NONE);
    }
    if (data[3] & 1) {
        fail_t fail = tree_prove_inclusion(node_at, NULL, index, whole, &proof);
        require((fail == FAIL_NONE) == (index < whole));
        bool changed = change(&proof, data + 4, size - 4);
        fail_t verdict = tree_verify_inclusion(&leaves[index], index, whole, &roots[whole], &proof);
        require(fail || changed == (verdict != FAIL_NONE));
        require(!fail || verdict != FAIL_NONE);
    } else {
        fail_t fail = tree_prove_consistency(node_at, NULL, old, whole, &proof);
        require((fail == FAIL_NONE) == (old <= whole));
        bool changed = change(&proof, data + 4, size - 4);
        fail_t verdict = tree_verify_consistency(old, &roots[old], whole, &roots[whole], &proof);
        require(fail || changed == (verdict != FAIL_NONE));
        require(!fail || verdict != FAIL_NONE);
    }
    return 0;
}
