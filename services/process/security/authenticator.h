#pragma once
// authenticator - answers libzmq's question who may come in (ZAP 1.0,
// https://rfc.zeromq.org/spec/27) from the certificates of a directory, in a thread of its own.
//
// It looks at the directory before it answers, when it is told to (AUTHENTICATOR_LOOK down its
// pipe), and by itself, at most every AUTHENTICATOR_LOOK_MS, and reads it again after a change: a
// certificate put there may come at once; one taken away may not come again, and is nobody's in the
// next message of its open connections (roster.h). What cannot be read for a moment is read again
// at the next look and stays as it was until then; a wrong file lets nobody in, is logged, and
// concerns nobody else. What is wrong now authenticator_odd says.
//
// czmq 4.2.1 has the same as zauth, which ends for ever when a wait is interrupted, reads its
// directory half while descriptors are used up and again only after the next change, aborts on two
// certificates with one key, and writes past its buffer on 500 bytes of metadata (measured).
//
// Ownership: the authenticator owns its certificates from authenticator_new on. Failures: NULL if
// another one answers in this process. Threads: its own; the counters may be read by any.
#include "proto/span.h"
#include "services/process/security/certificates.h"
#include <pthread.h>
#include <stdatomic.h>

enum { AUTHENTICATOR_LOOK_MS = 100 };
#define AUTHENTICATOR_LOOK "LOOK"

// Which roles may come in at a door. libzmq asks about each connection with its door's domain
// (socket.h); a domain that has no line lets in whoever has a certificate.
typedef struct {
    const char *domain; // NULL ends the list
    unsigned roles;     // bits of role_t
} admission_t;

typedef struct {
    const char *directory;
    const admission_t *admissions; // NULL: all to all doors
    roster_board_t board;
    certificates_t *certificates;
    uint64_t mark;                     // of the directory, from before its certificates were loaded
    atomic_ullong admitted, strangers; // handshakes that were let in; keys that nobody knows
    atomic_ullong misplaced;           // keys that we know, at a door that is not for their role
    atomic_ullong unread, wrong;       // certificates, at the last look
    atomic_bool lost;                  // the directory itself could not be read then
    pthread_mutex_t lock;              // of the next
    char odd[CERTIFICATES_ODD_MAX][CERTIFICATES_ODD_TEXT];
} authenticator_t;

// `self` must outlive the thread. zactor_destroy ends it.
zactor_t *authenticator_new(authenticator_t *self);
// The index-th file that is not taken, and why; false past the last, or the last that is told. Any
// thread.
bool authenticator_odd(authenticator_t *self, size_t index, char ret_text[CERTIFICATES_ODD_TEXT]);
// As lines of a status. Any thread.
void authenticator_counters(const authenticator_t *self, writer_t *out);
