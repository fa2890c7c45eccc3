// Years of two accounts with autopay: each month usage brings them low some times, the card is
// charged, and once a quarter autopay is allowed anew. The payments of past months leave, and
// autopay takes no more in the last year than in the second, but for 16 bytes a month.
#include "tests/model/autopay_harness.h"
#include "tests/model/decade.h"
#include <assert.h>

enum { ACCOUNTS = 2, CHARGES = 4, AMOUNT = 70000, COUNT_MAX = 10 };

static harness_t *world;

static void live_month(unsigned month)
{
    for (unsigned week = 0; week < CHARGES; week++) {
        for (size_t account = 0; account < ACCOUNTS; account++) {
            if (week == 0 && month % 3 == 0) // also the first
                harness_consent(world, account, AMOUNT, COUNT_MAX, COUNT_MAX * AMOUNT);
            harness_catch_up(world);
            harness_post(world, account, -world->accounts[account].balance);
            harness_catch_up(world);
            harness_tick(world, true);
            harness_succeed(world, harness_last_sequence(world, EVENT_autopay_payment_requested),
                            false);
            harness_catch_up(world);
        }
        world->now += 7 * DAY_US + 10 * HOUR_US;
        harness_tick(world, true);
    }
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&autopay_core, argc, argv);
    decade.yearly = 12 * 16; // which requests were a month's
    world = harness_new(INT64_C(1767225600) * SECOND_US);
    instant_t began = world->now;
    for (size_t i = 0; i < ACCOUNTS; i++)
        (void)harness_open(world);
    for (unsigned month = 0; decade.lived < decade.years; month++) {
        live_month(month);
        if (world->now >= began + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, world->state, NULL);
    }
    bool charged = harness_count(world, EVENT_autopay_payment_requested) >=
                   decade.years * 12 * CHARGES * ACCOUNTS * 9 / 10;
    if (!charged)
        printf("autopay: %zu charges\n", harness_count(world, EVENT_autopay_payment_requested));
    harness_free(world);
    return !charged || decade_end(&decade);
}
