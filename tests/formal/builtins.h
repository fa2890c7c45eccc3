#pragma once
// builtins - what the compiler's manual says of its checked arithmetic, as contracts: the prover
// takes these on trust, and proves ours from them.
#include <stdbool.h>
#include <stdint.h>

#define __builtin_add_overflow builtin_add_overflow
#define __builtin_sub_overflow builtin_sub_overflow
#define __builtin_mul_overflow builtin_mul_overflow

/*@ requires \valid(ret);
  @ assigns *ret;
  @ ensures \result <==> !(INT64_MIN <= a + b <= INT64_MAX);
  @ ensures !\result ==> *ret == a + b; */
bool builtin_add_overflow(int64_t a, int64_t b, int64_t *ret);

/*@ requires \valid(ret);
  @ assigns *ret;
  @ ensures \result <==> !(INT64_MIN <= a - b <= INT64_MAX);
  @ ensures !\result ==> *ret == a - b; */
bool builtin_sub_overflow(int64_t a, int64_t b, int64_t *ret);

/*@ requires \valid(ret);
  @ assigns *ret;
  @ ensures \result <==> !(INT64_MIN <= a * b <= INT64_MAX);
  @ ensures !\result ==> *ret == a * b; */
bool builtin_mul_overflow(int64_t a, int64_t b, int64_t *ret);
