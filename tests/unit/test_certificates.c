#include "services/process/security/certificates.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/resource.h>

static char root[40], public[64], secret[64], error[SECURITY_ERROR_MAX];

static int make_directories(void **state)
{
    (void)state;
    static const char *const wishes[] = {"ann:operator", "bob:platform:100-199:amvera"};
    strcpy(root, "/tmp/kopeck-certificates-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(public, sizeof public, "%s/public", root);
    snprintf(secret, sizeof secret, "%s/secret", root);
    error[0] = '\0';
    return mkdir(public, 0755) || mkdir(secret, 0700) ||
           !keys_make(wishes, 2, public, secret, error, sizeof error);
}

static int remove_directories(void **state)
{
    (void)state;
    zdir_t *tree = zdir_new(root, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
    return 0;
}

static const certificate_t *find(const certificates_t *certificates, const char *name)
{
    char path[128], key[41];
    snprintf(path, sizeof path, "%s/%s.cert_secret", secret, name);
    assert_true(security_load_public(path, key, error));
    return certificates_find(certificates, key);
}

static certificates_t *load(const certificates_t *before)
{
    error[0] = '\0';
    return certificates_load(public, before, error, sizeof error);
}

static void in_public(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s", public, name);
}

static void certificates_have_their_role_and_producers(void **state)
{
    (void)state;
    certificates_t *certificates = load(NULL);
    assert_non_null(certificates);
    assert_int_equal(certificates->unread + certificates->wrong, 0);
    const certificate_t *ann = find(certificates, "ann"), *bob = find(certificates, "bob");
    assert_non_null(ann);
    assert_non_null(bob);
    assert_int_equal(ann->row.role, ROLE_OPERATOR);
    assert_string_equal(ann->row.name, "ann");
    assert_int_equal(ann->row.producers.last, 0); // nobody's
    assert_int_equal(bob->row.role, ROLE_PLATFORM);
    assert_int_equal(bob->row.producers.first, 100);
    assert_int_equal(bob->row.producers.last, 199);
    assert_string_equal(ann->row.owner, "");
    assert_string_equal(bob->row.owner, "amvera");
    assert_null(certificates_find(certificates, "0000000000000000000000000000000000000000"));
    certificates_destroy(&certificates);
    certificates_destroy(&certificates);
}

// Descriptors for the directory and nothing in it; a newcomer cannot be read, the others are known.
static void who_cannot_be_read_now_stays_as_he_was(void **state)
{
    (void)state;
    certificates_t *before = load(NULL);
    static const char *const wish[] = {"new:web"};
    assert_true(keys_make(wish, 1, public, secret, error, sizeof error));
    int free_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(free_fd);
    struct rlimit usual, one;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    one = usual;
    one.rlim_cur = (rlim_t)free_fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
    certificates_t *now = load(before);
    certificates_t *nobody = load(NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_non_null(now);
    assert_int_equal(now->unread, 3);
    assert_int_equal(now->wrong, 0);
    assert_non_null(strstr(error, strerror(EMFILE)));
    assert_non_null(find(now, "ann"));
    assert_non_null(find(now, "bob"));
    assert_null(find(now, "new"));
    assert_null(find(nobody, "ann"));
    certificates_t *later = load(now);
    assert_int_equal(later->unread, 0);
    assert_non_null(find(later, "new"));
    certificates_destroy(&before);
    certificates_destroy(&now);
    certificates_destroy(&nobody);
    certificates_destroy(&later);
}

static void a_directory_that_cannot_be_read_is_a_failure(void **state)
{
    (void)state;
    assert_null(certificates_load("/nonexistent", NULL, error, sizeof error));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(certificates_mark("/nonexistent"), 0);
}

static void a_directory_that_others_may_change_is_refused(void **state)
{
    (void)state;
    static const mode_t open_to_others[] = {0777, 0775, 0757, 01777};
    uint64_t guarded = certificates_mark(public);
    for (size_t i = 0; i < sizeof open_to_others / sizeof open_to_others[0]; i++) {
        assert_int_equal(chmod(public, open_to_others[i]), 0);
        assert_null(load(NULL));
        assert_int_equal(errno, EPERM);
        assert_non_null(strstr(error, "may be changed by others"));
        assert_true(certificates_mark(public) != guarded); // a running process notices
        assert_false(keys_check(public, error, sizeof error));
        assert_null(security_new("ann.cert_secret", public, NULL, error));
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(chmod(public, 0755), 0);
    assert_true(certificates_mark(public) == guarded);
    certificates_t *all = load(NULL);
    assert_non_null(all);
    certificates_destroy(&all);
}

static void a_removed_certificate_is_no_certificate_any_more(void **state)
{
    (void)state;
    char path[128];
    certificates_t *before = load(NULL);
    in_public(path, "ann.cert");
    assert_int_equal(unlink(path), 0);
    certificates_t *now = load(before);
    assert_null(find(now, "ann"));
    assert_non_null(find(now, "bob"));
    certificates_destroy(&before);
    certificates_destroy(&now);
}

static void wrong_files_let_nobody_in_and_are_counted(void **state)
{
    (void)state;
    char path[128], twin[128];
    in_public(path, "ann.cert");
    in_public(twin, "twin.cert");
    assert_int_equal(link(path, twin), 0);
    in_public(path, "empty.cert");
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    in_public(path, "bob_secret");
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    certificates_t *certificates = load(NULL);
    assert_int_equal(certificates->wrong, 3);
    assert_null(find(certificates, "ann")); // as which of the two?
    assert_non_null(find(certificates, "bob"));
    certificates_destroy(&certificates);
}

static void make(const char *name)
{
    char path[128];
    in_public(path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

// What editors, copies and archives leave behind, each told of by its name.
static void other_names_are_not_read_and_are_told_of(void **state)
{
    (void)state;
    static const char *const odd[] = {"ann.cert~",    "#ann.cert#",  ".ann.cert.swp",
                                      "ann.cert.bak", "folder.cert", "nowhere.cert"};
    char path[128], other[128];
    in_public(path, "ann.cert");
    in_public(other, odd[0]);
    assert_int_equal(link(path, other), 0); // even with his key
    for (size_t i = 1; i < 4; i++)
        make(odd[i]);
    in_public(path, odd[4]);
    assert_int_equal(mkdir(path, 0755), 0);
    in_public(path, odd[5]);
    assert_int_equal(symlink("/nonexistent/x.cert", path), 0);
    in_public(path, "..data"); // of a volume
    assert_int_equal(symlink(".", path), 0);
    certificates_t *certificates = load(NULL);
    assert_int_equal(certificates->unread, 0);
    assert_int_equal(certificates->wrong, sizeof odd / sizeof odd[0]);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        size_t told = 0;
        for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++)
            told += strncmp(certificates->odd[k], odd[i], strlen(odd[i])) == 0 &&
                    certificates->odd[k][strlen(odd[i])] == ':';
        assert_int_equal(told, 1);
    }
    assert_non_null(find(certificates, "ann"));
    assert_non_null(find(certificates, "bob"));
    certificates_destroy(&certificates);
}

static void of_many_odd_files_some_are_told_of_and_all_are_counted(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < 3 * CERTIFICATES_ODD_MAX; i++) {
        snprintf(name, sizeof name, "ann.%d", i);
        make(name);
    }
    certificates_t *certificates = load(NULL);
    assert_int_equal(certificates->wrong, 3 * CERTIFICATES_ODD_MAX);
    for (int i = 0; i < CERTIFICATES_ODD_MAX; i++)
        assert_non_null(strstr(certificates->odd[i], "is not named NAME.cert"));
    assert_non_null(find(certificates, "ann"));
    certificates_destroy(&certificates);
}

static void any_change_has_another_mark(void **state)
{
    (void)state;
    char path[128], other[128];
    uint64_t marks[7];
    marks[0] = certificates_mark(public);
    assert_true(marks[0] != 0);
    assert_true(certificates_mark(public) == marks[0]);
    in_public(path, "ann.cert");
    in_public(other, "other.cert");
    assert_int_equal(rename(path, other), 0);
    marks[1] = certificates_mark(public);
    assert_int_equal(link(other, path), 0);
    marks[2] = certificates_mark(public);
    assert_int_equal(truncate(path, 10), 0);
    marks[3] = certificates_mark(public);
    assert_int_equal(unlink(path), 0);
    marks[4] = certificates_mark(public);
    assert_int_equal(mkdir(path, 0755), 0);
    marks[5] = certificates_mark(public);
    in_public(path, "gone.cert");
    assert_int_equal(symlink("/nonexistent/gone.cert", path), 0);
    marks[6] = certificates_mark(public);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_true(marks[i] != marks[j]);
}

static void expect_name(const char *name)
{
    certificates_t *certificates = load(NULL);
    const certificate_t *ann = find(certificates, "ann");
    assert_non_null(ann);
    assert_string_equal(ann->row.name, name);
    certificates_destroy(&certificates);
}

// It is stored with what he commands.
static void a_name_is_the_metadatas_or_the_files_plain_and_short(void **state)
{
    (void)state;
    char path[128], other[128], forty_seven[48];
    memset(forty_seven, 'x', sizeof forty_seven - 1);
    forty_seven[sizeof forty_seven - 1] = '\0';
    in_public(path, "ann.cert");
    in_public(other, "an\na;b@c-d_e.f.cert");
    zconfig_t *file = zconfig_load(path);
    assert_non_null(file);
    char long_name[64];
    snprintf(long_name, sizeof long_name, "#%s.cert", forty_seven);
    zconfig_put(file, "metadata/name", long_name);
    assert_int_equal(zconfig_save(file, path), 0);
    snprintf(long_name, sizeof long_name, "_%s", forty_seven); // 48 bytes
    expect_name(long_name);
    zconfig_put(file, "metadata/name", "");
    assert_int_equal(zconfig_save(file, path), 0);
    zconfig_destroy(&file);
    expect_name("ann");
    assert_int_equal(rename(path, other), 0);
    expect_name("an_a_b@c-d_e.f");
}

int main(void)
{
    security_prepare();
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directories, remove_directories)
    const struct CMUnitTest tests[] = {
        TEST(certificates_have_their_role_and_producers),
        TEST(who_cannot_be_read_now_stays_as_he_was),
        TEST(a_directory_that_cannot_be_read_is_a_failure),
        TEST(a_directory_that_others_may_change_is_refused),
        TEST(a_removed_certificate_is_no_certificate_any_more),
        TEST(wrong_files_let_nobody_in_and_are_counted),
        TEST(other_names_are_not_read_and_are_told_of),
        TEST(of_many_odd_files_some_are_told_of_and_all_are_counted),
        TEST(any_change_has_another_mark),
        TEST(a_name_is_the_metadatas_or_the_files_plain_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
