// The checker of bonuses that stand apart against a history of the ledger's core: silent about it,
// and loud about each fault.
#include "services/ledger/ledger_core.h"
#include "tests/unit/ledger_history.h"
#include "tests/unit/ledger_words.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_ending.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

static void used_of(harness_t *h, uint64_t kind, kopecks_t amount, instant_t hour_end)
{
    event_t event = usage(customer(1), amount);
    event.usage_charged.hour = hour_end - HOUR_US;
    event.usage_charged.kind = kind;
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static void ordered(harness_t *h, kopecks_t amount, uint64_t category, instant_t begins)
{
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give = (request_bonus_give_t){.account = customer(1),
                                                .amount = amount,
                                                .opens = true,
                                                .category = category,
                                                .begins = begins};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

// Of 300 for tokens and 200 for files parts are used, of both kinds at once with 50 for anything;
// 80 begin an hour later; what is left of the files' is ended by hand.
static void live(harness_t *h)
{
    h->now = NOON;
    paid(h, customer(1), 1000);
    ordered(h, 300, CATEGORY_MODELS, 0);
    uint64_t lot = harness_read(h, h->last).bonus_given.lot;
    ordered(h, 200, CATEGORY_DISK, 0);
    ordered(h, 30, CATEGORY_DISK, 0);
    ordered(h, 80, CATEGORY_ANY, NOON + HOUR_US);
    given(h, customer(1), 50);
    used_of(h, RESOURCE_INPUT, 100, NOON);
    used_of(h, RESOURCE_COMPUTE, 20, NOON);
    used_of(h, RESOURCE_DISK, 210, NOON);
    h->now = NOON + HOUR_US;
    assert_int_equal(harness_tick(h), FAIL_NONE);
    used_of(h, RESOURCE_COMPUTE, 120, NOON + 2 * HOUR_US);
    request_t request = {.type = REQUEST_bonus_void};
    request.bonus_void = (request_bonus_void_t){.account = customer(1), .lot = lot, .amount = 200};
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
        if (event->type != EVENT_posted || uid_is_zero(&event->posted.account))
            continue;
        bool moves = event->posted.bonus != bonus;
        bool charge = verify_ending_parts(&ending, event) || verify_ending_begins(&ending, event);
        verify_ending_posted(&ending, &lots, i + 1, event, 0, bonus);
        if (verify_ending_parts(&ending, event))
            moves = verify_ending_half(&ending, i + 1, &event->posted);
        verify_lots_feed(&lots, i + 1, 0, &event->posted, moves, charge);
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

static void be_of_another_service(histories_t *h)
{
    event(h, EVENT_charge_parted, 0)->charge_parted.category = CATEGORY_COMPUTE;
}

static void say_that_nothing_stood_apart(histories_t *h)
{
    event(h, EVENT_charge_parted, 0)->charge_parted.apart = 0;
}

static void bring_less_than_is_spent(histories_t *h)
{
    posting(h, POSTING_BEGUN, 0)->posted.amount--;
}

static void bring_out_of_another(histories_t *h)
{
    posting(h, POSTING_BEGUN, 0)->posted.lot++;
}

static void bring_nothing(histories_t *h)
{
    history_blank(posting(h, POSTING_BEGUN, 0));
}

static void be_for_another_service(histories_t *h)
{
    event(h, EVENT_bonus_set_apart, 0)->bonus_set_apart.category = CATEGORY_COMPUTE;
}

static void have_no_reason(histories_t *h)
{
    event(h, EVENT_bonus_set_apart, 3)->bonus_set_apart.begins = NOON;
}

static void set_more_apart_than_was_posted(histories_t *h)
{
    event(h, EVENT_bonus_set_apart, 1)->bonus_set_apart.amount++;
}

static void be_anothers(histories_t *h)
{
    event(h, EVENT_bonus_set_apart, 1)->bonus_set_apart.number++;
}

static void begin_in_part(histories_t *h)
{
    event(h, EVENT_bonus_begun, 0)->bonus_begun.amount--;
}

static void leave_a_part(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->bonus_ended.amount--;
}

static void give_it_to_nobody(histories_t *h)
{
    posting(h, POSTING_APART, 4)->posted.credit = SYSTEM_REVENUE;
}

static void be_another_lot(histories_t *h)
{
    posting(h, POSTING_TOPUP, 0)->posted.lot++;
}

static void misstate_the_balance(histories_t *h)
{
    posting(h, POSTING_TOPUP, 0)->posted.cash++;
}

static void post_less_than_its_part(histories_t *h)
{
    posting(h, POSTING_CHARGE, 0)->posted.amount--;
}

static void part_by_less_than_nothing(histories_t *h)
{
    event(h, EVENT_charge_parted, 0)->charge_parted.cash = -1;
}

static void say_nothing_of_the_parts(histories_t *h)
{
    history_blank(event(h, EVENT_charge_parted, 1));
}

static void name_another(histories_t *h)
{
    posting(h, POSTING_CHARGE, 0)->posted.lot++;
}

static void post_one_part_alone(histories_t *h)
{
    history_blank(posting(h, POSTING_CHARGE, 1));
}

static void tell_of_another(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->bonus_ended.lot = 1;
}

static void every_fault_of_bonuses_that_stand_apart_is_named(void **state)
{
    static const fault_t faults[] = {
        {"ledger: bonuses that serve its hour pay a charge first", be_of_another_service},
        {"ledger: of them what stands apart", say_that_nothing_stood_apart},
        {"ledger: what stood apart comes as the charge was parted", bring_less_than_is_spent},
        {"ledger: what stood apart comes out of its lots", bring_out_of_another},
        {"ledger: a charge that was parted is posted at once", bring_nothing},
        {"ledger: bonuses that serve its hour pay a charge first", be_for_another_service},
        {"ledger: what stands apart is for one service, or begins later", have_no_reason},
        {"ledger: what stands apart is posted before", set_more_apart_than_was_posted},
        {"ledger: number and account of what stands apart agree", be_anothers},
        {"ledger: what is left of a bonus that begins comes into the balance", begin_in_part},
        {"ledger: what is left of a bonus that ends goes", leave_a_part},
        {"ledger: what stands apart goes back to promo expense", give_it_to_nobody},
        {"ledger: a credit names the lot that it is", be_another_lot},
        {"ledger: lots less debts are the balance", misstate_the_balance},
        {"ledger: a charge is posted as it was parted", post_less_than_its_part},
        {"ledger: the parts of a charge are amounts", part_by_less_than_nothing},
        {"ledger: a charge is parted where a bonus ends", say_nothing_of_the_parts},
        {"ledger: a debit names the lots that it took", name_another},
        {"ledger: a bonus that ends is told of as it was posted", tell_of_another},
        {"ledger: a charge that was parted is posted at once", post_one_part_alone}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        every_fault_of_bonuses_that_stand_apart_is_named, make, ledger_history_release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
