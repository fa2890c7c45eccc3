#pragma once
// api_settings - what kopeck-api is told by its configuration.
//
// Besides process/name, process/log, process/ready_file, process/sandbox, limits/memory_mib and
// certificates/secret (config.h) it reads:
//
//   api/listen               ADDRESS:PORT, IPv4; 127.0.0.1:8090
//   api/port_file            where the port is written once it is open; none
//   api/connections          at most so many at once, 256
//   api/keys                 the file of keys, made by `kopeck api key`; read again at a SIGHUP
//   NAME/command             the command door of ledger, payment, autopay, metering, notify
//   NAME/certificate         its public certificate file
//   NAME/replay              the replay door of ledger, autopay, metering
//   usage/feed               metering's feed door; none: usage is not taken
//   usage/secret             the certificate under which it is pushed, of the role platform, which
//                            names its producers
//
// Ownership: texts borrow from the config. Failures: noted in the config; ask config_check
// afterwards. Threads: any, once filled.
#include "services/process/claims.h"
#include "services/process/config.h"
#include "services/process/security/sandbox.h"
#include "services/web/web_listener.h"

typedef struct {
    const char *file; // of the configuration
    int log_level;
    const char *ready_file, *secret, *keys;
    unsigned memory_mib;
    sandbox_mode_t sandbox;
    web_door_t doors[WEB_DOORS];
    web_listener_settings_t listener;
} api_settings_t;

void api_settings_read(config_t *config, api_settings_t *ret_settings);
bool api_settings_claim(const api_settings_t *self, claims_t *claims, char *error,
                        size_t error_size);
bool api_settings_confine(const api_settings_t *self);
