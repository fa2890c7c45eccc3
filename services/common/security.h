#pragma once
// security - who we are, who may come in, and who sent a message.
//
// One certificate per process instance. NAME.cert holds its public key, `role = ...` and, for
// those who push, `producer = ...`, and lies, with those of all who may come in, in one directory;
// NAME.cert_secret holds both keys, lies elsewhere and is readable by its owner alone (else we
// refuse to start), or a credential.
//
// The authenticator (authenticator.h) runs and has read the directory before any door is bound. It
// decides at the handshake only and knows no requests, so each message is checked again: its role
// is what the authenticator attached to it, and a message it attached nothing to comes from nobody.
//
// Ownership: plain. Failures: an error text, which never holds key material, and errno: EINVAL for
// what a person must mend, EAGAIN for what was still in the way after SECURITY_PATIENCE_MS and may
// be gone at the next start (no descriptors, no memory, a disk that stumbles). Threads: the one
// that made it; security_role any. Source: libzmq 4.3.4 loses a message's properties on the first
// frame of a ROUTER that was polled, so the last frame is asked (measured).
#include "proto/request.h"
#include "proto/producers.h"
#include "services/common/auto.h"
#include "services/common/authenticator.h"
#include <czmq.h>

enum { SECURITY_ERROR_MAX = 512, SECURITY_PATIENCE_MS = 1000 };

typedef struct security security_t;

// Prepares the process: no signal handlers of czmq. Called before anything else of czmq or ours.
void security_prepare(void);

// Starts the authenticator over `public_directory` after checking every certificate in it, and
// loads our own secret from `secret_file` (NAME.cert_secret). NULL and the reason in `error`.
security_t *security_new(const char *secret_file, const char *public_directory,
                         char error[SECURITY_ERROR_MAX]);
void security_destroy(security_t **self_p); // after every socket

zcert_t *security_own(security_t *self);
const authenticator_t *security_authenticator(const security_t *self); // its counters
// Readable once the authenticator has died, and never before: the process must end then.
zactor_t *security_watch(security_t *self);

// Loads a key pair alone, for those who only connect.
zcert_t *security_load_secret(const char *secret_file, char error[SECURITY_ERROR_MAX]);
// The public key of a certificate file, in Z85. False, the reason in `error`, errno as above.
bool security_load_public(const char *file, char ret_key[41], char error[SECURITY_ERROR_MAX]);

// Whose message this is: the role of the certificate behind it, ROLE_NONE for nobody's, and the
// producers that it may push as. `last` is the message's last frame, as received.
role_t security_role(zmq_msg_t *last);
producers_t security_producers(zmq_msg_t *last);
// Whose certificate is behind it, as its public key in Z85; NULL for nobody's. Of the message.
const char *security_certificate(zmq_msg_t *last);
