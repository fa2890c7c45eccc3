// A thread that cannot be made: the kernel refuses clone to a child of ours.
#include "services/process/actor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>

static void say_hello(zsock_t *pipe, void *arg)
{
    zsock_signal(pipe, 0);
    zstr_send(pipe, arg);
    char *end = zstr_recv(pipe); // $TERM
    zstr_free(&end);
}

static void refuse_threads(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

static void an_actor_speaks_and_ends(void **state)
{
    (void)state;
    char word[] = "hello";
    zactor_t *actor = actor_new(say_hello, word);
    assert_non_null(actor);
    char *heard = zstr_recv(actor);
    assert_string_equal(heard, word);
    zstr_free(&heard);
    zactor_destroy(&actor);
    assert_int_equal(alarm(0), 0); // nothing is left to go off
}

static void a_thread_that_cannot_be_made_ends_the_process(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        zsock_t *first = zsock_new_pair("@inproc://first"); // libzmq's own threads
        if (!first)
            _exit(EX_SOFTWARE);
        refuse_threads();
        char word[] = "hello";
        (void)actor_new(say_hello, word);
        _exit(EX_OK);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_OSERR);
}

int main(void)
{
    setenv("ZSYS_SIGHANDLER", "false", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_cannot_be_made_ends_the_process), // forks: before any thread
        cmocka_unit_test(an_actor_speaks_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
