#include "services/common/certificates.h"
#include "services/common/keys.h"
#include "services/common/security.h"
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/resource.h>

static char root[40], public[64], secret[64], error[SECURITY_ERROR_MAX];

static int make_directories(void **state)
{
    (void)state;
    static const char *const wishes[] = {"ann:operator", "bob:platform:100-199"};
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
    static const uint8_t operator_[] = "\4role\0\0\0\10operator";
    static const uint8_t platform[] = "\4role\0\0\0\10platform\10producer\0\0\0\007100-199";
    certificates_t *certificates = load(NULL);
    assert_non_null(certificates);
    assert_int_equal(certificates->unread + certificates->wrong, 0);
    const certificate_t *ann = find(certificates, "ann"), *bob = find(certificates, "bob");
    assert_non_null(ann);
    assert_non_null(bob);
    assert_int_equal(ann->properties_size, sizeof operator_ - 1);
    assert_memory_equal(ann->properties, operator_, sizeof operator_ - 1);
    assert_int_equal(bob->properties_size, sizeof platform - 1);
    assert_memory_equal(bob->properties, platform, sizeof platform - 1);
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

static void any_change_has_another_mark(void **state)
{
    (void)state;
    char path[128], other[128];
    uint64_t marks[5];
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
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_true(marks[i] != marks[j]);
}

int main(void)
{
    security_prepare();
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directories, remove_directories)
    const struct CMUnitTest tests[] = {
        TEST(certificates_have_their_role_and_producers),
        TEST(who_cannot_be_read_now_stays_as_he_was),
        TEST(a_directory_that_cannot_be_read_is_a_failure),
        TEST(a_removed_certificate_is_no_certificate_any_more),
        TEST(wrong_files_let_nobody_in_and_are_counted),
        TEST(any_change_has_another_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
