#include "store/tree.h"
#include "proto/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { LEAVES_MAX = 70 };

// The reference vectors of Certificate Transparency: eight leaves and the roots after each.
static const struct {
    size_t size;
    const char *bytes;
} LEAVES[8] = {{0, ""},
               {1, "\x00"},
               {1, "\x10"},
               {2, "\x20\x21"},
               {2, "\x30\x31"},
               {4, "\x40\x41\x42\x43"},
               {8, "\x50\x51\x52\x53\x54\x55\x56\x57"},
               {16, "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"}};
static const char *const ROOTS[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

static hash_t leaves[LEAVES_MAX];
static uint64_t asked; // nodes that a proof asked for

static int make_leaves(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LEAVES_MAX; i++)
        tree_leaf(&i, sizeof i, &leaves[i]);
    return 0;
}

static void use_reference_leaves(void)
{
    for (size_t i = 0; i < 8; i++)
        tree_leaf(LEAVES[i].bytes, LEAVES[i].size, &leaves[i]);
}

// MTH(D[begin:end]), word for word from RFC 6962 section 2.1.
static hash_t model(uint64_t begin, uint64_t end)
{
    hash_t hash, left, right;
    if (end - begin == 1)
        return leaves[begin];
    uint64_t k = 1;
    while (k * 2 < end - begin)
        k *= 2;
    left = model(begin, begin + k);
    right = model(begin + k, end);
    tree_node(&left, &right, &hash);
    return hash;
}

static fail_t model_node(void *arg, uint32_t level, uint64_t index, hash_t *ret_node)
{
    uint64_t begin = index << level, end = (index + 1) << level;
    assert_true(end <= *(uint64_t *)arg); // only complete nodes are asked for
    *ret_node = model(begin, end);
    asked++;
    return FAIL_NONE;
}

static void assert_hash(const hash_t *hash, const char *hex)
{
    char out[2 * sizeof hash->bytes + 1];
    digest_hex_lower(hash->bytes, sizeof hash->bytes, out);
    assert_string_equal(out, hex);
}

static void roots_are_those_of_the_reference_vectors(void **state)
{
    (void)state;
    tree_t tree = {0};
    hash_t root;
    use_reference_leaves();
    for (size_t size = 0; size <= 8; size++) {
        tree_root(&tree, &root);
        assert_hash(&root, ROOTS[size]);
        if (size < 8)
            tree_append(&tree, &leaves[size]);
    }
    (void)make_leaves(NULL);
}

