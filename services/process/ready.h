#pragma once
// ready - tells the outside that every door is open and the boot event is durable: a file, and the
// supervisor if it asked ($NOTIFY_SOCKET, sd_notify(3)).
// Failures: ready_tell says whether both were told; nobody's start depends on it, but who waits for
// a file that found no room waits for ever, so it is told again. Threads: one.
#include <stdbool.h>
#include <stdint.h>

// First thing: a file that a killed process left says nothing of this one.
void ready_begin(const char *file);
bool ready_tell(const char *file); // "" for no file
// Called at each turn of the loop with the monotonic clock: a supervisor that watches
// ($WATCHDOG_USEC) hears of it at twice the pace it asks for.
void ready_alive(int64_t now_ms);
void ready_show(const char *text); // one line that the supervisor shows beside the unit
void ready_end(const char *file);
