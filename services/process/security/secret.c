#include "services/process/security/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// Behind the longest secret there is room for its line's end and one byte that shows it longer;
// the end of the memory is aligned for its head.
enum { END_BYTES = 3, ALIGNED = 8, WHY_MAX = 160 };

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

static secret_t *refuse_secret(char *error, size_t error_size, const char *file, const char *why)
{
    snprintf(error, error_size, "%s: %s", file, why);
    return NULL;
}

static bool is_private(int fd)
{
    struct stat status;
    // 0440 is how a credential looks that an access list lends to our user alone.
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           (!(status.st_mode & 077) || (status.st_mode & 0777) == 0440);
}

// Up to SECRET_BYTES_MAX + END_BYTES bytes; false with errno if they cannot be read.
static bool read_bytes(secret_t *self, int fd)
{
    ssize_t got = 0;
    do {
        self->size += (size_t)got;
        got = read(fd, self->bytes + self->size, SECRET_BYTES_MAX + END_BYTES - self->size);
    } while (got > 0);
    return got == 0;
}

static void cut_line_end(secret_t *self)
{
    if (self->size && self->bytes[self->size - 1] == '\n') {
        self->size--;
        if (self->size && self->bytes[self->size - 1] == '\r')
            self->size--;
    }
}

static bool begins_with(const secret_t *self, const char *mark)
{
    size_t size = strlen(mark);
    return self->size >= size && memcmp(self->bytes, mark, size) == 0;
}

// What no password is meant to hold, so that somebody's editor or shell left it; NULL if nothing.
static const char *find_fault(const secret_t *self)
{
    if (!self->size)
        return "is empty";
    if (self->size > SECRET_BYTES_MAX)
        return "is longer than 4096 bytes";
    if (begins_with(self, "\xef\xbb\xbf"))
        return "begins with a byte-order mark";
    if (begins_with(self, "\xff\xfe") || begins_with(self, "\xfe\xff"))
        return "is UTF-16";
    for (size_t i = 0; i < self->size; i++) {
        unsigned char c = (unsigned char)self->bytes[i];
        if (c == '\n' || c == '\r')
            return "has more than one line";
        if (c == '\0')
            return "holds a zero byte";
        if (c >= 0x80)
            return "holds a byte that is not ASCII";
        if (c == 0x7f || (c < ' ' && c != '\t'))
            return "holds a control character";
    }
    if (strchr(" \t", self->bytes[0]))
        return "begins with a blank";
    if (strchr(" \t", self->bytes[self->size - 1]))
        return "ends with a blank";
    return memchr(self->bytes, '\t', self->size) ? "holds a tab" : NULL;
}

static const char *fill(secret_t *self, int fd)
{
    self->size = 0;
    if (!read_bytes(self, fd))
        return strerror(errno);
    cut_line_end(self);
    return find_fault(self);
}

secret_t *secret_read(const char *file, char *error, size_t error_size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse_secret(error, error_size, file, strerror(errno));
    bool private = is_private(fd);
    // Allocated at full size: what is read never lies anywhere else.
    secret_t *self = private && sodium_init() >= 0
                         ? sodium_malloc(sizeof *self + SECRET_BYTES_MAX + END_BYTES + ALIGNED)
                         : NULL;
    const char *fault = !private ? "expected a plain file that others cannot read (mode 0600)"
                        : !self  ? "no locked memory for it (RLIMIT_MEMLOCK)"
                                 : fill(self, fd);
    close(fd);
    if (!fault) {
        self->bytes[self->size] = '\0';
        sodium_mprotect_readonly(self);
        return self;
    }
    sodium_free(self); // wipes it; NULL is nothing
    char why[WHY_MAX];
    snprintf(why, sizeof why, "%s%s", fault,
             private && self ? "; expected one line of 1 to 4096 printable ASCII characters" : "");
    return refuse_secret(error, error_size, file, why);
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
