#include "services/process/security/authenticator.h"
#include "proto/counter.h"
#include "services/process/actor.h"
#include "services/process/handshake.h"
#include "services/process/log.h"
#include "services/process/socket.h"
#include <assert.h>
#include <time.h>

enum { ERROR_MAX = 512, FRAMES = 7, KEY_BYTES = 32 };

typedef struct {
    authenticator_t *authenticator;
    int64_t look_at;     // monotonic ms of the next one
    int64_t newcomer_at; // of the next one for a key that nobody knows
    char told[ERROR_MAX];
} watchman_t;

// What this thread has cost. By the clock a busy machine, on which it waits for its turn, would
// look like a large directory, and a certificate that was taken away would let in for many seconds.
static int64_t cost_ms(void)
{
    struct timespec spent;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000 + spent.tv_nsec / 1000000;
}

// Says each trouble once.
static void tell(watchman_t *self, const char *error)
{
    if (strcmp(self->told, error) == 0)
        return;
    if (*error)
        log_warn("a certificate is not taken", "why", error);
    snprintf(self->told, sizeof self->told, "%s", error);
}

// What the loop may see of the certificates.
static void show(authenticator_t *self)
{
    const certificates_t *certificates = self->certificates;
    pthread_mutex_lock(&self->lock);
    memcpy(self->odd, certificates->odd, sizeof self->odd);
    self->unread = certificates->unread;
    self->wrong = certificates->wrong;
    pthread_mutex_unlock(&self->lock);
}

bool authenticator_odd(authenticator_t *self, size_t index, char ret_text[CERTIFICATES_ODD_TEXT])
{
    pthread_mutex_lock(&self->lock);
    bool there = index < CERTIFICATES_ODD_MAX && index < self->unread + self->wrong;
    if (there)
        memcpy(ret_text, self->odd[index], CERTIFICATES_ODD_TEXT);
    pthread_mutex_unlock(&self->lock);
    return there;
}

static void look(watchman_t *self)
{
    authenticator_t *authenticator = self->authenticator;
    int64_t now = zclock_mono();
    if (now < self->look_at)
        return;
    int64_t before = cost_ms();
    uint64_t mark = certificates_mark(authenticator->directory);
    // A directory of thousands takes a hundredth of a processor at most.
    self->look_at = now + AUTHENTICATOR_LOOK_MS + 100 * (cost_ms() - before);
    if (mark && mark == authenticator->mark && !authenticator->lost)
        return;
    char error[ERROR_MAX] = "";
    certificates_t *certificates = certificates_load(
        authenticator->directory, authenticator->certificates, error, sizeof error);
    tell(self, error);
    authenticator->lost = !certificates;
    if (!certificates)
        return; // as it was, until the directory can be read
    certificates_destroy(&authenticator->certificates);
    authenticator->certificates = certificates;
    certificates_write(certificates, &authenticator->board);
    authenticator->mark = certificates->unread ? 0 : mark;
    show(authenticator);
}

static const certificate_t *find(const authenticator_t *authenticator, const char *mechanism,
                                 zframe_t *credentials)
{
    char key[ROSTER_KEY_SIZE];
    if (!streq(mechanism, "CURVE") || zframe_size(credentials) != KEY_BYTES ||
        !zmq_z85_encode(key, zframe_data(credentials), KEY_BYTES))
        return NULL;
    return certificates_find(authenticator->certificates, key);
}

static bool is_for(const authenticator_t *authenticator, zframe_t *domain, role_t role)
{
    for (const admission_t *admission = authenticator->admissions; admission && admission->domain;
         admission++)
        if (zframe_streq(domain, admission->domain))
            return admission->roles & role;
    return true;
}

