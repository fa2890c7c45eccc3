#pragma once
// desk_commands - the one table of what an operator can do at his desk. A new command is a row.
//
// Ownership: rows are static. Failures: NULL. Threads: any.
#include "tools/desk/desk_command.h"

const desk_command_t *desk_commands_find(const char *name);
const desk_command_t *desk_commands_at(size_t index); // NULL past the last
