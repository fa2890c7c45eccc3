// test_outbox - what a platform relies on when it links the outbox: an event that was added is
// there for good and reaches whoever follows, whatever dies when.
//
// The test program is its own platform: `test_outbox write DIRECTORY` adds events, one a batch, and
// says each number on its stdout once outbox_add has returned; `test_outbox open DIRECTORY` only
// tries to open.
#include "services/process/auto.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include "tools/demonstration/reading.h"
#include "tools/outbox/outbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

enum { PRODUCER = 107, KILLS = 5, WAIT_MS = 10000, OPENED = 0, REFUSED = 3 };
#define EPOCH_US INT64_C(1767225600000000)

typedef struct {
    char directory[64], journal[96], publish[96], replay[96], secret[128], certificates[96];
} place_t;

static void place_set(place_t *self, const char *directory)
{
    snprintf(self->directory, sizeof self->directory, "%s", directory);
    snprintf(self->journal, sizeof self->journal, "%s/journal", directory);
    snprintf(self->publish, sizeof self->publish, "ipc://%s/publish", directory);
    snprintf(self->replay, sizeof self->replay, "ipc://%s/replay", directory);
    snprintf(self->certificates, sizeof self->certificates, "%s/public", directory);
    snprintf(self->secret, sizeof self->secret, "%s/secret/platform.cert_secret", directory);
}

static outbox_t *open_outbox(const place_t *place, char error[OUTBOX_ERROR_MAX])
{
    outbox_options_t options = {.directory = place->journal,
                                .create = true,
                                .producer = PRODUCER,
                                .segment_events = 1024,
                                .publish = place->publish,
                                .replay = place->replay,
                                .secret = place->secret,
                                .certificates = place->certificates};
    return outbox_open(&options, error);
}

// The n-th event happens n seconds after the epoch and names n in its resource.
static event_t nth_event(uint64_t n)
{
    event_t event = {.type = EVENT_resource_deleted, .at = EPOCH_US + (instant_t)n * SECOND_US};
    memcpy(event.resource_deleted.resource.bytes, &n, sizeof n);
    return event;
}

// --- the other process ---

static int write_until_killed(const char *directory)
{
    place_t place;
    char error[OUTBOX_ERROR_MAX];
    place_set(&place, directory);
    outbox_t *outbox = open_outbox(&place, error);
    if (!outbox)
        return 1;
    for (uint64_t n = outbox_last(outbox) + 1;; n++) {
        event_t event = nth_event(n);
        if (outbox_add(outbox, &event, 1) || write(STDOUT_FILENO, &n, sizeof n) != sizeof n)
            return 2;
    }
}

static int try_to_open(const char *directory)
{
    place_t place;
    char error[OUTBOX_ERROR_MAX] = "";
    place_set(&place, directory);
    outbox_t *outbox = open_outbox(&place, error);
    int status = outbox ? OPENED : *error ? REFUSED : 1;
    outbox_close(&outbox);
    return status;
}

static pid_t run(const place_t *place, const char *verb, int *ret_stdout)
{
    char program[] = "test_outbox", word[16], directory[64];
    char *argv[] = {program, word, directory, NULL};
    int ends[2];
    pid_t pid;
    snprintf(word, sizeof word, "%s", verb);
    snprintf(directory, sizeof directory, "%s", place->directory);
    posix_spawn_file_actions_t files;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    *ret_stdout = ends[0];
    return pid;
}

// --- what the tests need ---

