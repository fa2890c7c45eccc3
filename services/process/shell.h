#pragma once
// shell - the imperative part of every process: it moves bytes between sockets, journal, clock and
// HTTP on one side and the node on the other, and decides nothing.
//
// One thread, one loop over raw zmq_poll: wait, drain what is there into one batch, commit it, and
// only then send what the batch says. (czmq's zloop calls one handler per socket and message and
// has no place for "after all of them"; the batch is the point here.) Where there is more to do
// than one input, the commit is made by a thread of its own while the loop fills the next batch
// (committer.h). The reads of old records have a thread of their own, too (reader_thread.h).
//
// Start. Signals are blocked before any thread is born. Then the process gives up what it does not
// need (sandbox.h). The authenticator runs before any door is bound, and the journal is open and
// replayed before anybody is answered. Nobody's readiness is waited for. If the boot event finds no
// room, the process serves reads and replay, refuses the rest and looks again every 10 s, instead
// of dying in a loop.
//
// End. SIGTERM or SIGINT stops the reading of doors; what was taken is committed and answered, and
// the process exits with 0. All else ends it without an answer, and the supervisor starts it again
// (but after EX_CONFIG, which wants a person):
//     EX_IOERR        a commit failed, for another reason than want of room, or the journal cannot
//                     be opened or read
//     EX_DATAERR      the journal does not hold what it says
//     EX_CONFIG       the configuration is wrong
//     EX_UNAVAILABLE  a door cannot be bound, or the authenticator died
//     EX_OSERR        a thread cannot be made, certificates could not be read for want of
//                     descriptors or memory, or the kernel lacks the sandbox that is required
#include "services/process/config.h"
#include "services/process/reader.h"
#include "proto/core.h"

// The process's whole life but for its main: returns its exit status. The service has read its own
// keys from `config` before; its errors and unknown keys are reported here. `hook` may be NULL.
int shell_run(config_t *config, const core_t *core, const void *core_settings,
              reader_hook_fn *hook);

// What main begins with: shell_prepare, --help and --version, and the config file that is its one
// argument. Does not return when that is all that was asked for, or when the usage is wrong.
// `what` is the process in one line, for --help.
config_t *shell_begin(int argc, char **argv, const char *what);

// What main does first: begin_prepare (begin.h), and memory that was freed is kept.
void shell_prepare(void);
