#pragma once
// fleet_drive - the driven clock of a fleet in the hands of another program: it writes a line, time
// moves, and the answer is a line.
//
//   to MICROSECONDS   goes there by way of every wake-up and comes to rest   at MICROSECONDS
//   settle            comes to rest at the present instant                   at MICROSECONDS
//   counters          what it took so far           settles N moves N rounds N unanswered N
//
// A line that cannot be carried out is answered with "failed WHY". With a grid, wake-ups are met at
// its next instant and no earlier: many that lie close together become one stop, and whatever is
// stamped is stamped there.
//
// Ownership: the driver's clients are the drive's, the fleet the caller's. Threads: one.
#include "tools/driver/driver.h"
#include "tools/fleet/fleet.h"

typedef struct fleet_drive fleet_drive_t;

// NULL and the reason. grid_us 0 is none.
fleet_drive_t *fleet_drive_new(fleet_t *fleet, instant_t grid_us, char error[FLEET_ERROR_MAX]);
void fleet_drive_destroy(fleet_drive_t **self_p);

// Takes what stands at `input` and answers whole lines at `out`. False at its end.
bool fleet_drive_take(fleet_drive_t *self, int input, FILE *out);
