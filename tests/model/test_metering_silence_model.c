// Producers of two owners that fall silent for hours or days, come back with all that happened
// meanwhile, or are retired, over random lives of what they run. An account of its own knows what
// was told and who said `through` up to when, and nothing of how metering keeps it. Asked at every
// line: no minute is charged that nobody vouches for. Asked at the end: every minute of what ran is
// charged once, but for those in which nobody was left to vouch for a run. KOPECK_SEED repeats a
// run.
#include "tests/model/metering_harness.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define START ((instant_t)(490890 * HOUR_US))
#define NONE INT64_MAX
#define LONGEST_US (71 * HOUR_US) // that one may be silent and still tell all
enum {
    ROUNDS = 12,
    HOURS = 170,
    PRODUCERS = 3, // the first two act for one owner
    RESOURCES = 9, // resource r is of producer r % PRODUCERS
    REPLICAS = 2,
    WORDS = 400
};

typedef struct {
    instant_t at;
    bool runs; // or stands
} word_t;

// What was told of a replica, and what is so.
typedef struct {
    word_t told[WORDS];
    size_t told_count;
    word_t waits[WORDS]; // to be told
    size_t waits_count;
    bool runs;
} life_t;

typedef struct {
    instant_t word;         // said last
    instant_t silent_until; // when it speaks again
    bool retired, ended;
} speaker_t;

static life_t lives[RESOURCES][REPLICAS];
static instant_t deleted[RESOURCES], deletion_waits[RESOURCES], deletion_told[RESOURCES];
static uint64_t charged[RESOURCES][HOURS + 80], charged_all, seed;
static speaker_t speakers[PRODUCERS];
static struct {
    uint64_t lines, late, bounded, ended, retired, gaps;
} seen;

static uint64_t roll(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (seed >> 24) % below;
}

// --- the account of its own ---

// Who vouches for what a producer runs: itself, or, once it is retired, the other of its owner.
static instant_t vouched(unsigned producer)
{
    return speakers[producer].retired && producer == 0 ? speakers[1].word : speakers[producer].word;
}

static bool has_evidence(unsigned r, const life_t *life, instant_t minute)
{
    size_t i = life->told_count;
    while (i > 0 && life->told[i - 1].at > minute)
        i--;
    if (i == 0 || !life->told[i - 1].runs || minute >= deletion_told[r])
        return false;
    return i < life->told_count || deletion_told[r] != NONE || minute < vouched(r % PRODUCERS);
}

static unsigned resource_of(const uid_t16 *id)
{
    return id->bytes[15];
}

static void check_line(const event_usage_charged_t *line)
{
    unsigned r = resource_of(&line->resource);
    size_t hour = (size_t)((line->hour - START) / HOUR_US);
    uint64_t known = 0;
    for (instant_t m = line->hour; m < line->hour + HOUR_US; m += MINUTE_US)
        for (unsigned p = 0; p < REPLICAS; p++)
            known += has_evidence(r, &lives[r][p], m);
    charged[r][hour] += line->minutes;
    charged_all += line->minutes;
    assert_in_range(charged[r][hour], 1, known);
    seen.lines++;
    seen.late += line->reason == CHARGED_LATE;
}

// Nobody is left to vouch for what runs: it ended where it was vouched for last.
static void check_ended(const event_usage_ended_t *e)
{
    unsigned producer = (unsigned)(e->producer - FEED);
    uint64_t runs = 0;
    for (unsigned r = producer; r < RESOURCES; r += PRODUCERS)
        for (unsigned p = 0; p < REPLICAS && deletion_told[r] == NONE; p++) {
            life_t *life = &lives[r][p];
            const word_t *last = life->told_count ? &life->told[life->told_count - 1] : NULL;
            if (!last || !last->runs)
                continue;
            runs++;
            life->told[life->told_count] =
                (word_t){e->until > last->at ? e->until : last->at, false};
            life->told_count++;
        }
    assert_int_equal(e->runs, runs);
    assert_in_range(e->until, speakers[producer].word - MINUTE_US, speakers[producer].word);
    speakers[producer].ended = true;
    seen.ended++;
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    if (event->type == EVENT_usage_charged)
        check_line(&event->usage_charged);
    else if (event->type == EVENT_usage_ended)
        check_ended(&event->usage_ended);
    else if (event->type == EVENT_usage_bounded)
        seen.bounded++;
    else if (event->type == EVENT_usage_refused || event->type == EVENT_usage_expired ||
             event->type == EVENT_usage_credited || event->type == EVENT_usage_uncredited)
        fail_msg("%s", event_info(event->type)->name);
}

