#pragma once
// authenticator - answers libzmq's question who may come in (ZAP 1.0,
// https://rfc.zeromq.org/spec/27) from the certificates of a directory, in a thread of its own.
//
// It looks at the directory before it answers, at most every AUTHENTICATOR_LOOK_MS, and reads it
// again after a change: a certificate put there may come at once, one taken away may not come
// again. What cannot be read for a moment is read again at the next look and stays as it was until
// then; a wrong file lets nobody in, is logged, and concerns nobody else.
//
// czmq 4.2.1 has the same as zauth, which ends for ever when a wait is interrupted, reads its
// directory half while descriptors are used up and again only after the next change, aborts on two
// certificates with one key, and writes past its buffer on 500 bytes of metadata (measured).
//
// Ownership: the authenticator owns its certificates from authenticator_new on. Failures: NULL if
// another one answers in this process. Threads: its own; the counters may be read by any.
#include "services/common/certificates.h"
#include <stdatomic.h>

enum { AUTHENTICATOR_LOOK_MS = 100 };

typedef struct {
    const char *directory;
    certificates_t *certificates;
    uint64_t mark;                     // of the directory, from before its certificates were loaded
    atomic_ullong admitted, strangers; // handshakes that were let in; keys that nobody knows
    atomic_ullong unread, wrong;       // certificates, at the last look
} authenticator_t;

// `self` must outlive the thread. zactor_destroy ends it.
zactor_t *authenticator_new(authenticator_t *self);
