#include "tests/simulation/trial.h"
#include "tests/simulation/final.h"
#include "tests/simulation/keepsake.h"
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(trial_t) <= 4096, "a pipe takes a trial at once");

static void run(const scenario_t *scenario, const trial_how_t *how, trial_t *ret)
{
    world_t *world = world_new(scenario, how->trace);
    world_run(world);
    *ret = (trial_t){.violated = world->violated,
                     .day = (double)(world->now - world->start) / (double)DAY_US,
                     .charges = world->reached[REACH_SETTLED]};
    memcpy(ret->invariant, world->invariant, sizeof ret->invariant);
    memcpy(ret->why, world->why, sizeof ret->why);
    memcpy(ret->reached, world->reached, sizeof ret->reached);
    for (unsigned i = 0; i < world->count; i++)
        ret->events += world->fold.seen[i];
    final_roots(world, ret->roots);
    if (how->keep && !keepsake_write(world, how->keep))
        fprintf(stderr, "kopeck-simulate: %s: the journals cannot be kept\n", how->keep);
    world_destroy(&world);
}

static void say_death(int status, trial_t *ret)
{
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const char *invariant = signal == SIGABRT   ? "assert"
                            : signal == SIGXCPU ? "time"
                            : signal            ? "signal"
                                                : "exit";
    *ret = (trial_t){.violated = true};
    snprintf(ret->invariant, sizeof ret->invariant, "%s", invariant);
    if (signal)
        snprintf(ret->why, sizeof ret->why, "the run died: %s", strsignal(signal));
    else
        snprintf(ret->why, sizeof ret->why, "the run ended with status %d", WEXITSTATUS(status));
}

void trial_run(const scenario_t *scenario, const trial_how_t *how, trial_t *ret_trial)
{
    int pipe_of[2], status;
    double begun = trial_spent_s();
    fflush(NULL);
    bool made = pipe2(pipe_of, O_CLOEXEC) == 0;
    pid_t child = made ? fork() : -1;
    assert(child >= 0);
    if (child == 0) {
        struct rlimit limit = {how->seconds_max, how->seconds_max + 1}, no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        if (how->seconds_max)
            (void)setrlimit(RLIMIT_CPU, &limit);
        static trial_t trial;
        run(scenario, how, &trial);
        bool said = write(pipe_of[1], &trial, sizeof trial) == sizeof trial;
        exit(said ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(pipe_of[1]);
    bool heard = read(pipe_of[0], ret_trial, sizeof *ret_trial) == sizeof *ret_trial;
    close(pipe_of[0]);
    while (waitpid(child, &status, 0) != child)
        continue;
    if (!heard || status != 0)
        say_death(status, ret_trial);
    ret_trial->seconds = trial_spent_s() - begun;
}

double trial_spent_s(void)
{
    double sum = 0;
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (size_t i = 0; i < sizeof whose / sizeof *whose; i++) {
        struct rusage usage;
        getrusage(whose[i], &usage);
        sum += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return sum;
}
