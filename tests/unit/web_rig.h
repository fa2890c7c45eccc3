#pragma once
// web_rig - the certificates and places that web's threads are tested with, in a directory of their
// own. Made once for a test program.
#include <czmq.h>

typedef struct {
    char secret[64], certificate[64], endpoint[64], port_file[64];
    zcert_t *payment;
} web_rig_t;

extern web_rig_t web_rig;

int web_rig_begin(void **state); // a group's setup and teardown
int web_rig_end(void **state);
