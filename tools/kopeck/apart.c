#include "tools/kopeck/apart.h"
#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void *apart_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    return memory;
}

// A signal of the terminal ends both; one that ended us ends the child too.
static fail_t run_once(apart_fn *run, void *result, const void *arg, bool *ret_killed)
{
    int status = 0;
    (void)fflush(NULL);
    const pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) // it ended before that was said
            _exit(FAIL_CORRUPT);
        _exit(run(result, arg));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return FAIL_STORE;
    *ret_killed = WIFSIGNALED(status);
    return *ret_killed ? FAIL_CORRUPT : (fail_t)WEXITSTATUS(status);
}

fail_t apart_run(apart_fn *run, void *result, const void *arg, unsigned tries)
{
    fail_t fail = FAIL_CORRUPT;
    bool killed = true;
    for (unsigned i = 0; killed && i < tries; i++)
        fail = run_once(run, result, arg, &killed);
    return fail;
}
