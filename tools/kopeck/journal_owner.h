#pragma once
// journal_owner - whose a journal's files are to be. Root makes them as that user: no file is ever
// somebody else's, and root writes nothing where that user may have put a link.
//
// Failures: said on stderr, or as FAIL_DENIED. Threads: one.
#include "proto/fail.h"
#include <sys/types.h>

typedef struct {
    uid_t uid;
    gid_t gid;
    bool switches; // we are root
} journal_owner_t;

// `user`, or its directory's owner, or that of the directory that this one is to be made in.
bool journal_owner_find(const char *directory, const char *user, journal_owner_t *ret_owner);
// The directory itself is made by whoever calls: its parent is seldom the user's. False, and errno.
bool journal_owner_make(const journal_owner_t *self, const char *directory);
// From here on this process is that user.
fail_t journal_owner_become(const journal_owner_t *self);
