#include "tools/kopeck/explain_history.h"
#include "tools/kopeck/verify_source.h"
#include <string.h>
#include <sysexits.h>

typedef struct {
    uint64_t invoice, refund; // 0 if it is not known
} names_t;

static uint64_t named(const event_t *event, const char *field)
{
    const event_info_t *info = event_info(event->type);
    for (size_t i = 0; info && i < info->fields_count; i++) {
        const field_t *at = &info->fields()[i];
        if (at->type == FIELD_TYPE_id64 && strcmp(at->name, field) == 0)
            return *(const uint64_t *)(const void *)((const char *)event_body(event) + at->offset);
    }
    return 0;
}

static names_t names_of(const event_t *event)
{
    return (names_t){named(event, "invoice"), named(event, "refund")};
}

static bool concerns(const names_t *names, const event_t *event)
{
    names_t its = names_of(event);
    return (names->invoice && its.invoice == names->invoice) ||
           (names->refund && its.refund == names->refund);
}

typedef struct {
    const event_t *about;
    uint64_t own;
    names_t names;
    explain_history_fn *visit; // NULL: to find the payment of a refund
    void *arg;
} reading_t;

static void take(reading_t *self, uint64_t sequence, const event_t *event)
{
    bool later = event->at > self->about->at || (self->own && sequence >= self->own);
    if (later || !concerns(&self->names, event))
        return;
    if (self->visit)
        self->visit(self->arg, sequence, event);
    else if (!self->names.invoice)
        self->names.invoice = names_of(event).invoice;
}

static int read_all(reading_t *self, session_t *session, const char *directory)
{
    int status = EX_OK;
    verify_source_t *source = directory
                                  ? verify_source_offline(STREAM_PAYMENT, directory, 1, &status)
                                  : verify_source_live(session, STREAM_PAYMENT, 1, &status);
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    while (source && verify_source_next(source, &sequence, &bytes))
        if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE)
            take(self, sequence, &event);
    status = source ? verify_source_status(source) : status;
    verify_source_destroy(&source);
    return status;
}

int explain_history(session_t *session, const char *directory, const event_t *about, uint64_t own,
                    explain_history_fn *visit, void *arg)
{
    reading_t reading = {.about = about, .own = own, .names = names_of(about)};
    int status = EX_OK;
    if (!reading.names.invoice && reading.names.refund)
        status = read_all(&reading, session, directory);
    reading.visit = visit;
    reading.arg = arg;
    bool none = !reading.names.invoice && !reading.names.refund;
    return status || none ? status : read_all(&reading, session, directory);
}
