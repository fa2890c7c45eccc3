#include "services/web/web_asker.h"
#include "proto/counter.h"
#include "services/process/log.h"
#include "services/process/peer_key.h"
#include "services/process/socket.h"
#include "services/web/web_questions.h"
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <sysexits.h>

enum { ANSWERS_PER_TURN = 256 };

// What goes by one door.
typedef struct {
    atomic_size_t taken[WEB_LANES];
    // the thread's own; without an endpoint there is no such door
    const char *endpoint, *name;
    bool replay, feed;
    peer_key_t key; // the door's
    zcert_t *own;   // NULL: as at the others
    zsock_t *door;
    bool shut; // no connection, or one that takes no more
    web_questions_t questions;
} line_t;

struct web_asker {
    web_mailbox_t mailbox; // questions that come
    atomic_ullong numbers, refused, overdue, late, renewed;
    bool started;
    pthread_t thread;
    line_t lines[WEB_DOORS];
    size_t lines_count;
    zcert_t *own;     // the thread's own, as is the next
    int64_t looks_at; // monotonic ms of the next look at the doors' keys
};

// --- any thread ---

// False if the lane is full.
static bool take_place(line_t *self, web_lane_t lane)
{
    size_t places = web_questions_places(lane);
    if (atomic_fetch_add(&self->taken[lane], 1) < places)
        return true;
    atomic_fetch_sub(&self->taken[lane], 1);
    return false;
}

// One of both is NULL.
static fail_t take(web_asker_t *self, web_question_t *question, request_t *request,
                   feed_batch_t *batch)
{
    web_lane_t lane = question->lane;
    line_t *line = &self->lines[question->door];
    if (question->door >= self->lines_count || !line->endpoint)
        return FAIL_LATER;
    if (!take_place(line, lane)) {
        atomic_fetch_add(&self->refused, 1);
        return FAIL_FULL;
    }
    assert(batch || request);
    uint64_t number = atomic_fetch_add(&self->numbers, 1) + 1;
    fail_t fail = batch ? web_question_write_batch(question, batch, number)
                        : web_question_write(question, request, number);
    if (!fail && web_mailbox_put(&self->mailbox, question))
        return FAIL_NONE;
    atomic_fetch_sub(&line->taken[lane], 1);
    return fail ? fail : FAIL_LATER;
}

fail_t web_asker_ask(web_asker_t *self, web_question_t *question, request_t *request)
{
    return take(self, question, request, NULL);
}

fail_t web_asker_push(web_asker_t *self, web_question_t *question, feed_batch_t *batch)
{
    return take(self, question, NULL, batch);
}

web_asker_counters_t web_asker_counters(const web_asker_t *self)
{
    return (web_asker_counters_t){.asked = self->numbers,
                                  .refused = self->refused,
                                  .overdue = self->overdue,
                                  .late = self->late,
                                  .renewed = self->renewed};
}

void web_asker_put(const web_asker_t *self, writer_t *out)
{
    counter_put(out, COUNTER_web_asked, (int64_t)self->numbers);
    counter_put(out, COUNTER_web_refused, (int64_t)self->refused);
    counter_put(out, COUNTER_web_overdue, (int64_t)self->overdue);
    counter_put(out, COUNTER_web_late, (int64_t)self->late);
    counter_put(out, COUNTER_web_renewed, (int64_t)self->renewed);
}

// --- the thread ---

static void give_back(web_asker_t *self, web_question_t *question)
{
    atomic_fetch_sub(&self->lines[question->door].taken[question->lane], 1);
    bool open = web_mailbox_put(question->reply_to, question);
    assert(open); // a listener ends after us
}

static void fail_question(web_asker_t *self, web_question_t *question, fail_t fail)
{
    question->fail = fail;
    give_back(self, question);
}

