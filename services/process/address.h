#pragma once
// address - an Internet address, read in one way wherever it is configured, received or told to us
// by a proxy.
//
// One address has many spellings. A socket that takes IPv6 and IPv4 shows an IPv4 peer as
// ::ffff:192.0.2.7, and so does a proxy in front of us. So every address is kept as the sixteen
// bytes of an IPv6 address, an IPv4 one as the IPv6 address that maps it; equal bytes are then
// equal addresses, however they were written.
//
// Ownership: plain. Failures: false, nothing was written. Threads: any.
// Source: RFC 4291, section 2.5.5.2.
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_LIST_MAX = 64 };

typedef struct {
    uint8_t bytes[16];
} address_t;

typedef struct {
    address_t items[ADDRESS_LIST_MAX];
    size_t count;
} address_list_t;

// 192.0.2.7, 2001:db8::7 or ::ffff:192.0.2.7; no name, no port, no zone, no brackets, no spaces.
bool address_read(const char *text, address_t *ret_address);
// That of a peer's socket; false for a socket that is no Internet one.
bool address_of_peer(const struct sockaddr *peer, address_t *ret_address);
bool address_equal(const address_t *a, const address_t *b);
bool address_is_loopback(const address_t *self);

// Addresses with spaces between them; "" is the empty list.
bool address_list_read(const char *text, address_list_t *ret_list);
bool address_list_has(const address_list_t *self, const address_t *address);

// ADDRESS:PORT to listen on, IPv4; an empty port and 0 are the kernel's choice.
bool address_read_listen(const char *text, struct sockaddr_in *ret_address);
