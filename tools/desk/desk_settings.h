#pragma once
// desk_settings - what kopeck-desk is told: where to listen by its command line, who the operator
// is and where the processes are by his kopeck.cfg (tools/kopeck/options.h), which his `kopeck`
// reads too.
//
// Ownership: texts borrow from the command line and the options. Failures: false or an exit status,
// after a line on stderr. Threads: one, at the start.
#include "services/process/claims.h"
#include "services/process/security/sandbox.h"
#include "services/web/web_listener.h"
#include "tools/kopeck/options.h"

typedef struct {
    const char *config_file;                              // NULL: where kopeck looks
    const char *listen, *port_file, *ready_file, *origin; // "" for none, but for listen
    const char *importer; // the secret of another certificate, under which statements are entered
    bool link;            // make a link and end
    bool demo;
    sandbox_mode_t sandbox;
    options_t *options;
    char operator_name[64]; // of his certificate
    web_door_t doors[WEB_DOORS];
    web_listener_settings_t listener;
} desk_settings_t;

// The command line; what is wrong with it is an exit of 64. --help and --version end the program.
bool desk_settings_read(int argc, char **argv, desk_settings_t *ret_settings);
// The configuration behind it. An exit status.
int desk_settings_load(desk_settings_t *self);
void desk_settings_release(desk_settings_t *self);
// "http://127.0.0.1:8099": as browsers on this machine see us, once the port is known.
void desk_settings_url(const desk_settings_t *self, uint16_t port, char ret_url[256]);
bool desk_settings_claim(const desk_settings_t *self, claims_t *claims, char *error, size_t size);
// Behind this only what they name can be reached: before any thread. False: the process must end.
bool desk_settings_confine(const desk_settings_t *self);
