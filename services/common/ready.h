#pragma once
// ready - tells the outside that every door is open and the boot event is durable: a file, and the
// supervisor if it asked ($NOTIFY_SOCKET, sd_notify(3)).
// Failures: none that matter; nobody's start depends on it. Threads: one.
#include <stdbool.h>

void ready_tell(const char *file); // "" for no file
void ready_end(const char *file);
