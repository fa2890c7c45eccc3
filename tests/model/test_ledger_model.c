// The ledger under random inputs against a model written from the rules alone: balances in a plain
// array, the past as a list, sums added up anew after every event. The same run is followed by a
// second ledger made by replay half-way, which must go on byte for byte.
//
// The seed is printed; KOPECK_SEED=n runs that one alone.
#include "proto/payment_number.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_reader.h"
#include "tests/model/harness.h"
#include "tests/model/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { USED = 64, SEEDS = 12, STEPS = 4000, ACCOUNTS = 24, HISTORY_MAX = 4 * STEPS, PROBES = 60 };

typedef struct {
    uid_t16 id;
    bool open, low, exhausted;
    kopecks_t cash, bonus;
    uint64_t postings, credit;
    kopecks_t levels;    // bonuses for missed service levels
    uint64_t levels_for; // the months that have one, a bit each
} account_t;

typedef struct {
    uint64_t sequence;
    instant_t at;
    size_t account;
    kopecks_t cash, bonus;
    bool credited;
} past_t;

// A line of usage: what it took that was not given back.
typedef struct {
    uint64_t sequence;
    size_t account; // ACCOUNTS where suspense took it
    kopecks_t amount, given, cash, bonus;
} used_t;

typedef struct {
    uint64_t random;
    account_t accounts[ACCOUNTS];
    kopecks_t systems[SYSTEM_END];
    kopecks_t said_cash[ACCOUNTS], said_bonus[ACCOUNTS], said_systems[SYSTEM_END]; // by events
    kopecks_t threshold;
    past_t past[HISTORY_MAX];
    size_t past_count;
    uint64_t facts[2]; // sequences of metering and payment
    used_t used[USED]; // the last lines, and how many there were
    uint64_t used_count;
    uint64_t items;
    uint64_t told[STEPS]; // numbers of payments that brought money
    size_t told_count;
} model_t;

static uint64_t draw(model_t *self, uint64_t below)
{
    return random_below(&self->random, below);
}

static bool chance(model_t *self, unsigned percent)
{
    return draw(self, 100) < percent;
}

static kopecks_t draw_amount(model_t *self)
{
    static const kopecks_t scales[] = {3, 100, 5000, 40000, POSTING_AMOUNT_MAX};
    size_t scale = draw(self, 50) ? draw(self, 4) : 4;
    return (kopecks_t)draw(self, (uint64_t)scales[scale]) + 1;
}

static size_t draw_account(model_t *self)
{
    return chance(self, 40) ? 0 : draw(self, ACCOUNTS); // one with a long chain
}

static kopecks_t total(const account_t *account)
{
    return account->cash + account->bonus;
}

// --- what the rules say ---

typedef struct {
    size_t account; // ACCOUNTS for none
    uint64_t debit, credit;
    kopecks_t amount;
    uint64_t kind;
    kopecks_t bonus; // of POSTING_CREDIT
} expected_t;

static void move(model_t *self, const expected_t *expected)
{
    self->systems[expected->debit] -= expected->debit ? expected->amount : 0;
    self->systems[expected->credit] += expected->credit ? expected->amount : 0;
    if (expected->account == ACCOUNTS)
        return;
    account_t *account = &self->accounts[expected->account];
    kopecks_t left = expected->amount - expected->bonus;
    account->open = true;
    account->bonus += expected->bonus;
    account->postings += expected->bonus > 0;
    if (expected->kind == POSTING_CHARGE)
        while (left > 0 && account->bonus > 0) { // by hand: as much as there is
            kopecks_t part = left < account->bonus ? left : account->bonus;
            account->bonus -= part;
            left -= part;
            account->postings++;
        }
    if (left == 0)
        return;
    kopecks_t sign = expected->credit ? -1 : 1;
    *(expected->kind == POSTING_BONUS ? &account->bonus : &account->cash) += sign * left;
    account->postings++;
}

// Sets the flags that a decision on a posting must change at once; whether `restored` is due.
static bool settle(model_t *self, size_t index)
{
    account_t *account = &self->accounts[index];
    if (total(account) >= self->threshold)
        account->low = false;
    bool restored = account->exhausted && total(account) >= 0;
    account->exhausted = account->exhausted && !restored;
    return restored;
}

