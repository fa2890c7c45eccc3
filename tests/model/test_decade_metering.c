// Years of two accounts' resources: each week others are created, run, stand still and are deleted,
// and ticks tell of one. What is over leaves, and metering takes no more memory in the last year
// than in the second.
#include "tests/model/decade.h"
#include "tests/model/metering_harness.h"
#include <assert.h>

enum { ACCOUNTS = 2, WEEK_HOURS = 7 * 24 };
#define BEGIN ((instant_t)(490890 * HOUR_US))

static harness_t h;

static void good(fail_t fail)
{
    if (fail) {
        fprintf(stderr, "refused: %d\n", (int)fail);
        abort();
    }
}

// What happens in the hour that begins now.
static void live_hour(uint64_t week, unsigned hour)
{
    for (uint64_t n = 0; n < ACCOUNTS; n++) {
        uid_t16 account = harness_id('a', n), resource = harness_id('r', week * ACCOUNTS + n);
        uid_t16 replica = harness_id('p', week * ACCOUNTS + n);
        if (hour == 0)
            good(harness_created(&h, h.now, resource, account));
        if (hour == 1)
            good(harness_started(&h, h.now, resource, replica, account, "nachalny"));
        if (hour == 30)
            good(harness_stopped(&h, h.now, resource, replica));
        if (hour == 40)
            good(harness_started(&h, h.now, resource, replica, account, "probny"));
        if (hour == 90)
            good(harness_deleted(&h, h.now, resource));
    }
    uid_t16 ticked = harness_id('t', week);
    good(harness_ticked(&h, h.now, ticked, ticked, harness_id('a', 0), "nachalny"));
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&metering_core, argc, argv);
    harness_open(&h, NULL);
    h.now = BEGIN;
    for (uint64_t week = 0; decade.lived < decade.years; week++) {
        for (unsigned hour = 0; hour < WEEK_HOURS; hour++) {
            live_hour(week, hour);
            harness_through(&h, h.now);
            harness_time(&h, h.now + HOUR_US);
        }
        good(harness_deleted(&h, h.now, harness_id('t', week)));
        if (h.now >= BEGIN + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, h.state, NULL);
    }
    const metering_state_t *state = h.state;
    bool billed = state->charged > decade.years * 365 * 24; // a line an hour at least
    if (!billed)
        printf("metering: %" PRIu64 " lines\n", state->charged);
    harness_close(&h);
    return !billed || decade_end(&decade);
}
