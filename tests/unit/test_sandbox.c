// Every process's row of the sandbox against an intruder who runs in it: each thing he tries is
// done in a child of its own that has entered as that process does, and once outside, where it
// must succeed, or the test would prove nothing.
#include "services/process/outside.h"
#include "services/process/security/sandbox.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum {
    KILLED = 1000,
    PORTS_ABI = 4,
    TRUNCATE_ABI = 3,
    SKIP = 77,
    NAMED_LISTENER = 200,
    OTHER_LISTENER
};

static const char *const processes[] = {
#define SERVICE(name, ...) #name,
#define FACE(name, ...) #name,
#include "proto/services.def"
};
enum { PROCESSES = sizeof processes / sizeof processes[0] };

static char directory[] = "/tmp/kopeck-sandbox-XXXXXX";
static uint16_t named_port, other_port; // both listened to
static int abi;

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static bool enter_with(const char *process, sandbox_mode_t mode)
{
    char endpoint[64];
    sandbox_t sandbox;
    sandbox_begin(&sandbox, process);
    sandbox_path(&sandbox, path_of("journal"), LANDLOCK_KEEP);
    sandbox_path(&sandbox, path_of("certificates"), LANDLOCK_READ);
    sandbox_path(&sandbox, path_of("secrets/own"), LANDLOCK_READ);
    sandbox_path(&sandbox, path_of("missing"), LANDLOCK_READ);
    sandbox_file(&sandbox, path_of("run/ready"));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sockets/door", directory);
    sandbox_bind(&sandbox, endpoint);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", named_port);
    sandbox_connect(&sandbox, endpoint);
    sandbox_bind(&sandbox, "tcp://127.0.0.1:*");
    return sandbox_enter(&sandbox, mode, 0);
}

// --- what is tried: 0 if it was done, else errno ---

static int result(long rc)
{
    return rc < 0 ? errno : 0;
}

static int open_for(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int failed = result(fd);
    if (fd >= 0)
        close(fd);
    return failed;
}

static int start_a_program(void)
{
    char *const argv[] = {"true", NULL};
    return result(execv("/bin/true", argv));
}

static int fork_a_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return result(pid);
}

static int trace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_another_process(void)
{
    char here = 0, there = 1;
    struct iovec local = {&here, 1}, remote = {&there, 1};
    return result(process_vm_readv(getppid(), &local, 1, &remote, 1, 0));
}

static int leave_the_namespace(void)
{
    return result(syscall(SYS_unshare, 0x00020000)); // CLONE_NEWNS
}

static int use_io_uring(void)
{
    long rc = syscall(SYS_io_uring_setup, 0, NULL);
    return errno == EFAULT || errno == EINVAL ? 0 : result(rc); // the kernel has looked at it
}

static int signal_another_process(void)
{
    return result(kill(getppid(), 0));
}

static int map_code(void)
{
    void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? errno : 0;
}

static int turn_data_into_code(void)
{
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? errno : result(mprotect(map, 4096, PROT_READ | PROT_EXEC));
}

static int listen_to_the_kernel(void)
{
    return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int listen_to_the_wire(void)
{
    return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int set_a_limit(void)
{
    struct rlimit limit = {0, 0};
    return result(setrlimit(RLIMIT_CORE, &limit));
}

static int become_dumpable(void)
{
    return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int read_passwd(void)
{
    return open_for("/etc/passwd", O_RDONLY);
}

static int read_a_memory(void)
{
    return open_for("/proc/self/mem", O_RDONLY);
}

static int write_outside(void)
{
    return open_for(path_of("outside"), O_WRONLY | O_CREAT);
}

static int write_a_certificate(void)
{
    return open_for(path_of("certificates/own.cert"), O_WRONLY);
}

static int empty_a_certificate(void)
{
    return result(syscall(SYS_truncate, path_of("certificates/own.cert"), 0L));
}

static int read_another_secret(void)
{
    return open_for(path_of("secrets/other"), O_RDONLY);
}

static int read_a_mark(void)
{
    return open_for(path_of("run/of-another"), O_RDONLY);
}

static int make_a_link(void)
{
    unlink(path_of("journal/link"));
    return result(symlink("/etc", path_of("journal/link")));
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return result(fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, sizeof address));
}

static int connect_elsewhere(void)
{
    return connect_to(other_port);
}

static int bind_elsewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), failed = EADDRINUSE;
    for (unsigned port = 33000; port < 33100 && failed == EADDRINUSE; port++) {
        address.sin_port = htons((uint16_t)port);
        failed = result(bind(fd, (struct sockaddr *)&address, sizeof address));
    }
    return failed;
}

