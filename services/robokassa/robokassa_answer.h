#pragma once
// robokassa_answer - what Robokassa's answer to the charge of a saved card means.
//
// The format of a refusal is not documented, and a refusal that was none would charge twice. So
// whatever does not say that the charge was refused is `unknown`, and OpStateExt is asked.
//
// Threads    Any.
// Source     docs.robokassa.ru recurring; the page's RoboxContext as the official clients read it.
#include "proto/codes.h"
#include "proto/span.h"
#include <stdint.h>

enum {
    ROBOKASSA_ANSWER_SIZE_MAX = 65536, // what is longer is not read to its end
    ROBOKASSA_ANSWER_GAP_MAX = 32,     // bytes between a word and its code
};

typedef enum {
    ROBOKASSA_ACCEPTED,         // the charge exists; no money yet
    ROBOKASSA_REJECTED,         // refused with a code of Robokassa's table
    ROBOKASSA_REJECTED_UNKNOWN, // some other page
    ROBOKASSA_UNKNOWN,          // nothing follows
} robokassa_outcome_t;

typedef struct {
    robokassa_outcome_t outcome;
    int code; // of ROBOKASSA_REJECTED, else 0
} robokassa_answer_t;

// `http_status` 0 stands for no answer at all. Only 200 says anything, and then neither an OK with
// another number nor an empty page does.
robokassa_answer_t robokassa_answer_read(int http_status, span_t body, int64_t invoice);

// Whether the answer proves that no money will come of this request, so that it may be closed as
// declined. A code that speaks of the request does: the family robokassa_error of proto/codes.def.
// Their own faults do not, nor does 40 (this number is paid already), nor a page that we do not
// know: those are asked about.
bool robokassa_answer_is_refusal(robokassa_answer_t answer);
