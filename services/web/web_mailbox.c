#include "services/web/web_mailbox.h"
#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool web_mailbox_init(web_mailbox_t *self)
{
    *self = (web_mailbox_t){.lock = PTHREAD_MUTEX_INITIALIZER,
                            .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    return self->bell >= 0;
}

void web_mailbox_destroy(web_mailbox_t *self)
{
    assert(!self->first);
    if (self->bell >= 0)
        close(self->bell);
    pthread_mutex_destroy(&self->lock);
}

// A bell that cannot be rung would leave questions lying for ever: better a process that ends and
// is started again.
static void ring(web_mailbox_t *self)
{
    while (write(self->bell, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        if (errno == EAGAIN)
            return; // it rings already
        else
            assert(errno == EINTR);
}

static void silence(web_mailbox_t *self)
{
    uint64_t rung;
    while (read(self->bell, &rung, sizeof rung) < 0)
        if (errno == EAGAIN)
            return; // it does not ring
        else
            assert(errno == EINTR);
}

bool web_mailbox_put(web_mailbox_t *self, web_question_t *question)
{
    question->next = NULL;
    pthread_mutex_lock(&self->lock);
    bool open = !self->closed;
    if (open) {
        if (self->first)
            self->last->next = question;
        else
            self->first = question;
        self->last = question;
        ring(self);
    }
    pthread_mutex_unlock(&self->lock);
    return open;
}

void web_mailbox_close(web_mailbox_t *self)
{
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    ring(self);
    pthread_mutex_unlock(&self->lock);
}

web_question_t *web_mailbox_take(web_mailbox_t *self, bool *ret_closed)
{
    pthread_mutex_lock(&self->lock);
    web_question_t *question = self->first;
    if (question)
        self->first = question->next;
    else
        silence(self);
    *ret_closed = self->closed && !self->first;
    pthread_mutex_unlock(&self->lock);
    return question;
}
