#pragma once
// reckoning - what a run came to, computed from the journals alone by reading the streams from
// their first event, and compared with what the processes and the stand-in of Robokassa answer.
//
// Units: kopecks. Ownership: plain data. Failures: false and the first thing that does not agree.
// Threads: one.
#include "tools/driver/driver_sim.h"
#include "tools/fleet/fleet.h"
#include "tools/tracing/reckoning_sums.h"

bool reckoning_make(fleet_t *fleet, driver_sim_t *sim, reckoning_t *ret_reckoning,
                    char error[RECKONING_ERROR_MAX]);
