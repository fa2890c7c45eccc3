#pragma once
// policy_words - a policy's numbers as people write them: settle-minutes=2, low-threshold=100.
//
// A field is called by its name with hyphens. One whose name ends with _us is a span: the end says
// in what it is counted, -hours, -minutes, -seconds or -us, and any of them is taken. Money is
// given in rubles. Failures: policy_words_read says what was expected. Threads: one.
#include "proto/field.h"

enum { POLICY_WORD_MAX = 64, POLICY_EXPECTED_MAX = 240 };

// What spans are counted in, the largest first. The last one divides all.
typedef struct {
    const char *end;
    uint64_t us;
} policy_unit_t;

bool policy_words_is_span(const field_t *field);
// The largest unit that divides both.
const policy_unit_t *policy_words_unit(uint64_t one, uint64_t other);
// The word for the field; `unit` is looked at for a span alone.
void policy_words_name(const field_t *field, const policy_unit_t *unit, char out[POLICY_WORD_MAX]);

// Reads NAME=VALUE into the body that these fields are of. The field's index; -1 if the text is no
// such thing, with what was expected in `ret_expected`.
int policy_words_read(const field_t *fields, size_t count, const char *text, void *body,
                      char ret_expected[POLICY_EXPECTED_MAX]);
