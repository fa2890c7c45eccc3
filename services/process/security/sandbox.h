#pragma once
// sandbox - what a process keeps of its rights once it has read its configuration: what its
// line of proto/services.def allows, and the files and doors that its configuration names.
//
// In this order: umask 007 (a door is for its group), limits of descriptors and memory, no
// capability in any set, no privilege by a later program, no core and no tracing, the walls of
// landlock.h, the calls of syscalls.h. Nothing here can be undone by the process.
//
// Memory is limited as RLIMIT_DATA, what it may allocate, and not as RLIMIT_AS: the journal's map
// is address space and grows with the journal. The number of threads is not limited here, for
// RLIMIT_NPROC counts everything of the user; TasksMax of the unit does.
//
// process/sandbox says what happens where the kernel cannot do it all: `required`, the default,
// does not start, for whoever relies on these walls must know that they are not there; `wanted`
// goes on with what there is and says what is missing; `off` is for valgrind and the like. A build
// with sanitizers, or with -DSANDBOX=OFF, has none.
//
// Ownership: plain. Failures: logged here; what cannot be done is remembered until sandbox_enter.
// Threads: before any other is started.
#include "proto/service.h"
#include "services/process/security/landlock.h"

typedef enum { SANDBOX_REQUIRED, SANDBOX_WANTED, SANDBOX_OFF } sandbox_mode_t;

typedef struct {
    const service_t *service;
    landlock_t walls;
    const char *failed; // the first thing that could not be done
    int why;            // its errno
} sandbox_t;

// Begins with what every process reads: names, certificate authorities, OpenSSL's settings.
void sandbox_begin(sandbox_t *self, const char *process);
void sandbox_path(sandbox_t *self, const char *path, landlock_use_t use);
void sandbox_file(sandbox_t *self, const char *path); // that comes and goes; "" for none
// Reads a file, and also another one that takes its place: walls know files and no names, so its
// directory is named, for reading what is named beneath it. "" for none.
void sandbox_replaced(sandbox_t *self, const char *path);
void sandbox_bind(sandbox_t *self, const char *endpoint);
// The port; and where the host has a name, what names are looked up in (sandbox_names).
void sandbox_connect(sandbox_t *self, const char *endpoint);
// Whatever file beneath /etc this user may read: the tables of names are replaced there by others
// of their name, and Landlock cannot name one file before it is there. Who asks the outside has it
// too.
void sandbox_names(sandbox_t *self);

// `memory_mib` 0 is the table's. Does all it can. False if that is not all and all is required: the
// process must end.
bool sandbox_enter(sandbox_t *self, sandbox_mode_t mode, unsigned memory_mib);
