#include "services/common/links.h"
#include "services/common/log.h"
#include "services/common/security.h"
#include "services/common/socket.h"
#include <assert.h>

static zsock_t *connect_to(links_t *self, link_t *link, socket_kind_t kind, const char *endpoint)
{
    return socket_new(kind, endpoint, self->own, link->key);
}

bool links_open(links_t *self, const settings_t *settings, zcert_t *own, char *error,
                size_t error_size)
{
    *self = (links_t){.own = own, .live_feed = settings->live_feed};
    for (size_t i = 0; i < settings->peers_count; i++) {
        const settings_peer_t *peer = &settings->peers[i];
        link_t *link = &self->links[self->count++];
        link->peer = peer;
        link->heard_ms = zclock_mono();
        if (!security_load_public(peer->certificate, link->key, error))
            return false;
        link->replay.socket = connect_to(self, link, SOCKET_REPLAY_CLIENT, peer->replay);
        bool open = link->replay.socket;
        if (*peer->command) {
            link->command.socket = connect_to(self, link, SOCKET_COMMAND_CLIENT, peer->command);
            open = open && link->command.socket;
        }
        if (self->live_feed) {
            link->subscriber = connect_to(self, link, SOCKET_SUBSCRIBER, peer->publish);
            open = open && link->subscriber;
        }
        if (!open) {
            snprintf(error, error_size, "%s: %s", peer->name, zmq_strerror(errno));
            return false;
        }
    }
    return true;
}

void links_close(links_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        zsock_destroy(&self->links[i].subscriber);
        zsock_destroy(&self->links[i].replay.socket);
        zsock_destroy(&self->links[i].command.socket);
    }
    self->count = 0;
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
        link_t *link = &self->links[i];
        count += poll_one(&items[count], link->subscriber, false);
        count += poll_one(&items[count], link->replay.socket, link->replay.waiting > 0);
        count += poll_one(&items[count], link->command.socket, link->command.waiting > 0);
    }
    return count;
}

typedef void take_fn(node_t *node, stream_t stream, const void *data, size_t size);

// Every message of ours is one frame; one of more is thrown away whole.
static unsigned drain(links_t *self, link_t *link, zsock_t *socket, node_t *node, unsigned max,
                      take_fn *take)
{
    unsigned count = 0;
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool inside = false; // of a message of several frames
    while (socket && (inside || (count < max && !node_is_full(node))) &&
           zmq_msg_recv(&message, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0) {
        bool more = zmq_msg_more(&message);
        count += !inside;
        if (inside || more)
            self->dropped += !inside;
        else
            take(node, link->peer->stream, zmq_msg_data(&message), zmq_msg_size(&message));
        inside = more;
    }
    zmq_msg_close(&message);
    return count;
}

unsigned links_drain(links_t *self, node_t *node, unsigned max)
{
    unsigned count = 0;
    for (size_t i = 0; i < self->count; i++) {
        link_t *link = &self->links[i];
        unsigned heard = drain(self, link, link->subscriber, node, max, node_publication);
        if (heard)
            link->heard_ms = zclock_mono();
        count += heard + drain(self, link, link->replay.socket, node, max, node_answer) +
                 drain(self, link, link->command.socket, node, max, node_answer);
    }
    return count;
}

static void send_waiting(link_client_t *client)
{
    if (client->waiting && zmq_send(zsock_resolve(client->socket), client->question,
                                    client->waiting, ZMQ_DONTWAIT) >= 0)
        client->waiting = 0;
}

void links_ask(links_t *self, const output_t *question)
{
    for (size_t i = 0; i < self->count; i++) {
        link_t *link = &self->links[i];
        if (link->peer->stream != question->stream)
            continue;
        link_client_t *client =
            question->kind == OUTPUT_ASK_COMMAND ? &link->command : &link->replay;
        assert(client->socket);
        assert(question->head.size + question->body.size <= sizeof client->question);
        memcpy(client->question, question->head.data, question->head.size);
        if (question->body.size)
            memcpy(client->question + question->head.size, question->body.data,
                   question->body.size);
        client->waiting = question->head.size + question->body.size;
        send_waiting(client);
        return;
    }
}

void links_tend(links_t *self)
{
    int64_t now = zclock_mono();
    for (size_t i = 0; i < self->count; i++) {
        link_t *link = &self->links[i];
        send_waiting(&link->replay);
        send_waiting(&link->command);
        if (!self->live_feed || now - link->heard_ms < LINKS_SILENT_MS)
            continue;
        log_debug("stream is silent: new subscriber", "stream", link->peer->name);
        zsock_destroy(&link->subscriber);
        link->subscriber =
            connect_to(self, link, SOCKET_SUBSCRIBER, link->peer->publish); // NULL: tried again
        link->heard_ms = now;
        self->renewed++;
    }
}
