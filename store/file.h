#pragma once
// file - writing a whole file's bytes, and what a failed system call on a file means: FAIL_FULL
// where there is no room, FAIL_STORE for anything else.
//
// Threads: any.
#include "proto/fail.h"
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

// Of the call that has just set errno.
static inline fail_t file_failure(void)
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? FAIL_FULL : FAIL_STORE;
}

static inline fail_t file_write(int fd, const void *data, size_t size)
{
    for (const char *at = data; size > 0;) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return file_failure();
        at += written;
        size -= (size_t)written;
    }
    return FAIL_NONE;
}
