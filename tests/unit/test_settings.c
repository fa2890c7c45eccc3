#include "services/common/settings.h"
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/kopeck-settings-XXXXXX";

static const core_t core = {.name = "test", .stream = STREAM_LEDGER, .takes_feed = true};

// Whether a configuration with these process and feeds sections is refused.
static bool is_wrong(const char *process, const char *feeds, settings_t *ret_settings)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "process\n%s"
            "journal\n    directory = /tmp/none\n"
            "endpoints\n    command = ipc://a\n    replay = ipc://b\n    publish = ipc://c\n"
            "    feed = ipc://d\n"
            "certificates\n    secret = /e\n    directory = f\n%s",
            process, feeds);
    fclose(file);
    config_t *config = config_load(path);
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

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_follow_a_feed_is_right_or_wrong),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