static int set_up(void **state)
{
    static const char *const certificates[] = {"platform:platform", "metering:metering"};
    char path[160], error[SECURITY_ERROR_MAX];
    place_t *place = calloc(1, sizeof *place);
    assert_non_null(place);
    char directory[] = "/tmp/kopeck-outbox-XXXXXX";
    assert_non_null(mkdtemp(directory));
    place_set(place, directory);
    assert_int_equal(mkdir(place->certificates, 0700), 0);
    snprintf(path, sizeof path, "%s/secret", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    if (!keys_make(certificates, 2, place->certificates, path, error, sizeof error))
        fail_msg("%s", error);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place_t *place = *state;
    zdir_t *tree = zdir_new(place->directory, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
    free(place);
    return 0;
}

static zcert_t *metering_keys(const place_t *place, char ret_server_key[41])
{
    char path[160], error[SECURITY_ERROR_MAX];
    snprintf(path, sizeof path, "%s/platform.cert", place->certificates);
    assert_true(security_load_public(path, ret_server_key, error));
    snprintf(path, sizeof path, "%s/secret/metering.cert_secret", place->directory);
    zcert_t *own = security_load_secret(path, error);
    assert_non_null(own);
    return own;
}

static void visit(void *arg, uint64_t sequence, const event_t *event)
{
    uint64_t *count = arg, n;
    memcpy(&n, event->resource_deleted.resource.bytes, sizeof n);
    assert_int_equal(event->type, EVENT_resource_deleted);
    assert_int_equal(sequence, *count + 1);
    assert_int_equal(n, sequence);
    ++*count;
}

// Everything from the first event on, as a follower that heard no publication gets it.
static uint64_t follow(const place_t *place)
{
    char key[41], error[READING_ERROR_MAX];
    AUTO(zcert) own = metering_keys(place, key);
    client_t *client = NULL;
    assert_int_equal(client_new(CLIENT_REPLAY, place->replay, own, key, &client), FAIL_NONE);
    reading_t reading;
    uint64_t count = 0;
    reading_init(&reading, "outbox", &client);
    if (!reading_catch_up(&reading, visit, &count, error))
        fail_msg("%s", error);
    reading_release(&reading);
    return count;
}

static outbox_t *opened(const place_t *place)
{
    char error[OUTBOX_ERROR_MAX];
    outbox_t *outbox = open_outbox(place, error);
    if (!outbox)
        fail_msg("%s", error);
    return outbox;
}

// --- the tests ---

static void what_was_added_survives_a_kill_and_reaches_a_follower_without_a_gap(void **state)
{
    const place_t *place = *state;
    uint64_t added = 0, before = 0;
    for (int i = 0; i < KILLS; i++) {
        int from;
        pid_t pid = run(place, "write", &from);
        // Nobody subscribes: it is killed with events that nobody ever heard of.
        for (int j = 0; j < 20 + 7 * i; j++)
            assert_int_equal(read(from, &added, sizeof added), sizeof added);
        assert_int_equal(kill(pid, SIGKILL), 0);
        while (read(from, &added, sizeof added) == sizeof added)
            continue;
        close(from);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));

        assert_true(added > before);
        outbox_t *outbox = opened(place);
        // One more may have become durable before it could be said.
        assert_in_range(outbox_last(outbox), added, added + 1);
        assert_int_equal(follow(place), outbox_last(outbox));
        before = outbox_last(outbox);
        outbox_close(&outbox);
    }
}

static void through_is_announced_only_behind_its_events(void **state)
{
    enum { EVENTS = 300 };
    const place_t *place = *state;
    char key[41];
    AUTO(zcert) own = metering_keys(place, key);
    outbox_t *outbox = opened(place);
    zsock_t *subscriber = socket_new(SOCKET_SUBSCRIBER, place->publish, own, key);
    assert_non_null(subscriber);
    zmq_pollitem_t item = {.socket = zsock_resolve(subscriber), .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1); // a heartbeat: the subscription stands
    for (uint64_t n = 1; n <= EVENTS; n++) {
        event_t event = nth_event(n);
        assert_int_equal(outbox_add(outbox, &event, 1), FAIL_NONE);
        assert_int_equal(outbox_through(outbox, event.at), FAIL_NONE);
    }
    instant_t through = 0;
    while (through != nth_event(EVENTS).at) {
        assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
        zframe_t *frame = zframe_recv(subscriber);
        publication_t publication;
        assert_int_equal(publication_decode(zframe_data(frame), zframe_size(frame), &publication),
                         FAIL_NONE);
        uint64_t last = publication.first + (publication.count ? publication.count - 1 : 0);
        if (publication.through) {
            assert_true(publication.through >= through);
            through = publication.through;
            // Event n happened n seconds after the epoch.
            assert_true(last >= (uint64_t)((through - EPOCH_US) / SECOND_US));
        }
        zframe_destroy(&frame);
    }
    zsock_destroy(&subscriber);
    outbox_close(&outbox);
    outbox = opened(place);
    assert_int_equal(outbox_through_last(outbox), nth_event(EVENTS).at);
    outbox_close(&outbox);
}

