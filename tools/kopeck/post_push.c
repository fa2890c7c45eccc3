#include "tools/kopeck/post_push.h"
#include "services/process/uuid7.h"
#include <assert.h>
#include <signal.h>
#include <stdlib.h>

enum { HEAD_MAX = 128, ITEM_MAX = 192, EPOCH_TRIES = 24 };

static volatile sig_atomic_t signals; // that came

static void count_signal(int number)
{
    (void)number;
    signals++;
}

void post_push_catch(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool post_push_stopped(void)
{
    return signals > 0;
}

post_push_t *post_push_new(session_t *session, stream_t producer, instant_t at, int *ret_status)
{
    client_t *client = session_client(session, STREAM_LEDGER, CLIENT_FEED, ret_status);
    if (!client)
        return NULL;
    post_push_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (post_push_t){.session = session,
                          .client = client,
                          .batch = {.producer = producer, .first = 1},
                          .items = malloc(FRAME_LARGE_MAX),
                          .at = at};
    assert(self->items);
    return self;
}

void post_push_destroy(post_push_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->items);
    free(*self_p);
    *self_p = NULL;
}

bool post_push_has_room(const post_push_t *self)
{
    return self->batch.count < FEED_ITEMS_MAX &&
           self->items_size + ITEM_MAX + HEAD_MAX <= FRAME_LARGE_MAX;
}

void post_push_add(post_push_t *self, const event_t *item)
{
    event_t event = *item;
    event.at = self->at;
    size_t used = event_encode(&event, self->items + self->items_size, ITEM_MAX);
    assert(used);
    self->items_size += used;
    self->batch.count++;
}

static bool receive(post_push_t *self, int64_t until, feed_answer_t *ret_answer)
{
    bytes_t frame;
    while (zclock_mono() < until && signals < 2)
        if (client_receive(self->client, (int)(until - zclock_mono()), &frame) == FAIL_NONE &&
            feed_answer_decode(frame.data, frame.size, ret_answer) == FAIL_NONE &&
            ret_answer->number == self->batch.number)
            return true;
    return false;
}

int post_push_exchange(post_push_t *self, feed_answer_t *ret_answer)
{
    uint8_t head[HEAD_MAX];
    int64_t deadline = zclock_mono() + (int64_t)self->session->options->timeout_ms;
    int64_t pause = CLIENT_RESEND_FIRST_MS;
    self->batch.items = (bytes_t){self->items, (uint32_t)self->items_size};
    self->repeated = false;
    for (bool sent = false; zclock_mono() < deadline && signals < 2;) {
        self->batch.number++;
        size_t size = feed_batch_encode_head(&self->batch, head, sizeof head);
        assert(size);
        if (client_send_joined(self->client, head, size, self->items, self->items_size, (int)pause))
            continue;
        self->repeated = sent;
        sent = true;
        int64_t until = zclock_mono() + pause;
        if (receive(self, until < deadline ? until : deadline, ret_answer))
            return EX_OK;
        pause = pause * 2 < CLIENT_RESEND_MAX_MS ? pause * 2 : CLIENT_RESEND_MAX_MS;
    }
    fputs("kopeck: the ledger did not answer at its feed door\n", stderr);
    return EX_UNAVAILABLE;
}

void post_push_advance(post_push_t *self, uint64_t items)
{
    self->batch.first += items;
    self->batch.count = 0;
    self->items_size = 0;
}

// By the clock, so that later numberings are larger, and random where two begin at once.
static uint64_t epoch_now(void)
{
    uid_t16 id = uuid7_new();
    uint64_t milliseconds = (uint64_t)(uuid7_time(&id) / 1000);
    return milliseconds << 12 | (id.bytes[6] & 0x0fu) << 8 | id.bytes[7];
}

// Where an earlier numbering was begun by a clock that was ahead, ours goes ahead of it: by a
// second, two, four, … up to some months.
int post_push_begin(post_push_t *self, uint64_t *ret_sequence)
{
    feed_answer_t answer = {.fail = FAIL_HISTORY};
    uint64_t ahead_ms = 0;
    int status = EX_OK;
    for (int i = 0; i < EPOCH_TRIES && status == EX_OK && answer.fail == FAIL_HISTORY; i++) {
        self->batch.epoch = epoch_now() + (ahead_ms << 12);
        ahead_ms = ahead_ms ? ahead_ms * 2 : 1000;
        status = post_push_exchange(self, &answer);
    }
    if (status != EX_OK)
        return status;
    if (answer.fail)
        return session_refused(STREAM_LEDGER, answer.fail, answer.detail);
    *ret_sequence = answer.sequence;
    return EX_OK;
}
