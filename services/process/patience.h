#pragma once
// patience - when a peer that breaks off our handshakes is asked again.
//
// A peer that has another key than we know breaks off every handshake, and libzmq comes again
// within a fifth of a second, with each socket, for ever: some twenty connections a second from us
// alone, each of which costs the peer a decryption. One that does not know our key says so, and
// libzmq 4.3.4 never comes again. In both cases what we know is wrong and only a file's change
// helps, so after a few failures all connections to him rest for PATIENCE_PAUSE_MS, and he counts
// as turning us away until a handshake is finished or he breaks off none any more.
//
// A process that dies breaks off what is under way, once for each socket; one that hangs lets each
// handshake run into its limit. So it takes more failures than sockets, in a short time.
//
// Units: milliseconds of the monotonic clock. It is a value. Failures: none. Threads: one.
#include <stdbool.h>
#include <stdint.h>

enum { PATIENCE_FAILURES = 7, PATIENCE_WITHIN_MS = 2000, PATIENCE_PAUSE_MS = 5000 };

typedef struct {
    uint64_t failed;   // since `since`
    int64_t since;     // of the first failure that counts
    int64_t turned_ms; // when he turned us away last; 0 if he does not
    int64_t again;     // end of the pause; 0 if there is none
    bool unknown;      // it is our key that is not known
} patience_t;

// What became of handshakes since the last call. True: close every connection, a pause begins.
bool patience_hear(patience_t *self, uint64_t failed, uint64_t unknown, uint64_t finished,
                   int64_t now);
bool patience_is_tried(const patience_t *self); // something failed lately
bool patience_pauses(const patience_t *self);
bool patience_ends(patience_t *self, int64_t now); // true once, at the pause's end: connect
bool patience_is_turned_away(const patience_t *self, int64_t now);
