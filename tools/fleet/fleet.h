#pragma once
// fleet - one platform's processes on this machine: every line of proto/services.def and the
// stand-in of Robokassa, started from the programs beside ours, watched, started again, stopped.
//
// Nothing runs by itself: fleet_tend looks who has ended and starts him again, and whoever owns the
// fleet calls it while he waits (driver_options_t.tend). A process that ends unasked is started
// after 50 ms, doubling to 2 s as long as it does not become ready. The kernel kills every process
// of ours when we die, however we die; journals are made for that.
//
// Units: milliseconds. Ownership: a client is the caller's. Failures: false and the reason in
// `error`. Threads: the one that made it, for the kernel ties the children to it.
#include "services/process/client.h"
#include "tools/fleet/fleet_place.h"

enum { FLEET_BACKOFF_MIN_MS = 50, FLEET_BACKOFF_MAX_MS = 2000, FLEET_GRACE_MS = 30000 };

typedef struct fleet fleet_t;

// Makes the run's directory, keys and configuration; starts nothing. NULL and the reason.
fleet_t *fleet_new(const fleet_options_t *options, char error[FLEET_ERROR_MAX]);
void fleet_destroy(fleet_t **self_p); // stops what runs

// Starts every process and waits until each is ready, or a blocked SIGTERM or SIGINT is pending.
bool fleet_start(fleet_t *self, int timeout_ms, char error[FLEET_ERROR_MAX]);
void fleet_tend(fleet_t *self);
// SIGKILL; the next fleet_tend starts it again at once. False if it was not running.
bool fleet_kill(fleet_t *self, fleet_process_t process);
// A held process is killed and stays down until it is released.
void fleet_hold(fleet_t *self, fleet_process_t process, bool held);
// SIGTERM to all, web and stand-in first; SIGKILL to who has not ended within the grace.
void fleet_stop(fleet_t *self);

bool fleet_is_ready(const fleet_t *self, fleet_process_t process);
bool fleet_all_ready(const fleet_t *self);
unsigned fleet_starts(const fleet_t *self, fleet_process_t process); // so far
pid_t fleet_pid(const fleet_t *self, fleet_process_t process);       // 0 while it does not run

const fleet_place_t *fleet_place(const fleet_t *self);
// Where the stand-in and web answer HTTP: "http://127.0.0.1:PORT".
const char *fleet_url(const fleet_t *self, fleet_process_t process);
// A client of one with a journal, with the certificate of "operator", "platform", ...
client_t *fleet_client(fleet_t *self, fleet_process_t process, client_door_t door,
                       const char *certificate, char error[FLEET_ERROR_MAX]);
