// Signals are read where the loop waits, and each means one thing.
#include "services/process/signals.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

static void each_signal_means_one_thing(void **state)
{
    (void)state;
    signals_block();
    int fd = signals_open();
    assert_true(fd >= 0);
    signals_told_t told = signals_take(fd);
    assert_true(!told.ends && !told.reads_anew);
    static const int ends[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        kill(getpid(), ends[i]);
        told = signals_take(fd);
        assert_true(told.ends && !told.reads_anew);
    }
    kill(getpid(), SIGHUP);
    told = signals_take(fd);
    assert_true(!told.ends && told.reads_anew);
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGTERM);
    told = signals_take(fd);
    assert_true(told.ends && told.reads_anew);
    told = signals_take(fd);
    assert_true(!told.ends && !told.reads_anew);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_signal_means_one_thing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
