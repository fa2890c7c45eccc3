#pragma once
// final - what must hold when the calm days are over: everything delivered, nothing open, all money
// in one place, and everybody who should have been charged was.
//
//   I2   balances after a replay                       bounds_replay
//   I3   each capture credited once, captures = credits check_money
//   I4   all accounts sum to zero                      check_money
//   I5   every minute made is charged                  check_usage
//   I6   every acknowledged posting is there, once     customers_check_postings
//   I13  nothing open, nobody down or stopped, all
//        delivered, autopay current and right          check_open, check_accounts, check_usage
//   I15  no memory but that of the journal's fold      bounds_replay
#include "tests/simulation/world.h"

void final_check(world_t *world);
// SHA-256 over the four journals' roots: the same seed gives the same one.
void final_roots(const world_t *world, char ret_hex[2 * 32 + 1]);
