#include "tools/kopeck/verify_snapshots.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/table_print.h"
#include <jansson.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

typedef struct {
    const char *process;
    uint64_t snapshot, last, bytes;
    const char *result;
    int status;
} seen_t;

// --- one program ---

static bool program_path(const char *service, char out[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (size <= 0)
        return false;
    out[size] = '\0';
    char *name = strrchr(out, '/') + 1;
    int written = snprintf(name, PATH_MAX - (size_t)(name - out), "kopeck-%s", service);
    return written > 0 && written < PATH_MAX - (name - out);
}

// Its output comes to `ret_from`; -1 if it cannot be started.
static pid_t start(const char *program, const char *config, int *ret_from)
{
    int ends[2];
    pid_t child = -1;
    char *const words[] = {(char *)program, "--check-snapshot", (char *)config, NULL};
    posix_spawn_file_actions_t actions;
    if (pipe(ends))
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    int failed = posix_spawn(&child, program, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *ret_from = ends[0];
    if (!failed)
        return child;
    close(ends[0]);
    return -1;
}

static uint64_t number(const json_t *said, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(said, key));
}

static void read_answer(FILE *from, seen_t *ret_answer)
{
    json_t *said = json_loadf(from, JSON_DISABLE_EOF_CHECK, NULL);
    ret_answer->snapshot = number(said, "snapshot");
    ret_answer->last = number(said, "last");
    ret_answer->bytes = number(said, "bytes");
    json_decref(said);
}

// What is between the journal and the answer is the status that the program ended with.
static void judge(seen_t *self)
{
    if (self->status == EX_OK && self->snapshot)
        self->result = "same";
    else if (self->status == EX_NOINPUT)
        self->result = "none fits";
    else if (self->status == EX_DATAERR && self->snapshot)
        self->result = "DIFFERS";
    else
        self->result = "not checked";
}

static void ask(const char *config, seen_t *self)
{
    char program[PATH_MAX];
    int from = -1, status = 0;
    pid_t child = program_path(self->process, program) ? start(program, config, &from) : -1;
    self->status = EX_UNAVAILABLE;
    if (child > 0) {
        FILE *file = fdopen(from, "r");
        if (file) {
            read_answer(file, self);
            fclose(file);
        }
        if (waitpid(child, &status, 0) == child && WIFEXITED(status))
            self->status = WEXITSTATUS(status);
    }
    judge(self);
}

// --- all of them ---

// Named as a unit's, or short.
static bool find_config(const char *directory, const char *service, char out[PATH_MAX])
{
    static const char *const prefixes[] = {"kopeck-", ""};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        int written = snprintf(out, PATH_MAX, "%s/%s%s.cfg", directory, prefixes[i], service);
        if (written > 0 && written < PATH_MAX && access(out, F_OK) == 0)
            return true;
    }
    return false;
}

static int worse(int status, const seen_t *answer)
{
    if (answer->status == EX_NOINPUT || answer->status == EX_OK)
        return status;
    if (answer->status == EX_DATAERR && answer->snapshot)
        return EX_VIOLATED;
    return status == EX_OK ? answer->status : status;
}

static void print(table_print_t *table, const seen_t *answer)
{
    table_print_text(table, answer->process);
    table_print_number(table, answer->snapshot);
    table_print_number(table, answer->last);
    table_print_number(table, answer->bytes);
    table_print_text(table, answer->result);
}

int verify_snapshots(const char *directory, bool json)
{
    static const column_t columns[] = {{"process", "process", false},
                                       {"snapshot", "snapshot", true},
                                       {"last", "last event", true},
                                       {"bytes", "bytes", true},
                                       {"result", "against the journal", false}};
    int status = EX_OK;
    size_t found = 0;
    table_print_t *table = table_print_new(columns, 5, TABLE_ROWS, json, stdout);
    const service_t *service;
    for (size_t i = 0; (service = service_at(i)); i++) {
        char config[PATH_MAX];
        if (service->stream == STREAM_NONE || !find_config(directory, service->name, config))
            continue;
        seen_t answer = {.process = service->name};
        ask(config, &answer);
        print(table, &answer);
        status = worse(status, &answer);
        found++;
    }
    table_print_destroy(&table);
    if (found)
        return status;
    fprintf(stderr,
            "kopeck: --snapshots: %s: expected a directory with kopeck-NAME.cfg, or NAME.cfg, of a "
            "process\n",
            directory);
    return EX_NOINPUT;
}
