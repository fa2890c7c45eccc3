#include "tools/kopeck/journal_owner.h"
#include "store/journal.h"
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool journal_owner_find(const char *directory, const char *user, journal_owner_t *ret_owner)
{
    struct stat status = {.st_uid = geteuid(), .st_gid = getegid()}; // of a place without files
    const struct passwd *named = user ? getpwnam(user) : NULL;
    char parent[JOURNAL_PLACE_MAX];
    snprintf(parent, sizeof parent, "%s", directory);
    ret_owner->switches = geteuid() == 0;
    if (user && !named) {
        fprintf(stderr, "kopeck: user: %s: expected the name of a user of this machine\n", user);
        return false;
    }
    if (!named && *directory && stat(directory, &status) && stat(dirname(parent), &status)) {
        fprintf(stderr, "kopeck: %s: %s\n", directory, strerror(errno));
        return false;
    }
    ret_owner->uid = named ? named->pw_uid : status.st_uid;
    ret_owner->gid = named ? named->pw_gid : status.st_gid;
    return true;
}

bool journal_owner_make(const journal_owner_t *self, const char *directory)
{
    if (mkdir(directory, 0700))
        return errno == EEXIST;
    return !self->switches || !chown(directory, self->uid, self->gid);
}

fail_t journal_owner_become(const journal_owner_t *self)
{
    if (self->switches && (setgroups(0, NULL) || setgid(self->gid) || setuid(self->uid)))
        return FAIL_DENIED;
    umask(077);
    return FAIL_NONE;
}
