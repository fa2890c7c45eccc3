#include "services/process/socket.h"
#include "proto/stream.h"
#include "services/process/hang_up.h"
#include <assert.h>
#include <stdatomic.h>

enum {
    // Absent from Debian's header as DRAFT, present in its library. czmq's setter of the same name
    // is an empty function there. With it a server whose authenticator is dead refuses everybody;
    // without it, it lets everybody in.
    OPTION_ZAP_ENFORCE_DOMAIN = 93,
    // Dead paths are the kernel's to find, not ZMTP's heartbeats': a heartbeat that is due while a
    // peer has gone and its last messages wait for room aborted the process (`!_io_error`, libzmq
    // 4.3.4), so any certificate could end us by asking much and hanging up (measured). hang_up.h
    // holds for those too; what is not needed stays off.
    ALIVE_IDLE_S = 2,
    ALIVE_INTERVAL_S = 2,
    ALIVE_PROBES = 3,
    UNACKNOWLEDGED_MS = 6000,
    HANDSHAKE_MS = 2000,
    RECONNECT_MS = 100,
    RECONNECT_MAX_MS = 5000,
    // MAXMSGSIZE counts what CURVE wraps around a message: 33 bytes.
    CURVE_ROOM = 64,
    BACKLOG = 256,
    EVENTS_OF_A_DOOR = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
    EVENTS_OF_A_CLIENT = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                         ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED
};
enum { AUTHENTICATOR_TRIES = 100, AUTHENTICATOR_PAUSE_MS = 10 };

typedef struct {
    int type, mark_out, mark_in, message_max; // of messages that come in
    const char *domain;                       // of who binds; NULL of who connects
} kind_t;

static const kind_t kinds[] = {
    [SOCKET_COMMAND_DOOR] = {ZMQ_ROUTER, SOCKET_COMMAND_MARK, SOCKET_COMMAND_MARK, FRAME_SMALL_MAX,
                             "kopeck.command"},
    [SOCKET_FEED_DOOR] = {ZMQ_ROUTER, SOCKET_FEED_MARK, SOCKET_FEED_MARK, FRAME_LARGE_MAX,
                          "kopeck.feed"},
    [SOCKET_REPLAY_DOOR] = {ZMQ_ROUTER, SOCKET_ANSWER_MARK, SOCKET_REPLAY_MARK, FRAME_SMALL_MAX,
                            "kopeck.replay"},
    [SOCKET_PUBLISHER] = {ZMQ_XPUB, SOCKET_STREAM_MARK, SOCKET_TOPICS_MARK, SOCKET_TOPIC_MAX,
                          "kopeck.publish"},
    [SOCKET_COMMAND_CLIENT] = {ZMQ_DEALER, SOCKET_COMMAND_MARK, SOCKET_COMMAND_MARK,
                               FRAME_SMALL_MAX, NULL},
    [SOCKET_FEED_CLIENT] = {ZMQ_DEALER, SOCKET_FEED_MARK, SOCKET_FEED_MARK, FRAME_LARGE_MAX, NULL},
    [SOCKET_REPLAY_CLIENT] = {ZMQ_DEALER, SOCKET_REPLAY_MARK, SOCKET_REPLAY_MARK, FRAME_LARGE_MAX,
                              NULL},
    [SOCKET_SUBSCRIBER] = {ZMQ_SUB, SOCKET_STREAM_MARK, SOCKET_STREAM_MARK, FRAME_SMALL_MAX, NULL},
};

const char *socket_domain(socket_kind_t kind)
{
    return kinds[kind].domain;
}

bool socket_endpoint_is_valid(const char *endpoint)
{
    return endpoint &&
           (strncmp(endpoint, "tcp://", 6) == 0 || strncmp(endpoint, "ipc://", 6) == 0) &&
           endpoint[6] != '\0' && strlen(endpoint) < 256;
}

const char *socket_endpoint(zsock_t *self)
{
    return zsock_endpoint(self);
}

static void set_limits(zsock_t *self, const kind_t *kind)
{
    zsock_set_maxmsgsize(self, kind->message_max + CURVE_ROOM);
    zsock_set_sndhwm(self, kind->mark_out);
    zsock_set_rcvhwm(self, kind->mark_in);
    // Answers are given a second to leave; what a client or a publisher has not sent is kept
    // elsewhere: in an outbox, in the journal.
    zsock_set_linger(self, kind->type == ZMQ_ROUTER ? SOCKET_LINGER_MS : 0);
    zsock_set_sndtimeo(self, 0);
    zsock_set_handshake_ivl(self, HANDSHAKE_MS);
    zsock_set_tcp_keepalive(self, 1);
    zsock_set_tcp_keepalive_idle(self, ALIVE_IDLE_S);
    zsock_set_tcp_keepalive_intvl(self, ALIVE_INTERVAL_S);
    zsock_set_tcp_keepalive_cnt(self, ALIVE_PROBES);
    zsock_set_tcp_maxrt(self, UNACKNOWLEDGED_MS);
    if (kind->domain) {
        zsock_set_backlog(self, BACKLOG);
        if (kind->type == ZMQ_XPUB)
            zsock_set_xpub_verboser(self, 1); // subscriptions.h
        if (kind->type == ZMQ_ROUTER)
            zsock_set_router_mandatory(self, 1); // else what cannot be sent is dropped in silence
    } else {
        zsock_set_reconnect_ivl(self, RECONNECT_MS);
        zsock_set_reconnect_ivl_max(self, RECONNECT_MAX_MS);
        if (kind->type == ZMQ_DEALER)
            zsock_set_immediate(self, 1); // else old questions wait for a connection to come
    }
}

