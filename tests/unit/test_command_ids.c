#include "services/node/command_ids.h"
#include "services/process/uuid7.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define NOW (INT64_C(1767225600) * SECOND_US)
static const uid_t16 content = {{1}}, other = {{2}};

static uid_t16 made(int64_t at_us, uint32_t n)
{
    uint8_t random[10] = {0};
    memcpy(random + sizeof random - sizeof n, &n, sizeof n);
    return uuid7_of(at_us, random);
}

static fail_t check(const command_ids_t *ids, uid_t16 id, uint64_t *ret_sequence)
{
    return command_ids_check(ids, &id, &content, NOW, ret_sequence);
}

static void an_id_is_new_then_known_then_in_conflict(void **state)
{
    (void)state;
    command_ids_t ids;
    uint64_t sequence = 9;
    uid_t16 id = made(NOW, 1);
    command_ids_init(&ids);
    assert_int_equal(check(&ids, id, &sequence), FAIL_NONE);
    assert_int_equal(sequence, 0);
    command_ids_add(&ids, &id, &content, 5);
    command_ids_add(&ids, &id, &other, 6); // an event more of the same command
    assert_int_equal(check(&ids, id, &sequence), FAIL_NONE);
    assert_int_equal(sequence, 5);
    assert_int_equal(command_ids_check(&ids, &id, &other, NOW, &sequence), FAIL_CONFLICT);
    command_ids_release(&ids);
}

static void only_a_uuid_of_version_seven_is_an_id(void **state)
{
    (void)state;
    command_ids_t ids;
    uint64_t sequence;
    command_ids_init(&ids);
    for (unsigned version = 0; version < 16; version++)
        for (unsigned variant = 0; variant < 4; variant++) {
            uid_t16 id = made(NOW, 1);
            id.bytes[6] = (uint8_t)(version << 4);
            id.bytes[8] = (uint8_t)(variant << 6);
            assert_int_equal(check(&ids, id, &sequence) == FAIL_NONE, version == 7 && variant == 2);
        }
    command_ids_release(&ids);
}

static void the_window_is_thirty_days_back_and_five_minutes_ahead(void **state)
{
    (void)state;
    command_ids_t ids;
    uint64_t sequence;
    uid_t16 newest = made(NOW, 1);
    command_ids_init(&ids);
    assert_int_equal(check(&ids, made(NOW - 400 * DAY_US, 2), &sequence),
                     FAIL_NONE); // none is newer
    command_ids_add(&ids, &newest, &content, 1);
    assert_int_equal(check(&ids, made(NOW - 30 * DAY_US, 2), &sequence), FAIL_NONE);
    assert_int_equal(check(&ids, made(NOW - 30 * DAY_US - 1000, 2), &sequence), FAIL_EXPIRED);
    assert_int_equal(check(&ids, made(NOW + 5 * MINUTE_US, 2), &sequence), FAIL_NONE);
    assert_int_equal(check(&ids, made(NOW + 5 * MINUTE_US + 1000, 2), &sequence), FAIL_FUTURE);
    command_ids_release(&ids);
}

// Ids arrive in an order that would push the first one out of any queue.
static void nothing_is_evicted_by_order_of_arrival(void **state)
{
    (void)state;
    command_ids_t ids;
    uint64_t sequence;
    uid_t16 first = made(NOW - 29 * DAY_US, 0);
    command_ids_init(&ids);
    command_ids_add(&ids, &first, &content, 1);
    for (uint32_t n = 1; n < 50000; n++) {
        uid_t16 id = made(NOW - (int64_t)(n % 29) * DAY_US, n);
        command_ids_add(&ids, &id, &content, 1 + n);
    }
    assert_int_equal(ids.table.count, 50000);
    assert_int_equal(check(&ids, first, &sequence), FAIL_NONE);
    assert_int_equal(sequence, 1);
    command_ids_release(&ids);
}

static void what_is_dropped_is_refused_as_expired_and_never_new(void **state)
{
    (void)state;
    command_ids_t ids;
    uint64_t sequence;
    command_ids_init(&ids);
    for (uint32_t n = 0; n < 40000; n++) { // 400 days, 100 ids a day
        uid_t16 id = made(NOW - (400 - (int64_t)n / 100) * DAY_US, n);
        command_ids_add(&ids, &id, &content, 1 + n);
    }
    assert_true(ids.table.count < 12000);
    for (uint32_t n = 0; n < 40000; n++) {
        int64_t at = NOW - (400 - (int64_t)n / 100) * DAY_US;
        fail_t fail = check(&ids, made(at, n), &sequence);
        if (at < NOW - 31 * DAY_US)
            assert_int_equal(fail, FAIL_EXPIRED);
        else
            assert_true(fail == FAIL_NONE && sequence == 1 + n);
    }
    command_ids_release(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_new_then_known_then_in_conflict),
        cmocka_unit_test(only_a_uuid_of_version_seven_is_an_id),
        cmocka_unit_test(the_window_is_thirty_days_back_and_five_minutes_ahead),
        cmocka_unit_test(nothing_is_evicted_by_order_of_arrival),
        cmocka_unit_test(what_is_dropped_is_refused_as_expired_and_never_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
