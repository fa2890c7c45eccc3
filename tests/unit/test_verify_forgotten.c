// The checker of what payment forgets, against a history of payment's core: silent about it, and
// loud about each fault.
#include "tests/unit/receipt_moves.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_forgotten.h"

static void live(world_t *w)
{
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot), number = refund(w, invoice, 50000);
    hold(w, number, lot, 0);
    settle(w, invoice, number, 50000, true);
    w->settings.fiscal.url = (span_t){0}; // receipts are not followed
    moves_topup_in(w, PAYMENT_EXPIRED);
    w->now += 402 * DAY_US;
    world_tick(w);
    assert_int_equal(world_event(w, EVENT_payments_forgotten)->payments_forgotten.count, 2);
}

static void run(const histories_t *histories, verify_report_t *report)
{
    verify_forgotten_t checker;
    const history_t *of = &histories->of[STREAM_PAYMENT];
    verify_forgotten_init(&checker, report);
    for (size_t i = 0; i < of->count; i++)
        verify_forgotten_feed(&checker, i + 1, &of->events[i]);
    verify_forgotten_release(&checker);
}

static event_t *event(histories_t *of, event_type_t type)
{
    for (size_t i = 0; i < of->of[STREAM_PAYMENT].count; i++)
        if (of->of[STREAM_PAYMENT].events[i].type == type)
            return &of->of[STREAM_PAYMENT].events[i];
    fail();
    return NULL;
}

static void forget_what_was_never_there(histories_t *of)
{
    event(of, EVENT_payment_created)->payment_created.invoice++;
}
static void forget_too_early(histories_t *of)
{
    event(of, EVENT_payment_created)->at += 10 * DAY_US;
}
static void forget_what_is_open(histories_t *of)
{
    history_blank(event(of, EVENT_payment_expired));
}
static void forget_before_the_refund_is_over(histories_t *of)
{
    history_blank(event(of, EVENT_refund_done));
}
static void forget_money(histories_t *of)
{
    history_blank(event(of, EVENT_lot_ended));
}
static void miscount(histories_t *of)
{
    event(of, EVENT_payments_forgotten)->payments_forgotten.count++;
}
static void go_on(histories_t *of)
{
    event_t late = *event(of, EVENT_payment_expired);
    history_add(&of->of[STREAM_PAYMENT], &late);
}

static void every_fault_of_forgetting_is_named(void **state)
{
    static const fault_t faults[] = {
        {"payment: what is forgotten was there", forget_what_was_never_there},
        {"payment: nothing is forgotten within 400 days", forget_too_early},
        {"payment: what is open is not forgotten", forget_what_is_open},
        {"payment: what is open is not forgotten", forget_before_the_refund_is_over},
        {"payment: money that is not used up is not forgotten", forget_money},
        {"payment: as many are forgotten as are counted", miscount},
        {"payment: nothing is said of what is forgotten", go_on}};
    void *own = NULL;
    (void)state;
    set_up(&own);
    world_t *w = own;
    live(w);
    for (size_t i = 0; i <= LENGTH(faults); i++) {
        histories_t histories = {0};
        verify_report_t report = {0};
        bool planted = i < LENGTH(faults);
        for (uint64_t n = 0; n < world_last(w); n++) {
            event_t one = harness_read(w->harness, n + 1);
            history_add(&histories.of[STREAM_PAYMENT], &one);
        }
        if (planted)
            faults[i].plant(&histories);
        run(&histories, &report);
        assert_int_equal(report.violated > 0, planted);
        if (planted && !verify_violations(&report, faults[i].rule))
            fail_msg("fault %zu does not break \"%s\"", i, faults[i].rule);
        histories_release(&histories);
    }
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fault_of_forgetting_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
