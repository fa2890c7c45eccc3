#include "services/process/signals.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void ours(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

void signals_block(void)
{
    sigset_t set;
    ours(&set);
    int rc = pthread_sigmask(SIG_BLOCK, &set, NULL);
    assert(rc == 0);
}

int signals_open(void)
{
    sigset_t set;
    ours(&set);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

signals_told_t signals_take(int fd)
{
    signals_told_t told = {0};
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        told.reads_anew |= info.ssi_signo == SIGHUP;
        told.ends |= info.ssi_signo != SIGHUP;
    }
    return told;
}
