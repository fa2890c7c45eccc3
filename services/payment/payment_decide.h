#pragma once
// payment_decide - what payment decides: each input goes to the part that knows it. The contract is
// that of `decide` in proto/core.h.
//
// Parts: payment_decide_command (commands), payment_decide_charge (autopay's requests),
// payment_decide_posting (the ledger's postings), payment_decide_judgement (ticks),
// payment_decide_promo (promo codes), payment_decide_refund, payment_decide_receipt,
// payment_decide_outside (answers from Robokassa), and under them payment_decide_evidence, where
// money is credited.
#include "proto/core.h"

fail_t payment_decide(const void *state, const input_t *input, decision_t *out);
