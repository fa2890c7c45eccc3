#pragma once
// web_question - one question to another process, or a batch for its feed, from when a handler asks
// it until the answer is rendered. It goes from thread to thread by mailboxes and belongs to who
// has taken it out.
//
// Ownership: owns its two frames; the answer's texts borrow from the second. Failures: FAIL_INVALID
// for a request that no frame can hold. Threads: one at a time.
#include "proto/request.h"
#include "proto/stream.h"

// Each lane has places of its own, so that no crowd of browsers keeps a notice waiting, or makes a
// process look silent.
typedef enum { WEB_LANE_PAGES, WEB_LANE_NOTICES, WEB_LANE_METRICS, WEB_LANES } web_lane_t;

// Whom it is asked of.
typedef enum {
    WEB_DOOR_PAYMENT,
    WEB_DOOR_LEDGER,
    WEB_DOOR_AUTOPAY,
    WEB_DOOR_METERING,
    WEB_DOOR_DOCUMENTS,
    WEB_DOOR_NOTIFY,
    WEB_DOOR_LEDGER_REPLAY,
    WEB_DOOR_AUTOPAY_REPLAY,
    WEB_DOOR_METERING_REPLAY,
    WEB_DOOR_PAYMENT_REPLAY,
    WEB_DOOR_NOTIFY_REPLAY,
    WEB_DOOR_DOCUMENTS_IMPORT,
    WEB_DOOR_METERING_FEED,
    WEB_DOORS
} web_door_id_t;

typedef struct web_mailbox web_mailbox_t;

typedef struct web_question {
    struct web_question *next; // in a mailbox
    // the asking side's
    web_mailbox_t *reply_to; // where it is put with its answer
    void *context;           // who asks
    web_lane_t lane;
    web_door_id_t door;
    request_type_t type;
    uint64_t number;
    int64_t deadline_ms; // monotonic, as are the next
    uint8_t *frame;      // the request as it goes out
    size_t frame_size;
    int64_t due_ms, pause_ms; // when it goes out (again), and how long after that
    // what came back
    fail_t fail; // of the asking, or else of the answer
    answer_t answer;
    feed_answer_t pushed; // of a batch, instead
    bool pushes;
    uint8_t *answered; // the answer's frame
} web_question_t;

// Writes the request under that number; the caller sets the rest.
fail_t web_question_write(web_question_t *self, request_t *request, uint64_t number);
// The same of a batch for a feed's door.
fail_t web_question_write_batch(web_question_t *self, feed_batch_t *batch, uint64_t number);
// Keeps a frame that answers it.
void web_question_answer(web_question_t *self, const void *frame, size_t size);
void web_question_clear(web_question_t *self);
