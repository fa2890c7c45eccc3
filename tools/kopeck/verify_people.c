#include "tools/kopeck/verify_people.h"
#include "proto/codes.h"
#include "proto/digest.h"

// Where no policy was ever set; docs/rules.md "Two persons".
#define FIRST_ALONE_MAX INT64_C(1000000)
#define FIRST_DAY_MAX INT64_C(3000000)
#define OPEN_FOR (72 * HOUR_US)
#define MOSCOW (3 * HOUR_US)

typedef struct {
    uid_t16 key; // made of the name
    int64_t day;
    kopecks_t moved;
} day_t;

typedef struct {
    uid_t16 key; // made of the sequence
    uid_t16 by;  // who proposed it
    kopecks_t amount;
    instant_t expires;
    bool ended;
} proposed_t;

typedef struct {
    uid_t16 key; // made of the producer's number
    uid_t16 by;
    bool imported;
} pusher_t;

void verify_people_init(verify_people_t *self, verify_report_t *report, stream_t stream)
{
    *self = (verify_people_t){
        .report = report, .stream = stream, .alone_max = FIRST_ALONE_MAX, .day_max = FIRST_DAY_MAX};
    table_init(&self->days, sizeof(day_t));
    table_init(&self->proposals, sizeof(proposed_t));
    table_init(&self->pushers, sizeof(pusher_t));
}

void verify_people_release(verify_people_t *self)
{
    table_release(&self->days);
    table_release(&self->proposals);
    table_release(&self->pushers);
}

static bool that(verify_people_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, self->stream, sequence, holds, expected, found);
}

static void equal(verify_people_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    verify_equal(self->report, rule, self->stream, sequence, expected, found);
}

static uid_t16 key_of(text_t name)
{
    uint8_t digest[32];
    uid_t16 key;
    digest_sha256_2(name.data, name.size, NULL, 0, digest);
    memcpy(key.bytes, digest, sizeof key.bytes);
    return key;
}

static int64_t day_of(instant_t at)
{
    int64_t local = at + MOSCOW;
    return local / DAY_US - (local % DAY_US < 0);
}

// What the person moved alone on the day of that instant.
static kopecks_t *day_sum(verify_people_t *self, text_t name, instant_t at)
{
    uid_t16 key = key_of(name);
    uint32_t row = table_find(&self->days, &key);
    if (row == TABLE_NONE)
        row = table_insert(&self->days, &key);
    day_t *day = table_row(&self->days, row);
    if (day->day != day_of(at)) {
        day->day = day_of(at);
        day->moved = 0;
    }
    return &day->moved;
}

static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    kopecks_t sum;
    return money_add(a, b, &sum) ? sum : INT64_MAX;
}

static void count(verify_people_t *self, uint64_t sequence, text_t name, instant_t at,
                  kopecks_t amount)
{
    kopecks_t *sum = day_sum(self, name, at);
    *sum = plus(*sum, amount);
    that(self, "operators: in a day no more than one person may", sequence, *sum <= self->day_max,
         "a day's sum within the limit", *sum);
}

static void check_alone(verify_people_t *self, uint64_t sequence, kopecks_t amount)
{
    that(self, "operators: at once no more than one person may", sequence,
         amount <= self->alone_max, "an amount within the limit", amount);
}

// --- proposals ---

static proposed_t *find_proposal(verify_people_t *self, uint64_t proposal)
{
    uid_t16 key = table_key(proposal, 1);
    uint32_t row = table_find(&self->proposals, &key);
    return row == TABLE_NONE ? NULL : table_row(&self->proposals, row);
}

