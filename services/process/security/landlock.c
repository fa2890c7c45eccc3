#include "services/process/security/landlock.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// From Linux 6.2 on.
enum {
    TRUNCATE = 1 << 14,  // ABI 3
    IOCTL_DEV = 1 << 15, // ABI 5
    BIND_TCP = 1 << 0,   // ABI 4, as is all of these
    CONNECT_TCP = 1 << 1,
    RULE_NET_PORT = 2
};

typedef struct {
    uint64_t files, ports;
} ruleset_t;

typedef struct {
    uint64_t allowed, port;
} port_rule_t;

enum {
    READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    WRITING = LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE,
    NAMING = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE,
    OF_A_FILE = LANDLOCK_ACCESS_FS_READ_FILE | WRITING,
    ABI_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 // every right of the first version
};

static const uint64_t uses[] = {
    [LANDLOCK_READ] = READING,
    [LANDLOCK_LOOK] = LANDLOCK_ACCESS_FS_READ_FILE,
    [LANDLOCK_KEEP] = READING | WRITING | NAMING | LANDLOCK_ACCESS_FS_MAKE_DIR,
    [LANDLOCK_MARK] = WRITING | NAMING,
    [LANDLOCK_SOCKETS] = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

bool landlock_begin(landlock_t *self, bool any_peer)
{
    *self = (landlock_t){.fd = -1, .abi = landlock_abi(), .files = ABI_1};
    if (self->abi == 0)
        return false;
    if (self->abi >= 2)
        self->files |= LANDLOCK_ACCESS_FS_REFER;
    if (self->abi >= 3)
        self->files |= TRUNCATE;
    if (self->abi >= 5)
        self->files |= IOCTL_DEV;
    if (self->abi >= 4)
        self->ports = any_peer ? BIND_TCP : BIND_TCP | CONNECT_TCP;
    ruleset_t ruleset = {self->files, self->ports};
    size_t size = self->abi >= 4 ? sizeof ruleset : sizeof ruleset.files;
    self->fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    return self->fd >= 0;
}

bool landlock_path(landlock_t *self, const char *path, landlock_use_t use)
{
    struct stat status;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    uint64_t allowed = uses[use] & self->files;
    bool good = fstat(fd, &status) == 0;
    if (good && !S_ISDIR(status.st_mode))
        allowed &= OF_A_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = allowed, .parent_fd = fd};
    if (good && allowed)
        good = syscall(SYS_landlock_add_rule, self->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(fd);
    return good;
}

static bool allow_port(landlock_t *self, uint16_t port, uint64_t use)
{
    port_rule_t rule = {use & self->ports, port};
    return !rule.allowed || syscall(SYS_landlock_add_rule, self->fd, RULE_NET_PORT, &rule, 0) == 0;
}

bool landlock_bind(landlock_t *self, uint16_t port)
{
    return allow_port(self, port, BIND_TCP);
}

bool landlock_connect(landlock_t *self, uint16_t port)
{
    return allow_port(self, port, CONNECT_TCP);
}

bool landlock_enter(landlock_t *self)
{
    bool good = syscall(SYS_landlock_restrict_self, self->fd, 0) == 0;
    landlock_leave(self);
    return good;
}

void landlock_leave(landlock_t *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}
