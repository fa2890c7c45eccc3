#pragma once
// carry - what a price of 1 for one of what a meter counts is in parts of a kopeck: for a minute of
// a replica, a MiB-minute of files, a token. Threads: any. Failures: none.
// Source: docs/rules.md "Carry", "Files beyond the quota", "Tokens".
#include "proto/codes.h"
#include "proto/money.h"

/*@ assigns \nothing;
  @ ensures \result == CARRY_PER_PRICE_MINUTE || \result == CARRY_PER_PRICE_MIB_MINUTE
  @         || \result == CARRY_PER_PRICE_TOKEN; */
static inline int64_t carry_unit(uint64_t kind)
{
    if (kind == RESOURCE_DISK)
        return CARRY_PER_PRICE_MIB_MINUTE;
    return kind == RESOURCE_INPUT || kind == RESOURCE_OUTPUT ? CARRY_PER_PRICE_TOKEN
                                                             : CARRY_PER_PRICE_MINUTE;
}
