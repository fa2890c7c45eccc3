#include "services/common/certificates.h"
#include "proto/producers.h"
#include "services/common/zpl.h"
#include <assert.h>
#include <sys/stat.h>

typedef struct {
    certificates_t *certificates;
    const certificates_t *before;
    const char *directory;
    char *error;
    size_t error_size;
} load_t;

static void destroy_certificate(void *data)
{
    certificate_t *certificate = data;
    free(certificate->file);
    free(certificate);
}

void certificates_destroy(certificates_t **self_p)
{
    if (!*self_p)
        return;
    zhash_destroy(&(*self_p)->by_key);
    free(*self_p);
    *self_p = NULL;
}

const certificate_t *certificates_find(const certificates_t *self, const char *key)
{
    const certificate_t *certificate = zhash_lookup(self->by_key, key);
    return certificate && !certificate->doubtful ? certificate : NULL;
}

static void add_property(certificate_t *certificate, const char *name, const char *value)
{
    size_t name_size = strlen(name), value_size = strlen(value);
    assert(certificate->properties_size + name_size + value_size + 5 <=
           sizeof certificate->properties);
    uint8_t *out = certificate->properties + certificate->properties_size;
    *out++ = (uint8_t)name_size;
    memcpy(out, name, name_size); // NOLINT(bugprone-not-null-terminated-result): sizes rule
    out += name_size;
    uint32_t size = htobe32((uint32_t)value_size);
    memcpy(out, &size, sizeof size);
    out += sizeof size;
    memcpy(out, value, value_size); // NOLINT(bugprone-not-null-terminated-result): sizes rule
    certificate->properties_size += name_size + value_size + 5;
}

static void tell(load_t *load, const char *file, const char *why)
{
    if (load->certificates->unread + load->certificates->wrong == 1)
        snprintf(load->error, load->error_size, "%s/%s: %s", load->directory, file, why);
}

static void note_wrong(load_t *load, const char *file, const char *why)
{
    load->certificates->wrong++;
    tell(load, file, why);
}

static void add(load_t *load, certificate_t *certificate)
{
    certificate_t *same = zhash_lookup(load->certificates->by_key, certificate->key);
    if (same) {
        same->doubtful = true;
        note_wrong(load, certificate->file, "has the key of another certificate in its directory");
        destroy_certificate(certificate);
        return;
    }
    zhash_insert(load->certificates->by_key, certificate->key, certificate);
    zhash_freefn(load->certificates->by_key, certificate->key, destroy_certificate);
}

// Who came by this file before may come until it can be read again.
static void note_unread(load_t *load, const char *file, int why)
{
    load->certificates->unread++;
    tell(load, file, strerror(why));
    if (!load->before)
        return;
    zhash_t *before = load->before->by_key;
    for (certificate_t *certificate = zhash_first(before); certificate;
         certificate = zhash_next(before))
        if (!certificate->doubtful && strcmp(certificate->file, file) == 0) {
            certificate_t *copy = malloc(sizeof *copy);
            assert(copy);
            *copy = *certificate;
            copy->file = strdup(file);
            assert(copy->file);
            add(load, copy);
            return;
        }
}

static size_t metadata_size(zconfig_t *root)
{
    size_t size = 0;
    zconfig_t *meta = zconfig_locate(root, "metadata");
    for (zconfig_t *item = meta ? zconfig_child(meta) : NULL; item; item = zconfig_next(item))
        size += strlen(zconfig_name(item)) + strlen(zconfig_value(item)) + 5;
    return size;
}

