#include "services/process/security/syscalls.h"
#include <errno.h>
#include <seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL(name) SCMP_SYS(name)

static const int of_all[] = {
    // memory; mmap and mprotect are below
    CALL(brk), CALL(madvise), CALL(mlock), CALL(mlock2), CALL(mremap), CALL(munlock), CALL(munmap),
    // files that Landlock lets us reach
    CALL(access), CALL(close), CALL(close_range), CALL(dup), CALL(faccessat), CALL(faccessat2),
    CALL(fcntl), CALL(fstat), CALL(fstatfs), CALL(getcwd), CALL(getdents64), CALL(lseek),
    CALL(lstat), CALL(newfstatat), CALL(open), CALL(openat), CALL(pread64), CALL(read),
    CALL(readlink), CALL(readlinkat), CALL(readv), CALL(stat), CALL(statfs), CALL(statx),
    CALL(unlink), CALL(unlinkat), CALL(write), CALL(writev),
    // threads and time; clone is below
    CALL(clone3), // see add_usual_refusals
    CALL(alarm),  // see actor.h
    CALL(clock_getres), CALL(clock_gettime), CALL(clock_nanosleep), CALL(exit), CALL(exit_group),
    CALL(futex), CALL(gettimeofday), CALL(nanosleep), CALL(restart_syscall), CALL(rseq),
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sched_getaffinity),
    CALL(sched_getparam), CALL(sched_getscheduler), CALL(sched_yield), CALL(set_robust_list),
    CALL(sigaltstack), CALL(time),
    // waiting
    CALL(epoll_create), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_pwait), CALL(epoll_wait),
    CALL(eventfd2), CALL(pipe2), CALL(poll), CALL(ppoll), CALL(pselect6), CALL(select),
    CALL(signalfd4), CALL(timerfd_create), CALL(timerfd_gettime), CALL(timerfd_settime),
    // talking; socket and socketpair are below
    CALL(accept), CALL(accept4), CALL(bind), CALL(connect), CALL(getpeername), CALL(getsockname),
    CALL(getsockopt), CALL(listen), CALL(recvfrom), CALL(recvmmsg), CALL(recvmsg), CALL(sendmmsg),
    CALL(sendmsg), CALL(sendto), CALL(setsockopt), CALL(shutdown),
    // who and where we are
    CALL(getegid), CALL(geteuid), CALL(getgid), CALL(getpid), CALL(getppid), CALL(getrandom),
    CALL(getrusage), CALL(gettid), CALL(getuid), CALL(sysinfo), CALL(uname)};

static const int of_a_keeper[] = {
    // a journal's files
    CALL(fadvise64), CALL(fallocate), CALL(fdatasync), CALL(flock),    CALL(fsync),
    CALL(ftruncate), CALL(mkdir),     CALL(mkdirat),   CALL(pwrite64), CALL(pwritev),
    CALL(rename),    CALL(renameat),  CALL(renameat2)};

static const int deadly[] = {
    // other programs and other processes
    CALL(execve), CALL(execveat), CALL(kcmp), CALL(pidfd_getfd), CALL(process_madvise),
    CALL(process_vm_readv), CALL(process_vm_writev), CALL(ptrace),
    // another view of the machine
    CALL(chroot), CALL(fsconfig), CALL(fsmount), CALL(fsopen), CALL(mount), CALL(mount_setattr),
    CALL(move_mount), CALL(open_by_handle_at), CALL(open_tree), CALL(pivot_root), CALL(setns),
    CALL(umount2), CALL(unshare),
    // the kernel itself, by its ways that failed most
    CALL(add_key), CALL(bpf), CALL(create_module), CALL(delete_module), CALL(finit_module),
    CALL(init_module), CALL(io_uring_enter), CALL(io_uring_register), CALL(io_uring_setup),
    CALL(kexec_file_load), CALL(kexec_load), CALL(keyctl), CALL(perf_event_open), CALL(request_key),
    CALL(userfaultfd),
    // the whole machine
    CALL(acct), CALL(ioperm), CALL(iopl), CALL(personality), CALL(quotactl), CALL(reboot),
    CALL(setdomainname), CALL(sethostname), CALL(settimeofday), CALL(swapoff), CALL(swapon)};

// A call that passes if one argument is so.
typedef struct {
    int call;
    struct scmp_arg_cmp argument;
} condition_t;

static int add_list(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = seccomp_rule_add(filter, action, calls[i], 0);
    return rc;
}

// libseccomp's macros leave out what they do not need, and clang sees into them.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static int add_conditions(scmp_filter_ctx filter)
{
    const condition_t conditions[] = {
        {CALL(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {CALL(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {CALL(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
        {CALL(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
        // libzmq aborts if it may not set its threads to what they are
        {CALL(sched_setscheduler), SCMP_A1(SCMP_CMP_EQ, SCHED_OTHER)},
        {CALL(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0)},               // asks, does not set
        {CALL(tgkill), SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid())}, // abort
        {CALL(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD)},
        {CALL(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO)},
        {CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX)},
        {CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET)},
        {CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6)},
        {CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_NETLINK)}, // see add_usual_refusals
        {CALL(socketpair), SCMP_A0(SCMP_CMP_EQ, AF_UNIX)},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0] && rc == 0; i++)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, conditions[i].call, 1,
                                    &conditions[i].argument);
    return rc;
}

#define ADD(filter, action, list) add_list(filter, action, list, sizeof list / sizeof list[0])

static int add_rules(scmp_filter_ctx filter, service_calls_t calls)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); // a tree, not a row
    if (!rc)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    if (!rc)
        rc = add_conditions(filter);
    if (!rc)
        rc = ADD(filter, SCMP_ACT_KILL_PROCESS, deadly);
    if (!rc)
        rc = ADD(filter, SCMP_ACT_ALLOW, of_all);
    if (!rc && calls == SERVICE_CALLS_KEEPER)
        rc = ADD(filter, SCMP_ACT_ALLOW, of_a_keeper);
    return rc;
}

// What the first filter lets pass and this one refuses goes unlogged: it happens in the best of
// processes, at each new thread.
static int add_usual_refusals(scmp_filter_ctx filter)
{
    int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
    if (!rc)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP), CALL(socket), 1,
                              SCMP_A0(SCMP_CMP_EQ, AF_NETLINK));
    return rc;
}

static int load(scmp_filter_ctx filter)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!rc)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!rc)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); // the kernel's own errno
    return rc ? rc : seccomp_load(filter);
}

bool syscalls_restrict(service_calls_t calls)
{
    scmp_filter_ctx usual = seccomp_init(SCMP_ACT_ALLOW);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc = usual && filter ? add_usual_refusals(usual) : -ENOMEM;
    if (!rc)
        rc = add_rules(filter, calls);
    if (!rc)
        rc = load(usual); // first: the other one refuses the loading of filters
    if (!rc)
        rc = load(filter);
    seccomp_release(usual);
    seccomp_release(filter);
    errno = -rc;
    return rc == 0;
}
