#pragma once
// refused - connections that came to nothing since the start: they are counted, and logged as often
// as the owner asks.
//
// Ownership: nothing. Failures: none. Threads: the loop's.
#include "services/process/doors.h"
#include "services/process/reader_thread.h"

typedef struct {
    uint64_t strangers, malformed, unfinished; // unknown keys; handshakes
} refused_t;

// By now, at all doors.
refused_t refused_count(security_t *security, const reader_thread_t *replay, doors_t *doors);
// One line of the log of what is new since `told`.
void refused_tell(refused_t *told, const refused_t *now);