static int flush_a_file(void)
{
    int fd = open(path_of("journal"), O_RDONLY | O_CLOEXEC);
    return result(fd < 0 ? fd : fsync(fd));
}

// --- what is tried and must be let ---

static int keep_a_journal(void)
{
    char from[128], to[128];
    snprintf(from, sizeof from, "%s/journal/new", directory);
    snprintf(to, sizeof to, "%s/journal/old", directory);
    int fd = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || pwrite(fd, "x", 1, 0) != 1 || ftruncate(fd, 4096) || fdatasync(fd) ||
        rename(from, to) || unlink(to) ||
        (mkdir(path_of("journal/segments"), 0700) && errno != EEXIST))
        return errno;
    return mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? errno : 0;
}

static int read_what_is_named(void)
{
    int failed = open_for(path_of("certificates/own.cert"), O_RDONLY);
    failed = failed ? failed : open_for(path_of("certificates"), O_RDONLY | O_DIRECTORY);
    return failed ? failed : open_for(path_of("secrets/own"), O_RDONLY);
}

static int say_ready(void)
{
    int failed = open_for(path_of("run/ready"), O_WRONLY | O_CREAT);
    return failed ? failed : result(unlink(path_of("run/ready")));
}

static int bind_a_door(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/sockets/door", directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || unlink(address.sun_path))
        return errno;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return result(fd < 0 ? fd : bind(fd, (struct sockaddr *)&any, sizeof any));
}

static int connect_where_named(void)
{
    return connect_to(named_port);
}

static void *nothing(void *arg)
{
    return arg;
}

static int start_a_thread(void)
{
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, nothing, NULL);
    return failed ? failed : pthread_join(thread, NULL);
}

static int resolve_a_name(void)
{
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    return getaddrinfo("localhost", "80", &hints, &found) == 0 ? 0 : ENOENT;
}

// A peer that talks no TLS: the whole way of a request but for the handshake's end, with the
// resolver's thread, OpenSSL and its authorities.
static int ask_the_outside(void)
{
    char url[64];
    snprintf(url, sizeof url, "https://localhost:%u/", named_port);
    outside_requests_t *outside = outside_new(true, 3000, "");
    outside_t request = {
        .key = 7, .method = OUTSIDE_GET, .url = {url, (uint32_t)strlen(url)}, .timeout_ms = 1000};
    outside_start(outside, &request);
    struct pollfd item = {.fd = outside_fd(outside), .events = POLLIN};
    result_t answer = {0};
    bool done = false;
    for (int turn = 0; turn < 40 && !done; turn++) {
        poll(&item, 1, 100);
        outside_turn(outside);
        done = outside_result(outside, &answer);
    }
    struct pollfd knock = {.fd = NAMED_LISTENER, .events = POLLIN};
    bool came = poll(&knock, 1, 0) == 1; // and was to be greeted
    outside_destroy(&outside);
    return !done ? ETIMEDOUT : !came ? ENOTCONN : answer.what == RESULT_NOT_CONNECTED ? 0 : EPROTO;
}

static int read_authorities(void)
{
    int failed = open_for("/etc/ssl/certs", O_RDONLY | O_DIRECTORY);
    return failed == ENOENT ? 0 : failed;
}

typedef struct {
    const char *what;
    int (*try)(void);
    int refusal;
    int abi;         // of Landlock from which it is refused, or 0
    bool outside;    // who goes outside may
    bool needs_root; // to be possible at all
} attempt_t;

