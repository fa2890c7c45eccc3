// What a platform says of one replica, small sets of words and each in every order: starts under
// several tariffs, stops, deletions and ticks at few instants, so that many are equal, from two
// producers, told in time, or when hours behind them were billed, or when a part of them came too
// late. Every order must come to the
// minutes of each tariff, and to the kopecks, that an account comes to which knows no order: it
// holds the set, and asks minute by minute. KOPECK_SEED repeats a run.
#include "services/metering/metering_carry.h"
#include "tests/model/metering_harness.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define START ((instant_t)(490890 * HOUR_US))
enum { SETS = 220, WORDS_MAX = 5, INSTANTS = 5, TARIFFS = 3, HOURS = 34, LATE_HOURS = 5 };

static const char *const codes[] = {"probny", "nachalny", "ultra"}; // in the order of definition
static const kopecks_t prices[] = {17000, 29000, 430000};
static const instant_t instants[INSTANTS] = {0, 20 * MINUTE_US, 20 * MINUTE_US + 30 * SECOND_US,
                                             40 * MINUTE_US, 65 * MINUTE_US};

typedef enum { SAY_START, SAY_STOP, SAY_TICK, SAY_DELETION } say_t;

typedef struct {
    say_t what;
    instant_t at;
    unsigned tariff;
    stream_t producer;
} word_t;

typedef struct {
    uint64_t of_tariff[TARIFFS];
    kopecks_t kopecks;
} bill_t;

static uint64_t seed;
static instant_t told, limit, end; // when it is; what lies before is not billed; of what is billed
static bill_t billed;
static uint64_t lost; // told of too late, or no line was found
static struct {
    uint64_t orders, credits, equal, late;
} seen;

static uint64_t roll(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (seed >> 24) % below;
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    const event_usage_charged_t *line = &event->usage_charged;
    const event_usage_credited_t *back = &event->usage_credited;
    for (unsigned t = 0; t < TARIFFS; t++) {
        if (event->type == EVENT_usage_charged && line->price == prices[t])
            billed.of_tariff[t] += line->minutes;
        if (event->type == EVENT_usage_credited && back->price == prices[t])
            billed.of_tariff[t] -= back->minutes;
    }
    if (event->type == EVENT_usage_charged) {
        billed.kopecks += line->amount;
        seen.late += line->reason == CHARGED_LATE;
    } else if (event->type == EVENT_usage_credited) {
        billed.kopecks -= back->amount;
        seen.credits++;
    } else if (event->type == EVENT_meter_closed)
        billed.kopecks += event->meter_closed.amount;
    else if (event->type == EVENT_usage_uncredited || event->type == EVENT_usage_expired)
        lost++;
}

// --- the account that knows no order ---

// The tariff of a minute, -1 if it is not billable.
static int tariff_at_minute(const word_t *words, size_t count, instant_t minute)
{
    int ticked = -1, running = -1;
    instant_t newest = -1;
    for (size_t i = 0; i < count; i++) {
        if (words[i].what == SAY_DELETION && words[i].at <= minute)
            return -1;
        if (words[i].what == SAY_TICK && words[i].at / MINUTE_US == minute / MINUTE_US &&
            (ticked < 0 || (int)words[i].tariff < ticked))
            ticked = (int)words[i].tariff;
        bool life = words[i].what == SAY_START || words[i].what == SAY_STOP;
        if (life && words[i].at <= minute && words[i].at > newest)
            newest = words[i].at;
    }
    for (size_t i = 0; i < count; i++)
        if (words[i].what == SAY_START && words[i].at == newest &&
            (running < 0 || (int)words[i].tariff < running))
            running = (int)words[i].tariff;
    return ticked >= 0 ? ticked : running;
}

static bill_t bill_of(const word_t *words, size_t count)
{
    bill_t bill = {0};
    __int128 exact = 0; // in 1/43 200 kopeck
    for (instant_t minute = limit; minute < end; minute += MINUTE_US) {
        int tariff = tariff_at_minute(words, count, minute);
        if (tariff < 0)
            continue;
        bill.of_tariff[tariff]++;
        exact += prices[tariff];
    }
    bill.kopecks = (kopecks_t)(exact / 43200);
    return bill;
}

// --- the core ---

static event_t tick_of(const word_t *word)
{
    return harness_tick_item(word->at, harness_id('r', 1), harness_id('p', 1), (uid_t16){{1}},
                             codes[word->tariff]);
}

static void say(harness_t *h, const word_t *word)
{
    uid_t16 resource = harness_id('r', 1), replica = harness_id('p', 1), account = {{1}};
    h->producer = word->producer;
    switch (word->what) {
    case SAY_START:
        (void)harness_started(h, word->at, resource, replica, account, codes[word->tariff]);
        break;
    case SAY_STOP:
        (void)harness_stopped(h, word->at, resource, replica);
        break;
    case SAY_TICK: {
        event_t tick = tick_of(word);
        harness_batch(h, &tick, 1, NULL);
        break;
    }
    case SAY_DELETION:
        (void)harness_deleted(h, word->at, resource);
        break;
    }
}

// Both have told all up to that hour; what is over is billed.
static void pass_to(harness_t *h, instant_t at)
{
    instant_t hour = at / HOUR_US * HOUR_US;
    for (unsigned p = 0; p < 2; p++) {
        h->producer = (stream_t)(PRODUCER_FIRST + p);
        harness_through(h, hour);
    }
    harness_time(h, at + 5 * MINUTE_US);
}

