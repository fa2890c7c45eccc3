#pragma once
// desk_child - the operators' desk beside a demonstration: kopeck-desk as a child of ours, under
// the run's operator, at a port that is free.
//
// Its log is log/desk.log of the run; it dies with us. Ownership: plain. Failures: false and the
// reason. Threads: the one that started it, for the kernel ties it to that one.
#include "tools/demonstration/stage.h"
#include <sys/types.h>

typedef struct {
    pid_t pid;      // 0 while it does not run
    char link[320]; // opens it, once
} desk_child_t;

bool desk_child_start(desk_child_t *self, const char *directory, char error[STAGE_ERROR_MAX]);
void desk_child_stop(desk_child_t *self);
