// What the sandbox lets of files that are replaced by others of their name: certificates of peers,
// and the tables in which names are looked up. Each thing is tried in a child that has entered.
#include "services/process/security/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum { SKIP = 77, NOT_ENTERED = 255 };

static char directory[40], certificate[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/kopeck-names-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(certificate, sizeof certificate, "%s/peer.cert", directory);
    return close(open(certificate, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static int open_for(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    int failed = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return failed;
}

// The errno of reading `path` as a process that connects to `endpoint`; another certificate of the
// peer's name has come meanwhile.
static int reading(const char *process, const char *endpoint, const char *path, int flags)
{
    int entered[2], replaced[2];
    assert_int_equal(pipe(entered) + pipe(replaced), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sandbox_t sandbox;
        char word;
        sandbox_begin(&sandbox, process);
        sandbox_replaced(&sandbox, certificate);
        sandbox_replaced(&sandbox, "");
        sandbox_connect(&sandbox, endpoint);
        if (!sandbox_enter(&sandbox, SANDBOX_REQUIRED, 0) || write(entered[1], "x", 1) != 1)
            _exit(NOT_ENTERED);
        _exit(read(replaced[0], &word, 1) == 1 ? open_for(path, flags) : NOT_ENTERED);
    }
    char word, other[80];
    close(entered[1]);
    assert_int_equal(read(entered[0], &word, 1), 1);
    snprintf(other, sizeof other, "%s.new", certificate);
    close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(rename(other, certificate), 0);
    assert_int_equal(write(replaced[1], "x", 1), 1);
    close(entered[0]);
    close(replaced[0]);
    close(replaced[1]);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_certificate_that_was_replaced_is_read_and_its_folder_is_not_listed(void **state)
{
    (void)state;
    static const char *const processes[] = {"ledger", "payment", "web"};
    for (size_t i = 0; i < sizeof processes / sizeof processes[0]; i++) {
        assert_int_equal(reading(processes[i], "ipc:///x", certificate, O_RDONLY), 0);
        assert_int_equal(reading(processes[i], "ipc:///x", certificate, O_WRONLY), EACCES);
        assert_int_equal(reading(processes[i], "ipc:///x", directory, O_RDONLY | O_DIRECTORY),
                         EACCES);
    }
}

// Any file of /etc that comes stands for /etc/hosts replaced by renaming.
static void who_looks_names_up_sees_tables_that_were_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *process, *endpoint;
        bool looks;
    } cases[] = {
        {"ledger", "ipc:///run/x", false},     {"ledger", "tcp://127.0.0.1:7101", false},
        {"ledger", "tcp://[::1]:7101", false}, {"ledger", "tcp://metering.internal:7101", true},
        {"web", "tcp://10.1.2.3:7301", false}, {"web", "tcp://payment:7301", true},
        {"payment", "ipc:///run/x", true}, // it asks the outside
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(reading(cases[i].process, cases[i].endpoint, "/etc/passwd", O_RDONLY),
                         cases[i].looks ? 0 : EACCES);
        assert_int_equal(reading(cases[i].process, cases[i].endpoint, "/etc/passwd", O_WRONLY),
                         EACCES);
        assert_int_equal(
            reading(cases[i].process, cases[i].endpoint, "/etc", O_RDONLY | O_DIRECTORY), EACCES);
        assert_int_equal(reading(cases[i].process, cases[i].endpoint, "/etc/hosts", O_RDONLY), 0);
    }
}

int main(void)
{
    if (landlock_abi() == 0) {
        puts("no Landlock in this kernel");
        return SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_was_replaced_is_read_and_its_folder_is_not_listed),
        cmocka_unit_test(who_looks_names_up_sees_tables_that_were_replaced),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
