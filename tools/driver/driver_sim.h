#pragma once
// driver_sim - the stand-in of Robokassa as the driver sees it: its clock, whether it is idle, what
// it captured. One HTTP connection that is kept.
//
// Ownership: a body belongs to the connection until its next call. Failures: false: no answer, or
// not the one expected; ask again. Threads: one.
// Source: tools/robokassa_sim/admin.h.
#include "proto/types.h"

typedef struct {
    bool idle;
    instant_t now, wake; // wake is INT64_MAX if nothing is planned
    int64_t generation;  // grows with every change
} driver_sim_status_t;

typedef struct driver_sim driver_sim_t;

driver_sim_t *driver_sim_new(const char *url);
void driver_sim_destroy(driver_sim_t **self_p);

bool driver_sim_status(driver_sim_t *self, driver_sim_status_t *ret_status);
bool driver_sim_set(driver_sim_t *self, instant_t now, driver_sim_status_t *ret_status);
// GET of an address, or of a path of the stand-in that begins with '/'. Redirects are not followed.
bool driver_sim_get(driver_sim_t *self, const char *address, long *ret_http_status,
                    const char **ret_body);
