#pragma once
// money - the frame of the money vectors: a row of the table, what a family says of it, and the
// words that families read.
//
// The table is tab-separated text in UTF-8 under the header `rule given when then why/source`; the
// rule begins with its id, whose part before the hyphen is the family. A family is one function in
// a source of its own, money_FAMILY.c, and a row of `families` in money_main.c. A family reads
// every word of given, when and then; one that it does not know is MONEY_UNKNOWN and never passes.
// Ownership: a row borrows. Threads: one.
#include "proto/money.h"
#include "proto/span.h"

enum { MONEY_SAID_MAX = 600 };

typedef struct {
    const char *id, *title, *given, *when, *then;
} money_row_t;

typedef enum {
    MONEY_HOLDS,
    MONEY_DIFFERS, // `said`: what came out instead
    MONEY_UNKNOWN, // `said`: the words that were not understood
} money_verdict_t;

typedef struct {
    char text[MONEY_SAID_MAX];
} money_said_t;

typedef money_verdict_t money_family_fn(const money_row_t *row, money_said_t *said);

money_family_fn money_acc, money_act, money_bank, money_csv, money_inn, money_lots, money_num,
    money_promo, money_qr, money_vat, money_words;
money_family_fn money_hook, money_rcpt, money_refund, money_runs, money_sla;

// --- for families ---

// What is left to read of a text.
typedef struct {
    const char *at;
} money_text_t;

// Take what stands next and the blanks behind it; false, and nothing taken, if it does not.
bool money_take(money_text_t *self, const char *word);
bool money_take_sum(money_text_t *self, kopecks_t *ret_sum); // 1000.00, -30.00
bool money_take_number(money_text_t *self, uint64_t *ret_number);
// Up to a blank, comma, semicolon, closing quote or the end; not empty.
bool money_take_token(money_text_t *self, span_t *ret_token);
// What stands between quotes, "so" or «so».
bool money_take_quoted(money_text_t *self, span_t *ret_text);
bool money_ended(const money_text_t *self);

// MONEY_UNKNOWN, naming the column and what is left of it.
money_verdict_t money_unknown(money_said_t *said, const char *column, money_text_t left);
// MONEY_HOLDS if both are the same, else MONEY_DIFFERS with what came out.
money_verdict_t money_compare(money_said_t *said, const char *got, span_t expected);
