#pragma once
// links - our ends of the streams that we follow: for each a subscriber, and clients to its replay
// door and its command door.
//
// Publications are only hints, so a subscriber that heard nothing for 3 s is replaced: a SUB that
// was once sent more than its limit is deaf for ever, and libzmq does not say so (measured). So is
// a client whose key the peer did not know yet when it connected: libzmq 4.3.4 never tries again
// after that. One whose questions stay without an answer for 10 s is replaced. A question that has
// no connection yet waits here; a newer one replaces it.
//
// A peer that gets another key is connected to anew (peer_key.h), also one whose certificate cannot
// be read at the start, which is an alarm until it can. One that breaks off our handshakes is an
// alarm and is left in peace between tries (patience.h); one of whom nothing was heard for 30 s is
// an alarm until he is heard. Ownership: sockets and keys. Failures: a socket that cannot be made.
// Threads: one.
#include "proto/span.h"
#include "services/process/intake.h"
#include "services/process/light.h"
#include "services/process/patience.h"
#include "services/process/peer_key.h"
#include "services/process/settings.h"
#include "services/process/watch.h"
#include <czmq.h>

enum {
    LINKS_SILENT_MS = 3000,
    LINKS_ANSWER_MS = 10000,
    LINKS_MUTE_MS = 30000,
    LINKS_QUESTION_MAX = 512,
    LINKS_SOCKETS_EACH = 3,                                 // subscriber, replay, command
    LINKS_ITEMS = 2 * LINKS_SOCKETS_EACH * NODE_FOLLOWS_MAX // sockets, and their watches
};

typedef struct {
    zsock_t *socket;  // NULL if there is none
    int64_t asked_ms; // when the first question since the last answer was asked; 0 if none is out
    size_t waiting;   // bytes of a question that could not leave yet
    uint8_t question[LINKS_QUESTION_MAX];
} links_client_t;

typedef struct {
    const settings_peer_t *peer;
    peer_key_t key;
    zsock_t *subscriber;
    watch_t watches[LINKS_SOCKETS_EACH]; // of the sockets
    patience_t patience;
    int64_t heard_ms, spoke_ms; // last publication; last message of any kind
    bool asked;                 // since it spoke last
    bool mute;                  // for LINKS_MUTE_MS
    links_client_t replay, command;
} links_stream_t;

typedef struct {
    zcert_t *own;
    bool live_feed;
    size_t count;
    links_stream_t links[NODE_FOLLOWS_MAX];
    int64_t keys_at;           // monotonic ms of the next look at the certificates
    uint64_t renewed, dropped; // sockets made anew; messages that were none of a peer's
} links_t;

bool links_open(links_t *self, const settings_t *settings, zcert_t *own, char *error,
                size_t error_size);
void links_close(links_t *self);
void links_look(links_t *self); // at the peers' certificates, at the next links_tend
// Adds what there is to wait for; returns the number of items.
size_t links_poll(links_t *self, zmq_pollitem_t *items);
// Hands messages of each socket to the node; returns how many there were.
unsigned links_drain(links_t *self, const intake_t *intake);
void links_ask(links_t *self, const output_t *question);
// Sends what waits for a connection, replaces what is silent.
void links_tend(links_t *self);
// ALARM_SILENT for each peer that is mute, ALARM_KEY for each that breaks off our handshakes.
void links_alarms(const links_t *self, light_t *light);
// As lines of a status; of each peer that is mute, for how long.
void links_counters(const links_t *self, writer_t *out);
