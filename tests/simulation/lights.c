#include "tests/simulation/lights.h"
#include "proto/codes.h"

// Later than the node's own limits (FOLLOWER_CURRENT_US, NODE_BEHIND_US), by a second each.
#define STALE_US (6 * SECOND_US)
#define RED_US (11 * SECOND_US)
// By less a clock may be borne out, or not be doubted: a minute off one that was a minute off
// itself, by a word that was a minute late.
#define OFF_US (4 * MINUTE_US)

static const alarm_row_t *find(const process_t *process, alarm_t code)
{
    return alarms_find(node_alarms(process->node), code);
}

static void need(world_t *world, const process_t *process, alarm_t code, const char *why)
{
    if (!find(process, code))
        world_violate(world, "I17", "%s: %s, and its light does not say %s",
                      process_title(process->index), why, codes_name(CODES_alarm, code));
}

static void exactly(world_t *world, const process_t *process, alarm_t code, bool wrong,
                    const char *why)
{
    if (wrong)
        need(world, process, code, why);
    else if (find(process, code))
        world_violate(world, "I17", "%s: its light says %s, and it is not so",
                      process_title(process->index), codes_name(CODES_alarm, code));
}

// Counted from the first turn at which nothing had been heard for long, and anew after a sleep: a
// process that slept has its time to hear, and to one whose machine was frozen it is as if nothing
// had been.
static void look_at_stream(world_t *world, process_t *process, process_name_t of)
{
    if (world->now - process->heard_at[of] <= STALE_US) {
        process->stale_at[of] = 0;
        return;
    }
    if (process->stale_at[of] <= process->heard_at[of] || process->stale_at[of] < process->woken_at)
        process->stale_at[of] = world->now;
    if (world->now - process->stale_at[of] <= RED_US || find(process, ALARM_HISTORY) ||
        find(process, ALARM_WITNESS))
        return;
    world_reach(world, REACH_BEHIND);
    need(world, process, ALARM_BEHIND, "it heard nothing of a stream for long");
}

static void look_in_calm(world_t *world, const process_t *process)
{
    const alarms_t *alarms = node_alarms(process->node);
    for (size_t i = 0; i < alarms->count; i++)
        if (alarms->rows[i].code != ALARM_OUTSIDE && alarms->rows[i].code != ALARM_REFUND &&
            alarms->rows[i].code != ALARM_RECEIPT)
            world_violate(world, "I17", "%s: all is well for long, and its light says %s %s",
                          process_title(process->index),
                          codes_name(CODES_alarm, alarms->rows[i].code), alarms->rows[i].about);
    world_reach(world, REACH_ALL_GREEN);
}

// What people must look into, as far as payment's journal is the one that said so.
static void look_at_refunds(world_t *world, const process_t *process)
{
    const fold_refund_t *rows = world->fold.refunds.rows;
    bool waits = false, doubted = false;
    for (size_t i = 0; i < world->fold.refunds.count; i++) {
        bool over = rows[i].done || rows[i].ended;
        waits = waits || (!over && (rows[i].unknown || rows[i].disputed));
        doubted = doubted || (!over && rows[i].put_back);
    }
    if (waits || !doubted)
        exactly(world, process, ALARM_REFUND, waits, "a refund waits for people");
}

// Likewise.
static void look_at_receipts(world_t *world, const process_t *process)
{
    const fold_receipt_t *rows = world->fold.receipts.rows;
    bool waits = false;
    for (size_t i = 0; i < world->fold.receipts.count; i++)
        waits = waits || rows[i].missing[0] || rows[i].missing[1] ||
                (rows[i].handed && !rows[i].settled);
    exactly(world, process, ALARM_RECEIPT, waits, "a receipt waits for people");
}

// Notify waits too while one that it follows is stopped by another history, and so goes by an older
// one of a third than notify does.
static bool follows_one_who_waits(const world_t *world, const process_t *process)
{
    bool waits = false;
    for (size_t i = 0; process->index == NOTIFY && i < process->core->follows_count; i++) {
        const process_t *other = &world->processes[process_of(process->core->follows[i].stream)];
        waits = waits || (other->up && !other->busy && node_trouble(other->node)) ||
                world->now - other->troubled_at <= LIGHTS_CALM_US;
    }
    return waits;
}

void lights_look(world_t *world, process_t *process)
{
    const outside_health_t *outside = node_outside_health(process->node);
    bool full = process->soft_until > world->now;
    exactly(world, process, ALARM_FULL, full, "its disk is nearly full");
    exactly(world, process, ALARM_STARTING, full && process->boots, "its start found no room");
    bool witnessed = find(process, ALARM_WITNESS) != NULL; // the note says it, not the cursor
    if (!witnessed)
        exactly(world, process, ALARM_HISTORY, node_trouble(process->node) != NULL,
                "a stream has stopped");
    if (witnessed && !node_trouble(process->node))
        exactly(world, process, ALARM_WITNESS, false, "");
    exactly(world, process, ALARM_OUTSIDE, outside && outside->outage, "Robokassa does not answer");
    if (process->index == PAYMENT && !process->stranger) // one without its volume knows of none
        look_at_refunds(world, process);
    if (process->index == PAYMENT && !process->stranger)
        look_at_receipts(world, process);
    bool off = process->offset_us < -OFF_US || process->offset_us > OFF_US;
    if (off && process->jump_seen)
        need(world, process, ALARM_CLOCK, "its clock has leapt");
    for (size_t i = 0; i < process->core->follows_count; i++)
        look_at_stream(world, process, process_of(process->core->follows[i].stream));
    // Autopay waits too while the ledger goes by another journal of payment.
    bool apart =
        process->index == AUTOPAY && world->fold.follows[LEDGER] != world->fold.follows[AUTOPAY];
    if (node_trouble(process->node) || apart || follows_one_who_waits(world, process))
        process->troubled_at = world->now; // an operator goes on with it later
    if (world->calm && world->now - world->calm_since > LIGHTS_CALM_US &&
        world->now - process->born > LIGHTS_CALM_US &&
        world->now - process->troubled_at > LIGHTS_CALM_US)
        look_in_calm(world, process);
}
