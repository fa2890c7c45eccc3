#pragma once
// actor - czmq's thread with a pipe, made so that a thread which cannot be made is an end with a
// reason. zactor_new of czmq 4.2.1 does not look whether its thread exists: it detaches whatever
// stood in the handle, which may be a segmentation fault, and waits for ever for its first word.
//
// Failures: without a thread, within ACTOR_START_S, stderr says so and the process ends with
// EX_OSERR; the supervisor starts it again. Threads: the one that starts the process; SIGALRM and
// SIGSEGV are taken for the length of the call.
#include <czmq.h>

enum { ACTOR_START_S = 5 };

zactor_t *actor_new(zactor_fn *run, void *arg);

// What a thread says to who made it, and the signal of its end, also where a send is interrupted:
// czmq's own signal is lost by that, and zactor_destroy then waits for ever.
void actor_say(zsock_t *pipe, const char *word);
void actor_end(zsock_t *pipe);

// Waits for what the thread says first and compares it. Not for its signals: an actor's end is one
// too, and looks like a good beginning.
bool actor_says(zactor_t *actor, const char *word);
