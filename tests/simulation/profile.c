#include "tests/simulation/profile.h"

const char *const profile_fault_names[FAULTS] = {
#define FAULT(name, type, field, text) #name,
    PROFILE_FAULTS(FAULT)
#undef FAULT
};

const char *const profile_fault_texts[FAULTS] = {
#define FAULT(name, type, field, text) text,
    PROFILE_FAULTS(FAULT)
#undef FAULT
};

static const profile_t none = {.days = 12,
                               .accounts = 6,
                               .slots = 8,
                               .push_every_us = 10 * MINUTE_US,
                               .act_every_us = 3 * HOUR_US,
                               .allows = 600000,
                               .limited = 400000,
                               .hurries = 500000,
                               .revokes = 100000,
                               .returns = 100000,
                               .ticked = 600000,
                               .jitter_us = 5000};

// Seven of ten runs have a fault at all; those that have it have it more or less often.
static unsigned some(draw_t *draw, unsigned most)
{
    return draw_chance(draw, 300000) ? 0 : (unsigned)draw_below(draw, most) + 1;
}

static instant_t every(draw_t *draw, instant_t least)
{
    return draw_chance(draw, 300000) ? 0 : least << draw_below(draw, 6);
}

static void draw_wires(profile_t *self, draw_t *draw)
{
    self->loss = some(draw, 120000);
    self->doubled = some(draw, 80000);
    self->late = some(draw, 5000);
    self->jitter_us = 5000 + (instant_t)draw_below(draw, 3 * SECOND_US);
    self->cut_every_us = every(draw, 2 * HOUR_US);
}

static void draw_machines(profile_t *self, draw_t *draw)
{
    self->crash_every_us = every(draw, HOUR_US);
    self->down_max_us = draw_span(draw, SECOND_US, 6 * HOUR_US);
    self->disk_every_us = every(draw, 4 * HOUR_US);
    self->restore_every_us = every(draw, DAY_US);
    self->clock_every_us = every(draw, 12 * HOUR_US);
    self->jump_max_us = draw_span(draw, SECOND_US, 2 * HOUR_US);
    self->drift_ppm_max = (int64_t)some(draw, 100);
}

static void draw_robokassa(profile_t *self, draw_t *draw)
{
    self->refused = some(draw, 100000);
    self->unanswered = some(draw, 300000);
    self->late_arrival = some(draw, 50000);
    self->declined = some(draw, 400000);
    self->silent = some(draw, 400000);
    self->wrong = some(draw, 60000);
    self->garbled = some(draw, 100000);
    self->hasty = some(draw, 200000);
    self->forged = some(draw, 100000);
    self->stubborn = some(draw, 100000);
    self->hanging = some(draw, 100000);
    self->lagging = some(draw, 200000);
    self->maintenance_every_us = every(draw, 12 * HOUR_US);
}

static void draw_platform(profile_t *self, draw_t *draw)
{
    self->stops = draw_chance(draw, 500000);
    self->push_every_us = (10 * MINUTE_US) << draw_below(draw, 3);
    self->rewind_every_us = every(draw, DAY_US);
    self->withheld = some(draw, 20000);
    self->lies = some(draw, 20000);
}

static void draw_swarm(profile_t *self, draw_t *draw)
{
    draw_wires(self, draw);
    draw_machines(self, draw);
    draw_robokassa(self, draw);
    draw_platform(self, draw);
    self->late_stops = some(draw, 300000);
}

// Many accounts whose card is charged every other day, by a Robokassa that does all it can do.
static void draw_autopay(profile_t *self, draw_t *draw)
{
    draw_robokassa(self, draw);
    self->days = 24;
    self->rush = true;
    self->maintenance_every_us = (12 * HOUR_US) << draw_below(draw, 4);
    self->accounts = self->slots = 48;
    self->steady = true;
    self->push_every_us = HOUR_US;
    self->act_every_us = 12 * HOUR_US;
    self->allows = 950000;
    self->limited = 30000;
    self->lowers = 10000;
    self->loss = some(draw, 20000);
    self->doubled = some(draw, 20000);
    self->late = some(draw, 2000);
    self->crash_every_us = every(draw, 12 * HOUR_US);
    self->down_max_us = draw_span(draw, SECOND_US, HOUR_US);
}

