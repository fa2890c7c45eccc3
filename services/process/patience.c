#include "services/process/patience.h"

bool patience_hear(patience_t *self, uint64_t failed, uint64_t unknown, uint64_t finished,
                   int64_t now)
{
    if (finished) {
        *self = (patience_t){.failed = 0};
        return false;
    }
    if (now - self->since > PATIENCE_WITHIN_MS)
        self->failed = 0;
    if (!self->failed)
        self->since = now;
    self->failed += failed;
    if (self->again || (!unknown && self->failed < PATIENCE_FAILURES))
        return false;
    *self = (patience_t){.turned_ms = now, .again = now + PATIENCE_PAUSE_MS, .unknown = unknown};
    return true;
}

bool patience_is_tried(const patience_t *self)
{
    return self->failed || self->turned_ms;
}

bool patience_pauses(const patience_t *self)
{
    return self->again;
}

bool patience_ends(patience_t *self, int64_t now)
{
    if (!self->again || now < self->again)
        return false;
    self->again = 0;
    return true;
}

bool patience_is_turned_away(const patience_t *self, int64_t now)
{
    return self->turned_ms && now - self->turned_ms < 2 * PATIENCE_PAUSE_MS;
}
