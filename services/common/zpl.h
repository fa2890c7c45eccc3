#pragma once
// zpl - reads a file in the form of ZPL (https://rfc.zeromq.org/spec/4), of ZPL_BYTES_MAX at most.
//
// zconfig_load of czmq 4.2.1 has no bound and forgets its file handle when it meets what is no ZPL.
// Ownership: the tree is the caller's. Failures: NULL, errno 0 if the file was read but is no ZPL.
// Threads: any.
#include <czmq.h>

enum { ZPL_BYTES_MAX = 64 * 1024 };

static inline zconfig_t *zpl_load(const char *file)
{
    errno = 0;
    zchunk_t *chunk = zchunk_slurp(file, ZPL_BYTES_MAX);
    if (!chunk)
        return NULL;
    errno = zchunk_size(chunk) == ZPL_BYTES_MAX ? EFBIG : 0;
    zconfig_t *root = errno ? NULL : zconfig_chunk_load(chunk);
    zchunk_destroy(&chunk);
    return root;
}
