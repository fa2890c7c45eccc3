#include "services/common/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct secret {
    size_t size;
    char bytes[];
};

bool secret_harden(void)
{
    struct rlimit none = {0, 0};
    return sodium_init() >= 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static secret_t *refuse(char *error, size_t error_size, const char *file, const char *why)
{
    snprintf(error, error_size, "%s: %s", file, why);
    return NULL;
}

secret_t *secret_read(const char *file, char *error, size_t error_size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse(error, error_size, file, strerror(errno));
    struct stat status;
    // 0440 is how a credential looks that an access list lends to our user alone.
    bool private = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                   (!(status.st_mode & 077) || (status.st_mode & 0777) == 0440);
    // Allocated at full size: what is read never lies anywhere else.
    secret_t *self = private ? sodium_malloc(sizeof *self + SECRET_BYTES_MAX + 8) : NULL;
    size_t size = 0;
    ssize_t got = 0;
    while (self && size <= SECRET_BYTES_MAX &&
           (got = read(fd, self->bytes + size, SECRET_BYTES_MAX + 1 - size)) > 0)
        size += (size_t)got;
    close(fd);
    if (!private)
        return refuse(error, error_size, file,
                      "expected a plain file that others cannot read (mode 0600)");
    if (!self)
        return refuse(error, error_size, file, "no locked memory for it (RLIMIT_MEMLOCK)");
    bool too_large = size > SECRET_BYTES_MAX;
    if (size && !too_large && self->bytes[size - 1] == '\n')
        size--;
    if (got >= 0 && size > 0 && !too_large && !memchr(self->bytes, '\0', size)) {
        self->bytes[size] = '\0';
        self->size = size;
        sodium_mprotect_readonly(self);
        return self;
    }
    sodium_free(self);
    return refuse(error, error_size, file, "expected 1 to 4096 bytes of text");
}

void secret_destroy(secret_t **self_p)
{
    sodium_free(*self_p); // wipes it
    *self_p = NULL;
}

const char *secret_reveal(const secret_t *self)
{
    return self->bytes;
}

size_t secret_size(const secret_t *self)
{
    return self->size;
}
