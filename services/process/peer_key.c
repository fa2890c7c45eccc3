#include "services/process/peer_key.h"
#include <string.h>

// Looked at before it is read: what changes in between is read again at the next look.
static bool load(peer_key_t *self, char *error)
{
    if (stat(self->file, &self->seen))
        memset(&self->seen, 0, sizeof self->seen);
    return security_load_public(self->file, self->key, error);
}

bool peer_key_load(peer_key_t *self, const char *file, char error[SECURITY_ERROR_MAX])
{
    *self = (peer_key_t){.file = file};
    return load(self, error);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

peer_key_look_t peer_key_look(peer_key_t *self, char error[SECURITY_ERROR_MAX])
{
    struct stat now;
    char before[PEER_KEY_SIZE];
    if (stat(self->file, &now) || is_same_file(&now, &self->seen))
        return PEER_KEY_SAME;
    memcpy(before, self->key, sizeof before);
    if (load(self, error))
        return memcmp(before, self->key, sizeof before) ? PEER_KEY_OTHER : PEER_KEY_SAME;
    memcpy(self->key, before, sizeof before);
    return PEER_KEY_UNREADABLE;
}

void peer_key_forget(peer_key_t *self)
{
    self->seen = (struct stat){0};
    memset(self->key, 0, sizeof self->key);
}
