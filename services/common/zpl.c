#include "services/common/zpl.h"
#include <assert.h>
#include <fcntl.h>

// The bytes of the file, -1 if it cannot be read whole.
static ssize_t read_whole(int fd, uint8_t *out, size_t cap)
{
    size_t size = 0;
    ssize_t got;
    do {
        got = read(fd, out + size, cap - size);
        if (got > 0)
            size += (size_t)got;
    } while ((got > 0 && size < cap) || (got < 0 && errno == EINTR));
    if (got >= 0 && size == cap)
        errno = EFBIG;
    return got < 0 || size == cap ? -1 : (ssize_t)size;
}

zconfig_t *zpl_load(const char *file)
{
    int fd;
    do
        fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return NULL;
    uint8_t *bytes = malloc(ZPL_BYTES_MAX);
    assert(bytes);
    ssize_t size = read_whole(fd, bytes, ZPL_BYTES_MAX);
    int why = size < 0 ? errno : 0;
    close(fd);
    zconfig_t *root = NULL;
    if (size >= 0) {
        zchunk_t *chunk = zchunk_new(bytes, (size_t)size);
        assert(chunk);
        root = zconfig_chunk_load(chunk);
        explicit_bzero(zchunk_data(chunk), (size_t)size);
        zchunk_destroy(&chunk);
    }
    explicit_bzero(bytes, ZPL_BYTES_MAX);
    free(bytes);
    errno = why;
    return root;
}

bool zpl_may_pass(int why)
{
    switch (why) {
    case EINTR:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EIO:
    case ESTALE:
        return true;
    default:
        return false;
    }
}