// Minutes that come late, twice, contradicted or again from further back, and hours given back.
static void draw_billing(profile_t *self, draw_t *draw)
{
    draw_platform(self, draw);
    self->accounts = 4;
    self->slots = 6;
    self->withheld = 5000 + some(draw, 50000);
    self->lies = 5000 + some(draw, 50000);
    self->rewind_every_us = (4 * HOUR_US) << draw_below(draw, 3);
    self->returns = 400000;
    self->loss = some(draw, 50000);
    self->crash_every_us = every(draw, 6 * HOUR_US);
    self->down_max_us = draw_span(draw, SECOND_US, HOUR_US);
    self->restore_every_us = (6 * HOUR_US) << draw_below(draw, 3);
    self->late_stops = 100000 + some(draw, 400000);
    self->too_late = 1000;
}

// So many that tables have pages, an hour is closed in parts and batches are full: a day of all of
// them, with builds beside and tariffs that change, deleted within an hour or so.
static void draw_crowd(profile_t *self, draw_t *draw)
{
    draw_robokassa(self, draw);
    self->accounts = ACCOUNTS_MAX;
    self->slots = SLOTS_MAX;
    self->days = 7;
    self->crowd_us = 28 * HOUR_US;
    self->batch_records = 2 + draw_below(draw, 3);
    self->ticked = 20000;
    self->push_every_us = MINUTE_US;
    self->act_every_us = 3 * DAY_US;
    self->limited = 100000;
    self->lowers = 100000;
    self->loss = some(draw, 20000);
    self->doubled = some(draw, 20000);
    self->jitter_us = 5000 + (instant_t)draw_below(draw, SECOND_US);
    self->crash_every_us = 4 * HOUR_US;
    self->down_max_us = draw_span(draw, SECOND_US, 2 * HOUR_US);
    self->restore_every_us = every(draw, DAY_US);
    self->withheld = 5000 + some(draw, 30000);
}

// Few accounts that pay often, and a payment whose disk is lost every other day.
static void draw_restored(profile_t *self, draw_t *draw)
{
    draw_autopay(self, draw);
    self->days = 14;
    self->accounts = self->slots = 12;
    self->act_every_us = 4 * HOUR_US;
    self->limited = 300000;
    self->crash_every_us = 6 * HOUR_US;
    self->put_back_every_us = (12 * HOUR_US) << draw_below(draw, 3);
    self->restore_every_us = every(draw, DAY_US);
}

// As a swarm, with operators who give back often, and need a second one for most of it.
static void draw_persons(profile_t *self, draw_t *draw)
{
    draw_swarm(self, draw);
    self->two = true;
    self->returns = 500000;
}

// A swarm in which companies pay by transfer.
static void draw_transfers(profile_t *self, draw_t *draw)
{
    draw_swarm(self, draw);
    self->transfers = true;
}

// Transfers of Robokassa too: what it captured, less what it keeps.
static void draw_settlement(profile_t *self, draw_t *draw)
{
    draw_transfers(self, draw);
    self->days = 8;
    self->payouts = true;
    self->seconds = true;
    self->act_every_us = 6 * HOUR_US;
    self->refund_every_us = draw_chance(draw, 500000) ? 8 * HOUR_US : 0;
}

// Two ends of quarters of companies, with usage that comes late, is contradicted and given back
// around the quarters' ends.
static void draw_acts(profile_t *self, draw_t *draw)
{
    self->days = 108;
    self->quarters = true;
    self->accounts = 2;
    self->slots = 2;
    self->steady = draw_chance(draw, 500000);
    self->push_every_us = HOUR_US;
    self->act_every_us = DAY_US;
    self->returns = 300000;
    self->late_stops = 300000;
    self->withheld = 20000;
    self->lies = 20000;
    self->loss = some(draw, 10000);
    self->crash_every_us = (10 * DAY_US) << draw_below(draw, 3);
    self->down_max_us = draw_span(draw, SECOND_US, DAY_US / 2);
    self->restore_every_us = (10 * DAY_US) << draw_below(draw, 3);
    self->transfers = true;
}

