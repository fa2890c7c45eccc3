#pragma once
// autopay_core - decides when a card is charged: hears of mandates and of what became of requests
// from payment, of balances from the ledger, and says CHARGE or the reason why not.
//
// It takes facts at once, and judges only in a tick whose inputs are current: a balance that is not
// up to date is no reason to charge. Settings: none. Threads: one.
// Source: docs/rules.md "Autopay".
#include "proto/core.h"

extern const core_t autopay_core;
