#pragma once
// clocks - the machine's clocks as a node wants them: the wall's, and the time since the machine
// was started with its sleeps, beside a name of that start.
//
// Failures: a machine that names no start gets none (zero): then no start knows that it was not
// started anew. Threads: any.
#include "services/node/node_clock.h"

// To be asked before the sandbox. From the kernel, or from KOPECK_BOOT_ID, which a unit that sees
// no file of the kernel's sets to systemd's %b: 32 digits.
uid_t16 clocks_boot(void);
// Now, by the wall and by the time since that start; `now` is the wall's.
node_clock_t clocks_read(const uid_t16 *boot);