// Autopay whose processes end again and again, and a Robokassa that often leaves a charge without
// an answer: what is under way when payment ends is seldom seen elsewhere.
static void draw_restarts(profile_t *self, draw_t *draw)
{
    draw_autopay(self, draw);
    self->days = 10;
    self->unanswered = 400000;
    self->crash_every_us = 20 * MINUTE_US;
    self->down_max_us = MINUTE_US;
}

// As a swarm, with promo codes and, in half of the worlds each, refunds through Robokassa, also of
// what brought a bonus, and companies' transfers; and a payment whose disk is lost now and then.
static void draw_promo(profile_t *self, draw_t *draw)
{
    draw_swarm(self, draw);
    self->days = 8;
    self->promo = true;
    self->returns = 0;
    self->act_every_us = 4 * HOUR_US;
    self->put_back_every_us = draw_chance(draw, 400000) ? 2 * DAY_US : 0;
    self->refund_every_us = draw_chance(draw, 500000) ? 4 * HOUR_US : 0;
    self->transfers = draw_chance(draw, 500000);
}

// As that, with usage that is no minutes, and bonuses that are for one service or begin later.
static void draw_apart(profile_t *self, draw_t *draw)
{
    draw_promo(self, draw);
    self->apart = true;
    self->counted = 100000 + some(draw, 200000);
}

// A swarm whose money runs out, and is told so.
static void draw_notices(profile_t *self, draw_t *draw)
{
    draw_transfers(self, draw);
    self->notices = true;
    self->stops = draw_chance(draw, 700000);
    self->days = 10;
    self->limited = 300000;
    self->act_every_us = 20 * HOUR_US;
}

// Payments that go back, while processes die and Robokassa does not answer.
static void draw_refunds(profile_t *self, draw_t *draw)
{
    draw_autopay(self, draw);
    self->days = 12;
    self->accounts = self->slots = 12;
    self->act_every_us = 6 * HOUR_US;
    self->refund_every_us = 2 * HOUR_US;
    self->limited = 400000;
    self->lowers = 100000;
    self->unanswered = some(draw, 300000);
    self->refused = some(draw, 200000);
    self->restore_every_us = every(draw, DAY_US);
    self->crash_every_us = (20 * MINUTE_US) << draw_below(draw, 5);
    self->down_max_us = draw_span(draw, SECOND_US, HOUR_US);
}

// As refunds, with receipts of all that comes and is used up; in half of the worlds each payment's
// disk is lost, and the ledger's.
static void draw_receipts(profile_t *self, draw_t *draw)
{
    draw_refunds(self, draw);
    self->receipts = true;
    self->days = 10;
    self->accounts = self->slots = 8;
    self->refund_every_us = 6 * HOUR_US;
    self->returns = 20000;
    self->restore_every_us = draw_chance(draw, 300000) ? DAY_US : 0;
    self->put_back_every_us = draw_chance(draw, 500000) ? (12 * HOUR_US) << draw_below(draw, 2) : 0;
}

// Many automatic payments of accounts that are closed and reopened, have bonuses and may owe.
static void draw_closings(profile_t *self, draw_t *draw)
{
    draw_autopay(self, draw);
    self->days = 8;
    self->accounts = self->slots = 12;
    self->promo = self->closes = true;
    self->act_every_us = 3 * HOUR_US;
    self->refused = 100000 + some(draw, 200000);
    self->refund_every_us = draw_chance(draw, 500000) ? 4 * HOUR_US : 0;
    self->crash_every_us = every(draw, HOUR_US);
    self->down_max_us = draw_span(draw, SECOND_US, HOUR_US);
}

// A swarm of files that grow and of requests to models.
static void draw_counted(profile_t *self, draw_t *draw)
{
    draw_swarm(self, draw);
    self->days = 8;
    self->counted = 100000 + some(draw, 200000);
}

// A swarm in which hours are closed without the platform, and replicas stop meanwhile.
static void draw_silences(profile_t *self, draw_t *draw)
{
    draw_swarm(self, draw);
    self->days = 8;
    self->stops = false;
    self->ticked = some(draw, 300000);
    self->mute_every_us = (4 * HOUR_US) << draw_below(draw, 3);
    self->too_late = 1000;
}

