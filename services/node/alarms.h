#pragma once
// alarms - what keeps a process from doing its whole job now, each with what it is about and since
// when. None stands: its light is green.
//
// It is a value that is looked through again and again. What is raised in a look stands; what is
// not raised again in the next look is over. Example: a look raises ALARM_SILENT about `ledger`,
// and so do the next hundred looks; that is one alarm with the first look's time. Then the ledger
// is heard, the look does not raise it, and it is gone. Whoever tells of alarms keeps a copy of
// what he told, and alarms_tell says each change to him once.
//
// Units: microseconds of the wall clock. Ownership: plain. Failures: none; what is raised beyond
// ALARMS_MAX at a time is left out. Threads: one.
#include "proto/codes.h"
#include "proto/wire.h"

enum { ALARMS_MAX = 24, ALARM_ABOUT_MAX = 191 };

typedef struct {
    alarm_t code;
    char about[ALARM_ABOUT_MAX + 1]; // which peer, stream, file or number; empty if there is one
    instant_t since;
    bool raised; // in the look that is open
} alarm_row_t;

typedef struct {
    alarm_row_t rows[ALARMS_MAX]; // in the order in which they came
    size_t count;
} alarms_t;

void alarms_begin(alarms_t *self); // of a look
void alarms_raise(alarms_t *self, alarm_t code, const char *about, instant_t now);
void alarms_end(alarms_t *self);
const alarm_row_t *alarms_find(const alarms_t *self, alarm_t code); // the first; NULL if none

// Between two looks: says what began and what is over since `told`, which then is as `self`.
typedef void alarms_tell_fn(void *arg, const alarm_row_t *row, bool begins);
void alarms_tell(const alarms_t *self, alarms_t *told, alarms_tell_fn *tell, void *arg);

// Rows [code, about, since] into an array that is open.
void alarms_pack(const alarms_t *self, pack_t *out);
