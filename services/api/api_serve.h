#pragma once
// api_serve - which operation a request to /api/v1 is, whether its key may, and what its parameters
// say; then the operation's step.
//
// Ownership, failures, threads: as api_call.h. Source: docs/api.md.
#include "services/api/api_call.h"

// Of the listener: /api/v1/…, /health, /metrics, and a problem for all else.
web_route_find_fn api_serve_find;
web_step_fn api_serve;

// Whether a path is the operation's; its parameters go into ret_values, in order.
bool api_path_is(const char *pattern, const char *path, span_t ret_values[2]);
