// test_platform_sim - the made-up platform as a process beside the real ones: whoever is killed,
// metering ends with every event of the platform's outbox, none refused, in either mode.
#include "services/process/auto.h"
#include "services/process/security/security.h"
#include "tools/demonstration/reading.h"
#include "tools/fleet/fleet.h"
#include "tools/outbox/outbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PRODUCER = 100, START_MS = 60000, LIVE_MS = 800, WAIT_MS = 30000, TEND_MS = 20 };

typedef struct {
    char directory[64], config[128], ready[128];
    fleet_t *fleet;
    pid_t pid; // of platform-sim
} stage_t;

static void write_config(const stage_t *stage, const char *mode, instant_t driven)
{
    const fleet_place_t *place = fleet_place(stage->fleet);
    const char *d = place->directory;
    FILE *file = fopen(stage->config, "we");
    assert_non_null(file);
    // Lives pass ten thousand times as fast, so that there are some within seconds.
    fprintf(file,
            "platform\n    mode = %s\n    speed = %d\n    accounts = 10\n    replicas = 50\n"
            "    ready_file = %s\n",
            mode, driven ? 1 : 10000, stage->ready);
    if (driven)
        fprintf(file, "    clock = driven\n    start_us = %lld\n", (long long)driven);
    fprintf(file, "outbox\n    directory = %s/var/platform\n", d);
    if (streq(mode, "outbox"))
        fprintf(file, "    publish = \"%s\"\n    replay = \"%s\"\n", place->outbox.publish,
                place->outbox.replay);
    fprintf(file,
            "certificates\n    secret = %s/keys/secret/platform.cert_secret\n"
            "    directory = %s/keys/public\nmetering\n    feed = \"%s\"\n"
            "    command = \"%s\"\n    certificate = %s/keys/public/metering.cert\n",
            d, d, place->doors[FLEET_METERING].feed, place->doors[FLEET_METERING].command, d);
    assert_int_equal(fclose(file), 0);
}

