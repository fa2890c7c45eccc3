#pragma once
// light - whether the process can do its whole job now, told by its log and its supervisor: each
// alarm that begins or is over is one line, and systemd shows the first one beside the unit.
//
// The node raises what it knows (node_light.h), the shell the rest, into `own` between light_begin
// and light_end; the status answers with both. Failures: none. Threads: the shell's.
#include "services/node/node.h"
#include "services/process/claims.h"
#include "services/process/security/authenticator.h"

typedef struct {
    alarms_t own;                    // what the shell raises
    alarms_t told_own, told_of_node; // as it was logged
    outside_health_t outside;        // as it was logged
    char shown[256];                 // by the supervisor
} light_t;

void light_begin(light_t *self);
void light_raise(light_t *self, alarm_t code, const char *about);
// Each certificate's file that is not taken; each door whose file is not ours any more.
void light_certificates(light_t *self, authenticator_t *authenticator);
void light_doors(light_t *self, const claims_t *claims);
void light_end(light_t *self, node_t *node);
