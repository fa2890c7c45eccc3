#include "tools/kopeck/turnover.h"
#include "proto/posting.h"
#include <inttypes.h>
#include <stdio.h>

void turnover_rubles(kopecks_t amount, char out[TURNOVER_RUBLES_SIZE])
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    (void)snprintf(out, TURNOVER_RUBLES_SIZE, "%s%" PRIu64 ".%02" PRIu64, amount < 0 ? "-" : "",
                   size / 100, size % 100);
}

// --- what does not add up ---

static bool is_well(const turnover_t *self)
{
    return *self->wrong == '\0';
}

static bool say_gap(turnover_t *self, uint64_t sequence, uint64_t previous, uint64_t found)
{
    if (is_well(self))
        (void)snprintf(self->wrong, sizeof self->wrong,
                       "posting %" PRIu64 " says that it follows %" PRIu64
                       ", and the account's posting before it here is %" PRIu64,
                       sequence, previous, found);
    return false;
}

static bool say_move(turnover_t *self, const turnover_point_t *before,
                     const turnover_point_t *after, const event_posted_t *posted)
{
    char amount[TURNOVER_RUBLES_SIZE], cash[2][TURNOVER_RUBLES_SIZE],
        bonus[2][TURNOVER_RUBLES_SIZE];
    turnover_rubles(posted->amount, amount);
    turnover_rubles(before->cash, cash[0]);
    turnover_rubles(after->cash, cash[1]);
    turnover_rubles(before->bonus, bonus[0]);
    turnover_rubles(after->bonus, bonus[1]);
    if (is_well(self))
        (void)snprintf(self->wrong, sizeof self->wrong,
                       "posting %" PRIu64 ", a %s of %s, takes cash from %s to %s and bonus from "
                       "%s to %s",
                       after->sequence, posted->credit >= SYSTEM_END ? "credit" : "debit", amount,
                       cash[0], cash[1], bonus[0], bonus[1]);
    return false;
}

static bool say_sum(turnover_t *self, const char *wallet, const kopecks_t terms[4])
{
    char texts[4][TURNOVER_RUBLES_SIZE];
    for (int i = 0; i < 4; i++)
        turnover_rubles(terms[i], texts[i]);
    if (is_well(self))
        (void)snprintf(self->wrong, sizeof self->wrong,
                       "%s: opening balance %s + credits %s - debits %s is not the closing balance "
                       "%s",
                       wallet, texts[0], texts[1], texts[2], texts[3]);
    return false;
}

// --- one posting ---

static bool count(turnover_sum_t *sum, kopecks_t amount, bool bonus)
{
    sum->count++;
    kopecks_t *wallet = bonus ? &sum->bonus : &sum->cash;
    return money_add(*wallet, amount, wallet);
}

// One posting moves one wallet, by its amount. Counted where it did.
static bool step(turnover_t *self, const turnover_point_t *before, const turnover_point_t *after,
                 const event_posted_t *posted)
{
    bool credited = posted->credit >= SYSTEM_END, exact = true;
    bool bonus = before->bonus != after->bonus;
    kopecks_t moved = 0;
    exact = bonus ? money_subtract(after->bonus, before->bonus, &moved)
                  : money_subtract(after->cash, before->cash, &moved);
    if (posted->previous != before->sequence)
        return say_gap(self, after->sequence, posted->previous, before->sequence);
    if (!exact || posted->amount <= 0 || moved != (credited ? posted->amount : -posted->amount) ||
        (bonus && before->cash != after->cash) ||
        !count(credited ? &self->credits : &self->debits, posted->amount, bonus))
        return say_move(self, before, after, posted);
    return is_well(self);
}

// Sums of amounts against balances that were told: neither was made from the other.
static bool balance(turnover_t *self, bool bonus)
{
    const turnover_point_t *ends[2] = {&self->opening, &self->closing};
    const turnover_sum_t *sums[2] = {&self->credits, &self->debits};
    kopecks_t terms[4] = {
        bonus ? ends[0]->bonus : ends[0]->cash, bonus ? sums[0]->bonus : sums[0]->cash,
        bonus ? sums[1]->bonus : sums[1]->cash, bonus ? ends[1]->bonus : ends[1]->cash};
    kopecks_t sum = 0;
    bool exact = money_add(terms[0], terms[1], &sum) && money_subtract(sum, terms[2], &sum);
    return (exact && sum == terms[3]) || say_sum(self, bonus ? "bonus" : "cash", terms);
}

// The sums of both wallets can be told as one.
static bool fits(turnover_t *self)
{
    kopecks_t sum;
    bool exact = money_add(self->opening.cash, self->opening.bonus, &sum) &&
                 money_add(self->closing.cash, self->closing.bonus, &sum) &&
                 money_add(self->credits.cash, self->credits.bonus, &sum) &&
                 money_add(self->debits.cash, self->debits.bonus, &sum);
    if (!exact && is_well(self))
        (void)snprintf(self->wrong, sizeof self->wrong, "cash and bonus together are no sum");
    return exact;
}

static bool end(turnover_t *self)
{
    return balance(self, false) && balance(self, true) && fits(self) && is_well(self);
}

static turnover_point_t point_of(uint64_t sequence, const event_posted_t *posted)
{
    return (turnover_point_t){.sequence = sequence, .cash = posted->cash, .bonus = posted->bonus};
}

// --- newest first ---

turnover_t turnover_backwards(turnover_point_t opening, turnover_point_t closing)
{
    return (turnover_t){.opening = opening, .closing = closing, .reached = closing};
}

// The earlier of two neighbours is where the later one began; the first must be the closing one.
static bool meet(turnover_t *self, const turnover_point_t *point)
{
    if (self->waits)
        return step(self, point, &self->reached, &self->later);
    if (point->sequence == self->closing.sequence && point->cash == self->closing.cash &&
        point->bonus == self->closing.bonus)
        return is_well(self);
    if (is_well(self))
        (void)snprintf(self->wrong, sizeof self->wrong,
                       "the closing balance is told to be that after posting %" PRIu64
                       ", and the period's last posting %" PRIu64 " leaves another",
                       self->closing.sequence, point->sequence);
    return false;
}

bool turnover_earlier(turnover_t *self, uint64_t sequence, const event_posted_t *posted)
{
    turnover_point_t point = point_of(sequence, posted);
    bool well = meet(self, &point);
    self->reached = point;
    self->later = *posted;
    self->waits = true;
    return well;
}

bool turnover_end_backwards(turnover_t *self)
{
    bool well = meet(self, &self->opening);
    self->waits = false;
    return end(self) && well;
}

// --- oldest first ---

turnover_t turnover_forwards(turnover_point_t opening)
{
    return (turnover_t){.opening = opening, .closing = opening};
}

bool turnover_later(turnover_t *self, uint64_t sequence, const event_posted_t *posted)
{
    turnover_point_t point = point_of(sequence, posted);
    bool well = step(self, &self->closing, &point, posted);
    self->closing = point;
    return well;
}

bool turnover_end_forwards(turnover_t *self)
{
    return end(self);
}
