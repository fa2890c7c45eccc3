#include "services/metering/metering_carry.h"
#include <assert.h>

#define MINUTES_PER_PRICE (CARRY_DENOMINATOR / CARRY_PER_PRICE_MINUTE) // 43 200
#define MIB_MINUTES_PER_PRICE (CARRY_DENOMINATOR / CARRY_PER_PRICE_MIB_MINUTE)
#define TOKENS_PER_PRICE (CARRY_DENOMINATOR / CARRY_PER_PRICE_TOKEN)
_Static_assert(CARRY_DENOMINATOR % CARRY_PER_PRICE_MINUTE == 0, "a price is a whole of minutes");
_Static_assert(MIB_MINUTES_PER_PRICE == 1024 * MINUTES_PER_PRICE, "a GiB is 1024 MiB");
_Static_assert(TOKENS_PER_PRICE == 1000000, "a price is a million tokens'");

/*@ assigns \nothing;
  @ ensures \result <==> 0 <= carry < CARRY_DENOMINATOR; */
static bool in_range(int64_t carry)
{
    return carry >= 0 && carry < CARRY_DENOMINATOR;
}

// r += P x minutes x 640000; posted = r / D; r %= D, written so that nothing leaves int64: P x
// minutes <= 10^9 x 2^32 < 4.3 x 10^18 < 2^63; whole prices of 43 200 minutes are kopecks by
// themselves; the rest is below 43 200 x 640000 = D, so the sum with a carry is below 2 D < 2^36;
// and amount <= 10^9 x 2^32 / 43 200 + 1 < 10^14.
kopecks_t carry_charge(kopecks_t price, uint64_t minutes, int64_t *carry)
{
    assert(price >= 0 && price <= PRICE_MAX && minutes <= MINUTES_MAX && in_range(*carry));
    int64_t product = price * (int64_t)minutes;
    int64_t rest = product % MINUTES_PER_PRICE * CARRY_PER_PRICE_MINUTE;
    return product / MINUTES_PER_PRICE + carry_move(rest, carry);
}

// What a unit divides the denominator by is a whole: 43 200, 44 236 800 and 1 000 000.
kopecks_t carry_count(kopecks_t price, uint64_t quantity, int64_t unit, int64_t *carry)
{
    assert(price >= 0 && price <= PRICE_MAX && quantity <= MINUTES_MAX && in_range(*carry));
    int64_t product = price * (int64_t)quantity;
    if (unit == CARRY_PER_PRICE_TOKEN)
        return product / TOKENS_PER_PRICE +
               carry_move(product % TOKENS_PER_PRICE * CARRY_PER_PRICE_TOKEN, carry);
    if (unit == CARRY_PER_PRICE_MIB_MINUTE)
        return product / MIB_MINUTES_PER_PRICE +
               carry_move(product % MIB_MINUTES_PER_PRICE * CARRY_PER_PRICE_MIB_MINUTE, carry);
    return carry_charge(price, quantity, carry);
}

kopecks_t carry_credit(kopecks_t price, uint64_t minutes, int64_t *carry)
{
    assert(price >= 0 && price <= PRICE_MAX && minutes <= MINUTES_MAX && in_range(*carry));
    int64_t product = price * (int64_t)minutes;
    int64_t rest = CARRY_PER_PRICE_MINUTE * (product % MINUTES_PER_PRICE);
    int64_t whole = *carry < rest; // then one more kopeck comes back, and what is left of it stays
    *carry += whole * CARRY_DENOMINATOR - rest;
    return product / MINUTES_PER_PRICE + whole;
}

kopecks_t carry_move(int64_t moved, int64_t *carry)
{
    assert(in_range(moved) && in_range(*carry));
    int64_t sum = *carry + moved;
    *carry = sum % CARRY_DENOMINATOR;
    return sum / CARRY_DENOMINATOR;
}
