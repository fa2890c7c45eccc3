#include "tools/kopeck/verify_ending.h"
#include "proto/posting.h"

#define SETTLED_US (10 * MINUTE_US)

static bool that(verify_ending_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds, expected, found);
}

static bool equal(verify_ending_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_LEDGER, sequence, expected, found);
}

const uid_t16 *verify_ending_account(const event_t *event)
{
    switch (event->type) {
    case EVENT_charge_parted:
        return &event->charge_parted.account;
    case EVENT_bonus_ended:
        return &event->bonus_ended.account;
    case EVENT_bonus_ends_soon:
        return &event->bonus_ends_soon.account;
    case EVENT_bonus_given:
        return event->bonus_given.lot ? &event->bonus_given.account : NULL;
    case EVENT_bonus_set_apart:
        return &event->bonus_set_apart.account;
    case EVENT_bonus_begun:
        return &event->bonus_begun.account;
    case EVENT_bonus_clawed:
        return &event->bonus_clawed.account;
    case EVENT_bonus_regained:
        return &event->bonus_regained.account;
    default:
        return NULL;
    }
}

// --- charges ---

static void check_parted(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                         const event_t *event, uint32_t row, kopecks_t bonus)
{
    const event_charge_parted_t *parted = &event->charge_parted;
    bool whole = parted->bonus >= 0 && parted->cash >= 0 && parted->bonus <= POSTING_AMOUNT_MAX &&
                 parted->cash <= POSTING_AMOUNT_MAX;
    if (!that(self, "ledger: the parts of a charge are amounts", sequence, whole,
              "amounts of postings", parted->bonus))
        return;
    lots->hour = parted->hour;
    lots->category = parted->category;
    lots->amount = parted->bonus + parted->cash;
    lots->there = bonus;
    kopecks_t apart, serving = verify_lots_serving(lots, row, &apart);
    equal(self, "ledger: bonuses that serve its hour pay a charge first", sequence, serving,
          parted->bonus);
    if (apart || parted->apart)
        equal(self, "ledger: of them what stands apart", sequence, apart, parted->apart);
    self->parted = *parted;
    self->cause = event->cause;
}

bool verify_ending_begins(const verify_ending_t *self, const event_t *event)
{
    return self->parted.apart && event->type == EVENT_posted &&
           event->posted.kind == POSTING_BEGUN &&
           memcmp(&self->cause, &event->cause, sizeof self->cause) == 0 &&
           uid_equal(&self->parted.account, &event->posted.account);
}

bool verify_ending_parts(const verify_ending_t *self, const event_t *event)
{
    return (self->parted.bonus || self->parted.cash) && event->type == EVENT_posted &&
           event->posted.kind == POSTING_CHARGE &&
           memcmp(&self->cause, &event->cause, sizeof self->cause) == 0 &&
           uid_equal(&self->parted.account, &event->posted.account);
}

// Each is posted once, the bonus first.
bool verify_ending_half(verify_ending_t *self, uint64_t sequence, const event_posted_t *posted)
{
    bool bonus = self->parted.bonus != 0;
    kopecks_t *half = bonus ? &self->parted.bonus : &self->parted.cash;
    equal(self, "ledger: a charge is posted as it was parted", sequence, *half, posted->amount);
    *half = 0;
    return bonus;
}

static void check_whole(verify_ending_t *self, uint64_t sequence, const event_t *event)
{
    bool left = self->parted.bonus || self->parted.cash;
    if (left && verify_ending_begins(self, event))
        return;
    if (left && !verify_ending_parts(self, event))
        that(self, "ledger: a charge that was parted is posted at once", sequence, false,
             "its postings", self->parted.cash);
    if (!verify_ending_parts(self, event))
        self->parted.bonus = self->parted.cash = self->parted.apart = 0;
}

// --- what ends ---

