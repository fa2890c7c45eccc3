#include "services/process/actor.h"
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

static void give_up(int signal)
{
    (void)signal;
    static const char text[] = "a thread cannot be made\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(EX_OSERR);
}

void actor_say(zsock_t *pipe, const char *word)
{
    while (zstr_send(pipe, word) != 0 && zmq_errno() == EINTR)
        ;
}

void actor_end(zsock_t *pipe)
{
    while (zsock_signal(pipe, 0) != 0 && zmq_errno() == EINTR)
        ;
}

zactor_t *actor_new(zactor_fn *run, void *arg)
{
    struct sigaction alarm_before, fault_before, action = {.sa_handler = give_up};
    sigaction(SIGALRM, &action, &alarm_before);
    sigaction(SIGSEGV, &action, &fault_before);
    alarm(ACTOR_START_S);
    zactor_t *actor = zactor_new(run, arg);
    alarm(0);
    sigaction(SIGSEGV, &fault_before, NULL);
    sigaction(SIGALRM, &alarm_before, NULL);
    return actor;
}

bool actor_says(zactor_t *actor, const char *word)
{
    for (;;) {
        char *said = zstr_recv(actor);
        bool same = said && streq(said, word);
        bool again = said ? *said == '\0' : zmq_errno() == EINTR; // a signal begins with 0
        zstr_free(&said);
        if (!again)
            return same;
    }
}
