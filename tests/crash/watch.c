// Compiled without _FORTIFY_SOURCE, whose inline functions have the names defined here.
#include "tests/crash/watch.h"
#include "tests/simulation/draw.h"
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 1024 };

typedef struct {
    bool known, directory, through;
    uint64_t file;
    char name[WATCH_NAME_MAX];
} descriptor_t;

static struct {
    pthread_mutex_t lock;
    bool on;
    char directory[256];
    size_t directory_size;
    watch_fn *tell;
    void *arg;
    unsigned flushes_left; // to the one that fails, which is 1
    unsigned lmdb_flags;
    draw_t entropy;
    descriptor_t descriptors[DESCRIPTORS_MAX];
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

// The definition that ours hides.
#define REAL(function)                                                                             \
    static __typeof__(&function) real;                                                             \
    if (!real)                                                                                     \
    real = (__typeof__(&function))dlsym(RTLD_NEXT, #function)

void watch_begin(const char *directory, watch_fn *tell, void *arg)
{
    assert(!watch.on);
    watch.directory_size = strlen(directory);
    assert(watch.directory_size < sizeof watch.directory);
    memcpy(watch.directory, directory, watch.directory_size + 1);
    memset(watch.descriptors, 0, sizeof watch.descriptors);
    watch.tell = tell;
    watch.arg = arg;
    watch.on = true;
}

void watch_end(void)
{
    watch.on = false;
    watch.flushes_left = 0;
}

void watch_fail_flush(unsigned flushes)
{
    watch.flushes_left = flushes;
}

void watch_lmdb_flags(unsigned flags)
{
    watch.lmdb_flags = flags;
}

void watch_entropy(uint64_t seed)
{
    watch.entropy = draw_fork(seed, 1);
}

static void tell(const step_t *step)
{
    pthread_mutex_lock(&watch.lock);
    watch.tell(watch.arg, step);
    pthread_mutex_unlock(&watch.lock);
}

// The watched name of `path`, seen from a directory's descriptor or absolute; false if it is none.
static bool name_of(int directory_fd, const char *path, char out[WATCH_NAME_MAX])
{
    if (!watch.on)
        return false;
    const char *parent = "";
    if (path[0] == '/') {
        if (strncmp(path, watch.directory, watch.directory_size) != 0 ||
            (path[watch.directory_size] && path[watch.directory_size] != '/'))
            return false;
        path += watch.directory_size + (path[watch.directory_size] == '/');
    } else {
        if (directory_fd < 0 || directory_fd >= DESCRIPTORS_MAX ||
            !watch.descriptors[directory_fd].known)
            return false;
        parent = watch.descriptors[directory_fd].name;
    }
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (strcmp(path, ".") == 0)
        path = "";
    if (strcmp(path, "..") == 0 || strcmp(path, "lock.mdb") == 0 ||
        strcmp(path, "data.mdb.new-lock") == 0 || strcmp(path, "writer.lock") == 0)
        return false;
    int size = snprintf(out, WATCH_NAME_MAX, "%s%s%s", parent, *parent && *path ? "/" : "", path);
    assert(size < WATCH_NAME_MAX);
    return true;
}

static descriptor_t *known(int fd)
{
    return watch.on && fd >= 0 && fd < DESCRIPTORS_MAX && watch.descriptors[fd].known
               ? &watch.descriptors[fd]
               : NULL;
}

static step_t step_of(step_kind_t kind, const char *name)
{
    step_t step = {.kind = kind};
    memcpy(step.name, name, strlen(name) + 1);
    return step;
}

// --- names ---

static int (*real_openat(void))(int, const char *, int, ...)
{
    REAL(openat);
    return real;
}

static int open_at(int directory_fd, const char *path, int flags, mode_t mode)
{
    char name[WATCH_NAME_MAX];
    if (!name_of(directory_fd, path, name))
        return real_openat()(directory_fd, path, flags, mode);
    bool fresh = (flags & O_CREAT) && faccessat(directory_fd, path, F_OK, 0) != 0;
    int fd = real_openat()(directory_fd, path, flags, mode);
    if (fd < 0)
        return fd;
    assert(fd < DESCRIPTORS_MAX);
    struct stat stat;
    int rc = fstat(fd, &stat);
    assert(rc == 0);
    descriptor_t *descriptor = &watch.descriptors[fd];
    *descriptor = (descriptor_t){.known = true,
                                 .directory = S_ISDIR(stat.st_mode),
                                 .through = (flags & O_DSYNC) != 0,
                                 .file = stat.st_ino};
    memcpy(descriptor->name, name, sizeof name);
    step_t step = step_of(fresh ? STEP_MAKE : STEP_TRUNCATE, name);
    step.file = stat.st_ino;
    if (fresh || (flags & O_TRUNC))
        tell(&step);
    return fd;
}

// Every way to open a file, as programs compiled one way or the other call it.
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory_fd, const char *path, int flags);
int __openat64_2(int directory_fd, const char *path, int flags);

#define OPEN(function, directory_fd, ...)                                                          \
    int function(__VA_ARGS__, ...)                                                                 \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;                  \
        va_end(more);                                                                              \
        return open_at(directory_fd, path, flags, mode);                                           \
    }
OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(openat, directory_fd, int directory_fd, const char *path, int flags)
OPEN(openat64, directory_fd, int directory_fd, const char *path, int flags)