void verify_ending_posted(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                          const event_t *event, uint32_t row, kopecks_t bonus)
{
    const event_posted_t *posted = &event->posted;
    if (self->parted.apart && verify_ending_parts(self, event))
        that(self, "ledger: what stood apart is in the balance before it is spent", sequence, false,
             "a posting that brings it", self->parted.apart);
    if (verify_ending_begins(self, event)) {
        equal(self, "ledger: what stood apart comes as the charge was parted", sequence,
              self->parted.apart, posted->amount);
        self->parted.apart = 0;
    }
    if (posted->kind == POSTING_CHARGE && verify_lots_ends(lots, row))
        that(self, "ledger: a charge is parted where a bonus ends", sequence,
             memcmp(&self->cause, &event->cause, sizeof self->cause) == 0,
             "charge.parted before it", (int64_t)row + SYSTEM_END);
    if (posted->kind != POSTING_LAPSE)
        return;
    self->lapsing = *posted;
    kopecks_t left = verify_lots_left_of(lots, row, posted->lot, &self->until);
    equal(self, "ledger: what is left of a bonus that ends goes", sequence,
          left < bonus ? left : bonus, posted->amount);
}

static void check_closed(verify_ending_t *self, uint64_t sequence, const event_t *event)
{
    that(self, "ledger: an hour that bonuses wait for is over", sequence,
         event->bonuses_ending.closed <= event->at, "an hour that has ended",
         event->bonuses_ending.closed);
    self->closed = event->bonuses_ending.closed;
    self->closed_at = event->at;
}

// What stands apart goes back between system accounts.
static void take_apart(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence, uint32_t row,
                       const event_bonus_ended_t *ended)
{
    kopecks_t left = verify_lots_left_of(lots, row, ended->lot, &self->until);
    equal(self, "ledger: what is left of a bonus that ends goes", sequence, left, ended->amount);
    that(self, "ledger: what stands apart goes back to promo expense", sequence,
         !ended->amount ||
             (self->apart.credit == SYSTEM_PROMO && self->apart.amount == ended->amount &&
              uid_equal(&self->apart.reference, &ended->reference)),
         "the posting before", ended->amount);
    (void)verify_lots_take_apart(lots, row, ended->lot, ended->amount);
}

static void take_posted(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence, uint32_t row,
                        const event_bonus_ended_t *ended)
{
    equal(self, "ledger: a bonus that ends is told of as it was posted", sequence,
          self->lapsing.amount, ended->amount);
    if (ended->amount)
        equal(self, "ledger: the bonus that ends is the one that was taken back", sequence,
              (int64_t)self->lapsing.lot, (int64_t)ended->lot);
    else
        (void)verify_lots_left_of(lots, row, ended->lot, &self->until);
    self->lapsing.amount = 0;
}

// Of a bonus that came with a top-up: what of it went back is less of what stands apart.
static void claw_apart(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence, uint32_t row,
                       uint64_t invoice, kopecks_t taken)
{
    uid_t16 reference = posting_bonus_reference(invoice);
    uint64_t lot = verify_lots_referred(lots, &reference);
    if (lot && verify_lots_is_apart(lots, row, lot))
        that(self, "ledger: no more goes of what stands apart than is there", sequence,
             verify_lots_take_apart(lots, row, lot, taken), "at most what is left", taken);
}

static void check_set_apart(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                            const event_t *event, uint32_t row)
{
    const event_bonus_set_apart_t *apart = &event->bonus_set_apart;
    bool posted = self->apart.debit == SYSTEM_PROMO && self->apart.credit == SYSTEM_APART &&
                  self->apart.amount == apart->amount && apart->lot + 1 == sequence;
    that(self, "ledger: what stands apart is posted before", sequence, posted,
         "a posting from promo expense", apart->amount);
    that(self, "ledger: what stands apart is for one service, or begins later", sequence,
         apart->category || apart->begins > event->at, "a reason to stand apart", apart->begins);
    equal(self, "ledger: number and account of what stands apart agree", sequence,
          (int64_t)row + SYSTEM_END, (int64_t)apart->number);
    verify_lots_set_apart(lots, row, apart);
}

static void check_begun(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                        const event_t *event, uint32_t row)
{
    const event_bonus_begun_t *begun = &event->bonus_begun;
    that(self, "ledger: what is left of a bonus that begins comes into the balance", sequence,
         verify_lots_begin(lots, row, begun->lot, begun->amount), "the posting before",
         begun->amount);
}

