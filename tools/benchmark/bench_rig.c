#include "tools/benchmark/bench_rig.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/wait.h>

extern char **environ;

enum { START_MAX_MS = 120 * 1000, POLL_MS = 1, FILES_OPEN_MAX = 16, CHILDREN_MAX = 8 };

// For the end of the program, whatever ends it.
static bench_rig_t *current;
static pid_t children[CHILDREN_MAX];

static int remove_one(const char *path, const struct stat *state, int kind, struct FTW *walk)
{
    (void)state, (void)kind, (void)walk;
    return remove(path);
}

void bench_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

int64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

pid_t bench_spawn(char *const argv[], const char *output)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t pid;
    int rc = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc)
        bench_die("%s: %s", argv[0], strerror(rc));
    for (int i = 0; i < CHILDREN_MAX; i++)
        if (!children[i]) {
            children[i] = pid;
            break;
        }
    return pid;
}

int bench_wait(pid_t *pid)
{
    int status = 0;
    waitpid(*pid, &status, 0);
    for (int i = 0; i < CHILDREN_MAX; i++)
        if (children[i] == *pid)
            children[i] = 0;
    *pid = 0;
    return status;
}

void bench_end(pid_t *pid, int signal)
{
    if (*pid <= 0)
        return;
    kill(*pid, signal);
    (void)bench_wait(pid);
}

uint64_t bench_memory_kb(pid_t pid, const char *name)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    uint64_t kb = 0;
    size_t size = strlen(name);
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, size) == 0 && line[size] == ':')
            kb = strtoull(line + size + 1, NULL, 10);
    if (file)
        fclose(file);
    return kb;
}

static void clean_up(void)
{
    for (int i = 0; i < CHILDREN_MAX; i++)
        if (children[i] > 0)
            kill(children[i], SIGKILL);
    if (current)
        bench_rig_release(current);
}

static void journal_directory(const bench_rig_t *self, char *out, size_t cap)
{
    snprintf(out, cap, "%s/journal%u", self->directory, self->journal);
}

void bench_rig_place(const bench_rig_t *self, char *out, size_t cap)
{
    char directory[128];
    journal_directory(self, directory, sizeof directory);
    snprintf(out, cap, "%s%s", self->connection ? "postgresql:" : "", directory);
}

static void write_connection(const bench_rig_t *self)
{
    char path[192], directory[128];
    journal_directory(self, directory, sizeof directory);
    mkdir(directory, 0700);
    snprintf(path, sizeof path, "%s/connection", directory);
    FILE *file = fopen(path, "w");
    if (!file)
        bench_die("%s: %s", path, strerror(errno));
    fprintf(file, "%s\nschema=bench_%u\n", self->connection, self->journal);
    fclose(file);
}

static void write_config(const bench_rig_t *self)
{
    char path[128], journal[128];
    snprintf(path, sizeof path, "%s/ledger.cfg", self->directory);
    bench_rig_place(self, journal, sizeof journal);
    if (self->connection)
        write_connection(self);
    FILE *file = fopen(path, "w");
    if (!file)
        bench_die("%s: %s", path, strerror(errno));
    const char *d = self->directory;
    // Segments are large enough that none is sealed while a row is measured.
    fprintf(file,
            "process\n    sandbox = wanted\n    ready_file = %s/ready\n    log = warn\n"
            "journal\n    directory = %s\n    create = 1\n    segment_events = %u\n"
            "endpoints\n    command = %s\n    replay = %s\n    publish = %s\n    feed = %s\n"
            "certificates\n    secret = %s/secret/ledger.cert_secret\n    directory = %s/public\n"
            "    importers = 1\n"
            "limits\n    disk_percent = 95\nfollow\n",
            d, journal, 1u << 28, self->endpoints[RIG_COMMAND], self->endpoints[RIG_REPLAY],
            self->endpoints[RIG_PUBLISH], self->endpoints[RIG_FEED], d, d);
    // Streams that nobody serves here: facts are posted at once, judgements wait for them.
    static const char *const followed[] = {"metering", "payment", "documents"};
    for (size_t i = 0; i < sizeof followed / sizeof followed[0]; i++)
        fprintf(
            file,
            "    %s\n        publish = ipc://%s/%s.publish\n        replay = ipc://%s/%s.replay\n"
            "        command = ipc://%s/%s.command\n        certificate = %s/public/%s.cert\n",
            followed[i], d, followed[i], d, followed[i], d, followed[i], d, followed[i]);
    fclose(file);
}

