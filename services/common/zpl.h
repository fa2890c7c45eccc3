#pragma once
// zpl - reads a file in the form of ZPL (https://rfc.zeromq.org/spec/4), of ZPL_BYTES_MAX at most.
//
// zconfig_load of czmq 4.2.1 has no bound, forgets its file handle when it meets what is no ZPL,
// and takes half a file for the whole where a call was interrupted. What was read may be secret and
// is wiped, but for the tree. Ownership: the tree is the caller's. Failures: NULL, and errno: 0 if
// the file was read but is no ZPL, EFBIG if it is too large, else why it could not be read.
// Threads: any.
#include <czmq.h>

enum { ZPL_BYTES_MAX = 64 * 1024 };

zconfig_t *zpl_load(const char *file);

// Is this a cause that may be gone at the next try: no descriptors or memory, an interruption, a
// disk that stumbled? Anything else stays until somebody mends it.
bool zpl_may_pass(int why);
