// clock_leap - a library to be preloaded, under which the machine is what three numbers of eight
// bytes in the file $KOPECK_CLOCK_LEAP say at that moment (what is missing is 0): by how many
// microseconds the wall clock is ahead; how many the machine has slept, which the wall clock and
// the time since its start went on; and which start of it this is, 0 for the true one. The file is
// mapped at once, for a process under test may open no other later. Threads: any.
#define _GNU_SOURCE 1
#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { LEAP, SLEPT, BOOT, NUMBERS };

static const _Atomic int64_t *leap_us; // NUMBERS of them
typedef int clock_gettime_fn(clockid_t, struct timespec *);
typedef FILE *fopen_fn(const char *, const char *);

__attribute__((constructor)) static void map_leap(void)
{
    const char *file = getenv("KOPECK_CLOCK_LEAP");
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, NUMBERS * sizeof *leap_us, PROT_READ, MAP_SHARED, fd, 0);
    assert(map != MAP_FAILED);
    leap_us = map;
    close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static clock_gettime_fn *_Atomic real; // other libraries ask before our constructor has run
    if (!real)
        real = (clock_gettime_fn *)(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(clock, now);
    if (rc == 0 && leap_us && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME))
        now->tv_sec += atomic_load(&leap_us[SLEPT]) / 1000000;
    if (rc == 0 && leap_us && clock == CLOCK_REALTIME)
        now->tv_sec += atomic_load(&leap_us[LEAP]) / 1000000;
    return rc;
}

FILE *fopen(const char *path, const char *mode)
{
    static fopen_fn *_Atomic real;
    static char boot[64];
    if (!real)
        real = (fopen_fn *)(uintptr_t)dlsym(RTLD_NEXT, "fopen");
    long long number = leap_us ? (long long)atomic_load(&leap_us[BOOT]) : 0;
    if (!number || strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
        return real(path, mode);
    snprintf(boot, sizeof boot, "00000000-0000-4000-8000-%012llx\n", number);
    return fmemopen(boot, strlen(boot), "r");
}
