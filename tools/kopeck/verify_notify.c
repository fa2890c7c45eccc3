#include "tools/kopeck/verify_notify.h"
#include "proto/codes.h"
#include "proto/money.h"

enum { MINUTES_OF_AN_HOUR = 60, OF_LEDGER = 0, OF_METERING };

typedef struct {
    uid_t16 id;
    uint64_t step, moved;
    instant_t next, grace;
    kopecks_t said;
} account_t;

typedef struct {
    uid_t16 key; // of notify's sequence
    uid_t16 account;
    uint64_t sequence;
    uint64_t at[2];   // the ledger's and metering's sequence; 0 if it is settled
    uint32_t more[2]; // row + 1 of the claim before about the same one
    kopecks_t balance;
    int64_t burn;
    instant_t hour;
} claim_t;

typedef struct {
    uid_t16 key;     // of a sequence
    uint32_t newest; // row of a claim
} place_t;

typedef struct {
    uid_t16 account;
    instant_t hour;
    __int128 cost; // in parts of a kopeck
} hour_t;

void verify_notify_init(verify_notify_t *self, verify_report_t *report)
{
    *self = (verify_notify_t){.report = report};
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->claims, sizeof(claim_t));
    table_init(&self->balances_at, sizeof(place_t));
    table_init(&self->hours_at, sizeof(place_t));
    table_init(&self->hours, sizeof(hour_t));
}

void verify_notify_release(verify_notify_t *self)
{
    table_release(&self->accounts);
    table_release(&self->claims);
    table_release(&self->balances_at);
    table_release(&self->hours_at);
    table_release(&self->hours);
}

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *take(table_t *table, const uid_t16 *key)
{
    void *row = find(table, key);
    return row ? row : table_row(table, table_insert(table, key));
}

static bool that(verify_notify_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_NOTIFY, sequence, holds, expected, found);
}

// --- what a step says of others ---

static void place(verify_notify_t *self, unsigned of, claim_t *claim)
{
    uid_t16 key = table_key(claim->at[of], 1);
    table_t *places = of == OF_LEDGER ? &self->balances_at : &self->hours_at;
    uint32_t row = table_find(&self->claims, &claim->key);
    if (!claim->at[of])
        return;
    const place_t *before = find(places, &key);
    claim->more[of] = before ? before->newest + 1 : 0;
    ((place_t *)take(places, &key))->newest = row;
}

static void add_claim(verify_notify_t *self, uint64_t sequence, const event_ladder_moved_t *e)
{
    uid_t16 key = table_key(sequence, 1);
    claim_t *claim = take(&self->claims, &key);
    *claim = (claim_t){.key = key,
                       .account = e->account,
                       .sequence = sequence,
                       .at = {e->balance_sequence, e->burn_sequence},
                       .balance = e->balance,
                       .burn = e->burn,
                       .hour = e->hour};
    place(self, OF_LEDGER, claim);
    place(self, OF_METERING, claim);
}

// The claims about that sequence, one after the other.
static claim_t *first_about(const verify_notify_t *self, unsigned of, uint64_t sequence)
{
    uid_t16 key = table_key(sequence, 1);
    const place_t *at = find(of == OF_LEDGER ? &self->balances_at : &self->hours_at, &key);
    return at ? table_row(&self->claims, at->newest) : NULL;
}

static claim_t *next_about(const verify_notify_t *self, unsigned of, const claim_t *claim)
{
    return claim->more[of] ? table_row(&self->claims, claim->more[of] - 1) : NULL;
}

// What it said of another history behind that event, nothing bears out.
static void forget_behind(verify_notify_t *self, unsigned of, uint64_t last)
{
    for (uint32_t i = 0; i < self->claims.count; i++) {
        claim_t *claim = table_row(&self->claims, i);
        if (claim->at[of] > last)
            claim->at[of] = 0;
    }
}

// --- the ladder ---

// What may still be spent. No journal can make it overflow.
static kopecks_t money_of(const event_ladder_moved_t *e)
{
    return (kopecks_t)((uint64_t)e->balance + (uint64_t)e->limit);
}

