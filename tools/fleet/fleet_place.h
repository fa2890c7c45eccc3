#pragma once
// fleet_place - one run's directory on disk: keys, passwords, config files, and where every process
// is reached.
//
//   DIR/keys/public/NAME.cert, DIR/keys/secret/NAME.cert_secret   made once, one per process and
//                          one each for operator, deputy (a second operator), auditor, importer,
//                          platform, service and backend
//   DIR/secret/NAME        Robokassa's passwords, random, made once, mode 0600
//   DIR/etc/NAME.cfg       of each process, and of the command line: kopeck.cfg for the operator,
//                          deputy.cfg and importer.cfg; written anew at every start
//   DIR/var/NAME           journals, or how each is reached in a database
//   DIR/log/NAME.log       what each process says
//   DIR/run/NAME.ready     there while a process serves
//   DIR/lock               locked as long as a fleet is there: a second one is refused, for it
//   would
//                          cut the first one off its sockets. The kernel gives it up with the
//                          program
//
// A UNIX socket's path holds at most 107 bytes, so where DIR/run is too long for that the sockets
// lie in a fresh directory under /tmp, which fleet_place_close removes.
// Ownership: the place is plain data but for that directory. Failures: false and the reason.
// Threads: one.
#include "proto/types.h"
#include <limits.h>

// FLEET_METERING and so on, as proto/services.def names them: those with a journal first.
typedef enum {
#define SERVICE(name, NAME, ...) FLEET_##NAME,
#include "proto/services.def"
    FLEET_JOURNALS, // so many, stream by stream; the faces go on from this number
    FLEET_LAST_JOURNAL = FLEET_JOURNALS - 1,
#define FACE(name, NAME, ...) FLEET_##NAME,
#include "proto/services.def"
    FLEET_SIM,
    FLEET_PROCESSES
} fleet_process_t;

enum {
    FLEET_ERROR_MAX = 512,
    FLEET_ENDPOINT_MAX = 108,
    FLEET_URL_MAX = 64,
    FLEET_SIM_LINES_MAX = 32,
    // Small, so that trials and tests meet sealed segments as a long life does.
    FLEET_SEGMENT_EVENTS = 1024
};

typedef struct {
    const char *directory; // made if missing
    bool driven;
    instant_t start;         // first instant of the stand-in's driven clock
    bool live_feed;          // false: nobody subscribes, everybody polls the replay doors
    bool tcp;                // else UNIX sockets
    bool importers;          // the ledger lets the role importer in
    uint64_t segment_events; // of new journals, a power of two; 0 for FLEET_SEGMENT_EVENTS
    const char *database; // journals lie there, each in a schema of its name, as libpq reaches it;
                          // NULL: in LMDB
    stream_t outbox;      // a producer whose outbox metering follows, 0 if usage is pushed
    const char *sim_lines[FLEET_SIM_LINES_MAX]; // further lines of the stand-in's configuration
    size_t sim_lines_count;
    const char *sign_in_url; // of whoever plays the platform; NULL for none
} fleet_options_t;

typedef struct {
    char command[FLEET_ENDPOINT_MAX], replay[FLEET_ENDPOINT_MAX], publish[FLEET_ENDPOINT_MAX],
        feed[FLEET_ENDPOINT_MAX];
} fleet_doors_t;

typedef struct {
    char directory[PATH_MAX / 2], sockets[PATH_MAX / 2];
    bool sockets_are_ours;               // to be removed at the end
    const char *engine;                  // before the place of a journal: "" or a word and a colon
    int lock;                            // of DIR, held open; 0 for none
    fleet_doors_t doors[FLEET_JOURNALS]; // of those with a journal
    fleet_doors_t outbox;                // where a followed producer shall bind
    char web[FLEET_URL_MAX], api[FLEET_URL_MAX], sim[FLEET_URL_MAX]; // HOST:PORT
} fleet_place_t;

const char *fleet_place_name(fleet_process_t process); // "metering"

bool fleet_place_open(fleet_place_t *self, const fleet_options_t *options,
                      char error[FLEET_ERROR_MAX]);
void fleet_place_close(fleet_place_t *self);

// The path of a file of the run: fleet_place_path(place, "etc", "ledger", ".cfg", path).
void fleet_place_path(const fleet_place_t *self, const char *folder, const char *name,
                      const char *suffix, char ret_path[PATH_MAX]);
