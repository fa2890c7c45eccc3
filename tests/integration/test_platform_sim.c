// test_platform_sim - the made-up platform as a process beside the real ones: whoever is killed,
// metering ends with every event of the platform's outbox, none refused, in either mode.
#include "services/common/auto.h"
#include "services/common/security.h"
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

enum { PRODUCER = 100, START_MS = 60000, LIVE_MS = 1500, WAIT_MS = 30000, TEND_MS = 20 };

typedef struct {
    char directory[64], config[128], ready[128];
    fleet_t *fleet;
    pid_t pid; // of platform-sim
} stage_t;

static void write_config(const stage_t *stage, const char *mode)
{
    const fleet_place_t *place = fleet_place(stage->fleet);
    const char *d = place->directory;
    FILE *file = fopen(stage->config, "we");
    assert_non_null(file);
    // Lives pass ten thousand times as fast, so that there are some within seconds.
    fprintf(file,
            "platform\n    mode = %s\n    speed = 10000\n    accounts = 10\n    replicas = 50\n"
            "    ready_file = %s\noutbox\n    directory = %s/var/platform\n",
            mode, stage->ready, d);
    if (streq(mode, "outbox"))
        fprintf(file, "    publish = \"%s\"\n    replay = \"%s\"\n", place->outbox.publish,
                place->outbox.replay);
    fprintf(file,
            "certificates\n    secret = %s/keys/secret/platform.cert_secret\n"
            "    directory = %s/keys/public\nmetering\n    feed = \"%s\"\n"
            "    certificate = %s/keys/public/metering.cert\n",
            d, d, place->doors[FLEET_METERING].feed, d);
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

static void open_stage(stage_t *stage, const char *mode)
{
    char error[FLEET_ERROR_MAX];
    strcpy(stage->directory, "/tmp/kopeck-psim-XXXXXX");
    assert_non_null(mkdtemp(stage->directory));
    snprintf(stage->config, sizeof stage->config, "%s/platform.cfg", stage->directory);
    snprintf(stage->ready, sizeof stage->ready, "%s/platform.ready", stage->directory);
    fleet_options_t options = {.directory = stage->directory,
                               .live_feed = true,
                               .outbox = streq(mode, "outbox") ? PRODUCER : 0};
    stage->fleet = fleet_new(&options, error);
    if (!stage->fleet || !fleet_start(stage->fleet, START_MS, error))
        fail_msg("%s", error);
    write_config(stage, mode);
}

static void close_stage(stage_t *stage)
{
    fleet_destroy(&stage->fleet);
    zdir_t *tree = zdir_new(stage->directory, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
}

// What metering has taken of the platform's feed.
static uint64_t taken(stage_t *stage)
{
    char error[FLEET_ERROR_MAX];
    AUTO(client)
    client = fleet_client(stage->fleet, FLEET_METERING, CLIENT_COMMAND, "operator", error);
    assert_non_null(client);
    request_t request = {.type = REQUEST_clock};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, WAIT_MS, &answer), FAIL_NONE);
    wire_t wire;
    uint64_t stream, sequence, found = 0;
    wire_start(&wire, answer.clock.cursors.data, answer.clock.cursors.size);
    for (uint32_t count = wire_array(&wire, 64); count; count--) {
        assert_int_equal(wire_array(&wire, 2), 2);
        wire_u64(&wire, &stream);
        wire_u64(&wire, &sequence);
        if (stream == PRODUCER)
            found = sequence;
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return found;
}

static void count(void *arg, uint64_t sequence, const event_t *event)
{
    uint64_t *counts = arg;
    (void)sequence;
    counts[0] += event->type == EVENT_usage_refused;
    counts[1] += event->type == EVENT_interval_opened;
    counts[2] += event->type == EVENT_interval_closed || event->type == EVENT_meter_closed;
}

static void assert_lives_are_known_and_none_refused(stage_t *stage)
{
    char error[FLEET_ERROR_MAX];
    client_t *client = fleet_client(stage->fleet, FLEET_METERING, CLIENT_REPLAY, "auditor", error);
    assert_non_null(client);
    reading_t reading;
    uint64_t counts[3] = {0};
    reading_init(&reading, "metering", &client);
    if (!reading_catch_up(&reading, count, counts, error))
        fail_msg("%s", error);
    reading_release(&reading);
    assert_int_equal(counts[0], 0);
    assert_true(counts[1] > 50 && counts[2] > 0);
}

static uint64_t outbox_holds(stage_t *stage)
{
    char directory[128], error[OUTBOX_ERROR_MAX];
    snprintf(directory, sizeof directory, "%s/var/platform", stage->directory);
    outbox_t *outbox =
        outbox_open(&(outbox_options_t){.directory = directory, .producer = PRODUCER}, error);
    if (!outbox)
        fail_msg("%s", error);
    uint64_t last = outbox_last(outbox);
    outbox_close(&outbox);
    return last;
}

static void survive(const char *mode)
{
    stage_t stage = {0};
    open_stage(&stage, mode);
    start_platform(&stage);
    live(&stage);
    assert_int_equal(end_platform(&stage, SIGKILL), -SIGKILL);
    start_platform(&stage);
    live(&stage);
    assert_true(fleet_kill(stage.fleet, FLEET_METERING));
    live(&stage);
    assert_int_equal(end_platform(&stage, SIGKILL), -SIGKILL);
    start_platform(&stage);
    // While the platform lives on, metering is behind it by one tick at most.
    uint64_t before = taken(&stage);
    for (int64_t deadline = zclock_mono() + WAIT_MS; taken(&stage) <= before; live(&stage))
        assert_true(zclock_mono() < deadline);
    uint64_t there = taken(&stage);
    assert_int_equal(end_platform(&stage, SIGTERM), 0);
    assert_in_range(outbox_holds(&stage), there, UINT32_MAX);
    assert_lives_are_known_and_none_refused(&stage);
    close_stage(&stage);
}

static void a_followed_platform_loses_nothing_whoever_is_killed(void **state)
{
    (void)state;
    survive("outbox");
}

static void a_pushing_platform_loses_nothing_whoever_is_killed(void **state)
{
    (void)state;
    survive("push");
}

int main(void)
{
    security_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_followed_platform_loses_nothing_whoever_is_killed),
        cmocka_unit_test(a_pushing_platform_loses_nothing_whoever_is_killed),
    };
    return cmocka_run_group_tests_name("platform_sim", tests, NULL, NULL);
}
