#include "services/process/doors.h"
#include "proto/counter.h"
#include "proto/request.h"
#include "proto/service.h"
#include "proto/stream.h"
#include "services/process/callers.h"
#include "services/process/descriptors.h"
#include "services/process/hang_up.h"
#include "services/process/security/security.h"
#include "services/process/log.h"
#include "services/process/socket.h"
#include <assert.h>

enum { WATCH_COMMAND, WATCH_PUBLISHER, WATCH_FEED };
enum { TELL_MS = 10000 };

static bool open_one(zsock_t **ret_socket, watch_t *watch, socket_kind_t kind, const char *endpoint,
                     zcert_t *own, char *error, size_t error_size)
{
    *ret_socket = socket_watched(kind, endpoint, own, NULL, watch);
    if (!*ret_socket)
        snprintf(error, error_size, "%s: %s", endpoint, zmq_strerror(errno));
    return *ret_socket;
}

void doors_admissions(const core_t *core, bool answers_past, bool importers,
                      admission_t ret_admissions[DOORS_ADMISSIONS])
{
    unsigned people = ROLE_OPERATOR | ROLE_AUDITOR;
    unsigned pushers = core->feed_roles & ~(importers ? 0u : ROLE_IMPORTER);
    unsigned imports = importers && core->takes_imports ? ROLE_IMPORTER : 0u;
    unsigned followers = service_followers(core->stream) | people;
    unsigned faces = service_faces(core->stream);
    unsigned reading = faces & request_info(REQUEST_replay)->roles;
    unsigned own = service_of(core->stream)->role; // `kopeck ping` comes by it
    ret_admissions[0] =
        (admission_t){socket_domain(SOCKET_COMMAND_DOOR),
                      followers | faces | ROLE_SERVICE | ROLE_BACKEND | pushers | imports | own};
    ret_admissions[1] = (admission_t){socket_domain(SOCKET_REPLAY_DOOR),
                                      followers | (answers_past ? faces : reading) | ROLE_SERVICE |
                                          ROLE_BACKEND | (pushers & ROLE_IMPORTER)};
    ret_admissions[2] = (admission_t){socket_domain(SOCKET_PUBLISHER), followers};
    ret_admissions[3] = (admission_t){socket_domain(SOCKET_FEED_DOOR), pushers};
    ret_admissions[4] = (admission_t){0};
}

bool doors_claim(claims_t *claims, const settings_t *settings, char *error, size_t error_size)
{
    const char *const doors[] = {settings->command, settings->replay, settings->publish,
                                 settings->feed};
    errno = EINVAL;
    if (!descriptors_suffice(DESCRIPTORS_OF_ALL + DESCRIPTORS_OF_A_PEER * settings->peers_count,
                             error, error_size))
        return false;
    bool good = claims_file(claims, settings->ready_file, error, error_size);
    for (size_t i = 0; good && i < sizeof doors / sizeof doors[0]; i++)
        good = claims_door(claims, doors[i], error, error_size);
    return good;
}

bool doors_open_command(doors_t *self, const settings_t *settings, security_t *security,
                        char *error, size_t error_size)
{
    *self = (doors_t){.security = security};
    roster_open(&self->roster, security_roster(security));
    return open_one(&self->command, &self->watches[WATCH_COMMAND], SOCKET_COMMAND_DOOR,
                    settings->command, security_own(security), error, error_size);
}

bool doors_open(doors_t *self, const settings_t *settings, security_t *security, char *error,
                size_t error_size)
{
    if (!self->command && !doors_open_command(self, settings, security, error, error_size))
        return false;
    zcert_t *own = security_own(security);
    watch_t *watches = self->watches;
    self->lost = security_roster(security)->lost;
    bool open = open_one(&self->publisher, &watches[WATCH_PUBLISHER], SOCKET_PUBLISHER,
                         settings->publish, own, error, error_size) &&
                (!*settings->feed || open_one(&self->feed, &watches[WATCH_FEED], SOCKET_FEED_DOOR,
                                              settings->feed, own, error, error_size));
    if (open)
        snprintf(self->publish, sizeof self->publish, "%s", socket_endpoint(self->publisher));
    return open;
}

void doors_close(doors_t *self)
{
    watch_close(&self->watches[WATCH_COMMAND], self->command);
    watch_close(&self->watches[WATCH_PUBLISHER], self->publisher);
    watch_close(&self->watches[WATCH_FEED], self->feed);
    zsock_destroy(&self->command);
    zsock_destroy(&self->feed);
    zsock_destroy(&self->publisher);
    roster_close(&self->roster);
}

