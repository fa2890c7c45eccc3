// The checker of promo codes' bonuses against a history of the ledger's core: silent about it, and
// loud about each fault.
#include "services/ledger/ledger_core.h"
#include "tests/unit/bonus_moves.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_bonus.h"

// Two top-ups with their bonuses, the second told of twice; of the first a third is refunded, the
// rest charged back when its bonus is spent; that dispute is won, and the refund comes back.
static void live(harness_t *h)
{
    h->now = INT64_C(1767950000) * SECOND_US;
    topped_up(h, a_number(h, 0), 3000, 1000);
    topped_up(h, a_number(h, 1), 3000, 1000);
    topped_up(h, a_number(h, 1), 3000, 1000);
    assert_int_equal(taken(h, a_number(h, 0), 1000, POSTING_REFUND), FAIL_NONE);
    used(h, customer(1), 1500);
    assert_int_equal(taken(h, a_number(h, 0), 2000, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(came_back(h, a_number(h, 0), 2000, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(came_back(h, a_number(h, 0), 1000, POSTING_REFUND), FAIL_NONE);
    event_t event = {.type = EVENT_promo_given};
    event.promo_given = (event_promo_given_t){.account = nobody(), .amount = 70};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static int make(void **state)
{
    histories_t *out = calloc(1, sizeof *out);
    harness_t *h = harness_new(&ledger_core, NULL);
    live(h);
    for (uint64_t i = 1; i <= h->last; i++) {
        event_t event = harness_read(h, i);
        event.posted.lots = event.type == EVENT_posted ? (bytes_t){0} : event.posted.lots;
        history_add(&out->of[STREAM_LEDGER], &event);
    }
    harness_destroy(&h);
    *state = out;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    free(*state);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    verify_bonus_t checker;
    verify_bonus_init(&checker, report);
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    for (size_t i = 0; i < ledger->count; i++)
        verify_bonus_feed(&checker, i + 1, &ledger->events[i]);
    verify_bonus_release(&checker);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}
static event_bonus_clawed_t *clawed(histories_t *h, size_t n)
{
    return &event(h, EVENT_bonus_clawed, n)->bonus_clawed;
}

static void give_twice(histories_t *h)
{
    event(h, EVENT_bonus_given, 1)->bonus_given.reference =
        event(h, EVENT_bonus_given, 0)->bonus_given.reference;
}
static void tell_of_more(histories_t *h)
{
    event(h, EVENT_bonus_given, 0)->bonus_given.amount++;
}
static void withhold_what_is_new(histories_t *h)
{
    event(h, EVENT_bonus_withheld, 0)->bonus_withheld.reference.bytes[9] ^= 1;
}
static void take_what_was_not_given(histories_t *h)
{
    clawed(h, 0)->invoice++;
}
static void count_no_refund(histories_t *h)
{
    event_t *refund = event(h, EVENT_posted, 0);
    while (refund->type != EVENT_posted || refund->posted.kind != POSTING_REFUND)
        refund++;
    history_blank(refund);
}
static void find_less_due(histories_t *h)
{
    clawed(h, 1)->due--;
}
static void take_more_than_is_due(histories_t *h)
{
    clawed(h, 0)->owed++;
}
static void take_without_a_posting(histories_t *h)
{
    clawed(h, 0)->taken--;
}

static event_bonus_regained_t *regained(histories_t *h, size_t n)
{
    return &event(h, EVENT_bonus_regained, n)->bonus_regained;
}

static void give_again_what_was_not_taken(histories_t *h)
{
    regained(h, 0)->invoice = regained(h, 0)->invoice + PAYMENT_PARTITIONS;
}
static void count_no_return(histories_t *h)
{
    regained(h, 0)->returned--;
}
static void find_more_due(histories_t *h)
{
    regained(h, 0)->due++;
}
static void clear_less(histories_t *h)
{
    regained(h, 0)->cleared--;
}
static void give_more_again(histories_t *h)
{
    regained(h, 1)->given++;
}
static void give_again_without_a_posting(histories_t *h)
{
    event_t *last = event(h, EVENT_bonus_regained, 1);
    while (last->type != EVENT_posted || last->posted.kind != POSTING_BONUS)
        last--;
    last->posted.amount++;
}

static const fault_t faults[] = {
    {"bonus: given once", give_twice},
    {"bonus: the posting before is the one that is told of", tell_of_more},
    {"bonus: what was given before is withheld as such", withhold_what_is_new},
    {"bonus: what goes back was given", take_what_was_not_given},
    {"bonus: what went back of its top-up is counted", count_no_refund},
    {"bonus: its share is due", find_less_due},
    {"bonus: no more goes than is due", take_more_than_is_due},
    {"bonus: what goes is posted", take_without_a_posting},
    {"bonus: what is given again was taken along", give_again_what_was_not_taken},
    {"bonus: what came back of its top-up is counted", count_no_return},
    {"bonus: less of it is due", find_more_due},
    {"bonus: what was owed for it is owed no more", clear_less},
    {"bonus: what was taken for it is given again", give_more_again},
    {"bonus: what is given again is posted", give_again_without_a_posting},
};

static void every_fault_of_bonuses_is_named(void **state)
{
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof *faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_bonuses_is_named, make, release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
