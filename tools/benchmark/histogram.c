#include "tools/benchmark/histogram.h"

enum { SUB = 1 << HISTOGRAM_BITS };

// Values below SUB have a bucket each; above, a bucket is a power of two and HISTOGRAM_BITS more.
static unsigned bucket_of(uint64_t ns)
{
    if (ns < SUB)
        return (unsigned)ns;
    unsigned shift = (unsigned)(63 - __builtin_clzll(ns)) - HISTOGRAM_BITS;
    return (shift << HISTOGRAM_BITS) + (unsigned)(ns >> shift);
}

static uint64_t last_of(unsigned bucket)
{
    if (bucket < 2 * SUB)
        return bucket;
    unsigned shift = (bucket >> HISTOGRAM_BITS) - 1;
    uint64_t top = (bucket & (SUB - 1)) + SUB;
    return ((top + 1) << shift) - 1;
}

void histogram_add(histogram_t *self, uint64_t ns)
{
    self->counts[bucket_of(ns)]++;
    self->total++;
}

uint64_t histogram_at(const histogram_t *self, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)self->total + 0.5), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS && self->total; i++) {
        seen += self->counts[i];
        if (seen && seen >= wanted)
            return last_of(i);
    }
    return 0;
}