static const char *last_subscriber(doors_t *self)
{
    const roster_row_t *row = roster_find(&self->roster, self->subscriptions.last);
    return row ? row->name : "unknown";
}

static void tell_of_crowd(doors_t *self)
{
    log_warn("too many subscriptions: subscribers must come again", "certificate",
             last_subscriber(self));
}

static void tell_of_hung_up(doors_t *self, int64_t now)
{
    callers_hung_up_t callers = callers_hung_up();
    const hung_up_t *told = &self->told, *all = &self->hung_up;
    self->hung_up = (hung_up_t){hang_up_talkers(), callers.too_many, callers.nobody};
    if (memcmp(all, told, sizeof *all) == 0 || now < self->tell_at)
        return;
    const roster_row_t *last = roster_find(&self->roster, callers.last);
    if (all->talkers != told->talkers)
        log_warn("subscribers said too much and were hung up on", "times",
                 log_number(all->talkers - told->talkers), "last_certificate",
                 last_subscriber(self));
    if (all->too_many != told->too_many)
        log_warn("a certificate has too many connections, what comes beyond is hung up on", "times",
                 log_number(all->too_many - told->too_many), "last_certificate",
                 last ? last->name : "unknown");
    if (all->nobody != told->nobody)
        log_warn("too many connections say nothing, the oldest are hung up on", "times",
                 log_number(all->nobody - told->nobody));
    self->told = *all;
    self->tell_at = now + TELL_MS;
}

// The place may still be taken by the one that was closed a moment ago: then at the next turn.
bool doors_tend(doors_t *self)
{
    unsigned long long lost = security_roster(self->security)->lost;
    watch_t *watch = &self->watches[WATCH_PUBLISHER];
    bool crowded = self->publisher && subscriptions_read(&self->subscriptions, self->publisher);
    tell_of_hung_up(self, zclock_mono());
    if (self->publisher && lost == self->lost && !crowded)
        return false;
    if (self->publisher) {
        if (crowded)
            tell_of_crowd(self);
        else
            log_info("a certificate has gone: subscribers must come again");
        watch_close(watch, self->publisher);
        zsock_destroy(&self->publisher);
    }
    self->lost = lost;
    subscriptions_forget(&self->subscriptions);
    self->publisher =
        socket_watched(SOCKET_PUBLISHER, self->publish, security_own(self->security), NULL, watch);
    return self->publisher;
}

void doors_watch(doors_t *self)
{
    for (size_t i = 0; i < sizeof self->watches / sizeof self->watches[0]; i++)
        if (self->watches[i].events)
            watch_read(&self->watches[i], NULL, NULL);
}

size_t doors_poll(doors_t *self, zmq_pollitem_t *items)
{
    items[0] = (zmq_pollitem_t){.socket = zsock_resolve(self->command), .events = ZMQ_POLLIN};
    if (!self->feed)
        return 1;
    items[1] = (zmq_pollitem_t){.socket = zsock_resolve(self->feed), .events = ZMQ_POLLIN};
    return 2;
}

// Takes one message of [peer, body]; anything else is thrown away whole. False if there is none.
static bool take(doors_t *self, void *door, zmq_msg_t *peer, zmq_msg_t *body,
                 doors_message_fn *visit, void *arg)
{
    if (zmq_msg_recv(peer, door, ZMQ_DONTWAIT) < 0)
        return false;
    unsigned frames = 1;
    for (zmq_msg_t *last = peer; zmq_msg_more(last); frames++) {
        last = body;
        int rc = zmq_msg_recv(last, door, 0);
        assert(rc >= 0); // messages arrive whole
    }
    doors_message_t message = {.role = ROLE_NONE};
    peer_t *who = &message.peer;
    self->messages++;
    if (frames != 2 || zmq_msg_size(peer) > sizeof who->bytes) {
        self->malformed++;
        return true;
    }
    who->size = (uint8_t)zmq_msg_size(peer);
    memcpy(who->bytes, zmq_msg_data(peer), who->size);
    const char *certificate = security_caller(body);
    if (!certificate)
        return true; // hung up on
    const roster_row_t *row = roster_find(&self->roster, certificate);
    if (row) {
        who->producers = row->producers;
        snprintf(who->name, sizeof who->name, "%s", row->name);
        snprintf(who->owner, sizeof who->owner, "%s", row->owner);
        message.role = row->role;
    }
    message.data = zmq_msg_data(body);
    message.size = zmq_msg_size(body);
    visit(arg, &message);
    return true;
}

