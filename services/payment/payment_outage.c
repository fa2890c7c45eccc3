#include "services/payment/payment_outage.h"
#include "proto/codes.h"

enum { SERVER_ERRORS = 500 };

static outage_t outage_of(const result_t *result)
{
    if (result->what == RESULT_NOT_CONNECTED)
        return OUTAGE_UNREACHABLE;
    if (result->what == RESULT_NO_ANSWER)
        return OUTAGE_SILENT;
    return result->http_status >= SERVER_ERRORS ? OUTAGE_ERRORS : OUTAGE_NONE;
}

static void answered(payment_outage_t *self, instant_t now)
{
    if (self->health.outage)
        self->health.until = now;
    self->health.outage = OUTAGE_NONE;
    self->first = 0;
    self->unanswered = 0;
}

void payment_outage_note(payment_outage_t *self, const result_t *result, instant_t now)
{
    outage_t how = outage_of(result);
    if (how == OUTAGE_NONE) {
        answered(self, now);
        return;
    }
    if (self->unanswered++ == 0)
        self->first = now;
    bool stands =
        self->unanswered >= PAYMENT_OUTAGE_REQUESTS && now - self->first >= PAYMENT_OUTAGE_US;
    if (!self->health.outage && stands)
        self->health =
            (outside_health_t){.since = self->first, .outages = self->health.outages + 1};
    if (!self->health.outage && !stands)
        return;
    self->health.outage = how;
    self->health.unanswered = self->unanswered;
}

void payment_outage_give_up(payment_outage_t *self)
{
    self->health.given_up += self->health.outage != OUTAGE_NONE;
}
