// Keys of /api/v1: what is one, whose it is, and the file that they stand in.
#include "services/api/api_keys_file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const uint8_t random_bytes[API_KEY_RANDOM] = {0x1a, 0x2b, 0x3c, 0x4d, 1, 2, 3};
static char key[API_KEY_SIZE], id[API_KEY_ID_SIZE], hash[API_KEY_HASH_SIZE];

static int make_one(void **state)
{
    (void)state;
    api_key_make(random_bytes, key, id, hash);
    return 0;
}

static const api_key_t *find(const api_keys_t *keys, const char *text, instant_t now)
{
    char header[256];
    snprintf(header, sizeof header, "Bearer %s", text);
    return api_keys_find(keys, header, now);
}

static void a_key_is_known_by_its_hash_alone(void **state)
{
    (void)state;
    api_keys_t keys = {.count = 2};
    assert_string_equal(id, "1a2b3c4d");
    assert_memory_equal(key, "kpk_1a2b3c4d_010203", 19);
    assert_true(api_key_hash_read(hash, keys.rows[1].hash));
    assert_ptr_equal(find(&keys, key, 0), &keys.rows[1]);
    for (size_t i = 0; i < API_KEY_SIZE - 1; i++) { // with any other character it is none
        char other[API_KEY_SIZE];
        memcpy(other, key, sizeof other);
        other[i] = other[i] == '0' ? '1' : '0';
        assert_null(find(&keys, other, 0));
    }
    assert_null(api_keys_find(&keys, key, 0)); // bears nothing
    assert_null(api_keys_find(&keys, NULL, 0));
    assert_null(api_keys_find(&keys, "Bearer ", 0));
}

static void a_key_ends(void **state)
{
    (void)state;
    api_keys_t keys = {.count = 1, .rows[0].until = 1000};
    assert_true(api_key_hash_read(hash, keys.rows[0].hash));
    assert_non_null(find(&keys, key, 999));
    assert_null(find(&keys, key, 1000));
}

static void scopes_are_words(void **state)
{
    (void)state;
    unsigned scopes = 0;
    assert_true(api_scopes_read("read, usage", &scopes));
    assert_int_equal(scopes, API_SCOPE_READ | API_SCOPE_USAGE);
    assert_false(api_scopes_read("", &scopes));
    assert_false(api_scopes_read("read everything", &scopes));
    assert_string_equal(api_scope_name(API_SCOPE_EVENTS), "events");
    assert_null(api_scope_name(API_SCOPE_NONE));
}

static void a_file_takes_further_keys_and_refuses_what_is_none(void **state)
{
    (void)state;
    char file[] = "/tmp/kopeck-keys-XXXXXX", error[512];
    api_keys_t keys;
    int handle = mkstemp(file);
    assert_true(handle >= 0);
    close(handle);
    unlink(file); // it makes one
    api_keys_wish_t wish = {.name = "panel", .scopes = "read pay", .rate = 7};
    assert_true(api_keys_add(file, &wish, id, hash, error, sizeof error));
    wish = (api_keys_wish_t){.name = "usage",
                             .scopes = "usage",
                             .rate = 9,
                             .producers = "100-199",
                             .until = "2030-01-01"};
    assert_true(api_keys_add(file, &wish, "00000001", hash, error, sizeof error));
    assert_true(api_keys_load(file, &keys, error, sizeof error));
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.rows[0].scopes, API_SCOPE_READ | API_SCOPE_PAY);
    assert_int_equal(keys.rows[0].rate, 7);
    assert_int_equal(keys.rows[1].producers.last, 199);
    assert_true(keys.rows[1].until > 0);
    assert_ptr_equal(find(&keys, key, 0), &keys.rows[0]);
    wish.scopes = "all"; // the file stays as it was
    assert_false(api_keys_add(file, &wish, "00000002", hash, error, sizeof error));
    assert_non_null(strstr(error, "keys/00000002/scopes"));
    assert_true(api_keys_load(file, &keys, error, sizeof error));
    assert_int_equal(keys.count, 2);
    unlink(file);
    assert_false(api_keys_load(file, &keys, error, sizeof error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_known_by_its_hash_alone),
        cmocka_unit_test(a_key_ends),
        cmocka_unit_test(scopes_are_words),
        cmocka_unit_test(a_file_takes_further_keys_and_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, make_one, NULL);
}
