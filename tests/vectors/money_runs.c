// Rows runs-…: how long a run without a stop is billed, and what is told of it too late. One
// replica under `nachalny`, 290.00 for 720 hours, of a producer beside whom another owner's may
// speak.
//
//     given  STEP; …   in the order of time. A STEP is a TIME at which it is told, and
//                      start | stop | deletion | word | another's word [of TIME] | retired
//                      where nothing is said it is of that very time
//     when   bill until TIME
//     then   N minutes, N kopecks[, N lost]
//
// TIME is [day N] HH:MM, from day 1 on. A word is what a producer says to have told all up to.
// `lost` are minutes of the loss account.
#include "services/metering/metering_carry.h"
#include "tests/model/metering_harness.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

#define DAY_ONE ((instant_t)(490896 * HOUR_US))
enum { HIS = FEED + 1, ANOTHERS = FEED, TEXT_MAX = 100 };

typedef struct {
    harness_t harness;
    uint64_t charged, given_back, lost;
    kopecks_t kopecks;
} world_t;

static void add_up(void *arg, const event_t *event)
{
    world_t *self = arg;
    if (event->type == EVENT_usage_charged) {
        self->charged += event->usage_charged.minutes;
        self->kopecks += event->usage_charged.amount;
    } else if (event->type == EVENT_usage_credited) {
        self->given_back += event->usage_credited.minutes;
        self->kopecks -= event->usage_credited.amount;
    } else if (event->type == EVENT_meter_closed)
        self->kopecks += event->meter_closed.amount;
    else if (event->type == EVENT_usage_expired)
        self->lost += event->usage_expired.minutes;
}

static bool take_time(money_text_t *text, instant_t *ret_time)
{
    uint64_t day = 1, hours, minutes;
    if (money_take(text, "day") && (!money_take_number(text, &day) || day < 1 || day > 99))
        return false;
    if (!money_take_number(text, &hours) || *text->at++ != ':' ||
        !money_take_number(text, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_time =
        DAY_ONE + (instant_t)((day - 1) * 24 + hours) * HOUR_US + (instant_t)minutes * MINUTE_US;
    return true;
}

// An hour at a time, so that each closes when it may.
static void pass_to(world_t *self, instant_t time)
{
    harness_t *h = &self->harness;
    while (h->now < time) {
        instant_t settled = (h->now / HOUR_US + 1) * HOUR_US + 2 * MINUTE_US;
        harness_time(h, settled < time ? settled : time);
    }
}

typedef enum { START, STOP, DELETION, WORD, ANOTHERS_WORD, RETIRED, STEPS } step_t;

static bool take_step(money_text_t *text, step_t *ret_step)
{
    static const char *const words[STEPS] = {"start", "stop",           "deletion",
                                             "word",  "another's word", "retired"};
    for (size_t i = 0; i < STEPS; i++)
        if (money_take(text, words[i])) {
            *ret_step = (step_t)i;
            return true;
        }
    return false;
}

static void tell(world_t *self, step_t step, instant_t of)
{
    harness_t *h = &self->harness;
    uid_t16 resource = harness_id('r', 1), replica = harness_id('p', 1);
    request_t retirement = {.type = REQUEST_producer_retire, .producer_retire.producer = HIS};
    h->producer = step == ANOTHERS_WORD ? ANOTHERS : HIS;
    switch (step) {
    case START:
        (void)harness_started(h, of, resource, replica, harness_id('a', 1), "nachalny");
        break;
    case STOP:
        (void)harness_stopped(h, of, resource, replica);
        break;
    case DELETION:
        (void)harness_deleted(h, of, resource);
        break;
    case WORD:
    case ANOTHERS_WORD:
        harness_through(h, of);
        break;
    case RETIRED:
        (void)harness_command(h, &retirement);
        break;
    case STEPS:
        break;
    }
}

static bool play(world_t *self, money_text_t *given)
{
    do {
        instant_t at, of;
        step_t step;
        if (!take_time(given, &at) || at < self->harness.now || !take_step(given, &step))
            return false;
        of = at;
        if (step != RETIRED && money_take(given, "of") && !take_time(given, &of))
            return false;
        pass_to(self, at);
        tell(self, step, of);
    } while (money_take(given, ";"));
    return money_ended(given);
}

money_verdict_t money_runs(const money_row_t *row, money_said_t *said)
{
    static world_t world;
    money_text_t given = {row->given}, when = {row->when};
    char got[TEXT_MAX];
    instant_t until;
    world = (world_t){.charged = 0};
    harness_open(&world.harness, NULL);
    world.harness.observe = add_up;
    world.harness.arg = &world;
    world.harness.now = DAY_ONE;
    bool played = play(&world, &given);
    bool timed = money_take(&when, "bill until") && take_time(&when, &until) &&
                 money_ended(&when) && until >= world.harness.now;
    if (played && timed)
        pass_to(&world, until);
    int size = snprintf(got, sizeof got, "%" PRIu64 " minutes, %" PRId64 " kopecks",
                        world.charged - world.given_back, world.kopecks);
    if (world.lost)
        snprintf(got + size, sizeof got - (size_t)size, ", %" PRIu64 " lost", world.lost);
    harness_close(&world.harness);
    if (!played)
        return money_unknown(said, "given", given);
    return timed ? money_compare(said, got, span_of(row->then)) : money_unknown(said, "when", when);
}
