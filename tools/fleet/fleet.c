#include "tools/fleet/fleet.h"
#include "services/process/security/security.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_US = 2000, STOP_STEPS_US = 5000 };

typedef struct {
    char program[PATH_MAX], config[PATH_MAX], ready[PATH_MAX], log[PATH_MAX];
    pid_t pid; // 0 while it does not run
    unsigned starts;
    int64_t start_at_ms; // when it may be started again, while it does not run
    int64_t backoff_ms;
    bool held; // stays down
} child_t;

struct fleet {
    fleet_place_t place;
    child_t children[FLEET_PROCESSES];
    bool running; // children are to be kept alive
    char web_url[FLEET_URL_MAX + 8], sim_url[FLEET_URL_MAX + 8];
};

// --- one process ---

// Between fork and exec of a program with threads: system calls only. fork and not posix_spawn, for
// only the child itself can ask to die with its parent.
static _Noreturn void become(const child_t *child, const char *const *argv, pid_t parent, int log)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); // a terminal's Ctrl-C is for us, not for them
    if (getppid() != parent)
        _exit(126); // the parent died before it could be noticed
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(3, ~0u, 0);
    execv(child->program, (char *const *)argv);
    static const char text[] = "cannot be executed\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(127);
}

static void start(fleet_t *self, fleet_process_t process)
{
    child_t *child = &self->children[process];
    const char *service[] = {child->program, child->config, NULL};
    const char *sim[] = {child->program, "--config",   child->config,
                         "--port-file",  child->ready, NULL};
    const char *const *argv = process == FLEET_SIM ? sim : service;
    unlink(child->ready); // a killed process leaves it behind
    int log = open(child->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t parent = getpid(), pid = log >= 0 ? fork() : -1;
    if (pid == 0)
        become(child, argv, parent, log);
    if (log >= 0)
        close(log);
    child->start_at_ms = zclock_mono() + child->backoff_ms;
    child->backoff_ms =
        child->backoff_ms * 2 < FLEET_BACKOFF_MAX_MS ? child->backoff_ms * 2 : FLEET_BACKOFF_MAX_MS;
    if (pid > 0) {
        child->pid = pid;
        child->starts++;
    }
}

// Has it ended? Then it is started again after its back-off, which a process that had become ready
// begins anew.
static void reap(child_t *child)
{
    int status;
    if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return;
    child->pid = 0;
    if (access(child->ready, F_OK) == 0)
        child->backoff_ms = FLEET_BACKOFF_MIN_MS;
    unlink(child->ready);
    if (child->start_at_ms) // not killed by us
        child->start_at_ms = zclock_mono() + child->backoff_ms;
}

void fleet_tend(fleet_t *self)
{
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++) {
        child_t *child = &self->children[p];
        reap(child);
        if (self->running && !child->held && !child->pid && zclock_mono() >= child->start_at_ms)
            start(self, p);
    }
}

bool fleet_kill(fleet_t *self, fleet_process_t process)
{
    child_t *child = &self->children[process];
    if (!child->pid || kill(child->pid, SIGKILL) != 0)
        return false;
    child->start_at_ms = 0;
    return true;
}

void fleet_hold(fleet_t *self, fleet_process_t process, bool held)
{
    self->children[process].held = held;
    if (held)
        (void)fleet_kill(self, process);
}

// --- all ---

static void place_child(fleet_t *self, fleet_process_t process, const char *own)
{
    child_t *child = &self->children[process];
    const char *name = fleet_place_name(process), *slash = strrchr(own, '/');
    assert(slash);
    snprintf(child->program, sizeof child->program, "%.*s/%s%s", (int)(slash - own), own,
             process == FLEET_SIM ? "robokassa-" : "kopeck-", name);
    fleet_place_path(&self->place, "etc", name, ".cfg", child->config);
    fleet_place_path(&self->place, "run", name, ".ready", child->ready);
    fleet_place_path(&self->place, "log", name, ".log", child->log);
    child->backoff_ms = FLEET_BACKOFF_MIN_MS;
}

fleet_t *fleet_new(const fleet_options_t *options, char error[FLEET_ERROR_MAX])
{
    fleet_t *self = calloc(1, sizeof *self);
    assert(self);
    char own[PATH_MAX / 2] = "";
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    bool good = size > 0 && fleet_place_open(&self->place, options, error);
    for (fleet_process_t p = 0; good && p < FLEET_PROCESSES; p++) {
        place_child(self, p, own);
        good = access(self->children[p].program, X_OK) == 0;
        if (!good)
            snprintf(error, FLEET_ERROR_MAX, "%.400s: %s", self->children[p].program,
                     strerror(errno));
    }
    if (!good) {
        fleet_destroy(&self);
        return NULL;
    }
    snprintf(self->web_url, sizeof self->web_url, "http://%s", self->place.web);
    snprintf(self->sim_url, sizeof self->sim_url, "http://%s", self->place.sim);
    return self;
}

