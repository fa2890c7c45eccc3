#pragma once
// metering_decide_count - what metering decides on usage that is counted: samples of disks, tokens
// of requests.
//
// Of several samples of an hour the greatest holds: what is more than was known is written down,
// and billed as late if the hour is closed. So the order in which they come does not matter. An
// hour has one rate, the one under which something was first known of it; a sample under another
// one is refused with FAIL_BILLED. A request counts once, whoever tells of it and how often; told
// with other numbers it is refused with FAIL_CONFLICT. What one hour has no room for, 2^32 tokens
// of a meter, is FAIL_LIMIT. Older than the policy's `late` is no refusal but usage.expired.
// Failures: as results of items only. Threads: one.
// Source: docs/rules.md "Files beyond the quota", "Tokens".
#include "services/metering/metering_batch.h"

fail_t count_disk(batch_t *b, const event_t *item);
fail_t count_tokens(batch_t *b, const event_t *item);
