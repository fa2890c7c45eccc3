// test_digest - the digests of the published vectors, their hex, and the comparison.
#include "proto/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

// FIPS 180, RFC 1321 and the RIPEMD-160 page: "abc", and no bytes at all.
static const struct {
    digest_t digest;
    const char *name, *abc, *nothing;
} PUBLISHED[] = {
    {DIGEST_MD5, "md5", "900150983cd24fb0d6963f7d28e17f72", "d41d8cd98f00b204e9800998ecf8427e"},
    {DIGEST_RIPEMD160, "ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
     "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
    {DIGEST_SHA1, "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {DIGEST_SHA256, "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA384, "sha384",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7",
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
     "274edebfe76f65fbd51ad2f14898b95b"},
    {DIGEST_SHA512, "sha512",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
};

static void assert_digest(digest_t digest, const digest_part_t *parts, size_t count,
                          const char *want)
{
    uint8_t bytes[DIGEST_SIZE_MAX];
    char hex[DIGEST_HEX_MAX + 1];
    size_t size = digest_parts(digest, parts, count, bytes);
    assert_int_equal(size, digest_size(digest));
    digest_hex_lower(bytes, size, hex);
    assert_string_equal(hex, want);
}

static void every_algorithm_gives_its_published_digests(void **state)
{
    (void)state;
    const digest_part_t whole[] = {{"abc", 3}}, pieces[] = {{"a", 1}, {"", 0}, {"bc", 2}};
    assert_int_equal(sizeof PUBLISHED / sizeof PUBLISHED[0], DIGEST_COUNT);
    for (size_t i = 0; i < DIGEST_COUNT; i++) {
        assert_digest(PUBLISHED[i].digest, whole, 1, PUBLISHED[i].abc);
        assert_digest(PUBLISHED[i].digest, pieces, 3, PUBLISHED[i].abc);
        assert_digest(PUBLISHED[i].digest, NULL, 0, PUBLISHED[i].nothing);
    }
}

static void every_algorithm_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIGEST_COUNT; i++) {
        digest_t found = DIGEST_COUNT;
        assert_true(digest_by_name(PUBLISHED[i].name, &found));
        assert_int_equal(found, PUBLISHED[i].digest);
        assert_string_equal(digest_name(found), PUBLISHED[i].name);
    }
    digest_t found = DIGEST_COUNT;
    assert_true(digest_by_name("RIPEMD160", &found));
    assert_int_equal(found, DIGEST_RIPEMD160);
    static const char *const UNKNOWN[] = {"", "md", "md55", "sha224", "sha-256", " md5"};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof UNKNOWN[0]; i++) {
        found = DIGEST_COUNT;
        assert_false(digest_by_name(UNKNOWN[i], &found));
        assert_int_equal(found, DIGEST_COUNT);
    }
}

static void the_fast_door_gives_the_same_sha256(void **state)
{
    (void)state;
    uint8_t data[300], fast[DIGEST_SHA256_SIZE], split[DIGEST_SHA256_SIZE], slow[DIGEST_SIZE_MAX];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 1);
    for (size_t size = 0; size <= sizeof data; size++) {
        size_t prefix = size < 3 ? size : 3;
        digest_sha256(data, size, fast);
        digest_sha256_2(data, prefix, data + prefix, size - prefix, split);
        digest_parts(DIGEST_SHA256, &(digest_part_t){data, size}, 1, slow);
        assert_memory_equal(fast, slow, sizeof fast);
        assert_memory_equal(split, slow, sizeof split);
    }
}