// --- what the ledger did ---

// Every event that the last input caused: the sums, the chain, the status events.
static void examine(model_t *self, const harness_t *h, const expected_t *expected)
{
    size_t seen = 0;
    bool restored = false;
    for (size_t i = 0; i < h->count; i++) {
        event_t event = harness_read(h, h->first + i);
        restored = restored || event.type == EVENT_account_restored;
        if (event.type != EVENT_posted)
            continue;
        const event_posted_t *posted = &event.posted;
        assert_true(posted->amount > 0);
        if (posted->debit < SYSTEM_END)
            self->said_systems[posted->debit] -= posted->amount;
        if (posted->credit < SYSTEM_END)
            self->said_systems[posted->credit] += posted->amount;
        if (!uid_is_zero(&posted->account)) {
            size_t index = 0;
            while (!uid_equal(&self->accounts[index].id, &posted->account))
                assert_true(++index < ACCOUNTS);
            self->said_cash[index] = posted->cash;
            self->said_bonus[index] = posted->bonus;
            assert_true(self->past_count < HISTORY_MAX);
            self->past[self->past_count++] =
                (past_t){h->first + i, event.at,      index,
                         posted->cash, posted->bonus, posted->credit >= SYSTEM_END};
        }
        kopecks_t sum = 0; // after every single posting, also between the two of one charge
        for (size_t k = 0; k < ACCOUNTS; k++)
            sum += self->said_cash[k] + self->said_bonus[k];
        for (size_t k = 0; k < SYSTEM_END; k++)
            sum += self->said_systems[k];
        assert_int_equal(sum, 0);
        seen++;
    }
    if (!expected) {
        assert_int_equal(seen, 0);
        return;
    }
    uint64_t before = expected->account < ACCOUNTS ? self->accounts[expected->account].postings : 0;
    move(self, expected);
    if (expected->account < ACCOUNTS) {
        assert_int_equal(seen, self->accounts[expected->account].postings - before);
        assert_int_equal(restored, settle(self, expected->account));
    } else
        assert_int_equal(seen, 1);
}

static void compare_balances(model_t *self, harness_t *h)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const account_t *account = &self->accounts[i];
        request_t request = {.type = REQUEST_balance};
        request.balance.account = account->id;
        answer_t answer;
        fail_t fail = harness_query(h, &request, &answer);
        assert_int_equal(fail, account->open ? FAIL_NONE : FAIL_UNKNOWN_ACCOUNT);
        if (fail)
            continue;
        assert_int_equal(answer.balance.cash, account->cash);
        assert_int_equal(answer.balance.bonus, account->bonus);
        assert_int_equal(answer.balance.low, account->low);
        assert_int_equal(answer.balance.exhausted, account->exhausted);
        assert_int_equal(answer.balance.postings, account->postings);
        assert_int_equal(answer.balance.credit, account->credit);
    }
    kopecks_t systems[SYSTEM_END];
    assert_int_equal(harness_totals(h, systems).sum, 0);
    assert_memory_equal(systems, self->systems, sizeof systems);
}

// --- steps ---

