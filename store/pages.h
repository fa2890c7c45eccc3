#pragma once
// pages - memory for work that comes once in a while, needs much and is soon done, as sealing a
// segment: its pages go back to the kernel with it. The heap would keep them for ever, since a
// process keeps what it frees (services/process/memory.h).
//
// Ownership  The caller's, who gives them back whole. Failures: NULL when memory is out.
// Threads    Any.
#include <stddef.h>
#include <sys/mman.h>

static inline void *pages_take(size_t size) // zeroed
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

static inline void pages_give(void *pages, size_t size)
{
    (void)munmap(pages, size);
}