static void draw_quiet(profile_t *self, draw_t *draw)
{
    self->days = 365;
    self->accounts = 2;
    self->slots = 2;
    self->steady = self->stops = true;
    self->push_every_us = HOUR_US;
    self->act_every_us = DAY_US;
    self->limited = 50000;
    self->loss = some(draw, 10000);
    self->crash_every_us = (10 * DAY_US) << draw_below(draw, 3);
    self->down_max_us = draw_span(draw, SECOND_US, DAY_US / 2);
    self->declined = some(draw, 50000);
    self->unanswered = some(draw, 50000);
    self->clock_every_us = (20 * DAY_US) << draw_below(draw, 3);
    self->jump_max_us = 2 * HOUR_US;
}

static void draw_hard(profile_t *self, draw_t *draw)
{
    self->stops = draw_chance(draw, 500000);
    self->loss = 100000;
    self->doubled = 50000;
    self->late = 3000;
    self->jitter_us = 2 * SECOND_US;
    self->cut_every_us = 6 * HOUR_US;
    self->crash_every_us = 3 * HOUR_US;
    self->down_max_us = 3 * HOUR_US;
    self->disk_every_us = 12 * HOUR_US;
    self->restore_every_us = 2 * DAY_US;
    self->clock_every_us = 2 * DAY_US;
    self->jump_max_us = 2 * HOUR_US;
    self->drift_ppm_max = 50;
    self->refused = 50000;
    self->unanswered = 100000;
    self->late_arrival = 20000;
    self->declined = 150000;
    self->silent = 150000;
    self->wrong = 30000;
    self->garbled = 50000;
    self->hasty = 50000;
    self->forged = 50000;
    self->stubborn = 50000;
    self->hanging = 50000;
    self->lagging = 50000;
    self->maintenance_every_us = 2 * DAY_US;
    self->rewind_every_us = 3 * DAY_US;
    self->withheld = 10000;
    self->lies = 10000;
    self->late_stops = 200000;
}

static void draw_none(profile_t *self, draw_t *draw)
{
    (void)self;
    (void)draw;
}

// From a stream of its own, so that the worlds of older seeds stay what they were: wherever clocks
// jump, most creep too.
static void draw_creep(profile_t *self, draw_t draw)
{
    self->creep_every_us = draw_chance(&draw, 300000) ? 0 : self->clock_every_us;
}

// Likewise: wherever stops are told late, or ticks, words about one instant come in any order.
static void draw_equals(profile_t *self, draw_t draw)
{
    bool late = (self->late_stops || self->withheld) && !self->crowd_us;
    self->equals = late ? some(&draw, 4000) : 0;
}

// As well: in half of the worlds in which anything at all goes wrong with machines.
static void draw_machine_clocks(profile_t *self, draw_t draw)
{
    bool spared = draw_chance(&draw, 500000);
    unsigned absurd = 50000 + some(&draw, 300000);
    instant_t local_time = every(&draw, 12 * HOUR_US), sleep = every(&draw, 12 * HOUR_US);
    if (spared || !self->crash_every_us)
        return;
    self->absurd = absurd;
    self->local_time_every_us = local_time;
    self->sleep_every_us = sleep;
}

// So too: a quarter of the runs that are no crowd lose payment's disk.
static void draw_put_back(profile_t *self, draw_t draw)
{
    if (self->put_back_every_us)
        return;
    bool loses = self->crash_every_us && !self->crowd_us && draw_chance(&draw, 300000);
    self->put_back_every_us = loses ? DAY_US << draw_below(&draw, 3) : 0;
}

// Likewise: wherever processes are killed, in every second run.
static void draw_volumes(profile_t *self, draw_t draw)
{
    bool never = !self->crash_every_us || self->crowd_us || draw_chance(&draw, 500000);
    self->unmounted_every_us = never ? 0 : (6 * HOUR_US) << draw_below(&draw, 4);
}

