#pragma once
// explain_history - what payment's journal says of one payment and its refunds before an event that
// names them: how money that came, a receipt or a refund came to be so.
//
// The journal is read from its first event, so it costs what the journal is long. Ownership: the
// source is made and ended here. Failures: an exit status, after the reason was said on stderr.
// Threads: one.
#include "tools/kopeck/session.h"
#include "proto/event.h"

typedef void explain_history_fn(void *arg, uint64_t sequence, const event_t *event);

// Calls `visit` for each event of payment's journal, up to `about`'s instant, that names the
// payment or the refund which `about` names; for none if it names none. `own`: its sequence, if it
// is of that journal, and what stands before it is meant; else 0. Live with directory NULL.
int explain_history(session_t *session, const char *directory, const event_t *about, uint64_t own,
                    explain_history_fn *visit, void *arg);
