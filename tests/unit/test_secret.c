// Which files are taken for a secret: plain ones that others cannot read, of 1 to 4096 bytes of
// text.
#include "services/common/secret.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static char directory[] = "/tmp/kopeck-secret-XXXXXX", path[64], error[256];

static secret_t *read_file(const char *bytes, size_t size, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    error[0] = '\0';
    return secret_read(path, error, sizeof error);
}

static void a_files_text_is_the_secret_without_its_last_newline(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *secret;
    } cases[] = {
        {"password", "password"}, {"password\n", "password"}, {"two\nlines\n\n", "two\nlines\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        secret_t *secret = read_file(cases[i].bytes, strlen(cases[i].bytes), 0600);
        assert_non_null(secret);
        assert_string_equal(secret_reveal(secret), cases[i].secret);
        assert_int_equal(secret_size(secret), strlen(cases[i].secret));
        secret_destroy(&secret);
        assert_null(secret);
    }
}

static void what_is_no_text_or_too_long_is_refused(void **state)
{
    (void)state;
    static char large[SECRET_BYTES_MAX + 1];
    memset(large, 'a', sizeof large);
    assert_null(read_file("", 0, 0600));
    assert_non_null(strstr(error, "1 to 4096 bytes"));
    assert_null(read_file("\n", 1, 0600));
    assert_null(read_file("a\0b", 3, 0600));
    assert_null(read_file(large, sizeof large, 0600));
    assert_non_null(strstr(error, "1 to 4096 bytes"));
    secret_t *secret = read_file(large, sizeof large - 1, 0600);
    assert_int_equal(secret_size(secret), SECRET_BYTES_MAX);
    secret_destroy(&secret);
}

static void what_others_can_read_or_is_no_file_is_refused(void **state)
{
    (void)state;
    static const mode_t open_to_others[] = {0604, 0620, 0640, 0660, 0602, 0601, 0444};
    for (size_t i = 0; i < sizeof open_to_others / sizeof open_to_others[0]; i++) {
        assert_null(read_file("password", 8, open_to_others[i]));
        assert_non_null(strstr(error, "0600"));
        assert_null(strstr(error, "password"));
    }
    secret_t *lent = read_file("password", 8, 0440); // a credential
    assert_non_null(lent);
    secret_destroy(&lent);
    assert_null(secret_read(directory, error, sizeof error));
    assert_non_null(strstr(error, "plain file"));
    assert_null(secret_read("/nowhere/secret", error, sizeof error));
    assert_non_null(strstr(error, "No such file"));
}

static void a_process_with_secrets_leaves_no_core_and_no_way_in(void **state)
{
    (void)state;
    struct rlimit cores;
    assert_true(secret_harden());
    assert_int_equal(getrlimit(RLIMIT_CORE, &cores), 0);
    assert_int_equal(cores.rlim_max, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
}

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    snprintf(path, sizeof path, "%s/secret", directory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_process_with_secrets_leaves_no_core_and_no_way_in), // before the first secret
        cmocka_unit_test(a_files_text_is_the_secret_without_its_last_newline),
        cmocka_unit_test(what_is_no_text_or_too_long_is_refused),
        cmocka_unit_test(what_others_can_read_or_is_no_file_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(directory);
    return failed;
}
