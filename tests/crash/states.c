#include "tests/crash/states.h"

enum { SEEN_MAX = 1 << 14 };

static struct {
    uint64_t keys[SEEN_MAX];
    uint32_t turns[SEEN_MAX], turn;
    size_t count;
} seen;

static bool is_new(const bool *chosen, size_t count)
{
    uint64_t key = 1;
    for (size_t i = 0; i < count; i++)
        key = (key ^ chosen[i]) * UINT64_C(0x9e3779b97f4a7c15) + (key >> 29);
    for (size_t at = key % SEEN_MAX;; at = (at + 1) % SEEN_MAX) {
        if (seen.turns[at] != seen.turn) {
            if (seen.count < SEEN_MAX / 2) {
                seen.turns[at] = seen.turn;
                seen.keys[at] = key;
                seen.count++;
            }
            return true;
        }
        if (seen.keys[at] == key)
            return false;
    }
}

static bool visit(states_t *self, const bool *chosen)
{
    bool wanted = self->since == 0;
    for (size_t i = 0; i < self->count && !wanted; i++)
        wanted = chosen[i] && self->pieces[i].order >= self->since;
    bool full = wanted || self->grows;
    if (!full || !is_new(chosen, self->count))
        return true;
    if (wanted && !self->visit(self->arg, chosen, false))
        return false;
    return !self->sizes_differ(self->arg, chosen) || self->visit(self->arg, chosen, true);
}

static bool each_regular(states_t *self, bool *chosen)
{
    for (size_t k = 0; k <= self->count; k++) {
        memset(chosen, 0, self->count);
        memset(chosen, 1, k);
        if (!visit(self, chosen))
            return false;
    }
    for (size_t k = 0; k < self->count; k++) {
        memset(chosen, 1, self->count);
        chosen[k] = false;
        if (!visit(self, chosen))
            return false;
        memset(chosen, 0, self->count);
        chosen[k] = true;
        if (!visit(self, chosen))
            return false;
    }
    return true;
}

bool states_each(states_t *self)
{
    static bool chosen[DISK_PIECES_MAX];
    seen.turn++;
    seen.count = 0;
    if (!each_regular(self, chosen))
        return false;
    if (self->count <= STATES_SUBSETS_MAX) {
        for (unsigned bits = 0; bits < 1u << self->count; bits++) {
            for (size_t i = 0; i < self->count; i++)
                chosen[i] = bits >> i & 1;
            if (!visit(self, chosen))
                return false;
        }
        return true;
    }
    for (unsigned left = self->randoms; left; left--) {
        uint64_t bias = 1 + draw_below(&self->draw, 15);
        for (size_t i = 0; i < self->count; i++)
            chosen[i] = draw_below(&self->draw, 16) < bias;
        if (!visit(self, chosen))
            return false;
    }
    return true;
}
