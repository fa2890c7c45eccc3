// What bonuses for missed service levels are computed from: of the month, the resources and the
// account alone, and up to the sequence that is named.
#include "tools/kopeck/level_sums.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "proto/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define AUGUST (2026 * 12 + UINT64_C(7))

static const uid_t16 one = {{1}}, other = {{2}}, disk = {{3}}, box = {{4}};

static event_t used(const uid_t16 *account, const uid_t16 *resource, instant_t hour,
                    kopecks_t amount)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = *account;
    event.usage_charged.resource = *resource;
    event.usage_charged.hour = hour;
    event.usage_charged.amount = amount;
    return event;
}

static void usage_is_of_its_hours_month_and_of_the_affected(void **state)
{
    (void)state;
    uint8_t list[32];
    pack_t pack;
    pack_start(&pack, list, sizeof list);
    pack_array(&pack, 1);
    pack_uid(&pack, &disk);
    event_level_granted_t all = {.account = one, .month = AUGUST, .metering = 6}, few = all;
    few.resources = (bytes_t){list, (uint32_t)pack_end(&pack)};
    level_sums_t sums;
    level_sums_init(&sums);
    assert_true(level_sums_add(&sums, 9, &all));
    assert_true(level_sums_add(&sums, 9, &few));
    instant_t first = month_start(AUGUST), last = month_start(AUGUST + 1) - HOUR_US;
    const event_t events[] = {
        used(&one, &disk, first, 100),
        used(&one, &box, last, 10),
        used(&other, &box, first, 1),
        used(&one, &box, first - HOUR_US, 1),
        used(&one, &box, last + HOUR_US, 1),
        {.type = EVENT_usage_credited,
         .usage_credited = {.account = one, .resource = disk, .hour = first, .amount = 30}},
        used(&one, &disk, first, 1)}; // behind what is named
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        level_sums_metering(&sums, i + 1, &events[i]);
    assert_int_equal(sums.rows[0].use, 80);
    assert_int_equal(sums.rows[1].use, 70);
    level_sums_release(&sums);
}

static void what_was_paid_in_before_the_month_counts(void **state)
{
    (void)state;
    event_level_granted_t level = {.account = one, .month = AUGUST};
    level_sums_t sums;
    level_sums_init(&sums);
    assert_true(level_sums_add(&sums, 7, &level));
    static const struct {
        instant_t before; // the month
        posting_kind_t kind;
        uint64_t credit;
    } rows[] = {{1, POSTING_TOPUP, 64}, {1, POSTING_AUTOPAY, 64},
                {1, POSTING_BANK, 64},  {0, POSTING_TOPUP, 64},
                {1, POSTING_BONUS, 64}, {1, POSTING_TOPUP, SYSTEM_SUSPENSE},
                {1, POSTING_TOPUP, 64}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event_t event = {.type = EVENT_posted, .at = month_start(AUGUST) - rows[i].before};
        event.posted = (event_posted_t){
            .account = one, .credit = rows[i].credit, .amount = 100, .kind = rows[i].kind};
        level_sums_ledger(&sums, i + 1, &event); // the last one lies behind the bonus
    }
    assert_int_equal(sums.rows[0].topups, 300);
    level_sums_release(&sums);
}

static void what_is_no_list_of_ids_is_refused(void **state)
{
    (void)state;
    static const uint8_t lists[][2] = {{0x90, 0}, {0x91, 0xc0}, {0xc0, 0}};
    level_sums_t sums;
    level_sums_init(&sums);
    for (size_t i = 0; i < 3; i++) {
        event_level_granted_t level = {.resources = {lists[i], i ? 2 : 1}};
        assert_false(level_sums_add(&sums, 1, &level));
    }
    assert_int_equal(sums.count, 0);
    level_sums_release(&sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_is_of_its_hours_month_and_of_the_affected),
        cmocka_unit_test(what_was_paid_in_before_the_month_counts),
        cmocka_unit_test(what_is_no_list_of_ids_is_refused),
    };
    return cmocka_run_group_tests_name("level_sums", tests, NULL, NULL);
}
