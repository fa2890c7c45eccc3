#pragma once
// histogram - latencies counted in buckets that grow with what they count: 32 to each doubling, so
// a percentile is exact to 3 % from a microsecond to hours, in 10 KiB, however many were counted.
//
// Units: nanoseconds. Threads: one.
#include <stdint.h>

enum { HISTOGRAM_BITS = 5, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

typedef struct {
    uint64_t total, counts[HISTOGRAM_BUCKETS];
} histogram_t;

void histogram_add(histogram_t *self, uint64_t ns);
// The value that `share` (0 to 1) of all are at or below; 0 if nothing was counted.
uint64_t histogram_at(const histogram_t *self, double share);
