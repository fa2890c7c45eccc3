#pragma once
// openings - every account of a trace opens with a top-up of 1000 rubles with autopay ticked: a
// command to payment, then a payer who follows the link at the stand-in of Robokassa.
//
// Failures: false and the reason. Each is repeated with the same id until it is answered, so a
// process may be killed meanwhile. Threads: one.
#include "tools/driver/driver.h"
#include "tools/tracing/usage.h"

enum { OPENING_RUB = 1000, OPENING_COUNT_MAX = 31, OPENINGS_ERROR_MAX = 512 };

bool openings_make(const usage_t *usage, client_t *payment, driver_t *driver,
                   void (*tend)(void *arg), void *arg, char error[OPENINGS_ERROR_MAX]);