static void start_platform(stage_t *stage)
{
    char program[PATH_MAX] = "", option[] = "--config", log[160];
    assert_true(readlink("/proc/self/exe", program, sizeof program - 32) > 0);
    strcpy(strrchr(program, '/') + 1, "platform-sim");
    char *argv[] = {program, option, stage->config, NULL};
    posix_spawn_file_actions_t files;
    snprintf(log, sizeof log, "%s/log/platform.log", stage->directory);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    unlink(stage->ready);
    assert_int_equal(posix_spawn(&stage->pid, program, &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    int64_t deadline = zclock_mono() + WAIT_MS;
    while (access(stage->ready, F_OK) != 0) {
        assert_true(zclock_mono() < deadline);
        assert_int_equal(waitpid(stage->pid, NULL, WNOHANG), 0);
        zclock_sleep(TEND_MS);
    }
}

static int end_platform(stage_t *stage, int signal)
{
    int status;
    assert_int_equal(kill(stage->pid, signal), 0);
    assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
    stage->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void live(stage_t *stage)
{
    for (int64_t end = zclock_mono() + LIVE_MS; zclock_mono() < end; zclock_sleep(TEND_MS))
        fleet_tend(stage->fleet);
}

static void open_stage(stage_t *stage, const char *mode, instant_t driven)
{
    char error[FLEET_ERROR_MAX];
    strcpy(stage->directory, "/tmp/kopeck-psim-XXXXXX");
    assert_non_null(mkdtemp(stage->directory));
    snprintf(stage->config, sizeof stage->config, "%s/platform.cfg", stage->directory);
    snprintf(stage->ready, sizeof stage->ready, "%s/platform.ready", stage->directory);
    fleet_options_t options = {.directory = stage->directory,
                               .driven = driven != 0,
                               .start = driven,
                               .live_feed = true,
                               .outbox = streq(mode, "outbox") ? PRODUCER : 0};
    stage->fleet = fleet_new(&options, error);
    if (!stage->fleet || !fleet_start(stage->fleet, START_MS, error))
        fail_msg("%s", error);
    write_config(stage, mode, driven);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(stage_t));
    return *state ? 0 : -1;
}

// Also after a failed test: the fleet's processes die with us, this one would not.
static int tear_down(void **state)
{
    stage_t *stage = *state;
    if (stage->pid)
        end_platform(stage, SIGKILL);
    fleet_destroy(&stage->fleet);
    zdir_t *tree = zdir_new(stage->directory, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
    free(stage);
    return 0;
}

typedef struct {
    uint64_t refused, opened, ended;
    instant_t latest; // beginning of an interval
    uint64_t taken;   // the last item of the feed that it names as a cause
} told_t;             // by metering's journal

static void take(void *arg, uint64_t sequence, const event_t *event)
{
    told_t *told = arg;
    (void)sequence;
    told->refused += event->type == EVENT_usage_refused;
    told->opened += event->type == EVENT_interval_opened;
    told->ended += event->type == EVENT_interval_closed || event->type == EVENT_meter_closed;
    if (event->type == EVENT_interval_opened && event->interval_opened.from > told->latest)
        told->latest = event->interval_opened.from;
    if (event->cause.stream == PRODUCER && event->cause.sequence > told->taken)
        told->taken = event->cause.sequence;
}

static told_t read_metering(stage_t *stage)
{
    char error[FLEET_ERROR_MAX];
    client_t *client = fleet_client(stage->fleet, FLEET_METERING, CLIENT_REPLAY, "auditor", error);
    assert_non_null(client);
    reading_t reading;
    told_t told = {0};
    reading_init(&reading, "metering", &client);
    if (!reading_catch_up(&reading, take, &told, error))
        fail_msg("%s", error);
    reading_release(&reading);
    return told;
}

static uint64_t outbox_holds(const stage_t *stage)
{
    char directory[128], error[OUTBOX_ERROR_MAX];
    snprintf(directory, sizeof directory, "%s/var/platform", stage->directory);
    outbox_t *outbox = outbox_open(
        &(outbox_options_t){.directory = directory, .create = true, .producer = PRODUCER}, error);
    if (!outbox)
        fail_msg("%s", error);
    uint64_t last = outbox_last(outbox);
    outbox_close(&outbox);
    return last;
}

// Waits until metering's journal names an event of the feed behind this one: then it has taken all
// up to it, for it takes them without a gap.
static told_t taken_beyond(stage_t *stage, uint64_t sequence)
{
    told_t told = {0};
    for (int64_t deadline = zclock_mono() + WAIT_MS; told.taken <= sequence; live(stage)) {
        assert_true(zclock_mono() < deadline);
        told = read_metering(stage);
    }
    return told;
}

static void survive(stage_t *stage, const char *mode)
{
    open_stage(stage, mode, 0);
    start_platform(stage);
    live(stage);
    assert_int_equal(end_platform(stage, SIGKILL), -SIGKILL);
    uint64_t killed_at = outbox_holds(stage);
    start_platform(stage);
    (void)taken_beyond(stage, killed_at);
    assert_true(fleet_kill(stage->fleet, FLEET_METERING));
    live(stage);
    assert_int_equal(end_platform(stage, SIGKILL), -SIGKILL);
    killed_at = outbox_holds(stage);
    start_platform(stage);
    told_t told = taken_beyond(stage, killed_at);
    assert_int_equal(told.refused, 0);
    assert_true(told.opened > 50 && told.ended > 0);
    assert_int_equal(end_platform(stage, SIGTERM), 0);
}

static void a_followed_platform_loses_nothing_whoever_is_killed(void **state)
{
    survive(*state, "outbox");
}

static void a_pushing_platform_loses_nothing_whoever_is_killed(void **state)
{
    survive(*state, "push");
}

static void a_platform_on_a_driven_clock_lives_as_far_as_metering_is_told(void **state)
{
    static const instant_t start = INT64_C(1767225600000000);
    stage_t *stage = *state;
    char error[FLEET_ERROR_MAX];
    open_stage(stage, "push", start);
    AUTO(client)
    metering = fleet_client(stage->fleet, FLEET_METERING, CLIENT_COMMAND, "operator", error);
    assert_non_null(metering);
    start_platform(stage);
    uint64_t before = 0;
    for (instant_t now = start + HOUR_US; now <= start + 3 * DAY_US; now += 25 * HOUR_US) {
        request_t request = {.type = REQUEST_clock_set, .clock_set = {.now = now}};
        answer_t answer;
        assert_int_equal(client_ask(metering, &request, WAIT_MS, &answer), FAIL_NONE);
        assert_int_equal(answer.fail, FAIL_NONE);
        told_t told = taken_beyond(stage, before);
        assert_true(told.latest > start && told.latest <= now);
        assert_int_equal(told.refused, 0);
        before = told.taken;
    }
    assert_true(before > 100);
}

int main(void)
{
    security_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_followed_platform_loses_nothing_whoever_is_killed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_platform_on_a_driven_clock_lives_as_far_as_metering_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pushing_platform_loses_nothing_whoever_is_killed, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("platform_sim", tests, NULL, NULL);
}
