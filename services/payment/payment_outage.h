#pragma once
// payment_outage - whether Robokassa answers at all, by what became of the last requests.
//
// An outage begins when two requests in a row, or more, got no answer and a minute has gone by
// since the first of them: one that is lost is none. It ends with the first answer. An error of the
// server's own (5xx) is no answer. Where nothing is asked, nothing is known.
//
// It is work in hand: no journal remembers it, and after a restart it is found again. Units:
// microseconds. Failures: none. Threads: one.
#include "proto/core.h"

#define PAYMENT_OUTAGE_US MINUTE_US // from the first request without an answer
enum { PAYMENT_OUTAGE_REQUESTS = 2 };

typedef struct {
    outside_health_t health; // of the last outage: what is told
    instant_t first;         // of the requests without an answer since the last answer; 0: none
    uint64_t unanswered;     // how many these are
} payment_outage_t;

// A request came back.
void payment_outage_note(payment_outage_t *self, const result_t *result, instant_t now);
// A top-up was given up. Was it for want of an answer? Then it counts.
void payment_outage_give_up(payment_outage_t *self);
