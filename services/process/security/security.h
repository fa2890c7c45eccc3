#pragma once
// security - who we are, who may come in, and who sent a message.
//
// One certificate per process instance. NAME.cert holds its public key, `role = ...` and, for
// those who push, `producer = ...`, and lies, with those of all who may come in, in one directory;
// NAME.cert_secret holds both keys, lies elsewhere and is readable by its owner alone (else we
// refuse to start), or a credential.
//
// The authenticator (authenticator.h) runs and has read the directory before any door is bound. It
// decides at the handshake only and knows no requests, so each message is checked again: the
// handshake proved its sender's key, and who that is now, and as what, the roster says (roster.h).
//
// Ownership: plain. Failures: an error text, which never holds key material, and errno: EINVAL for
// what a person must mend, EAGAIN for what was still in the way after SECURITY_PATIENCE_MS and may
// be gone at the next start (no descriptors, no memory, a disk that stumbles). Threads: the one
// that made it; security_certificate any. Source: libzmq 4.3.4 loses a message's properties on the
// first frame of a ROUTER that was polled, so the last frame is asked (measured).
#include "services/process/auto.h"
#include "services/process/security/authenticator.h"
#include <czmq.h>

enum { SECURITY_ERROR_MAX = 512, SECURITY_PATIENCE_MS = 1000 };

typedef struct security security_t;

// Prepares the process: no signal handlers of czmq. Called before anything else of czmq or ours.
void security_prepare(void);

// Starts the authenticator over `public_directory` after reading every certificate in it, and loads
// our own secret from `secret_file` (NAME.cert_secret). NULL and the reason in `error`: a file of
// somebody else is none, for the authenticator tells of it and goes on without. `admissions`
// outlives it; NULL for all roles at all doors.
security_t *security_new(const char *secret_file, const char *public_directory,
                         const admission_t *admissions, char error[SECURITY_ERROR_MAX]);
void security_destroy(security_t **self_p); // after every socket

zcert_t *security_own(security_t *self);
authenticator_t *security_authenticator(security_t *self); // its counters, and authenticator_odd
void security_look(security_t *self);                      // reads the certificates again, at once
// Readable once the authenticator has died, and never before: the process must end then.
zactor_t *security_watch(security_t *self);
roster_board_t *security_roster(security_t *self); // who may come in now

// Loads a key pair alone, for those who only connect.
zcert_t *security_load_secret(const char *secret_file, char error[SECURITY_ERROR_MAX]);
// The public key of a certificate file, in Z85. False, the reason in `error`, errno as above.
bool security_load_public(const char *file, char ret_key[41], char error[SECURITY_ERROR_MAX]);

// Whose certificate is behind a message, as its public key in Z85; NULL for nobody's. Of the
// message; `last` is its last frame, as received. Who that is now the roster says.
const char *security_certificate(zmq_msg_t *last);
// The same of a message at a door of ours, where its connection is counted for the certificate
// (callers.h): NULL also where that has too many.
const char *security_caller(zmq_msg_t *last);
