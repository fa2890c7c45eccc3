#pragma once
// callers - how many connections one certificate may have at the doors of a process.
//
// libzmq (4.3.4, 4.3.5) says whose a connection is with its first message, and closes none for us.
// So whoever has shown a certificate at a door of ours is nobody until a message of his was heard,
// and there is room for CALLERS_NOBODY_MAX of them: one more, and the oldest is hung up on. An
// honest client says at once what it came for. A certificate may have CALLERS_OF_ONE_MAX; what
// comes beyond is hung up on with its first message, which nobody answers. A connection costs 38
// KiB (measured).
//
// To hang up is to shut the socket down: libzmq reads its end and closes it in good order.
// Who comes in the moment between a door's bind and its naming (hang_up.h) is not counted.
// Ownership: none. Failures: none. Threads: any; a descriptor is told of as gone before it is
// closed, so that no other is shut down in its place.
#include <stdbool.h>
#include <stdint.h>

enum {
    CALLERS_OF_ONE_MAX = 256,
    CALLERS_NOBODY_MAX = 512,
    CALLERS_DESCRIPTORS_MAX = 65536, // beyond them libzmq is as it was
    CALLERS_KEY = 40                 // characters of a public key in Z85
};

void callers_came(int fd); // it has shown its certificate at a door of ours, and said nothing yet
void callers_went(int fd); // any descriptor; one that never came is none
// A message of it was heard: its certificate's public key in Z85. False: it is one too many, and
// its message is not to be looked at.
bool callers_named(int fd, const char *certificate);

typedef struct {
    uint64_t too_many, nobody;  // times that was
    char last[CALLERS_KEY + 1]; // whose the last of too many was
} callers_hung_up_t;
callers_hung_up_t callers_hung_up(void);