static bool set_security(zsock_t *self, const kind_t *kind, zcert_t *own, const char *server_key)
{
    zcert_apply(own, self);
    if (!kind->domain) {
        zsock_set_curve_serverkey(self, server_key);
        return true;
    }
    zsock_set_curve_server(self, 1);
    zsock_set_zap_domain(self, kind->domain);
    int enforce = 1;
    return zmq_setsockopt(zsock_resolve(self), OPTION_ZAP_ENFORCE_DOMAIN, &enforce,
                          sizeof enforce) == 0;
}

// Everything but bind and connect.
static zsock_t *make(const kind_t *kind, const char *endpoint, zcert_t *own, const char *server_key)
{
    assert(own);
    assert(!kind->domain == !!server_key);
    if (!socket_endpoint_is_valid(endpoint)) {
        errno = EINVAL;
        return NULL;
    }
    zsock_t *self = zsock_new(kind->type);
    if (!self)
        return NULL;
    assert(!kind->domain || hang_up_is_guarded());
    set_limits(self, kind);
    if (!set_security(self, kind, own, server_key)) {
        int why = zmq_errno();
        zsock_destroy(&self);
        errno = why;
        return NULL;
    }
    if (kind->type == ZMQ_SUB)
        zsock_set_subscribe(self, "");
    return self;
}

static bool attach(zsock_t *self, const kind_t *kind, const char *endpoint)
{
    if (!kind->domain)
        return zsock_connect(self, "%s", endpoint) >= 0;
    bool bound = zsock_bind(self, "%s", endpoint) >= 0;
    if (bound)
        hang_up_door(zsock_endpoint(self), kind->type == ZMQ_XPUB);
    return bound;
}

zsock_t *socket_new(socket_kind_t which, const char *endpoint, zcert_t *own, const char *server_key)
{
    zsock_t *self = make(&kinds[which], endpoint, own, server_key);
    if (self && !attach(self, &kinds[which], endpoint)) {
        int why = zmq_errno();
        zsock_destroy(&self);
        errno = why;
    }
    return self;
}

// The watcher's end is there before the socket is bound, see watch.h. A name of its own each: one
// that was closed is free only a moment later.
static bool begin_watch(zsock_t *self, const kind_t *kind, watch_t *watch)
{
    static atomic_ullong number;
    char name[64];
    snprintf(name, sizeof name, "inproc://watch-%llu", atomic_fetch_add(&number, 1));
    *watch = (watch_t){.events = zsock_new(ZMQ_PAIR)};
    if (!watch->events)
        return false;
    zsock_set_rcvhwm(watch->events, 0);
    zsock_set_linger(watch->events, 0);
    return zmq_socket_monitor(zsock_resolve(self), name,
                              kind->domain ? EVENTS_OF_A_DOOR : EVENTS_OF_A_CLIENT) == 0 &&
           zsock_connect(watch->events, "%s", name) >= 0;
}

zsock_t *socket_watched(socket_kind_t which, const char *endpoint, zcert_t *own,
                        const char *server_key, watch_t *ret_watch)
{
    watch_t watch = {0};
    zsock_t *self = make(&kinds[which], endpoint, own, server_key);
    if (!self)
        return NULL;
    if (!begin_watch(self, &kinds[which], &watch) || !attach(self, &kinds[which], endpoint)) {
        int why = zmq_errno();
        watch_close(&watch, self);
        zsock_destroy(&self);
        errno = why;
        return NULL;
    }
    *ret_watch = watch;
    return self;
}

// libzmq gives the name of a socket that was closed free in a thread of its own, a moment later.
zsock_t *socket_authenticator(void)
{
    zsock_t *self = zsock_new(ZMQ_REP);
    for (int left = AUTHENTICATOR_TRIES; self && zsock_bind(self, "inproc://zeromq.zap.01") < 0;)
        if (zmq_errno() == EADDRINUSE && left-- > 0)
            zclock_sleep(AUTHENTICATOR_PAUSE_MS);
        else
            zsock_destroy(&self);
    return self;
}
