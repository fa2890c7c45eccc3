// Years of one account's payments: each month some are topped up and used up, one expires, one goes
// back, and autopay is allowed anew. What is over leaves, and payment takes no more memory in the
// last year than in the second.
#include "services/payment/payment_core.h"
#include "tests/model/decade.h"
#include "tests/unit/receipt_moves.h"

enum { USED_UP = 6, REFUNDED_EVERY = 3 }; // a month; months

static void register_all(world_t *w)
{
    for (int i = 0; i < 6; i++, w->now += HOUR_US) {
        while (wanted(w, ATTACH_URL))
            answered(w, ATTACH_URL, RESULT_ANSWERED, 200, TAKEN);
        while (wanted(w, STATUS_URL))
            answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
    }
}

static void live_month(world_t *w, unsigned month)
{
    uint64_t lot;
    for (int i = 0; i < USED_UP; i++) {
        uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, i ? 0 : 3);
        lot = credit(w, invoice, 50000, 50000);
        debit(w, POSTING_CHARGE, 0, LOTS(lot));
    }
    (void)world_topup(w, &MOVES_ACCOUNT, 100, 0); // nobody pays it
    if (month % REFUNDED_EVERY == 0) {
        uint64_t invoice = placed(w, 50000, &lot), number = refund(w, invoice, 50000);
        hold(w, number, lot, 0);
        settle(w, invoice, number, 50000, true);
    }
    register_all(w);
    for (int day = 1; day <= 30; day++, w->now += DAY_US)
        world_tick(w);
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&payment_core, argc, argv);
    void *own = NULL;
    set_up(&own);
    world_t *w = own;
    instant_t began = w->now;
    for (unsigned month = 0; decade.lived < decade.years; month++) {
        live_month(w, month);
        if (w->now >= began + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, w->harness->state, &w->settings);
    }
    world_check_replay(w);
    world_destroy(w);
    return decade_end(&decade);
}
