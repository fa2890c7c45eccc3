// What people type into a form of the desk, and that each row of its table has a form at all.
#include "tools/desk/desk_commands.h"
#include "tools/desk/desk_routes.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void sums_are_rubles_with_at_most_two_digits_of_kopecks(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        kopecks_t sum; // -1: none
    } rows[] = {{"0", 0},
                {"100", 10000},
                {"99,50", 9950},
                {"99.5", 9950},
                {"1 000", 100000},
                {"1\u00a0000,01", 100001},
                {"1000000000000", POSTING_AMOUNT_MAX},
                {"1000000000000,01", -1},
                {"99999999999999999999", -1},
                {"", -1},
                {" ", -1},
                {"1,234", -1},
                {"1,", -1},
                {",5", -1},
                {"1,2,3", -1},
                {"-1", -1},
                {"+1", -1},
                {"1e3", -1},
                {"١", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kopecks_t sum = -1;
        bool read = desk_read_money(span_of(rows[i].typed), &sum);
        if (read != (rows[i].sum >= 0) || (read && sum != rows[i].sum))
            fail_msg("%s: %d %lld", rows[i].typed, read, (long long)sum);
    }
}

static void an_account_is_a_whole_uuid(void **state)
{
    (void)state;
    uid_t16 id;
    assert_true(desk_read_uid(SPAN("01234567-89ab-7def-8123-456789abcdef"), &id));
    assert_int_equal(id.bytes[15], 0xef);
    assert_false(desk_read_uid(SPAN("01234567-89ab-7def-8123-456789abcde"), &id));
    assert_false(desk_read_uid(SPAN("01234567-89ab-7def-8123-456789abcdeg"), &id));
    assert_false(desk_read_uid(SPAN(""), &id));
}

static bool has_field(const request_info_t *info, const char *name)
{
    for (size_t i = 0; i < info->fields_count; i++)
        if (strcmp(info->fields()[i].name, name) == 0)
            return true;
    return false;
}

// A name in a row that its request does not have would end the process at the first visit.
static void each_command_is_an_operators_and_its_fields_are_its_requests(void **state)
{
    (void)state;
    size_t count = 0;
    for (const desk_command_t *row; (row = desk_commands_at(count)) != NULL; count++) {
        const request_info_t *info = request_info(row->type);
        char path[128];
        assert_ptr_equal(desk_commands_find(row->name), row);
        assert_true(info->roles & ROLE_OPERATOR);
        assert_int_equal(info->kind, REQUEST_COMMAND);
        assert_non_null(row->show);
        size_t fields = 0;
        for (; row->fields[fields]; fields++)
            assert_true(has_field(info, row->fields[fields] + (*row->fields[fields] == '?')));
        assert_true(fields <= DESK_FIELDS_MAX && fields + 1 <= VISIT_AGAIN_MAX);
        snprintf(path, sizeof path, "/%s", row->back);
        assert_non_null(desk_routes_find(WEB_PAGES, path));
    }
    assert_true(count >= 30);
    assert_null(desk_commands_find(""));
    assert_null(desk_commands_find("nothing"));
}

static bool has_pending(const request_info_t *info)
{
    for (size_t i = 0; i < info->answer_count; i++)
        if (strcmp(info->answer_fields()[i].name, "pending") == 0)
            return true;
    return false;
}

static void expect_labels(const request_info_t *info)
{
    for (size_t i = 0; i < info->fields_count; i++)
        if (desk_fields_label(info->fields()[i].name) == TEXT_NONE)
            fail_msg("%s: %s has no label", info->name, info->fields()[i].name);
}

// Whatever is proposed is read at the desk before somebody agrees, and so is what is sent from it.
static void each_field_that_is_shown_has_a_label_in_both_languages(void **state)
{
    (void)state;
    const request_info_t *info;
    const desk_command_t *row;
    size_t proposed = 0;
    for (size_t i = 0; (info = request_info_at(i)) != NULL; i++)
        if (has_pending(info)) {
            expect_labels(info);
            proposed++;
        }
    assert_true(proposed > 5);
    for (size_t i = 0; (row = desk_commands_at(i)) != NULL; i++)
        expect_labels(request_info(row->type));
}

// Whoever only looks at a customer's page must find nothing there that changes anything.
static void no_route_of_a_customers_page_takes_a_post(void **state)
{
    (void)state;
    static const char *const posts[] = {
        "/balance/topup",  "/balance/promo",     "/autopay/off",      "/autopay/resume",
        "/autopay/limits", "/documents/company", "/robokassa/result", "/documents/invoice"};
    for (size_t i = 0; i < sizeof posts / sizeof posts[0]; i++)
        assert_null(desk_routes_find(WEB_PAGES, posts[i]));
    static const char *const shown[] = {"/balance", "/autopay", "/payments", "/documents"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        assert_false(web_route_takes(desk_routes_find(WEB_PAGES, shown[i]), "POST"));
    assert_true(web_route_takes(desk_routes_find(WEB_PAGES, "/desk/do/hold"), "POST"));
    assert_null(desk_routes_find(WEB_METRICS, "/desk"));
    assert_null(desk_routes_find(WEB_PAGES, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_rubles_with_at_most_two_digits_of_kopecks),
        cmocka_unit_test(an_account_is_a_whole_uuid),
        cmocka_unit_test(each_command_is_an_operators_and_its_fields_are_its_requests),
        cmocka_unit_test(each_field_that_is_shown_has_a_label_in_both_languages),
        cmocka_unit_test(no_route_of_a_customers_page_takes_a_post)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