static void feed(const word_t *words, size_t count, bool late)
{
    harness_t h;
    harness_open(&h, NULL);
    h.owner = text_of("platform"); // both act for it
    h.observe = observe;
    billed = (bill_t){0};
    harness_time(&h, told);
    for (size_t i = 0; i < count; i++) {
        size_t more = i + 1;
        if (words[i].what == SAY_TICK && more < count && words[more].what == SAY_TICK && roll(2)) {
            event_t ticks[] = {tick_of(&words[i]), tick_of(&words[i = more])};
            harness_batch(&h, ticks, 2, NULL); // of one message
        } else
            say(&h, &words[i]);
        if (late)
            pass_to(&h, h.now + (instant_t)roll(LATE_HOURS) * HOUR_US + (instant_t)roll(HOUR_US));
    }
    pass_to(&h, end);
    harness_time(&h, h.now + 2 * HOUR_US);
    assert_true(harness_replays(&h));
    harness_close(&h);
    seen.orders++;
}

static void print_words(const word_t *words, size_t count)
{
    static const char *const names[] = {"start", "stop", "tick", "deletion"};
    for (size_t i = 0; i < count; i++)
        print_message("  %s at %g minutes, %s, producer %d\n", names[words[i].what],
                      (double)(words[i].at - START) / MINUTE_US, codes[words[i].tariff],
                      (int)(words[i].producer - PRODUCER_FIRST));
}

static void check(const word_t *words, size_t count, const bill_t *bill)
{
    bool same = billed.kopecks == bill->kopecks && (!lost || limit > START);
    for (unsigned t = 0; t < TARIFFS; t++)
        same = same && billed.of_tariff[t] == bill->of_tariff[t];
    if (same)
        return;
    print_words(words, count);
    for (unsigned t = 0; t < TARIFFS; t++)
        print_message("  %s: %d minutes billed of %d\n", codes[t], (int)billed.of_tariff[t],
                      (int)bill->of_tariff[t]);
    fail_msg("this order comes to %d kopecks of %d", (int)billed.kopecks, (int)bill->kopecks);
}

// Every order of the words from `fixed` on: Heap's way, by exchanges.
static void try_orders(word_t *words, size_t count, size_t fixed, const bill_t *bill)
{
    if (fixed == count) {
        for (unsigned late = 0; late < (limit > START ? 1 : 2); late++) {
            feed(words, count, late);
            check(words, count, bill);
        }
        return;
    }
    for (size_t i = fixed; i < count; i++) {
        word_t swap = words[fixed];
        words[fixed] = words[i];
        words[i] = swap;
        try_orders(words, count, fixed + 1, bill);
        words[i] = words[fixed];
        words[fixed] = swap;
    }
}

static say_t draw_what(void)
{
    static const say_t dice[] = {SAY_START, SAY_START, SAY_START, SAY_STOP,
                                 SAY_STOP,  SAY_STOP,  SAY_TICK,  SAY_TICK};
    return roll(12) ? dice[roll(sizeof dice / sizeof *dice)] : SAY_DELETION;
}

static void note_equal(const word_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (words[i].at == words[k].at && words[i].what < SAY_TICK && words[k].what < SAY_TICK)
                seen.equal++;
}

static int setup(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    told = START + instants[INSTANTS - 1];
    limit = START;
    end = START + HOURS * HOUR_US;
    lost = 0;
    return 0;
}

static void try_sets(int sets)
{
    print_message("KOPECK_SEED=%llu\n", (unsigned long long)seed);
    for (int n = 0; n < sets; n++) {
        word_t words[WORDS_MAX];
        size_t count = 2 + roll(n % 4 ? WORDS_MAX - 2 : WORDS_MAX - 1); // five words cost most
        for (size_t i = 0; i < count; i++)
            words[i] = (word_t){draw_what(), START + instants[roll(INSTANTS)],
                                (unsigned)roll(TARIFFS), (stream_t)(PRODUCER_FIRST + roll(2))};
        note_equal(words, count);
        bill_t bill = bill_of(words, count);
        try_orders(words, count, 0, &bill);
    }
}

static void every_order_comes_to_what_the_set_says(void **state)
{
    (void)state;
    try_sets(SETS);
    print_message("%d orders, %d equal instants, %d credits, %d late lines\n", (int)seen.orders,
                  (int)seen.equal, (int)seen.credits, (int)seen.late);
    assert_true(seen.equal > SETS / 4 && seen.credits > SETS && seen.late > SETS);
}

// Of five instants three lie before the limit, one at it and one behind it.
static void every_order_comes_to_the_same_of_what_is_told_too_late(void **state)
{
    (void)state;
    limit = START + instants[INSTANTS - 2];
    told = limit + 72 * HOUR_US;
    end = START + 75 * HOUR_US;
    try_sets(SETS / 4);
    assert_true(lost > SETS / 4);
}

// The case that was found: 13 or 80 kopecks, 13 or 1008 by the order of arrival.
static void a_stop_ends_before_a_start_at_its_instant_begins(void **state)
{
    (void)state;
    for (unsigned tariff = 1; tariff < TARIFFS; tariff++) {
        word_t words[] = {{SAY_START, START, 1, PRODUCER_FIRST},
                          {SAY_START, START + 20 * MINUTE_US, tariff, PRODUCER_FIRST},
                          {SAY_STOP, START + 20 * MINUTE_US, 0, PRODUCER_FIRST + 1}};
        bill_t bill = bill_of(words, 3);
        assert_int_equal(bill.of_tariff[1] + bill.of_tariff[2], HOURS * HOUR_MINUTES);
        try_orders(words, 3, 0, &bill);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stop_ends_before_a_start_at_its_instant_begins, setup),
        cmocka_unit_test_setup(every_order_comes_to_what_the_set_says, setup),
        cmocka_unit_test_setup(every_order_comes_to_the_same_of_what_is_told_too_late, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
