// The checker of promo codes against a history of payment's core: silent about it, and loud about
// each fault.
#include "tests/unit/promo_moves.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_promo.h"

static void opened(world_t *w, const uid_t16 *account, uint64_t number)
{
    event_t event = {.type = EVENT_account_opened,
                     .account_opened = {.account = *account, .number = number}};
    event.at = w->now;
    world_hear(w, STREAM_LEDGER, &event);
}

// Campaigns: 1 a percent for three uses, 2 a gift of one use an account, 3 a gift with a budget of
// one use.
static void live(world_t *w)
{
    static const uid_t16 third = {{3}};
    opened(w, &MOVES_ACCOUNT, 64);
    opened(w, &MOVES_OTHER, 65);
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_PERCENT,
                                                            .value = 2000,
                                                            .cap = 30000,
                                                            .in_all = 3}),
                     FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
    assert_int_equal(
        promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = 500, .per_account = 1}),
        FAIL_NONE);
    assert_int_equal(promo_add(w, 2, "7K2MQ4RZ9TA9"), FAIL_NONE);
    assert_int_equal(promo_add(w, 2, "BIRTHDAY"), FAIL_NONE);
    assert_int_equal(
        promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = 700, .budget = 1000}),
        FAIL_NONE);
    assert_int_equal(promo_add(w, 3, "ANNIVERSARY"), FAIL_NONE);
    (void)promo_enter(w, &MOVES_ACCOUNT, "7K2MQ4RZ9TA9", NULL);
    (void)promo_enter(w, &MOVES_OTHER, "BIRTHDAY", NULL);
    (void)promo_enter(w, &third, "ANNIVERSARY", NULL);
    (void)promo_enter(w, &third, "ANNIVERSARY", NULL); // refused
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    (void)promo_enter(w, &MOVES_OTHER, PROMO_WORD, NULL);
    (void)promo_enter(w, &third, PROMO_WORD, NULL);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 1000, 0);
    world_notice(w, SHOP_PASSWORD2, invoice, "1000.000000", false);
    invoice = world_topup(w, &third, 1000, 0);
    w->now += DAY_US;
    world_tick(w);
    promo_stop(w, 2);
    static const uid_t16 fourth = {{4}}, fifth = {{5}};
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_WELCOME,
                                                                .value = 300 + i,
                                                                .in_all = 1,
                                                                .starts = w->now - 1}),
                         FAIL_NONE);
    opened(w, &fourth, 66);
    opened(w, &fifth, 67);
    w->now += PROMO_FORGET_US;
    world_tick(w);
}

static int make(void **state)
{
    histories_t *out = calloc(1, sizeof *out);
    world_t *w = world_new(1);
    live(w);
    for (uint64_t i = 1; i <= world_last(w); i++) {
        event_t event = harness_read(w->harness, i);
        history_add(&out->of[STREAM_PAYMENT], &event);
    }
    world_destroy(w); // events of promo codes have no slices
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
    verify_promo_t checker;
    verify_promo_init(&checker, report);
    const history_t *payment = &histories->of[STREAM_PAYMENT];
    for (size_t i = 0; i < payment->count; i++)
        verify_promo_feed(&checker, i + 1, &payment->events[i]);
    verify_promo_release(&checker);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_PAYMENT], type, n);
}
static event_promo_began_t *began(histories_t *h, size_t n)
{
    return &event(h, EVENT_promo_began, n)->promo_began;
}
static event_promo_reserved_t *reserved(histories_t *h, size_t n)
{
    return &event(h, EVENT_promo_reserved, n)->promo_reserved;
}
static event_promo_redeemed_t *redeemed(histories_t *h)
{
    return &event(h, EVENT_promo_redeemed, 0)->promo_redeemed;
}

