#include "tools/demonstration/desk_child.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec of a program with threads: system calls only.
static _Noreturn void become(const char *const *argv, pid_t parent, int out, int log)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); // a terminal's Ctrl-C is for us, not for it
    if (getppid() != parent)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(out, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(3, ~0u, 0);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

// The program beside ours.
static bool find_program(char program[PATH_MAX])
{
    char own[PATH_MAX / 2] = "";
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash = size > 0 ? strrchr(own, '/') : NULL;
    if (!slash)
        return false;
    snprintf(program, PATH_MAX, "%.*s/kopeck-desk", (int)(slash - own), own);
    return access(program, X_OK) == 0;
}

static bool read_link(desk_child_t *self, int in)
{
    FILE *said = fdopen(in, "r");
    bool read = said && fgets(self->link, sizeof self->link, said);
    if (said)
        fclose(said);
    else
        close(in);
    self->link[strcspn(self->link, "\n")] = '\0';
    return read && *self->link;
}

bool desk_child_start(desk_child_t *self, const char *directory, char error[STAGE_ERROR_MAX])
{
    char program[PATH_MAX], config[PATH_MAX], path[PATH_MAX];
    int pipes[2], log;
    pid_t parent = getpid();
    *self = (desk_child_t){.pid = 0};
    snprintf(config, sizeof config, "%s/etc/kopeck.cfg", directory);
    snprintf(path, sizeof path, "%s/log/desk.log", directory);
    const char *argv[] = {program,     "--config", config,   "--listen", "127.0.0.1:0",
                          "--sandbox", "wanted",   "--demo", NULL};
    if (!find_program(program) || pipe2(pipes, O_CLOEXEC) != 0) {
        snprintf(error, STAGE_ERROR_MAX, "kopeck-desk: %s", strerror(errno));
        return false;
    }
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    self->pid = log >= 0 ? fork() : -1;
    if (self->pid == 0)
        become(argv, parent, pipes[1], log);
    close(pipes[1]);
    if (log >= 0)
        close(log);
    bool good = read_link(self, pipes[0]) && self->pid > 0;
    if (!good) {
        snprintf(error, STAGE_ERROR_MAX, "kopeck-desk does not start; see %.300s", path);
        desk_child_stop(self);
    }
    return good;
}

void desk_child_stop(desk_child_t *self)
{
    if (self->pid > 0) {
        kill(self->pid, SIGTERM);
        waitpid(self->pid, NULL, 0);
    }
    self->pid = 0;
}
