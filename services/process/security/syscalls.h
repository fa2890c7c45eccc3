#pragma once
// syscalls - the system calls that a process may make from here on, by seccomp.
//
// Three answers. What is on the list passes. What is not fails with EPERM and is logged by the
// kernel (audit, type 1326): a library that tries something new goes on by its own fall-back, and
// strace's fault injection, which asks for call number -1, works. What none of our code has any
// business with and an intruder begins with - another program, another process's memory, mounts,
// namespaces, the kernel's own parts - kills the process at once: that is no fault to go on from,
// and a journal does not mind a kill.
//
// Two refusals are spelt as their callers understand them: clone3, whose flags a filter cannot see,
// is ENOSYS (glibc then takes clone), and a netlink socket is EOPNOTSUPP (libzmq aborts on EPERM
// where it looks for a network card's name; measured). Both happen daily and are not logged.
//
// Failures: false, with errno. Threads: all of the process, whichever calls.
// Source: strace of the integration tests on Debian 12 (glibc 2.36, libzmq 4.3.4, libcurl 7.88,
// OpenSSL 3.0, libmicrohttpd 0.9.75), and reading of what these do when something fails. The same
// list is enough on Debian 13 (glibc 2.41, libzmq 4.3.5, libcurl 8.14, OpenSSL 3.5, libmicrohttpd
// 1.0.1): the same tests there leave no refused call in the kernel's log.
#include "proto/service.h"

// What all may, and the group `calls`: a keeper also makes, writes at offsets, syncs, renames and
// locks files.
bool syscalls_restrict(service_calls_t calls);
