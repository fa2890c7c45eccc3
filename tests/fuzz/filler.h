#pragma once
// filler - makes requests and events out of a fuzzer's bytes: fields of the tables in proto/*.def,
// with values from small pools, so that accounts, invoices and tariffs meet each other again, and
// now and then any value at all.
//
// Ownership: texts and bytes borrow from the source. Failures: none; a source that is used up gives
// zeros. Threads: none.
#include "proto/event.h"
#include "proto/request.h"

typedef struct {
    const uint8_t *next, *end;
    instant_t now;
    uint64_t remembered; // a number that was seen in an answer or a journal: an invoice, a sequence
} filler_t;

enum { FILLER_UIDS = 8 }; // zero, system accounts, customers

uint8_t filler_byte(filler_t *self);
uint64_t filler_number(filler_t *self);
instant_t filler_time(filler_t *self);
uid_t16 filler_uid(unsigned index); // of the pool
bytes_t filler_bytes(filler_t *self);

// Any request or event of the tables; an id of a command is one of a few, made near `now`.
void filler_request(filler_t *self, request_t *ret_request);
void filler_event(filler_t *self, event_type_t type, event_t *ret_event);
// An event type of the table.
event_type_t filler_type(filler_t *self);