void fleet_destroy(fleet_t **self_p)
{
    fleet_t *self = *self_p;
    if (!self)
        return;
    fleet_stop(self);
    fleet_place_close(&self->place);
    free(self);
    *self_p = NULL;
}

// Were we told to end by a signal that our owner keeps blocked?
static bool end_is_pending(void)
{
    sigset_t set;
    return sigpending(&set) == 0 && (sigismember(&set, SIGTERM) || sigismember(&set, SIGINT));
}

// The last line of a log that says what is wrong: often why its process waits.
static const char *last_complaint(const char *log, char out[LINE_MAX])
{
    char line[LINE_MAX];
    FILE *file = fopen(log, "r");
    strcpy(out, "nothing is wrong, it says");
    while (file && fgets(line, sizeof line, file))
        if (strstr(line, " warn \"") || strstr(line, " error \""))
            strcpy(out, line);
    if (file)
        fclose(file);
    out[strcspn(out, "\n")] = '\0';
    return out;
}

static void refuse(const child_t *child, const char *name, int timeout_ms, char *error)
{
    char complaint[LINE_MAX];
    snprintf(error, FLEET_ERROR_MAX,
             "%s is not ready after %d ms and %u starts: %.250s; see %.200s", name, timeout_ms,
             child->starts, last_complaint(child->log, complaint), child->log);
}

bool fleet_start(fleet_t *self, int timeout_ms, char error[FLEET_ERROR_MAX])
{
    int64_t deadline = zclock_mono() + timeout_ms;
    self->running = true;
    fleet_tend(self);
    while (!fleet_all_ready(self) && zclock_mono() < deadline && !end_is_pending()) {
        usleep(WAIT_US);
        fleet_tend(self);
    }
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++)
        if (!fleet_is_ready(self, p)) {
            refuse(&self->children[p], fleet_place_name(p), timeout_ms, error);
            return false;
        }
    return true;
}

static bool any_runs(const fleet_t *self)
{
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++)
        if (self->children[p].pid)
            return true;
    return false;
}

static void signal_all(const fleet_t *self, int what)
{
    for (int p = FLEET_PROCESSES - 1; p >= 0; p--)
        if (self->children[p].pid)
            kill(self->children[p].pid, what);
}

void fleet_stop(fleet_t *self)
{
    int64_t deadline = zclock_mono() + FLEET_GRACE_MS;
    self->running = false;
    signal_all(self, SIGTERM);
    for (fleet_tend(self); any_runs(self) && zclock_mono() < deadline; fleet_tend(self))
        usleep(STOP_STEPS_US);
    signal_all(self, SIGKILL);
    for (fleet_tend(self); any_runs(self); fleet_tend(self))
        usleep(STOP_STEPS_US);
}

bool fleet_is_ready(const fleet_t *self, fleet_process_t process)
{
    const child_t *child = &self->children[process];
    return child->pid && access(child->ready, F_OK) == 0;
}

bool fleet_all_ready(const fleet_t *self)
{
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++)
        if (!fleet_is_ready(self, p))
            return false;
    return true;
}

unsigned fleet_starts(const fleet_t *self, fleet_process_t process)
{
    return self->children[process].starts;
}

pid_t fleet_pid(const fleet_t *self, fleet_process_t process)
{
    return self->children[process].pid;
}

const fleet_place_t *fleet_place(const fleet_t *self)
{
    return &self->place;
}

const char *fleet_url(const fleet_t *self, fleet_process_t process)
{
    assert(process == FLEET_WEB || process == FLEET_SIM);
    return process == FLEET_WEB ? self->web_url : self->sim_url;
}

client_t *fleet_client(fleet_t *self, fleet_process_t process, client_door_t door,
                       const char *certificate, char error[FLEET_ERROR_MAX])
{
    assert(process < FLEET_JOURNALS);
    const fleet_doors_t *doors = &self->place.doors[process];
    const char *endpoint = door == CLIENT_COMMAND ? doors->command
                           : door == CLIENT_FEED  ? doors->feed
                                                  : doors->replay;
    char path[PATH_MAX], key[41], why[SECURITY_ERROR_MAX];
    fleet_place_path(&self->place, "keys/secret", certificate, ".cert_secret", path);
    AUTO(zcert) own = security_load_secret(path, why);
    fleet_place_path(&self->place, "keys/public", fleet_place_name(process), ".cert", path);
    client_t *client = NULL;
    if (!own || !security_load_public(path, key, why))
        snprintf(error, FLEET_ERROR_MAX, "%.500s", why);
    else if (client_new(door, endpoint, own, key, &client))
        snprintf(error, FLEET_ERROR_MAX, "%s: %s", endpoint, zmq_strerror(errno));
    return client;
}