static void a_second_opener_of_the_directory_is_refused(void **state)
{
    const place_t *place = *state;
    outbox_t *outbox = opened(place);
    int from, status;
    pid_t pid = run(place, "open", &from);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(from);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), REFUSED);
    event_t event = nth_event(1); // and the first one did not notice
    assert_int_equal(outbox_add(outbox, &event, 1), FAIL_NONE);
    outbox_close(&outbox);
    pid = run(place, "open", &from);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(from);
    assert_int_equal(WEXITSTATUS(status), OPENED);
}

// As a copied configuration has it: another journal, the same doors.
static void a_second_outbox_at_the_same_doors_is_refused_and_makes_nothing(void **state)
{
    const place_t *place = *state;
    outbox_t *outbox = opened(place);
    const char *const doors[] = {place->publish, place->replay};
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        place_t copied = *place;
        char error[OUTBOX_ERROR_MAX] = "";
        snprintf(copied.journal, sizeof copied.journal, "%s/copied", place->directory);
        snprintf(i ? copied.publish : copied.replay, sizeof copied.publish, "ipc://%s/other",
                 place->directory);
        assert_null(open_outbox(&copied, error));
        assert_non_null(strstr(error, doors[i]));
        assert_non_null(strstr(error, "another process"));
        assert_int_equal(access(copied.journal, F_OK), -1);
    }
    event_t event = nth_event(1); // and the first one goes on
    assert_int_equal(outbox_add(outbox, &event, 1), FAIL_NONE);
    outbox_close(&outbox);
}

static void a_door_that_cannot_be_bound_is_said_at_the_opening(void **state)
{
    const place_t *good = *state;
    for (int i = 0; i < 2; i++) {
        place_t place = *good;
        char error[OUTBOX_ERROR_MAX] = "";
        char *endpoint = i ? place.replay : place.publish;
        snprintf(endpoint, sizeof place.publish, "ipc://%s/missing/door", place.directory);
        outbox_t *outbox = open_outbox(&place, error);
        assert_null(outbox);
        assert_non_null(strstr(error, endpoint));
    }
}

static void what_is_above_the_limits_is_refused_whole(void **state)
{
    const place_t *place = *state;
    outbox_t *outbox = opened(place);
    event_t *events = calloc(OUTBOX_EVENTS_MAX + 1, sizeof *events);
    assert_non_null(events);
    for (uint64_t n = 0; n <= OUTBOX_EVENTS_MAX; n++)
        events[n] = nth_event(n + 1);
    assert_int_equal(outbox_add(outbox, events, OUTBOX_EVENTS_MAX + 1), FAIL_FULL);
    assert_int_equal(outbox_last(outbox), 0);

    static char tariff[EVENT_BYTES_MAX];
    memset(tariff, 'x', sizeof tariff);
    event_t large = {.type = EVENT_usage_ticked, .at = EPOCH_US};
    large.usage_ticked.tariff = (text_t){tariff, sizeof tariff};
    event_t good_and_large[] = {nth_event(1), large};
    assert_int_equal(outbox_add(outbox, good_and_large, 2), FAIL_INVALID);
    assert_int_equal(outbox_last(outbox), 0);

    assert_int_equal(outbox_add(outbox, events, OUTBOX_EVENTS_MAX), FAIL_NONE);
    assert_int_equal(outbox_last(outbox), OUTBOX_EVENTS_MAX);
    assert_int_equal(outbox_through(outbox, EPOCH_US), FAIL_NONE);
    assert_int_equal(outbox_through(outbox, EPOCH_US - 1), FAIL_CLOCK);
    assert_int_equal(outbox_through_last(outbox), EPOCH_US);
    assert_int_equal(follow(place), OUTBOX_EVENTS_MAX);
    free(events);
    outbox_close(&outbox);
}

int main(int argc, char **argv)
{
    security_prepare();
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_until_killed(argv[2]);
    if (argc == 3 && strcmp(argv[1], "open") == 0)
        return try_to_open(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_was_added_survives_a_kill_and_reaches_a_follower_without_a_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(through_is_announced_only_behind_its_events, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_second_outbox_at_the_same_doors_is_refused_and_makes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_opener_of_the_directory_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_door_that_cannot_be_bound_is_said_at_the_opening, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_above_the_limits_is_refused_whole, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