static const attempt_t forbidden[] = {
    {"starts a program", start_a_program, KILLED, 0, false, false},
    {"forks", fork_a_process, EPERM, 0, false, false},
    {"is traced", trace, KILLED, 0, false, false},
    {"reads another process", read_another_process, KILLED, 0, false, true},
    {"leaves the namespace", leave_the_namespace, KILLED, 0, false, true},
    {"uses io_uring", use_io_uring, KILLED, 0, false, false},
    {"signals another process", signal_another_process, EPERM, 0, false, false},
    {"maps code", map_code, EPERM, 0, false, false},
    {"turns data into code", turn_data_into_code, EPERM, 0, false, false},
    {"listens to the kernel", listen_to_the_kernel, EOPNOTSUPP, 0, false, false},
    {"listens to the wire", listen_to_the_wire, EPERM, 0, false, true},
    {"sets a limit", set_a_limit, EPERM, 0, false, false},
    {"becomes dumpable", become_dumpable, EPERM, 0, false, false},
    {"reads /etc/passwd", read_passwd, EACCES, 1, true, false},
    {"reads its memory as a file", read_a_memory, EACCES, 1, false, false},
    {"writes outside", write_outside, EACCES, 1, false, false},
    {"writes a certificate", write_a_certificate, EACCES, 1, false, false},
    {"empties a certificate", empty_a_certificate, EPERM, 0, false, false},
    {"reads another's secret", read_another_secret, EACCES, 1, false, false},
    {"reads beside its mark", read_a_mark, EACCES, 1, false, false},
    {"makes a link", make_a_link, EPERM, 0, false, false},
    {"connects elsewhere", connect_elsewhere, EACCES, PORTS_ABI, true, false},
    {"binds elsewhere", bind_elsewhere, EACCES, PORTS_ABI, false, false},
};

static const attempt_t allowed[] = {
    {"reads what is named", read_what_is_named, 0, 0, false, false},
    {"says that it is ready", say_ready, 0, 0, false, false},
    {"binds a door", bind_a_door, 0, 0, false, false},
    {"connects where named", connect_where_named, 0, 0, false, false},
    {"starts a thread", start_a_thread, 0, 0, false, false},
    {"resolves a name", resolve_a_name, 0, 0, false, false},
    {"reads the authorities", read_authorities, 0, 0, false, false},
};

// In a child: entered as that process or, as nobody, not at all.
static int outcome(const char *process, int (*try)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (process && !enter_with(process, SANDBOX_REQUIRED))
            _exit(255);
        _exit(try());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
    return WEXITSTATUS(status);
}

static void expect(const char *process, const attempt_t *attempt, int expected)
{
    int got = outcome(process, attempt->try);
    if (got != expected)
        fail_msg("%s %s: %d (%s), expected %d", process ? process : "who is outside", attempt->what,
                 got, got < KILLED ? strerror(got) : "killed", expected);
}

static void what_no_process_needs_is_refused_to_each(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROCESSES; p++)
        for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
            const attempt_t *attempt = &forbidden[i];
            bool goes = service_named(processes[p])->network == SERVICE_NETWORK_EGRESS;
            bool let = attempt->outside && goes;
            if (attempt->abi <= abi)
                expect(processes[p], attempt, let ? 0 : attempt->refusal);
        }
}

static void outside_of_the_sandbox_all_of_it_is_possible(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (geteuid() == 0 || !forbidden[i].needs_root)
            expect(NULL, &forbidden[i], 0);
}

static void what_each_process_needs_is_let(void **state)
{
    (void)state;
    const attempt_t keep = {.what = "keeps a journal", .try = keep_a_journal};
    const attempt_t flush = {.what = "flushes a file", .try = flush_a_file};
    for (size_t p = 0; p < PROCESSES; p++) {
        for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
            expect(processes[p], &allowed[i], 0);
        bool keeps = service_named(processes[p])->stream != STREAM_NONE;
        expect(processes[p], &keep, keeps ? 0 : EPERM);
        expect(processes[p], &flush, keeps ? 0 : EPERM);
    }
}

static void payment_reaches_the_outside_by_name_and_tls(void **state)
{
    (void)state;
    const attempt_t ask = {.what = "asks the outside", .try = ask_the_outside};
    expect("payment", &ask, 0);
}

// --- the process itself ---

