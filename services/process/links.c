#include "services/process/links.h"
#include "proto/counter.h"
#include "services/process/descriptors.h"
#include "services/process/log.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include <assert.h>

enum { SUBSCRIBER, REPLAY, COMMAND, SOCKETS = LINKS_SOCKETS_EACH };
enum { DESCRIPTORS_OF_A_SOCKET = 4 }; // its mailbox, its connection, two of its watch

static zsock_t **socket_of(links_stream_t *link, unsigned which)
{
    zsock_t **const sockets[SOCKETS] = {&link->subscriber, &link->replay.socket,
                                        &link->command.socket};
    return sockets[which];
}

static void disconnect(links_stream_t *link, unsigned which)
{
    zsock_t **socket = socket_of(link, which);
    if (*socket)
        watch_close(&link->watches[which], *socket);
    zsock_destroy(socket);
}

// One that cannot be made is tried again. Without descriptors czmq would end the process.
static bool connect_to(links_t *self, links_stream_t *link, unsigned which)
{
    static const socket_kind_t kinds[SOCKETS] = {SOCKET_SUBSCRIBER, SOCKET_REPLAY_CLIENT,
                                                 SOCKET_COMMAND_CLIENT};
    const settings_peer_t *peer = link->peer;
    const char *const endpoints[SOCKETS] = {peer->publish, peer->replay, peer->command};
    if (!*link->key.key || !*endpoints[which] || (which == SUBSCRIBER && !self->live_feed))
        return true;
    errno = EMFILE;
    zsock_t **socket = socket_of(link, which);
    *socket = descriptors_are_left(DESCRIPTORS_OF_A_SOCKET)
                  ? socket_watched(kinds[which], endpoints[which], self->own, link->key.key,
                                   &link->watches[which])
                  : NULL;
    return *socket;
}

static bool connect_all(links_t *self, links_stream_t *link)
{
    bool open = true;
    for (unsigned which = 0; which < SOCKETS; which++)
        open = connect_to(self, link, which) && open;
    return open;
}

static void disconnect_all(links_stream_t *link)
{
    for (unsigned which = 0; which < SOCKETS; which++)
        disconnect(link, which);
}

bool links_open(links_t *self, const settings_t *settings, zcert_t *own, char *error,
                size_t error_size)
{
    *self = (links_t){.own = own, .live_feed = settings->live_feed};
    for (size_t i = 0; i < settings->peers_count; i++) {
        links_stream_t *link = &self->links[self->count++];
        link->peer = &settings->peers[i];
        link->heard_ms = link->spoke_ms = zclock_mono();
        // Without it the others are served, and the light says it until it is there.
        if (!peer_key_load(&link->key, link->peer->certificate, error))
            log_warn("a peer's certificate cannot be read", "peer", link->peer->name, "why", error);
        if (!connect_all(self, link)) {
            snprintf(error, error_size, "%s: %s", link->peer->name, zmq_strerror(errno));
            return false;
        }
    }
    return true;
}

void links_close(links_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        disconnect_all(&self->links[i]);
    self->count = 0;
}

void links_look(links_t *self)
{
    self->keys_at = 0;
}

static size_t poll_one(zmq_pollitem_t *item, zsock_t *socket, bool waiting)
{
    if (!socket)
        return 0;
    *item = (zmq_pollitem_t){.socket = zsock_resolve(socket),
                             .events = (short)(waiting ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)};
    return 1;
}

size_t links_poll(links_t *self, zmq_pollitem_t *items)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        links_stream_t *link = &self->links[i];
        // Where handshakes come to nothing each is looked at before the next.
        for (unsigned which = 0; which < SOCKETS && patience_is_tried(&link->patience); which++)
            count += poll_one(&items[count], link->watches[which].events, false);
        count += poll_one(&items[count], link->subscriber, false);
        count += poll_one(&items[count], link->replay.socket, link->replay.waiting > 0);
        count += poll_one(&items[count], link->command.socket, link->command.waiting > 0);
    }
    return count;
}

typedef void take_fn(node_t *node, stream_t stream, const void *data, size_t size);

