#pragma once
// zpl - reads a file in the form of ZPL (https://rfc.zeromq.org/spec/4), of ZPL_BYTES_MAX at most.
//
// zconfig_load of czmq 4.2.1 has no bound, forgets its file handle when it meets what is no ZPL,
// and takes half a file for the whole where a call was interrupted. It keeps both of two entries of
// one name and finds the first alone, and never finds a name with a slash in it: such a file says
// something that nobody reads, so it is refused. What was read may be secret and is wiped, but for
// the tree. Ownership: the tree is the caller's. Failures: NULL, and errno: 0 if the file was read
// but is not what we take, EFBIG if it is too large, else why it could not be read. Threads: any.
#include <czmq.h>

enum { ZPL_BYTES_MAX = 64 * 1024, ZPL_WHY_MAX = 256 };

typedef struct {
    zhash_t *lines; // of each entry, "section/name": its line as zpl_line tells; the caller's
    char why[ZPL_WHY_MAX]; // there is no tree, if errno is 0
} zpl_told_t;

zconfig_t *zpl_load(const char *file);
zconfig_t *zpl_load_told(const char *file, zpl_told_t *ret_told);
void zpl_forget(zpl_told_t *told);
size_t zpl_line(const zpl_told_t *told, const char *path); // from 1 on; 0 if there is no such entry

// Is this a cause that may be gone at the next try: no descriptors or memory, an interruption, a
// disk that stumbled? Anything else stays until somebody mends it.
bool zpl_may_pass(int why);
