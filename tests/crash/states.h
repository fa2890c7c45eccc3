#pragma once
// states - the choices of pieces that a power cut may have left: every prefix in order, every one
// missing, every one alone, all subsets of up to eight, and random subsets beyond.
//
// Each choice comes once in a call, but for a rare collision of two hashes, which leaves one out.
// Threads: one.
#include "tests/crash/disk.h"
#include "tests/simulation/draw.h"

enum { STATES_SUBSETS_MAX = 8 };

typedef struct {
    const disk_piece_t *pieces;
    size_t count;
    size_t since; // only choices with a piece of a step from this place on; 0 for all
    bool grows;   // that step made a file longer: then each choice is new with the file's new size
    unsigned randoms;
    draw_t draw;
    // `full`: see place_show. False ends the call.
    bool (*visit)(void *arg, const bool *chosen, bool full);
    bool (*sizes_differ)(void *arg, const bool *chosen); // whether `full` is another state
    void *arg;
} states_t;

bool states_each(states_t *self); // false if a visit ended it
