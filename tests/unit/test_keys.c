#include "proto/service.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include <setjmp.h>
#include <cmocka.h>

static char root[32], public[64], secret[64], error[SECURITY_ERROR_MAX];

static int make_directories(void **state)
{
    (void)state;
    strcpy(root, "/tmp/kopeck-keys-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(public, sizeof public, "%s/public", root);
    snprintf(secret, sizeof secret, "%s/secret", root);
    error[0] = '\0';
    return mkdir(public, 0755) || mkdir(secret, 0700);
}

static int remove_directories(void **state)
{
    (void)state;
    zdir_t *tree = zdir_new(root, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
    return 0;
}

static bool make(const char *wish)
{
    return keys_make(&wish, 1, public, secret, error, sizeof error);
}

static void path_in(char out[128], const char *directory, const char *name)
{
    snprintf(out, 128, "%s/%s", directory, name);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static void a_pair_is_made_and_loads(void **state)
{
    (void)state;
    char path[128], key[41];
    assert_true(make("ledger-1:ledger"));
    path_in(path, public, "ledger-1.cert");
    assert_int_equal(mode_of(path), 0644);
    assert_true(security_load_public(path, key, error));
    path_in(path, secret, "ledger-1.cert_secret");
    assert_int_equal(mode_of(path), 0600);
    zcert_t *cert = security_load_secret(path, error);
    assert_non_null(cert);
    assert_string_equal(zcert_public_txt(cert), key);
    zcert_destroy(&cert);
}

static void ours_are_every_process_with_the_role_of_its_name(void **state)
{
    (void)state;
    char path[128];
    const char *const twice[] = {"ledger:auditor", "ours"};
    assert_false(keys_make(twice, 2, public, secret, error, sizeof error));
    assert_string_equal(error, "ledger: is named twice");
    const char *const wishes[] = {"ours", "boss:operator"};
    assert_true(keys_make(wishes, 2, public, secret, error, sizeof error));
    size_t count = 0;
    for (const service_t *service; (service = service_at(count)); count++) {
        snprintf(path, sizeof path, "%s/%s.cert", public, service->name);
        zcert_t *cert = zcert_load(path);
        assert_non_null(cert);
        assert_string_equal(zcert_meta(cert, "role"), service->name);
        zcert_destroy(&cert);
    }
    zdir_t *tree = zdir_new(public, NULL);
    assert_int_equal(zdir_count(tree), count + 1);
    zdir_destroy(&tree);
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    (void)state;
    char path[128];
    assert_true(make("ledger-1:ledger"));
    path_in(path, secret, "ledger-1.cert_secret");
    assert_int_equal(chmod(path, 0640), 0);
    assert_null(security_load_secret(path, error));
    assert_non_null(strstr(error, "0600"));
}

// systemd lends it to one user by an access list, whose mask stands where the group's bits were.
static void a_secret_that_looks_like_a_credential_is_taken(void **state)
{
    (void)state;
    char path[128];
    assert_true(make("ledger-1:ledger"));
    path_in(path, secret, "ledger-1.cert_secret");
    assert_int_equal(chmod(path, 0440), 0);
    zcert_t *cert = security_load_secret(path, error);
    assert_non_null(cert);
    zcert_destroy(&cert);
}

static void wrong_wishes_are_refused_and_make_no_file(void **state)
{
    (void)state;
    static const char *const wishes[] = {"ledger",
                                         "ledger:",
                                         ":ledger",
                                         "a:nobody",
                                         "../a:ledger",
                                         "a/b:ledger",
                                         ".a:ledger",
                                         "A:ledger",
                                         "-a:ledger",
                                         "a:ledger:more",
                                         "a:platform:",
                                         "a:platform:99",
                                         "a:platform:300-200",
                                         "a:platform:0100",
                                         "a:platform:100-",
                                         "a:platform:100:.1",
                                         "a:platform:18446744073709551616",
                                         "a:none",
                                         "a b:ledger"};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        const char *pair[] = {"good:web", wishes[i]};
        assert_false(keys_make(pair, 2, public, secret, error, sizeof error));
        assert_non_null(strstr(error, wishes[i]));
    }
    char path[128];
    path_in(path, public, "good.cert");
    assert_int_not_equal(access(path, F_OK), 0);
}

static void the_producers_of_a_certificate_are_a_number_or_a_range(void **state)
{
    (void)state;
    char path[128];
    producers_t producers;
    assert_true(make("one:platform:100") && make("many:operator:200-299"));
    assert_true(make("shared:platform:101:amvera"));
    assert_false(make("bad:platform:102:") || make("bad:platform::amvera") ||
                 make("bad:platform:102:a/b") ||
                 make("bad:platform:102:a234567890123456789012345678901234567890123456789"));
    assert_true(keys_check(public, error, sizeof error));
    path_in(path, public, "shared.cert");
    zconfig_t *shared = zconfig_load(path);
    assert_string_equal(zconfig_get(shared, "metadata/owner", ""), "amvera");
    zconfig_destroy(&shared);
    path_in(path, public, "many.cert");
    zconfig_t *config = zconfig_load(path);
    assert_true(producers_parse(zconfig_get(config, "metadata/producer", ""), &producers));
    assert_true(producers.first == 200 && producers.last == 299);
    zconfig_set_value(zconfig_locate(config, "metadata/producer"), "all");
    assert_int_equal(zconfig_save(config, path), 0);
    zconfig_destroy(&config);
    assert_false(keys_check(public, error, sizeof error));
    assert_non_null(strstr(error, "producer"));
}

static void a_name_is_given_once(void **state)
{
    (void)state;
    const char *twice[] = {"a:web", "a:ledger"};
    assert_false(keys_make(twice, 2, public, secret, error, sizeof error));
    assert_true(make("a:web"));
    assert_false(make("a:web"));
}

static void copy(const char *from, const char *to)
{
    char a[128], b[128];
    path_in(a, public, from);
    path_in(b, public, to);
    zconfig_t *config = zconfig_load(a);
    assert_non_null(config);
    assert_int_equal(zconfig_save(config, b), 0);
    zconfig_destroy(&config);
}

// With zauth any of these would abort a server, or write past a buffer.
static void a_directory_with_one_key_twice_is_refused(void **state)
{
    (void)state;
    assert_true(make("a:web"));
    assert_true(keys_check(public, error, sizeof error));
    copy("a.cert", "b.cert");
    assert_false(keys_check(public, error, sizeof error));
    assert_non_null(strstr(error, "key of another"));
}

static void metadata_over_200_bytes_is_refused(void **state)
{
    (void)state;
    char path[128];
    zcert_t *cert = zcert_new();
    zcert_set_meta(cert, "role", "web");
    zcert_set_meta(cert, "note", "%0190d", 0);
    path_in(path, public, "long.cert");
    assert_int_equal(zcert_save_public(cert, path), 0);
    zcert_destroy(&cert);
    assert_false(keys_check(public, error, sizeof error));
    assert_non_null(strstr(error, "200 bytes"));
}

static void a_secret_of_any_size_is_not_read(void **state)
{
    (void)state;
    assert_true(make("a:web"));
    char path[128], line[1024];
    path_in(path, secret, "a.cert_secret");
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    memset(line, '#', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 64; i++)
        assert_int_equal(fwrite(line, sizeof line, 1, file), 1);
    fclose(file);
    assert_null(security_load_secret(path, error));
    assert_int_equal(errno, EINVAL);
    assert_non_null(strstr(error, "too large"));
}

static void what_is_no_certificate_or_a_secret_is_refused(void **state)
{
    (void)state;
    char path[128];
    path_in(path, public, "readme");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("hello = 1\n", file);
    fclose(file);
    assert_false(keys_check(public, error, sizeof error));
    unlink(path);
    assert_true(keys_make((const char *[]){"a:web"}, 1, public, public, error, sizeof error) ==
                false);
    assert_non_null(strstr(error, "does not belong"));
}

int main(void)
{
    security_prepare();
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directories, remove_directories)
    const struct CMUnitTest tests[] = {
        TEST(a_pair_is_made_and_loads),
        TEST(ours_are_every_process_with_the_role_of_its_name),
        TEST(a_secret_that_others_can_read_is_refused),
        TEST(a_secret_that_looks_like_a_credential_is_taken),
        TEST(wrong_wishes_are_refused_and_make_no_file),
        TEST(the_producers_of_a_certificate_are_a_number_or_a_range),
        TEST(a_name_is_given_once),
        TEST(a_directory_with_one_key_twice_is_refused),
        TEST(metadata_over_200_bytes_is_refused),
        TEST(a_secret_of_any_size_is_not_read),
        TEST(what_is_no_certificate_or_a_secret_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