// Every message of ours is one frame; one of more is thrown away whole.
static unsigned drain(links_t *self, links_stream_t *link, zsock_t *socket, const intake_t *intake,
                      take_fn *take)
{
    unsigned count = 0;
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool inside = false; // of a message of several frames
    while (socket && (inside || (count < intake->max && !intake_is_over(intake))) &&
           zmq_msg_recv(&message, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0) {
        bool more = zmq_msg_more(&message);
        count += !inside;
        if (inside || more)
            self->dropped += !inside;
        else
            take(intake->node, link->peer->stream, zmq_msg_data(&message), zmq_msg_size(&message));
        inside = more;
    }
    zmq_msg_close(&message);
    return count;
}

static unsigned drain_client(links_t *self, links_client_t *client, links_stream_t *link,
                             const intake_t *intake)
{
    unsigned count = drain(self, link, client->socket, intake, node_answer);
    if (count)
        client->asked_ms = 0;
    return count;
}

unsigned links_drain(links_t *self, const intake_t *intake)
{
    unsigned count = 0;
    for (size_t i = 0; i < self->count; i++) {
        links_stream_t *link = &self->links[i];
        unsigned heard = drain(self, link, link->subscriber, intake, node_publication);
        if (heard)
            link->heard_ms = zclock_mono();
        unsigned all = heard + drain_client(self, &link->replay, link, intake) +
                       drain_client(self, &link->command, link, intake);
        if (all) {
            link->spoke_ms = zclock_mono();
            link->asked = false;
        }
        count += all;
    }
    return count;
}

static void send_waiting(links_client_t *client)
{
    if (client->waiting && client->socket &&
        zmq_send(zsock_resolve(client->socket), client->question, client->waiting, ZMQ_DONTWAIT) >=
            0)
        client->waiting = 0;
}

void links_ask(links_t *self, const output_t *question)
{
    for (size_t i = 0; i < self->count; i++) {
        links_stream_t *link = &self->links[i];
        if (link->peer->stream != question->stream)
            continue;
        links_client_t *client =
            question->kind == OUTPUT_ASK_COMMAND ? &link->command : &link->replay;
        assert(question->head.size + question->body.size <= sizeof client->question);
        memcpy(client->question, question->head.data, question->head.size);
        if (question->body.size)
            memcpy(client->question + question->head.size, question->body.data,
                   question->body.size);
        client->waiting = question->head.size + question->body.size;
        send_waiting(client);
        link->asked = true;
        if (!client->asked_ms)
            client->asked_ms = zclock_mono();
        return;
    }
}

static void look_at_key(links_t *self, links_stream_t *link)
{
    char error[SECURITY_ERROR_MAX];
    peer_key_look_t found = peer_key_look(&link->key, error);
    if (found == PEER_KEY_UNREADABLE)
        log_warn("a peer's certificate cannot be read again", "peer", link->peer->name, "why",
                 error);
    if (found != PEER_KEY_OTHER)
        return;
    log_info("a peer has another key", "peer", link->peer->name, "file", link->peer->certificate);
    disconnect_all(link);
    link->patience = (patience_t){.failed = 0};
    if (!connect_all(self, link))
        peer_key_forget(&link->key); // tried again at the next look
}

// Without publications nobody speaks who was not asked.
static void note_silence(const links_t *self, links_stream_t *link, int64_t now)
{
    bool mute = (self->live_feed || link->asked) && now - link->spoke_ms >= LINKS_MUTE_MS;
    link->mute = mute;
}

static void renew_subscriber(links_t *self, links_stream_t *link, int64_t now)
{
    if (!self->live_feed || now - link->heard_ms < LINKS_SILENT_MS)
        return;
    log_debug("stream is silent: new subscriber", "stream", link->peer->name);
    disconnect(link, SUBSCRIBER);
    (void)connect_to(self, link, SUBSCRIBER);
    link->heard_ms = now;
    self->renewed++;
}

static void renew_client(links_t *self, links_stream_t *link, links_client_t *client,
                         unsigned which, int64_t now)
{
    if (!client->asked_ms || now - client->asked_ms < LINKS_ANSWER_MS)
        return;
    log_debug("questions stay unanswered: new client", "stream", link->peer->name);
    disconnect(link, which);
    (void)connect_to(self, link, which);
    client->asked_ms = now;
    self->renewed++;
}

static void hear_of_handshakes(links_t *self, links_stream_t *link, int64_t now)
{
    watch_t all = {0};
    for (unsigned which = 0; which < SOCKETS; which++) {
        watch_t *watch = &link->watches[which];
        if (!watch->events)
            continue;
        watch_read(watch, NULL, NULL);
        all.malformed += watch->malformed + watch->unfinished;
        all.unknown += watch->unknown;
        all.finished += watch->finished;
        watch->malformed = watch->unfinished = watch->unknown = watch->finished = 0;
    }
    if (patience_hear(&link->patience, all.malformed, all.unknown, all.finished, now))
        disconnect_all(link);
    else if (patience_ends(&link->patience, now)) {
        (void)connect_all(self, link);
        link->heard_ms = now;
    }
}

void links_tend(links_t *self)
{
    int64_t now = zclock_mono();
    bool look = now >= self->keys_at;
    if (look)
        self->keys_at = now + PEER_KEY_LOOK_MS;
    for (size_t i = 0; i < self->count; i++) {
        links_stream_t *link = &self->links[i];
        if (look)
            look_at_key(self, link);
        hear_of_handshakes(self, link, now);
        note_silence(self, link, now);
        if (patience_pauses(&link->patience))
            continue;
        send_waiting(&link->replay);
        send_waiting(&link->command);
        renew_subscriber(self, link, now);
        renew_client(self, link, &link->replay, REPLAY, now);
        renew_client(self, link, &link->command, COMMAND, now);
    }
}

void links_alarms(const links_t *self, light_t *light)
{
    int64_t now = zclock_mono();
    for (size_t i = 0; i < self->count; i++) {
        const settings_peer_t *peer = self->links[i].peer;
        char about[ALARM_ABOUT_MAX + 1];
        snprintf(about, sizeof about, "%s, whose key should be in %s", peer->name,
                 peer->certificate);
        if (self->links[i].mute)
            light_raise(light, ALARM_SILENT, about);
        if (!*self->links[i].key.key) {
            snprintf(about, sizeof about, "%s, whose key cannot be read in %s", peer->name,
                     peer->certificate);
            light_raise(light, ALARM_KEY, about);
        }
        if (!patience_is_turned_away(&self->links[i].patience, now))
            continue;
        if (self->links[i].patience.unknown)
            snprintf(about, sizeof about, "%s does not know our certificate", peer->name);
        light_raise(light, ALARM_KEY, about);
    }
}

void links_counters(const links_t *self, writer_t *out)
{
    int64_t now = zclock_mono();
    counter_put(out, COUNTER_shell_subscribers_renewed, (int64_t)self->renewed);
    for (size_t i = 0; i < self->count; i++)
        if (self->links[i].mute)
            counter_put_of(out, COUNTER_stream_silent, self->links[i].peer->stream,
                           (now - self->links[i].spoke_ms) / 1000);
}
