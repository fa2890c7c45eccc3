// Who may come in now, as a door sees it: a change of the board counts in the next message.
#include "services/process/security/roster.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static roster_row_t row_of(const char *key, role_t role)
{
    roster_row_t row = {.role = role};
    snprintf(row.key, sizeof row.key, "%s", key);
    snprintf(row.name, sizeof row.name, "name of %s", key);
    return row;
}

static void a_change_counts_in_the_next_question(void **state)
{
    (void)state;
    roster_board_t board;
    roster_t door;
    roster_board_init(&board);
    roster_open(&door, &board);
    assert_null(roster_find(&door, "c"));
    roster_row_t rows[] = {row_of("c", ROLE_WEB), row_of("a", ROLE_OPERATOR),
                           row_of("b", ROLE_WEB)};
    roster_board_write(&board, rows, 3);
    for (size_t i = 0; i < 3; i++) {
        const roster_row_t *found = roster_find(&door, rows[i].key);
        assert_non_null(found);
        assert_int_equal(found->role, rows[i].role);
        assert_string_equal(found->name, rows[i].name);
    }
    roster_board_write(&board, rows, 1);
    assert_null(roster_find(&door, "a"));
    assert_non_null(roster_find(&door, "c"));
    roster_board_write(&board, NULL, 0);
    assert_null(roster_find(&door, "c"));
    roster_close(&door);
    roster_board_release(&board);
}

static void nobody_has_no_key_and_no_long_one(void **state)
{
    (void)state;
    roster_board_t board;
    roster_t door;
    roster_board_init(&board);
    roster_open(&door, &board);
    char full[ROSTER_KEY_SIZE + 1];
    snprintf(full, sizeof full, "%041d", 0);
    roster_row_t row = row_of(full, ROLE_WEB); // cut to 40
    roster_board_write(&board, &row, 1);
    assert_null(roster_find(&door, NULL));
    assert_null(roster_find(&door, full));
    assert_null(roster_find(&door, ""));
    assert_non_null(roster_find(&door, row.key));
    roster_close(&door);
    roster_board_release(&board);
}

static void who_has_gone_or_changed_his_role_is_counted(void **state)
{
    (void)state;
    roster_board_t board;
    roster_board_init(&board);
    roster_row_t rows[] = {row_of("a", ROLE_WEB), row_of("b", ROLE_WEB)};
    static const struct {
        size_t count;
        role_t role_of_a;
        unsigned long long lost;
    } steps[] = {
        {2, ROLE_WEB, 0},     {2, ROLE_WEB, 0},     {2, ROLE_AUDITOR, 1},
        {1, ROLE_AUDITOR, 2}, {2, ROLE_AUDITOR, 2}, {0, ROLE_AUDITOR, 4},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        rows[0].role = steps[i].role_of_a;
        roster_board_write(&board, rows, steps[i].count);
        assert_int_equal(board.lost, steps[i].lost);
    }
    roster_board_release(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_counts_in_the_next_question),
        cmocka_unit_test(nobody_has_no_key_and_no_long_one),
        cmocka_unit_test(who_has_gone_or_changed_his_role_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
