#pragma once
// bench_rig - a directory of its own with certificates, one kopeck-ledger process in it, and how to
// reach its doors. Everything listens on ipc endpoints in that directory, or on loopback TCP.
//
// Failures: the program ends with a message; the directory is removed at exit, the process too.
// Threads: one.
#include "proto/types.h"
#include <czmq.h>
#include <sys/types.h>

typedef struct {
    char directory[64];
    char program[512]; // kopeck-ledger
    char ledger_key[41];
    zcert_t *importer_cert, *operator_cert; // who posts, and who looks on
    pid_t pid;
    unsigned journal;       // number of the journal in use
    const char *connection; // of a PostgreSQL database that keeps them; NULL: they are LMDB's
    char endpoints[4][96];
} bench_rig_t;

typedef enum { RIG_COMMAND, RIG_REPLAY, RIG_PUBLISH, RIG_FEED } rig_door_t;

_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t bench_now_ns(void);

// `programs` is the directory of the built programs.
void bench_rig_init(bench_rig_t *self, const char *programs);
void bench_rig_release(bench_rig_t *self);
void bench_rig_new_journal(bench_rig_t *self);                        // of the next start
void bench_rig_place(const bench_rig_t *self, char *out, size_t cap); // as journal_open takes it
int64_t bench_rig_start(bench_rig_t *self); // nanoseconds until it was ready
void bench_rig_stop(bench_rig_t *self);

// Runs a program in the background with its output in FILE; 0 as uid means our own.
pid_t bench_spawn(char *const argv[], const char *output);
void bench_end(pid_t *pid, int signal);
int bench_wait(pid_t *pid); // its status, as of waitpid
// A figure of /proc/PID/status in kB, 0 if it is not there.
uint64_t bench_memory_kb(pid_t pid, const char *name);
