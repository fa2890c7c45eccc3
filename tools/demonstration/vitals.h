#pragma once
// vitals - what a process holds: memory and open files, read from /proc.
//
// Units: KiB. `own_kib` is memory of its own (RssAnon); `resident_kib` adds the pages of its files
// that are in memory, so it follows the size of a journal. Failures: false if there is no such
// process. Threads: any.
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    uint64_t resident_kib, own_kib;
    unsigned files;
} vitals_t;

bool vitals_of(pid_t pid, vitals_t *ret_vitals);
