#include "tests/simulation/fold_lots.h"
#include "proto/posting.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

typedef struct {
    uint64_t number;
    bool bonus;
    int64_t left, taken; // taken: by the posting at hand
    unsigned turn;       // the how manieth lot it was of those that were taken, from 1
    int64_t held;        // for refunds
    instant_t until;     // 0 for no end
    instant_t from;      // 0 for no beginning
    uint64_t category;   // of service that it is for, 0 for any
    bool apart;          // in no balance
    uint64_t with;       // the top-up that it came with, of one that stands apart
    // Of a payment by card:
    uint64_t invoice;
    int64_t amount, gone, returned; // as fold_lot_t has them
    bool charged;                   // usage took of it
} lot_t;

static bool is_before(const lot_t *a, const lot_t *b)
{
    instant_t end_a = a->until ? a->until : INT64_MAX, end_b = b->until ? b->until : INT64_MAX;
    return end_a != end_b ? end_a < end_b : a->number < b->number;
}

// An hour of 0 is one that all do, but for those that begin.
static bool serves(const lot_t *lot, fold_use_t use)
{
    return (!lot->until || use.hour <= lot->until) && (!lot->from || use.hour > lot->from) &&
           (!lot->category || lot->category == use.category);
}

// The next one that may pay. A chargeback that is of a payment by card takes that payment's first.
static lot_t *next_lot(fold_purse_t *purse, bool bonus, const event_posted_t *posted,
                       fold_use_t use)
{
    bool newest = posted->kind == POSTING_REFUND, charge = posted->kind == POSTING_CHARGE;
    uint64_t own =
        posted->kind == POSTING_CHARGEBACK ? posting_payment_number(&posted->reference) : 0;
    lot_t *rows = purse->lots.rows, *found = NULL;
    for (size_t i = 0; i < purse->lots.count; i++) {
        lot_t *lot = &rows[i];
        if (lot->bonus != bonus || !lot->left || (charge ? !serves(lot, use) : lot->apart))
            continue;
        if (own && lot->invoice == own)
            return lot;
        if (!found || is_before(lot, found) != newest)
            found = lot;
    }
    return found;
}

static unsigned take(world_t *world, fold_purse_t *purse, const event_posted_t *posted, bool bonus,
                     fold_use_t use)
{
    int64_t left = posted->amount;
    unsigned lots = 0;
    lot_t *lot;
    if (posted->kind == POSTING_CHARGE && !bonus && next_lot(purse, true, posted, use))
        world_violate(world, "I19", "cash pays a charge, and a bonus would");
    while (left && (lot = next_lot(purse, bonus, posted, use))) {
        lot->taken = lot->left < left ? lot->left : left;
        lot->left -= lot->taken;
        left -= lot->taken;
        lot->turn = ++lots;
        lot->charged = lot->charged || posted->kind == POSTING_CHARGE;
        if (posting_takes_back(posted->kind))
            lot->returned += lot->taken;
        if (lot->until)
            world_reach(world, REACH_ENDING_SPENT);
        if (lot->apart) {
            purse->begun -= lot->taken;
            world_reach(world, lot->category ? REACH_APART_CATEGORY : REACH_APART_EARLY);
        }
    }
    purse->debt += left;
    purse->returned = purse->returned || posting_takes_back(posted->kind);
    if (lots > 1)
        world_reach(world, REACH_LOTS);
    if (left)
        world_reach(world, REACH_LOT_DEBT);
    return lots;
}

static lot_t *lot_of_turn(fold_purse_t *purse, unsigned turn)
{
    lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].turn == turn)
            return &rows[i];
    return NULL;
}

