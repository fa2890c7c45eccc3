#pragma once
// metering_carry - the exact price of minutes, of MiB-minutes and of tokens: whole kopecks are
// posted, what is left of a kopeck is carried.
//
// Units: prices in kopecks for 720 hours of one replica, for a GiB and 720 hours, or for a million
// tokens; carries in 1/CARRY_DENOMINATOR kopeck
// (proto/money.h), always 0 <= carry < CARRY_DENOMINATOR. Nothing is ever rounded: over any
// sequence of calls, posted kopecks + carry is the exact price, so exact - posted is below one
// kopeck and never below zero. Source: docs/rules.md "Carry".
// Failures: none; arguments out of range end the process, callers check prices and counts at entry.
#include "proto/carry.h"

#define PRICE_MAX INT64_C(1000000000) // 10 million rubles for 720 hours
#define MINUTES_MAX (UINT64_C(1) << 32)

// Adds price x minutes to *carry and takes the whole kopecks out of it, which are returned.
/*@ requires 0 <= price <= PRICE_MAX && minutes <= MINUTES_MAX;
  @ requires \valid(carry) && 0 <= *carry < CARRY_DENOMINATOR;
  @ assigns *carry;
  @ ensures 0 <= *carry < CARRY_DENOMINATOR;
  @ ensures \result * CARRY_DENOMINATOR + *carry
  @         == price * minutes * CARRY_PER_PRICE_MINUTE + \old(*carry);
  @ ensures 0 <= \result <= POSTING_AMOUNT_MAX; */
kopecks_t carry_charge(kopecks_t price, uint64_t minutes, int64_t *carry);

// The other way round: takes price x minutes out of *carry, and returns the whole kopecks that are
// given back for it.
/*@ requires 0 <= price <= PRICE_MAX && minutes <= MINUTES_MAX;
  @ requires \valid(carry) && 0 <= *carry < CARRY_DENOMINATOR;
  @ assigns *carry;
  @ ensures 0 <= *carry < CARRY_DENOMINATOR;
  @ ensures \old(*carry) + \result * CARRY_DENOMINATOR
  @         == price * minutes * CARRY_PER_PRICE_MINUTE + *carry;
  @ ensures 0 <= \result <= POSTING_AMOUNT_MAX; */
kopecks_t carry_credit(kopecks_t price, uint64_t minutes, int64_t *carry);

// As carry_charge, of a quantity that is counted in that unit.
/*@ requires 0 <= price <= PRICE_MAX && quantity <= MINUTES_MAX;
  @ requires unit == CARRY_PER_PRICE_MINUTE || unit == CARRY_PER_PRICE_MIB_MINUTE
  @          || unit == CARRY_PER_PRICE_TOKEN;
  @ requires \valid(carry) && 0 <= *carry < CARRY_DENOMINATOR;
  @ assigns *carry;
  @ ensures 0 <= *carry < CARRY_DENOMINATOR;
  @ ensures unit == CARRY_PER_PRICE_MINUTE ==> \result * CARRY_DENOMINATOR + *carry
  @         == price * quantity * CARRY_PER_PRICE_MINUTE + \old(*carry);
  @ ensures unit == CARRY_PER_PRICE_MIB_MINUTE ==> \result * CARRY_DENOMINATOR + *carry
  @         == price * quantity * CARRY_PER_PRICE_MIB_MINUTE + \old(*carry);
  @ ensures unit == CARRY_PER_PRICE_TOKEN ==> \result * CARRY_DENOMINATOR + *carry
  @         == price * quantity * CARRY_PER_PRICE_TOKEN + \old(*carry);
  @ ensures 0 <= \result <= POSTING_AMOUNT_MAX; */
kopecks_t carry_count(kopecks_t price, uint64_t quantity, int64_t unit, int64_t *carry);

// Moves another carry into *carry and takes the whole kopecks out of it: 0 or 1.
/*@ requires 0 <= moved < CARRY_DENOMINATOR;
  @ requires \valid(carry) && 0 <= *carry < CARRY_DENOMINATOR;
  @ assigns *carry;
  @ ensures 0 <= *carry < CARRY_DENOMINATOR;
  @ ensures \result * CARRY_DENOMINATOR + *carry == moved + \old(*carry);
  @ ensures 0 <= \result <= 1; */
kopecks_t carry_move(int64_t moved, int64_t *carry);
