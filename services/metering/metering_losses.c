#include "services/metering/metering_losses.h"
#include "proto/money.h"

void losses_apply(losses_t *self, const event_usage_expired_t *event, instant_t at)
{
    if (event->kind < RESOURCE_DISK) // of minutes alone
        self->minutes += event->minutes;
    self->last = at;
    if (!event->price) { // a record of before the account
        self->unpriced += event->minutes;
        return;
    }
    self->carry = event->remainder;
    if (!money_add(self->amount, event->amount, &self->amount))
        self->amount = INT64_MAX;
}

void losses_query(const losses_t *self, answer_losses_t *out)
{
    *out = (answer_losses_t){.minutes = self->minutes,
                             .amount = self->amount,
                             .remainder = self->carry,
                             .unpriced = self->unpriced,
                             .last = self->last};
}