static void begin_the_third_twice(histories_t *h)
{
    began(h, 2)->campaign = 4;
}
static void code_of_no_campaign(histories_t *h)
{
    event(h, EVENT_promo_added, 0)->promo_added.campaign = 9;
}
static void add_a_code_twice(histories_t *h)
{
    event(h, EVENT_promo_added, 1)->promo_added.hmac =
        event(h, EVENT_promo_added, 0)->promo_added.hmac;
}
static void use_what_was_not_added(histories_t *h)
{
    reserved(h, 0)->hmac.bytes[0] ^= 1;
}
static void use_a_single_code_twice(histories_t *h)
{
    event_t *given = event(h, EVENT_promo_given, 1);
    given->promo_given.hmac = event(h, EVENT_promo_given, 0)->promo_given.hmac;
}
static void one_use_more_in_all(histories_t *h)
{
    began(h, 0)->in_all = 2;
}
static void one_use_more_of_an_account(histories_t *h)
{
    event_t *given = event(h, EVENT_promo_given, 1);
    given->promo_given.account = MOVES_ACCOUNT;
}
static void the_same_code_again(histories_t *h)
{
    *event(h, EVENT_promo_refused, 0) = *event(h, EVENT_promo_given, 2);
}
static void beyond_the_budget(histories_t *h)
{
    began(h, 2)->budget = 699;
}
static void before_it_starts(histories_t *h)
{
    began(h, 0)->starts = INT64_MAX;
}
static void two_codes_at_a_time(histories_t *h)
{
    reserved(h, 1)->account = MOVES_ACCOUNT;
}
static void reserve_less(histories_t *h)
{
    reserved(h, 0)->amount--;
}
static void reserve_a_gift(histories_t *h)
{
    began(h, 0)->kind = PROMO_GIFT;
}
static void reserve_for_two_days(histories_t *h)
{
    reserved(h, 0)->until += DAY_US;
}
static void give_a_percent(histories_t *h)
{
    began(h, 1)->kind = PROMO_FIXED;
}
static void give_more(histories_t *h)
{
    event(h, EVENT_promo_given, 0)->promo_given.amount++;
}
static void redeem_anothers(histories_t *h)
{
    redeemed(h)->account = MOVES_OTHER;
}
static void bind_for_less(histories_t *h)
{
    event(h, EVENT_promo_bound, 0)->promo_bound.until -= 2 * DAY_US;
}
static void redeem_without_money(histories_t *h)
{
    history_blank(event(h, EVENT_payment_succeeded, 0));
}
static void redeem_for_another_campaign(histories_t *h)
{
    redeemed(h)->campaign = 2;
}
static void redeem_late(histories_t *h)
{
    event(h, EVENT_promo_redeemed, 0)->at += DAY_US;
}
static void redeem_more(histories_t *h)
{
    redeemed(h)->amount++;
}
static void end_a_bonus_of_none(histories_t *h)
{
    redeemed(h)->until = event(h, EVENT_promo_redeemed, 0)->at + 1;
}
static void begin_a_bonus_later(histories_t *h)
{
    event(h, EVENT_promo_given, 0)->promo_given.begins = INT64_MAX;
}
static void give_for_one_service(histories_t *h)
{
    event(h, EVENT_promo_given, 0)->promo_given.category = CATEGORY_DISK;
}
static void open_an_account_twice(histories_t *h)
{
    event(h, EVENT_account_noted, 1)->account_noted.account = MOVES_ACCOUNT;
}
static void give_to_an_old_account(histories_t *h)
{
    event(h, EVENT_account_noted, 0)->account_noted.opened -= 400 * DAY_US;
    began(h, 1)->new_us = DAY_US;
}
static event_promo_welcomed_t *welcomed(histories_t *h)
{
    return &event(h, EVENT_promo_welcomed, 0)->promo_welcomed;
}
static void welcome_one_who_was_there(histories_t *h)
{
    welcomed(h)->account = MOVES_ACCOUNT;
}
static void welcome_by_the_second(histories_t *h)
{
    welcomed(h)->campaign = 5;
}
static void welcome_with_more(histories_t *h)
{
    welcomed(h)->amount++;
}
static void welcome_nobody(histories_t *h)
{
    history_blank(event(h, EVENT_promo_welcomed, 1));
}
static void forget_early(histories_t *h)
{
    event(h, EVENT_promo_forgotten, 0)->at -= SECOND_US;
}
static void forget_what_is_reserved(histories_t *h)
{
    history_blank(event(h, EVENT_promo_released, 0));
    event(h, EVENT_promo_stopped, 0)->promo_stopped.campaign = 1;
    event(h, EVENT_promo_forgotten, 0)->promo_forgotten.campaign = 1;
}

static void release_early(histories_t *h)
{
    event(h, EVENT_promo_released, 0)->at--;
}

static const fault_t faults[] = {
    {"promo: campaigns are numbered from 1", begin_the_third_twice},
    {"promo: campaigns begin before use", code_of_no_campaign},
    {"promo: a code is added once", add_a_code_twice},
    {"promo: a code is used that was added", use_what_was_not_added},
    {"promo: a single-use code is used once", use_a_single_code_twice},
    {"promo: no more uses than in all", one_use_more_in_all},
    {"promo: no more uses than an account may", one_use_more_of_an_account},
    {"promo: an account uses a code once", the_same_code_again},
    {"promo: the budget holds every use", beyond_the_budget},
    {"promo: codes are accepted while their campaign is open", before_it_starts},
    {"promo: an account has one code at a time", two_codes_at_a_time},
    {"promo: what may be given is reserved", reserve_less},
    {"promo: a gift is not reserved", reserve_a_gift},
    {"promo: a code is reserved for a day", reserve_for_two_days},
    {"promo: a gift is a gift's", give_a_percent},
    {"promo: a gift is what its terms say", give_more},
    {"promo: a reservation is its account's and its invoice's", redeem_anothers},
    {"promo: what is bound lives no shorter", bind_for_less},
    {"promo: a bonus comes with its top-up's money", redeem_without_money},
    {"promo: a bonus names its campaign", redeem_for_another_campaign},
    {"promo: money that comes late brings no bonus", redeem_late},
    {"promo: a bonus is what its terms say", redeem_more},
    {"promo: a bonus ends when its terms say", end_a_bonus_of_none},
    {"promo: a bonus begins when its terms say", begin_a_bonus_later},
    {"promo: a bonus is for the service that its terms say", give_for_one_service},
    {"promo: an account is opened once", open_an_account_twice},
    {"promo: what is for new accounts goes to no other", give_to_an_old_account},
    {"promo: a reservation is not cut short", release_early},
    {"promo: a new account is welcomed, once", welcome_one_who_was_there},
    {"promo: the first campaign that can welcomes", welcome_by_the_second},
    {"promo: a welcome balance is what its terms say", welcome_with_more},
    {"promo: no new account goes without its welcome", welcome_nobody},
    {"promo: a campaign is forgotten once it is over for 30 days", forget_early},
    {"promo: nothing of a campaign that is forgotten is reserved", forget_what_is_reserved},
};

static void every_fault_of_promo_codes_is_named(void **state)
{
    verify_rig_faults(*state, run, faults, LENGTH(faults));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_promo_codes_is_named, make, release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
