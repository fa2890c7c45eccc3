#pragma once
// verifier - asks `kopeck verify`, the program beside ours, to recompute everything from the
// journals of a running fleet.
// Threads: one.
#include "tools/fleet/fleet.h"

typedef enum { VERIFIER_PASSED, VERIFIER_FAILED, VERIFIER_ABSENT } verifier_result_t;

// Its JSON goes to the file `path`, what it says meanwhile to our stderr.
verifier_result_t verifier_run(const fleet_t *fleet, const char *path);
const char *verifier_name(verifier_result_t result);
