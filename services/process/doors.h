#pragma once
// doors - our own bound sockets of the loop: the command door, the feed door, the publisher.
//
// An answer that finds no room or nobody is dropped and counted: a ROUTER would do so in silence,
// and who asked asks again. Nothing here blocks. Ownership: the sockets. Failures: an endpoint that
// cannot be bound. Threads: one.
#include "proto/span.h"
#include "services/node/node.h"
#include "services/process/claims.h"
#include "services/process/intake.h"
#include "services/process/security/security.h"
#include "services/process/settings.h"
#include "services/process/subscriptions.h"
#include "services/process/watch.h"

// Who may come in at which door, by the table of services: those who follow the process's stream or
// ask it, people who run and audit it, and at the feed door who may push. `answers_past`: the
// replay door answers of single accounts (reader_hook_fn), and so all faces; else only one that
// may read whole streams. `ret_admissions` is for security_new.
enum { DOORS_ADMISSIONS = 5 };
void doors_admissions(const core_t *core, bool answers_past, bool importers,
                      admission_t ret_admissions[DOORS_ADMISSIONS]);

typedef struct {
    uint64_t talkers, too_many, nobody; // connections (hang_up.h, callers.h)
} hung_up_t;

typedef struct {
    security_t *security;
    roster_t roster;
    char publish[256];                   // where, as bound
    unsigned long long lost;             // certificates, when the publisher was bound
    zsock_t *command, *feed, *publisher; // feed may be NULL
    subscriptions_t subscriptions;       // at the publisher
    watch_t watches[3];
    hung_up_t hung_up, told;
    int64_t tell_at; // monotonic ms of the next time
    uint64_t messages, malformed, answers, unreachable, no_room, published;
} doors_t;

// The descriptors that the configuration needs (descriptors.h), then the doors' places and the
// ready file's (claims.h), before anything is opened or made: of two processes of one configuration
// the second leaves no trace.
bool doors_claim(claims_t *claims, const settings_t *settings, char *error, size_t error_size);
// The command door alone, for one that stands by; doors_open opens the rest.
bool doors_open_command(doors_t *self, const settings_t *settings, security_t *security,
                        char *error, size_t error_size);
bool doors_open(doors_t *self, const settings_t *settings, security_t *security, char *error,
                size_t error_size);
void doors_close(doors_t *self);

// What came through the command door of one that has no node for it; borrowed.
typedef struct {
    peer_t peer;
    role_t role;
    const void *data;
    size_t size;
} doors_message_t;
typedef void doors_message_fn(void *arg, const doors_message_t *message);
void doors_take(doors_t *self, unsigned max, doors_message_fn *visit, void *arg);
// Binds the publisher anew when a certificate has gone, or somebody has subscribed to more than
// there is: libzmq cuts no single subscriber off. The others come again by themselves, and what
// they miss they ask for. True if it was.
bool doors_tend(doors_t *self);
void doors_watch(doors_t *self); // what became of handshakes; after every wait
size_t doors_poll(doors_t *self, zmq_pollitem_t *items);
// Hands messages of each door to the node; `feed_first` alternates who is first, so that a full
// batch starves nobody. Returns how many there were.
unsigned doors_drain(doors_t *self, const intake_t *intake, bool feed_first);
// As lines of a status.
void doors_counters(const doors_t *self, writer_t *out);
void doors_answer(doors_t *self, const output_t *answer);
void doors_publish(doors_t *self, const output_t *publication);
// What is published from now on is given a second to leave when the doors are closed.
void doors_bow_out(doors_t *self);
