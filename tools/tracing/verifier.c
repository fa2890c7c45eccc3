#include "tools/tracing/verifier.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

const char *verifier_name(verifier_result_t result)
{
    static const char *const names[] = {"passed", "failed", "not there"};
    return names[result];
}

verifier_result_t verifier_run(const fleet_t *fleet, const char *path)
{
    char own[PATH_MAX / 2] = "", program[PATH_MAX], config[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    const char *slash = size > 0 ? strrchr(own, '/') : NULL;
    if (!slash)
        return VERIFIER_ABSENT;
    snprintf(program, sizeof program, "%.*s/kopeck", (int)(slash - own), own);
    fleet_place_path(fleet_place(fleet), "etc", "kopeck", ".cfg", config);
    char *argv[] = {program, "--config", config, "--json", "verify", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    pid_t pid;
    int status = 0;
    bool spawned = posix_spawn(&pid, program, &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    if (!spawned || waitpid(pid, &status, 0) != pid)
        return VERIFIER_ABSENT;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EX_USAGE) { // it knows no such command
        unlink(path);
        return VERIFIER_ABSENT;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? VERIFIER_PASSED : VERIFIER_FAILED;
}
