#include "tools/kopeck/restore_next.h"
#include "proto/core.h"
#include "proto/service.h"
#include <inttypes.h>
#include <stdarg.h>

#define SERVICE(name, ...) extern const core_t name##_core;
#include "proto/services.def"

static const core_t *const cores[] = {
#define SERVICE(name, ...) &name##_core,
#include "proto/services.def"
};

__attribute__((format(printf, 2, 3))) static void add(restore_next_t *self, const char *format, ...)
{
    if (self->count == RESTORE_NEXT_STEPS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(self->steps[self->count++], RESTORE_NEXT_TEXT_MAX, format, arguments);
    va_end(arguments);
}

// Each stores which history it accepted, and how far in it it is.
static void add_followers(restore_next_t *self, const char *const restored[OPTIONS_STREAMS],
                          const journal_check_t checks[OPTIONS_STREAMS])
{
    for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++)
        for (size_t f = 0; f < cores[i]->follows_count; f++) {
            stream_t stream = cores[i]->follows[f].stream;
            if (restored[stream])
                add(self, "kopeck reseed %s %s --at-most %" PRIu64 " --yes",
                    service_stream_name(cores[i]->stream), service_stream_name(stream),
                    checks[stream].last);
        }
}

void restore_next(const char *const restored[OPTIONS_STREAMS],
                  const journal_check_t checks[OPTIONS_STREAMS], uint64_t epoch,
                  restore_next_t *ret_next)
{
    *ret_next = (restore_next_t){0};
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (restored[stream])
            add(ret_next, "in the configuration of %s, under journal: epoch = %" PRIu64,
                service_stream_name(stream), epoch);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (restored[stream])
            add(ret_next, "start %s", service_stream_name(stream));
    add_followers(ret_next, restored, checks);
    if (restored[STREAM_DOCUMENTS])
        add(ret_next, "kopeck act numbers --invoice N --act N --shipment N: the last that may have "
                      "been given since, before any paper is issued again");
    if (restored[STREAM_METERING] && !restored[STREAM_LEDGER])
        add(ret_next, "the ledger has charged usage that metering has lost, and would charge it "
                      "again when the platform sends it again: restore the ledger from the same "
                      "backup too");
    add(ret_next, "kopeck status");
    add(ret_next, "kopeck verify: it names what others did by events that are lost");
}