// Whoever is turned away once does not come again (libzmq 4.3.4): for a key that we do not know the
// directory is looked at at once. Strangers get a tenth of a processor for that, at most.
static const certificate_t *find_newcomer(watchman_t *self, const char *mechanism,
                                          zframe_t *credentials)
{
    int64_t now = zclock_mono();
    if (now < self->newcomer_at)
        return NULL;
    int64_t before = cost_ms();
    self->look_at = 0;
    look(self);
    const certificate_t *found = find(self->authenticator, mechanism, credentials);
    if (!found)
        self->newcomer_at = now + 10 * (cost_ms() - before);
    return found;
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
    zmsg_t *question = door ? zmsg_recv_nowait(door) : NULL;
    if (!question)
        return;
    assert(handshake_is_guarded()); // else nothing bounds what the peer has just said
    look(self);
    zframe_t *frames[FRAMES];
    size_t count = 0;
    for (zframe_t *frame = zmsg_first(question); frame && count < FRAMES;
         frame = zmsg_next(question))
        frames[count++] = frame;
    char *mechanism = count == FRAMES ? zframe_strdup(frames[5]) : NULL;
    const certificate_t *certificate =
        mechanism ? find(self->authenticator, mechanism, frames[6]) : NULL;
    if (mechanism && !certificate)
        certificate = find_newcomer(self, mechanism, frames[6]);
    zstr_free(&mechanism);
    bool admits = certificate && is_for(self->authenticator, frames[2], certificate->row.role);
    say_text(door, "1.0");
    say(door, count > 1 ? zframe_data(frames[1]) : NULL, count > 1 ? zframe_size(frames[1]) : 0,
        true);
    say_text(door, admits ? "200" : "400");
    say_text(door, admits ? "OK" : certificate ? "not at this door" : "no such certificate");
    say_text(door, admits ? certificate->row.key : "");
    say(door, NULL, 0, false);
    atomic_ullong *counter = admits        ? &self->authenticator->admitted
                             : certificate ? &self->authenticator->misplaced
                                           : &self->authenticator->strangers;
    atomic_fetch_add(counter, 1);
    zmsg_destroy(&question);
}

// Whether it is to end; else it was told to look.
static bool take_word(watchman_t *self, zsock_t *pipe)
{
    char *word;
    while (!(word = zstr_recv(pipe)) && zmq_errno() == EINTR)
        ;
    bool ends = !word || !streq(word, AUTHENTICATOR_LOOK);
    zstr_free(&word);
    self->look_at = 0;
    self->authenticator->mark = 0;
    return ends;
}

static void run(zsock_t *pipe, void *arg)
{
    watchman_t self = {.authenticator = arg};
    const certificates_t *certificates = self.authenticator->certificates;
    tell(&self, certificates->unread + certificates->wrong ? certificates->odd[0] : "");
    zsock_t *door = socket_authenticator();
    zsock_signal(pipe, 0);
    // A word and no signal: a signal is also what an actor's end sounds like.
    actor_say(pipe, door ? "OPEN" : "FAILED");
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.socket = door ? zsock_resolve(door) : NULL, .events = ZMQ_POLLIN}};
    for (;;) {
        int ready = zmq_poll(items, door ? 2 : 1, AUTHENTICATOR_LOOK_MS);
        if (ready < 0)
            continue; // interrupted
        if (items[0].revents & ZMQ_POLLIN && take_word(&self, pipe))
            break;
        look(&self);
        if (door)
            answer(&self, door);
    }
    zsock_destroy(&door);
    certificates_destroy(&self.authenticator->certificates);
    pthread_mutex_destroy(&self.authenticator->lock);
    actor_end(pipe);
}

zactor_t *authenticator_new(authenticator_t *self)
{
    assert(self->certificates);
    certificates_write(self->certificates, &self->board);
    pthread_mutex_init(&self->lock, NULL);
    show(self);
    zactor_t *actor = actor_new(run, self);
    assert(actor);
    if (!actor_says(actor, "OPEN"))
        zactor_destroy(&actor);
    return actor;
}

void authenticator_counters(const authenticator_t *self, writer_t *out)
{
    counter_put(out, COUNTER_shell_admitted, (int64_t)self->admitted);
    counter_put(out, COUNTER_shell_certificates_unread, (int64_t)self->unread);
    counter_put(out, COUNTER_shell_certificates_wrong, (int64_t)self->wrong);
}