// --- the platform ---

static uid_t16 replica_of(unsigned r, unsigned p)
{
    return harness_id('p', r * REPLICAS + p);
}

static void turn(life_t *life, instant_t at)
{
    life->runs = !life->runs;
    assert(life->waits_count < WORDS);
    life->waits[life->waits_count++] = (word_t){at, life->runs};
}

// What happens in [from, to).
static void live(instant_t from, instant_t to)
{
    for (unsigned r = 0; r < RESOURCES; r++) {
        for (unsigned p = 0; p < REPLICAS && deleted[r] == NONE; p++)
            if (roll(20) == 0)
                turn(&lives[r][p], from + (instant_t)roll((uint64_t)(to - from)));
        if (deleted[r] == NONE && roll(3000) == 0)
            deleted[r] = deletion_waits[r] = to - 1;
    }
}

static void tell(harness_t *h, unsigned r, unsigned p, word_t word)
{
    life_t *life = &lives[r][p];
    assert(life->told_count < WORDS);
    life->told[life->told_count++] = word;
    fail_t fail = word.runs ? harness_started(h, word.at, harness_id('r', r), replica_of(r, p),
                                              harness_id('a', r % 4), "nachalny")
                            : harness_stopped(h, word.at, harness_id('r', r), replica_of(r, p));
    assert_int_equal(fail, FAIL_NONE);
}

// After too long a silence it says anew what runs; what happened meanwhile nobody hears of.
static void say_anew(harness_t *h, unsigned r, unsigned p)
{
    life_t *life = &lives[r][p];
    assert_true(life->told_count == 0 || !life->told[life->told_count - 1].runs ||
                deletion_told[r] != NONE);
    seen.gaps += life->waits_count > 0;
    life->waits_count = 0;
    if (life->runs && deleted[r] == NONE)
        tell(h, r, p, (word_t){h->now, true});
}

static void speak(harness_t *h, unsigned producer)
{
    speaker_t *speaker = &speakers[producer];
    bool anew = speaker->ended || h->now - speaker->word > 72 * HOUR_US;
    h->producer = FEED + producer;
    h->owner = text_of(producer < 2 ? "amvera" : "");
    for (unsigned r = 0; r < RESOURCES; r++) {
        unsigned of = r % PRODUCERS;
        if (of != producer && !(producer == 1 && of == 0 && speakers[0].retired))
            continue;
        for (unsigned p = 0; p < REPLICAS; p++) {
            life_t *life = &lives[r][p];
            if (anew)
                say_anew(h, r, p);
            for (size_t i = 0; i < life->waits_count; i++)
                tell(h, r, p, life->waits[i]);
            life->waits_count = 0;
        }
        if (deletion_waits[r] != NONE) {
            deletion_told[r] = deletion_waits[r];
            deletion_waits[r] = NONE;
            assert_int_equal(harness_deleted(h, deletion_told[r], harness_id('r', r)), FAIL_NONE);
        }
    }
    speaker->ended = speaker->retired = false;
    speaker->word = h->now;
    harness_through(h, h->now);
}

// Never two of them for long, so that somebody passes the hours.
static void fall_silent(instant_t now, unsigned producer)
{
    instant_t length = (instant_t)roll(20 * 3600) * SECOND_US;
    bool alone = true;
    for (unsigned i = 0; i < PRODUCERS; i++)
        alone = alone && speakers[i].silent_until <= now + 20 * HOUR_US;
    if (alone && roll(2))
        length = (instant_t)roll(LONGEST_US);
    else if (alone && roll(2))
        length = 74 * HOUR_US + (instant_t)roll(10 * HOUR_US);
    speakers[producer].silent_until = now + length;
}

