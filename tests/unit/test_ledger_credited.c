// The table of credited numbers against a plain list.
#include "services/ledger/ledger_credited.h"
#include "tests/simulation/draw.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { NUMBERS = 3000, DAYS = 900 };

typedef struct {
    uint64_t numbers[NUMBERS];
    size_t count;
} list_t;

static bool has(const list_t *self, uint64_t number, instant_t now)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->numbers[i] == number)
            return !ledger_credited_is_past(number, now);
    return false;
}

static void it_holds_what_a_list_holds_and_forgets_by_the_numbers_own_time(void **state)
{
    (void)state;
    ledger_credited_t credited = {0};
    static list_t list;
    draw_t draw = draw_fork(1, 1);
    uint64_t last = 0;
    for (unsigned i = 0; i < NUMBERS; i++) {
        instant_t now = INT64_C(1780000000) * SECOND_US + i * (DAYS * DAY_US / NUMBERS);
        last = payment_number_next(last, now - draw_span(&draw, 0, 100 * DAY_US));
        if (draw_below(&draw, 50) == 0)
            list.numbers[list.count++] = PAYMENT_NUMBER_MAX + 1 + draw_below(&draw, 1000);
        else
            list.numbers[list.count++] = payment_number_next(0, payment_number_time(last));
        ledger_credited_add(&credited, list.numbers[list.count - 1]);
        ledger_credited_add(&credited, list.numbers[draw_below(&draw, list.count)]);
        ledger_credited_forget(&credited, now);
        for (unsigned k = 0; k < 8; k++) {
            uint64_t number = list.numbers[draw_below(&draw, list.count)];
            number += draw_below(&draw, 4) ? 0 : PAYMENT_PARTITIONS;
            assert_int_equal(ledger_credited_has(&credited, number), has(&list, number, now));
        }
    }
    assert_in_range(ledger_credited_count(&credited), NUMBERS / 3, NUMBERS * 2 / 3);
    assert_true(credited.cap <= NUMBERS * 2); // what was forgotten gives its room back
    ledger_credited_release(&credited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_a_list_holds_and_forgets_by_the_numbers_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
