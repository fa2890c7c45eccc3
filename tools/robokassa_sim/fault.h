#pragma once
// fault - the rules by which the stand-in misbehaves, and the dice, which depend only on the seed,
// the rule and the invoice, so that a run repeats whatever the order of its requests.
//
// Units: microseconds since 1970; probability in millionths. Failures: a rule that says something
// unknown is refused with a sentence. Source: docs/robokassa.md "Stand-in".
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_RULES_MAX 64
#define FAULT_ERROR_MAX 128

typedef enum {
    FAULT_OUTAGE,                // every request: `code` (503), or dropped when code is 0
    FAULT_DROP,                  // connection dropped, nothing happened
    FAULT_SERVER_ERROR,          // HTTP `code` (500), nothing happened
    FAULT_REFUSE,                // Robokassa's error `code` (41), nothing happened
    FAULT_SLOW_ANSWER,           // answered `delay_ms` (of real time) late
    FAULT_TIMEOUT_AFTER_ACCEPT,  // it happened; the connection is dropped after `delay_ms`
    FAULT_CALLBACK_FIRST,        // the answer waits for the callback's end
    FAULT_DECLINE,               // State 10, no callback
    FAULT_STUCK,                 // State 5 for good
    FAULT_LATE_DECISION,         // the bank answers `delay_ms` later
    FAULT_CALLBACK_LATE,         // the callback starts `delay_ms` later
    FAULT_CALLBACK_NEVER,        // State 100, nobody is told
    FAULT_CALLBACK_DUPLICATE,    // `times` (1) more after the accepted one
    FAULT_CALLBACK_WRONG_AMOUNT, // the first `times` (1) deliveries name another amount, signed
    FAULT_CALLBACK_WRONG_SIGNATURE,
    FAULT_KINDS
} fault_kind_t;

typedef enum {
    FAULT_ON_INITIAL = 1,
    FAULT_ON_RECURRING = 2,
    FAULT_ON_STATE = 4,
    FAULT_ON_HOLD = 8,
    FAULT_ON_INVOICE = 16,
    FAULT_ON_REFUND = 32,
    FAULT_ON_PAGE = 64, // a page opened by its id, the payer's choice, the list of currencies
    FAULT_ON_RECEIPT = 128,
    FAULT_ON_ANY = 255,
} fault_on_t;

typedef struct {
    fault_kind_t kind;
    unsigned on;             // fault_on_t, or-ed
    int64_t invoice, parent; // 0: any
    int64_t probability_ppm;
    int64_t count; // times it may strike; -1: no limit
    int64_t from_us, until_us;
    int64_t delay_ms, times, code;
    int64_t struck;
} fault_rule_t;

typedef struct {
    int64_t seed;
    uint64_t draws;
    size_t count;
    fault_rule_t rules[FAULT_RULES_MAX];
} fault_t;

// What struck one request; parameters by kind.
typedef struct {
    bool struck[FAULT_KINDS];
    int64_t delay_ms[FAULT_KINDS], times[FAULT_KINDS], code[FAULT_KINDS];
} fault_set_t;

// "decline on=recurring parent=7 probability_ppm=50000 count=3"
bool fault_parse(const char *line, fault_rule_t *ret_rule, char error[FAULT_ERROR_MAX]);
bool fault_parse_json(const json_t *json, fault_rule_t *ret_rule, char error[FAULT_ERROR_MAX]);
bool fault_add(fault_t *self, const fault_rule_t *rule);
json_t *fault_json(const fault_t *self);

// Throws the dice for one request. `on` is one fault_on_t.
fault_set_t fault_draw(fault_t *self, fault_on_t on, int64_t invoice, int64_t parent,
                       int64_t now_us);
