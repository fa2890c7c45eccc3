#pragma once
// autopay_core - decides when a card is charged: hears of mandates and of what became of requests
// from payment, of balances from the ledger, and says CHARGE or the reason why not.
//
// Settings: none. Facts are taken at once; judgements are made only in a tick whose inputs are
// current. Source: the billing rules, (a) to (c); design, "Autopay".
#include "proto/core.h"

extern const core_t autopay_core;
