// What kopeck-web makes of its configuration: who serves what, from whom, and what is refused.
#include "services/web/web_settings.h"
#include "services/web/web_routes.h"
#include "tests/unit/config_rig.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

// Reads a configuration whose section web holds these lines.
static config_t *load(const char *web, web_settings_t *ret_settings)
{
    config_t *config =
        config_rig_load("process\n    name = web\ncertificates\n    secret = /a\n"
                        "payment\n    command = ipc:///b\n    certificate = /c\nweb\n%s",
                        web);
    web_settings_read(config, ret_settings);
    return config;
}

static void without_a_listener_of_their_own_notices_come_with_the_pages(void **state)
{
    (void)state;
    web_settings_t settings;
    config_t *config = load("    listen = 127.0.0.1:81\n", &settings);
    assert_null(config_check(config));
    assert_string_equal(settings.notices.listen, "");
    assert_int_equal(settings.pages.served, WEB_PAGES | WEB_NOTICES);
    assert_int_equal(ntohs(settings.pages.address.sin_port), 81);
    assert_int_equal(settings.pages.connections, 256);
    assert_string_equal(settings.doors[WEB_DOOR_PAYMENT].command, "ipc:///b");
    assert_string_equal(settings.doors[WEB_DOOR_PAYMENT].certificate, "/c");
    config_destroy(&config);
}

static void with_one_they_come_there_alone(void **state)
{
    (void)state;
    web_settings_t settings;
    config_t *config = load("    connections = 7\n    notices_listen = 127.0.0.1:82\n"
                            "    notices_connections = 9\n    notices_port_file = /d\n"
                            "    notices_from = \"192.0.2.7 ::ffff:192.0.2.8\"\n",
                            &settings);
    assert_null(config_check(config));
    assert_int_equal(settings.pages.served, WEB_PAGES);
    assert_int_equal(settings.notices.served, WEB_NOTICES);
    assert_int_equal(ntohs(settings.pages.address.sin_port), 8080);
    assert_int_equal(ntohs(settings.notices.address.sin_port), 82);
    assert_int_equal(settings.pages.connections, 7);
    assert_int_equal(settings.notices.connections, 9);
    assert_string_equal(settings.notices.port_file, "/d");
    assert_int_equal(settings.notices.source.allowed.count, 2);
    assert_int_equal(settings.notices.per_address, settings.pages.per_address);
    config_destroy(&config);
}

static void metrics_have_a_listener_only_where_one_is_configured(void **state)
{
    (void)state;
    web_settings_t settings;
    config_t *config = load("", &settings);
    assert_null(config_check(config));
    assert_string_equal(settings.metrics.listen, "");
    config_destroy(&config);
    // Then every process is asked, so its door must be there.
    config = load("    metrics_listen = 127.0.0.1:83\n", &settings);
    assert_non_null(config_check(config));
    assert_non_null(strstr(config_check(config), "ledger/command"));
    config_destroy(&config);
    config = load("    metrics_listen = 127.0.0.1:83\n    metrics_port_file = /e\n"
                  "ledger\n    command = ipc:///l\n    certificate = /c\n"
                  "autopay\n    command = ipc:///a\n    certificate = /c\n"
                  "metering\n    command = ipc:///m\n    certificate = /c\n"
                  "documents\n    command = ipc:///d\n    certificate = /c\n"
                  "notify\n    command = ipc:///n\n    certificate = /c\n",
                  &settings);
    assert_null(config_check(config));
    assert_int_equal(settings.metrics.served, WEB_METRICS);
    assert_int_equal(ntohs(settings.metrics.address.sin_port), 83);
    assert_int_equal(settings.metrics.connections, 8);
    assert_string_equal(settings.metrics.port_file, "/e");
    assert_string_equal(settings.doors[WEB_DOOR_METERING].command, "ipc:///m");
    assert_int_equal(settings.pages.served, WEB_PAGES | WEB_NOTICES);
    config_destroy(&config);
}

static void a_second_of_one_ready_file_or_port_file_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"    port_file = /tmp/kopeck-web-claimed\n",
                                        "    notices_listen = 127.0.0.1:82\n"
                                        "    notices_port_file = /tmp/kopeck-web-claimed\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        web_settings_t settings;
        claims_t first = {.count = 0}, second = {.count = 0};
        char error[256] = "";
        config_t *config = load(files[i], &settings);
        assert_true(web_settings_claim(&settings, &first, error, sizeof error));
        assert_false(web_settings_claim(&settings, &second, error, sizeof error));
        assert_non_null(strstr(error, "/tmp/kopeck-web-claimed: another process"));
        claims_release(&first);
        assert_true(web_settings_claim(&settings, &second, error, sizeof error));
        claims_release(&second);
        config_destroy(&config);
    }
}

