// What a period comes to: against an account that is kept by adding alone, in both directions, and
// every fault that a row or a balance can have is found and named.
#include "proto/posting.h"
#include "tools/kopeck/turnover.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { ROWS = 12, CUSTOMER = SYSTEM_END + 3 };

typedef struct {
    uint64_t sequence;
    event_posted_t posted;
} row_t;

typedef struct {
    turnover_point_t opening, closing;
    row_t rows[ROWS]; // oldest first
    size_t count;
} period_t;

// Credits and debits of cash and bonus by turns, from an opening balance below zero.
static period_t period_of(size_t count)
{
    period_t self = {.opening = {.sequence = 7, .cash = -250, .bonus = 40}, .count = count};
    turnover_point_t at = self.opening;
    for (size_t i = 0; i < count; i++) {
        bool credit = i % 3 != 2, bonus = i % 4 == 1;
        kopecks_t amount = (kopecks_t)(100 * i + 1);
        row_t *row = &self.rows[i];
        row->posted = (event_posted_t){.debit = credit ? SYSTEM_BANK : CUSTOMER,
                                       .credit = credit ? CUSTOMER : SYSTEM_REVENUE,
                                       .amount = amount,
                                       .previous = at.sequence};
        *(bonus ? &at.bonus : &at.cash) += credit ? amount : -amount;
        at.sequence = row->sequence = at.sequence + 2 + i;
        row->posted.cash = at.cash;
        row->posted.bonus = at.bonus;
    }
    self.closing = at;
    return self;
}

static turnover_t backwards(const period_t *period)
{
    turnover_t turnover = turnover_backwards(period->opening, period->closing);
    bool well = true;
    for (size_t i = period->count; i-- > 0;)
        well &= turnover_earlier(&turnover, period->rows[i].sequence, &period->rows[i].posted);
    well &= turnover_end_backwards(&turnover);
    assert_int_equal(well, *turnover.wrong == '\0');
    return turnover;
}

static turnover_t forwards(const period_t *period)
{
    turnover_t turnover = turnover_forwards(period->opening);
    bool well = true;
    for (size_t i = 0; i < period->count; i++)
        well &= turnover_later(&turnover, period->rows[i].sequence, &period->rows[i].posted);
    well &= turnover_end_forwards(&turnover);
    assert_int_equal(well, *turnover.wrong == '\0');
    return turnover;
}

static void expect_sum(turnover_sum_t sum, uint64_t count, kopecks_t cash, kopecks_t bonus)
{
    assert_int_equal(sum.count, count);
    assert_int_equal(sum.cash, cash);
    assert_int_equal(sum.bonus, bonus);
}

static void credits_and_debits_of_both_wallets_lead_from_opening_to_closing(void **state)
{
    (void)state;
    period_t period = period_of(6); // 1 cash, 101 bonus, -201 cash, 301 cash, 401 cash, -501 bonus
    for (int direction = 0; direction < 2; direction++) {
        turnover_t turnover = direction ? forwards(&period) : backwards(&period);
        assert_string_equal(turnover.wrong, "");
        expect_sum(turnover.credits, 4, 1 + 301 + 401, 101);
        expect_sum(turnover.debits, 2, 201, 501);
        assert_int_equal(turnover.closing.cash, -250 + 703 - 201);
        assert_int_equal(turnover.closing.bonus, 40 + 101 - 501);
        assert_int_equal(turnover.closing.sequence, period.rows[5].sequence);
    }
}

static void a_period_without_postings_ends_as_it_began(void **state)
{
    (void)state;
    period_t period = period_of(0);
    for (int direction = 0; direction < 2; direction++) {
        turnover_t turnover = direction ? forwards(&period) : backwards(&period);
        assert_string_equal(turnover.wrong, "");
        expect_sum(turnover.credits, 0, 0, 0);
        expect_sum(turnover.debits, 0, 0, 0);
        assert_int_equal(turnover.opening.cash, -250);
        assert_int_equal(turnover.closing.cash, -250);
        assert_int_equal(turnover.closing.bonus, 40);
    }
    period.closing.cash++;
    assert_string_not_equal(backwards(&period).wrong, "");
    period = period_of(0);
    period.closing.sequence++; // there was a posting that nobody showed
    assert_string_not_equal(backwards(&period).wrong, "");
}

// --- planted faults ---

static void damage_row(period_t *period, size_t i, int fault)
{
    event_posted_t *posted = &period->rows[i].posted;
    uint64_t debit = posted->debit;
    switch (fault) {
    case 0:
        posted->amount++;
        break;
    case 1:
        posted->cash++;
        break;
    case 2:
        posted->bonus--;
        break;
    case 3:
        posted->cash++, posted->bonus--;
        break; // the balance is right, its wallets are not
    case 4:
        posted->debit = posted->credit, posted->credit = debit;
        break;
    case 5:
        posted->previous--;
        break;
    case 6:
        period->rows[i].sequence++;
        break;
    case 7:
        posted->amount = -posted->amount;
        break;
    default:
        posted->amount = 0;
    }
}

