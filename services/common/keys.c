#include "services/common/keys.h"
#include "proto/producers.h"
#include "services/common/certificates.h"
#include <assert.h>
#include <sys/stat.h>

typedef struct {
    char name[KEYS_NAME_MAX + 1];
    role_t role;
    char producers[PRODUCERS_TEXT_MAX + 1]; // empty for who pushes nothing
} wish_t;

static bool refuse(char *error, size_t size, const char *what, const char *why)
{
    snprintf(error, size, "%s: %s", what, why);
    return false;
}

// Lower-case letters, digits, '-', '_' and '.', not first: such a name is a file name anywhere.
static bool name_is_good(const char *name, size_t size)
{
    if (size == 0 || size > KEYS_NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < size; i++)
        if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') &&
            !strchr("-_.", name[i]))
            return false;
    return true;
}

static bool parse(const char *text, wish_t *ret_wish)
{
    const char *colon = strchr(text, ':');
    if (!colon || !name_is_good(text, (size_t)(colon - text)))
        return false;
    char role[16] = "";
    const char *after = strchr(colon + 1, ':');
    size_t role_size = after ? (size_t)(after - colon - 1) : strlen(colon + 1);
    if (role_size >= sizeof role)
        return false;
    memcpy(role, colon + 1, role_size);
    ret_wish->role = role_parse(role);
    snprintf(ret_wish->name, sizeof ret_wish->name, "%.*s", (int)(colon - text), text);
    snprintf(ret_wish->producers, sizeof ret_wish->producers, "%s", after ? after + 1 : "");
    producers_t producers;
    return ret_wish->role != ROLE_NONE && (!after || (strlen(after + 1) <= PRODUCERS_TEXT_MAX &&
                                                      producers_parse(after + 1, &producers)));
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void path_of(char out[PATH_MAX], const char *directory, const char *name, const char *suffix)
{
    snprintf(out, PATH_MAX, "%s/%s%s", directory, name, suffix);
}

static bool write_pair(const wish_t *wish, const char *public_path, const char *secret_path)
{
    zcert_t *cert = zcert_new();
    assert(cert);
    zcert_set_meta(cert, "name", "%s", wish->name);
    zcert_set_meta(cert, "role", "%s", role_name(wish->role));
    if (*wish->producers)
        zcert_set_meta(cert, "producer", "%s", wish->producers);
    mode_t before = umask(077);
    bool good = zcert_save_secret(cert, secret_path) == 0 && chmod(secret_path, 0600) == 0;
    umask(022);
    good = good && zcert_save_public(cert, public_path) == 0 && chmod(public_path, 0644) == 0;
    umask(before);
    zcert_destroy(&cert);
    return good;
}

bool keys_make(const char *const *names_and_roles, size_t count, const char *public_directory,
               const char *secret_directory, char *error, size_t error_size)
{
    if (!keys_check(public_directory, error, error_size))
        return false;
    char public_path[PATH_MAX], secret_path[PATH_MAX];
    wish_t wish;
    for (size_t i = 0; i < count; i++) {
        if (!parse(names_and_roles[i], &wish))
            return refuse(error, error_size, names_and_roles[i],
                          "expected NAME:ROLE, with a role of platform, metering, ledger, payment, "
                          "autopay, web, service, auditor, operator, or NAME:ROLE:PRODUCERS with a "
                          "number from 100 on or a range like 200-299");
        for (size_t k = 0; k < i; k++) {
            wish_t other;
            if (parse(names_and_roles[k], &other) && strcmp(other.name, wish.name) == 0)
                return refuse(error, error_size, wish.name, "is named twice");
        }
        path_of(public_path, public_directory, wish.name, ".cert");
        path_of(secret_path, secret_directory, wish.name, ".cert_secret");
        if (exists(public_path) || exists(secret_path))
            return refuse(error, error_size, wish.name, "there is a certificate of that name");
    }
    for (size_t i = 0; i < count; i++) {
        bool parsed = parse(names_and_roles[i], &wish);
        assert(parsed);
        path_of(public_path, public_directory, wish.name, ".cert");
        path_of(secret_path, secret_directory, wish.name, ".cert_secret");
        if (!write_pair(&wish, public_path, secret_path))
            return refuse(error, error_size, wish.name, strerror(errno));
    }
    return keys_check(public_directory, error, error_size);
}

bool keys_check(const char *public_directory, char *error, size_t error_size)
{
    certificates_t *certificates = certificates_load(public_directory, NULL, error, error_size);
    bool good = certificates && certificates->unread + certificates->wrong == 0;
    certificates_destroy(&certificates);
    return good;
}
