// The checker of bonuses that end against a history of the ledger's core: silent about it, and loud
// about each fault.
#include "services/ledger/ledger_core.h"
#include "tests/unit/ledger_history.h"
#include "tests/unit/ledger_words.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_ending.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

static void used_in(harness_t *h, kopecks_t amount, instant_t hour_end)
{
    event_t event = usage(customer(1), amount);
    event.usage_charged.hour = hour_end - HOUR_US;
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static void ordered(harness_t *h, kopecks_t amount, instant_t until)
{
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give = (request_bonus_give_t){
        .account = customer(1), .amount = amount, .until = until, .opens = true};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static void closed(harness_t *h, instant_t hour_end)
{
    event_t event = {.type = EVENT_hour_closed, .hour_closed.hour = hour_end - HOUR_US};
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

// Bonuses of 300 until 13:30 and of 200 until 15:00; hours of which each pays one, one both and
// cash, one cash alone; what is left of the first is told of, and lapses, and the second is ended
// by hand.
static void live(harness_t *h)
{
    h->now = NOON;
    request_t policy = {.type = REQUEST_ledger_policy};
    policy.ledger_policy.lapse_notice_us = HOUR_US;
    assert_int_equal(harness_command(h, &policy), FAIL_NONE);
    paid(h, customer(1), 1000);
    ordered(h, 200, NOON + 3 * HOUR_US);
    ordered(h, 300, NOON + 90 * MINUTE_US);
    used_in(h, 100, NOON + HOUR_US);
    used_in(h, 50, NOON + 2 * HOUR_US);
    used_in(h, 170, NOON + 2 * HOUR_US);
    used_in(h, 30, NOON + 4 * HOUR_US);
    h->now = NOON + 31 * MINUTE_US;
    assert_int_equal(harness_tick(h), FAIL_NONE);
    h->now = NOON + 62 * MINUTE_US;
    closed(h, NOON + HOUR_US);
    h->now = NOON + 90 * MINUTE_US;
    assert_int_equal(harness_tick(h), FAIL_NONE);
    ordered(h, 80, NOON + 3 * HOUR_US);
    request_t request = {.type = REQUEST_bonus_void};
    uint64_t lot = harness_read(h, h->last).bonus_given.lot;
    request.bonus_void = (request_bonus_void_t){.account = customer(1), .lot = lot, .amount = 80};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static int make(void **state)
{
    *state = ledger_history(live);
    return 0;
}

// As verify_ledger does, of the one account that there is.
static void run(const histories_t *histories, verify_report_t *report)
{
    verify_lots_t lots;
    verify_ending_t ending = {.report = report};
    kopecks_t bonus = 0;
    verify_lots_init(&lots, report);
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    for (size_t i = 0; i < ledger->count; i++) {
        const event_t *event = &ledger->events[i];
        verify_ending_feed(&ending, &lots, i + 1, event, 0, bonus);
        if (event->type != EVENT_posted)
            continue;
        bool moves = event->posted.bonus != bonus;
        verify_ending_posted(&ending, &lots, i + 1, event, 0, bonus);
        if (verify_ending_parts(&ending, event))
            moves = verify_ending_half(&ending, i + 1, &event->posted);
        verify_lots_feed(&lots, i + 1, 0, &event->posted, moves, false);
        bonus = event->posted.bonus;
    }
    verify_lots_release(&lots);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}

// The n-th posting of that kind.
static event_t *posting(histories_t *h, posting_kind_t kind, size_t n)
{
    for (size_t i = 0;; i++) {
        event_t *found = event(h, EVENT_posted, i);
        if (found->posted.kind == kind && n-- == 0)
            return found;
    }
}

static void pay_an_hour_after_its_end(histories_t *h)
{
    event(h, EVENT_charge_parted, 1)->charge_parted.hour = NOON + HOUR_US;
}

static void leave_the_bonus_alone(histories_t *h)
{
    event_charge_parted_t *parted = &event(h, EVENT_charge_parted, 0)->charge_parted;
    parted->cash = parted->bonus;
    parted->bonus = 0;
}

static void part_by_less_than_nothing(histories_t *h)
{
    event(h, EVENT_charge_parted, 0)->charge_parted.cash = -1;
}

static void say_nothing_of_the_parts(histories_t *h)
{
    history_blank(event(h, EVENT_charge_parted, 0));
}

static void post_less_than_its_part(histories_t *h)
{
    posting(h, POSTING_CHARGE, 0)->posted.amount--;
}

static void post_one_part_alone(histories_t *h)
{
    history_blank(posting(h, POSTING_CHARGE, 3));
}

static void end_nobodys_bonus(histories_t *h)
{
    event(h, EVENT_bonus_given, 0)->bonus_given.lot--;
}

static void end_another_first(histories_t *h)
{
    event(h, EVENT_bonus_given, 1)->bonus_given.until = NOON + 200 * MINUTE_US;
}

static void close_an_hour_to_come(histories_t *h)
{
    event(h, EVENT_bonuses_ending, 0)->bonuses_ending.closed = NOON + 3 * HOUR_US;
}

static void lapse_before_its_hour_is_closed(histories_t *h)
{
    history_blank(event(h, EVENT_bonuses_ending, 0));
}

static void lapse_before_its_end(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->at = NOON + 89 * MINUTE_US;
}

static void take_a_part_of_it(histories_t *h)
{
    posting(h, POSTING_LAPSE, 0)->posted.amount--;
}

static void take_another(histories_t *h)
{
    posting(h, POSTING_LAPSE, 1)->posted.lot = posting(h, POSTING_LAPSE, 0)->posted.lot;
}

static void tell_nobody(histories_t *h)
{
    history_blank(event(h, EVENT_bonus_ended, 0));
}

static void tell_of_more(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->bonus_ended.amount++;
}

static void tell_of_another(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->bonus_ended.lot++;
}

static void be_another_lot(histories_t *h)
{
    posting(h, POSTING_TOPUP, 0)->posted.lot++;
}

static void misstate_the_balance(histories_t *h)
{
    posting(h, POSTING_TOPUP, 0)->posted.cash++;
}

static void tell_of_more_than_is_left(histories_t *h)
{
    event(h, EVENT_bonus_ends_soon, 0)->bonus_ends_soon.amount++;
}

static void tell_of_another_end(histories_t *h)
{
    event(h, EVENT_bonus_ends_soon, 0)->bonus_ends_soon.until -= HOUR_US;
}

static void tell_before_its_time(histories_t *h)
{
    event(h, EVENT_bonus_ends_soon, 0)->at = NOON + 29 * MINUTE_US;
}

static void tell_twice(histories_t *h)
{
    event_t *again = event(h, EVENT_bonuses_ending, 0);
    *again = *event(h, EVENT_bonus_ends_soon, 0);
}

static void every_fault_of_bonuses_that_end_is_named(void **state)
{
    static const fault_t faults[] = {
        {"ledger: bonuses that serve its hour pay a charge first", pay_an_hour_after_its_end},
        {"ledger: bonuses that serve its hour pay a charge first", leave_the_bonus_alone},
        {"ledger: the parts of a charge are amounts", part_by_less_than_nothing},
        {"ledger: a charge is parted where a bonus ends", say_nothing_of_the_parts},
        {"ledger: a charge is posted as it was parted", post_less_than_its_part},
        {"ledger: a charge that was parted is posted at once", post_one_part_alone},
        {"ledger: a bonus that ends is a lot of its account", end_nobodys_bonus},
        {"ledger: a debit names the lots that it took", end_another_first},
        {"ledger: a bonus that ends before long is told of with what is left",
         tell_of_more_than_is_left},
        {"ledger: no bonus is told of before the policy's span", tell_of_another_end},
        {"ledger: no bonus is told of before the policy's span", tell_before_its_time},
        {"ledger: a bonus that ends before long is told of once", tell_twice},
        {"ledger: an hour that bonuses wait for is over", close_an_hour_to_come},
        {"ledger: no bonus lapses early", lapse_before_its_hour_is_closed},
        {"ledger: no bonus lapses early", lapse_before_its_end},
        {"ledger: what is left of a bonus that ends goes", take_a_part_of_it},
        {"ledger: a bonus that ends is one lot, and has what goes", take_another},
        {"ledger: a bonus that ends is told of at once", tell_nobody},
        {"ledger: a bonus that ends is told of as it was posted", tell_of_more},
        {"ledger: the bonus that ends is the one that was taken back", tell_of_another},
        {"ledger: a credit names the lot that it is", be_another_lot},
        {"ledger: lots less debts are the balance", misstate_the_balance}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        every_fault_of_bonuses_that_end_is_named, make, ledger_history_release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