static void check_proposed(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    const event_command_proposed_t *told = &event->command_proposed;
    kopecks_t before = *day_sum(self, told->certificate, event->at);
    self->counts = true;
    equal(self, "operators: a proposal states what was moved before", sequence, before,
          told->before);
    equal(self, "operators: a proposal states the limits", sequence, self->alone_max,
          told->alone_max);
    equal(self, "operators: a proposal states the limits", sequence, self->day_max, told->day_max);
    equal(self, "operators: a proposal lapses after 72 hours", sequence, event->at + OPEN_FOR,
          told->expires);
    that(self, "operators: what one may do alone is not proposed", sequence,
         told->amount > self->alone_max || plus(before, told->amount) > self->day_max,
         "more than one person may", told->amount);
    uid_t16 key = table_key(sequence, 1);
    proposed_t *row = table_row(&self->proposals, table_insert(&self->proposals, &key));
    row->by = key_of(told->certificate);
    row->amount = told->amount;
    row->expires = told->expires;
}

// A proposal is agreed to or rejected once, while it is open.
static const proposed_t *end_proposal(verify_people_t *self, uint64_t sequence, uint64_t proposal,
                                      instant_t at)
{
    proposed_t *row = find_proposal(self, proposal);
    bool open = row && !row->ended && at < row->expires;
    that(self, "operators: a proposal is decided once, while it is open", sequence, open,
         "the sequence of an open proposal", (int64_t)proposal);
    if (row)
        row->ended = true;
    return row;
}

static void check_agreed(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    const event_command_sent_by_t *told = &event->command_sent_by;
    const proposed_t *row = end_proposal(self, sequence, told->proposal, event->at);
    bool two = told->approver.size && !text_equal(told->approver, told->certificate);
    that(self, "operators: another agrees than proposed", sequence, two, "two certificates",
         (int64_t)told->proposal);
    if (!row)
        return;
    uid_t16 by = key_of(told->certificate);
    verify_same(self->report, "operators: what was agreed to is its proposer's", self->stream,
                sequence, &row->by, &by);
    if (row->amount != INT64_MAX)
        equal(self, "operators: what was agreed to is what was proposed", sequence, row->amount,
              self->moved);
    equal(self, "operators: what two agreed to is not one's own", sequence, 0, told->amount);
}

// --- commands ---

// What a campaign of promo codes may give in all; the largest number where nothing bounds it.
static kopecks_t promo_of(const event_promo_began_t *terms)
{
    kopecks_t most = terms->kind == PROMO_PERCENT ? terms->cap : (kopecks_t)terms->value;
    kopecks_t uses = INT64_MAX, budget = terms->budget > 0 ? terms->budget : INT64_MAX;
    if (most <= 0)
        return 0;
    if (terms->in_all && terms->in_all <= (uint64_t)(INT64_MAX / most))
        uses = most * (kopecks_t)terms->in_all;
    return uses < budget ? uses : budget;
}

// What an event moved by a person's word.
static kopecks_t moves(const event_t *event)
{
    if (event->type == EVENT_posted)
        return event->posted.amount;
    if (event->type == EVENT_payment_succeeded &&
        (event->payment_succeeded.evidence == EVIDENCE_OPERATOR ||
         event->payment_succeeded.evidence == EVIDENCE_REGISTRY))
        return event->payment_succeeded.amount;
    if (event->type == EVENT_account_closed) // its bonuses end
        return event->account_closed.bonus > 0 ? event->account_closed.bonus : 0;
    if (event->type == EVENT_promo_began)
        return promo_of(&event->promo_began);
    if (event->type == EVENT_refund_requested)
        return event->refund_requested.amount;
    if (event->type == EVENT_refund_done && event->refund_done.evidence == EVIDENCE_OPERATOR)
        return event->refund_done.amount;
    if (event->type == EVENT_refund_ended && event->refund_ended.why == REFUND_END_OPERATOR)
        return event->refund_ended.amount;
    return 0;
}

// What two change, where the policy says so.
static bool is_ruled(const event_t *event)
{
    switch (event->type) {
    case EVENT_tariff_defined:
    case EVENT_rate_defined:
    case EVENT_tariff_withdrawn:
    case EVENT_metering_policy_changed:
    case EVENT_autopay_policy_changed:
    case EVENT_node_reseeded:
        return true;
    default:
        return false;
    }
}

static bool is_command(const cause_t *cause)
{
    return cause->stream == STREAM_NONE && !uid_is_zero(&cause->command);
}

