// What postings take and name, by hand; and in random worlds, where the checker of `kopeck verify`,
// which knows the rules by itself, must find nothing.
#include "services/ledger/ledger_ending.h"
#include "services/ledger/ledger_unnamed.h"
#include "tests/unit/ledger_words.h"
#include "tools/kopeck/verify_ledger.h"

enum { SEEDS = 12, STEPS = 600, CUSTOMERS = 5 };

static fail_t asked(harness_t *h, uid_t16 debit, uid_t16 credit, kopecks_t amount, uint64_t kind)
{
    request_t request = {
        .type = REQUEST_post,
        .post = {.debit = debit, .credit = credit, .amount = amount, .kind = kind}};
    return harness_command(h, &request);
}

static fail_t charged_back(harness_t *h, uid_t16 account, kopecks_t amount, uint64_t lot)
{
    request_t request = {.type = REQUEST_post,
                         .post = {.debit = account,
                                  .credit = posting_system_id(SYSTEM_CHARGEBACKS),
                                  .amount = amount,
                                  .kind = POSTING_CHARGEBACK,
                                  .lot = lot}};
    return harness_command(h, &request);
}

// The last posting names these, and what they do not come to no lot covered.
static void assert_names(harness_t *h, const ledger_part_t *parts, size_t count)
{
    event_t event = {0};
    for (uint64_t sequence = h->last; event.type != EVENT_posted; sequence--)
        event = harness_read(h, sequence);
    wire_t wire;
    assert_int_equal(event.posted.lot, count ? parts[0].lot : 0);
    if (!event.posted.lots.size) {
        assert_true(count <= 1);
        assert_true(!count || parts[0].amount == event.posted.amount);
        return;
    }
    wire_start(&wire, event.posted.lots.data, event.posted.lots.size);
    assert_int_equal(wire_array(&wire, LEDGER_NAMED_MAX), count);
    for (size_t i = 0; i < count; i++) {
        uint64_t lot;
        int64_t part;
        assert_int_equal(wire_array(&wire, 2), 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        assert_int_equal(lot, parts[i].lot);
        assert_int_equal(part, parts[i].amount);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

#define NAMES(h, ...)                                                                              \
    assert_names(h, (const ledger_part_t[]){__VA_ARGS__},                                          \
                 sizeof(const ledger_part_t[]){__VA_ARGS__} / sizeof(ledger_part_t))

static void a_posting_names_what_it_took(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 300);
    uint64_t first = h->last;
    NAMES(h, {first, 300}); // a credit is a lot itself
    paid(h, customer(1), 500);
    uint64_t second = h->last;
    used(h, customer(1), 100);
    NAMES(h, {first, 100});
    used(h, customer(1), 450);
    NAMES(h, {first, 200}, {second, 250});
    used(h, customer(1), 250);
    NAMES(h, {second, 250}); // to the last kopeck
    used(h, customer(1), 10);
    assert_names(h, NULL, 0);
    paid(h, customer(1), 30);
    uint64_t third = h->last;
    used(h, customer(1), 50); // 10 of the 30 had repaid
    NAMES(h, {third, 20});
    assert_int_equal(balance_of(h, customer(1)).cash, -30);
}

static void bonus_and_cash_name_their_own(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 300);
    uint64_t cash = h->last;
    given(h, customer(1), 100);
    uint64_t bonus = h->last;
    used(h, customer(1), 40);
    NAMES(h, {bonus, 40});
    used(h, customer(1), 90); // two postings
    NAMES(h, {cash, 30});
    event_t half = harness_read(h, h->last - 1);
    assert_int_equal(half.posted.lot, bonus);
    assert_int_equal(half.posted.amount, 60);
    given(h, customer(1), 10);
    bonus = h->last;
    assert_int_equal(asked(h, customer(1), posting_system_id(SYSTEM_PROMO), 4, POSTING_BONUS),
                     FAIL_NONE);
    NAMES(h, {bonus, 4});
    assert_int_equal(
        asked(h, customer(1), posting_system_id(SYSTEM_CLEARING), 270, POSTING_CHARGEBACK),
        FAIL_NONE);
    NAMES(h, {cash, 270});
    used(h, customer(1), 6);
    NAMES(h, {bonus, 6});
}

static void a_refund_takes_the_newest_lot(void **state)
{
    harness_t *h = *state;
    uint64_t lots[3];
    for (size_t i = 0; i < 3; i++) {
        paid(h, customer(1), 100);
        lots[i] = h->last;
    }
    assert_int_equal(asked(h, customer(1), posting_system_id(SYSTEM_CLEARING), 30, POSTING_REFUND),
                     FAIL_NONE);
    NAMES(h, {lots[2], 30});
    assert_int_equal(asked(h, customer(1), posting_system_id(SYSTEM_CLEARING), 150, POSTING_REFUND),
                     FAIL_NONE);
    NAMES(h, {lots[1], 80}, {lots[2], 70});
    assert_int_equal(asked(h, customer(1), posting_system_id(SYSTEM_CLEARING), 120, POSTING_REFUND),
                     FAIL_NONE);
    NAMES(h, {lots[0], 100}, {lots[1], 20});
    assert_int_equal(balance_of(h, customer(1)).cash, 0);
}

static void a_chargeback_takes_the_lot_that_it_names_first(void **state)
{
    harness_t *h = *state;
    uint64_t lots[3];
    for (size_t i = 0; i < 3; i++) {
        paid(h, customer(1), 100);
        lots[i] = h->last;
    }
    given(h, customer(1), 50);
    uint64_t bonus = h->last;
    assert_int_equal(charged_back(h, customer(1), 30, lots[1]), FAIL_NONE);
    NAMES(h, {lots[1], 30});
    assert_int_equal(charged_back(h, customer(1), 30, 0), FAIL_NONE);
    NAMES(h, {lots[0], 30});
    assert_int_equal(charged_back(h, customer(1), 180, lots[2]), FAIL_NONE);
    NAMES(h, {lots[2], 100}, {lots[0], 70}, {lots[1], 10});
    assert_int_equal(charged_back(h, customer(1), 40, lots[2]), FAIL_NONE); // it is used up
    NAMES(h, {lots[1], 40});
    assert_int_equal(charged_back(h, customer(1), 100, lots[0]), FAIL_NONE);
    NAMES(h, {lots[1], 20}); // the rest is owed: no bonus is touched
    assert_int_equal(balance_of(h, customer(1)).cash, -80);
    assert_int_equal(balance_of(h, customer(1)).bonus, 50);
    assert_int_equal(charged_back(h, customer(1), 1, bonus), FAIL_MISSING);
    assert_int_equal(charged_back(h, customer(1), 1, 99999), FAIL_MISSING);
    paid(h, customer(2), 10);
    assert_int_equal(charged_back(h, customer(1), 1, h->last), FAIL_MISSING); // another's
    request_t refund = {.type = REQUEST_post,
                        .post = {.debit = customer(2),
                                 .credit = posting_system_id(SYSTEM_CLEARING),
                                 .amount = 1,
                                 .kind = POSTING_REFUND,
                                 .lot = h->last}};
    assert_int_equal(harness_command(h, &refund), FAIL_INVALID);
}

static void more_lots_than_may_be_named_are_named_in_one(void **state)
{
    harness_t *h = *state;
    ledger_part_t parts[LEDGER_NAMED_MAX];
    for (size_t i = 0; i < 20; i++) {
        paid(h, customer(1), 10);
        size_t at = i < LEDGER_NAMED_MAX ? i : LEDGER_NAMED_MAX - 1;
        parts[at] = (ledger_part_t){h->last, 10};
    }
    parts[LEDGER_NAMED_MAX - 1].amount = 45; // of five, the last half
    used(h, customer(1), 195);
    assert_names(h, parts, LEDGER_NAMED_MAX);
    used(h, customer(1), 5);
    NAMES(h, {parts[LEDGER_NAMED_MAX - 1].lot, 5});
}

// Old postings, without names, come to the same lots: whoever replays them and goes on names them.
static void postings_from_before_make_the_same_lots(void **state)
{
    harness_t *h = *state;
    ledger_purses_t book;
    ledger_purse_t purse = {0};
    ledger_purses_init(&book);
    paid(h, customer(1), 300);
    paid(h, customer(1), 500);
    used(h, customer(1), 450);
    for (uint64_t sequence = 1; sequence <= h->last; sequence++) {
        event_t event = harness_read(h, sequence);
        event.posted.lot = 0;
        event.posted.lots = (bytes_t){0};
        if (event.type == EVENT_posted)
            ledger_ending_post(&book, &purse, &event, sequence, false);
    }
    assert_int_equal(purse.number, h->last - 1);
    assert_int_equal(purse.cover, 350);
    ledger_purses_release(&book);
}

static void used_up_lots_are_forgotten_after_their_time(void **state)
{
    (void)state;
    ledger_purses_t book;
    ledger_purse_t purse = {0};
    event_t event = {.type = EVENT_posted};
    ledger_purses_init(&book);
    for (uint64_t sequence = 1; sequence <= 6; sequence++) {
        bool charge = sequence % 2 == 0;
        event.at = 20000 * DAY_US + (instant_t)(sequence * 150) * DAY_US;
        event.posted = (event_posted_t){.amount = 10,
                                        .kind = charge ? POSTING_CHARGE : POSTING_TOPUP,
                                        .debit = charge ? SYSTEM_END : SYSTEM_CLEARING,
                                        .credit = charge ? SYSTEM_REVENUE : SYSTEM_END};
        ledger_ending_post(&book, &purse, &event, sequence, false);
    }
    assert_int_equal(ledger_purse_find(&book, &purse, 1), 0);
    assert_int_not_equal(ledger_purse_find(&book, &purse, 3), 0);
    ledger_purses_release(&book);
}

// --- random worlds ---

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % below;
}