static zcert_t *load(const char *secret, const char *name)
{
    char file[192], error[SECURITY_ERROR_MAX] = "";
    snprintf(file, sizeof file, "%s/%s.cert_secret", secret, name);
    zcert_t *made = security_load_secret(file, error);
    if (!made)
        bench_die("%s", error);
    return made;
}

void bench_rig_init(bench_rig_t *self, const char *programs)
{
    static const char *const certificates[] = {"ledger:ledger", "metering:metering",
                                               "payment:payment", "importer:importer:1000-1063",
                                               "operator:operator"};
    static const char *const doors[] = {"command", "replay", "publish", "feed"};
    char public[128], secret[128], file[192], error[SECURITY_ERROR_MAX] = "";
    *self = (bench_rig_t){0};
    snprintf(self->program, sizeof self->program, "%s/kopeck-ledger", programs);
    strcpy(self->directory, "/var/tmp/kopeck-bench-XXXXXX"); // not /tmp, which may be in memory
    if (!mkdtemp(self->directory))
        bench_die("%s: %s", self->directory, strerror(errno));
    current = self;
    atexit(clean_up);
    chmod(self->directory, 0711); // PostgreSQL runs as another user below it
    snprintf(public, sizeof public, "%s/public", self->directory);
    snprintf(secret, sizeof secret, "%s/secret", self->directory);
    mkdir(public, 0755);
    mkdir(secret, 0700);
    if (!keys_make(certificates, sizeof certificates / sizeof certificates[0], public, secret,
                   error, sizeof error))
        bench_die("%s", error);
    for (int i = 0; i < 4; i++)
        snprintf(self->endpoints[i], sizeof self->endpoints[i], "ipc://%s/ledger.%s",
                 self->directory, doors[i]);
    snprintf(file, sizeof file, "%s/ledger.cert", public);
    if (!security_load_public(file, self->ledger_key, error))
        bench_die("%s", error);
    self->importer_cert = load(secret, "importer");
    self->operator_cert = load(secret, "operator");
}

void bench_rig_release(bench_rig_t *self)
{
    bench_end(&self->pid, SIGKILL);
    zcert_destroy(&self->importer_cert);
    zcert_destroy(&self->operator_cert);
    if (current == self)
        nftw(self->directory, remove_one, FILES_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
    current = NULL;
}

void bench_rig_new_journal(bench_rig_t *self)
{
    char path[128];
    journal_directory(self, path, sizeof path);
    nftw(path, remove_one, FILES_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
    self->journal++;
}

int64_t bench_rig_start(bench_rig_t *self)
{
    char config[128], log[128], ready[128];
    snprintf(config, sizeof config, "%s/ledger.cfg", self->directory);
    snprintf(log, sizeof log, "%s/ledger.log", self->directory);
    snprintf(ready, sizeof ready, "%s/ready", self->directory);
    unlink(ready);
    write_config(self);
    int64_t began = bench_now_ns();
    self->pid = bench_spawn((char *[]){self->program, config, NULL}, log);
    while (access(ready, F_OK)) {
        int status;
        if (waitpid(self->pid, &status, WNOHANG) == self->pid) {
            char line[1024] = "";
            FILE *file = fopen(log, "r");
            while (file && fgets(line, sizeof line, file))
                ;
            bench_die("the ledger did not start: %s", line);
        }
        if (bench_now_ns() - began > (int64_t)START_MAX_MS * 1000000)
            bench_die("the ledger was not ready in time");
        zclock_sleep(POLL_MS);
    }
    return bench_now_ns() - began;
}

void bench_rig_stop(bench_rig_t *self)
{
    bench_end(&self->pid, SIGTERM);
}
