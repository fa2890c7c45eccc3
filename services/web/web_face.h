#pragma once
// web_face - the life of a face around what it serves: the asker and the listeners, the file that
// says it is ready, the wait for signals, and the order of the end.
//
// Ownership: all that a face names outlives web_face_run. Failures: an exit status, after a line in
// the log. Threads: the main one.
#include "services/web/web_listener.h"

enum { WEB_FACE_LISTENERS_MAX = 3 };

typedef struct {
    const web_door_t *doors; // WEB_DOORS of them
    const char *secret;      // the file of its own certificate
    const char *ready_file;
    // The first is the one whose port is told. Those without an address are left out.
    const web_listener_settings_t *listeners[WEB_FACE_LISTENERS_MAX];
    int signals;
    void (*ready)(void *arg, uint16_t port); // every door is open: says so in the log
    void (*read_anew)(void *arg);            // SIGHUP came
    void *arg;
} web_face_t;

int web_face_run(const web_face_t *self);
