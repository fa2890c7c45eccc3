#pragma once
// landlock - the kernel's own walls around a process: files beneath the paths that were named, TCP
// ports that were named, and nothing else, whoever's code runs in it. What is open already stays
// open; a path is a rule about the file that lies there now, so a file that is replaced by another
// of its name must be named by its directory.
//
// Units: port 0 is "any that is free". Ownership: landlock_enter and landlock_leave end it.
// Failures: false, with errno; a path that is not there cannot be granted and is passed over, its
// user finds it missing by himself. Threads: the calling one and those it starts later, so the
// walls are put up before there are others. Source: Documentation/userspace-api/landlock.rst of
// Linux 6.18; Debian 12 has neither a library nor, in its headers, what came after 6.1. Older
// kernels know less: no truncation before ABI 3, no ports before ABI 4. What they know is enforced.
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    LANDLOCK_READ,   // a file, or a directory and all beneath
    LANDLOCK_LOOK,   // files beneath a directory by their names, which it is not asked for
    LANDLOCK_KEEP,   // a directory of files that are made, written, renamed and removed
    LANDLOCK_MARK,   // a directory in which a small file comes and goes
    LANDLOCK_SOCKETS // a directory of local sockets that are bound
} landlock_use_t;

typedef struct {
    int fd, abi;
    uint64_t files, ports; // what the kernel can refuse and we ask it to
} landlock_t;

// The kernel's version of this interface; 0 and errno if it has none.
int landlock_abi(void);

// `any_peer` leaves connections to any port open.
bool landlock_begin(landlock_t *self, bool any_peer);
bool landlock_path(landlock_t *self, const char *path, landlock_use_t use);
bool landlock_bind(landlock_t *self, uint16_t port);
bool landlock_connect(landlock_t *self, uint16_t port);
bool landlock_enter(landlock_t *self); // needs no_new_privs
void landlock_leave(landlock_t *self);
