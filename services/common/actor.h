#pragma once
// actor - czmq's thread with a pipe, made so that a thread which cannot be made is an end and not a
// wait: zactor_new of czmq 4.2.1 does not look whether its thread exists and waits for its first
// word for ever.
//
// Failures: no thread within ACTOR_START_S says so on stderr and ends the process with
// EX_OSERR; the supervisor starts it again. Threads: the one that starts the process; SIGALRM is
// used meanwhile.
#include <czmq.h>

enum { ACTOR_START_S = 5 };

zactor_t *actor_new(zactor_fn *run, void *arg);
