#pragma once
// signals - what a process is told by signals, read from a descriptor where its loop waits anyway:
// SIGTERM and SIGINT end it, SIGHUP has it read anew what may change while it runs. No other signal
// means anything, and none interrupts anything.
//
// Failures: signals_open gives -1. Threads: signals_block before any other is made.
#include <stdbool.h>

typedef struct {
    bool ends, reads_anew;
} signals_told_t;

void signals_block(void);
int signals_open(void);              // to be polled for input
signals_told_t signals_take(int fd); // what has come since; nothing if it cannot be read now
