#pragma once
// shell_rig - real processes around a core that only counts: one directory with certificates,
// config files, journals and ipc endpoints, and what starts, asks, ends and kills the processes in
// it.
//
// The test program is its own server: `test_shell serve CONFIG SERVICE` runs the shell and exits
// with its status, so a SIGKILL hits a whole process.
// Failures: cmocka's assertions. Threads: one.
#include "services/process/client.h"
#include "services/node/node.h"
#include <sys/types.h>

typedef struct {
    char directory[64];
    zcert_t *operator_cert, *service_cert;
    char key[2][41]; // of the processes
} rig_t;

// A posting of this much makes the counter's authenticator die.
#define RIG_LETHAL_AMOUNT 666

typedef enum { RIG_COUNTER, RIG_FOLLOWER } rig_service_t;

extern const core_t counter_core, follower_core;

void rig_init(rig_t *self, const char *live_feed, const char *clock, int disk_percent);
void rig_release(rig_t *self);
pid_t rig_start(rig_t *self, rig_service_t service);
int rig_end(pid_t pid, int signal); // waits; the exit status, or -signal
client_t *rig_client(rig_t *self, rig_service_t service, client_door_t door, zcert_t *own);
int rig_serve(const char *config_file, const char *service); // in the process itself
uint64_t rig_status_last(client_t *client);
uint64_t rig_counter(client_t *client, const char *name); // of the status; 0 if it has none
