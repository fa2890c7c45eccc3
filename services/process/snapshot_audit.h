#pragma once
// snapshot_audit - holds a process's newest snapshot against its journal: the state that a start
// makes from the snapshot and the events behind it, and the state that all events make without
// any, are saved and must be the same bytes.
//
// It may run beside the process: it only reads, as of one moment of the journal, and takes no
// term. It takes as much memory as the process's state, and as long as a start without snapshots.
//
// It prints one line, a JSON object:
//     {"process":"ledger","snapshot":4194304,"last":4199000,"bytes":812034,"same":true}
// and where there is nothing to check
//     {"process":"ledger","snapshot":0,"last":4199000,"why":"no snapshot fits"}
// What was passed over, and why, stands in the log.
//
// Returns the process's exit status: EX_OK if they are the same, EX_DATAERR if they differ or the
// journal does not hold what it says, EX_NOINPUT if no snapshot fits, EX_IOERR if the journal
// cannot be read. Threads: one.
#include "proto/core.h"
#include "services/process/settings.h"

int snapshot_audit(const settings_t *settings, const core_t *core, const void *core_settings);
