#include "services/process/security/keys.h"
#include "proto/producers.h"
#include "services/process/security/certificates.h"
#include <assert.h>
#include <sys/stat.h>

typedef struct {
    char name[KEYS_NAME_MAX + 1];
    role_t role;
    char producers[PRODUCERS_TEXT_MAX + 1]; // empty for who pushes nothing
    char owner[ROSTER_NAME_MAX + 1];        // empty: each producer is its own
} wish_t;

static const char wanted[] = "expected ours, or NAME:ROLE, with a role of "
#define HOLDER(name, ...) #name ", "
#include "proto/services.def"
                             "or NAME:ROLE:PRODUCERS with a number from 100 on or a range like "
                             "200-299, and :OWNER after it for several that act for one owner";

static bool refuse_wish(char *error, size_t size, const char *what, const char *why)
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

// "PRODUCERS" or "PRODUCERS:OWNER".
static bool parse_feed(const char *text, wish_t *ret_wish)
{
    producers_t producers;
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    if (size > PRODUCERS_TEXT_MAX || (colon && (strlen(colon + 1) > ROSTER_NAME_MAX ||
                                                !name_is_good(colon + 1, strlen(colon + 1)))))
        return false;
    snprintf(ret_wish->producers, sizeof ret_wish->producers, "%.*s", (int)size, text);
    snprintf(ret_wish->owner, sizeof ret_wish->owner, "%s", colon ? colon + 1 : "");
    return producers_parse(ret_wish->producers, &producers);
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
    *ret_wish->producers = *ret_wish->owner = '\0';
    return ret_wish->role != ROLE_NONE && (!after || parse_feed(after + 1, ret_wish));
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
    if (*wish->owner)
        zcert_set_meta(cert, "owner", "%s", wish->owner);
    mode_t before = umask(077);
    bool good = zcert_save_secret(cert, secret_path) == 0 && chmod(secret_path, 0600) == 0;
    umask(022);
    good = good && zcert_save_public(cert, public_path) == 0 && chmod(public_path, 0644) == 0;
    umask(before);
    zcert_destroy(&cert);
    return good;
}

// The wishes of a command line one by one, "ours" taken apart; NULL behind the last.
static const char *wish_at(const char *const *texts, size_t count, size_t index)
{
    static const char *const ours[] = {
#define SERVICE(name, ...) #name ":" #name,
#define FACE(name, ...) #name ":" #name,
#include "proto/services.def"
    };
    const size_t ours_count = sizeof ours / sizeof ours[0];
    for (size_t i = 0; i < count; i++) {
        size_t stands_for = strcmp(texts[i], "ours") == 0 ? ours_count : 1;
        if (index < stands_for)
            return stands_for == 1 ? texts[i] : ours[index];
        index -= stands_for;
    }
    return NULL;
}

// Is the wish at `index` good, and nobody's name yet?
static bool check_wish(const char *const *texts, size_t count, size_t index,
                       const char *public_directory, const char *secret_directory, char *error,
                       size_t error_size)
{
    char public_path[PATH_MAX], secret_path[PATH_MAX];
    const char *text = wish_at(texts, count, index);
    wish_t wish, other;
    if (!parse(text, &wish))
        return refuse_wish(error, error_size, text, wanted);
    for (size_t k = 0; k < index; k++)
        if (parse(wish_at(texts, count, k), &other) && strcmp(other.name, wish.name) == 0)
            return refuse_wish(error, error_size, wish.name, "is named twice");
    path_of(public_path, public_directory, wish.name, ".cert");
    path_of(secret_path, secret_directory, wish.name, ".cert_secret");
    if (exists(public_path) || exists(secret_path))
        return refuse_wish(error, error_size, wish.name, "there is a certificate of that name");
    return true;
}

bool keys_make(const char *const *names_and_roles, size_t count, const char *public_directory,
               const char *secret_directory, char *error, size_t error_size)
{
    if (!keys_check(public_directory, error, error_size))
        return false;
    const char *text;
    for (size_t i = 0; wish_at(names_and_roles, count, i); i++)
        if (!check_wish(names_and_roles, count, i, public_directory, secret_directory, error,
                        error_size))
            return false;
    for (size_t i = 0; (text = wish_at(names_and_roles, count, i)); i++) {
        char public_path[PATH_MAX], secret_path[PATH_MAX];
        wish_t wish;
        bool parsed = parse(text, &wish);
        assert(parsed);
        path_of(public_path, public_directory, wish.name, ".cert");
        path_of(secret_path, secret_directory, wish.name, ".cert_secret");
        if (!write_pair(&wish, public_path, secret_path))
            return refuse_wish(error, error_size, wish.name, strerror(errno));
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
