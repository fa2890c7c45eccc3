#pragma once
// postgresql_rig - a PostgreSQL server that a test program starts for itself, and places of
// journals in it, each in a schema of its own. Any surprise fails the test.
#include "tests/unit/journal_rig.h"
#include <libpq-fe.h>

// The group's setup and teardown: the server runs between them.
int postgresql_rig_start(void **state);
int postgresql_rig_stop(void **state);

// Makes `directory`, which is there, the place of a new journal; `more` are lines behind the usual.
void postgresql_rig_place(const char *directory, const char *more);
const char *postgresql_rig_schema(void); // of the place that was made last

// A test's setup: rig_home is the place of a new journal. It is opened as asked; why not, says
// postgresql_rig_why.
int postgresql_rig_enter(void **state);
fail_t postgresql_rig_open(bool create, bool read_only, journal_t **ret_journal);
journal_t *postgresql_rig_new(void);
journal_t *postgresql_rig_led(uint64_t *ret_term);
extern char postgresql_rig_why[JOURNAL_WHY_MAX];
enum { POSTGRESQL_RIG_SEGMENT = 1024 }; // events

// Runs a statement as the server's owner; the first value that it returns, "" if there is none. It
// is valid until the next call.
const char *postgresql_rig_run(const char *sql);
const char *postgresql_rig_in_schema(const char *sql); // the same, in the journal's schema
PGconn *postgresql_rig_connect(void);
// A setting of all sessions, the running ones too; NULL takes it back. Waits until it holds.
void postgresql_rig_set(const char *name, const char *value);
