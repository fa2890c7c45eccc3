#include "services/web/web_face.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/signals.h"
#include <errno.h>
#include <poll.h>
#include <sysexits.h>

enum { WAIT_MS = 1000 };

// An exit status; each second it tells of lines of the log that were lost.
static int wait_for_signal(const web_face_t *self)
{
    for (;;) {
        struct pollfd item = {.fd = self->signals, .events = POLLIN};
        if (poll(&item, 1, WAIT_MS) < 0 && errno != EINTR)
            return EX_OSERR;
        log_retry();
        signals_told_t told = signals_take(self->signals);
        if (told.reads_anew)
            self->read_anew(self->arg);
        if (told.ends)
            return EX_OK;
    }
}

// Every door is open.
static int serve(const web_face_t *self, web_asker_t *asker, uint16_t port)
{
    int status = EX_UNAVAILABLE;
    if (ready_tell(self->ready_file)) {
        self->ready(self->arg, port);
        status = wait_for_signal(self);
    } else {
        log_error("cannot say that it is ready", "file", self->ready_file);
    }
    web_asker_stop(asker); // first: what it gives back is answered by the listeners
    web_asker_counters_t counters = web_asker_counters(asker);
    log_info("stopping", "asked", log_number(counters.asked), "refused",
             log_number(counters.refused), "overdue", log_number(counters.overdue), "late",
             log_number(counters.late), "renewed", log_number(counters.renewed));
    return status;
}

// How many listen; false at the first that cannot.
static bool listen_all(const web_face_t *self, web_asker_t *asker,
                       web_listener_t *all[WEB_FACE_LISTENERS_MAX], size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < WEB_FACE_LISTENERS_MAX; i++) {
        const web_listener_settings_t *settings = self->listeners[i];
        if (!settings || !*settings->listen)
            continue;
        all[*ret_count] = web_listener_new(settings, asker);
        if (!all[*ret_count])
            return false;
        (*ret_count)++;
    }
    return *ret_count > 0;
}

int web_face_run(const web_face_t *self)
{
    int status;
    web_asker_t *asker = web_asker_new(self->doors, WEB_DOORS, self->secret, &status);
    if (!asker)
        return status;
    web_listener_t *all[WEB_FACE_LISTENERS_MAX];
    size_t count;
    status = listen_all(self, asker, all, &count) ? serve(self, asker, web_listener_port(all[0]))
                                                  : EX_UNAVAILABLE;
    web_asker_stop(asker);
    while (count)
        web_listener_destroy(&all[--count]);
    web_asker_destroy(&asker);
    ready_end(self->ready_file);
    return status;
}
