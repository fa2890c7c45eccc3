#pragma once
// money - amounts in whole kopecks, and the checked arithmetic on them. An operation that would
// leave int64 says so and changes nothing; no amount is ever a float. What the comments that begin
// with @ promise is proved (tests/formal/proofs).
//
// Units: 1 ruble = 100 kopecks. Fractions of a kopeck live only on meters and accounts' carries, as
// integers in units of 1/CARRY_DENOMINATOR kopeck (docs/rules.md "Carry"): lcm(43 200 minutes x
// 1024 MiB, 10^6 tokens), so minutes, disk and tokens share one exact remainder.
#include <stdbool.h>
#include <stdint.h>

typedef int64_t kopecks_t;

#define CARRY_DENOMINATOR INT64_C(27648000000)
#define CARRY_PER_PRICE_MINUTE INT64_C(640000)  // carry units of (kopecks per 720 h) x (one minute)
#define CARRY_PER_PRICE_MIB_MINUTE INT64_C(625) // of (kopecks per GiB and 720 h) x (one MiB-minute)
#define CARRY_PER_PRICE_TOKEN INT64_C(27648)    // of (kopecks per million tokens) x (one token)

// One posting moves at most this: 10^12 rubles. 8189 of them cannot leave int64.
#define POSTING_AMOUNT_MAX INT64_C(100000000000000)

/*@ requires \valid(ret_sum);
  @ assigns *ret_sum;
  @ ensures \result <==> INT64_MIN <= a + b <= INT64_MAX;
  @ ensures *ret_sum == (\result ? a + b : \old(*ret_sum)); */
static inline bool money_add(kopecks_t a, kopecks_t b, kopecks_t *ret_sum)
{
    kopecks_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret_sum = sum;
    return true;
}

/*@ requires \valid(ret_difference);
  @ assigns *ret_difference;
  @ ensures \result <==> INT64_MIN <= a - b <= INT64_MAX;
  @ ensures *ret_difference == (\result ? a - b : \old(*ret_difference)); */
static inline bool money_subtract(kopecks_t a, kopecks_t b, kopecks_t *ret_difference)
{
    kopecks_t difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return false;
    *ret_difference = difference;
    return true;
}

/*@ requires \valid(ret_product);
  @ assigns *ret_product;
  @ ensures \result <==> INT64_MIN <= a * b <= INT64_MAX;
  @ ensures *ret_product == (\result ? a * b : \old(*ret_product)); */
static inline bool money_multiply(int64_t a, int64_t b, int64_t *ret_product)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret_product = product;
    return true;
}
