#pragma once
// codes - what the numbers mean that stand for something in events, requests and answers; made from
// proto/codes.def.
//
// A family is a set of such numbers, its enum is FAMILY_t. Fields hold their code as uint64_t: a
// journal that a newer binary wrote may hold numbers that are not here.
// Ownership: all texts are static. Failures: none; NULL for what is not known. Threads: any.
#include <stddef.h>
#include <stdint.h>

#define FAMILY(family, prefix, meaning) typedef enum {
#define CODE(name, number, english, russian) name = number,
#define FAMILY_END(family)                                                                         \
    }                                                                                              \
    family##_t;
#include "proto/codes.def"

// How many codes each family has: CODES_COUNT_posting_kind.
#define FAMILY(family, prefix, meaning) enum { CODES_COUNT_##family = 0
#define CODE(name, number, english, russian) +1
#define FAMILY_END(family)                                                                         \
    }                                                                                              \
    ;
#include "proto/codes.def"

typedef enum {
    CODES_NONE = 0, // of a field that holds no code
#define FAMILY(family, prefix, meaning) CODES_##family,
#define CODE(name, number, english, russian)
#define FAMILY_END(family)
#include "proto/codes.def"
    CODES_END
} codes_family_t;

typedef struct {
    uint64_t number;
    const char *name;              // the enumerator: "POSTING_CHARGE"
    const char *english, *russian; // for people
} code_t;

typedef struct {
    const char *name, *prefix, *meaning; // "posting_kind", "POSTING_", a sentence
    const code_t *codes;                 // ascending
    size_t count;
} codes_info_t;

const codes_info_t *codes_info(codes_family_t family); // NULL for CODES_NONE
// NULL if the family has no such code.
const code_t *codes_find(codes_family_t family, uint64_t number);
// The name without its family's prefix, as "CHARGE", and the English text.
const char *codes_name(codes_family_t family, uint64_t number);
const char *codes_text(codes_family_t family, uint64_t number);
// All of them for who asked wrongly: "1 succeeded, 2 declined". What does not fit is left out.
void codes_list(codes_family_t family, char *out, size_t cap);