int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int __openat_2(int directory_fd, const char *path, int flags)
{
    return open_at(directory_fd, path, flags, 0);
}

int __openat64_2(int directory_fd, const char *path, int flags)
{
    return open_at(directory_fd, path, flags, 0);
}

int close(int fd)
{
    REAL(close);
    descriptor_t *descriptor = known(fd);
    if (descriptor)
        descriptor->known = false;
    return real(fd);
}

int mkdirat(int directory_fd, const char *path, mode_t mode)
{
    REAL(mkdirat);
    char name[WATCH_NAME_MAX];
    int rc = real(directory_fd, path, mode);
    if (rc == 0 && name_of(directory_fd, path, name) && *name) {
        struct stat stat;
        rc = fstatat(directory_fd, path, &stat, 0);
        assert(rc == 0);
        step_t step = step_of(STEP_MAKE, name);
        step.directory = true;
        step.file = stat.st_ino;
        tell(&step);
    }
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    REAL(renameat);
    int rc = real(from_fd, from, to_fd, to);
    step_t step = {.kind = STEP_RENAME};
    if (rc == 0 && name_of(from_fd, from, step.name) && name_of(to_fd, to, step.to)) {
        struct stat stat;
        rc = fstatat(to_fd, to, &stat, 0);
        assert(rc == 0);
        step.file = stat.st_ino;
        tell(&step);
    }
    return rc;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int directory_fd, const char *path, int flags)
{
    REAL(unlinkat);
    char name[WATCH_NAME_MAX];
    int rc = real(directory_fd, path, flags);
    if (rc == 0 && name_of(directory_fd, path, name)) {
        step_t step = step_of(STEP_UNLINK, name);
        tell(&step);
    }
    return rc;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

// --- contents ---

// Whether the flush that is about to happen is the one that fails.
static bool flush_fails(void)
{
    return watch.flushes_left && --watch.flushes_left == 0;
}

static int fail_flush(const descriptor_t *descriptor)
{
    step_t step = step_of(STEP_FLUSH_FAILED, descriptor->name);
    step.file = descriptor->file;
    tell(&step);
    errno = EIO;
    return -1;
}

static void written(const descriptor_t *descriptor, bool through, const void *data, size_t size,
                    off_t offset)
{
    step_t step = step_of(through ? STEP_WRITE_THROUGH : STEP_WRITE, descriptor->name);
    step.file = descriptor->file;
    step.offset = (uint64_t)offset;
    step.size = (uint32_t)size;
    step.data = data;
    tell(&step);
}

static ssize_t write_at(int fd, const struct iovec *parts, int count, off_t offset)
{
    REAL(pwritev);
    descriptor_t *descriptor = known(fd);
    ssize_t size = real(fd, parts, count, offset);
    if (!descriptor || size <= 0)
        return size;
    bool fails = descriptor->through && flush_fails();
    for (ssize_t left = size; left > 0; parts++) {
        ssize_t part = (ssize_t)parts->iov_len < left ? (ssize_t)parts->iov_len : left;
        written(descriptor, descriptor->through && !fails, parts->iov_base, (size_t)part, offset);
        offset += part;
        left -= part;
    }
    return fails ? fail_flush(descriptor) : size;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return write_at(fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset)
{
    return write_at(fd, parts, count, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)data, size};
    return write_at(fd, &part, 1, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    if (!known(fd))
        return real(fd, parts, count);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t size = write_at(fd, parts, count, offset);
    if (size > 0)
        (void)lseek(fd, offset + size, SEEK_SET);
    return size;
}

ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    if (!known(fd))
        return real(fd, data, size);
    struct iovec part = {(void *)(uintptr_t)data, size};
    return writev(fd, &part, 1);
}

// The files lie in memory: there is nothing to wait for.
static int flush(int fd, int (*real)(int))
{
    descriptor_t *descriptor = known(fd);
    if (!descriptor)
        return real(fd);
    if (!descriptor->directory && flush_fails())
        return fail_flush(descriptor);
    step_t step = step_of(descriptor->directory ? STEP_FLUSH_NAMES : STEP_FLUSH, descriptor->name);
    step.file = descriptor->file;
    tell(&step);
    return 0;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return flush(fd, real);
}

int fsync(int fd)
{
    REAL(fsync);
    return flush(fd, real);
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate);
    descriptor_t *descriptor = known(fd);
    int rc = real(fd, size);
    if (descriptor && rc == 0) {
        step_t step = step_of(STEP_TRUNCATE, descriptor->name);
        step.file = descriptor->file;
        step.offset = (uint64_t)size;
        tell(&step);
    }
    return rc;
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

int msync(void *data, size_t size, int flags)
{
    REAL(msync);
    assert(!watch.on);
    return real(data, size, flags);
}

// --- what else a run depends on ---

ssize_t getrandom(void *out, size_t size, unsigned flags)
{
    (void)flags;
    for (uint8_t *at = out; at < (uint8_t *)out + size; at++)
        *at = (uint8_t)draw_next(&watch.entropy);
    return (ssize_t)size;
}

// A watched process has one real time: terms are taken from it, and then only count up.
int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    REAL(clock_gettime);
    if (!watch.on || clock != CLOCK_REALTIME)
        return real(clock, ret_time);
    *ret_time = (struct timespec){.tv_sec = 1767950000};
    return 0;
}

int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    REAL(mdb_env_open);
    return real(env, path, flags | watch.lmdb_flags, mode);
}
