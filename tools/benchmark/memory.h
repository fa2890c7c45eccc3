#pragma once
// memory - what a service's state takes for a number of accounts, measured by filling its real core
// in a process of its own, which does nothing else: through decide and apply, without journal and
// sockets. What the shell adds around it, some MB, is in the ledger's figures.
#include <stdint.h>

// Prints the private memory in kB to standard output; 0, or 64 for a service that is not known.
int memory_print(const char *service, uint32_t accounts);
