#include "services/common/authenticator.h"
#include "services/common/actor.h"
#include "services/common/log.h"
#include "services/common/socket.h"
#include <assert.h>

enum { ERROR_MAX = 512, FRAMES = 7, KEY_BYTES = 32 };

typedef struct {
    authenticator_t *authenticator;
    int64_t look_at; // monotonic ms of the next one
    char told[ERROR_MAX];
} watchman_t;

// Says each trouble once.
static void tell(watchman_t *self, const char *error)
{
    if (strcmp(self->told, error) == 0)
        return;
    if (*error)
        log_warn("a certificate is not taken", "why", error);
    snprintf(self->told, sizeof self->told, "%s", error);
}

static void look(watchman_t *self)
{
    authenticator_t *authenticator = self->authenticator;
    int64_t now = zclock_mono();
    if (now < self->look_at)
        return;
    self->look_at = now + AUTHENTICATOR_LOOK_MS;
    uint64_t mark = certificates_mark(authenticator->directory);
    if (mark && mark == authenticator->mark)
        return;
    char error[ERROR_MAX] = "";
    certificates_t *certificates = certificates_load(
        authenticator->directory, authenticator->certificates, error, sizeof error);
    tell(self, error);
    if (!certificates)
        return; // as it was, until the directory can be read
    certificates_destroy(&authenticator->certificates);
    authenticator->certificates = certificates;
    authenticator->mark = certificates->unread ? 0 : mark;
    authenticator->unread = certificates->unread;
    authenticator->wrong = certificates->wrong;
}

static const certificate_t *find(const authenticator_t *authenticator, const char *mechanism,
                                 zframe_t *credentials)
{
    char key[CERTIFICATES_KEY_SIZE];
    if (!streq(mechanism, "CURVE") || zframe_size(credentials) != KEY_BYTES ||
        !zmq_z85_encode(key, zframe_data(credentials), KEY_BYTES))
        return NULL;
    return certificates_find(authenticator->certificates, key);
}

// A frame of an answer. Half an answer would be the last one: a REP takes no question before its
// end.
static void say(zsock_t *door, const void *data, size_t size, bool more)
{
    while (zmq_send(zsock_resolve(door), data, size, more ? ZMQ_SNDMORE : 0) < 0)
        if (zmq_errno() != EINTR)
            return; // who asked has gone
}

static void say_text(zsock_t *door, const char *text)
{
    say(door, text, strlen(text), true);
}

// version, number, domain, address, routing id, mechanism, credentials
static void answer(watchman_t *self, zsock_t *door)
{
    zmsg_t *question = zmsg_recv_nowait(door);
    if (!question)
        return;
    look(self);
    zframe_t *frames[FRAMES];
    size_t count = 0;
    for (zframe_t *frame = zmsg_first(question); frame && count < FRAMES;
         frame = zmsg_next(question))
        frames[count++] = frame;
    char *mechanism = count == FRAMES ? zframe_strdup(frames[5]) : NULL;
    const certificate_t *certificate =
        mechanism ? find(self->authenticator, mechanism, frames[6]) : NULL;
    zstr_free(&mechanism);
    say_text(door, "1.0");
    say(door, count > 1 ? zframe_data(frames[1]) : NULL, count > 1 ? zframe_size(frames[1]) : 0,
        true);
    say_text(door, certificate ? "200" : "400");
    say_text(door, certificate ? "OK" : "no such certificate");
    say_text(door, certificate ? certificate->key : "");
    say(door, certificate ? certificate->properties : NULL,
        certificate ? certificate->properties_size : 0, false);
    atomic_fetch_add(certificate ? &self->authenticator->admitted : &self->authenticator->strangers,
                     1);
    zmsg_destroy(&question);
}

static void run(zsock_t *pipe, void *arg)
{
    watchman_t self = {.authenticator = arg};
    zsock_t *door = socket_authenticator();
    zsock_signal(pipe, 0);
    // A word and no signal: a signal is also what an actor's end sounds like.
    actor_say(pipe, door ? "OPEN" : "FAILED");
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.socket = door ? zsock_resolve(door) : NULL, .events = ZMQ_POLLIN}};
    for (;;) {
        if (zmq_poll(items, door ? 2 : 1, -1) < 0)
            continue; // interrupted
        if (items[0].revents & ZMQ_POLLIN)
            break;
        answer(&self, door);
    }
    zsock_destroy(&door);
    certificates_destroy(&self.authenticator->certificates);
    actor_end(pipe);
}

zactor_t *authenticator_new(authenticator_t *self)
{
    assert(self->certificates);
    zactor_t *actor = actor_new(run, self);
    assert(actor);
    if (!actor_says(actor, "OPEN"))
        zactor_destroy(&actor);
    return actor;
}
