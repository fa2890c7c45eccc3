// Two digests at once are those of one after the other, whatever the two sizes are; libcrypto is
// the model.
#include "proto/sha256_pair.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { MANY = 70, STEP = 7 };

static uint8_t data[2 * SHA256_PAIR_MAX + MANY];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + i / 251);
    return 0;
}

static void two_at_once_are_one_and_one(void **state)
{
    (void)state;
    if (!sha256_pair_can())
        skip();
    for (size_t a = 0; a <= SHA256_PAIR_MAX; a++)
        for (size_t b = 0; b <= SHA256_PAIR_MAX; b++) {
            uint8_t two[2][DIGEST_SHA256_SIZE], one[DIGEST_SHA256_SIZE], prefix = (uint8_t)(a ^ b);
            const digest_part_t messages[2] = {{data + a % STEP, a}, {data + SHA256_PAIR_MAX, b}};
            sha256_pair(prefix, messages, two);
            for (int i = 0; i < 2; i++) {
                digest_sha256_2(&prefix, 1, messages[i].data, messages[i].size, one);
                assert_memory_equal(two[i], one, sizeof one);
            }
        }
}

// Odd counts, and messages that are too long for a pair beside short ones.
static void each_of_many_has_its_own_digest(void **state)
{
    (void)state;
    digest_part_t messages[MANY] = {{0}};
    uint8_t each[MANY][DIGEST_SHA256_SIZE] = {{0}}, one[DIGEST_SHA256_SIZE];
    for (size_t count = 0; count <= MANY; count++) {
        uint8_t prefix = (uint8_t)count;
        for (size_t i = 0; i < count; i++)
            messages[i] = (digest_part_t){data + i, i * count % (2 * SHA256_PAIR_MAX)};
        digest_sha256_each(prefix, messages, count, each);
        for (size_t i = 0; i < count; i++) {
            digest_sha256_2(&prefix, 1, messages[i].data, messages[i].size, one);
            assert_memory_equal(each[i], one, sizeof one);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_at_once_are_one_and_one),
        cmocka_unit_test(each_of_many_has_its_own_digest),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