static void step(harness_t *h, uint64_t *random)
{
    uid_t16 account = customer((uint8_t)(1 + draw(random, CUSTOMERS)));
    kopecks_t amount = 1 + (kopecks_t)draw(random, draw(random, 10) ? 60 : 900);
    switch (draw(random, 9)) {
    case 0:
    case 1:
        paid(h, account, amount);
        break;
    case 2:
        given(h, account, amount);
        break;
    case 3: // refused where there is less
        (void)asked(h, account, posting_system_id(SYSTEM_CLEARING), amount, POSTING_REFUND);
        break;
    case 4: // of any lot that there is, or was, or is another's
        (void)charged_back(h, account, amount, draw(random, h->last + 1));
        break;
    case 5:
        (void)asked(h, account, posting_system_id(draw(random, 2) ? SYSTEM_CLEARING : SYSTEM_PROMO),
                    amount, draw(random, 2) ? POSTING_CHARGEBACK : POSTING_BONUS);
        break;
    default:
        used(h, account, amount);
        break;
    }
}

static void print(void *arg, const violation_t *v)
{
    print_error("seed %llu, %llu: %s: expected %s, found %s\n", *(unsigned long long *)arg,
                (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

static void verify_finds_nothing_in_random_worlds(void **state)
{
    (void)state;
    for (unsigned long long seed = 1; seed <= SEEDS; seed++) {
        uint64_t random = seed;
        harness_t *h = harness_new(&ledger_core, NULL);
        verify_report_t report = {.say = print, .arg = &seed};
        verify_ledger_t checker;
        for (unsigned i = 0; i < STEPS; i++)
            step(h, &random);
        verify_ledger_init(&checker, &report);
        for (uint64_t sequence = 1; sequence <= h->last; sequence++) {
            event_t event = harness_read(h, sequence);
            verify_ledger_feed(&checker, sequence, &event);
        }
        verify_ledger_finish(&checker, h->last);
        verify_ledger_release(&checker);
        assert_int_equal(report.violated, 0);
        harness_destroy(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_posting_names_what_it_took),
        TEST(bonus_and_cash_name_their_own),
        TEST(a_refund_takes_the_newest_lot),
        TEST(a_chargeback_takes_the_lot_that_it_names_first),
        TEST(more_lots_than_may_be_named_are_named_in_one),
        TEST(postings_from_before_make_the_same_lots),
        cmocka_unit_test(used_up_lots_are_forgotten_after_their_time),
        cmocka_unit_test(verify_finds_nothing_in_random_worlds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