static void proofs_are_those_of_the_reference_vectors(void **state)
{
    (void)state;
    static const struct {
        uint64_t a, b; // index and size, or old size and size
        bool consistency;
        uint32_t count;
        const char *hashes[4];
    } CASES[] = {
        {0, 1, false, 0, {0}},
        {0,
         8,
         false,
         3,
         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {5,
         8,
         false,
         3,
         {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {2, 3, false, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
        {1,
         5,
         false,
         3,
         {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
        {1, 1, true, 0, {0}},
        {1,
         8,
         true,
         3,
         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {6,
         8,
         true,
         3,
         {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {2,
         5,
         true,
         2,
         {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    };
    use_reference_leaves();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        tree_proof_t proof;
        uint64_t size = CASES[i].b;
        assert_int_equal(CASES[i].consistency
                             ? tree_prove_consistency(model_node, &size, CASES[i].a, size, &proof)
                             : tree_prove_inclusion(model_node, &size, CASES[i].a, size, &proof),
                         FAIL_NONE);
        assert_int_equal(proof.count, CASES[i].count);
        for (uint32_t n = 0; n < proof.count; n++)
            assert_hash(&proof.hashes[n], CASES[i].hashes[n]);
    }
    (void)make_leaves(NULL);
}

static void roots_of_every_size_are_the_models(void **state)
{
    (void)state;
    tree_t tree = {0};
    for (uint64_t size = 1; size <= LEAVES_MAX; size++) {
        hash_t root, at;
        tree_append(&tree, &leaves[size - 1]);
        tree_root(&tree, &root);
        hash_t expected = model(0, size);
        assert_memory_equal(&root, &expected, sizeof root);
        assert_int_equal(tree_root_at(model_node, &size, size, &at), FAIL_NONE);
        assert_memory_equal(&at, &expected, sizeof at);
    }
    hash_t empty;
    assert_int_equal(tree_root_at(model_node, NULL, 0, &empty), FAIL_NONE);
    assert_hash(&empty, ROOTS[0]);
}

// However many come at once, and whatever was there before.
static void events_together_make_the_tree_of_their_leaves(void **state)
{
    (void)state;
    enum { BEFORE_MAX = 70, EVENTS = 200 };
    static uint8_t bytes[EVENTS];
    bytes_t events[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        bytes[i] = (uint8_t)(i * 7);
        events[i] = (bytes_t){bytes, (uint32_t)i};
    }
    for (size_t before = 0; before <= BEFORE_MAX; before++)
        for (size_t count = 0; count <= EVENTS - before; count++) {
            tree_t one = {0}, together = {0};
            hash_t leaf;
            uint8_t saved[2][TREE_SAVED_MAX];
            for (size_t i = 0; i < before + count; i++) {
                tree_leaf(events[i].data, events[i].size, &leaf);
                tree_append(&one, &leaf);
            }
            tree_append_events(&together, events, before);
            tree_append_events(&together, events + before, count);
            size_t size = tree_save(&one, saved[0]);
            assert_int_equal(tree_save(&together, saved[1]), size);
            assert_memory_equal(saved[0], saved[1], size);
        }
}

static void a_saved_tree_goes_on_where_it_was(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < LEAVES_MAX; size++) {
        tree_t tree = {0}, loaded;
        uint8_t saved[TREE_SAVED_MAX + 1], again[TREE_SAVED_MAX];
        hash_t root;
        for (uint64_t i = 0; i < size; i++)
            tree_append(&tree, &leaves[i]);
        size_t saved_size = tree_save(&tree, saved);
        assert_int_equal(saved_size, 8 + 32 * (size_t)__builtin_popcountll(size));
        assert_int_equal(tree_load(saved, saved_size, &loaded), FAIL_NONE);
        assert_int_equal(tree_save(&loaded, again), saved_size);
        assert_memory_equal(saved, again, saved_size);
        for (uint64_t i = size; i < LEAVES_MAX; i++)
            tree_append(&loaded, &leaves[i]);
        tree_root(&loaded, &root);
        hash_t expected = model(0, LEAVES_MAX);
        assert_memory_equal(&root, &expected, sizeof root);

        assert_int_equal(tree_load(saved, saved_size + 1, &loaded), FAIL_CORRUPT);
        for (size_t cut = 0; cut < saved_size; cut++)
            assert_int_equal(tree_load(saved, cut, &loaded), FAIL_CORRUPT);
    }
}

static void a_node_is_made_from_its_leaves(void **state)
{
    (void)state;
    uint64_t size = LEAVES_MAX;
    for (uint32_t level = 0; level <= 6; level++) {
        for (uint64_t index = 0; (index + 1) << level <= size; index++) {
            hash_t node, expected = model(index << level, (index + 1) << level);
            assert_int_equal(tree_node_of_leaves(model_node, &size, level, index, &node),
                             FAIL_NONE);
            assert_memory_equal(&node, &expected, sizeof node);
        }
    }
}

// Changes the proof in every way that a forger of one bit or one hash has; none may verify.
static void refuse_forgeries(tree_proof_t *proof, fail_t (*verify)(const tree_proof_t *, void *),
                             void *arg)
{
    for (uint32_t i = 0; i < proof->count; i++) {
        proof->hashes[i].bytes[i % 32] ^= 4;
        assert_int_equal(verify(proof, arg), FAIL_MISMATCH);
        proof->hashes[i].bytes[i % 32] ^= 4;
    }
    proof->hashes[proof->count++] = leaves[0];
    assert_int_equal(verify(proof, arg), FAIL_MISMATCH);
    proof->count--;
    if (proof->count) {
        proof->count--;
        assert_int_equal(verify(proof, arg), FAIL_MISMATCH);
        proof->count++;
    }
    assert_int_equal(verify(proof, arg), FAIL_NONE);
}

typedef struct {
    uint64_t a, size;
    hash_t root, old_root;
} claim_t;

static fail_t verify_inclusion(const tree_proof_t *proof, void *arg)
{
    const claim_t *claim = arg;
    return tree_verify_inclusion(&leaves[claim->a], claim->a, claim->size, &claim->root, proof);
}

static fail_t verify_consistency(const tree_proof_t *proof, void *arg)
{
    const claim_t *claim = arg;
    return tree_verify_consistency(claim->a, &claim->old_root, claim->size, &claim->root, proof);
}

static void every_leaf_of_every_tree_is_proved_and_no_other(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES_MAX; size++) {
        for (uint64_t index = 0; index < size; index++) {
            claim_t claim = {.a = index, .size = size, .root = model(0, size)};
            tree_proof_t proof;
            asked = 0;
            assert_int_equal(tree_prove_inclusion(model_node, &size, index, size, &proof),
                             FAIL_NONE);
            assert_true(asked <= 2 * TREE_LEVELS_MAX);
            refuse_forgeries(&proof, verify_inclusion, &claim);
            const hash_t *other = &leaves[(index + 1) % LEAVES_MAX];
            assert_int_equal(tree_verify_inclusion(other, index, size, &claim.root, &proof),
                             FAIL_MISMATCH);
            if (size > 1)
                assert_int_equal(tree_verify_inclusion(&leaves[index], (index + 1) % size, size,
                                                       &claim.root, &proof),
                                 FAIL_MISMATCH);
            assert_int_equal(tree_verify_inclusion(&leaves[index], size, size, &claim.root, &proof),
                             FAIL_MISMATCH);
        }
    }
}

static void every_two_trees_are_proved_consistent_and_no_others(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES_MAX; size++) {
        for (uint64_t old_size = 1; old_size <= size; old_size++) {
            claim_t claim = {old_size, size, model(0, size), model(0, old_size)};
            tree_proof_t proof;
            assert_int_equal(tree_prove_consistency(model_node, &size, old_size, size, &proof),
                             FAIL_NONE);
            refuse_forgeries(&proof, verify_consistency, &claim);
            claim.old_root.bytes[31] ^= 1; // another history
            assert_int_equal(verify_consistency(&proof, &claim), FAIL_MISMATCH);
        }
    }
}

static void what_cannot_be_proved_is_refused(void **state)
{
    (void)state;
    uint64_t size = 5;
    tree_proof_t proof = {.count = 77};
    assert_int_equal(tree_prove_inclusion(model_node, &size, 5, 5, &proof), FAIL_INVALID);
    assert_int_equal(tree_prove_inclusion(model_node, &size, 0, 0, &proof), FAIL_INVALID);
    assert_int_equal(tree_prove_consistency(model_node, &size, 0, 5, &proof), FAIL_INVALID);
    assert_int_equal(tree_prove_consistency(model_node, &size, 6, 5, &proof), FAIL_INVALID);
    assert_int_equal(proof.count, 77);
    proof.count = TREE_PROOF_MAX + 1; // a foreign proof may claim any count
    assert_int_equal(tree_verify_inclusion(&leaves[0], 0, 5, &leaves[0], &proof), FAIL_MISMATCH);
    assert_int_equal(tree_verify_consistency(1, &leaves[0], 5, &leaves[0], &proof), FAIL_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_reference_vectors),
        cmocka_unit_test(proofs_are_those_of_the_reference_vectors),
        cmocka_unit_test(roots_of_every_size_are_the_models),
        cmocka_unit_test(events_together_make_the_tree_of_their_leaves),
        cmocka_unit_test(a_saved_tree_goes_on_where_it_was),
        cmocka_unit_test(a_node_is_made_from_its_leaves),
        cmocka_unit_test(every_leaf_of_every_tree_is_proved_and_no_other),
        cmocka_unit_test(every_two_trees_are_proved_consistent_and_no_others),
        cmocka_unit_test(what_cannot_be_proved_is_refused),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