// RFC 2202 case 2 (md5, sha1), RFC 2286 case 2 (ripemd160), RFC 4231 case 2 (the rest).
static void every_algorithm_gives_its_published_hmac(void **state)
{
    (void)state;
    static const struct {
        digest_t digest;
        const char *want;
    } CASES[] = {
        {DIGEST_MD5, "750c783e6ab0b503eaa86e310a5db738"},
        {DIGEST_RIPEMD160, "dda6c0213a485a9e24f4742064a7f033b43c4069"},
        {DIGEST_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {DIGEST_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {DIGEST_SHA384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                        "8e2240ca5e69e2c78b3239ecfab21649"},
        {DIGEST_SHA512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    };
    static const char DATA[] = "what do ya want for nothing?";
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        uint8_t code[DIGEST_SIZE_MAX];
        char hex[DIGEST_HEX_MAX + 1];
        size_t size = digest_hmac(CASES[i].digest, "Jefe", 4, DATA, strlen(DATA), code);
        digest_hex_lower(code, size, hex);
        assert_string_equal(hex, CASES[i].want);
    }
}

static void hex_of_any_case_is_read_and_all_else_refused(void **state)
{
    (void)state;
    static const uint8_t BYTES[] = {0x00, 0x9a, 0xf0, 0xff};
    char hex[9];
    uint8_t bytes[4] = {1, 2, 3, 4};
    digest_hex_lower(BYTES, 4, hex);
    assert_string_equal(hex, "009af0ff");
    digest_hex_upper(BYTES, 4, hex);
    assert_string_equal(hex, "009AF0FF");

    static const char *const BAD[] = {"",         "009af0f",  "009af0ff0", "009af0ff00",
                                      "009af0fg", "009af0f:", "009af0f@",  "009af0f`",
                                      "009af0f/", " 09af0ff", "0x9af0ff",  "+09af0ff"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_false(digest_unhex(BAD[i], strlen(BAD[i]), 4, bytes));
        assert_int_equal(bytes[0], 1);
    }
    assert_true(digest_unhex("009aF0Ff", 8, 4, bytes));
    assert_memory_equal(bytes, BYTES, 4);
}

static void base64_is_read_in_its_one_spelling(void **state)
{
    (void)state;
    // RFC 4648, 10
    static const char *const VECTORS[][2] = {{"f", "Zg=="},         {"fo", "Zm8="},
                                             {"foo", "Zm9v"},       {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    uint8_t bytes[DIGEST_SIZE_MAX];
    char text[DIGEST_BASE64_MAX + 1];
    size_t size;
    for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++) {
        const char *plain = VECTORS[i][0], *coded = VECTORS[i][1];
        assert_int_equal(digest_base64((const uint8_t *)plain, strlen(plain), text), strlen(coded));
        assert_string_equal(text, coded);
        assert_true(digest_unbase64(coded, strlen(coded), bytes, &size));
        assert_int_equal(size, strlen(plain));
        assert_memory_equal(bytes, plain, size);
    }
    // Nothing, no padding, other bits behind the last byte, blanks, the alphabet of addresses, a
    // byte too many.
    static const char *const BAD[] = {
        "",     "Zg",   "Zh==", "Zm9=",     " Zg=",      "Zg= ",     "Zg==\n",
        "Zm-v", "Z===", "====", "Zg==Zg==", "Zm9vYg=\n", "Zm9vYg= ", "Zm9vYg= ="};
    size = 7;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_false(digest_unbase64(BAD[i], strlen(BAD[i]), bytes, &size));
    char long_text[] =
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
        "AAAA";
    assert_int_equal(strlen(long_text), DIGEST_BASE64_MAX + 4);
    assert_false(digest_unbase64(long_text, strlen(long_text), bytes, &size));
    long_text[DIGEST_BASE64_MAX] = '\0'; // 64 bytes
    assert_int_equal(size, 7);
    assert_true(digest_unbase64(long_text, DIGEST_BASE64_MAX, bytes, &size));
    assert_int_equal(size, DIGEST_SIZE_MAX);
    long_text[DIGEST_BASE64_MAX - 1] = 'A'; // two bytes
    long_text[DIGEST_BASE64_MAX - 2] = 'A';
    assert_false(digest_unbase64(long_text, DIGEST_BASE64_MAX, bytes, &size));
}

static void comparison_sees_every_bit(void **state)
{
    (void)state;
    uint8_t a[DIGEST_SIZE_MAX] = {0}, b[DIGEST_SIZE_MAX] = {0};
    assert_true(digest_equal(a, b, sizeof a));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] = (uint8_t)(1u << bit % 8);
        assert_false(digest_equal(a, b, sizeof a));
        b[bit / 8] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_gives_its_published_digests),
        cmocka_unit_test(every_algorithm_is_found_by_its_name),
        cmocka_unit_test(the_fast_door_gives_the_same_sha256),
        cmocka_unit_test(every_algorithm_gives_its_published_hmac),
        cmocka_unit_test(hex_of_any_case_is_read_and_all_else_refused),
        cmocka_unit_test(base64_is_read_in_its_one_spelling),
        cmocka_unit_test(comparison_sees_every_bit),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
