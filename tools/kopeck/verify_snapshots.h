#pragma once
// verify_snapshots - asks the program of each process whose configuration lies in a directory
// (kopeck-NAME.cfg, or NAME.cfg) to hold its newest snapshot against its
// journal: only that program has the state's shape (services/process/snapshot_audit.h). The
// programs lie beside this one.
//
// One row a process is printed. Returns EX_OK if every snapshot that fits is what its journal comes
// to, also where there is none; EX_VIOLATED's number (command.h) if one is not, else the first
// failure of a program; EX_NOINPUT if the directory has no such configuration. Threads: one.
#include <stdbool.h>

int verify_snapshots(const char *directory, bool json);
