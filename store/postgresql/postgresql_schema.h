#pragma once
// postgresql_schema - the tables of a journal: made, and found (journal_postgresql.h has them).
// Only store/postgresql includes this.
#include "store/postgresql/postgresql_link.h"

enum { POSTGRESQL_LAYOUT_VERSION = 1 };

typedef struct {
    uint64_t segment_events, last;
} postgresql_layout_t;

// FAIL_MISSING if there is none, FAIL_VERSION if a newer program made it, FAIL_CORRUPT if its parts
// do not fit together.
fail_t postgresql_schema_find(postgresql_link_t *link, postgresql_layout_t *ret_layout);

// Makes it, in one transaction; it is no failure if somebody else just did.
fail_t postgresql_schema_make(postgresql_link_t *link, const char *schema, uint64_t segment_events);

// Whether what is committed here stays. FAIL_CONFIG and why, if not; else that is kept so for the
// session.
fail_t postgresql_is_durable(postgresql_link_t *link);
