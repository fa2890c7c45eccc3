// Years of three accounts that are warned each month, by a webhook that takes most notices and some
// months none. What was delivered or given up leaves, and notify takes no more memory in the last
// year than in the second.
#include "tests/model/decade.h"
#include "tests/unit/notify_contacts.h"

enum { ACCOUNTS = 3, DEAD_EVERY = 5, RICH = 100000, POOR = 5 }; // months; kopecks

// Ticks, and answers what is wanted outside, as long as anything is.
static void carry_out(harness_t *h, instant_t now, unsigned status)
{
    const due_t *due = go(h, now);
    for (unsigned i = 0; due->count && i < 100; i++) {
        answer(h, due->requests[0].key, status);
        due = go(h, now);
    }
}

static void live_month(harness_t *h, unsigned month)
{
    unsigned status = month % DEAD_EVERY ? 200 : 0;
    for (uint8_t n = 1; n <= ACCOUNTS; n++) {
        hour_cost(h, n, h->now - HOUR_US, HOURLY, RICH);
        hour_closed(h, h->now - HOUR_US);
    }
    carry_out(h, h->now, status);
    for (uint8_t n = 1; n <= ACCOUNTS; n++)
        balance_is(h, n, POOR);
    for (int day = 0; day < 30; day++)
        carry_out(h, h->now + DAY_US, status);
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&notify_core, argc, argv);
    void *own = NULL;
    enter(&own);
    harness_t *h = own;
    for (uint8_t n = 1; n <= ACCOUNTS; n++)
        set_hook(h, n);
    for (unsigned month = 0; decade.lived < decade.years; month++) {
        live_month(h, month);
        if (h->now >= NOON + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, h->state, h->settings);
    }
    const notify_outbox_t *outbox = state_of(h)->outbox;
    bool told = outbox->delivered >= decade.years * 12 * ACCOUNTS / 2 && outbox->given_up > 0;
    if (!told)
        printf("notify: %" PRIu64 " delivered, %" PRIu64 " given up\n", outbox->delivered,
               outbox->given_up);
    harness_destroy(&h);
    return !told || decade_end(&decade);
}
