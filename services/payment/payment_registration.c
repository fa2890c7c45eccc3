#include "services/payment/payment_registration.h"

payment_registration_t payment_registration_begin(instant_t now)
{
    return (payment_registration_t){PAYMENT_REGISTRATION_DUE, now, now, 0};
}

// After a try before which there were `tries`.
static instant_t wait_after(uint32_t tries)
{
    static const instant_t WAITS[] = {MINUTE_US, 5 * MINUTE_US, 30 * MINUTE_US, HOUR_US};
    const uint32_t last = sizeof WAITS / sizeof WAITS[0] - 1;
    return WAITS[tries < last ? tries : last];
}

payment_registration_step_t payment_registration_step(payment_registration_t *self, instant_t now)
{
    if (self->state == PAYMENT_REGISTRATION_REGISTERED || now < self->next ||
        now >= self->since + PAYMENT_REGISTRATION_TRIES_US)
        return PAYMENT_REGISTRATION_REST;
    self->next = now + wait_after(self->tries++);
    if (self->state == PAYMENT_REGISTRATION_WAITING)
        return PAYMENT_REGISTRATION_ASK;
    self->state = PAYMENT_REGISTRATION_SENT;
    return PAYMENT_REGISTRATION_SEND;
}

void payment_registration_heard(payment_registration_t *self, int64_t code)
{
    if (self->state == PAYMENT_REGISTRATION_REGISTERED)
        return;
    switch (code) {
    case PAYMENT_REGISTRATION_CODE_TAKEN:
    case PAYMENT_REGISTRATION_CODE_WAITING:
        self->state = PAYMENT_REGISTRATION_WAITING;
        break;
    case PAYMENT_REGISTRATION_CODE_REGISTERED:
        self->state = PAYMENT_REGISTRATION_REGISTERED;
        break;
    case PAYMENT_REGISTRATION_CODE_ERROR:
    case PAYMENT_REGISTRATION_CODE_INTERNAL:
        self->state = PAYMENT_REGISTRATION_FAILED;
        break;
    default:
        break;
    }
}

bool payment_registration_is_missing(const payment_registration_t *self, instant_t now)
{
    return self->state != PAYMENT_REGISTRATION_REGISTERED &&
           now >= self->since + PAYMENT_REGISTRATION_MISSING_US;
}
