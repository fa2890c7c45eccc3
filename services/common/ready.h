#pragma once
// ready - tells the outside that every door is open and the boot event is durable: a file, and the
// supervisor if it asked ($NOTIFY_SOCKET, sd_notify(3)).
// Failures: none that matter; nobody's start depends on it. Threads: one.
#include <stdint.h>

void ready_tell(const char *file); // "" for no file
// Called at each turn of the loop with the monotonic clock: a supervisor that watches
// ($WATCHDOG_USEC) hears of it at twice the pace it asks for.
void ready_alive(int64_t now_ms);
void ready_end(const char *file);