// The last whole minute that the money covers, by long division: hours, then minutes of the rest.
static instant_t lasts(const event_ladder_moved_t *e)
{
    if (e->burn <= 0)
        return 0;
    kopecks_t money = money_of(e);
    __int128 units = (__int128)(money > 0 ? money : 0) * CARRY_DENOMINATOR;
    __int128 hours = units / e->burn, rest = units % e->burn;
    __int128 minutes = hours * MINUTES_OF_AN_HOUR + rest * MINUTES_OF_AN_HOUR / e->burn;
    __int128 until = (__int128)e->hour + HOUR_US + minutes * MINUTE_US;
    return until > INT64_MAX ? 0 : (instant_t)until;
}

static bool falls_short(instant_t until, instant_t at, uint64_t span)
{
    return until && (__int128)at > (__int128)until - (__int128)span;
}

static void check_funded(verify_notify_t *self, uint64_t sequence, const account_t *account,
                         const event_ladder_moved_t *e, instant_t at)
{
    instant_t until = lasts(e);
    uint64_t step = falls_short(until, at, self->policy.late_us)    ? LADDER_LATE
                    : falls_short(until, at, self->policy.early_us) ? LADDER_EARLY
                    : money_of(e) < self->policy.low_threshold      ? LADDER_LOW
                                                                    : LADDER_NONE;
    if (e->closed)
        step = LADDER_NONE;
    verify_equal(self->report, "notify: a warning is of what the money lasts for", STREAM_NOTIFY,
                 sequence, (int64_t)step, (int64_t)e->rung);
    bool eased =
        e->rung_before >= LADDER_EARLY && !falls_short(until, at, 2 * self->policy.early_us);
    if (e->rung < e->rung_before && e->rung_before < LADDER_EXHAUSTED)
        that(self, "notify: a warning is taken back for money, or less usage", sequence,
             e->closed || money_of(e) > account->said || eased, "a higher balance", e->balance);
}

static bool is_its_turn(const verify_notify_t *self, const account_t *account,
                        const event_ladder_moved_t *e, instant_t at)
{
    bool due = account->next && at >= account->next;
    bool graced = account->grace && at - account->grace < (instant_t)self->policy.grace_again_us;
    bool may = e->pending && !graced;
    switch (e->rung) {
    case LADDER_EXHAUSTED:
        return e->rung_before < LADDER_EXHAUSTED;
    case LADDER_GRACE:
        return e->rung_before == LADDER_EXHAUSTED && due && may;
    case LADDER_STOPPED:
        return (e->rung_before == LADDER_EXHAUSTED && due && (!may || !self->policy.grace_us)) ||
               (e->rung_before == LADDER_GRACE && (due || !e->pending));
    default:
        return e->rung == e->rung_before + 1 && due;
    }
}

static void check_owing(verify_notify_t *self, uint64_t sequence, const account_t *account,
                        const event_ladder_moved_t *e, instant_t at)
{
    const uint64_t spans[] = {self->policy.stop_us, self->policy.grace_us, self->policy.freeze_us,
                              self->policy.delete_us};
    that(self, "notify: below zero each step comes when it is due", sequence,
         is_its_turn(self, account, e, at), "the next step, in its time", (int64_t)e->rung);
    instant_t next =
        e->rung == LADDER_DELETABLE ? 0 : at + (instant_t)spans[e->rung - LADDER_EXHAUSTED];
    verify_equal(self->report, "notify: a step says when the next one is due", STREAM_NOTIFY,
                 sequence, next, e->next);
}

static void check_moved(verify_notify_t *self, uint64_t sequence, const event_t *event)
{
    const event_ladder_moved_t *e = &event->ladder_moved;
    account_t *account = take(&self->accounts, &e->account);
    verify_equal(self->report, "notify: an account moves from where it stood", STREAM_NOTIFY,
                 sequence, (int64_t)account->step, (int64_t)e->rung_before);
    verify_equal(self->report, "notify: previous is the account's step before", STREAM_NOTIFY,
                 sequence, (int64_t)account->moved, (int64_t)e->previous);
    that(self, "notify: no step is said twice", sequence, e->rung != e->rung_before, "another step",
         (int64_t)e->rung);
    bool owes = e->rung >= LADDER_EXHAUSTED;
    that(self, "notify: who has money is not stopped, and who owes is", sequence,
         owes == (money_of(e) < 0) && e->rung <= LADDER_DELETABLE, "a step for that balance",
         e->balance);
    verify_equal(self->report, "notify: it says until when the money lasts", STREAM_NOTIFY,
                 sequence, lasts(e), e->lasts);
    if (owes && e->rung <= LADDER_DELETABLE)
        check_owing(self, sequence, account, e, event->at);
    else if (!owes)
        check_funded(self, sequence, account, e, event->at);
    add_claim(self, sequence, e);
    account->step = e->rung;
    account->moved = sequence;
    account->next = e->next;
    account->said = money_of(e);
    if (e->rung == LADDER_GRACE)
        account->grace = event->at;
}