// What the posting says that it took, against what was taken; that is forgotten with it. A refund
// takes the newest first and names the oldest first.
static bool names_all(fold_purse_t *purse, const event_posted_t *posted, unsigned lots)
{
    wire_t wire;
    uint32_t count = 1;
    uint64_t number = posted->lot; // that was read last
    uint64_t first = 0;
    int64_t sum = 0, said = 0;
    bool good = true, refund = posted->kind == POSTING_REFUND;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    if (posted->lots.size)
        count = wire_array(&wire, 16);
    for (unsigned i = 0; i < lots; i++) {
        lot_t *lot = lot_of_turn(purse, refund ? lots - i : i + 1);
        int64_t part = lot->taken;
        first = first ? first : lot->number;
        sum += part;
        lot->taken = lot->turn = 0;
        if (!posted->lots.size) {
            good = good && count-- > 0 && lot->number == posted->lot;
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
        good = good && !wire.fail && (number == lot->number || said > sum);
    }
    if (!first)
        return !posted->lot && !posted->lots.size;
    return good && posted->lot == first && said == sum &&
           (!posted->lots.size || wire_end(&wire) == FAIL_NONE);
}

static void give(fold_purse_t *purse, const event_t *event, bool bonus, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    bool card = posted->kind == POSTING_TOPUP || posted->kind == POSTING_AUTOPAY;
    int64_t paid = bonus ? 0 : purse->debt < posted->amount ? purse->debt : posted->amount;
    purse->debt -= paid;
    lot_t *lot = fold_add(&purse->lots, sizeof(lot_t));
    *lot = (lot_t){.number = sequence, .bonus = bonus, .left = posted->amount - paid};
    lot->amount = posted->amount;
    if (card && event->cause.stream == STREAM_PAYMENT)
        lot->invoice = posting_payment_number(&posted->reference);
}

bool fold_lots_paid(const fold_purse_t *purse, uint64_t invoice, fold_lot_t *ret_lot)
{
    const lot_t *rows = purse->lots.rows;
    for (size_t i = purse->lots.count; i-- > 0;) {
        if (rows[i].invoice != invoice)
            continue;
        *ret_lot = (fold_lot_t){.number = rows[i].number,
                                .amount = rows[i].amount,
                                .left = rows[i].left,
                                .held = rows[i].held,
                                .gone = rows[i].gone,
                                .returned = rows[i].returned};
        return true;
    }
    return false;
}

bool fold_lots_charged_after(const fold_purse_t *purse, uint64_t number)
{
    const lot_t *rows = purse->lots.rows;
    for (size_t i = purse->lots.count; i-- > 0 && rows[i].number > number;)
        if (rows[i].invoice && rows[i].charged)
            return true;
    return false;
}

// --- bonuses that end ---

static lot_t *bonus_of(const fold_purse_t *purse, uint64_t number)
{
    lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].number == number && rows[i].bonus)
            return &rows[i];
    return NULL;
}

void fold_lots_limit(world_t *world, fold_purse_t *purse, uint64_t number, instant_t until)
{
    lot_t *lot = bonus_of(purse, number);
    if (lot)
        lot->until = until;
    else
        world_violate(world, "I19", "a bonus is given that was not posted");
}

uint64_t fold_lots_any(const fold_purse_t *purse, draw_t *draw, int64_t *ret_left)
{
    const lot_t *rows = purse->lots.rows;
    size_t count = purse->lots.count, from = count ? draw_below(draw, count) : 0;
    for (size_t i = 0; i < count; i++) {
        const lot_t *lot = &rows[(from + i) % count];
        if (lot->bonus && lot->left) {
            *ret_left = lot->left;
            return lot->number;
        }
    }
    return 0;
}

uint64_t fold_lots_over(const fold_purse_t *purse, instant_t at)
{
    const lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].until && rows[i].until < at && rows[i].left)
            return rows[i].number;
    return 0;
}

// --- bonuses that stand apart ---

void fold_lots_set_apart(world_t *world, fold_purse_t *purse, const event_bonus_set_apart_t *apart)
{
    lot_t *lot = fold_add(&purse->lots, sizeof(lot_t));
    *lot = (lot_t){.number = apart->lot,
                   .bonus = true,
                   .left = apart->amount,
                   .amount = apart->amount,
                   .until = apart->until,
                   .from = apart->begins,
                   .category = apart->category,
                   .apart = true};
    world_reach(world, REACH_APART);
}

static lot_t *apart_of(const fold_purse_t *purse, uint64_t number)
{
    lot_t *lot = bonus_of(purse, number);
    return lot && lot->apart ? lot : NULL;
}

void fold_lots_begun(world_t *world, fold_purse_t *purse, const event_t *event)
{
    const event_bonus_begun_t *begun = &event->bonus_begun;
    lot_t *lot = apart_of(purse, begun->lot);
    if (!lot || lot->category || lot->left != begun->amount || purse->begun != begun->amount ||
        event->at < lot->from) {
        world_violate(world, "I19", "the bonus of lot %" PRIu64 " begins early, or not whole",
                      begun->lot);
        return;
    }
    lot->apart = false;
    purse->begun = 0;
    world_reach(world, REACH_APART_BEGUN);
}