// Entered first, so that the status can be read from outside of the walls.
static void every_thread_has_no_capability_no_new_privileges_and_a_filter(void **state)
{
    (void)state;
    int pipes[2], done[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipe(done), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char word = enter_with("ledger", SANDBOX_REQUIRED) ? 'y' : 'n';
        ssize_t moved = write(pipes[1], &word, 1);
        moved += read(done[0], &word, 1);
        _exit(moved == 2 ? 0 : 1);
    }
    char word, line[256], path[64];
    assert_int_equal(read(pipes[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "r");
    assert_non_null(status);
    unsigned found = 0;
    while (fgets(line, sizeof line, status)) {
        found += strcmp(line, "NoNewPrivs:\t1\n") == 0;
        found += strcmp(line, "Seccomp:\t2\n") == 0;
        found += strcmp(line, "CapInh:\t0000000000000000\n") == 0;
        found += strcmp(line, "CapPrm:\t0000000000000000\n") == 0;
        found += strcmp(line, "CapEff:\t0000000000000000\n") == 0;
        found += strcmp(line, "CapBnd:\t0000000000000000\n") == 0 && geteuid() == 0;
        found += strcmp(line, "CapAmb:\t0000000000000000\n") == 0;
    }
    fclose(status);
    assert_int_equal(write(done[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(found, geteuid() == 0 ? 7 : 6);
}

static int ask_limits(void)
{
    struct rlimit core, files, memory;
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_DATA, &memory);
    bool good = core.rlim_max == 0 && files.rlim_max <= 8192 && files.rlim_cur == files.rlim_max &&
                memory.rlim_max == (rlim_t)4096 << 20;
    return good ? 0 : 1;
}

static void limits_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(outcome("web", ask_limits), 0);
}

// --- kernels that know less ---

static const char *hidden_process;
static sandbox_mode_t hidden_mode;
static int hidden_call;

// As a kernel without that call: what does a process say that is told to start?
static int enter_without_a_call(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (hidden_call &&
        (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), hidden_call, 0) || seccomp_load(filter)))
        return 200;
    seccomp_release(filter);
    if (!enter_with(hidden_process, hidden_mode))
        return 1;
    return open_for("/etc/passwd", O_RDONLY) == EACCES ? 2 : 3;
}

static void a_kernel_that_cannot_do_it_all_stops_who_requires_it_and_no_other(void **state)
{
    (void)state;
    static const struct {
        const char *what, *process;
        sandbox_mode_t mode;
        int hidden, expected;
    } cases[] = {
        {"all is there", "ledger", SANDBOX_REQUIRED, 0, 2},
        {"no Landlock, required", "ledger", SANDBOX_REQUIRED, SCMP_SYS(landlock_create_ruleset), 1},
        {"no Landlock, wanted", "ledger", SANDBOX_WANTED, SCMP_SYS(landlock_create_ruleset), 3},
        {"no seccomp, required", "ledger", SANDBOX_REQUIRED, SCMP_SYS(seccomp), 1},
        {"no seccomp, wanted", "ledger", SANDBOX_WANTED, SCMP_SYS(seccomp), 2},
        {"off", "ledger", SANDBOX_OFF, 0, 3},
        {"no such row, required", "cashier", SANDBOX_REQUIRED, 0, 1},
        {"no such row, wanted", "cashier", SANDBOX_WANTED, 0, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hidden_process = cases[i].process;
        hidden_mode = cases[i].mode;
        hidden_call = cases[i].hidden;
        int got = outcome(NULL, enter_without_a_call);
        if (got != cases[i].expected)
            fail_msg("%s: %d, expected %d", cases[i].what, got, cases[i].expected);
    }
}

// --- around the tests ---

static uint16_t listen_at(int as)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 256), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(dup2(fd, as), as);
    close(fd);
    return ntohs(address.sin_port);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const folders[] = {"journal", "certificates", "secrets", "run", "sockets"};
    static const char *const files[] = {"certificates/own.cert", "secrets/own", "secrets/other",
                                        "run/of-another"};
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        assert_int_equal(mkdir(path_of(folders[i]), 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_int_equal(open_for(path_of(files[i]), O_WRONLY | O_CREAT), 0);
    named_port = listen_at(NAMED_LISTENER);
    other_port = listen_at(OTHER_LISTENER);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

int main(void)
{
    abi = landlock_abi();
    if (abi == 0) {
        puts("no Landlock in this kernel");
        return SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_process_needs_is_refused_to_each),
        cmocka_unit_test(outside_of_the_sandbox_all_of_it_is_possible),
        cmocka_unit_test(what_each_process_needs_is_let),
        cmocka_unit_test(payment_reaches_the_outside_by_name_and_tls),
        cmocka_unit_test(every_thread_has_no_capability_no_new_privileges_and_a_filter),
        cmocka_unit_test(limits_are_those_of_the_table),
        cmocka_unit_test(a_kernel_that_cannot_do_it_all_stops_who_requires_it_and_no_other),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