static bool has_open_run(unsigned producer)
{
    for (unsigned r = producer; r < RESOURCES; r += PRODUCERS)
        for (unsigned p = 0; p < REPLICAS; p++) {
            const life_t *life = &lives[r][p];
            if (deletion_told[r] == NONE && life->told_count &&
                life->told[life->told_count - 1].runs)
                return true;
        }
    return false;
}

// The first has the second beside it, which goes on in its place; the third has nobody.
static void retire(harness_t *h, unsigned producer)
{
    speaker_t *speaker = &speakers[producer];
    request_t request = {.type = REQUEST_producer_retire,
                         .producer_retire.producer = FEED + producer};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    speaker->retired = true;
    if (producer == 0) {
        speaker->silent_until = NONE;
        speak(h, 1);
    } else
        assert_false(has_open_run(producer));
    seen.retired++;
}

static void step(harness_t *h, unsigned producer)
{
    speaker_t *speaker = &speakers[producer];
    if (speaker->silent_until <= h->now) {
        speak(h, producer);
        if (roll(150) == 0)
            fall_silent(h->now, producer);
    } else if (!speaker->retired && h->now - speaker->word < 10 * HOUR_US && roll(200) == 0 &&
               (producer == 2 || (producer == 0 && speakers[1].silent_until <= h->now)))
        retire(h, producer);
}

static void world(void)
{
    harness_t h;
    harness_open(&h, NULL);
    h.observe = observe;
    h.now = START;
    memset(lives, 0, sizeof lives);
    memset(charged, 0, sizeof charged);
    charged_all = 0;
    for (unsigned r = 0; r < RESOURCES; r++)
        deleted[r] = deletion_waits[r] = deletion_told[r] = NONE;
    for (unsigned i = 0; i < PRODUCERS; i++)
        speakers[i] = (speaker_t){.word = START, .silent_until = START};
    for (unsigned i = 0; i < PRODUCERS; i++)
        speak(&h, i);
    for (instant_t now = START; now < START + HOURS * HOUR_US;) {
        instant_t next = now + (instant_t)(1 + roll(800)) * SECOND_US;
        harness_time(&h, next);
        live(now, next);
        now = next;
        for (unsigned i = 0; i < PRODUCERS; i++)
            step(&h, i);
    }
    harness_time(&h, h.now + SECOND_US); // what was said anew just now began before
    for (unsigned r = 0; r < RESOURCES; r++)
        for (unsigned p = 0; p < REPLICAS; p++)
            if (lives[r][p].runs && deleted[r] == NONE)
                turn(&lives[r][p], h.now);
    for (unsigned hours = 0; hours < 4; hours++) {
        for (unsigned i = 0; i < PRODUCERS; i++)
            if (i > 0 || !speakers[0].retired)
                speak(&h, i);
        harness_time(&h, h.now + HOUR_US);
    }
    uint64_t naive = 0;
    for (instant_t m = START; m < h.now; m += MINUTE_US)
        for (unsigned r = 0; r < RESOURCES; r++)
            for (unsigned p = 0; p < REPLICAS; p++)
                naive += has_evidence(r, &lives[r][p], m);
    assert_int_equal(charged_all, naive);
    assert_true(harness_replays(&h));
    harness_close(&h);
}

static void what_nobody_vouches_for_is_never_charged_and_all_else_once(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("KOPECK_SEED=%llu\n", (unsigned long long)seed);
    for (int round = 0; round < ROUNDS; round++)
        world();
    print_message("%llu lines, %llu late, %llu bounded, %llu ended, %llu retired, %llu gaps\n",
                  (unsigned long long)seen.lines, (unsigned long long)seen.late,
                  (unsigned long long)seen.bounded, (unsigned long long)seen.ended,
                  (unsigned long long)seen.retired, (unsigned long long)seen.gaps);
    assert_true(seen.late > ROUNDS && seen.bounded > ROUNDS && seen.ended && seen.gaps &&
                seen.retired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_vouches_for_is_never_charged_and_all_else_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
