// A preloaded library for a machine whose processors are busy elsewhere: each look at the directory
// of certificates (certificates_mark) waits a tenth of a second for its turn and costs nothing
// meanwhile. stat64 is what stat is called where files may be large.
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOOKED_AT "keys/public"

typedef int stat_fn(const char *path, void *status);

static void wait_for_turn(const char *path)
{
    static const struct timespec tenth = {.tv_nsec = 100000000};
    size_t size = strlen(path), tail = sizeof LOOKED_AT - 1;
    if (size >= tail && strcmp(path + size - tail, LOOKED_AT) == 0)
        (void)nanosleep(&tenth, NULL);
}

int stat(const char *path, struct stat *status)
{
    wait_for_turn(path);
    return ((stat_fn *)dlsym(RTLD_NEXT, "stat"))(path, status);
}

int stat64(const char *path, struct stat64 *status)
{
    wait_for_turn(path);
    return ((stat_fn *)dlsym(RTLD_NEXT, "stat64"))(path, status);
}
