#include "store/snapshot.h"
#include "proto/digest.h"
#include "store/file.h"
#include <assert.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = 64 };

static const char MAGIC[16] = "kopeck snapshot";
static const char TEMPORARY[] = "snapshot.tmp";

typedef struct {
    char magic[16];
    uint32_t layout, zero;
    uint64_t epoch, sequence, size;
    hash_t leaf;
    uint8_t reserved[16];
    hash_t digest; // of this head up to here, and the blob
} head_t;
_Static_assert(sizeof(head_t) == 128, "a head is 128 bytes, so that the blob is aligned");

struct snapshot {
    snapshot_mark_t mark;
    void *map;
    size_t map_size;
};

// ---- Names

// The sequence that the name carries, 0 if it is not a snapshot's.
static uint64_t sequence_of(const char *name)
{
    uint64_t sequence = 0;
    int end = 0;
    // NOLINTNEXTLINE(cert-err34-c): a number too large is no name that we gave
    if (sscanf(name, "snapshot.%20" SCNu64 "%n", &sequence, &end) != 1 || name[end])
        return 0;
    return sequence;
}

static void name_of(uint64_t sequence, char out[NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "snapshot.%020" PRIu64, sequence);
}

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

// The sequences of the directory's snapshots, newest first.
static size_t list(int directory_fd, uint64_t out[SNAPSHOT_FILES_MAX])
{
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        if (fd >= 0)
            (void)close(fd);
        return 0;
    }
    size_t count = 0;
    for (const struct dirent *entry; count < SNAPSHOT_FILES_MAX && (entry = readdir(directory));) {
        uint64_t sequence = sequence_of(entry->d_name);
        if (sequence)
            out[count++] = sequence;
    }
    (void)closedir(directory);
    qsort(out, count, sizeof *out, descending);
    return count;
}

// ---- Writing

static head_t make_head(const snapshot_mark_t *mark, const struct iovec *parts, size_t parts_count)
{
    digest_part_t hashed[SNAPSHOT_PARTS_MAX + 1];
    uint64_t size = 0;
    for (size_t i = 0; i < parts_count; i++) {
        hashed[i + 1] = (digest_part_t){parts[i].iov_base, parts[i].iov_len};
        size += parts[i].iov_len;
    }
    head_t head = {.layout = htole32(mark->layout),
                   .epoch = htole64(mark->epoch),
                   .sequence = htole64(mark->sequence),
                   .size = htole64(size),
                   .leaf = mark->leaf};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    hashed[0] = (digest_part_t){&head, offsetof(head_t, digest)};
    uint8_t digest[DIGEST_SIZE_MAX];
    (void)digest_parts(DIGEST_SHA256, hashed, parts_count + 1, digest);
    memcpy(head.digest.bytes, digest, sizeof head.digest.bytes);
    return head;
}

