#pragma once
// repack - events that come out of one journal in records into another, whose segments may have
// other borders.
//
// Ownership: nothing is kept. Failures: the journal's. Threads: one at a time.
#include "store/journal.h"
#include "store/record.h"

// Appends the events of the walk up to the sequence `to`, which must follow the last one of `into`,
// each record with this head. The walk then stands behind the last one.
fail_t repack_append(journal_t *into, uint64_t term, record_walk_t *walk, uint64_t to,
                     const void *head, size_t head_size);
