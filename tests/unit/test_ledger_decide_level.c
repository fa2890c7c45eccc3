// Bonuses for missed service levels: once for an account and month, and of no other sum than the
// rule comes to.
#include "services/ledger/ledger_decide_level.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "tests/unit/ledger_words.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t december = 2025 * 12 + 11;

// 2345.67 of usage, 43 000 of 44 640 minutes up.
static request_level_grant_t missed(void)
{
    return (request_level_grant_t){.account = customer(1),
                                   .month = december,
                                   .up = 43000,
                                   .all = 44640,
                                   .use = 234567,
                                   .topups = 500000,
                                   .amount = 46913,
                                   .metering = 77};
}

static fail_t granted(harness_t *h, request_level_grant_t order)
{
    request_t request = {.type = REQUEST_level_grant, .level_grant = order};
    h->now = NOON > h->now ? NOON : h->now;
    return harness_command(h, &request);
}

static void a_level_that_was_missed_is_a_bonus(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500000);
    assert_int_equal(granted(h, missed()), FAIL_NONE);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    event_t given = harness_caused(h, 1, EVENT_bonus_given);
    const event_t level = harness_caused(h, 2, EVENT_level_granted);
    uid_t16 account = customer(1), reference = posting_level_reference(&account, december);
    assert_int_equal(posted.posted.debit, SYSTEM_PROMO);
    assert_int_equal(posted.posted.kind, POSTING_BONUS);
    assert_int_equal(given.bonus_given.source, BONUS_OF_LEVEL);
    assert_int_equal(given.bonus_given.lot, posted.posted.lot);
    assert_true(uid_equal(&given.bonus_given.reference, &reference));
    assert_int_equal(level.level_granted.percent, 20);
    assert_int_equal(level.level_granted.granted, 0);
    assert_int_equal(balance_of(h, customer(1)).bonus, 46913);
}

static void it_is_given_once_for_an_account_and_month(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500000);
    assert_int_equal(granted(h, missed()), FAIL_NONE);
    uint64_t last = h->last;
    assert_int_equal(granted(h, missed()), FAIL_NONE);
    assert_int_equal(h->last, last);
    request_level_grant_t order = missed();
    order.month--;
    order.lost = true; // 50 %, with what was given before no more than was paid in
    order.topups = 100000;
    order.amount = 100000 - 46913;
    assert_int_equal(granted(h, order), FAIL_NONE);
    assert_int_equal(harness_read(h, h->last).level_granted.granted, 46913);
    assert_int_equal(balance_of(h, customer(1)).bonus, 100000);
}

static void what_the_rule_does_not_come_to_is_refused(void **state)
{
    harness_t *h = *state;
    static const uint8_t no_list[] = {0x91, 0xc0};
    const struct {
        size_t offset;
        int64_t value;
        fail_t fail;
        const char *detail;
    } rows[] = {
#define FIELD_OF(name) offsetof(request_level_grant_t, name)
        {FIELD_OF(amount), 46912, FAIL_MISMATCH, "another amount follows from the level"},
        {FIELD_OF(up), 44600, FAIL_INVALID, "nothing is due for that level"},
        {FIELD_OF(topups), 0, FAIL_INVALID, "nothing is due for that level"},
        {FIELD_OF(month), (int64_t)december + 1, FAIL_INVALID, "the month is not over"},
        {FIELD_OF(month), INT64_MAX, FAIL_INVALID, "the month is not over"},
        {FIELD_OF(all), 0, FAIL_INVALID, "expected minutes in all, and no more that were up"},
        {FIELD_OF(up), 44641, FAIL_INVALID, "expected minutes in all, and no more that were up"},
        {FIELD_OF(use), -1, FAIL_INVALID, "usage and top-ups are not below nought"},
        {FIELD_OF(topups), -1, FAIL_INVALID, "usage and top-ups are not below nought"},
#undef FIELD_OF
    };
    paid(h, customer(1), 500000);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request_level_grant_t order = missed();
        memcpy((char *)&order + rows[i].offset, &rows[i].value, sizeof rows[i].value);
        assert_int_equal(granted(h, order), rows[i].fail);
        assert_string_equal(h->detail, rows[i].detail);
    }
    request_level_grant_t order = missed();
    order.resources = (bytes_t){no_list, sizeof no_list};
    assert_int_equal(granted(h, order), FAIL_INVALID);
    order = missed();
    order.account = posting_system_id(SYSTEM_PROMO);
    assert_int_equal(granted(h, order), FAIL_INVALID);
    order.account = customer(9);
    assert_int_equal(granted(h, order), FAIL_UNKNOWN_ACCOUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_level_that_was_missed_is_a_bonus),
        TEST(it_is_given_once_for_an_account_and_month),
        TEST(what_the_rule_does_not_come_to_is_refused),
    };
    return cmocka_run_group_tests_name("ledger_decide_level", tests, NULL, NULL);
}
