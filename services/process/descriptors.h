#pragma once
// descriptors - whether this process may open as many files and sockets as it needs to work.
//
// libzmq and czmq end a process that finds no descriptor where they need one, so who has too few is
// refused at his start, by name. What is needed follows from the configuration; the lines of
// proto/services.def say what is the most.
//
// Units: descriptors. Failures: false and the reason in `error`. Threads: one.
#include <stdbool.h>
#include <stddef.h>

enum {
    DESCRIPTORS_LEFT_MAX = 32,
    DESCRIPTORS_OF_ALL = 96,     // the log, the journal, doors, threads, the first who come
    DESCRIPTORS_OF_A_PEER = 24,  // three clients: each a socket, its connection, its watch, and the
                                 // next one while the last is being closed
    DESCRIPTORS_OF_A_CLIENT = 64 // who only asks
};

// Lets the process have as many as it needs, where its limit may be raised.
bool descriptors_suffice(size_t needed, char *error, size_t error_size);
// Whether this many can be opened now: who makes sockets anew later waits for that.
bool descriptors_are_left(size_t count);
