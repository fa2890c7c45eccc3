#pragma once
// args - the words of a command line, taken out one by one by the command that knows them.
//
// Options (--name VALUE or --name=VALUE) and flags (--name) are taken before operands, in any place
// of the line; after `--` everything is an operand. What nobody took is an error, so a misspelt
// option never passes for a default. The first error sticks and args_check says it. An empty word
// is an error wherever it stands, and so is one that is not UTF-8 or holds control characters.
//
// Units: money is given in rubles with at most two decimals (12 or 12.34) and becomes kopecks.
// Ownership: texts are those of argv. Failures: args_check. Threads: one.
#include "proto/codes.h"
#include "proto/money.h"
#include "proto/types.h"

enum { ARGS_MAX = 256, ARGS_ERROR_MAX = 256 };

typedef struct {
    const char *items[ARGS_MAX]; // not yet taken
    bool literal[ARGS_MAX];      // stood behind `--`
    size_t count;
    char error[ARGS_ERROR_MAX]; // "" while all is well
} args_t;

void args_init(args_t *self, int argc, char **argv);

bool args_flag(args_t *self, const char *name);
const char *args_option(args_t *self, const char *name); // NULL if it is not there
uint64_t args_option_number(args_t *self, const char *name, uint64_t fallback, uint64_t min,
                            uint64_t max);
instant_t args_option_time(args_t *self, const char *name, instant_t fallback);
// The number of a code that is given by its text or number; 0 if the option is absent.
uint64_t args_option_code(args_t *self, const char *name, codes_family_t family);

// The next operand. `what` names it in the error when there is none, or when it is no such thing.
const char *args_operand(args_t *self, const char *what);       // "" after an error
const char *args_operand_maybe(args_t *self, const char *what); // NULL if there is none
uid_t16 args_operand_uid(args_t *self, const char *what);       // a UUID
uint64_t args_operand_number(args_t *self, const char *what);
stream_t args_operand_stream(args_t *self, const char *what); // metering, ledger, …

// Takes the first operand that is one of the NULL-terminated words: its index, -1 if none is there.
int args_word(args_t *self, const char *const *words);

void args_refuse(args_t *self, const char *what, const char *value, const char *expected);

// After everything was taken: true if nothing is left and nothing was wrong.
bool args_check(args_t *self);

// The texts' own readers, for files too. False, and nothing written, on anything else.
bool args_read_number(const char *text, uint64_t *ret_number);
bool args_read_rubles(const char *text, kopecks_t *ret_amount); // 12, 12.3, 12.34, -0.05
#define ARGS_RUBLES "rubles, as 12 or 12.34" // what is said of a text that is none
// A UUID, or the title of a system account: revenue, bank, "Robokassa clearing".
bool args_read_account(const char *text, uid_t16 *ret_account);
// A posting kind's number or title: usage, top-up, correction.
bool args_read_kind(const char *text, uint64_t *ret_kind);
// A code's number or its English text, in any case: "operator", "3".
bool args_read_code(codes_family_t family, const char *text, uint64_t *ret_number);
bool args_read_stream(const char *text, stream_t *ret_stream);
