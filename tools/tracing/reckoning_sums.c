#include "tools/tracing/reckoning_sums.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool reckoning_fail(char *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, RECKONING_ERROR_MAX, format, args);
    va_end(args);
    return false;
}

void reckoning_sums_init(reckoning_sums_t *self, reckoning_t *out, char *error)
{
    *self = (reckoning_sums_t){.out = out, .error = error};
    self->payments = calloc(RECKONING_PAYMENTS_MAX, sizeof *self->payments);
    assert(self->payments);
}

void reckoning_sums_release(reckoning_sums_t *self)
{
    free(self->payments);
    self->payments = NULL;
}

// The number of one of the trace's accounts, USAGE_ACCOUNTS for any other id.
static uint32_t number_of(const uid_t16 *id)
{
    uint32_t number = 0;
    for (int i = 13; i < 16; i++)
        number = number * 100 + (id->bytes[i] >> 4) * 10u + (id->bytes[i] & 15u);
    uid_t16 expected = usage_account(number % USAGE_ACCOUNTS);
    return number < USAGE_ACCOUNTS && uid_equal(id, &expected) ? number : USAGE_ACCOUNTS;
}

static bool take_posted(reckoning_sums_t *self, const event_posted_t *e)
{
    uint32_t number = number_of(&e->account);
    bool fits = true;
    self->system += e->credit < SYSTEM_END ? e->amount : 0;
    self->system -= e->debit < SYSTEM_END ? e->amount : 0;
    if (number == USAGE_ACCOUNTS)
        return reckoning_fail(self->error,
                              "a posting of kind %llu names an account that is none of ours",
                              (unsigned long long)e->kind);
    reckoning_account_t *account = &self->out->accounts[number];
    account->exists = true;
    account->cash = e->cash;
    account->bonus = e->bonus;
    switch (e->kind) {
    case POSTING_CHARGE:
        fits = money_add(account->charged, e->amount, &account->charged);
        break;
    case POSTING_CREDIT:
    case POSTING_CREDIT_BONUS: // usage that was given back
        fits = money_subtract(account->charged, e->amount, &account->charged);
        break;
    case POSTING_TOPUP:
    case POSTING_AUTOPAY:
        fits = money_add(account->topped_up, e->amount, &account->topped_up);
        account->autopays += e->kind == POSTING_AUTOPAY;
        self->out->credits++;
        break;
    default:
        return reckoning_fail(self->error, "account %u: a posting of kind %llu was not expected",
                              number, (unsigned long long)e->kind);
    }
    return fits || reckoning_fail(self->error, "account %u: sums leave 64 bits", number);
}

bool reckoning_take(reckoning_sums_t *self, const event_t *event)
{
    uint32_t number;
    switch (event->type) {
    case EVENT_posted:
        return take_posted(self, &event->posted);
    case EVENT_usage_charged:
        self->out->lines++;
        self->out->minutes += event->usage_charged.minutes;
        number = number_of(&event->usage_charged.account);
        if (number == USAGE_ACCOUNTS)
            return reckoning_fail(self->error,
                                  "a charge line names an account that is none of ours");
        self->charged_by_metering[number] += event->usage_charged.amount;
        return true;
    case EVENT_usage_credited:
        self->out->minutes -= event->usage_credited.minutes;
        number = number_of(&event->usage_credited.account);
        if (number == USAGE_ACCOUNTS)
            return reckoning_fail(self->error, "a credit names an account that is none of ours");
        self->charged_by_metering[number] -= event->usage_credited.amount;
        return true;
    case EVENT_usage_uncredited:
        self->out->uncredited += event->usage_uncredited.minutes;
        return true;
    case EVENT_usage_taking_back:
        self->out->uncredited += event->usage_taking_back.untold;
        return true;
    case EVENT_meter_closed:
        number = number_of(&event->meter_closed.account);
        if (number < USAGE_ACCOUNTS)
            self->charged_by_metering[number] += event->meter_closed.amount;
        return true;
    case EVENT_usage_refused:
        self->out->refused++;
        return true;
    case EVENT_usage_expired:
        self->out->expired += event->usage_expired.minutes;
        return true;
    case EVENT_payment_succeeded:
        if (self->payments_count == RECKONING_PAYMENTS_MAX)
            return reckoning_fail(self->error, "more than %d payments", RECKONING_PAYMENTS_MAX);
        self->payments[self->payments_count++] = (reckoning_payment_t){
            event->payment_succeeded.invoice, event->payment_succeeded.amount, false};
        return true;
    default:
        return true;
    }
}