typedef struct {
    node_t *node;
    door_t door;
} to_node_t;

static void hand_over(void *arg, const doors_message_t *message)
{
    const to_node_t *to = arg;
    node_message(to->node, to->door, &message->peer, message->role, message->data, message->size);
}

void doors_take(doors_t *self, unsigned max, doors_message_fn *visit, void *arg)
{
    zmq_msg_t peer, body;
    zmq_msg_init(&peer);
    zmq_msg_init(&body);
    while (max-- && take(self, zsock_resolve(self->command), &peer, &body, visit, arg))
        ;
    zmq_msg_close(&peer);
    zmq_msg_close(&body);
}

static unsigned drain(doors_t *self, const intake_t *intake, door_t which, zsock_t *door)
{
    unsigned count = 0;
    to_node_t to = {intake->node, which};
    zmq_msg_t peer, body;
    zmq_msg_init(&peer);
    zmq_msg_init(&body);
    while (door && count < intake->max && !intake_is_over(intake) &&
           take(self, zsock_resolve(door), &peer, &body, hand_over, &to))
        count++;
    zmq_msg_close(&peer);
    zmq_msg_close(&body);
    return count;
}

unsigned doors_drain(doors_t *self, const intake_t *intake, bool feed_first)
{
    unsigned count = feed_first ? drain(self, intake, DOOR_FEED, self->feed) : 0;
    count += drain(self, intake, DOOR_COMMAND, self->command);
    return count + (feed_first ? 0 : drain(self, intake, DOOR_FEED, self->feed));
}

static int send_joined(void *socket, const output_t *output)
{
    zmq_msg_t message;
    int made = zmq_msg_init_size(&message, (size_t)output->head.size + output->body.size);
    assert(made == 0);
    uint8_t *data = zmq_msg_data(&message);
    if (output->head.size)
        memcpy(data, output->head.data, output->head.size);
    if (output->body.size)
        memcpy(data + output->head.size, output->body.data, output->body.size);
    int sent = zmq_msg_send(&message, socket, ZMQ_DONTWAIT);
    if (sent < 0)
        zmq_msg_close(&message);
    return sent;
}

void doors_answer(doors_t *self, const output_t *answer)
{
    zsock_t *door = answer->door == DOOR_FEED ? self->feed : self->command;
    assert(door);
    void *socket = zsock_resolve(door);
    // With ROUTER_MANDATORY the routing id is what is refused; the frame after it then goes too.
    if (zmq_send(socket, answer->peer.bytes, answer->peer.size, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
        send_joined(socket, answer) >= 0)
        self->answers++;
    else if (zmq_errno() == EAGAIN)
        self->no_room++;
    else
        self->unreachable++;
}

void doors_bow_out(doors_t *self)
{
    if (self->publisher)
        zsock_set_linger(self->publisher, SOCKET_LINGER_MS);
}

void doors_publish(doors_t *self, const output_t *publication)
{
    // One message over the limit makes a subscriber deaf: the sender is who has to look.
    assert(publication->head.size + publication->body.size <= FRAME_SMALL_MAX);
    if (self->publisher && send_joined(zsock_resolve(self->publisher), publication) >= 0)
        self->published++;
}

void doors_counters(const doors_t *self, writer_t *out)
{
    counter_put(out, COUNTER_shell_messages, (int64_t)self->messages);
    counter_put(out, COUNTER_shell_malformed, (int64_t)self->malformed);
    counter_put(out, COUNTER_shell_answers, (int64_t)self->answers);
    counter_put(out, COUNTER_shell_unreachable, (int64_t)self->unreachable);
    counter_put(out, COUNTER_shell_no_room, (int64_t)self->no_room);
    counter_put(out, COUNTER_shell_published, (int64_t)self->published);
    counter_put(out, COUNTER_shell_hung_up_on, (int64_t)self->hung_up.talkers);
    counter_put(out, COUNTER_shell_hung_up_too_many, (int64_t)self->hung_up.too_many);
    counter_put(out, COUNTER_shell_hung_up_silent, (int64_t)self->hung_up.nobody);
}
