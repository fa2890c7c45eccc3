#include "services/process/client.h"
#include "services/process/socket.h"
#include <assert.h>

struct client {
    zsock_t *socket;
    void *raw;
    uint64_t number; // of the last request
    zmq_msg_t received;
    size_t frame_max;
    uint8_t *frame; // where requests are encoded
};

static const socket_kind_t kinds[] = {[CLIENT_COMMAND] = SOCKET_COMMAND_CLIENT,
                                      [CLIENT_FEED] = SOCKET_FEED_CLIENT,
                                      [CLIENT_REPLAY] = SOCKET_REPLAY_CLIENT};

fail_t client_new(client_door_t door, const char *endpoint, zcert_t *own, const char *server_key,
                  client_t **ret_client)
{
    zsock_t *socket = socket_new(kinds[door], endpoint, own, server_key);
    if (!socket)
        return FAIL_CONFIG;
    client_t *self = calloc(1, sizeof *self);
    assert(self);
    self->socket = socket;
    self->raw = zsock_resolve(socket);
    self->frame_max = door == CLIENT_COMMAND ? FRAME_SMALL_MAX : FRAME_LARGE_MAX;
    self->frame = malloc(FRAME_SMALL_MAX);
    assert(self->frame);
    zmq_msg_init(&self->received);
    *ret_client = self;
    return FAIL_NONE;
}

void client_destroy(client_t **self_p)
{
    client_t *self = *self_p;
    if (!self)
        return;
    zmq_msg_close(&self->received);
    zsock_destroy(&self->socket);
    free(self->frame);
    free(self);
    *self_p = NULL;
}

static bool wait_for(client_t *self, short events, int64_t deadline)
{
    int64_t left = deadline - zclock_mono();
    zmq_pollitem_t item = {.socket = self->raw, .events = events};
    return zmq_poll(&item, 1, left > 0 ? left : 0) == 1;
}

fail_t client_send_joined(client_t *self, const void *head, size_t head_size, const void *body,
                          size_t body_size, int timeout_ms)
{
    // The other side cuts off who sends more than its limit, and drops what was queued before.
    if (head_size + body_size > self->frame_max)
        return FAIL_INVALID;
    int64_t deadline = zclock_mono() + timeout_ms;
    zmq_msg_t message;
    int made = zmq_msg_init_size(&message, head_size + body_size);
    assert(made == 0);
    memcpy(zmq_msg_data(&message), head, head_size);
    if (body_size)
        memcpy((uint8_t *)zmq_msg_data(&message) + head_size, body, body_size);
    do {
        if (zmq_msg_send(&message, self->raw, ZMQ_DONTWAIT) >= 0)
            return FAIL_NONE;
    } while (zmq_errno() == EAGAIN && wait_for(self, ZMQ_POLLOUT, deadline));
    zmq_msg_close(&message);
    return FAIL_FULL;
}

fail_t client_send(client_t *self, const void *data, size_t size, int timeout_ms)
{
    return client_send_joined(self, data, size, NULL, 0, timeout_ms);
}

static fail_t receive_until(client_t *self, int64_t deadline, bytes_t *ret_frame)
{
    do {
        if (zmq_msg_recv(&self->received, self->raw, ZMQ_DONTWAIT) >= 0) {
            *ret_frame =
                (bytes_t){zmq_msg_data(&self->received), (uint32_t)zmq_msg_size(&self->received)};
            return FAIL_NONE;
        }
    } while (wait_for(self, ZMQ_POLLIN, deadline));
    return FAIL_TIMEOUT;
}

fail_t client_receive(client_t *self, int timeout_ms, bytes_t *ret_frame)
{
    return receive_until(self, zclock_mono() + timeout_ms, ret_frame);
}

// Waits for the answer to the number that is out; others are late.
static fail_t receive_answer(client_t *self, request_type_t type, int64_t until,
                             answer_t *ret_answer)
{
    bytes_t frame;
    while (receive_until(self, until, &frame) == FAIL_NONE) {
        answer_t answer = {0};
        fail_t fail = answer_decode(frame.data, frame.size, type, &answer);
        if (answer.number != self->number)
            continue;
        if (!fail)
            *ret_answer = answer;
        return fail;
    }
    return FAIL_TIMEOUT;
}

fail_t client_ask(client_t *self, request_t *request, int timeout_ms, answer_t *ret_answer)
{
    const request_info_t *info = request_info(request->type);
    assert(info);
    assert(info->kind != REQUEST_COMMAND || !uid_is_zero(&request->id));
    request->number = ++self->number;
    size_t size = request_encode(request, self->frame, FRAME_SMALL_MAX);
    if (size == 0)
        return FAIL_INVALID;
    int64_t now = zclock_mono(), deadline = now + timeout_ms;
    for (int64_t pause = CLIENT_RESEND_FIRST_MS; now < deadline; now = zclock_mono()) {
        int64_t until = now + pause < deadline ? now + pause : deadline;
        if (client_send(self, self->frame, size, (int)(until - now)) == FAIL_NONE) {
            fail_t fail = receive_answer(self, request->type, until, ret_answer);
            if (fail != FAIL_TIMEOUT)
                return fail;
        }
        pause = pause * 2 < CLIENT_RESEND_MAX_MS ? pause * 2 : CLIENT_RESEND_MAX_MS;
    }
    return FAIL_TIMEOUT;
}
