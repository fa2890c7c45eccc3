#pragma once
// public_address - whether a socket's address is one that the Internet routes: not of this machine,
// a private network, a carrier's, of documentation, multicast or reserved. A request whose address
// a stranger chose goes to no other (docs/rules.md "Notices to contacts").
//
// Example: 10.0.0.1, 169.254.169.254 and ::ffff:127.0.0.1 are none, 93.184.216.34 is.
// Pure. Threads: any. Source: IANA's registries of special-purpose addresses; RFC 6890, RFC 4291.
#include <stdbool.h>
#include <sys/socket.h>

bool public_address(const struct sockaddr *address);
