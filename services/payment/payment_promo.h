#pragma once
// payment_promo - promo codes' events, as they stand in payment's journal and as promo_state knows
// them.
//
// Example: promo.reserved in the journal is PROMO_RESERVED with the same account, code and end.
//
// Ownership  Plain data. Failures: none. Threads: any. Source: docs/rules.md "Promo campaigns".
#include "proto/core.h"
#include "services/payment/promo_state.h"

// False if it is no event of promo codes.
bool payment_promo_read(const event_t *event, promo_event_t *ret_event);
// Adds it; NULL where it is PROMO_NOTHING. What the state does not know of promo.redeemed, its
// top-up, the caller fills in.
event_t *payment_promo_add(const promo_event_t *event, decision_t *out);
