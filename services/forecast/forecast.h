#pragma once
// forecast - what becomes of a balance if all that runs now runs on: when the next automatic
// payments come, when a monthly limit ends them, and when the money is used up.
//
// It calls autopay's own verdict and posts as metering does, meter by meter with its carry. So if
// nothing is started, stopped or paid by hand, prices stay, each hour is closed as early as it may
// be, and each payment succeeds at once, then the cores do exactly what was foretold, to the
// microsecond and the kopeck. Example: 100 rubles, one replica of `nachalny` (40 kopecks an hour),
// a mandate of 500 rubles and one payment a month: the first payment comes with the posting that
// brings the balance below 100 rubles.
//
// Pure. Units: kopecks, carry units (proto/money.h), microseconds. Ownership: reads what it is
// given, keeps nothing. Failures: FAIL_INVALID for meters and endings that are none.
// Cost: FORECAST_DAYS x 24 steps over the meters. Source: docs/rules.md "Forecast".
#include "proto/request.h"
#include "services/autopay/autopay_verdict.h"

enum { FORECAST_DAYS = 90 };
#define FORECAST_NEVER INT64_MAX // not within FORECAST_DAYS

typedef struct {
    bool idle;           // nothing burns
    kopecks_t burn_hour; // rounded down
    instant_t lasts;     // the last whole minute that the money covers if no payment comes
    instant_t payment;   // the next automatic payment
    uint64_t payments;   // how many until the end of the forecast
    instant_t limit;     // when a limit keeps back a payment for the first time
    autopay_reason_t limit_reason; // COUNT_CAP, SUM_CAP or ATTEMPT_CAP; else 0
    instant_t stops;               // when a posting brings the balance below zero
    kopecks_t left;                // the balance then, or at the end of the forecast
} forecast_t;

// What autopay said, as of `now`.
autopay_inputs_t forecast_autopay(const answer_autopay_t *autopay, instant_t now);

// From the meters' `now` on. `endings` are those of the balance (proto/requests.def), of bonuses
// that end. `autopay` may be NULL: no payment comes.
fail_t forecast(kopecks_t balance, bytes_t endings, const answer_meters_t *meters,
                const autopay_inputs_t *autopay, forecast_t *ret);
