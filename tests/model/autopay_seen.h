#pragma once
// autopay_seen - what somebody knows of an account who has read the harness's ledger up to an
// event, found out naively, and what a random ledger gives back. It shares no code with autopay's
// core.
//
// Units: kopecks. Threads: one.
#include "tests/model/autopay_harness.h"

int seen_month(instant_t at); // of Moscow, by the C library's calendar
// The balance after the last posting up to the event `end`, and that posting's sequence.
kopecks_t seen_balance(const harness_t *world, size_t account, uint64_t end,
                       uint64_t *ret_sequence);
// Taken by refunds and chargebacks since the last usage.
kopecks_t seen_returned(const harness_t *world, size_t account, uint64_t end);
// A chargeback, which comes whatever is there, or a refund of all the cash or a part of it; of that
// account, or of the next one that has something.
void seen_give_back(harness_t *world, size_t account, uint64_t chance(uint64_t below));
// Is the ledger's event a refund or a chargeback? Then also whose.
bool seen_went_back(const harness_t *world, uint64_t sequence, size_t *ret_account);
