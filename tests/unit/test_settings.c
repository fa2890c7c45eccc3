#include "services/process/settings.h"
#include "tests/unit/config_rig.h"
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

static const core_t core = {.name = "test", .stream = STREAM_LEDGER, .takes_feed = true};

static const char *journal = ""; // further keys of it

// Whether a configuration with these process and feeds sections is refused.
static bool is_wrong(const char *process, const char *feeds, settings_t *ret_settings)
{
    config_t *config = config_rig_load(
        "process\n%s"
        "journal\n    directory = /tmp/none\n%s"
        "endpoints\n    command = ipc://a\n    replay = ipc://b\n    publish = ipc://c\n"
        "    feed = ipc://d\n"
        "certificates\n    secret = /e\n    directory = f\n%s",
        process, journal, feeds);
    settings_read(config, &core, ret_settings);
    bool wrong = config_check(config) != NULL;
    config_destroy(&config);
    return wrong;
}

static void each_way_to_follow_a_feed_is_right_or_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *what, *process, *feeds;
        bool wrong;
    } cases[] = {
        {"no feed", "    live_feed = 1\n", "", false},
        {"no feed, no publications", "    live_feed = 0\n", "", false},
        {"a feed", "    live_feed = 1\n", "    100", false},
        // What a feed is complete up to is only published: nothing would ever be billed.
        {"a feed, no publications", "    live_feed = 0\n", "    100", true},
        {"a number of ours", "    live_feed = 1\n", "    99", true},
        {"no number", "    live_feed = 1\n", "    10x", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char feeds[256] = "";
        settings_t settings;
        if (*cases[i].feeds)
            snprintf(feeds, sizeof feeds,
                     "feeds\n%s\n        publish = ipc://g\n        replay = ipc://h\n"
                     "        certificate = i\n",
                     cases[i].feeds);
        bool wrong = is_wrong(cases[i].process, feeds, &settings);
        if (wrong != cases[i].wrong)
            fail_msg("%s: %s", cases[i].what, wrong ? "wrong" : "right");
        if (!wrong)
            assert_int_equal(settings.feeds_count, *feeds ? 1 : 0);
    }
}

static void authorities_are_a_file_that_is_there(void **state)
{
    (void)state;
    settings_t settings;
    assert_false(is_wrong("    live_feed = 1\n", "", &settings));
    assert_string_equal(settings.authorities, ""); // those of the system
    assert_false(
        is_wrong("    live_feed = 1\n", "outside\n    authorities = /etc/passwd\n", &settings));
    assert_true(
        is_wrong("    live_feed = 1\n", "outside\n    authorities = /nowhere/ca.pem\n", &settings));
}

static void a_journal_is_made_if_the_configuration_asks_for_it_alone(void **state)
{
    (void)state;
    settings_t settings;
    const char *live = "    live_feed = 1\n";
    assert_false(is_wrong(live, "", &settings));
    assert_false(settings.create);
    journal = "    create = 1\n";
    assert_false(is_wrong(live, "", &settings));
    assert_true(settings.create);
    journal = "    segment_events = 1025\n";
    assert_true(is_wrong(live, "", &settings));
    journal = "    segment_events = 2048\n";
    assert_false(is_wrong(live, "", &settings));
    journal = "";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_follow_a_feed_is_right_or_wrong),
        cmocka_unit_test(a_journal_is_made_if_the_configuration_asks_for_it_alone),
        cmocka_unit_test(authorities_are_a_file_that_is_there),
    };
    return cmocka_run_group_tests(tests, config_rig_enter, config_rig_leave);
}
