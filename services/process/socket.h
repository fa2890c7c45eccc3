#pragma once
// socket - the one place that creates ZeroMQ sockets, so that no socket exists without its limits:
// an unauthenticated peer of a socket without MAXMSGSIZE makes us allocate 4 GiB per connection
// with 73 bytes (measured), and CURVE without a live authenticator lets anybody in. `lint/sockets`
// refuses any other call that makes one.
//
// Every option is set before bind or connect, for later ones do not apply to that endpoint. Only
// tcp:// and ipc:// endpoints are taken: libzmq also has UDP, PGM and NORM built in.
// Units: milliseconds, bytes. Ownership: the caller destroys (zsock_destroy); the certificate is
// read and not kept. Failures: NULL, errno says why (EINVAL for an endpoint that we do not take).
// Threads: a socket belongs to the thread that made it.
// Source: the option table was measured on libzmq 4.3.4 and its tests hold on 4.3.5; see each line
// in socket.c.
#include "services/process/watch.h"

typedef enum {
    SOCKET_COMMAND_DOOR,   // ROUTER: commands and queries, up to 64 KiB
    SOCKET_FEED_DOOR,      // ROUTER: pushed batches, up to 1 MiB
    SOCKET_REPLAY_DOOR,    // ROUTER: questions up to 64 KiB, answers up to 1 MiB
    SOCKET_PUBLISHER,      // XPUB: topics come in (subscriptions.h)
    SOCKET_COMMAND_CLIENT, // DEALER to a command door
    SOCKET_FEED_CLIENT,    // DEALER to a feed door
    SOCKET_REPLAY_CLIENT,  // DEALER to a replay door
    SOCKET_SUBSCRIBER      // SUB, subscribed to everything
} socket_kind_t;

enum {
    SOCKET_COMMAND_MARK = 512, // messages queued for or from one peer
    SOCKET_FEED_MARK = 512,    // a mark of 16 costs single postings 15 times their speed
    SOCKET_REPLAY_MARK = 16,
    SOCKET_ANSWER_MARK = 1, // of a replay door: who follows has one question out (unread.h)
    SOCKET_STREAM_MARK = 1000,
    SOCKET_TOPICS_MARK = 4, // nobody honest has more than three, and who fills it is hung up on
    SOCKET_TOPIC_MAX = 512, // what CURVE's handshake needs; a topic is a byte
    SOCKET_LINGER_MS = 1000
};

// Binds doors and publishers, connects clients and subscribers. `own` must hold the secret key.
// `server_key` is the peer's public key in Z85 for those who connect, NULL for those who bind.
// What libzmq names to the authenticator when somebody comes to a door of that kind:
// "kopeck.command".
const char *socket_domain(socket_kind_t kind);
zsock_t *socket_new(socket_kind_t kind, const char *endpoint, zcert_t *own, const char *server_key);
// The same, and tells of its connections from the first one on.
zsock_t *socket_watched(socket_kind_t kind, const char *endpoint, zcert_t *own,
                        const char *server_key, watch_t *ret_watch);

// Where libzmq asks who may come in, of which there is one in a process. NULL if it is taken.
zsock_t *socket_authenticator(void);

bool socket_endpoint_is_valid(const char *endpoint);
// The endpoint as bound: where "tcp://127.0.0.1:*" ended up. Borrowed from the socket.
const char *socket_endpoint(zsock_t *self);
