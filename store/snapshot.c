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

enum { NAME_SIZE = 64, PIECE_BYTES = 16 << 20 };

static const char MAGIC[16] = "kopeck snapshot";
static const char TEMPORARY[] = "snapshot.tmp";

typedef struct {
    char magic[16];
    uint64_t stream, epoch, sequence, size;
    hash_t leaf, shape, program;
    uint8_t reserved[80];
    hash_t digest; // of this head up to here, and the blob
} head_t;
_Static_assert(sizeof(head_t) == SNAPSHOT_HEAD_BYTES, "the blob behind a head is aligned");

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

// ---- Bytes

static void digest_of(const head_t *head, const digest_part_t *parts, size_t count, hash_t *ret)
{
    digest_part_t *all = malloc((count + 1) * sizeof *all);
    uint8_t digest[DIGEST_SIZE_MAX];
    assert(all);
    all[0] = (digest_part_t){head, offsetof(head_t, digest)};
    if (count)
        memcpy(&all[1], parts, count * sizeof *parts);
    (void)digest_parts(DIGEST_SHA256, all, count + 1, digest);
    memcpy(ret->bytes, digest, sizeof ret->bytes);
    free(all);
}

void snapshot_head(const snapshot_mark_t *mark, const digest_part_t *parts, size_t parts_count,
                   uint8_t out[SNAPSHOT_HEAD_BYTES])
{
    uint64_t size = 0;
    for (size_t i = 0; i < parts_count; i++)
        size += parts[i].size;
    head_t head = {.stream = htole64(mark->stream),
                   .epoch = htole64(mark->epoch),
                   .sequence = htole64(mark->sequence),
                   .size = htole64(size),
                   .leaf = mark->leaf,
                   .shape = mark->shape,
                   .program = mark->program};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    digest_of(&head, parts, parts_count, &head.digest);
    memcpy(out, &head, sizeof head);
}

const char *snapshot_check(const void *data, size_t size, snapshot_mark_t *ret_mark)
{
    head_t head;
    hash_t digest;
    if (size < sizeof head)
        return "it is shorter than its head";
    memcpy(&head, data, sizeof head);
    if (memcmp(head.magic, MAGIC, sizeof MAGIC) != 0)
        return "it is no snapshot, or one of another format";
    if (le64toh(head.size) != size - sizeof head)
        return "it is not as long as it says";
    digest_part_t blob = {(const uint8_t *)data + sizeof head, size - sizeof head};
    digest_of(&head, &blob, 1, &digest);
    if (memcmp(&digest, &head.digest, sizeof digest) != 0)
        return "its bytes are not what its digest says";
    *ret_mark = (snapshot_mark_t){.stream = le64toh(head.stream),
                                  .epoch = le64toh(head.epoch),
                                  .sequence = le64toh(head.sequence),
                                  .leaf = head.leaf,
                                  .shape = head.shape,
                                  .program = head.program};
    return NULL;
}

// ---- Writing

static fail_t write_part(int fd, const digest_part_t *part)
{
    fail_t fail = FAIL_NONE;
    for (size_t at = 0; at < part->size && !fail; at += PIECE_BYTES) {
        size_t size = part->size - at < PIECE_BYTES ? part->size - at : PIECE_BYTES;
        fail = file_write(fd, (const uint8_t *)part->data + at, size);
        if (!fail && size == PIECE_BYTES && fdatasync(fd))
            fail = file_failure();
    }
    return fail;
}

static fail_t write_file(int directory_fd, const snapshot_mark_t *mark, const digest_part_t *parts,
                         size_t parts_count)
{
    uint8_t head[SNAPSHOT_HEAD_BYTES];
    snapshot_head(mark, parts, parts_count, head);
    int fd = openat(directory_fd, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failure();
    fail_t fail = file_write(fd, head, sizeof head);
    for (size_t i = 0; i < parts_count && !fail; i++)
        fail = write_part(fd, &parts[i]);
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

fail_t snapshot_write(const char *directory, const snapshot_mark_t *mark,
                      const digest_part_t *parts, size_t parts_count)
{
    assert(mark->sequence > 0);
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

static fail_t map_file(int directory_fd, uint64_t sequence, snapshot_t *self)
{
    char name[NAME_SIZE];
    struct stat stat;
    name_of(sequence, name);
    int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    void *map = MAP_FAILED;
    if (fstat(fd, &stat) == 0 && stat.st_size >= SNAPSHOT_HEAD_BYTES)
        map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (map == MAP_FAILED)
        return FAIL_CORRUPT;
    *self = (snapshot_t){.map = map, .map_size = (size_t)stat.st_size};
    return FAIL_NONE;
}

// NULL if it is whole and of that name; else what is wrong, and nothing is mapped.
static const char *load_one(int directory_fd, uint64_t sequence, snapshot_t *self)
{
    if (map_file(directory_fd, sequence, self))
        return "it cannot be read, or is shorter than its head";
    const char *why = snapshot_check(self->map, self->map_size, &self->mark);
    if (!why && self->mark.sequence != sequence)
        why = "its name is another's";
    if (why)
        (void)munmap(self->map, self->map_size);
    return why;
}

fail_t snapshot_load(const char *directory, uint64_t sequence_max, snapshot_passed_fn *passed,
                     void *arg, snapshot_t **ret_snapshot)
{
    int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    uint64_t sequences[SNAPSHOT_FILES_MAX];
    size_t count = list(directory_fd, sequences);
    snapshot_t *self = malloc(sizeof *self);
    bool found = false;
    for (size_t i = 0; self && i < count && !found; i++) {
        if (sequences[i] > sequence_max)
            continue;
        const char *why = load_one(directory_fd, sequences[i], self);
        found = !why;
        if (why && passed)
            passed(arg, sequences[i], why);
    }
    (void)close(directory_fd);
    if (found)
        *ret_snapshot = self;
    else
        free(self);
    return found ? FAIL_NONE : FAIL_MISSING;
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
    *ret_size = self->map_size - SNAPSHOT_HEAD_BYTES;
    return (const uint8_t *)self->map + SNAPSHOT_HEAD_BYTES;
}