// One answer of the door. False if there is none.
static bool hear(web_asker_t *self, line_t *line)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool heard = zmq_msg_recv(&message, zsock_resolve(line->door), ZMQ_DONTWAIT) >= 0;
    if (heard) {
        web_questions_heard(&line->questions);
        answer_t answer = {0};
        // Which type it has only its question knows; the number is read whatever that is.
        (void)answer_decode(zmq_msg_data(&message), zmq_msg_size(&message), REQUEST_status,
                            &answer);
        web_question_t *question = web_questions_answered(&line->questions, answer.number);
        if (question) {
            web_question_answer(question, zmq_msg_data(&message), zmq_msg_size(&message));
            give_back(self, question);
        } else {
            atomic_fetch_add(&self->late, 1);
        }
    }
    zmq_msg_close(&message);
    return heard;
}

static void send_due(line_t *line, int64_t now_ms)
{
    web_question_t *question;
    while (!line->shut && (question = web_questions_due(&line->questions, now_ms))) {
        if (zmq_send(zsock_resolve(line->door), question->frame, question->frame_size,
                     ZMQ_DONTWAIT) >= 0)
            web_questions_sent(&line->questions, question, now_ms);
        else
            line->shut = true; // until it says that it has room
    }
}

static bool connect_door(const web_asker_t *self, line_t *line)
{
    line->shut = false;
    line->door = socket_new(line->replay ? SOCKET_REPLAY_CLIENT
                            : line->feed ? SOCKET_FEED_CLIENT
                                         : SOCKET_COMMAND_CLIENT,
                            line->endpoint, line->own ? line->own : self->own, line->key.key);
    return line->door;
}

// Another connection in the place of one that says nothing. Without descriptors there is none: the
// supervisor starts us again.
static void renew_door(web_asker_t *self, line_t *line)
{
    atomic_fetch_add(&self->renewed, 1);
    zsock_destroy(&line->door);
    bool connected = connect_door(self, line);
    assert(connected);
}

// A peer may have got another key. What is asked is asked again through the new door.
static void look_at_key(web_asker_t *self, line_t *line)
{
    char error[SECURITY_ERROR_MAX];
    switch (peer_key_look(&line->key, error)) {
    case PEER_KEY_OTHER:
        log_info("a peer has another key", "peer", line->name, "file", line->key.file);
        renew_door(self, line);
        web_questions_again(&line->questions);
        break;
    case PEER_KEY_UNREADABLE:
        log_warn("a peer's certificate cannot be read again", "peer", line->name, "why", error);
        break;
    case PEER_KEY_SAME:
        break;
    }
}

// One round: answers first, for one that is there in time is not late.
static void turn(web_asker_t *self, line_t *line, bool looks)
{
    for (int i = 0; i < ANSWERS_PER_TURN && hear(self, line); i++)
        ;
    int64_t now_ms = zclock_mono();
    for (web_question_t *question; (question = web_questions_overdue(&line->questions, now_ms));) {
        atomic_fetch_add(&self->overdue, 1);
        fail_question(self, question, FAIL_TIMEOUT);
    }
    if (web_questions_renew(&line->questions, now_ms))
        renew_door(self, line);
    if (looks)
        look_at_key(self, line);
    send_due(line, now_ms);
}

static void take_turns(web_asker_t *self)
{
    int64_t now_ms = zclock_mono();
    bool looks = now_ms >= self->looks_at;
    if (looks)
        self->looks_at = now_ms + PEER_KEY_LOOK_MS;
    for (size_t i = 0; i < self->lines_count; i++)
        if (self->lines[i].door)
            turn(self, &self->lines[i], looks);
}

// What is due and finds the door shut waits for the door, not for the time. The keys are looked at
// also while nobody asks.
static long patience(const web_asker_t *self, int64_t now_ms)
{
    int64_t next = self->looks_at;
    for (size_t i = 0; i < self->lines_count; i++) {
        const line_t *line = &self->lines[i];
        int64_t wanted = line->shut ? web_questions_deadline(&line->questions)
                                    : web_questions_next(&line->questions);
        next = wanted < next ? wanted : next;
    }
    return next > now_ms ? (long)(next - now_ms) : 0;
}