static void behind_a_proxy_one_address_is_everybody(void **state)
{
    (void)state;
    web_settings_t settings;
    config_t *config = load("    listen = 127.0.0.1:81\n", &settings);
    assert_false(settings.pages.source.has_proxy);
    assert_true(settings.pages.per_address > 0);
    config_destroy(&config);
    config = load("    proxy = ::1\n", &settings);
    assert_null(config_check(config));
    assert_true(settings.pages.source.has_proxy);
    assert_true(address_is_loopback(&settings.pages.source.proxy));
    assert_int_equal(settings.pages.per_address, 0);
    config_destroy(&config);
}

static config_t *load_page(const char *rest, web_settings_t *ret_settings)
{
    static const char page[] =
        "    topup_max_rub = 7\n    origin = \"https://b.example\"\n    demo = 1\n"
        "ledger\n    command = ipc:///l\n    replay = ipc:///lr\n    certificate = /lc\n"
        "autopay\n    command = ipc:///a\n    replay = ipc:///ar\n    certificate = /ac\n%s";
    char text[1024];
    snprintf(text, sizeof text, page, rest);
    return load(text, ret_settings);
}

static void the_page_wants_every_door_and_the_platforms_key(void **state)
{
    (void)state;
    static const char customers[] = "customers\n    issuer = \"https://p.example\"\n    keys\n"
                                    "        platform = /p.pem\n";
    static const char metering[] = "metering\n    command = ipc:///m\n    replay = ipc:///mr\n"
                                   "    certificate = /mc\n"
                                   "documents\n    command = ipc:///d\n    certificate = /dc\n"
                                   "notify\n    command = ipc:///n\n    certificate = /nc\n";
    char both[512];
    web_settings_t settings;
    config_t *config = load_page(customers, &settings);
    assert_non_null(strstr(config_check(config), "metering/command"));
    config_destroy(&config);
    snprintf(both, sizeof both, "%s%s", customers, metering);
    config = load_page(both, &settings);
    assert_null(config_check(config));
    assert_string_equal(settings.access.issuer, "https://p.example");
    assert_string_equal(settings.doors[WEB_DOOR_LEDGER_REPLAY].command, "ipc:///lr");
    assert_string_equal(settings.doors[WEB_DOOR_METERING].certificate, "/mc");
    assert_string_equal(settings.doors[WEB_DOOR_AUTOPAY_REPLAY].command, "ipc:///ar");
    assert_string_equal(settings.doors[WEB_DOOR_METERING_REPLAY].command, "ipc:///mr");
    assert_true(settings.doors[WEB_DOOR_LEDGER_REPLAY].replay);
    assert_true(settings.doors[WEB_DOOR_METERING_REPLAY].replay);
    assert_false(settings.doors[WEB_DOOR_METERING].replay);
    assert_true(settings.page.demo && !settings.page.gateway);
    assert_int_equal(settings.page.topup_max_rub, 7);
    assert_string_equal(settings.page.payment_origin, "https://auth.robokassa.ru");
    config_destroy(&config);
    config = load_page("", &settings); // without a key there is no page, and no door is missed
    assert_null(config_check(config));
    assert_null(settings.doors[WEB_DOOR_METERING].command);
    config_destroy(&config);
}

static void a_wrong_value_is_refused_by_its_key(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } cases[] = {
        {"listen", "localhost:80"},
        {"listen", "[::1]:80"},
        {"notices_listen", "8081"},
        {"notices_listen", "127.0.0.1:65536"},
        {"notices_from", "185.59.216.65, 185.59.217.65"},
        {"notices_from", "robokassa.ru"},
        {"proxy", "nginx"},
        {"proxy", "127.0.0.1:80"},
        {"connections", "0"},
        {"notices_connections", "4097"},
        {"notice_from", "185.59.216.65"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[128], key[64];
        web_settings_t settings;
        snprintf(line, sizeof line, "    %s = \"%s\"\n", cases[i].key, cases[i].value);
        snprintf(key, sizeof key, "web/%s", cases[i].key);
        config_t *config = load(line, &settings);
        const char *error = config_check(config);
        if (!error || !strstr(error, key))
            fail_msg("%s = %s: %s", cases[i].key, cases[i].value, error ? error : "right");
        config_destroy(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_listener_of_their_own_notices_come_with_the_pages),
        cmocka_unit_test(with_one_they_come_there_alone),
        cmocka_unit_test(metrics_have_a_listener_only_where_one_is_configured),
        cmocka_unit_test(a_second_of_one_ready_file_or_port_file_is_refused),
        cmocka_unit_test(behind_a_proxy_one_address_is_everybody),
        cmocka_unit_test(the_page_wants_every_door_and_the_platforms_key),
        cmocka_unit_test(a_wrong_value_is_refused_by_its_key),
    };
    return cmocka_run_group_tests(tests, config_rig_enter, config_rig_leave);
}
