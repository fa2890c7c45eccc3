#include "tests/simulation/fold_decisions.h"
#include "proto/codes.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

// The policy that autopay begins with; operators change only what paces a crowd.
#define INTERVAL_US HOUR_US
#define BACKOFF_FIRST_US HOUR_US
#define BACKOFF_SECOND_US (6 * HOUR_US)
#define JUMP_US (4 * MINUTE_US) // as in lights.c

// I12, I9: the balance is one that the ledger had, and was not followed by another long ago.
static void check_balance(world_t *world, const fold_list_t *balances,
                          const event_autopay_payment_requested_t *e)
{
    const fold_balance_t *rows = balances->rows;
    size_t i = balances->count;
    while (i > 0 && rows[i - 1].sequence > e->balance_sequence)
        i--;
    int64_t balance = i > 0 ? rows[i - 1].balance : 0;
    uint64_t sequence = i > 0 ? rows[i - 1].sequence : 0;
    instant_t most = BEHIND_US + (world->profile.late ? HOUR_US : 0);
    if (world->now < world->restored_at + RESTORED_US)
        return; // it may not have heard yet that its ledger's history was lost
    if (sequence != e->balance_sequence || balance != e->balance)
        world_violate(world, "I12",
                      "a decision on %" PRId64 " kopecks, and after %" PRIu64 " it was %" PRId64,
                      e->balance, e->balance_sequence, balance);
    else if (i > 0 && balance < e->threshold && balance + rows[i - 1].returned >= e->threshold)
        world_violate(world, "I9", "a decision because of %" PRId64 " kopecks that were given back",
                      rows[i - 1].returned);
    else if (i < balances->count && world->now - rows[i].durable_at > most)
        world_violate(world, "I9", "a decision on a balance of %" PRId64 " minutes ago",
                      (world->now - rows[i].durable_at) / MINUTE_US);
}

// I9: nothing is decided by a clock that was seen to jump, before somebody has confirmed it; not by
// a process either that was started again since.
static void check_clock(world_t *world)
{
    const process_t *process = &world->processes[AUTOPAY];
    bool off = process->offset_us > JUMP_US || process->offset_us < -JUMP_US;
    if (off && process->jump_seen)
        world_violate(world, "I9", "a decision by a clock that jumped by %" PRId64 " s",
                      process->offset_us / SECOND_US);
}

void fold_decisions_requested(world_t *world, fold_decisions_t *self, const fold_list_t *balances,
                              const event_t *event, uint64_t count, int64_t sum)
{
    const event_autopay_payment_requested_t *e = &event->autopay_payment_requested;
    instant_t backoff_us = self->declines == 1 ? BACKOFF_FIRST_US : BACKOFF_SECOND_US;
    check_balance(world, balances, e);
    check_clock(world);
    if (e->count != count || e->sum != sum)
        world_violate(world, "I8",
                      "a decision counts %" PRIu64 " payments of %" PRId64
                      " kopecks, and there were %" PRIu64 " of %" PRId64,
                      e->count, e->sum, count, sum);
    if (self->decided_at && event->at < self->decided_at + INTERVAL_US)
        world_violate(world, "I9", "a decision %" PRId64 " s after the one before",
                      (event->at - self->decided_at) / SECOND_US);
    if (self->declines && event->at < self->declined_at + backoff_us)
        world_violate(world, "I9", "a decision %" PRId64 " s after decline %u",
                      (event->at - self->declined_at) / SECOND_US, self->declines);
    self->decided_at = event->at;
}

void fold_decisions_settled(fold_decisions_t *self, const event_t *event)
{
    const event_autopay_settled_t *e = &event->autopay_settled;
    bool unsent = e->reason == DECLINE_STALE || e->reason == DECLINE_EXPIRED ||
                  e->reason == DECLINE_REVOKED || e->reason == DECLINE_BUSY ||
                  e->reason == DECLINE_AMOUNT;
    if (e->outcome == OUTCOME_SUCCEEDED) {
        self->declines = 0;
    } else if (!unsent) {
        self->declines++;
        self->declined_at = event->at;
    }
}

void fold_decisions_resumed(fold_decisions_t *self)
{
    self->declines = 0;
}
