#pragma once
// feeder - pushes usage into metering as a platform does: in numbered batches, each sent until it
// is acknowledged, whoever is killed meanwhile.
//
// Ownership: the client is handed over, the driver borrowed: a metering that was started again
// takes nothing before it is told the time. Failures: FAIL_TIMEOUT after FEEDER_PATIENCE_MS without
// an acknowledgement, else what metering refused a batch or an item for. Threads: one.
#include "proto/event.h"
#include "tools/driver/driver.h"

enum { FEEDER_PRODUCER = 101, FEEDER_PATIENCE_MS = 60000 };

typedef struct feeder feeder_t;

// `tend` is called when a batch has left and is not yet acknowledged.
feeder_t *feeder_new(client_t **client_p, driver_t *driver, void (*tend)(void *arg), void *arg);
void feeder_destroy(feeder_t **self_p);

// Sends the events and then says that this is all up to `through`.
fail_t feeder_push(feeder_t *self, const event_t *events, size_t count, instant_t through);
const char *feeder_trouble(const feeder_t *self);
uint64_t feeder_sent(const feeder_t *self);   // items acknowledged
uint64_t feeder_resent(const feeder_t *self); // batches sent again
