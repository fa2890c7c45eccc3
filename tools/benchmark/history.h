#pragma once
// history - the ledger's journal read back in this process, after its own process has ended: to
// balances, and with every hash checked.
//
// Failures: the program ends; a journal that does not come to its own root is no history.
#include "tools/benchmark/bench_rig.h"

typedef struct {
    uint64_t events, bytes; // bytes on disk
    double replay_per_second, verify_per_second;
} history_t;

void history_measure(const bench_rig_t *rig, history_t *ret_history);
