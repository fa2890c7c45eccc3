#pragma once
// progress - a bar on stderr while something long goes on; nothing where stderr is no terminal.
//
// Failures: none. Threads: one.
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *what; // before the bar: "copying ledger"
    const char *unit; // behind it: "events"
    bool shown;       // progress_begin looks at stderr
    int64_t next_ms;  // monotonic; not drawn again before
} progress_t;

progress_t progress_begin(const char *what, const char *unit);
void progress_show(progress_t *self, uint64_t done, uint64_t all);
void progress_end(progress_t *self, uint64_t done, uint64_t all); // and a new line
