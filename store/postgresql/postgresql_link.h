#pragma once
// postgresql_link - a connection to the server of a journal: where it is, what a session of ours
// is like, parameters and answers in binary. Only store/postgresql includes this.
//
// Ownership  A link is its opener's until postgresql_close. Results are freed with PQclear.
// Failures   FAIL_MISSING (no such place, table or schema), FAIL_CONFIG (what `connection` says),
//            FAIL_FULL (the server's disk), FAIL_STORE (all else), with a text in `why`.
// Threads    One at a time.
#include "store/journal.h"
#include <libpq-fe.h>

enum {
    POSTGRESQL_CONNECTION_MAX = 4096,
    POSTGRESQL_SCHEMA_MAX = 64, // PostgreSQL's names are shorter
    POSTGRESQL_PARAMETERS_MAX = 10
};

// Where a journal is.
typedef struct {
    char directory[JOURNAL_PLACE_MAX];
    char connection[POSTGRESQL_CONNECTION_MAX]; // libpq's part of it
    char schema[POSTGRESQL_SCHEMA_MAX];
} postgresql_place_t;

// `why` of these is JOURNAL_WHY_MAX bytes.
fail_t postgresql_place(const char *directory, postgresql_place_t *ret_place, char *why);
// The doors of its servers that are on a network, as tcp://HOST:PORT with spaces between.
fail_t postgresql_peers(const postgresql_place_t *place, char *out, size_t cap, char *why);

typedef struct {
    PGconn *connection;
    char *why;   // of its owner: what the last failure found
    bool warned; // the server had doubts about the statement
} postgresql_link_t;

// With `writes` only a server that takes writes will do, else any, and nothing can be changed.
// `beside` (NULL: none) is a link to the very server that is wanted: of several, another one may be
// behind it.
fail_t postgresql_open(const postgresql_place_t *place, bool writes,
                       const postgresql_link_t *beside, char *why, postgresql_link_t *ret_link);
void postgresql_close(postgresql_link_t *self);

// Runs statements without parameters, as one transaction. ret_result may be NULL.
fail_t postgresql_run(postgresql_link_t *self, const char *sql, PGresult **ret_result);
fail_t postgresql_prepare(postgresql_link_t *self, const char *name, const char *sql);

// What a prepared statement is given, in the order of $1, $2, ... It borrows the bytes.
typedef struct {
    const char *values[POSTGRESQL_PARAMETERS_MAX];
    int sizes[POSTGRESQL_PARAMETERS_MAX];
    uint64_t numbers[POSTGRESQL_PARAMETERS_MAX];
    int count;
} postgresql_parameters_t;

void postgresql_give_number(postgresql_parameters_t *self, uint64_t number); // bigint
void postgresql_give_bytes(postgresql_parameters_t *self, const void *data, size_t size);

// Runs it alone, to the end of its transaction: on FAIL_NONE that is committed.
fail_t postgresql_ask(postgresql_link_t *self, const char *name,
                      const postgresql_parameters_t *given, PGresult **ret_result);

uint64_t postgresql_number(const PGresult *result, int row, int column); // of bigint, 0 for null
bytes_t postgresql_bytes(const PGresult *result, int row, int column);

// A one-dimensional array in binary, of elements of one type.
typedef struct {
    uint8_t *bytes;
    size_t size, cap;
    uint32_t count;
} postgresql_array_t;

typedef enum {
    POSTGRESQL_BYTEA = 17,
    POSTGRESQL_BIGINT = 20,
    POSTGRESQL_SMALLINT = 21,
    POSTGRESQL_INTEGER = 23,
    POSTGRESQL_UUID = 2950
} postgresql_type_t; // numbers of the catalogue pg_type, the same everywhere

// Empty, of that type; what memory it has is used again. False from any of these if there is none.
bool postgresql_array_begin(postgresql_array_t *self, postgresql_type_t type);
bool postgresql_array_add(postgresql_array_t *self, const void *data, size_t size);
bool postgresql_array_add_number(postgresql_array_t *self, uint64_t number, size_t size);
void postgresql_array_release(postgresql_array_t *self);
void postgresql_give_array(postgresql_parameters_t *self, postgresql_array_t *array);
