#pragma once
// sum_words - a sum as papers spell it: rubles in Russian words, kopecks in two digits, both named
// in full, as payment orders have it (Bank of Russia, 762-P, annex 1).
//
// 1 402.01 is «Одна тысяча четыреста два рубля 01 копейка». Pure. Failures: false for a sum below
// nought. Threads: any. Source: docs/rules.md "Sums in words".
#include "proto/money.h"

enum { SUM_WORDS_MAX = 1024 }; // the longest one has 440 bytes

bool sum_words(kopecks_t amount, char ret_text[SUM_WORDS_MAX]);
