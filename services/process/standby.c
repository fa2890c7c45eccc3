#include "services/process/standby.h"
#include "proto/counter.h"
#include "proto/stream.h"
#include "proto/request.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/signals.h"
#include <poll.h>

enum {
    LOOK_MS = 100,        // between two looks at the journal
    AGAIN_MS = 500,       // between two tries to reach it
    TELL_MS = 10000,      // between two lines of the log
    MESSAGES_A_LOOK = 64, // answered between two
    COUNTERS_SIZE = 256
};

// What a look found.
typedef struct {
    uint64_t behind, last, term, epoch;
    bool reached, said;
    int64_t tell_at, looked_at; // monotonic ms
} view_t;

// --- who asks ---

static void fill_status(const standby_t *self, const view_t *view, char *text, answer_t *out)
{
    writer_t counters = writer_on(text, COUNTERS_SIZE);
    counter_put(&counters, COUNTER_standby_behind, (int64_t)view->behind);
    out->status = (answer_status_t){.stream = self->past->stream,
                                    .epoch = view->epoch,
                                    .term = view->term,
                                    .last = view->last,
                                    .driven = self->settings->driven,
                                    .counters = {text, (uint32_t)writer_end(&counters)}};
}

static void answer(const standby_t *self, const view_t *view, const doors_message_t *message)
{
    static const char refusal[] = "it stands by for the writer of its journal: ask that one";
    char text[COUNTERS_SIZE], detail[REQUEST_DETAIL_SIZE];
    uint8_t bytes[FRAME_SMALL_MAX];
    request_t request = {0};
    fail_t fail = request_decode(message->data, message->size, &request, detail);
    answer_t out = {.type = request.type, .number = request.number};
    if (!fail && request.type == REQUEST_status)
        fill_status(self, view, text, &out);
    else {
        out.fail = fail ? fail : FAIL_LATER;
        out.detail = text_of(fail ? fail_text(fail) : refusal);
    }
    out.sequence = view->last;
    size_t size = answer_encode(&out, bytes, sizeof bytes);
    const output_t output = {
        .door = DOOR_COMMAND, .peer = message->peer, .head = {bytes, (uint32_t)size}};
    if (size)
        doors_answer(self->doors, &output);
}

typedef struct {
    const standby_t *self;
    const view_t *view;
} asked_t;

static void asked(void *arg, const doors_message_t *message)
{
    const asked_t *to = arg;
    answer(to->self, to->view, message);
}

// True if a signal ends it.
static bool wait_and_answer(const standby_t *self, const view_t *view, long ms)
{
    zmq_pollitem_t items[] = {
        {.fd = self->signals, .events = ZMQ_POLLIN},
        {.socket = zsock_resolve(self->doors->command), .events = ZMQ_POLLIN},
    };
    asked_t to = {self, view};
    zmq_poll(items, 2, ms);
    doors_watch(self->doors);
    if (items[1].revents)
        doors_take(self->doors, MESSAGES_A_LOOK, asked, &to);
    signals_told_t told = signals_take(self->signals);
    if (told.reads_anew)
        security_look(self->security);
    return told.ends;
}

// --- the journal ---

static void tell(view_t *view, int64_t now)
{
    char text[64];
    if (now < view->tell_at)
        return;
    view->tell_at = now + TELL_MS;
    snprintf(text, sizeof text, "stands by, %llu behind", (unsigned long long)view->behind);
    ready_show(view->reached ? text : "stands by, and does not reach the journal");
    if (view->reached && !view->said)
        log_info("standing by for the writer of the journal", "behind", log_number(view->behind),
                 "term", log_number(view->term));
    view->said |= view->reached;
}

static fail_t follow(const standby_t *self, view_t *view, char *error, size_t error_size)
{
    past_t *past = self->past;
    uint64_t had = past->node ? node_last(past->node) : 0;
    fail_t fail = past_follow(past, self->settings, error, error_size);
    if (fail && !journal_is_broken(past->journal)) {
        log_warn("what was followed is not what the journal holds now: it is read anew", "why",
                 error);
        node_destroy(&past->node);
        fail = past_follow(past, self->settings, error, error_size);
    }
    if (fail)
        return fail;
    view->last = node_last(past->node);
    view->behind = view->last - had; // a moment ago
    view->epoch = node_epoch(past->node);
    view->term = node_term(past->node) - 1;
    return FAIL_NONE;
}

// Whether it leads now. What is said of a journal that nobody leads is enough to begin.
static fail_t look(const standby_t *self, view_t *view, bool *ret_leads, char *error, size_t size)
{
    past_t *past = self->past;
    bool vacant = false;
    fail_t fail = journal_is_vacant(past->journal, &vacant);
    if (fail == FAIL_INVALID)
        snprintf(error, size,
                 "journal/standby: the journal's engine lets one process have it "
                 "alone; expected a postgresql: place");
    if (!fail && !vacant)
        return follow(self, view, error, size);
    if (!fail)
        fail = journal_lead(past->journal, &past->term);
    *ret_leads = !fail;
    return fail == FAIL_INVALID ? FAIL_CONFIG : fail;
}

// A server that is gone is waited for; what else is wrong ends the process.
static bool is_passing(const past_t *past, fail_t fail)
{
    return fail == FAIL_STORE || (past->journal && journal_is_broken(past->journal));
}

static fail_t turn(const standby_t *self, view_t *view, bool *ret_leads, char *error, size_t size)
{
    past_t *past = self->past;
    fail_t fail = FAIL_NONE;
    if (!past->journal)
        fail = past_connect(past, self->settings, error, size);
    if (!fail)
        fail = look(self, view, ret_leads, error, size);
    view->reached = !fail;
    if (!fail || !is_passing(past, fail))
        return fail;
    past->term = 0;
    past_part(past);
    return FAIL_NONE;
}

fail_t standby_run(const standby_t *self, char *error, size_t error_size)
{
    view_t view = {0};
    bool leads = false;
    if (!doors_open_command(self->doors, self->settings, self->security, error, error_size))
        return FAIL_STORE;
    while (true) {
        fail_t fail = turn(self, &view, &leads, error, error_size);
        if (fail || leads)
            return fail;
        int64_t now = zclock_mono();
        ready_alive(now);
        tell(&view, now);
        if (wait_and_answer(self, &view, view.reached ? LOOK_MS : AGAIN_MS))
            return FAIL_LATER;
    }
}
