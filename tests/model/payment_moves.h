#pragma once
// payment_moves - a payment of 500 rubles brought where a test wants it, in a word.
#include "tests/common/shop.h"
#include "tests/model/payment_harness.h"

static const uid_t16 MOVES_ACCOUNT = {{1}}, MOVES_OTHER = {{2}}; // payments are the first's

// Links the card by a ticked top-up, 3 a month, and has a charge sent; returns its invoice.
uint64_t moves_charge(world_t *w);
// What becomes of the charge's POST, which must be wanted; moves_accept answers OK.
void moves_post(world_t *w, uint64_t invoice, int what, unsigned status, const char *body);
void moves_accept(world_t *w, uint64_t invoice);
// Waits until the invoice may be asked about, and answers: anything, or a state; with a sum comes
// the token.
void moves_tell(world_t *w, uint64_t invoice, int what, unsigned status, const char *body);
void moves_tell_state(world_t *w, uint64_t invoice, int result, int state, const char *sum);

// A new top-up, a new charge, in that state.
uint64_t moves_topup_in(world_t *w, invoice_state_t state);
uint64_t moves_charge_in(world_t *w, invoice_state_t state);

fail_t moves_resolve(world_t *w, uint64_t invoice, uint64_t outcome, kopecks_t amount);
fail_t moves_revoke(world_t *w, const uid_t16 *account, uint64_t why, role_t role);

// For cmocka: a world before each test; after it, its journal must say what it came to.
int moves_set_up(void **state);
int moves_tear_down(void **state);
#define MOVES_TEST(name) cmocka_unit_test_setup_teardown(name, moves_set_up, moves_tear_down)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