// So too: where processes die, in two worlds of five one is met by its second now and then.
static void draw_copied(profile_t *self, draw_t draw)
{
    bool copied = draw_chance(&draw, 400000);
    instant_t every_us = (6 * HOUR_US) << draw_below(&draw, 4);
    self->copied_every_us = copied && self->crash_every_us ? every_us : 0;
}

// So too: as often as that at most.
static void draw_too_late(profile_t *self, draw_t draw)
{
    self->too_late = self->too_late ? some(&draw, self->too_late) : 0;
}

// So too: in half of the worlds in which anybody is told.
static void draw_announces(profile_t *self, draw_t draw)
{
    self->announces = self->notices && draw_chance(&draw, 500000);
}

enum {
    CROWD_SEEDS = 32, // of so many mixed ones the last is a crowd
    ANNOUNCES = 1000  // a stream of draws that is no fault's
};

bool profile_draw(const char *name, uint64_t seed, draw_t *draw, profile_t *ret_profile)
{
    static const struct {
        const char *name;
        void (*draw)(profile_t *self, draw_t *draw);
    } known[] = {{"swarm", draw_swarm},
                 {"autopay", draw_autopay},
                 {"billing", draw_billing},
                 {"crowd", draw_crowd},
                 {"hard", draw_hard},
                 {"none", draw_none},
                 {"quiet", draw_quiet},
                 {"restored", draw_restored},
                 {"persons", draw_persons},
                 {"restarts", draw_restarts},
                 {"transfers", draw_transfers},
                 {"promo", draw_promo},
                 {"refunds", draw_refunds},
                 {"notices", draw_notices},
                 {"acts", draw_acts},
                 {"counted", draw_counted},
                 {"receipts", draw_receipts},
                 {"closings", draw_closings},
                 {"settlement", draw_settlement},
                 {"apart", draw_apart},
                 {"silences", draw_silences}};
    enum { KNOWN = sizeof known / sizeof *known, MIXED = 3 }; // the first ones are mixed
    size_t which = KNOWN;
    draw_t apart = draw_fork(draw->state, FAULT_creep);
    draw_t equals = draw_fork(draw->state, FAULT_equals);
    draw_t machines = draw_fork(draw->state, FAULT_local_time);
    draw_t copied = draw_fork(draw->state, FAULT_copied);
    draw_t volumes = draw_fork(draw->state, FAULT_unmounted);
    draw_t too_late = draw_fork(draw->state, FAULT_too_late);
    draw_t announces = draw_fork(draw->state, ANNOUNCES);
    draw_t put_back = draw_fork(draw->state, FAULT_put_back);
    if (strcmp(name, "mixed") == 0)
        which = seed % CROWD_SEEDS == 0 ? MIXED : draw_below(draw, MIXED);
    for (size_t i = 0; i < KNOWN && which == KNOWN; i++)
        if (strcmp(name, known[i].name) == 0)
            which = i;
    if (which == KNOWN)
        return false;
    *ret_profile = none;
    known[which].draw(ret_profile, draw);
    draw_creep(ret_profile, apart);
    draw_equals(ret_profile, equals);
    draw_machine_clocks(ret_profile, machines);
    draw_volumes(ret_profile, volumes);
    draw_copied(ret_profile, copied);
    draw_put_back(ret_profile, put_back);
    draw_too_late(ret_profile, too_late);
    draw_announces(ret_profile, announces);
    return true;
}

void profile_without(profile_t *self, faults_t off)
{
#define FAULT(name, type, field, text)                                                             \
    if (off >> FAULT_##name & 1)                                                                   \
        self->field = none.field;
    PROFILE_FAULTS(FAULT)
#undef FAULT
}

bool profile_read_faults(const char *text, faults_t *ret_faults)
{
    faults_t faults = strcmp(text, "all") == 0 ? FAULTS_ALL : 0;
    while (*text && faults != FAULTS_ALL) {
        size_t size = strcspn(text, ",");
        unsigned i = 0;
        while (i < FAULTS && (strlen(profile_fault_names[i]) != size ||
                              memcmp(profile_fault_names[i], text, size) != 0))
            i++;
        if (i == FAULTS)
            return false;
        faults |= (faults_t)1 << i;
        text += size + (text[size] == ',');
    }
    *ret_faults = faults;
    return true;
}