// The command that changed the limits has ended: were there two?
static void check_changed(verify_people_t *self, uint64_t sequence, bool agreed)
{
    if (self->ruled)
        that(self, "operators: prices, policies and histories are changed by two", sequence, agreed,
             "an agreed proposal", self->rules);
    self->ruled = false;
    if (self->changed)
        that(self, "operators: the limits are changed by two", sequence, agreed,
             "an agreed proposal", self->alone_max);
    self->changed = false;
}

static void check_sender(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    const event_command_sent_by_t *told = &event->command_sent_by;
    self->counts = self->counts || told->amount || told->proposal;
    check_changed(self, sequence, told->proposal != 0);
    if (told->proposal)
        check_agreed(self, sequence, event);
    else if (told->imported)
        equal(self, "operators: an importer's postings are nobody's own", sequence, 0,
              told->amount);
    else if (self->counts) {
        equal(self, "operators: what one moved alone is counted", sequence, self->moved,
              told->amount);
        check_alone(self, sequence, told->amount);
        count(self, sequence, told->certificate, event->at, told->amount);
    }
    self->moved = 0;
}

// --- feeds ---

static pusher_t *find_pusher(verify_people_t *self, stream_t producer, bool make)
{
    uid_t16 key = table_key(producer, 1);
    uint32_t row = table_find(&self->pushers, &key);
    if (row == TABLE_NONE && make)
        row = table_insert(&self->pushers, &key);
    return row == TABLE_NONE ? NULL : table_row(&self->pushers, row);
}

static void note_pusher(verify_people_t *self, const event_feed_sent_by_t *told)
{
    pusher_t *pusher = find_pusher(self, told->producer, true);
    pusher->by = key_of(told->certificate);
    pusher->imported = told->imported;
}

static void add_pushed(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    const pusher_t *pusher = find_pusher(self, event->cause.stream, false);
    if (event->type != EVENT_posted || !pusher || pusher->imported)
        return;
    self->pushed = plus(self->pushed, event->posted.amount);
    if (self->counts)
        check_alone(self, sequence, event->posted.amount);
}

static void check_counted(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    if (self->counts) // what came before the rules was not counted
        equal(self, "operators: what one pushed alone is counted", sequence, self->pushed,
              event->feed_counted.amount);
    self->counts = true;
    self->pushed = 0;
    count(self, sequence, event->feed_counted.certificate, event->at, event->feed_counted.amount);
}

void verify_people_feed(verify_people_t *self, uint64_t sequence, const event_t *event)
{
    bool other = memcmp(&event->cause, &self->cause, sizeof self->cause) != 0;
    if (other) {
        check_changed(self, sequence, false);
        self->moved = 0;
        self->cause = event->cause;
    }
    if (is_command(&event->cause))
        self->moved = plus(self->moved, moves(event));
    else if (event->cause.stream >= PRODUCER_FIRST)
        add_pushed(self, sequence, event);
    if (event->type == EVENT_command_proposed)
        check_proposed(self, sequence, event);
    else if (event->type == EVENT_command_rejected)
        (void)end_proposal(self, sequence, event->command_rejected.proposal, event->at);
    else if (event->type == EVENT_command_sent_by)
        check_sender(self, sequence, event);
    else if (event->type == EVENT_feed_sent_by)
        note_pusher(self, &event->feed_sent_by);
    else if (event->type == EVENT_feed_counted)
        check_counted(self, sequence, event);
    else if (event->type == EVENT_operators_policy_changed) {
        self->alone_max = event->operators_policy_changed.alone_max;
        self->day_max = event->operators_policy_changed.day_max;
        self->rules = event->operators_policy_changed.rules;
        self->changed = true;
    } else if (event->type == EVENT_credit_limit_set)
        self->changed = true;
    else if (self->rules && is_command(&event->cause) && is_ruled(event))
        self->ruled = true;
}

void verify_people_finish(verify_people_t *self, uint64_t last)
{
    check_changed(self, last, false);
    if (self->counts)
        equal(self, "operators: what one pushed alone is counted", last, 0, self->pushed);
}
