#pragma once
// web_source - who may send notices: the addresses behind our connections, as the proxy in front of
// us tells them. A second lock; the signature is the first.
//
// Ownership: plain. Failures: none. Threads: any.
#include "services/process/address.h"

typedef struct {
    address_list_t allowed; // empty: anybody
    bool has_proxy;
    address_t proxy; // whose X-Real-IP is believed, and nobody else's
} web_source_t;

// Who is behind a connection; `real_ip` is the header X-Real-IP, or NULL. False if nobody can say.
bool web_source_address(const web_source_t *self, const struct sockaddr *peer, const char *real_ip,
                        address_t *ret_address);
bool web_source_may_notify(const web_source_t *self, const struct sockaddr *peer,
                           const char *real_ip);