static void wait_for_work(web_asker_t *self)
{
    zmq_pollitem_t items[WEB_DOORS + 1] = {{.fd = self->mailbox.bell, .events = ZMQ_POLLIN}};
    line_t *of[WEB_DOORS + 1];
    int count = 1;
    for (size_t i = 0; i < self->lines_count; i++) {
        line_t *line = &self->lines[i];
        if (!line->door)
            continue;
        of[count] = line;
        items[count++] =
            (zmq_pollitem_t){.socket = zsock_resolve(line->door),
                             .events = line->shut ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN};
    }
    if (zmq_poll(items, count, patience(self, zclock_mono())) <= 0)
        return;
    for (int i = 1; i < count; i++)
        if (items[i].revents & ZMQ_POLLOUT)
            of[i]->shut = false;
}

static bool take_questions(web_asker_t *self)
{
    bool closed;
    for (web_question_t *question; (question = web_mailbox_take(&self->mailbox, &closed));)
        web_questions_take(&self->lines[question->door].questions, question);
    return !closed;
}

static void *run(void *arg)
{
    web_asker_t *self = arg;
    while (take_questions(self)) {
        take_turns(self);
        wait_for_work(self);
    }
    for (size_t i = 0; i < self->lines_count; i++)
        for (web_question_t *question;
             (question = web_questions_overdue(&self->lines[i].questions, INT64_MAX));)
            fail_question(self, question, FAIL_LATER);
    return NULL;
}

// --- start and stop ---

// An exit status; that of a cause that may be gone at the next start is not EX_CONFIG.
static int load_own(const char *file, zcert_t **ret_own)
{
    char error[SECURITY_ERROR_MAX];
    *ret_own = security_load_secret(file, error);
    if (*ret_own)
        return EX_OK;
    int status = errno == EAGAIN ? EX_OSERR : EX_CONFIG;
    log_error("no certificate", "why", error);
    return status;
}

// The same.
static int open_door(web_asker_t *self, line_t *line, const web_door_t *door)
{
    char error[SECURITY_ERROR_MAX];
    line->endpoint = door->command;
    line->name = door->name;
    line->replay = door->replay;
    line->feed = door->feed;
    line->questions.one_at_a_time = door->replay;
    if (!peer_key_load(&line->key, door->certificate, error)) {
        int status = errno == EAGAIN ? EX_OSERR : EX_CONFIG;
        log_error("no certificate", "why", error);
        return status;
    }
    int status = door->secret ? load_own(door->secret, &line->own) : EX_OK;
    if (status != EX_OK)
        return status;
    if (connect_door(self, line))
        return EX_OK;
    log_error("cannot connect", "endpoint", door->command);
    return EX_CONFIG;
}

static int open_doors(web_asker_t *self, const web_door_t *doors, size_t count, const char *secret)
{
    int status = load_own(secret, &self->own);
    assert(count <= WEB_DOORS);
    self->lines_count = count;
    for (size_t i = 0; i < count && status == EX_OK; i++)
        if (doors[i].command)
            status = open_door(self, &self->lines[i], &doors[i]);
    return status;
}

static int start(web_asker_t *self)
{
    self->started =
        web_mailbox_init(&self->mailbox) && pthread_create(&self->thread, NULL, run, self) == 0;
    if (self->started)
        return EX_OK;
    log_error("a thread cannot be made");
    return EX_OSERR;
}

web_asker_t *web_asker_new(const web_door_t *doors, size_t count, const char *secret,
                           int *ret_status)
{
    web_asker_t *self = calloc(1, sizeof *self);
    assert(self);
    self->mailbox.bell = -1;
    int status = open_doors(self, doors, count, secret);
    if (status == EX_OK)
        status = start(self);
    if (status != EX_OK)
        web_asker_destroy(&self);
    *ret_status = status;
    return self;
}

void web_asker_stop(web_asker_t *self)
{
    if (!self->started)
        return;
    web_mailbox_close(&self->mailbox);
    pthread_join(self->thread, NULL);
    self->started = false;
}

void web_asker_destroy(web_asker_t **self_p)
{
    web_asker_t *self = *self_p;
    if (!self)
        return;
    web_asker_stop(self);
    for (size_t i = 0; i < self->lines_count; i++)
        zsock_destroy(&self->lines[i].door), zcert_destroy(&self->lines[i].own);
    zcert_destroy(&self->own);
    web_mailbox_destroy(&self->mailbox);
    free(self);
    *self_p = NULL;
}
