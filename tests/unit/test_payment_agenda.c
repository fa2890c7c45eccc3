// An agenda against a plain list: whatever is put in, moved and taken out, it comes in order.
#include "services/payment/payment_agenda.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants those first
#include <cmocka.h>

enum { ROWS = 200, STEPS = 20000 };

static uint64_t random_state = 7;

static uint64_t chance(uint64_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (random_state >> 33) % below;
}

// The list's order: instant, then row. Fills `rows` with those not after `now`; returns how many.
static size_t plain_due(const instant_t *list, instant_t now, size_t max, uint32_t *rows,
                        instant_t *ret_next)
{
    bool taken[ROWS] = {false};
    for (size_t count = 0;; count++) {
        uint32_t least = ROWS;
        for (uint32_t row = 0; row < ROWS; row++) {
            if (list[row] >= 0 && !taken[row] && (least == ROWS || list[row] < list[least]))
                least = row;
        }
        *ret_next = least == ROWS ? INT64_MAX : list[least];
        if (least == ROWS || count == max || list[least] > now)
            return count;
        taken[least] = true;
        rows[count] = least;
    }
}

static void it_agrees_with_a_plain_list(void **state)
{
    (void)state;
    payment_agenda_t agenda = {.turns_cap = 0};
    instant_t list[ROWS], next, expected_next;
    uint32_t rows[PAYMENT_AGENDA_TAKE_MAX], expected[PAYMENT_AGENDA_TAKE_MAX];
    for (int i = 0; i < ROWS; i++)
        list[i] = -1;
    for (int i = 0; i < STEPS; i++) {
        uint32_t row = (uint32_t)chance(ROWS);
        if (chance(3)) {
            uint32_t turn = payment_agenda_turn(&agenda, row);
            list[row] = (instant_t)chance(100);
            payment_agenda_set(&agenda, row, list[row]);
            assert_int_equal(payment_agenda_turn(&agenda, row), turn + 1);
        } else {
            list[row] = -1;
            payment_agenda_remove(&agenda, row);
        }
        assert_int_equal(payment_agenda_has(&agenda, row), list[row] >= 0);
        instant_t now = (instant_t)chance(110);
        size_t max = chance(PAYMENT_AGENDA_TAKE_MAX + 1);
        size_t count = payment_agenda_due(&agenda, now, max, rows, &next);
        assert_int_equal(count, plain_due(list, now, max, expected, &expected_next));
        assert_memory_equal(rows, expected, count * sizeof rows[0]);
        assert_int_equal(next, expected_next);
        plain_due(list, 0, 0, expected, &expected_next);
        assert_int_equal(payment_agenda_first(&agenda), expected_next);
    }
    payment_agenda_release(&agenda);
}

static void an_empty_agenda_has_nothing_to_say(void **state)
{
    (void)state;
    payment_agenda_t agenda = {.turns_cap = 0};
    uint32_t rows[PAYMENT_AGENDA_TAKE_MAX];
    instant_t next;
    assert_int_equal(payment_agenda_first(&agenda), INT64_MAX);
    assert_int_equal(payment_agenda_due(&agenda, INT64_MAX, 64, rows, &next), 0);
    assert_int_equal(next, INT64_MAX);
    assert_false(payment_agenda_has(&agenda, 5));
    assert_int_equal(payment_agenda_turn(&agenda, 5), 0);
    payment_agenda_remove(&agenda, 5);
    payment_agenda_release(&agenda);
}

static void taking_empties_it_in_order_and_keeps_the_turns(void **state)
{
    (void)state;
    payment_agenda_t agenda = {.turns_cap = 0};
    payment_agenda_set(&agenda, 7, 30);
    payment_agenda_set(&agenda, 9, 10);
    payment_agenda_set(&agenda, 2, 10);
    payment_agenda_set(&agenda, 7, 20);
    assert_int_equal(payment_agenda_count(&agenda), 3);
    assert_int_equal(payment_agenda_take(&agenda), 2);
    assert_int_equal(payment_agenda_take(&agenda), 9);
    assert_int_equal(payment_agenda_take(&agenda), 7);
    assert_int_equal(payment_agenda_take(&agenda), HEAP_NONE);
    assert_int_equal(payment_agenda_count(&agenda), 0);
    assert_int_equal(payment_agenda_turn(&agenda, 7), 2);
    payment_agenda_release(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_a_plain_list),
        cmocka_unit_test(an_empty_agenda_has_nothing_to_say),
        cmocka_unit_test(taking_empties_it_in_order_and_keeps_the_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
