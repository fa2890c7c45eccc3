// test_statement_parts - a statement grows within its limits.
#include "services/documents/statement_parts.h"
#include "documents_fixture.h"

static void documents_and_sections_are_counted_to_their_limits(void **state)
{
    (void)state;
    statement_t statement = {0};
    for (size_t i = 0; i < STATEMENT_DOCUMENTS_MAX; i++)
        assert_int_equal(statement_add_document(&statement, (uint32_t)i)->line, i);
    assert_null(statement_add_document(&statement, 7));
    assert_int_equal(statement.refusal, STATEMENT_TOO_LARGE);
    assert_int_equal(statement.refusal_line, 7);
    for (size_t i = 0; i < STATEMENT_SECTIONS_MAX; i++)
        assert_int_equal(statement_add_section(&statement, (uint32_t)i)->line, i);
    assert_null(statement_add_section(&statement, 8));
    assert_int_equal(statement.refusal_line, 8);
    statement_release(&statement);
}

static void accounts_are_kept_once_and_to_their_limit(void **state)
{
    (void)state;
    statement_t statement = {0};
    static char texts[STATEMENT_ACCOUNTS_MAX + 1][4];
    for (size_t i = 0; i <= STATEMENT_ACCOUNTS_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", i % 1000);
        assert_int_equal(statement_add_account(&statement, span_of(texts[i]), 5),
                         i < STATEMENT_ACCOUNTS_MAX);
    }
    assert_true(statement_add_account(&statement, span_of("3"), 5));
    assert_int_equal(statement.accounts_count, STATEMENT_ACCOUNTS_MAX);
    statement_release(&statement);
}

static void warnings_beyond_the_limit_are_not_said(void **state)
{
    (void)state;
    statement_t statement = {0};
    for (uint32_t i = 0; i < 2 * STATEMENT_WARNINGS_MAX; i++)
        statement_warn(&statement, WARN_GAP, i);
    assert_int_equal(statement.warnings_count, STATEMENT_WARNINGS_MAX);
    assert_int_equal(statement.warnings[STATEMENT_WARNINGS_MAX - 1].line,
                     STATEMENT_WARNINGS_MAX - 1);
    statement_release(&statement);
}

static void pieces_are_joined_and_made_plain(void **state)
{
    (void)state;
    statement_t statement = {.text_size = 64};
    const span_t pieces[] = {{NULL, 0}, SPAN("a  b"), {NULL, 0}, SPAN("c")};
    span_t joined = statement_join(&statement, pieces, 4);
    assert_true(span_is(joined, SPAN("a  b c")));
    assert_true(span_is(statement_plain(&statement, joined), SPAN("a b c")));
    assert_int_equal(statement_join(&statement, pieces, 1).size, 0);
    assert_true(span_is(joined, SPAN("a  b c")));
    statement_release(&statement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_and_sections_are_counted_to_their_limits),
        cmocka_unit_test(accounts_are_kept_once_and_to_their_limit),
        cmocka_unit_test(warnings_beyond_the_limit_are_not_said),
        cmocka_unit_test(pieces_are_joined_and_made_plain),
    };
    return cmocka_run_group_tests_name("statement_parts", tests, NULL, NULL);
}
