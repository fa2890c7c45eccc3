#pragma once
// notify_notice - what a notice says to programs: the JSON of a webhook, and its name.
//
// Example: {"type":"ladder.low","timestamp":"2026-06-01T09:02:00Z","data":{"account":"…","seq":41,
// "step":"low","step_before":"none","balance_kop":9999,…}}, named evt_0.6.1748768520.42 after
// partition, stream, epoch and sequence. `seq` is of the event that is told, so that a receiver can
// drop what is older than what he had.
//
// Pure. Units: kopecks, 1/27648000000 kopeck an hour. Failures: 0, nothing fits.
// Source: docs/rules.md "Notices to contacts".
#include "proto/event.h"

enum { NOTICE_NAME_MAX = 64, NOTICE_BODY_MAX = 4096 };

size_t notify_notice_name(uint64_t epoch, uint64_t notice, char ret_name[NOTICE_NAME_MAX]);
// Of a ladder.moved, a notice.heard or a price.heard, which alone says not whom it is told.
size_t notify_notice_json(const event_t *told, uint64_t sequence, const uid_t16 *account,
                          char ret_body[NOTICE_BODY_MAX]);
// The step as programs read it; "unknown" for one of a newer rule.
const char *notify_notice_step(uint64_t step);