static void step_fact(model_t *self, harness_t *h)
{
    bool payment = chance(self, 30);
    size_t index = draw_account(self);
    bool lost = chance(self, 3), repeated = false;
    uid_t16 account = self->accounts[index].id;
    if (lost)
        account = chance(self, 50) ? (uid_t16){{0}} : posting_system_id(1 + draw(self, 9));
    kopecks_t amount = chance(self, 5) ? 0 : draw_amount(self);
    event_t event = {.type = EVENT_usage_charged};
    expected_t expected = {.account = index, .credit = SYSTEM_REVENUE, .kind = POSTING_CHARGE};
    if (payment) {
        event.type = EVENT_payment_succeeded;
        repeated = self->told_count && chance(self, 10);
        event.payment_succeeded.invoice = repeated ? self->told[draw(self, self->told_count)]
                                                   : PAYMENT_NUMBER_MAX + 1 + self->facts[1];
        if (amount && !repeated)
            self->told[self->told_count++] = event.payment_succeeded.invoice;
        event.payment_succeeded.account = account;
        event.payment_succeeded.amount = amount;
        event.payment_succeeded.kind = PAYMENT_KIND_TOPUP + draw(self, 2);
        expected = (expected_t){.account = index, .debit = SYSTEM_CLEARING, .kind = POSTING_TOPUP};
    } else if (chance(self, 30)) {
        event.type = EVENT_meter_closed;
        event.meter_closed.account = account;
        event.meter_closed.amount = amount;
    } else {
        event.usage_charged.account = account;
        event.usage_charged.amount = amount;
    }
    expected.amount = amount;
    if (lost || repeated) {
        expected.account = ACCOUNTS;
        *(expected.debit ? &expected.credit : &expected.debit) = SYSTEM_SUSPENSE;
    }
    uint64_t sequence = ++self->facts[payment];
    if (event.type == EVENT_usage_charged) {
        kopecks_t bonus = self->accounts[index].bonus, there = lost || bonus < 0 ? 0 : bonus;
        kopecks_t taken = there < amount ? there : amount;
        self->used[self->used_count++ % USED] = (used_t){
            sequence, lost ? ACCOUNTS : index, amount, 0, lost ? 0 : amount - taken, taken};
    }
    assert_int_equal(harness_event(h, payment ? STREAM_PAYMENT : STREAM_METERING, sequence, &event),
                     FAIL_NONE);
    bool known = !repeated || self->accounts[index].open; // what is told of again is in the balance
    if (payment && amount && !lost && known)
        self->accounts[index].credit = sequence;
    examine(self, h, amount ? &expected : NULL);
}

// A part of a line comes back, or by the carry one kopeck more: cash first, then bonus.
static void step_credit(model_t *self, harness_t *h)
{
    if (!self->used_count)
        return;
    used_t *line = &self->used[draw(self, self->used_count < USED ? self->used_count : USED)];
    kopecks_t left = line->amount - line->given;
    kopecks_t amount = left <= 0 || chance(self, 20) ? left + 1 : 1 + (kopecks_t)draw(self, left);
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited = (event_usage_credited_t){.original = line->sequence,
                                                    .amount = amount > 0 ? amount : 0,
                                                    .charged = line->amount,
                                                    .before = line->given};
    if (line->account < ACCOUNTS)
        event.usage_credited.account = self->accounts[line->account].id;
    assert_int_equal(harness_event(h, STREAM_METERING, ++self->facts[0], &event), FAIL_NONE);
    examine(self, h, NULL);
    if (amount <= 0)
        return;
    assert_int_equal(h->count, 1); // noted
    kopecks_t cash = amount < line->cash ? amount : line->cash;
    kopecks_t bonus = amount - cash < line->bonus ? amount - cash : line->bonus;
    expected_t expected = {.account = line->account,
                           .debit = SYSTEM_REVENUE,
                           .credit = line->account < ACCOUNTS ? 0 : SYSTEM_SUSPENSE,
                           .amount = amount,
                           .kind = POSTING_CREDIT,
                           .bonus = bonus};
    line->given += amount;
    line->cash -= cash;
    line->bonus -= bonus;
    assert_in_range(harness_recall(h), 2, 5);
    examine(self, h, &expected);
}

// Which accounts each kind is between, in words of its own: + from that one to a customer, - from a
// customer to that one. Suspense goes with each sign that is there.
static const char *const pairs[] = {[POSTING_CHARGE] = "-1",
                                    [POSTING_TOPUP] = "+2",
                                    [POSTING_AUTOPAY] = "+2",
                                    [POSTING_BANK] = "+3",
                                    [POSTING_BONUS] = "+5-5",
                                    [POSTING_REFUND] = "+7+2+3-7-2-3",
                                    [POSTING_CHARGEBACK] = "+8+2-8-2-5",
                                    [POSTING_CORRECTION] = "+1+2+3+4+5+7+8+9-1-2-3-4-5-7-8-9"};

static bool is_pair(uint64_t kind, char sign, uint64_t system)
{
    for (const char *pair = pairs[kind]; *pair; pair += 2)
        if (pair[0] == sign && (system == SYSTEM_SUSPENSE || pair[1] == (char)('0' + system)))
            return true;
    return false;
}

