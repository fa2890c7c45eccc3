#pragma once
// metering_query_minutes - a line opened: which minutes of an hour each replica of a resource is
// billed for, under which tariff version, which minutes wait, and the lines that charged them.
//
// It tells of what the state remembers: the last WINDOW_HOURS closed hours and those that are open,
// so a question costs what the resource has replicas, however long the journal is. Older hours are
// told from the journal (`kopeck minutes --offline`), by the same function over the state of then.
// Example: two replicas ran from 10:00 on, one of them to 10:30. At 11:02 there are a row of 60 and
// one of 30 minutes; at 10:10 there are two, with minutes that wait.
//
// Lines: those of late minutes and of deletions, and each that something was given back of, are
// remembered. That of the hour's closing is recalled from the journal, one a question: with a kind
// and a version. Ownership: the answer's rows lie in the question's scratch. Threads: one.
// Failures: FAIL_EXPIRED for an hour that is not remembered, FAIL_MISSING for a resource that is
// not known or is another account's, FAIL_INVALID for what is no hour, FAIL_LATER with a wish.
// Source: docs/rules.md "The minutes of a line".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

fail_t query_minutes(const metering_state_t *self, const request_minutes_t *request, query_t *out);
