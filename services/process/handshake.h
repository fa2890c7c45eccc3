#pragma once
// handshake - how much a peer may say of himself before he has said a message.
//
// The commands of a CURVE handshake are bounded by libzmq (4.3.4, 4.3.5) as messages are, and what
// the last of them says of the peer, it keeps twice for as long as the connection lives: 2 MiB at a
// feed door for whoever has a certificate, and half of that, until he is turned away, for anybody
// (measured). No option is about that. So recv, by which libzmq reads, is ours in every program of
// this library, and follows a connection from its greeting to the head of its second command: one
// that is longer than HANDSHAKE_COMMAND_MAX is read as a reset. An honest one, of a client with the
// longest routing id, has some 550 bytes. Whatever comes later, other mechanisms and other
// libraries' connections are not looked at.
//
// Ownership: none. Failures: recv's. Threads: a connection is one thread's.
#include <stdbool.h>
#include <stddef.h>

enum {
    HANDSHAKE_COMMAND_MAX = 1024,
    HANDSHAKE_DESCRIPTORS_MAX = 65536 // beyond them libzmq is as it was
};

void handshake_begin(int fd);   // a connection of libzmq begins to be read (hang_up.h)
void handshake_at_door(int fd); // whoever has shown his certificate there is counted (callers.h)
void handshake_end(int fd);     // and is not libzmq's any more
void handshake_refuse(int fd);  // whatever it says from now on is read as a reset
// Has libzmq read a handshake by way of us? Once it asks who a peer is, it has; false then if the
// linker or a library in between has put another recv in our place, or libzmq reads by another
// call.
bool handshake_is_guarded(void);
// May what has come be read?
bool handshake_takes(int fd, const void *data, size_t size);
