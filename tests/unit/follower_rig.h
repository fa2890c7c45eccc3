#pragma once
// follower_rig - a follower of the ledger, as the tests begin with it.
#include "services/node/follower.h"

enum { POLL_US = 1500 * 1000, TERM = 4 };
#define NOW (10 * SECOND_US)

// A follower of facts that has taken `sequence` in and asked nothing.
static inline follower_t at(uint64_t sequence)
{
    follower_t self;
    follower_init(&self, STREAM_LEDGER, FOLLOWER_FACTS, POLL_US);
    self.cursor.epoch = 1;
    self.cursor.sequence = self.announced = sequence;
    self.cursor.leaf.bytes[0] = (uint8_t)sequence;
    self.heard = NOW;
    return self;
}
