#include "services/process/descriptors.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <assert.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

bool descriptors_suffice(size_t needed, char *error, size_t error_size)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0) {
        snprintf(error, error_size, "RLIMIT_NOFILE: %s", strerror(errno));
        return false;
    }
    if (now.rlim_cur >= needed)
        return true;
    struct rlimit then = {.rlim_cur = needed, .rlim_max = now.rlim_max};
    if (needed <= now.rlim_max && setrlimit(RLIMIT_NOFILE, &then) == 0)
        return true;
    snprintf(error, error_size,
             "RLIMIT_NOFILE allows %llu descriptors, and this configuration needs %zu "
             "(LimitNOFILE= of a unit, ulimit -n)",
             (unsigned long long)now.rlim_max, needed);
    return false;
}

bool descriptors_are_left(size_t count)
{
    int open[DESCRIPTORS_LEFT_MAX];
    size_t got = 0;
    assert(count <= DESCRIPTORS_LEFT_MAX);
    while (got < count && (open[got] = eventfd(0, EFD_CLOEXEC)) >= 0)
        got++;
    for (size_t i = 0; i < got; i++)
        close(open[i]);
    return got == count;
}
