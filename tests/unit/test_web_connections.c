// How long a connection may keep us waiting, whatever it sends meanwhile.
#include "services/web/web_connections.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { NOW = 5000 };

static void a_connection_has_its_patience_and_not_more(void **state)
{
    (void)state;
    web_connections_t list;
    web_connection_t one = {0};
    web_connections_init(&list);
    assert_int_equal(web_connections_next(&list), INT64_MAX);
    assert_null(web_connections_overdue(&list, INT64_MAX));
    web_connections_expect(&list, &one, NOW);
    assert_int_equal(web_connections_next(&list), NOW + WEB_PATIENCE_MS);
    assert_null(web_connections_overdue(&list, NOW + WEB_PATIENCE_MS - 1));
    assert_ptr_equal(web_connections_overdue(&list, NOW + WEB_PATIENCE_MS), &one);
    assert_null(web_connections_overdue(&list, NOW + WEB_PATIENCE_MS)); // told once
    assert_int_equal(web_connections_next(&list), INT64_MAX);
}

static void the_first_that_was_expected_is_the_first_to_end(void **state)
{
    (void)state;
    web_connections_t list;
    web_connection_t rows[3];
    memset(rows, 0, sizeof rows);
    web_connections_init(&list);
    for (int i = 0; i < 3; i++)
        web_connections_expect(&list, &rows[i], NOW + i);
    web_connections_expect(&list, &rows[0], NOW + 7); // it had its reply: a new request
    assert_ptr_equal(web_connections_overdue(&list, INT64_MAX), &rows[1]);
    assert_ptr_equal(web_connections_overdue(&list, INT64_MAX), &rows[2]);
    assert_int_equal(web_connections_next(&list), NOW + 7 + WEB_PATIENCE_MS);
    assert_ptr_equal(web_connections_overdue(&list, INT64_MAX), &rows[0]);
    assert_null(web_connections_overdue(&list, INT64_MAX));
}

static void while_we_owe_an_answer_no_time_runs(void **state)
{
    (void)state;
    web_connections_t list;
    web_connection_t rows[3];
    memset(rows, 0, sizeof rows);
    web_connections_init(&list);
    for (int i = 0; i < 3; i++)
        web_connections_expect(&list, &rows[i], NOW);
    web_connections_spare(&rows[1]);
    web_connections_spare(&rows[1]); // as when it is closed after that
    assert_ptr_equal(web_connections_overdue(&list, INT64_MAX), &rows[0]);
    assert_ptr_equal(web_connections_overdue(&list, INT64_MAX), &rows[2]);
    assert_null(web_connections_overdue(&list, INT64_MAX));
    web_connections_expect(&list, &rows[1], NOW + 9000);
    assert_int_equal(web_connections_next(&list), NOW + 9000 + WEB_PATIENCE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_has_its_patience_and_not_more),
        cmocka_unit_test(the_first_that_was_expected_is_the_first_to_end),
        cmocka_unit_test(while_we_owe_an_answer_no_time_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
