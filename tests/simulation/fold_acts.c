// Invariant I23: what acts say, against what metering charged.
#include "proto/month.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

enum { SERIES = 1000000, QUARTER_MONTHS = 3 };
#define ISSUED_BY_US (10 * DAY_US) // after its quarter each company has its act

// An hour's minutes are of the month in which the hour begins.
static int64_t quarter_of(instant_t begin)
{
    return fold_month(begin) / QUARTER_MONTHS;
}

static void add(world_t *world, const uid_t16 *id, instant_t begin, int64_t amount,
                uint64_t sequence)
{
    if (world->profile.quarters && amount)
        *(fold_acted_t *)fold_add(&world->fold.acts.charges, sizeof(fold_acted_t)) =
            (fold_acted_t){.sequence = sequence,
                           .account = fold_account_of(world, id),
                           .quarter = quarter_of(begin),
                           .amount = amount};
}

void fold_acts_metering(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_usage_charged)
        add(world, &event->usage_charged.account, event->usage_charged.hour,
            event->usage_charged.amount, sequence);
    else if (event->type == EVENT_usage_credited)
        add(world, &event->usage_credited.account, event->usage_credited.hour,
            -event->usage_credited.amount, sequence);
    else if (event->type == EVENT_meter_closed)
        add(world, &event->meter_closed.account, event->meter_closed.at - 1,
            event->meter_closed.amount, sequence);
}

// The next of its series, which begins anew with a year of Moscow.
static bool goes_on(uint64_t before, uint64_t number, instant_t at)
{
    uint64_t year = (uint64_t)(fold_month(at) / 12 % 100);
    bool same = before / SERIES == year;
    return number == (same ? before + 1 : year * SERIES + 1);
}

// Sums of what it is about, and marks that as told. `ret_late`: of it, of quarters before.
static int64_t take(world_t *world, unsigned account, int64_t quarter, uint64_t through,
                    int64_t *ret_late)
{
    const fold_acts_t *acts = &world->fold.acts;
    fold_acted_t *rows = acts->charges.rows;
    int64_t sum = 0;
    *ret_late = 0;
    for (size_t i = 0; i < acts->charges.count; i++) {
        fold_acted_t *row = &rows[i];
        if (row->account != account || row->acted || row->sequence > through ||
            row->quarter > quarter || row->quarter < acts->since[account])
            continue;
        row->acted = true;
        sum += row->amount;
        *ret_late += row->quarter < quarter ? 1 : 0;
    }
    return sum;
}

static void fold_act(world_t *world, const event_t *event)
{
    const event_act_issued_t *e = &event->act_issued;
    fold_acts_t *acts = &world->fold.acts;
    unsigned account = fold_account_of(world, &e->account);
    int64_t late, quarter = (int64_t)e->quarter;
    if (!goes_on(acts->last, e->number, event->at) ||
        !goes_on(acts->shipment, e->invoice, event->at))
        world_violate(world, "I23", "act %" PRIu64 " does not go on from the one before",
                      e->number);
    if (quarter <= acts->quarter[account] || quarter >= quarter_of(event->at))
        world_violate(world, "I23", "account %u has an act of a quarter again, or too soon",
                      account);
    int64_t charged = take(world, account, quarter, e->through, &late);
    if (e->amount + e->bonus != charged)
        world_violate(world, "I23",
                      "act %" PRIu64 " is of %" PRId64 " and %" PRId64
                      " of bonus, charged were %" PRId64,
                      e->number, e->amount, e->bonus, charged);
    if (e->debt < 0 || e->debt > e->amount || e->vat != (2 * e->amount * 22 + 122) / 244)
        world_violate(world, "I23", "act %" PRIu64 ": its debt or its tax", e->number);
    acts->last = e->number;
    acts->shipment = e->invoice;
    acts->quarter[account] = quarter;
    world_reach(world, REACH_ACT);
    if (late)
        world_reach(world, REACH_ACT_LATE);
    if (e->bonus)
        world_reach(world, REACH_ACT_BONUS);
    if (e->advances.size)
        world_reach(world, REACH_ACT_ADVANCE);
}

void fold_acts_documents(world_t *world, const event_t *event)
{
    fold_acts_t *acts = &world->fold.acts;
    if (event->type == EVENT_requisites_registered) {
        unsigned account = fold_account_of(world, &event->requisites_registered.account);
        if (!acts->since[account])
            acts->since[account] = quarter_of(event->at);
    } else if (event->type == EVENT_act_issued) {
        fold_act(world, event);
    } else if (event->type == EVENT_advance_issued) {
        if (!goes_on(acts->shipment, event->advance_issued.number, event->at))
            world_violate(world, "I23", "an advance invoice does not go on from the one before");
        acts->shipment = event->advance_issued.number;
    }
}

// Act and late usage are the charges: what is told in none is of a quarter that is not over, or
// came after its act.
void fold_acts_finish(world_t *world)
{
    if (!world->profile.quarters)
        return;
    const fold_acts_t *acts = &world->fold.acts;
    const fold_acted_t *rows = acts->charges.rows;
    for (unsigned account = 0; account < world->profile.accounts; account++) {
        int64_t over = quarter_of(world->end - ISSUED_BY_US) - 1, missing = 0;
        if (!acts->since[account] || acts->quarter[account] >= over)
            continue;
        for (size_t i = 0; i < acts->charges.count; i++)
            if (rows[i].account == account && !rows[i].acted && rows[i].quarter <= over &&
                rows[i].quarter >= acts->since[account])
                missing += rows[i].amount;
        if (missing > world->fold.accounts[account].bonus_ever)
            world_violate(world, "I23", "account %u has no act of %" PRId64 " kopecks", account,
                          missing);
    }
}
