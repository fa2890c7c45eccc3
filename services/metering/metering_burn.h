#pragma once
// metering_burn - what an account's open meters burn now, and what of it is not posted yet: the
// answer to `meters`, from which a forecast is made (services/forecast).
//
// For each meter that burns or has something to post, a row of carry units (proto/money.h):
//   burn     a minute of its replicas that run now, at today's prices
//   carry    below one kopeck, from lines before
//   due      fresh minutes of hours that have ended: late ones, and those of hours not closed yet
//   accrued  fresh minutes of the hour that runs, up to now
// Example: one replica of `nachalny` since 10:58:00, asked at 11:00:30, before the hour from 10 is
// posted: due is two minutes, accrued one (11:00), and burn is one. What is `due` is posted with
// the closing of its hour, what is `accrued` and burns on at the next hour's end. The first
// BURN_ROWS meters have a row each; all others are added up in one more.
//
// Cost: the account's busy replicas, times the hours that are not closed. Ownership: writes into
// the query's scratch. Failures: FAIL_UNKNOWN_ACCOUNT. Threads: one. Source: docs/rules.md
// "Forecast".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

enum { BURN_ROWS = 256 };

// What the hour cost that was charged last is kept beside, for who follows metering's stream and
// fetches it as a table: [number, account, start of that hour, units, sequence of its last line, of
// its last line of a kopeck, start of the last closed hour]. Accounts without a line are left out.
void burn_note_line(metering_account_t *account, const event_usage_charged_t *line,
                    uint64_t sequence);
uint64_t burn_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count);

fail_t burn_query(const metering_state_t *self, const uid_t16 *account, query_t *out);
