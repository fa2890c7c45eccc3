#pragma once
// keys - makes and checks the certificate files that security.h describes.
//
// What we make holds name, role, producers and their owner and no more. A directory is checked
// whole, by what the authenticator will read of it (certificates.h): at a start every file in it
// must be good. Failures: false and the reason in `error`. Threads: one, for making files sets the
// umask.
#include "proto/request.h"
#include <stddef.h>

enum { KEYS_NAME_MAX = 64 };

// Makes NAME.cert in public_directory and NAME.cert_secret in secret_directory for each
// "NAME:ROLE", or "NAME:ROLE:PRODUCERS" for one who pushes feeds (producers.h), or
// "NAME:ROLE:PRODUCERS:OWNER"; "ours" stands for NAME:NAME of every process of ours
// (proto/services.def). All of them are checked before the first file is written. Both directories
// must be there.
bool keys_make(const char *const *names_and_roles, size_t count, const char *public_directory,
               const char *secret_directory, char *error, size_t error_size);

// Is this a directory of certificates that is safe to serve by?
bool keys_check(const char *public_directory, char *error, size_t error_size);
