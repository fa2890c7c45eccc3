#pragma once
// life - one life of a process without its sockets: the start-up code that ships
// (services/process/past.c), the node and core that ship, over the LMDB journal, and batches as
// services/process/shell.c makes them.
//
// Failures: life_start says why in `error`. Threads: one; sealing has one of its own.
#include "services/process/past.h"

// What a negative control does wrong.
typedef enum {
    CONTROL_NONE,
    CONTROL_EARLY, // outputs leave before the commit
    CONTROL_SEND,  // the same, and only charges count as having left
    CONTROL_SPLIT  // events and head in two transactions
} control_t;

typedef struct {
    const core_t *core;
    const void *core_settings;
    const char *directory;
    uint64_t segment_events;
    control_t control;
} life_options_t;

typedef struct {
    life_options_t options;
    settings_t settings;
    past_t past;
    node_clock_t clock;
    uint8_t *head; // the last one appended
    size_t head_size;
    recall_desk_t recalls;
    char error[256];
} life_t;

// A batch: what is said to the node, what is about to be appended, what leaves. Any may be NULL.
typedef struct {
    void (*give)(void *arg, node_t *node);
    void (*submit)(void *arg, const node_batch_t *batch);
    void (*hear)(void *arg, const output_t *output);
    void *arg;
} turn_t;

bool life_start(life_t *self, const life_options_t *options, instant_t now);
void life_stop(life_t *self);
// `step_us` after the batch before. FAIL_NONE, or what the append said: then the life is over.
fail_t life_turn(life_t *self, const turn_t *turn, int64_t step_us);
// As life_turn, but nothing is appended: what it would answer. The node is of no use after it.
void life_ask(life_t *self, const turn_t *turn);
// Moves full segments to their files, whole.
fail_t life_seal(life_t *self);
