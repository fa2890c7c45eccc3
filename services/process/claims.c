#include "services/process/claims.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100 };

static const char LOCAL[] = "ipc://";

typedef char lock_path_t[CLAIMS_PATH_MAX + 8];

static void path_of_lock(const claim_t *claim, lock_path_t out)
{
    snprintf(out, sizeof(lock_path_t), "%s.lock", claim->path);
}

// Reading is enough for a lock, so that one which root has left keeps nobody out. Without O_CREAT
// first: the kernel refuses it for another's file in a sticky directory.
static int open_lock(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0)
        (void)fchmod(fd, 0644);
    return fd;
}

static bool is_same(int fd, const char *path)
{
    struct stat open, named;
    return fstat(fd, &open) == 0 && stat(path, &named) == 0 && open.st_ino == named.st_ino &&
           open.st_dev == named.st_dev;
}

// Who ends removes his lock, so a lock that was got may be of a file that is gone. -1 and errno.
static int take_lock(const char *path)
{
    for (int left = TRIES; left > 0; left--) {
        int fd = open_lock(path);
        if (fd < 0 && (errno == EEXIST || errno == ENOENT) && left > 1)
            continue; // made, or removed, between the two
        if (fd < 0)
            return -1;
        int why = flock(fd, LOCK_EX | LOCK_NB) ? errno : 0;
        if (!why && is_same(fd, path))
            return fd;
        close(fd);
        errno = why;
        if (why && why != EINTR)
            return -1;
    }
    errno = EWOULDBLOCK;
    return -1;
}

static bool is_ours(const claims_t *self, const char *path)
{
    for (size_t i = 0; i < self->count; i++)
        if (is_same(self->items[i].lock, path))
            return true;
    return false;
}

// `what` is how the configuration calls it.
static bool claim(claims_t *self, const char *what, const char *path, bool is_door, char *error,
                  size_t error_size)
{
    assert(self->count < CLAIMS_MAX);
    claim_t *item = &self->items[self->count];
    *item = (claim_t){.is_door = is_door};
    if (strlen(path) >= sizeof item->path) {
        snprintf(error, error_size, "%s: %s", what, strerror(ENAMETOOLONG));
        errno = EINVAL;
        return false;
    }
    strcpy(item->path, path);
    lock_path_t lock;
    path_of_lock(item, lock);
    item->lock = take_lock(lock);
    if (item->lock >= 0) {
        self->count++;
        return true;
    }
    bool held = errno == EWOULDBLOCK, twice = held && is_ours(self, lock);
    if (!held && !is_door)
        return true; // it is told again, until it can be made
    if (twice)
        snprintf(error, error_size, "%s: the configuration names this place twice", what);
    else if (held)
        snprintf(error, error_size, "%s: another process has it, and the lock %s", what, lock);
    else
        snprintf(error, error_size, "%s: the lock %s: %s", what, lock, strerror(errno));
    errno = twice ? EINVAL : EAGAIN;
    return false;
}

bool claims_door(claims_t *self, const char *endpoint, char *error, size_t error_size)
{
    const char *path = endpoint + sizeof LOCAL - 1;
    // An abstract name is the kernel's to keep, and a path that libzmq chooses is a new one.
    if (strncmp(endpoint, LOCAL, sizeof LOCAL - 1) != 0 || *path == '@' || strcmp(path, "*") == 0)
        return true;
    return claim(self, endpoint, path, true, error, error_size);
}

bool claims_file(claims_t *self, const char *path, char *error, size_t error_size)
{
    return !*path || claim(self, path, path, false, error, error_size);
}

static bool stands(const claim_t *item)
{
    struct stat now;
    return stat(item->path, &now) == 0 && now.st_dev == item->device && now.st_ino == item->inode;
}

void claims_bound(claims_t *self, const char *endpoint)
{
    for (size_t i = 0; i < self->count; i++) {
        claim_t *item = &self->items[i];
        struct stat now;
        if (endpoint && (strncmp(endpoint, LOCAL, sizeof LOCAL - 1) != 0 ||
                         strcmp(endpoint + sizeof LOCAL - 1, item->path) != 0))
            continue;
        item->bound = item->is_door; // what is gone by now is lost
        if (item->is_door && stat(item->path, &now) == 0) {
            item->device = now.st_dev;
            item->inode = now.st_ino;
        }
    }
}

void claims_look(claims_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        self->items[i].lost = self->items[i].bound && !stands(&self->items[i]);
}

const char *claims_lost(const claims_t *self, size_t index)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].lost && index-- == 0)
            return self->items[i].path;
    return NULL;
}

void claims_release(claims_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        lock_path_t lock;
        path_of_lock(&self->items[i], lock);
        if (is_same(self->items[i].lock, lock))
            (void)unlink(lock); // before it is free
        close(self->items[i].lock);
    }
    self->count = 0;
}
