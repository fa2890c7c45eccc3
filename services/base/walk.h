#pragma once
// walk - one way through a state, for whoever saves it, loads it or asks for its shape. A state
// says once what it is made of, in a function `…_walk(self, walk)`, and each of the three does it:
//
//   WALK_SAVE   the fields become parts, in order; they borrow from the state
//   WALK_LOAD   the fields are filled from a saved state's bytes; the state must be a new one
//   WALK_SHAPE  the fields' names and sizes become a digest, and no field may be left out:
//               WALK_WHOLE asks that each byte of a struct that is no padding was walked or passed
//
// So a field that was added and not walked stops the first program that asks for the shape, which
// every start and every test of a core does. Rows are saved as they lie in memory, their padding
// zeroed: the same history gives the same bytes, and a new field of a row is saved by itself.
//
// Example:
//     WALK_ROW(account_t)
//     void state_walk(state_t *self, walk_t *walk)
//     {
//         table_walk(&self->accounts, walk, walk_clear_account_t);
//         WALK(walk, self->last);
//         WALK_PASS(walk, self->settings); // given anew at every start
//         WALK_WHOLE(walk, state_t, self);
//     }
//
// Ownership: walk_release frees what a save took; parts are valid until it or the next change of
// the state. Failures: a load of bytes that do not fit is FAIL_CORRUPT, sticks, and leaves a state
// that can only be released. Ends the process by assert when memory is out. Threads: one. Padding
// is known to GCC; under another compiler it is saved as it is, and WALK_WHOLE asks for nothing.
#include "proto/digest.h"
#include "proto/fail.h"
#include "proto/types.h"

typedef enum { WALK_SHAPE, WALK_SAVE, WALK_LOAD } walk_kind_t;

enum { WALK_RANGES_MAX = 512 };

typedef struct walk {
    walk_kind_t kind;
    fail_t fail;

    // WALK_SAVE
    digest_part_t *parts;
    size_t parts_count, parts_cap;
    uint8_t **blocks; // small fields, copied together
    size_t blocks_count, block_used;

    // WALK_LOAD
    const uint8_t *at;
    size_t left;

    // WALK_SHAPE
    hash_t shape;
    struct {
        const uint8_t *at;
        size_t size;
    } ranges[WALK_RANGES_MAX]; // seen since the last struct that is whole
    size_t ranges_count;
    const char *missed; // the struct of which a byte was not seen, NULL if there is none
    size_t missed_at;   // which byte
} walk_t;

// Zeroes the padding of a row.
typedef void walk_clear_fn(void *row);

#if defined __GNUC__ && !defined __clang__
#define WALK_CLEAR(pointer) __builtin_clear_padding(pointer)
enum { WALK_KNOWS_PADDING = 1 };
#else
#define WALK_CLEAR(pointer) ((void)(pointer))
enum { WALK_KNOWS_PADDING = 0 };
#endif

// Defines walk_clear_TYPE, for rows of that type. GCC 12 takes the padding that lies behind a large
// array of structs for elsewhere, and would clear what is a field there: such an array is walked as
// rows of its own, never as a part of a row.
#define WALK_ROW(type)                                                                             \
    static void walk_clear_##type(void *row)                                                       \
    {                                                                                              \
        WALK_CLEAR((type *)row);                                                                   \
    }

// A number, or an array of numbers, of fixed size and without padding.
#define WALK(walk, field) walk_value(walk, #field, &(field), sizeof(field))
// A struct of such, with padding; WALK_ROW(type) stands above.
#define WALK_STRUCT(walk, type, field)                                                             \
    walk_rows(walk, #field, &(field), sizeof(type), 1, walk_clear_##type)
// What is no part of the fold.
#define WALK_PASS(walk, field) walk_pass(walk, &(field), sizeof(field))
// What a saved state must have in common with who loads it.
#define WALK_SAME(walk, field) walk_same(walk, #field, &(field), sizeof(field))
#define WALK_WHOLE(walk, type, pointer)                                                            \
    do {                                                                                           \
        static type walk_mask;                                                                     \
        memset(&walk_mask, 0xff, sizeof walk_mask);                                                \
        WALK_CLEAR(&walk_mask);                                                                    \
        walk_whole(walk, #type, pointer, &walk_mask, sizeof walk_mask);                            \
    } while (0)

void walk_value(walk_t *self, const char *name, void *value, size_t size);
void walk_rows(walk_t *self, const char *name, void *rows, size_t row_size, size_t count,
               walk_clear_fn *clear);
void walk_pass(walk_t *self, const void *value, size_t size);
void walk_same(walk_t *self, const char *name, const void *value, size_t size);
void walk_whole(walk_t *self, const char *type, const void *value, const void *mask, size_t size);

static inline bool walk_loads(const walk_t *self)
{
    return self->kind == WALK_LOAD;
}

// A load: are so many rows left? If not, the load has failed.
bool walk_fits(walk_t *self, uint64_t count, size_t row_size);
// A load: this and nothing more was there.
fail_t walk_end(walk_t *self);
void walk_release(walk_t *self);

uint64_t walk_bytes(const walk_t *self); // of all parts of a save
// What a save comes to: SHA-256 of all parts.
void walk_digest(const walk_t *self, hash_t *ret_digest);
