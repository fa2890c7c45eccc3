#pragma once
// money_lots_words - the words of a row: one is taken after another, and whoever wants something
// else says so.
//
// Threads: one.
#include "proto/money.h"
#include "proto/types.h"

enum { MONEY_WORD_SIZE = 48 };

typedef struct {
    const char *next;           // the rest of the line
    char word[MONEY_WORD_SIZE]; // the one that was taken last
} money_words_t;

// The end of a part (`;`) is an empty word. False at a word that is too long.
bool money_words_take(money_words_t *self);
// Takes the next word if it is this one.
bool money_words_take_if(money_words_t *self, const char *word);
bool money_words_at_end(money_words_t *self);    // of the part
bool money_words_next_part(money_words_t *self); // false at the end of the line
bool money_words_sum(money_words_t *self, kopecks_t *ret_sum);
bool money_words_time(money_words_t *self, instant_t *ret_time); // two words, Moscow's
// C or B and a number from 1: *ret_number is unique, ascending in the name's.
bool money_words_lot(money_words_t *self, uint64_t *ret_number, bool *ret_bonus);
// A name in small letters: the same number for the same name.
bool money_words_service(money_words_t *self, uint64_t *ret_number);