static void whatever_is_wrong_in_a_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (int fault = 0; fault < 9; fault++) {
            period_t period = period_of(ROWS);
            damage_row(&period, i, fault);
            bool last = i == ROWS - 1 && fault == 6; // forwards it is nobody's business
            assert_string_not_equal(backwards(&period).wrong, "");
            assert_int_equal(*forwards(&period).wrong != '\0', !last);
        }
}

static void a_row_that_is_missing_or_there_twice_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        period_t period = period_of(ROWS - 1 > i ? ROWS - 1 : ROWS);
        row_t *row = &period.rows[i];
        period_t without = period, twice = period;
        memmove(&without.rows[i], row + 1, (period.count - i - 1) * sizeof *row);
        without.count--;
        assert_string_not_equal(backwards(&without).wrong, "");
        assert_int_equal(*forwards(&without).wrong != '\0', i + 1 < period.count);
        if (period.count == ROWS)
            continue;
        memmove(&twice.rows[i + 1], row, (period.count - i) * sizeof *row);
        twice.count++;
        assert_string_not_equal(backwards(&twice).wrong, "");
        assert_string_not_equal(forwards(&twice).wrong, "");
    }
}

// Balances and sums agree without the two; only who follows whom tells.
static void two_missing_rows_that_cancel_out_are_found(void **state)
{
    (void)state;
    period_t period = period_of(4);
    period.rows[2].posted.amount = period.rows[1].posted.amount;
    period.rows[2].posted.cash = period.rows[0].posted.cash;
    period.rows[2].posted.bonus = period.rows[0].posted.bonus;
    period.rows[3].posted.cash = period.rows[0].posted.cash + period.rows[3].posted.amount;
    period.rows[3].posted.bonus = period.rows[0].posted.bonus;
    period.closing.cash = period.rows[3].posted.cash;
    period.closing.bonus = period.rows[3].posted.bonus;
    assert_string_equal(backwards(&period).wrong, "");
    period.rows[1] = period.rows[3];
    period.count = 2;
    assert_string_equal(backwards(&period).wrong, "posting 21 says that it follows 16, and the "
                                                  "account's posting before it here is 9");
    assert_string_not_equal(forwards(&period).wrong, "");
}

static void what_does_not_add_up_is_named(void **state)
{
    (void)state;
    period_t period = period_of(3);
    period.rows[1].posted.amount += 5;
    static const char *const move =
        "posting 12, a credit of 1.06, takes cash from -2.49 to -2.49 and bonus from 0.40 to 1.41";
    assert_string_equal(forwards(&period).wrong, move);
    assert_string_equal(backwards(&period).wrong, move);
    period = period_of(3);
    period.closing.cash += 7;
    assert_string_equal(backwards(&period).wrong,
                        "the closing balance is told to be that after posting 16, and the period's "
                        "last posting 16 leaves another");
    period = period_of(3);
    period.opening.bonus--;
    assert_string_not_equal(backwards(&period).wrong, "");
}

// Sums alone, where every row was right: as if the reading had lost count.
static void sums_are_held_against_the_balances(void **state)
{
    (void)state;
    period_t period = period_of(2);
    turnover_t turnover = turnover_forwards(period.opening);
    assert_true(turnover_later(&turnover, period.rows[0].sequence, &period.rows[0].posted));
    turnover.credits.cash += 3;
    assert_false(turnover_end_forwards(&turnover));
    assert_string_equal(turnover.wrong, "cash: opening balance -2.50 + credits 0.04 - debits 0.00 "
                                        "is not the closing balance -2.49");
}

static void no_sum_leaves_its_range(void **state)
{
    (void)state;
    period_t period = {.opening = {.cash = INT64_MIN}, .closing = {1, INT64_MAX, 0}, .count = 1};
    period.rows[0] = (row_t){1, {.debit = SYSTEM_BANK, .credit = CUSTOMER, .amount = -1}};
    period.rows[0].posted.cash = INT64_MAX; // one less, modulo 2^64
    assert_string_not_equal(backwards(&period).wrong, "");
    assert_string_not_equal(forwards(&period).wrong, "");
    period = (period_t){.opening = {0, INT64_MAX, 1}, .closing = {0, INT64_MAX, 1}};
    assert_string_equal(backwards(&period).wrong, "cash and bonus together are no sum");
}

static void rubles_are_written_with_two_digits(void **state)
{
    (void)state;
    char text[TURNOVER_RUBLES_SIZE];
    turnover_rubles(-5, text);
    assert_string_equal(text, "-0.05");
    turnover_rubles(123456, text);
    assert_string_equal(text, "1234.56");
    turnover_rubles(INT64_MIN, text);
    assert_string_equal(text, "-92233720368547758.08");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credits_and_debits_of_both_wallets_lead_from_opening_to_closing),
        cmocka_unit_test(a_period_without_postings_ends_as_it_began),
        cmocka_unit_test(whatever_is_wrong_in_a_row_is_found),
        cmocka_unit_test(a_row_that_is_missing_or_there_twice_is_found),
        cmocka_unit_test(two_missing_rows_that_cancel_out_are_found),
        cmocka_unit_test(what_does_not_add_up_is_named),
        cmocka_unit_test(sums_are_held_against_the_balances),
        cmocka_unit_test(no_sum_leaves_its_range),
        cmocka_unit_test(rubles_are_written_with_two_digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