static void add_certificate(load_t *load, const char *file, zconfig_t *root)
{
    const char *key = zconfig_get(root, "curve/public-key", NULL);
    const char *role = zconfig_get(root, "metadata/role", NULL);
    const char *producer = zconfig_get(root, "metadata/producer", NULL);
    producers_t producers;
    if (!key || strlen(key) != CERTIFICATES_KEY_SIZE - 1)
        note_wrong(load, file, "is no certificate");
    else if (!role || role_parse(role) == ROLE_NONE)
        note_wrong(load, file, "names no role that we know");
    else if (producer &&
             (strlen(producer) > PRODUCERS_TEXT_MAX || !producers_parse(producer, &producers)))
        note_wrong(load, file, "names as producer neither a number from 100 on nor a range");
    else if (metadata_size(root) > CERTIFICATES_METADATA_MAX)
        note_wrong(load, file, "has more than 200 bytes of metadata");
    else if (zhash_size(load->certificates->by_key) == CERTIFICATES_MAX)
        note_wrong(load, file, "is one more than the 4096 certificates of a directory");
    else {
        certificate_t *certificate = calloc(1, sizeof *certificate);
        assert(certificate);
        memcpy(certificate->key, key, CERTIFICATES_KEY_SIZE); // its size was looked at
        certificate->file = strdup(file);
        assert(certificate->file);
        add_property(certificate, "role", role);
        if (producer)
            add_property(certificate, "producer", producer);
        add(load, certificate);
    }
}

static void take_file(load_t *load, int directory, const char *file)
{
    struct stat status;
    size_t size = strlen(file);
    if (fstatat(directory, file, &status, 0) != 0) {
        if (zpl_may_pass(errno))
            note_unread(load, file, errno);
        return; // gone, or a link to nothing
    }
    if (!S_ISREG(status.st_mode))
        return;
    if (size > 7 && strcmp(file + size - 7, "_secret") == 0) {
        note_wrong(load, file, "a secret key does not belong among public ones");
        return;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3800s/%s", load->directory, file);
    zconfig_t *root = zpl_load(path);
    if (root)
        add_certificate(load, file, root);
    else if (zpl_may_pass(errno))
        note_unread(load, file, errno);
    else if (errno != ENOENT)
        note_wrong(load, file, errno ? strerror(errno) : "is no certificate");
    zconfig_destroy(&root);
}

// Calls `take` for every name in a directory. False, and errno, if it cannot be read to its end.
typedef void take_fn(void *arg, int directory, const char *file);

static bool walk(const char *path, take_fn *take, void *arg)
{
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    struct dirent *entry;
    while (errno = 0, (entry = readdir(directory)))
        take(arg, dirfd(directory), entry->d_name);
    int why = errno;
    closedir(directory);
    errno = why;
    return why == 0;
}

static void take_any(void *arg, int directory, const char *file)
{
    take_file(arg, directory, file);
}

certificates_t *certificates_load(const char *directory, const certificates_t *before, char *error,
                                  size_t error_size)
{
    certificates_t *self = calloc(1, sizeof *self);
    assert(self);
    self->by_key = zhash_new();
    assert(self->by_key);
    load_t load = {self, before, directory, error, error_size};
    if (!walk(directory, take_any, &load)) {
        int why = errno;
        snprintf(error, error_size, "%s: %s", directory, strerror(why));
        certificates_destroy(&self);
        errno = why;
    }
    return self;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (const uint8_t *byte = data, *end = byte + size; byte < end; byte++)
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3); // FNV-1a
    return hash;
}

// The sum over all files, for a directory has no order.
static void mark_file(void *arg, int directory, const char *file)
{
    struct stat status;
    if (fstatat(directory, file, &status, 0) != 0 || !S_ISREG(status.st_mode))
        return;
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), file, strlen(file));
    hash = mix(hash, &status.st_ino, sizeof status.st_ino);
    hash = mix(hash, &status.st_size, sizeof status.st_size);
    hash = mix(hash, &status.st_mtim, sizeof status.st_mtim);
    *(uint64_t *)arg += mix(hash, &status.st_ctim, sizeof status.st_ctim);
}

uint64_t certificates_mark(const char *directory)
{
    uint64_t mark = 1;
    return walk(directory, mark_file, &mark) ? mark : 0;
}
