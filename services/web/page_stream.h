#pragma once
// page_stream - the balance as server-sent events: GET /balance/stream answers with one event and
// the pause after which a browser asks again by itself, a second.
//
// So a page that is looked at follows its balance without being loaded again, and no connection is
// held: there is nothing to suspend, to time out or to end at a stop, and any number of tabs share
// a browser's few connections. The event's data are two lines as they stand on the page: the
// balance, and its parts. Where the ledger is silent there is no event. An account may ask twice a
// second. Ownership, failures, threads: as web_visit.h. Source: the HTML standard, "Server-sent
// events": what ends is asked for again after `retry`.
#include "services/web/web_visit.h"

web_step_fn page_stream_send;
