#pragma once
// server - the HTTP side: takes requests in, hands them to the doors, and answers at once, late,
// or not at all.
//
// Threads: one; server_run never waits. Limits: SERVER_CONNECTIONS_MAX connections, bodies of
// FORM_BYTES_MAX bytes, SERVER_HELD_MAX answers held back (beyond that one is answered at once).
#include "tools/robokassa_sim/sim.h"

#define SERVER_CONNECTIONS_MAX 512
#define SERVER_HELD_MAX 256

typedef struct server server_t;

// Listens on the configured address; NULL with the reason on stderr.
server_t *server_create(sim_t *sim);
void server_destroy(server_t **self_p);
unsigned server_port(const server_t *self);
int server_file(const server_t *self); // readable when there is something to do
void server_run(server_t *self);
int server_timeout_ms(const server_t *self); // until server_run must be called; -1: never
