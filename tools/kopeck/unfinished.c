#include "tools/kopeck/unfinished.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *path, const char *why)
{
    fprintf(stderr, "kopeck: %s: %s\n", path, why);
    return EX_CANTCREAT;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && !fsync(fd);
    if (fd >= 0)
        (void)close(fd);
    return synced;
}

static int choose_names(unfinished_t *self, const char *path)
{
    struct stat there;
    size_t size = strlen(path);
    *self = (unfinished_t){.fd = -1};
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (snprintf(self->path, sizeof self->path, "%.*s", (int)size, path) >= UNFINISHED_PATH_MAX ||
        snprintf(self->unfinished, sizeof self->unfinished, "%.*s.unfinished", (int)size, path) >=
            UNFINISHED_PATH_MAX)
        return refuse(path, "its name is too long");
    if (!lstat(self->path, &there))
        return refuse(self->path, "it is there already, and nothing is written over");
    return EX_OK;
}

static int lock(const unfinished_t *self, int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB)
               ? refuse(self->unfinished, "another one is being written there")
               : EX_OK;
}

int unfinished_directory(unfinished_t *self, const char *path)
{
    int status = choose_names(self, path);
    if (status != EX_OK)
        return status;
    if (mkdir(self->unfinished, 0700) && errno != EEXIST)
        return refuse(self->unfinished, strerror(errno));
    self->fd = open(self->unfinished, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return self->fd < 0 ? refuse(self->unfinished, strerror(errno)) : lock(self, self->fd);
}

int unfinished_empty(const unfinished_t *self)
{
    DIR *directory = opendir(self->unfinished);
    const struct dirent *entry;
    int status = directory ? EX_OK : refuse(self->unfinished, strerror(errno));
    while (directory && (entry = readdir(directory))) {
        bool own = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!own && unlinkat(self->fd, entry->d_name, 0))
            status = refuse(self->unfinished, "it holds what cannot be removed");
    }
    if (directory)
        (void)closedir(directory);
    return status;
}

int unfinished_file(unfinished_t *self, const char *path, FILE **ret_out)
{
    int status = choose_names(self, path);
    if (status != EX_OK)
        return status;
    int fd = open(self->unfinished, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse(self->unfinished, strerror(errno));
    status = lock(self, fd);
    *ret_out = status == EX_OK && !ftruncate(fd, 0) ? fdopen(fd, "w") : NULL;
    if (*ret_out)
        return EX_OK;
    (void)close(fd);
    return status == EX_OK ? refuse(self->unfinished, strerror(errno)) : status;
}

int unfinished_name(unfinished_t *self)
{
    char parent[UNFINISHED_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", self->path);
    bool synced = self->fd < 0 || sync_directory(self->unfinished);
    if (synced && !rename(self->unfinished, self->path) && sync_directory(dirname(parent)))
        return EX_OK;
    fprintf(stderr, "kopeck: %s: %s\n", self->path, strerror(errno));
    return EX_IOERR;
}

void unfinished_close(unfinished_t *self)
{
    if (self->fd >= 0)
        (void)close(self->fd);
    self->fd = -1;
}
