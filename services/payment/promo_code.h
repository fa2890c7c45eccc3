#pragma once
// promo_code - what a customer typed as a promo code: its normalised signs, its check symbol, and
// the HMAC that is all that is ever kept of it (docs/rules.md "Promo codes").
//
// Two shapes: a single-use code of 12 signs, 11 random symbols of Crockford's base32 and the symbol
// that checks them; and a word of 6 to 24 signs that is spoken, never of 12. Example: what was
// typed as "7k2m-q4rz 9ta9" is the single-use code 7K2MQ4RZ9TA9, and "welcome" is the word WE1C0ME.
//
// Ownership  Plain data. Whoever typed a code may read it; a journal, a log and an error never do.
// Failures   What is no code says so. Threads: any.
#include "proto/digest.h"
#include "proto/span.h"
#include "proto/types.h"

enum {
    PROMO_WORD_SIGNS_MIN = 6,
    PROMO_CODE_SIGNS_MAX = 24,
    PROMO_CODE_SIZE = 25,      // with its NUL
    PROMO_SINGLE_SYMBOLS = 11, // 55 bits
    PROMO_SINGLE_SIGNS = 12,   // with the check symbol
    PROMO_SHOWN_SIZE = 15,     // 4-4-4, with its NUL
    PROMO_TYPED_MAX = 128,     // bytes; what is longer is no code
    PROMO_KEY_SIZE = 32,
    PROMO_KEYS_MAX = 4,
};

typedef struct {
    char signs[PROMO_CODE_SIZE];
} promo_code_t;

typedef enum {
    PROMO_SHAPE_NONE,   // no code
    PROMO_SHAPE_WORD,   // one that is spoken
    PROMO_SHAPE_SINGLE, // a single-use code, its check symbol right
    PROMO_SHAPE_WRONG,  // as long as a single-use code, and its check symbol is not
} promo_shape_t;

// A key of the HMAC. Codes are written with the last key of a list, and found by any of it, so that
// keys can be changed. They are secrets of whoever runs the process, and never stored with it.
typedef struct {
    uint8_t version;
    uint8_t bytes[PROMO_KEY_SIZE];
} promo_key_t;

typedef struct {
    promo_key_t keys[PROMO_KEYS_MAX];
    size_t count; // at least 1
} promo_keys_t;

// What was typed, in UTF-8. *ret_code is untouched where it is no code.
promo_shape_t promo_code_read(span_t typed, promo_code_t *ret_code);

// The symbol that checks these: their value in base 32, modulo 37. One of 0-9 A-Z without I L O U,
// or one of * ~ $ = U; NUL if a sign is no symbol of base 32.
char promo_code_check(span_t symbols);

// The single-use code of the lowest 55 bits. False if its check symbol would be one that cannot be
// typed safely, * ~ $ = or U: then other bits are to be drawn.
bool promo_code_make(uint64_t random, promo_code_t *ret_code);
// As it is given to people: 7K2M-Q4RZ-9TA9.
void promo_code_show(const promo_code_t *single, char ret_shown[PROMO_SHOWN_SIZE]);

// HMAC-SHA-256 of "kopeck/promo/v1:" and the signs.
hash_t promo_code_hmac(const promo_key_t *key, const promo_code_t *code);
