#pragma once
// money_promo_words - the words of the rows promo-…: terms of a campaign, moments, numbers that are
// written out. Each takes what stands next and the blanks behind it; false where it is something
// else. Threads: any.
#include "services/payment/promo_code.h"
#include "services/payment/promo_terms.h"
#include "tests/vectors/money.h"

enum { PROMO_WORDS_SIZE = 24 };

// Moments count from the first day's midnight; 0 is one that is not named.
typedef struct {
    promo_terms_t terms;
    kopecks_t topup;
    instant_t reserved, expired, declined, paid, asked, another;
} promo_plan_t;

// All the terms and moments that stand next, with the commas behind them. 20 % and at most 300.00
// unless they say otherwise.
bool promo_words_plan(money_text_t *self, promo_plan_t *ret_plan);
bool promo_words_number(money_text_t *self, uint64_t *ret_number);  // 3 or three
bool promo_words_ordinal(money_text_t *self, uint64_t *ret_number); // third, 31st
const char *promo_words_say(uint64_t number, char ret_text[PROMO_WORDS_SIZE]);
// under the key HH HH HH ... HH: bytes that go up by one.
bool promo_words_key(money_text_t *self, uint8_t ret_key[PROMO_KEY_SIZE]);
