#pragma once
// status_read - what stands in a status answer as lists: counters, which are lines `name value`,
// and alarms, which say what keeps the process from its whole job.
//
// Ownership: what is read is borrowed from the answer. Failures: what is malformed ends the list
// with `left` not 0, for that is no green light; an older process has no alarms. Threads: one.
#include "proto/request.h"

// False at the end. `left` begins as the answer's counters.
bool status_next_counter(text_t *left, text_t *ret_name, text_t *ret_value);
bool status_find_counter(text_t counters, const char *wanted, uint64_t *ret_value);

typedef struct {
    uint64_t code; // alarm_t
    text_t about;
    instant_t since;
} status_alarm_t;

typedef struct {
    wire_t wire;
    uint32_t left; // alarms not yet read
} status_alarms_t;

void status_alarms_begin(const answer_status_t *status, status_alarms_t *ret_list);
bool status_next_alarm(status_alarms_t *list, status_alarm_t *ret_alarm);
// Its meaning, or that a newer process has it; then what it is about.
void status_alarm_text(const status_alarm_t *alarm, char *out, size_t cap);
// All of them, "the clock is doubted: nothing is judged; …", and how many.
size_t status_alarms_text(const answer_status_t *status, char *out, size_t cap);
