#pragma once
// fuzz - what the targets share: the door that libFuzzer calls, a property that must hold, and a
// file that lies in memory for those readers that want a path.
//
// A property that does not hold ends the program as a bad access does: libFuzzer keeps the input.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(property) ((property) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #property))

static inline _Noreturn void fuzz_fail(const char *file, int line, const char *property)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
    abort();
}

// Text as the readers want it, terminated, in a block of its own size: a read past its end is seen.
static inline char *text_copy(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

// One file in memory, filled anew for each input; ret_path stays the same.
static inline void file_fill(int *fd, char path[32], const void *data, size_t size)
{
    if (*fd < 0)
        *fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(*fd >= 0 && ftruncate(*fd, (off_t)size) == 0 &&
            pwrite(*fd, data, size, 0) == (ssize_t)size);
    snprintf(path, 32, "/proc/self/fd/%d", *fd);
}
