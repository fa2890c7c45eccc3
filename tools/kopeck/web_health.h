#pragma once
// web_health - whether the HTTP face serves, asked at its own listeners as a browser would: GET
// /health, which also says whether payment answers it, and, where notices have a listener of their
// own, whether that one answers at all.
//
// Units: milliseconds. Failures: an exit status, and why. Threads: one; waits for both at most
// `wait_ms` each.
#include "services/process/config.h"
#include <stddef.h>

enum { WEB_HEALTH_WHY_MAX = 256 };

// EX_OK; EX_TEMPFAIL if it says that it cannot do its job; EX_UNAVAILABLE if it does not answer;
// EX_CONFIG.
int web_health_ask(config_t *config, int wait_ms, char ret_why[WEB_HEALTH_WHY_MAX]);