// What is refused of what the shape allows: takings by item, and more than there is.
static fail_t taking(const model_t *self, const expected_t *wanted, bool item)
{
    bool taken = !wanted->debit || wanted->debit == SYSTEM_SUSPENSE;
    bool bonus = wanted->kind == POSTING_BONUS && taken, refund = wanted->kind == POSTING_REFUND;
    if (item && (bonus || refund || wanted->kind == POSTING_CHARGEBACK))
        return FAIL_INVALID;
    if (!taken || (!bonus && !refund))
        return FAIL_NONE;
    const account_t *account = &self->accounts[wanted->account % ACCOUNTS];
    kopecks_t there = wanted->debit ? self->systems[SYSTEM_SUSPENSE]
                      : bonus       ? account->bonus
                                    : account->cash;
    return wanted->amount > there ? FAIL_STATE : FAIL_NONE;
}

// A wish of any shape; whether the rules allow it is worked out here from the tables' words.
static void step_wish(model_t *self, harness_t *h)
{
    enum { CUSTOMER, SYSTEM_SIDE, STRANGE };
    int shape[2];
    uid_t16 ids[2];
    size_t index[2] = {draw_account(self), draw_account(self)};
    uint64_t systems[2] = {1 + draw(self, 9), 1 + draw(self, 9)};
    bool customer_debited = chance(self, 50);
    for (int side = 0; side < 2; side++) {
        shape[side] = (side == 0) == customer_debited ? CUSTOMER : SYSTEM_SIDE;
        if (chance(self, 8))
            shape[side] = (int)draw(self, 3);
        ids[side] = shape[side] == CUSTOMER      ? self->accounts[index[side]].id
                    : shape[side] == SYSTEM_SIDE ? posting_system_id(systems[side])
                    : chance(self, 50)           ? posting_system_id(10 + draw(self, 54))
                                                 : (uid_t16){{0}};
    }
    kopecks_t amount = chance(self, 5) ? -(kopecks_t)draw(self, 3) : draw_amount(self);
    if (chance(self, 2))
        amount = POSTING_AMOUNT_MAX + 1;
    uint64_t kind = draw(self, 14);
    if (kind >= POSTING_CHARGE && kind <= POSTING_CORRECTION && chance(self, 70)) {
        size_t pair = draw(self, strlen(pairs[kind]) / 2); // mostly one of its pairs
        systems[0] = systems[1] = (uint64_t)(pairs[kind][2 * pair + 1] - '0');
        for (int side = 0; side < 2; side++)
            if (shape[side] == SYSTEM_SIDE)
                ids[side] = posting_system_id(systems[side]);
    }
    bool between = shape[0] == SYSTEM_SIDE && shape[1] == SYSTEM_SIDE;
    bool suspense = systems[0] == SYSTEM_SUSPENSE || systems[1] == SYSTEM_SUSPENSE;
    bool internal = kind == POSTING_SETTLEMENT || kind == POSTING_FEE;
    bool allowed = amount >= 1 && amount <= POSTING_AMOUNT_MAX && kind >= POSTING_CHARGE &&
                   kind <= POSTING_FEE && shape[0] != STRANGE && shape[1] != STRANGE &&
                   !(shape[0] == CUSTOMER && shape[1] == CUSTOMER) &&
                   !(between && systems[0] == systems[1]) && !(!between && internal) &&
                   !(between && !internal && !suspense) &&
                   !(kind == POSTING_CHARGE && shape[1] == CUSTOMER);
    if (allowed && !internal) {
        bool given = shape[1] == CUSTOMER || (between && systems[1] == SYSTEM_SUSPENSE);
        bool taken = shape[0] == CUSTOMER || (between && systems[0] == SYSTEM_SUSPENSE);
        allowed =
            (given && is_pair(kind, '+', systems[0])) || (taken && is_pair(kind, '-', systems[1]));
    }
    expected_t expected = {.account = between                ? ACCOUNTS
                                      : shape[0] == CUSTOMER ? index[0]
                                                             : index[1],
                           .debit = shape[0] == SYSTEM_SIDE ? systems[0] : 0,
                           .credit = shape[1] == SYSTEM_SIDE ? systems[1] : 0,
                           .amount = amount,
                           .kind = kind};
    event_t item = {.type = EVENT_posting_requested};
    item.posting_requested =
        (event_posting_requested_t){ids[0], ids[1], amount, kind, {{9}}, chance(self, 60)};
    bool pushed = chance(self, 80);
    h->role = chance(self, 50) ? ROLE_IMPORTER : ROLE_OPERATOR;
    bool denied = allowed && h->role == ROLE_OPERATOR && kind <= POSTING_AUTOPAY;
    bool unknown = !between && !item.posting_requested.opens && allowed &&
                   !self->accounts[expected.account].open;
    fail_t verdict = allowed ? taking(self, &expected, true) : FAIL_INVALID, fail;
    if (unknown && verdict != FAIL_INVALID)
        verdict = FAIL_UNKNOWN_ACCOUNT;
    verdict = denied ? FAIL_DENIED : verdict;
    assert_int_equal(harness_check(h, &item), verdict);
    if (pushed)
        fail = harness_item(h, PRODUCER_FIRST, ++self->items, &item);
    else {
        request_t request = {.type = REQUEST_post};
        request.post.debit = ids[0];
        request.post.credit = ids[1];
        request.post.amount = amount;
        request.post.kind = kind;
        request.post.opens = item.posting_requested.opens;
        fail = harness_command(h, &request);
    }
    if (allowed && !pushed && !denied)
        verdict = unknown ? FAIL_UNKNOWN_ACCOUNT : taking(self, &expected, false);
    assert_int_equal(fail, verdict);
    examine(self, h, verdict ? NULL : &expected);
}

