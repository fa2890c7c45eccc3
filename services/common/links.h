#pragma once
// links - our ends of the streams that we follow: for each a subscriber, and clients to its replay
// door and its command door.
//
// Publications are only hints, so a subscriber that heard nothing for 3 s is replaced: a SUB that
// was once sent more than its limit is deaf for ever, and libzmq does not say so (measured). A
// question that has no connection yet waits here; a newer one replaces it. Ownership: sockets and
// keys. Failures: a certificate that cannot be read at start. Threads: one.
#include "services/common/node.h"
#include "services/common/settings.h"
#include <czmq.h>

enum { LINKS_SILENT_MS = 3000, LINKS_QUESTION_MAX = 512, LINKS_SOCKETS = 3 * NODE_FOLLOWS_MAX };

typedef struct {
    zsock_t *socket; // NULL if there is none
    size_t waiting;  // bytes of a question that could not leave yet
    uint8_t question[LINKS_QUESTION_MAX];
} link_client_t;

typedef struct {
    const settings_peer_t *peer;
    char key[41];
    zsock_t *subscriber;
    int64_t heard_ms;
    link_client_t replay, command;
} link_t;

typedef struct {
    zcert_t *own;
    bool live_feed;
    size_t count;
    link_t links[NODE_FOLLOWS_MAX];
    uint64_t renewed, dropped; // subscribers made anew; messages that were none of a peer's
} links_t;

bool links_open(links_t *self, const settings_t *settings, zcert_t *own, char *error,
                size_t error_size);
void links_close(links_t *self);
// Adds what there is to wait for; returns the number of items.
size_t links_poll(links_t *self, zmq_pollitem_t *items);
// Hands at most `max` messages of each socket to the node; returns how many there were.
unsigned links_drain(links_t *self, node_t *node, unsigned max);
void links_ask(links_t *self, const output_t *question);
// Sends what waits for a connection, replaces what is silent.
void links_tend(links_t *self);
