#include "services/process/security/certificates.h"
#include "services/process/security/zpl.h"
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

static void tell(load_t *load, const char *file, const char *why)
{
    size_t count = load->certificates->unread + load->certificates->wrong;
    if (count <= CERTIFICATES_ODD_MAX)
        snprintf(load->certificates->odd[count - 1], CERTIFICATES_ODD_TEXT, "%.80s: %s", file, why);
    if (count == 1)
        snprintf(load->error, load->error_size, "%s/%s: %s", load->directory, file, why);
}

static void note_wrong(load_t *load, const char *file, const char *why)
{
    load->certificates->wrong++;
    tell(load, file, why);
}

static void add(load_t *load, certificate_t *certificate)
{
    certificate_t *same = zhash_lookup(load->certificates->by_key, certificate->row.key);
    if (same) {
        same->doubtful = true;
        note_wrong(load, certificate->file, "has the key of another certificate in its directory");
        destroy_certificate(certificate);
        return;
    }
    zhash_insert(load->certificates->by_key, certificate->row.key, certificate);
    zhash_freefn(load->certificates->by_key, certificate->row.key, destroy_certificate);
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

static void write_name(const char *text, size_t size, char ret_name[ROSTER_NAME_MAX + 1])
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    if (size > ROSTER_NAME_MAX)
        size = ROSTER_NAME_MAX;
    for (size_t i = 0; i < size; i++)
        ret_name[i] = memchr(plain, text[i], sizeof plain - 1) ? text[i] : '_';
    ret_name[size] = '\0';
}

static void name_of(zconfig_t *root, const char *file, char ret_name[ROSTER_NAME_MAX + 1])
{
    const char *given = zconfig_get(root, "metadata/name", "");
    file = *given ? given : file;
    size_t size = strlen(file);
    if (!*given && size > 5 && strcmp(file + size - 5, ".cert") == 0)
        size -= 5;
    write_name(file, size, ret_name);
}

static void add_certificate(load_t *load, const char *file, zconfig_t *root)
{
    const char *key = zconfig_get(root, "curve/public-key", NULL);
    const char *role = zconfig_get(root, "metadata/role", NULL);
    const char *producer = zconfig_get(root, "metadata/producer", NULL);
    const char *owner = zconfig_get(root, "metadata/owner", "");
    producers_t producers = {0};
    if (!key || strlen(key) != ROSTER_KEY_SIZE - 1)
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
        memcpy(certificate->row.key, key, ROSTER_KEY_SIZE); // its size was looked at
        certificate->file = strdup(file);
        assert(certificate->file);
        certificate->row.role = role_parse(role);
        name_of(root, file, certificate->row.name);
        write_name(owner, strlen(owner), certificate->row.owner);
        if (producer)
            certificate->row.producers = producers;
        add(load, certificate);
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

// Is it a file that is to be read? What is odd about it is noted.
static bool is_certificate(load_t *load, int directory, const char *file)
{
    struct stat status;
    if (strcmp(file, ".") == 0 || strncmp(file, "..", 2) == 0)
        return false;
    if (fstatat(directory, file, &status, 0) != 0) {
        if (zpl_may_pass(errno))
            note_unread(load, file, errno);
        else if (fstatat(directory, file, &status, AT_SYMLINK_NOFOLLOW) == 0)
            note_wrong(load, file, strerror(ENOENT)); // a link to nothing; else it is gone
    } else if (ends_with(file, "_secret")) {
        note_wrong(load, file, "a secret key does not belong among public ones");
    } else if (S_ISDIR(status.st_mode) && !ends_with(file, ".cert")) {
        return false; // where somebody keeps other things
    } else if (!S_ISREG(status.st_mode)) {
        note_wrong(load, file, S_ISDIR(status.st_mode) ? "is a directory" : "is no file");
    } else if (!ends_with(file, ".cert") || *file == '.') {
        note_wrong(load, file, "is not named NAME.cert, so it is not read");
    } else {
        return true;
    }
    return false;
}

static void take_file(load_t *load, int directory, const char *file)
{
    if (!is_certificate(load, directory, file))
        return;
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

void certificates_write(const certificates_t *self, roster_board_t *board)
{
    roster_row_t *rows = calloc(CERTIFICATES_MAX, sizeof *rows);
    assert(rows);
    size_t count = 0;
    for (certificate_t *certificate = zhash_first(self->by_key); certificate;
         certificate = zhash_next(self->by_key))
        if (!certificate->doubtful)
            rows[count++] = certificate->row;
    roster_board_write(board, rows, count);
    free(rows);
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

// Who may put a file there says who comes in: the owner alone. False, and errno.
static bool is_guarded(const char *directory)
{
    struct stat status;
    if (stat(directory, &status) != 0)
        return false;
    errno = EPERM;
    return !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static certificates_t *refuse_directory(const char *directory, int why, char *error, size_t size)
{
    snprintf(error, size, "%s: %s", directory,
             why == EPERM ? "may be changed by others; expected mode 0755" : strerror(why));
    errno = why;
    return NULL;
}

certificates_t *certificates_load(const char *directory, const certificates_t *before, char *error,
                                  size_t error_size)
{
    if (!is_guarded(directory))
        return refuse_directory(directory, errno, error, error_size);
    certificates_t *self = calloc(1, sizeof *self);
    assert(self);
    self->by_key = zhash_new();
    assert(self->by_key);
    load_t load = {self, before, directory, error, error_size};
    if (!walk(directory, take_any, &load)) {
        int why = errno;
        certificates_destroy(&self);
        return refuse_directory(directory, why, error, error_size);
    }
    return self;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (const uint8_t *byte = data, *end = byte + size; byte < end; byte++)
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3); // FNV-1a
    return hash;
}

// The sum over all files, for a directory has no order. Of what is no file its name tells all.
static void mark_file(void *arg, int directory, const char *file)
{
    struct stat status = {0};
    if (fstatat(directory, file, &status, 0) != 0 || !S_ISREG(status.st_mode))
        status = (struct stat){.st_mode = status.st_mode};
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), file, strlen(file));
    hash = mix(hash, &status.st_mode, sizeof status.st_mode);
    hash = mix(hash, &status.st_ino, sizeof status.st_ino);
    hash = mix(hash, &status.st_size, sizeof status.st_size);
    hash = mix(hash, &status.st_mtim, sizeof status.st_mtim);
    *(uint64_t *)arg += mix(hash, &status.st_ctim, sizeof status.st_ctim);
}

uint64_t certificates_mark(const char *directory)
{
    struct stat status;
    if (stat(directory, &status) != 0)
        return 0;
    uint64_t mark = mix(1, &status.st_mode, sizeof status.st_mode);
    return walk(directory, mark_file, &mark) ? mark | 1 : 0;
}
