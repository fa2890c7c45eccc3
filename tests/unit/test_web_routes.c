// The table of routes: which path is served where, and by which methods.
#include "services/web/web_routes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { BOTH = WEB_PAGES | WEB_NOTICES };

static void each_path_takes_its_own_methods(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        edge_read_fn *read; // NULL: not found, or not by this method
        bool found;
    } cases[] = {
        {"POST", "/robokassa/result", edge_read_notice, true},
        {"GET", "/robokassa/result", edge_read_notice, true},
        {"POST", "/robokassa/success", edge_read_success, true},
        {"GET", "/robokassa/fail", edge_read_failure, true},
        {"GET", "/health", edge_read_health, true},
        {"POST", "/health", NULL, true},
        {"PUT", "/robokassa/result", NULL, true},
        {"get", "/health", NULL, true},
        {"HEAD", "/health", NULL, true},
        {"GET", "/nowhere", NULL, false},
        {"GET", "", NULL, false},
        {"GET", "/robokassa/result/", NULL, false},
        {"DELETE", "/robokassa", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const web_route_t *route = web_route_find(BOTH, cases[i].path);
        assert_int_equal(route != NULL, cases[i].found);
        bool taken = route && web_route_takes(route, cases[i].method);
        assert_int_equal(taken, cases[i].read != NULL);
        if (taken)
            assert_ptr_equal(route->read, cases[i].read);
    }
}

static void notices_and_pages_can_be_served_apart(void **state)
{
    (void)state;
    assert_non_null(web_route_find(WEB_NOTICES, "/robokassa/result"));
    assert_null(web_route_find(WEB_PAGES, "/robokassa/result"));
    static const char *const pages[] = {"/robokassa/success", "/robokassa/fail", "/health"};
    for (size_t i = 0; i < 3; i++) {
        assert_null(web_route_find(WEB_NOTICES, pages[i]));
        assert_non_null(web_route_find(WEB_PAGES, pages[i]));
    }
}

static void metrics_are_served_to_who_runs_us_alone(void **state)
{
    (void)state;
    const web_route_t *route = web_route_find(WEB_METRICS, "/metrics");
    assert_non_null(route);
    assert_true(route->inner && route->step && route->lane == WEB_LANE_METRICS);
    assert_true(web_route_takes(route, "GET") && web_route_takes(route, "HEAD"));
    assert_false(web_route_takes(route, "POST"));
    assert_null(web_route_find(BOTH, "/metrics"));
    static const char *const others[] = {"/", "/balance", "/health", "/robokassa/result"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_null(web_route_find(WEB_METRICS, others[i]));
}

static void the_customers_page_has_steps(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        bool found, taken;
    } rows[] = {{"GET", "/balance", true, true},        {"HEAD", "/balance", true, true},
                {"POST", "/balance", true, false},      {"POST", "/balance/topup", true, true},
                {"GET", "/balance/topup", true, false}, {"GET", "/payments/17", true, true},
                {"GET", "/payments", true, true},       {"GET", "/static/a.css", true, true},
                {"GET", "/balance/", false, false},     {"GET", "/", true, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const web_route_t *route = web_route_find(WEB_PAGES, rows[i].path);
        assert_int_equal(route != NULL, rows[i].found);
        assert_int_equal(route && web_route_takes(route, rows[i].method), rows[i].taken);
        assert_true(!route || route->step);
        assert_null(web_route_find(WEB_NOTICES, rows[i].path));
    }
    assert_non_null(web_route_missing.step);
    assert_true(web_route_takes(&web_route_missing, "HEAD"));
}

static void a_route_says_which_methods_it_has(void **state)
{
    (void)state;
    assert_string_equal(web_route_allow(web_route_find(BOTH, "/health")), "GET");
    assert_string_equal(web_route_allow(web_route_find(BOTH, "/robokassa/fail")), "GET, POST");
    web_route_t form = {.methods = WEB_POST};
    assert_string_equal(web_route_allow(&form), "POST");
    assert_true(web_route_takes(&form, "POST"));
    assert_false(web_route_takes(&form, "GET"));
}

static void a_notice_never_waits_in_the_lane_of_the_pages(void **state)
{
    (void)state;
    static const char *const paths[] = {"/robokassa/result", "/robokassa/success",
                                        "/robokassa/fail", "/health"};
    for (size_t i = 0; i < 4; i++) {
        const web_route_t *route = web_route_find(BOTH, paths[i]);
        assert_int_equal(route->lane, i == 0 ? WEB_LANE_NOTICES : WEB_LANE_PAGES);
        assert_true(route->deadline_ms > 0 && route->form_max <= EDGE_BODY_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_takes_its_own_methods),
        cmocka_unit_test(notices_and_pages_can_be_served_apart),
        cmocka_unit_test(metrics_are_served_to_who_runs_us_alone),
        cmocka_unit_test(the_customers_page_has_steps),
        cmocka_unit_test(a_route_says_which_methods_it_has),
        cmocka_unit_test(a_notice_never_waits_in_the_lane_of_the_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