static void check_given(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                        const event_bonus_given_t *given, uint32_t row)
{
    if (given->lot && verify_lots_is_apart(lots, row, given->lot))
        verify_lots_refer(lots, &given->reference, given->lot);
    if (given->lot && given->until)
        that(self, "ledger: a bonus that ends is a lot of its account", sequence,
             verify_lots_limit(lots, row, given->lot, given->until), "a bonus of that account",
             (int64_t)given->lot);
}

static void check_ended(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                        const event_t *event, uint32_t row)
{
    const event_bonus_ended_t *ended = &event->bonus_ended;
    if (verify_lots_is_apart(lots, row, ended->lot))
        take_apart(self, lots, sequence, row, ended);
    else
        take_posted(self, lots, sequence, row, ended);
    if (ended->why != BONUS_END_LAPSED)
        return;
    // Of one that was used up before nobody keeps the end, and nothing is lost with it.
    instant_t until = self->until;
    bool over = event->at >= until && event->at >= self->closed_at &&
                event->at - self->closed_at >= SETTLED_US &&
                until - until % HOUR_US <= self->closed;
    that(self, "ledger: no bonus lapses early", sequence, !until || over,
         "ten minutes after its last hour was closed, and not before its end", until);
}

static void check_ends_soon(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                            const event_t *event, uint32_t row, kopecks_t bonus)
{
    const event_bonus_ends_soon_t *soon = &event->bonus_ends_soon;
    instant_t until;
    kopecks_t left = verify_lots_left_of(lots, row, soon->lot, &until);
    if (!verify_lots_is_apart(lots, row, soon->lot) && left > bonus)
        left = bonus > 0 ? bonus : 0;
    equal(self, "ledger: a bonus that ends before long is told of with what is left", sequence,
          left, soon->amount);
    that(self, "ledger: no bonus is told of before the policy's span", sequence,
         self->notice_us && event->at >= soon->until - (instant_t)self->notice_us &&
             (!left || soon->until == until),
         "its end, at most so long ahead", soon->until);
    that(self, "ledger: a bonus that ends before long is told of once", sequence,
         verify_lots_tell(lots, row, soon->lot), "no word before", (int64_t)soon->lot);
}

// What takes it back is told of at once.
static void check_told(verify_ending_t *self, uint64_t sequence, const event_t *event)
{
    if (!self->lapsing.amount || event->type == EVENT_bonus_ended)
        return;
    that(self, "ledger: a bonus that ends is told of at once", sequence, false, "bonus.ended",
         (int64_t)event->type);
    self->lapsing.amount = 0;
}

void verify_ending_feed(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                        const event_t *event, uint32_t row, kopecks_t bonus)
{
    check_whole(self, sequence, event);
    check_told(self, sequence, event);
    switch (event->type) {
    case EVENT_charge_parted:
        check_parted(self, lots, sequence, event, row, bonus);
        break;
    case EVENT_bonus_given:
        check_given(self, lots, sequence, &event->bonus_given, row);
        break;
    case EVENT_posted:
        if (event->posted.kind == POSTING_APART)
            self->apart = event->posted;
        break;
    case EVENT_bonus_set_apart:
        check_set_apart(self, lots, sequence, event, row);
        break;
    case EVENT_bonus_begun:
        check_begun(self, lots, sequence, event, row);
        break;
    case EVENT_bonus_clawed:
        claw_apart(self, lots, sequence, row, event->bonus_clawed.invoice,
                   event->bonus_clawed.taken);
        break;
    case EVENT_bonus_regained:
        claw_apart(self, lots, sequence, row, event->bonus_regained.invoice,
                   -event->bonus_regained.given);
        break;
    case EVENT_ledger_policy_changed:
        self->notice_us = event->ledger_policy_changed.lapse_notice_us;
        break;
    case EVENT_bonus_ends_soon:
        check_ends_soon(self, lots, sequence, event, row, bonus);
        break;
    case EVENT_bonuses_ending:
        check_closed(self, sequence, event);
        break;
    case EVENT_bonus_ended:
        check_ended(self, lots, sequence, event, row);
        break;
    default:
        break;
    }
}