void verify_notify_feed(verify_notify_t *self, uint64_t sequence, const event_t *event)
{
    const event_node_reseeded_t *reseeded = &event->node_reseeded;
    if (event->type == EVENT_ladder_policy_changed)
        self->policy = event->ladder_policy_changed;
    else if (event->type == EVENT_ladder_moved)
        check_moved(self, sequence, event);
    else if (event->type == EVENT_node_reseeded && reseeded->stream == STREAM_LEDGER)
        forget_behind(self, OF_LEDGER, reseeded->sequence);
    else if (event->type == EVENT_node_reseeded && reseeded->stream == STREAM_METERING)
        forget_behind(self, OF_METERING, reseeded->sequence);
}

// --- the others ---

void verify_notify_ledger(verify_notify_t *self, uint64_t sequence, const event_t *event)
{
    self->heard[OF_LEDGER] = sequence;
    claim_t *claim = first_about(self, OF_LEDGER, sequence);
    for (; claim; claim = next_about(self, OF_LEDGER, claim)) {
        bool its = event->type == EVENT_posted && claim->at[OF_LEDGER] &&
                   uid_equal(&event->posted.account, &claim->account);
        kopecks_t balance = 0;
        its = its && money_add(event->posted.cash, event->posted.bonus, &balance);
        if (claim->at[OF_LEDGER])
            that(self, "notify: a balance is the ledger's there", claim->sequence,
                 its && balance == claim->balance, "that balance of the account", claim->balance);
        claim->at[OF_LEDGER] = 0;
    }
}

// Of a kopeck for one of what the kind counts: 720 hours are 43 200 minutes, a GiB 1024 MiB.
static __int128 part_of(uint64_t kind)
{
    __int128 minute = CARRY_DENOMINATOR / 43200;
    return kind == RESOURCE_DISK  ? minute / 1024
           : kind > RESOURCE_DISK ? CARRY_DENOMINATOR / 1000000
                                  : minute;
}

static const hour_t *add_line(verify_notify_t *self, const event_usage_charged_t *line)
{
    hour_t *hour = take(&self->hours, &line->account);
    if (line->reason != CHARGED_HOUR)
        return hour;
    hour->cost = hour->hour == line->hour ? hour->cost : 0;
    hour->hour = line->hour;
    hour->cost += (__int128)line->price * (__int128)line->minutes * part_of(line->kind);
    return hour;
}

void verify_notify_metering(verify_notify_t *self, uint64_t sequence, const event_t *event)
{
    self->heard[OF_METERING] = sequence;
    bool line = event->type == EVENT_usage_charged;
    const hour_t *hour = line ? add_line(self, &event->usage_charged) : NULL;
    claim_t *claim = first_about(self, OF_METERING, sequence);
    for (; claim; claim = next_about(self, OF_METERING, claim)) {
        bool its = hour && uid_equal(&hour->account, &claim->account) &&
                   hour->hour == claim->hour && hour->cost == (__int128)claim->burn;
        if (claim->at[OF_METERING])
            that(self, "notify: an hour cost what metering's lines of it come to", claim->sequence,
                 its, "the sum of the account's lines of that hour", claim->burn);
        claim->at[OF_METERING] = 0;
    }
}

void verify_notify_finish(verify_notify_t *self, bool ledger, bool metering)
{
    const bool read[] = {ledger, metering};
    for (uint32_t i = 0; i < self->claims.count; i++) {
        const claim_t *claim = table_row(&self->claims, i);
        for (unsigned of = OF_LEDGER; of <= OF_METERING; of++)
            if (read[of] && claim->at[of])
                that(self, "notify: what it says of others is behind no end of theirs",
                     claim->sequence, false, "an event of theirs", (int64_t)claim->at[of]);
    }
}
