#include "services/process/committer.h"
#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *run(void *arg)
{
    committer_t *self = arg;
    for (;;) {
        while (sem_wait(&self->given) && errno == EINTR)
            ;
        if (self->ends)
            return NULL;
        self->fail = past_append(self->past, &self->batch);
        atomic_store(&self->done, true);
        int rc = eventfd_write(self->fd, 1);
        assert(rc == 0);
    }
}

bool committer_open(committer_t *self, past_t *past)
{
    *self = (committer_t){.past = past, .fd = eventfd(0, EFD_CLOEXEC)};
    int rc = sem_init(&self->given, 0, 0);
    assert(rc == 0);
    self->open = self->fd >= 0 && pthread_create(&self->thread, NULL, run, self) == 0;
    return self->open;
}

void committer_close(committer_t *self)
{
    if (self->open) {
        self->ends = true;
        (void)sem_post(&self->given);
        (void)pthread_join(self->thread, NULL);
    }
    if (self->past) {
        (void)sem_destroy(&self->given);
        if (self->fd >= 0)
            (void)close(self->fd);
    }
    *self = (committer_t){0};
}

void committer_give(committer_t *self, const node_batch_t *batch)
{
    assert(!self->running && !batch->rows_count);
    self->running = true;
    self->batch = *batch;
    atomic_store(&self->done, false);
    (void)sem_post(&self->given);
}

bool committer_is_done(const committer_t *self)
{
    return self->running && atomic_load(&self->done);
}

fail_t committer_take(committer_t *self)
{
    assert(self->running);
    eventfd_t count;
    while (eventfd_read(self->fd, &count) && errno == EINTR)
        ;
    self->running = false;
    return self->fail;
}
