#pragma once
// delivery - carries the callbacks that are due to the shop, many at a time, and tells the world
// how each ended.
//
// Threads: one; delivery_run never waits. Failures: whatever is not the shop's OK is a delivery
// that was not accepted.
#include "tools/robokassa_sim/sim.h"
#include <curl/curl.h>

#define DELIVERY_MAX 64 // under way at once; more wait their turn

typedef struct delivery delivery_t;

delivery_t *delivery_create(sim_t *sim);
void delivery_destroy(delivery_t **self_p);
void delivery_start(delivery_t *self); // starts what is due
void delivery_run(delivery_t *self);   // moves bytes; takes in what ended
// Waits for the network or for one of `others`.
void delivery_wait(delivery_t *self, struct curl_waitfd *others, unsigned count, int timeout_ms);
