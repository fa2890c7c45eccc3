#pragma once
// secret - a password or key read once from a file into memory that is locked, fenced by unmapped
// pages, left out of core dumps and wiped when it is destroyed. It has no printf path: who needs
// the bytes asks for them by name, which is easy to search for.
//
// The file holds one line of printable ASCII. One line end behind it, LF or CRLF, is no part of the
// secret: editors and `echo` write it, and no password ends with it. Everything else that they may
// leave is refused, since cutting it off would be a guess: a byte-order mark, UTF-16, a second line
// (also an empty one), zero bytes and control characters, tabs, what is not ASCII, a blank at
// either end, nothing at all. Blanks inside stand. A process that is given such a file ends with
// status 78, and the text names the file and what was found. Passwords are read nowhere else; the
// keys of certificates stand in files of their own form (security.h), where each is checked whole.
//
// Ownership: the caller destroys. Failures: NULL and the reason in `error`, which never holds what
// was read. Threads: any, once made.
// Source: libsodium's sodium_malloc; the file is a systemd credential, a container secret, or any
// file that its owner alone can read.
#include "services/process/auto.h"
#include <stdbool.h>
#include <stddef.h>

enum { SECRET_BYTES_MAX = 4096 };

typedef struct secret secret_t;

// Makes this process's memory unreadable for others of its user, and its death leave no core.
// Called before the first secret is read.
bool secret_harden(void);

secret_t *secret_read(const char *file, char *error, size_t error_size);
void secret_destroy(secret_t **self_p);
const char *secret_reveal(const secret_t *self); // terminated; empty is refused at reading
size_t secret_size(const secret_t *self);
