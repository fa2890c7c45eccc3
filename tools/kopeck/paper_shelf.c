#include "tools/kopeck/paper_shelf.h"
#include "proto/digest.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PAPER_BYTES_MAX = 16 * 1024 * 1024, PATH_SIZE = 4096 };

static int refuse(const char *path, int status)
{
    fprintf(stderr, "kopeck: %s: %s\n", path, strerror(errno));
    return status;
}

int paper_shelf_write(const char *path, const uint8_t *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool written = file >= 0;
    for (size_t at = 0; written && at < size;) {
        ssize_t count = write(file, bytes + at, size - at);
        written = count > 0;
        at += written ? (size_t)count : 0;
    }
    written = written && fsync(file) == 0;
    int failed = written ? 0 : errno;
    if (file >= 0 && close(file) != 0 && !failed)
        failed = errno;
    if (!failed)
        return EX_OK;
    if (file >= 0)
        (void)unlink(path);
    errno = failed;
    return refuse(path, EX_CANTCREAT);
}

static bool path_of(const char *directory, const char *number, char out[PATH_SIZE])
{
    if (snprintf(out, PATH_SIZE, "%s/%s.pdf", directory, number) < PATH_SIZE)
        return true;
    fputs("kopeck: papers/directory: expected a shorter path\n", stderr);
    return false;
}

// The whole of it; EX_NOINPUT, and nothing said, if it is not there.
static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return errno == ENOENT ? EX_NOINPUT : refuse(path, EX_IOERR);
    uint8_t *bytes = malloc(PAPER_BYTES_MAX);
    assert(bytes);
    size_t size = fread(bytes, 1, PAPER_BYTES_MAX, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed) {
        free(bytes);
        return refuse(path, EX_IOERR);
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return EX_OK;
}

int paper_shelf_take(const char *directory, const char *number, const hash_t *hash,
                     uint8_t **ret_bytes, size_t *ret_size)
{
    char path[PATH_SIZE];
    hash_t found;
    *ret_bytes = NULL;
    if (!path_of(directory, number, path))
        return EX_CONFIG;
    int status = read_file(path, ret_bytes, ret_size);
    if (status == EX_NOINPUT)
        return EX_OK;
    if (status != EX_OK)
        return status;
    digest_sha256(*ret_bytes, *ret_size, found.bytes);
    if (memcmp(&found, hash, sizeof found) == 0)
        return EX_OK;
    fprintf(stderr,
            "kopeck: %s: its SHA-256 is not that of the paper that was issued; move it away, and "
            "the paper is made anew\n",
            path);
    free(*ret_bytes);
    *ret_bytes = NULL;
    return EX_DATAERR;
}

int paper_shelf_keep(const char *directory, const char *number, const uint8_t *bytes, size_t size)
{
    char path[PATH_SIZE];
    uint8_t *kept = NULL;
    size_t kept_size = 0;
    if (!path_of(directory, number, path))
        return EX_CONFIG;
    int status = read_file(path, &kept, &kept_size);
    if (status == EX_NOINPUT)
        return paper_shelf_write(path, bytes, size);
    bool same = status == EX_OK && kept_size == size && memcmp(kept, bytes, size) == 0;
    free(kept);
    if (status == EX_OK && !same) {
        fprintf(stderr, "kopeck: %s: another paper is there; move it away\n", path);
        status = EX_DATAERR;
    }
    return status;
}
