#include "tests/simulation/fold_lots.h"
#include "proto/posting.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

typedef struct {
    uint64_t number;
    bool bonus;
    int64_t left, taken; // taken: by the posting at hand
    int64_t held;        // for refunds
} lot_t;

static lot_t *next_lot(fold_purse_t *purse, bool bonus, bool newest)
{
    lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++) {
        lot_t *lot = &rows[newest ? purse->lots.count - 1 - i : i];
        if (lot->bonus == bonus && lot->left)
            return lot;
    }
    return NULL;
}

static void take(world_t *world, fold_purse_t *purse, const event_posted_t *posted, bool bonus)
{
    int64_t left = posted->amount;
    unsigned lots = 0;
    lot_t *lot;
    while (left && (lot = next_lot(purse, bonus, posted->kind == POSTING_REFUND))) {
        lot->taken = lot->left < left ? lot->left : left;
        lot->left -= lot->taken;
        left -= lot->taken;
        lots++;
    }
    purse->debt += left;
    if (lots > 1)
        world_reach(world, REACH_LOTS);
    if (left)
        world_reach(world, REACH_LOT_DEBT);
}

// What the posting says that it took, against what was taken; that is forgotten with it.
static bool names_all(fold_purse_t *purse, const event_posted_t *posted)
{
    wire_t wire;
    lot_t *rows = purse->lots.rows, *first = NULL;
    uint32_t count = 1;
    uint64_t number = posted->lot; // that was read last
    int64_t sum = 0, said = 0;
    bool good = true;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    if (posted->lots.size)
        count = wire_array(&wire, 16);
    for (size_t i = 0; i < purse->lots.count; i++) {
        int64_t part = rows[i].taken;
        if (!part)
            continue;
        first = first ? first : &rows[i];
        sum += part;
        rows[i].taken = 0;
        if (!posted->lots.size) {
            good = good && count-- > 0 && rows[i].number == posted->lot;
            said = posted->amount;
            continue;
        }
        if (count > 0 && wire_array(&wire, 2) == 2) {
            wire_u64(&wire, &number);
            wire_i64(&wire, &part);
            said += part;
            count--;
        }
        // The sixteenth stands for all up to it.
        good = good && !wire.fail && (number == rows[i].number || said > sum);
    }
    if (!first)
        return !posted->lot && !posted->lots.size;
    return good && posted->lot == first->number && said == sum &&
           (!posted->lots.size || wire_end(&wire) == FAIL_NONE);
}

static void give(fold_purse_t *purse, const event_posted_t *posted, bool bonus, uint64_t sequence)
{
    int64_t paid = bonus ? 0 : purse->debt < posted->amount ? purse->debt : posted->amount;
    purse->debt -= paid;
    lot_t *lot = fold_add(&purse->lots, sizeof(lot_t));
    *lot = (lot_t){.number = sequence, .bonus = bonus, .left = posted->amount - paid};
}

// --- what is held, of one lot each ---

static lot_t *lot_of(fold_purse_t *purse, uint64_t number)
{
    lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].number == number && !rows[i].bonus)
            return &rows[i];
    return NULL;
}

static bool move_hold(fold_purse_t *purse, const event_posted_t *posted)
{
    lot_t *lot = lot_of(purse, posted->lot);
    bool held = posted->kind == POSTING_HOLD;
    if (!lot || posted->lots.size || (held ? lot->left : lot->held) < posted->amount)
        return false;
    int64_t paid = held ? 0 : purse->debt < posted->amount ? purse->debt : posted->amount;
    purse->debt -= paid;
    lot->left += held ? -posted->amount : posted->amount - paid;
    lot->held += held ? posted->amount : -posted->amount;
    return true;
}

void fold_lots_left(world_t *world, fold_purse_t *purse, uint64_t number, int64_t amount)
{
    lot_t *lot = lot_of(purse, number);
    if (!lot || lot->held < amount)
        world_violate(world, "I21", "%" PRId64 " kopecks leave that were not held", amount);
    else
        lot->held -= amount;
}

void fold_lots_posted(world_t *world, fold_purse_t *purse, const event_posted_t *posted, bool bonus,
                      uint64_t sequence)
{
    bool credited = posted->credit >= SYSTEM_END, good;
    if (posted->kind == POSTING_HOLD || posted->kind == POSTING_RELEASE)
        good = move_hold(purse, posted);
    else if (credited) {
        give(purse, posted, bonus, sequence);
        good = posted->lot == sequence && !posted->lots.size;
    } else {
        take(world, purse, posted, bonus);
        good = names_all(purse, posted);
    }
    if (!good)
        world_violate(world, "I19", "posting %" PRIu64 " does not name the lots that it took",
                      sequence);
    int64_t sum = -purse->debt;
    const lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        sum += rows[i].left;
    if (sum != posted->cash + posted->bonus)
        world_violate(world, "I19",
                      "posting %" PRIu64 ": lots less debts come to %" PRId64
                      ", the balance to %" PRId64,
                      sequence, sum, posted->cash + posted->bonus);
}
