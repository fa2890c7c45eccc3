#pragma once
// claims - which places of the file system are this process's alone: its local doors, and the files
// by which it says that it is ready.
//
// libzmq takes a local door from whoever has it: it removes the socket's file and binds another of
// its name, and the process before goes on, deaf for ever and without a word. A copied
// configuration is enough. So who wants a place locks PATH.lock beside it first, until he ends, by
// whatever end; a stale file, lock or socket, is nobody's. A door over TCP is the kernel's to keep.
//
// Example: claims_door(&claims, "ipc:///run/kopeck/ledger.command", error, sizeof error) before it
// is bound, claims_bound(&claims, NULL) when all are, claims_look(&claims) from time to time: a
// door whose file somebody has removed or replaced is lost, for nobody finds it.
//
// The locks are taken before the sandbox is entered; what is done later it allows where it allows
// the doors themselves. They are taken before anything is opened or made, so that a second process
// leaves nothing behind.
// Ownership: the claims. Failures: false and the reason in `error`, with errno: EINVAL for what a
// person must mend (one place twice), EAGAIN for what may be better at the next start. Threads:
// one.
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CLAIMS_MAX = 8, CLAIMS_PATH_MAX = 256 };

typedef struct {
    char path[CLAIMS_PATH_MAX]; // of what is claimed
    int lock;
    bool is_door, bound, lost;
    dev_t device; // of a door's file, as it was bound
    ino_t inode;
} claim_t;

typedef struct {
    claim_t items[CLAIMS_MAX];
    size_t count;
} claims_t;

// True, and nothing is claimed, for a door that is no file, and for no door, "".
bool claims_door(claims_t *self, const char *endpoint, char *error, size_t error_size);
// True, and nothing is claimed, for no file, "", and where no lock can be made: no start depends on
// such a file.
bool claims_file(claims_t *self, const char *path, char *error, size_t error_size);
// What stands now at that door's path, or at each door's for NULL, is ours.
void claims_bound(claims_t *self, const char *endpoint);
void claims_look(claims_t *self);
// The index-th door whose file was gone or another's at the last look; NULL past the last.
const char *claims_lost(const claims_t *self, size_t index);
void claims_release(claims_t *self);
