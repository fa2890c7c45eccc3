#pragma once
// web_asker - the one thread that speaks to the other processes: it owns every ZeroMQ socket, takes
// questions from any handler, and gives each back with its answer or without one.
//
// A question is refused at once where its lane has no place left, and once taken it comes back
// exactly once: answered, or FAIL_TIMEOUT at its deadline, or FAIL_LATER when the asker stops. An
// answer that comes later than that is dropped and counted. Whether the process at a door has been
// started again in between, or its connection has died unnoticed, makes no difference.
//
// Ownership: a question is the asker's from web_asker_ask until it lies in its reply_to. Failures:
// web_asker_new gives none and *ret_status an exit status, after a line in the log; it is EX_CONFIG
// for what a person must mend. Threads: any asks; the one that made it stops and destroys it.
#include "proto/span.h"
#include "services/web/web_mailbox.h"

// A door of a process that can be asked. `certificate` is its public one, `command` where the door
// is, NULL for none: what is asked there is FAIL_LATER. At a replay door one question is out at a
// time, for it keeps no answer that is not read. At a feed's door come batches of producers, under
// a certificate of theirs: `secret` is its file, NULL for our own.
typedef struct {
    const char *command, *certificate, *name, *secret;
    bool replay, feed;
} web_door_t;

typedef struct web_asker web_asker_t;

typedef struct {
    uint64_t asked, refused, overdue, late, renewed;
} web_asker_counters_t;

// `doors` are those of web_door_id_t, as many as there are. `secret` is the file of our own
// certificate.
web_asker_t *web_asker_new(const web_door_t *doors, size_t count, const char *secret,
                           int *ret_status);
// Gives every question back, and takes no more.
void web_asker_stop(web_asker_t *self);
void web_asker_destroy(web_asker_t **self_p); // stops; nobody may ask any more

// Takes the question, whose reply_to, lane, door, context and deadline_ms are set, with its
// request. It may have been answered before this returns, so the caller leaves it alone from then
// on. FAIL_FULL if its lane has no place left, FAIL_LATER if the asker has stopped, FAIL_INVALID if
// no frame can hold the request: it will not come back then.
fail_t web_asker_ask(web_asker_t *self, web_question_t *question, request_t *request);

// The same of a batch for a feed. Its items are copied.
fail_t web_asker_push(web_asker_t *self, web_question_t *question, feed_batch_t *batch);

web_asker_counters_t web_asker_counters(const web_asker_t *self);
// The same as lines of a status (proto/counter.h).
void web_asker_put(const web_asker_t *self, writer_t *out);