static fail_t write_file(int directory_fd, const snapshot_mark_t *mark, const struct iovec *parts,
                         size_t parts_count)
{
    head_t head = make_head(mark, parts, parts_count);
    int fd = openat(directory_fd, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failure();
    fail_t fail = file_write(fd, &head, sizeof head);
    for (size_t i = 0; i < parts_count && !fail; i++)
        fail = file_write(fd, parts[i].iov_base, parts[i].iov_len);
    if (!fail && fsync(fd))
        fail = file_failure();
    (void)close(fd);
    if (fail)
        (void)unlinkat(directory_fd, TEMPORARY, 0);
    return fail;
}

static fail_t publish(int directory_fd, uint64_t sequence)
{
    char name[NAME_SIZE];
    uint64_t sequences[SNAPSHOT_FILES_MAX];
    name_of(sequence, name);
    if (renameat(directory_fd, TEMPORARY, directory_fd, name) || fsync(directory_fd))
        return file_failure();
    for (size_t i = SNAPSHOT_KEEP, count = list(directory_fd, sequences); i < count; i++) {
        name_of(sequences[i], name);
        (void)unlinkat(directory_fd, name, 0); // what stays is removed next time
    }
    return FAIL_NONE;
}

fail_t snapshot_write(const char *directory, const snapshot_mark_t *mark, const struct iovec *parts,
                      size_t parts_count)
{
    assert(mark->sequence > 0);
    assert(parts_count <= SNAPSHOT_PARTS_MAX);
    int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return FAIL_STORE;
    fail_t fail = write_file(directory_fd, mark, parts, parts_count);
    if (!fail)
        fail = publish(directory_fd, mark->sequence);
    (void)close(directory_fd);
    return fail;
}

// ---- Loading

static bool intact(const void *map, size_t map_size, head_t *ret_head)
{
    memcpy(ret_head, map, sizeof *ret_head);
    if (memcmp(ret_head->magic, MAGIC, sizeof MAGIC) != 0 ||
        le64toh(ret_head->size) != map_size - sizeof *ret_head)
        return false;
    uint8_t digest[DIGEST_SIZE_MAX];
    const digest_part_t parts[] = {
        {map, offsetof(head_t, digest)},
        {(const char *)map + sizeof *ret_head, map_size - sizeof *ret_head}};
    (void)digest_parts(DIGEST_SHA256, parts, 2, digest);
    return memcmp(digest, ret_head->digest.bytes, sizeof ret_head->digest.bytes) == 0;
}

static fail_t map_file(int directory_fd, uint64_t sequence, snapshot_t *self)
{
    char name[NAME_SIZE];
    struct stat stat;
    name_of(sequence, name);
    int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    void *map = MAP_FAILED;
    if (fstat(fd, &stat) == 0 && stat.st_size >= (off_t)sizeof(head_t))
        map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (map == MAP_FAILED)
        return FAIL_CORRUPT;
    *self = (snapshot_t){.map = map, .map_size = (size_t)stat.st_size};
    return FAIL_NONE;
}

static fail_t load_one(int directory_fd, uint32_t layout, uint64_t epoch, uint64_t sequence,
                       snapshot_t *self)
{
    head_t head;
    fail_t fail = map_file(directory_fd, sequence, self);
    if (fail)
        return fail;
    if (intact(self->map, self->map_size, &head) && le32toh(head.layout) == layout &&
        le64toh(head.epoch) == epoch && le64toh(head.sequence) == sequence) {
        self->mark = (snapshot_mark_t){layout, epoch, sequence, head.leaf};
        return FAIL_NONE;
    }
    (void)munmap(self->map, self->map_size);
    return FAIL_CORRUPT;
}

fail_t snapshot_load(const char *directory, uint32_t layout, uint64_t epoch, uint64_t sequence_max,
                     snapshot_t **ret_snapshot)
{
    int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    uint64_t sequences[SNAPSHOT_FILES_MAX];
    size_t count = list(directory_fd, sequences);
    snapshot_t found, *self = NULL;
    fail_t fail = FAIL_MISSING;
    for (size_t i = 0; i < count && !self && fail != FAIL_FULL; i++) {
        if (sequences[i] > sequence_max ||
            load_one(directory_fd, layout, epoch, sequences[i], &found))
            continue;
        self = malloc(sizeof *self);
        fail = self ? FAIL_NONE : FAIL_FULL;
        if (self)
            *self = found;
        else
            (void)munmap(found.map, found.map_size);
    }
    (void)close(directory_fd);
    if (!fail)
        *ret_snapshot = self;
    return fail;
}

void snapshot_destroy(snapshot_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        (void)munmap((*self_p)->map, (*self_p)->map_size);
        free(*self_p);
        *self_p = NULL;
    }
}

const snapshot_mark_t *snapshot_mark(const snapshot_t *self)
{
    return &self->mark;
}

const void *snapshot_blob(const snapshot_t *self, size_t *ret_size)
{
    *ret_size = self->map_size - sizeof(head_t);
    return (const char *)self->map + sizeof(head_t);
}