void fold_lots_came_with(fold_purse_t *purse, uint64_t number, uint64_t invoice)
{
    lot_t *lot = number ? apart_of(purse, number) : NULL;
    if (lot)
        lot->with = invoice;
}

void fold_lots_clawed(world_t *world, fold_purse_t *purse, uint64_t invoice, int64_t taken)
{
    lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].apart && rows[i].with == invoice) {
            rows[i].left -= taken;
            if (rows[i].left < 0)
                world_violate(world, "I19", "more is taken of a bonus apart than is left");
            world_reach(world, REACH_APART_CLAWED);
        }
}

uint64_t fold_lots_overdue(const fold_purse_t *purse, instant_t at)
{
    const lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        if (rows[i].apart && !rows[i].category && rows[i].from < at && rows[i].left)
            return rows[i].number;
    return 0;
}

static bool is_early(const world_t *world, const lot_t *lot, instant_t at)
{
    return at < lot->until || !lot->until || lot->until - lot->until % HOUR_US > world->fold.closed;
}

void fold_lots_ended(world_t *world, fold_purse_t *purse, const event_t *event)
{
    const event_bonus_ended_t *ended = &event->bonus_ended;
    lot_t *lot = apart_of(purse, ended->lot);
    if (!lot)
        return; // its posting said so
    if (lot->left != ended->amount ||
        (ended->why == BONUS_END_LAPSED && is_early(world, lot, event->at)))
        world_violate(world, "I19", "the bonus of lot %" PRIu64 " ends early, or not whole",
                      ended->lot);
    lot->left = 0;
    world_reach(world, REACH_APART_ENDED);
}

// All that is left of one lot goes; by its time, not before that, nor before metering closed the
// last hour that it may pay. One that nobody ordered is by its time, or by its account's closing.
static bool lapse(world_t *world, fold_purse_t *purse, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    lot_t *lot = bonus_of(purse, posted->lot);
    bool ordered = !uid_is_zero(&event->cause.command) ||
                   closings_is_closed(world, fold_account_of(world, &posted->account));
    if (!lot || posted->lots.size || lot->left != posted->amount)
        return false;
    if (!ordered && is_early(world, lot, event->at))
        world_violate(world, "I19", "posting of a bonus that lapses early");
    lot->left = 0;
    world_reach(world, ordered ? REACH_BONUS_VOIDED : REACH_BONUS_LAPSED);
    return true;
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
    else {
        lot->held -= amount;
        lot->gone += amount;
    }
}

void fold_lots_posted(world_t *world, fold_purse_t *purse, const event_t *event, bool bonus,
                      fold_use_t use, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    bool credited = posted->credit >= SYSTEM_END, good;
    if (posted->kind == POSTING_HOLD || posted->kind == POSTING_RELEASE)
        good = move_hold(purse, posted);
    else if (posted->kind == POSTING_LAPSE)
        good = lapse(world, purse, event);
    else if (posted->kind == POSTING_BEGUN) {
        good = apart_of(purse, posted->lot) && !purse->begun;
        purse->begun = posted->amount;
    } else if (credited) {
        give(purse, event, bonus, sequence);
        good = posted->lot == sequence && !posted->lots.size;
    } else {
        unsigned lots = take(world, purse, posted, bonus, use);
        good = names_all(purse, posted, lots);
    }
    if (!good)
        world_violate(world, "I19", "posting %" PRIu64 " does not name the lots that it took",
                      sequence);
    if (posted->kind != POSTING_BEGUN && purse->begun)
        world_violate(world, "I19", "posting %" PRIu64 ": what stood apart is not spent at once",
                      sequence);
    int64_t sum = purse->begun - purse->debt;
    const lot_t *rows = purse->lots.rows;
    for (size_t i = 0; i < purse->lots.count; i++)
        sum += rows[i].apart ? 0 : rows[i].left;
    if (sum != posted->cash + posted->bonus)
        world_violate(world, "I19",
                      "posting %" PRIu64 ": lots less debts come to %" PRId64
                      ", the balance to %" PRId64,
                      sequence, sum, posted->cash + posted->bonus);
}
