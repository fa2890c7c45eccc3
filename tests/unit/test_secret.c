// Which files are taken for a secret: plain ones that others cannot read, of one line of ASCII; and
// what is said of those that an editor or a shell has spoilt.
#include "services/process/security/secret.h"
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

static void a_line_is_the_secret_without_the_end_that_an_editor_writes(void **state)
{
    (void)state;
    static const char *const files[] = {"password", "password\n", "password\r\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        secret_t *secret = read_file(files[i], strlen(files[i]), 0600);
        assert_non_null(secret);
        assert_string_equal(secret_reveal(secret), "password");
        assert_int_equal(secret_size(secret), 8);
        secret_destroy(&secret);
        assert_null(secret);
    }
    secret_t *secret = read_file("a pass phrase ~!\n", 17, 0600);
    assert_non_null(secret);
    assert_string_equal(secret_reveal(secret), "a pass phrase ~!");
    secret_destroy(&secret);
}

// Each is named by what it is, with its file and without a byte of what it holds.
static void what_nobody_can_mean_is_refused_by_name(void **state)
{
    (void)state;
#define FILE_OF(bytes) bytes, sizeof(bytes) - 1
    static const struct {
        const char *bytes;
        size_t size;
        const char *named;
    } cases[] = {{FILE_OF(""), "is empty"},
                 {FILE_OF("\n"), "is empty"},
                 {FILE_OF("\r\n"), "is empty"},
                 {FILE_OF("\xef\xbb\xbf"), "byte-order mark"},
                 {FILE_OF("\xef\xbb\xbfpassword\r\n"), "byte-order mark"},
                 {FILE_OF("\xff\xfep\0a\0s\0s\0"), "UTF-16"},
                 {FILE_OF("\xfe\xff\0p\0a\0s\0s"), "UTF-16"},
                 {FILE_OF("p\0a\0s\0s\0\n\0"), "zero byte"},
                 {FILE_OF("password\0"), "zero byte"},
                 {FILE_OF("password\n\0"), "more than one line"},
                 {FILE_OF("password\n\n"), "more than one line"},
                 {FILE_OF("password\r\n\r\n"), "more than one line"},
                 {FILE_OF("password\r"), "more than one line"},
                 {FILE_OF("password\r\r\n"), "more than one line"},
                 {FILE_OF("password\nsecond"), "more than one line"},
                 {FILE_OF("\npassword"), "more than one line"},
                 {FILE_OF("password \n"), "ends with a blank"},
                 {FILE_OF("password \r\n"), "ends with a blank"},
                 {FILE_OF("password\t"), "ends with a blank"},
                 {FILE_OF(" password"), "begins with a blank"},
                 {FILE_OF("\tpassword"), "begins with a blank"},
                 {FILE_OF(" "), "begins with a blank"},
                 {FILE_OF("pass\tword"), "a tab"},
                 {FILE_OF("pass\x1bword"), "control character"},
                 {FILE_OF("pass\x7fword"), "control character"},
                 {FILE_OF("password\x1a"), "control character"},
                 {FILE_OF("p\xc3\xa4ssword"), "not ASCII"},
                 {FILE_OF("password\xc2\xa0"), "not ASCII"},
                 {FILE_OF("\xe2\x80\x8bpassword"), "not ASCII"}};
#undef FILE_OF
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(read_file(cases[i].bytes, cases[i].size, 0600));
        if (!strstr(error, cases[i].named) || !strstr(error, path) || strstr(error, "ssword"))
            fail_msg("row %zu: `%s`", i, error);
    }
}

static void a_secret_has_4096_bytes_at_most(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "\n", "\r\n"};
    static char large[SECRET_BYTES_MAX + 16];
    memset(large, 'a', sizeof large);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        memcpy(large + SECRET_BYTES_MAX, ends[i], strlen(ends[i]));
        secret_t *secret = read_file(large, SECRET_BYTES_MAX + strlen(ends[i]), 0600);
        assert_non_null(secret);
        assert_int_equal(secret_size(secret), SECRET_BYTES_MAX);
        secret_destroy(&secret);
        memset(large, 'a', sizeof large);
        memcpy(large + SECRET_BYTES_MAX + 1, ends[i], strlen(ends[i]));
        assert_null(read_file(large, SECRET_BYTES_MAX + 1 + strlen(ends[i]), 0600));
        assert_non_null(strstr(error, "longer than 4096 bytes"));
        memset(large, 'a', sizeof large);
    }
    assert_null(read_file(large, sizeof large, 0600));
    assert_non_null(strstr(error, "longer than 4096 bytes"));
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
        cmocka_unit_test(a_line_is_the_secret_without_the_end_that_an_editor_writes),
        cmocka_unit_test(what_nobody_can_mean_is_refused_by_name),
        cmocka_unit_test(a_secret_has_4096_bytes_at_most),
        cmocka_unit_test(what_others_can_read_or_is_no_file_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(directory);
    return failed;
}