// All judgements that are due, in any order, and none that is not.
static void step_tick(model_t *self, harness_t *h)
{
    h->current = chance(self, 70);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    size_t due = 0;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        account_t *account = &self->accounts[i];
        bool low = account->open && total(account) < self->threshold && !account->low;
        bool exhausted = account->open && total(account) < 0 && !account->exhausted;
        if (!h->current)
            continue;
        due += (size_t)low + (size_t)exhausted;
        account->low = account->low || low;
        account->exhausted = account->exhausted || exhausted;
    }
    assert_int_equal(h->count, due); // compare_balances then sees whose they were
    examine(self, h, NULL);
}

static void step_policy(model_t *self, harness_t *h)
{
    request_t request = {.type = REQUEST_ledger_policy};
    request.ledger_policy.low_threshold = (kopecks_t)draw(self, 30000);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    self->threshold = request.ledger_policy.low_threshold;
    for (size_t i = 0; i < ACCOUNTS; i++)
        if (total(&self->accounts[i]) >= self->threshold)
            self->accounts[i].low = false;
    examine(self, h, NULL);
}

// A bonus for a missed level, mostly of the sum that is due: of 2025's months, each once.
static void step_level(model_t *self, harness_t *h)
{
    size_t index = draw_account(self);
    account_t *account = &self->accounts[index];
    uint64_t month = draw(self, 13); // the thirteenth is not over
    request_t request = {.type = REQUEST_level_grant};
    request_level_grant_t *order = &request.level_grant;
    *order = (request_level_grant_t){.account = account->id,
                                     .month = 2025 * 12 + month,
                                     .up = 980 + draw(self, 21),
                                     .all = 1000,
                                     .lost = chance(self, 20),
                                     .use = 1 + (kopecks_t)draw(self, 40000),
                                     .topups = chance(self, 80) ? 1000000 : draw_amount(self)};
    kopecks_t percent = order->lost ? 50 : order->up < 995 ? 20 : 0, due = 0;
    while ((due + 1) * 100 <= order->use * percent && due < order->topups - account->levels)
        due++; // kopeck by kopeck
    order->amount = chance(self, 85) ? due : due + 1;
    bool again = account->levels_for >> month & 1;
    fail_t verdict = month == 12            ? FAIL_INVALID
                     : again                ? FAIL_NONE
                     : due == 0             ? FAIL_INVALID
                     : order->amount != due ? FAIL_MISMATCH
                     : !account->open       ? FAIL_UNKNOWN_ACCOUNT
                                            : FAIL_NONE;
    expected_t expected = {
        .account = index, .debit = SYSTEM_PROMO, .amount = due, .kind = POSTING_BONUS};
    bool given = !verdict && !again;
    h->role = ROLE_OPERATOR;
    assert_int_equal(harness_command(h, &request), verdict);
    examine(self, h, given ? &expected : NULL);
    account->levels += given ? due : 0;
    account->levels_for |= (uint64_t)given << month;
}

