#pragma once
// peer_key - the public key of a process that we connect to, and the file that it is from. A peer
// that gets another key is unreachable by the one we know, and libzmq tells a client nothing of
// that; so the file is looked at again and again, every PEER_KEY_LOOK_MS.
//
// Ownership: the file's name is borrowed. Failures: texts for the log. Threads: one.
#include "services/process/security/security.h"
#include <sys/stat.h>

enum { PEER_KEY_LOOK_MS = 3000, PEER_KEY_SIZE = 41 };

typedef struct {
    const char *file;
    char key[PEER_KEY_SIZE]; // Z85
    struct stat seen;        // of the file that the key is from
} peer_key_t;

// What a look found. A file that is gone changes nothing.
typedef enum { PEER_KEY_SAME, PEER_KEY_OTHER, PEER_KEY_UNREADABLE } peer_key_look_t;

// False, with the text, and errno EAGAIN for what may be gone soon.
bool peer_key_load(peer_key_t *self, const char *file, char error[SECURITY_ERROR_MAX]);
// The error is set for PEER_KEY_UNREADABLE; the old key then stays, and each later look that finds
// the same file is PEER_KEY_SAME.
peer_key_look_t peer_key_look(peer_key_t *self, char error[SECURITY_ERROR_MAX]);
// The next look will find another key: whoever could not connect by this one tries again.
void peer_key_forget(peer_key_t *self);
