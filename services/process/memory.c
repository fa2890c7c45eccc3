#include "services/process/memory.h"
#include <malloc.h>

#define MIB (1024 * 1024)

enum {
    KEPT_BYTES = 64 * MIB,
    MAPPED_BYTES = 32 * MIB // the most that glibc takes; what is larger has pages of its own
};

bool memory_keep_pages(void)
{
    return mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES) && mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}
