#pragma once
// peer - another store that does the ledger's work beside us: a posting moves an amount between two
// accounts, has a key of its own that cannot be used twice, and is flushed to the disk before it is
// acknowledged. Both accounts are drawn, so that no peer waits for one hot row. Each runs in the
// benchmark's directory, on a local socket, or (SQLite) in this process.
//
// Failures: `start` says why the peer cannot be measured; a failure later ends the program.
#include "tools/benchmark/draws.h"
#include "tools/benchmark/histogram.h"
#include <stddef.h>

enum { PEER_ERROR_MAX = 160, PEER_CLIENTS_MAX = 64, PEER_AMOUNT = 40 };

typedef struct {
    unsigned batch, clients; // postings a transaction; connections with one under way each
    double seconds;
    draws_t *draws;
} peer_row_t;

typedef struct {
    double per_second;
    uint64_t count; // of postings
    histogram_t latency;
} peer_result_t;

typedef struct {
    const char *name;
    unsigned clients_max;
    bool (*start)(const char *directory, uint32_t accounts, char error[PEER_ERROR_MAX]);
    void (*run)(const peer_row_t *row, peer_result_t *ret_result);
    bool (*balances)(void); // the sum over all accounts is zero, all postings are there
    void (*stop)(void);
} peer_t;

extern const peer_t peer_postgres, peer_sqlite, peer_redis;
