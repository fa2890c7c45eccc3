#pragma once
// fleet_place - one run's directory on disk: keys, passwords, config files, and where every process
// is reached.
//
//   DIR/keys/public/NAME.cert, DIR/keys/secret/NAME.cert_secret   made once, one per process and
//                          one each for operator, auditor, platform and service
//   DIR/secret/NAME        Robokassa's passwords, random, made once, mode 0600
//   DIR/etc/NAME.cfg       of each process, and of `kopeck` for the operator; written anew at every
//                          start
//   DIR/var/NAME           journals
//   DIR/log/NAME.log       what each process says
//   DIR/run/NAME.ready     there while a process serves
//
// A UNIX socket's path holds at most 107 bytes, so where DIR/run is too long for that the sockets
// lie in a fresh directory under /tmp, which fleet_place_close removes.
// Ownership: the place is plain data but for that directory. Failures: false and the reason.
// Threads: one.
#include "proto/types.h"
#include <limits.h>

typedef enum {
    FLEET_METERING,
    FLEET_LEDGER,
    FLEET_PAYMENT,
    FLEET_AUTOPAY,
    FLEET_WEB,
    FLEET_SIM,
    FLEET_PROCESSES
} fleet_process_t;

enum {
    FLEET_ERROR_MAX = 512,
    FLEET_ENDPOINT_MAX = 108,
    FLEET_URL_MAX = 64,
    FLEET_SIM_LINES_MAX = 32
};

typedef struct {
    const char *directory; // made if missing
    bool driven;
    instant_t start; // first instant of the stand-in's driven clock
    bool live_feed;  // false: nobody subscribes, everybody polls the replay doors
    bool tcp;        // else UNIX sockets
    stream_t outbox; // a producer whose outbox metering follows, 0 if usage is pushed
    const char *sim_lines[FLEET_SIM_LINES_MAX]; // further lines of the stand-in's configuration
    size_t sim_lines_count;
} fleet_options_t;

typedef struct {
    char command[FLEET_ENDPOINT_MAX], replay[FLEET_ENDPOINT_MAX], publish[FLEET_ENDPOINT_MAX],
        feed[FLEET_ENDPOINT_MAX];
} fleet_doors_t;

typedef struct {
    char directory[PATH_MAX / 2], sockets[PATH_MAX / 2];
    bool sockets_are_ours;                       // to be removed at the end
    fleet_doors_t doors[FLEET_SIM];              // of metering, ledger, payment and autopay
    fleet_doors_t outbox;                        // where a followed producer shall bind
    char web[FLEET_URL_MAX], sim[FLEET_URL_MAX]; // HOST:PORT
} fleet_place_t;

const char *fleet_place_name(fleet_process_t process); // "metering"

bool fleet_place_open(fleet_place_t *self, const fleet_options_t *options,
                      char error[FLEET_ERROR_MAX]);
void fleet_place_close(fleet_place_t *self);

// The path of a file of the run: fleet_place_path(place, "etc", "ledger", ".cfg", path).
void fleet_place_path(const fleet_place_t *self, const char *folder, const char *name,
                      const char *suffix, char ret_path[PATH_MAX]);
