#pragma once
// page_period - which postings the details show: side, period and the head they are true at, as the
// query of the page and of its files says.
//
// Units: instants; `to` is exclusive. Ownership: texts borrow from the visit. Failures: the wrong
// ones are marked. Threads: as web_visit.h. Source: docs/rules.md "Month" for Moscow.
#include "services/web/web_visit.h"

enum { CLOCK_TEXT_SIZE = 17 };

typedef struct {
    uint64_t side; // statement_side
    const char *side_name;
    instant_t from, to;
    uint64_t at, head; // 0: not given
    bool from_wrong, to_wrong, order_wrong;
    char from_text[256], to_text[256]; // as typed, or as it is written
} page_period_t;

// `now` is the ledger's, for what is not given. False for a query that no page of ours has.
bool page_period_read(const web_visit_t *visit, instant_t now, page_period_t *ret_period);
bool page_period_is_wrong(const page_period_t *self);