static void step(model_t *self, harness_t *h)
{
    uint64_t die = draw(self, 100);
    h->now += chance(self, 50) ? 0 : (instant_t)draw(self, 100) * SECOND_US;
    if (die < 45)
        step_fact(self, h);
    else if (die < 55)
        step_credit(self, h);
    else if (die < 88)
        step_wish(self, h);
    else if (die < 98)
        step_tick(self, h);
    else if (die < 99)
        step_policy(self, h);
    else
        step_level(self, h);
    if (chance(self, 10))
        compare_balances(self, h);
}

// --- the past ---

static fail_t find(void *arg, uint64_t sequence, bytes_t *ret_event)
{
    const harness_t *h = arg;
    if (sequence < 1 || sequence > h->last)
        return FAIL_MISSING;
    *ret_event = harness_bytes(h, sequence);
    return FAIL_NONE;
}

static void compare_past(model_t *self, harness_t *h)
{
    for (size_t probe = 0; probe < PROBES; probe++) {
        const past_t *head = &self->past[draw(self, self->past_count)];
        const past_t *point = &self->past[draw(self, self->past_count)];
        bool by_time = chance(self, 50);
        request_as_of_t request = {.account = self->accounts[head->account].id,
                                   .head = head->sequence,
                                   .sequence = by_time ? 0 : point->sequence,
                                   .time = point->at};
        const past_t *expected = NULL;
        for (const past_t *past = self->past; past <= head; past++)
            if (past->account == head->account &&
                (by_time ? past->at <= point->at : past->sequence <= point->sequence))
                expected = past;
        answer_as_of_t answer;
        assert_int_equal(ledger_reader_as_of(find, h, &request, &answer), FAIL_NONE);
        assert_int_equal(answer.sequence, expected ? expected->sequence : 0);
        assert_int_equal(answer.cash, expected ? expected->cash : 0);
        assert_int_equal(answer.bonus, expected ? expected->bonus : 0);
    }
}

static void compare_bytes(const harness_t *a, const harness_t *b)
{
    assert_int_equal(a->last, b->last);
    assert_int_equal(a->bytes_size, b->bytes_size);
    assert_memory_equal(a->bytes, b->bytes, a->bytes_size);
}

static void begin(model_t *self, uint64_t seed)
{
    memset(self, 0, sizeof *self);
    self->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    self->threshold = LEDGER_LOW_THRESHOLD;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        uint64_t id[2] = {self->random + i * UINT64_C(0xbf58476d1ce4e5b9), i + 1};
        memcpy(self->accounts[i].id.bytes, id, sizeof id);
    }
}

static void run(uint64_t seed)
{
    static model_t model, twin;
    printf("seed %llu\n", (unsigned long long)seed);
    begin(&model, seed);
    harness_t *h = harness_new(&ledger_core, NULL);
    for (size_t i = 0; i < STEPS / 2; i++)
        step(&model, h);
    harness_t *replayed = harness_replay(h);
    harness_compare(h, replayed);
    twin = model;
    for (size_t i = 0; i < STEPS / 2; i++)
        step(&model, h);
    compare_balances(&model, h);
    compare_past(&model, h);
    for (size_t i = 0; i < STEPS / 2; i++)
        step(&twin, replayed); // the same draws: they do not depend on the ledger
    compare_bytes(h, replayed);
    harness_compare(h, replayed);
    harness_destroy(&replayed);
    harness_destroy(&h);
}

static void the_ledger_does_what_the_rules_say(void **state)
{
    (void)state;
    const char *seed = getenv("KOPECK_SEED");
    if (seed) {
        run(strtoull(seed, NULL, 10));
        return;
    }
    for (uint64_t i = 1; i <= SEEDS; i++)
        run(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_does_what_the_rules_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
