#pragma once
// verify_report - where the checkers of `verify` say what they found: how many checks of each rule
// held, and each violation as stream, sequence, what was expected and what was found.
//
// A rule is named once, at its check; the same name heads its line in the summary.
// Ownership: plain data; rule names are static texts. Threads: one.
#include "proto/event.h"

enum { VERIFY_RULES_MAX = 1024, VERIFY_TEXT_MAX = 96, VERIFY_PLACES = 4096 };

typedef struct {
    const char *rule;
    stream_t stream;
    uint64_t sequence;
    const char *expected, *found;
} violation_t;

typedef struct {
    struct {
        const char *rule;
        uint64_t checked, violated;
    } rules[VERIFY_RULES_MAX]; // in the order in which they were first checked
    size_t rules_count;
    struct {
        const char *rule;
        size_t index;
    } places[VERIFY_PLACES]; // where a rule's text was last found, by its address
    uint64_t checked, violated;
    void (*say)(void *arg, const violation_t *violation); // each violation; may be NULL
    void *arg;
} verify_report_t;

// One check. True if it held.
bool verify_equal(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                  int64_t expected, int64_t found);
bool verify_that(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 bool holds, const char *expected, int64_t found);
bool verify_same(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 const uid_t16 *expected, const uid_t16 *found);
bool verify_hash(verify_report_t *self, const char *rule, stream_t stream, uint64_t sequence,
                 const hash_t *expected, const hash_t *found);

uint64_t verify_violations(const verify_report_t *self, const char *rule); // of one rule
