#include "services/process/security/sandbox.h"
#include "services/process/log.h"
#include "services/process/security/syscalls.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef KOPECK_SANDBOX
enum { SANDBOX_BUILT_IN = 1 };
#else
enum { SANDBOX_BUILT_IN = 0 };
#endif

enum { DNS_PORT = 53, CAPABILITIES_MAX = 64 };

// Read by the resolver, by OpenSSL and by libcurl, later than we enter. What may be replaced by a
// file of the same name is named by its directory, but for those in /etc itself: see sandbox_names.
static const char *const of_all[] = {
    "/dev/null",
    "/dev/urandom",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/usr/share/ca-certificates",
    "/run/systemd/resolve",
};

// Remembers the first failure, which names the rest.
static void expect(sandbox_t *self, bool good, const char *what)
{
    if (good || self->failed)
        return;
    self->failed = what;
    self->why = errno;
}

// --- what the configuration names ---

void sandbox_begin(sandbox_t *self, const char *process)
{
    *self = (sandbox_t){.service = service_named(process), .walls.fd = -1};
    errno = ENOENT;
    expect(self, self->service, "a line of this process in proto/services.def");
    if (!self->service)
        return;
    expect(self, landlock_begin(&self->walls, self->service->network == SERVICE_NETWORK_EGRESS),
           "Landlock");
    for (size_t i = 0; i < sizeof of_all / sizeof of_all[0]; i++)
        sandbox_path(self, of_all[i], LANDLOCK_READ);
    if (self->walls.fd >= 0)
        expect(self, landlock_connect(&self->walls, DNS_PORT), "Landlock's rule for a port");
    if (self->service->network == SERVICE_NETWORK_EGRESS)
        sandbox_names(self);
}

void sandbox_names(sandbox_t *self)
{
    // Where /etc/resolv.conf is a link to, by who writes it.
    static const char *const places[] = {"/etc", "/run/NetworkManager", "/run/resolvconf"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        sandbox_path(self, places[i], LANDLOCK_LOOK);
}

void sandbox_path(sandbox_t *self, const char *path, landlock_use_t use)
{
    if (self->walls.fd >= 0)
        expect(self, landlock_path(&self->walls, path, use), "Landlock's rule for a path");
}

// The directory that a file lies in.
static void name_directory(sandbox_t *self, const char *path, landlock_use_t use)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) + 1 : 0;
    if (size >= sizeof directory)
        return; // no such file can be opened
    memcpy(directory, path, size);
    directory[size] = '\0';
    sandbox_path(self, size ? directory : ".", use);
}

void sandbox_replaced(sandbox_t *self, const char *path)
{
    if (*path)
        name_directory(self, path, LANDLOCK_LOOK);
}

void sandbox_file(sandbox_t *self, const char *path)
{
    if (*path)
        name_directory(self, path, LANDLOCK_MARK);
}

// The port of tcp://HOST:PORT, or of ADDRESS:PORT; 0 for one that the kernel is to choose.
static uint16_t port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

void sandbox_bind(sandbox_t *self, const char *endpoint)
{
    static const char local[] = "ipc://";
    if (strncmp(endpoint, local, sizeof local - 1) == 0)
        name_directory(self, endpoint + sizeof local - 1, LANDLOCK_SOCKETS);
    else if (*endpoint && self->walls.fd >= 0)
        expect(self, landlock_bind(&self->walls, port_of(endpoint)), "Landlock's rule for a port");
}

// Of tcp://HOST:PORT; an address of IPv6 stands in brackets.
static bool has_a_name(const char *endpoint)
{
    struct in_addr address;
    char host[INET_ADDRSTRLEN];
    const char *from = endpoint + 6, *colon = strrchr(from, ':');
    size_t size = colon ? (size_t)(colon - from) : strlen(from);
    if (*from == '[')
        return false;
    if (size >= sizeof host)
        return true;
    memcpy(host, from, size);
    host[size] = '\0';
    return inet_pton(AF_INET, host, &address) != 1;
}

void sandbox_connect(sandbox_t *self, const char *endpoint)
{
    if (strncmp(endpoint, "tcp://", 6) != 0)
        return;
    if (has_a_name(endpoint))
        sandbox_names(self);
    if (self->walls.fd >= 0)
        expect(self, landlock_connect(&self->walls, port_of(endpoint)),
               "Landlock's rule for a port");
}

// --- entering ---

static bool limit(int what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0)
        return false;
    struct rlimit then = {.rlim_max = now.rlim_max < most ? now.rlim_max : most};
    then.rlim_cur = then.rlim_max;
    // Who has been limited already may not be let to set limits.
    return (then.rlim_max == now.rlim_max && then.rlim_cur == now.rlim_cur) ||
           setrlimit(what, &then) == 0;
}

// The bounding set needs a capability to be emptied. Without it the set stays and means nothing: no
// program is started from here, and none would gain by it.
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    uint32_t any = 0;
    for (size_t i = 0; i < 2; i++)
        any |= sets[i].effective | sets[i].permitted | sets[i].inheritable;
    if (!any) // and so none is ambient
        return true;
    bool may_empty = sets[0].effective & (1u << CAP_SETPCAP);
    for (unsigned long i = 0; may_empty && i < CAPABILITIES_MAX; i++)
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0 && errno != EINVAL) // EINVAL: past the last
            return false;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return false;
    memset(sets, 0, sizeof sets);
    return syscall(SYS_capset, &header, sets) == 0;
}

// Landlock and capabilities are of a thread: another one would be left outside.
static bool is_alone(void)
{
    struct stat status;
    return stat("/proc/self/task", &status) != 0 || status.st_nlink == 3; // ".", "..", ours
}

// All that can be done of it, in the order of the header.
static void enter(sandbox_t *self, unsigned memory_mib)
{
    rlim_t memory = (rlim_t)(memory_mib ? memory_mib : self->service->memory_mib) << 20;
    umask(007);
    expect(self, limit(RLIMIT_CORE, 0), "the limit of cores");
    expect(self, limit(RLIMIT_NOFILE, self->service->files), "the limit of descriptors");
    expect(self, limit(RLIMIT_DATA, memory), "the limit of memory");
    expect(self, drop_capabilities(), "dropping the capabilities");
    expect(self, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    expect(self, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "being closed to tracers");
    if (self->walls.fd >= 0)
        expect(self, landlock_enter(&self->walls), "Landlock");
    expect(self, syscalls_restrict(self->service->calls), "seccomp");
}

bool sandbox_enter(sandbox_t *self, sandbox_mode_t mode, unsigned memory_mib)
{
    if (mode == SANDBOX_OFF || !SANDBOX_BUILT_IN) {
        landlock_leave(&self->walls);
        log_warn("no sandbox", "why",
                 SANDBOX_BUILT_IN ? "process/sandbox = off" : "it is not in this build");
        return true;
    }
    assert(is_alone());
    if (self->service)
        enter(self, memory_mib);
    if (!self->failed) {
        log_info("sandboxed", "landlock", log_number((uint64_t)self->walls.abi));
        return true;
    }
    log_line(mode == SANDBOX_WANTED ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
             mode == SANDBOX_WANTED
                 ? "the sandbox is incomplete"
                 : "the sandbox is incomplete; process/sandbox = wanted would start without",
             "missing", self->failed, "why", strerror(self->why), NULL);
    return mode == SANDBOX_WANTED;
}
