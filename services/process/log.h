#pragma once
// log - one line per message on stderr: time, level, message, then key=value pairs.
//
//     log_warn("stream is silent", "stream", "2", "silent_ms", log_number(3120));
//     2026-01-01T00:00:00.000000Z warn "stream is silent" stream=2 silent_ms=3120
//
// Values with spaces, quotes or control characters are quoted and escaped, so a line is a line
// whatever a peer made us print. No secret and no personal data is ever passed in here.
//
// Nobody ever waits for whoever reads the log: a line that finds no room is dropped and counted,
// and the count is a line of its own once there is room again, before anything else.
// Ownership: nothing is kept. Failures: log_lost. Threads: any; a line is one write.
#include <stdbool.h>
#include <stdint.h>

typedef enum { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR } log_level_t;

enum { LOG_LINE_MAX = 2048 }; // a longer line is cut

// First thing of a process, before the sandbox: a pipe or terminal on stderr is opened anew, so
// that what waits for it is nobody else's choice, and descriptors 0 to 2 are never a socket's by
// chance.
void log_begin(void);
// How many lines were dropped and not yet told of. log_retry tries to tell; for a process that has
// nothing to say.
uint64_t log_lost(void);
void log_retry(void);

void log_set_level(log_level_t level);  // of the process; LOG_LEVEL_INFO to begin with
const char *log_number(uint64_t value); // text for a pair; 16 of them live at once per thread
const char *log_signed(int64_t value);  // the same
void log_line(log_level_t level, const char *message, ...); // pairs of const char *, then NULL

#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__, (const char *)0)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__, (const char *)0)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__, (const char *)0)
#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__, (const char *)0)
