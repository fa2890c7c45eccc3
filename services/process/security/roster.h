#pragma once
// roster - who may come in now, and as what: the certificates as the threads of the doors see them.
//
// The authenticator writes the board whenever the directory of certificates has changed; each door
// holds a copy and asks it about every message. So who has lost his certificate is nobody from that
// moment on, though his connection is open, and a role or a producer that changed in a file counts
// at once. Nothing is taken from what a client says of himself: his key alone is proved (CURVE),
// and all else stands in his certificate.
//
// Ownership: a board is its authenticator's and outlives the copies. Failures: none; memory that is
// used up ends the process. Threads: a board any; a copy its door's.
#include "proto/producers.h"
#include "proto/request.h"
#include <pthread.h>
#include <stdatomic.h>

enum { ROSTER_KEY_SIZE = 41, ROSTER_NAME_MAX = 48 };

typedef struct {
    char key[ROSTER_KEY_SIZE]; // in Z85, with its end
    char name[ROSTER_NAME_MAX + 1];
    role_t role;
    producers_t producers;
    char owner[ROSTER_NAME_MAX + 1]; // for whom its producers act; empty: each for itself
} roster_row_t;

typedef struct {
    pthread_mutex_t lock;
    roster_row_t *rows; // by key
    size_t count;
    atomic_ullong edition; // another after each change
    atomic_ullong lost;    // certificates that went or changed their role, since the beginning
} roster_board_t;

void roster_board_init(roster_board_t *self);
void roster_board_release(roster_board_t *self);
void roster_board_write(roster_board_t *self, const roster_row_t *rows, size_t count);

typedef struct {
    roster_board_t *board;
    unsigned long long edition;
    roster_row_t *rows;
    size_t count;
} roster_t;

void roster_open(roster_t *self, roster_board_t *board);
void roster_close(roster_t *self);
// NULL for a key that nobody has (any more), and for NULL. Valid until the next call.
const roster_row_t *roster_find(roster_t *self, const char *key);
