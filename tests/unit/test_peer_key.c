// A peer's key and its file: what a look finds when the file is another, the same, broken or gone.
#include "services/process/peer_key.h"
#include <czmq.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct {
    char directory[32], file[64], other[64];
    peer_key_t key;
    char error[SECURITY_ERROR_MAX];
} rig_t;

// Writes a certificate there; its public key.
static void save(const char *file, char ret_key[PEER_KEY_SIZE])
{
    zcert_t *cert = zcert_new();
    zcert_set_meta(cert, "role", "payment");
    assert_int_equal(zcert_save_public(cert, file), 0);
    snprintf(ret_key, PEER_KEY_SIZE, "%s", zcert_public_txt(cert));
    zcert_destroy(&cert);
}

static int begin(void **state)
{
    rig_t *rig = calloc(1, sizeof *rig);
    snprintf(rig->directory, sizeof rig->directory, "/tmp/kopeck-key-XXXXXX");
    *state = rig;
    zsys_handler_set(NULL);
    if (!mkdtemp(rig->directory))
        return -1;
    snprintf(rig->file, sizeof rig->file, "%s/peer.cert", rig->directory);
    snprintf(rig->other, sizeof rig->other, "%s/other.cert", rig->directory);
    return 0;
}

static int end(void **state)
{
    rig_t *rig = *state;
    unlink(rig->file);
    unlink(rig->other);
    int failed = rmdir(rig->directory);
    free(rig);
    return failed;
}

static void another_file_is_another_key(void **state)
{
    rig_t *rig = *state;
    char first[PEER_KEY_SIZE], second[PEER_KEY_SIZE];
    save(rig->file, first);
    assert_true(peer_key_load(&rig->key, rig->file, rig->error));
    assert_string_equal(rig->key.key, first);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_SAME);
    save(rig->other, second);
    assert_int_equal(rename(rig->other, rig->file), 0);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_OTHER);
    assert_string_equal(rig->key.key, second);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_SAME);
    peer_key_forget(&rig->key); // it could not be connected by
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_OTHER);
    assert_string_equal(rig->key.key, second);
}

static void a_file_that_is_gone_or_broken_leaves_the_key(void **state)
{
    rig_t *rig = *state;
    char first[PEER_KEY_SIZE], again[PEER_KEY_SIZE];
    assert_false(peer_key_load(&rig->key, rig->file, rig->error));
    save(rig->file, first);
    assert_true(peer_key_load(&rig->key, rig->file, rig->error));
    unlink(rig->file);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_SAME);
    FILE *half = fopen(rig->file, "w");
    assert_non_null(half);
    fputs("metadata\n", half); // it is just being written
    fclose(half);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_UNREADABLE);
    assert_true(*rig->error);
    assert_string_equal(rig->key.key, first);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_SAME); // said once
    save(rig->other, again);
    assert_int_equal(rename(rig->other, rig->file), 0);
    assert_int_equal(peer_key_look(&rig->key, rig->error), PEER_KEY_OTHER);
    assert_string_equal(rig->key.key, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_file_is_another_key, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_is_gone_or_broken_leaves_the_key, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
