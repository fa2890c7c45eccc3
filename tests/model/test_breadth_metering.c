// What a running replica takes of metering's memory, each of a resource of its own: so many bytes,
// whether there are few or many of them, and no more after two weeks than after one.
#include "services/base/walk.h"
#include "tests/model/metering_harness.h"
#include <inttypes.h>
#include <stdio.h>

enum { FEW = 60, MANY = 6000, BYTES_MAX = 320, WEEK_HOURS = 7 * 24 };
#define BEGIN ((instant_t)(490890 * HOUR_US))

static harness_t h;

static uint64_t bytes(void)
{
    walk_t walk = {.kind = WALK_SAVE};
    metering_core.walk(h.state, &walk);
    uint64_t taken = walk_bytes(&walk);
    walk_release(&walk);
    return taken;
}

static void pass(unsigned hours)
{
    for (unsigned hour = 0; hour < hours; hour++) {
        harness_through(&h, h.now);
        harness_time(&h, h.now + HOUR_US);
    }
}

// After that many hours, and after as many more.
static void live(unsigned replicas, unsigned hours, uint64_t ret_bytes[2])
{
    harness_open(&h, NULL);
    harness_unlimited(&h);
    h.now = BEGIN;
    for (unsigned n = 0; n < replicas; n++)
        if (harness_started(&h, h.now, harness_id('r', n), harness_id('p', n),
                            harness_id('a', n / 3), "nachalny"))
            printf("FAILED to start %u\n", n);
    pass(hours);
    ret_bytes[0] = bytes();
    pass(hours);
    ret_bytes[1] = bytes();
    harness_close(&h);
}

int main(void)
{
    uint64_t few[2], many[2];
    live(FEW, WEEK_HOURS, few);
    live(MANY, 4, many); // which is enough: what a replica takes does not depend on others
    uint64_t each = (many[0] - few[0]) / (MANY - FEW);
    printf("%d replicas: %" PRIu64 " bytes after a week, %" PRIu64
           " after two; %d replicas: %" PRIu64 ", %" PRIu64 " each\n",
           FEW, few[0], few[1], MANY, many[0], each);
    bool holds = each <= BYTES_MAX && few[1] == few[0] && many[0] > few[0];
    printf("%s\n", holds ? "holds" : "metering GREW");
    return !holds;
}
