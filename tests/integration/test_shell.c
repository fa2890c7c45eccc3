// The shell around a core that counts, as real processes: what was acknowledged is there after
// SIGTERM and after SIGKILL, a repeated command has its first answer, and a second process follows
// the first also when it hears no publication at all.
#include "tests/integration/shell_rig.h"
#include "services/process/security/security.h"
#include "services/process/uuid7.h"
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>

enum { WAIT_MS = 20000 };

static answer_t post(client_t *client, uid_t16 id, int64_t amount)
{
    request_t request = {
        .type = REQUEST_post, .id = id, .post = {.amount = amount, .kind = POSTING_CORRECTION}};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, WAIT_MS, &answer), FAIL_NONE);
    return answer;
}

static answer_t totals(client_t *client)
{
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    return answer;
}

static void commands_are_answered_and_survive_a_restart(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    uid_t16 id = uuid7_new();
    answer_t first = post(client, id, 5);
    assert_int_equal(first.fail, FAIL_NONE);
    uint64_t sequence = first.post.sequence;
    assert_true(sequence > 1); // the boot event is before it
    assert_int_equal(post(client, uuid7_new(), 7).fail, FAIL_NONE);
    assert_int_equal(post(client, uuid7_new(), 0).fail, FAIL_INVALID);
    assert_int_equal(totals(client).totals.sum, 12);
    assert_int_equal(rig_end(pid, SIGTERM), 0);

    pid = rig_start(&rig, RIG_COUNTER);
    assert_int_equal(totals(client).totals.sum, 12);
    assert_int_equal(post(client, id, 5).post.sequence, sequence);
    assert_int_equal(post(client, id, 6).fail, FAIL_CONFLICT);
    assert_int_equal(totals(client).totals.accounts, 2);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

// The replay door keeps one answer for a peer; it must not think that there is one longer than
// there is.
static void who_asks_as_soon_as_he_was_answered_is_always_answered(void **state)
{
    (void)state;
    enum { QUESTIONS = 8000, PATIENCE_MS = 2000 };
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_REPLAY, rig.operator_cert);
    uint8_t bytes[256];
    for (uint64_t i = 0; i < QUESTIONS; i++) {
        request_t request = {
            .type = REQUEST_replay, .number = i + 1, .replay = {.from = 1, .bytes_max = 1}};
        size_t size = request_encode(&request, bytes, sizeof bytes);
        assert_int_equal(client_send(client, bytes, size, WAIT_MS), FAIL_NONE);
        bytes_t frame;
        assert_int_equal(client_receive(client, i ? PATIENCE_MS : WAIT_MS, &frame), FAIL_NONE);
    }
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void the_wrong_role_is_denied(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *service = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.service_cert);
    assert_int_equal(post(service, uuid7_new(), 5).fail, FAIL_DENIED);
    assert_int_equal(totals(service).totals.accounts, 0);
    client_destroy(&service);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

// Commands are sent in a window while the process is killed or told to end again and again; every
// answer that came back before must be in the sum after it.
static void acknowledged_commands_survive_sigkill_and_sigterm(void **state)
{
    (void)state;
    enum { ROUNDS = 6, POSTS = 40 };
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    int64_t acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid = rig_start(&rig, RIG_COUNTER);
        client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
        int64_t before = totals(client).totals.sum;
        assert_true(before >= acknowledged);
        acknowledged = before;
        uint8_t bytes[256];
        for (uint64_t i = 0; i < POSTS; i++) {
            request_t request = {.type = REQUEST_post,
                                 .number = 1000 + i,
                                 .id = uuid7_new(),
                                 .post = {.amount = 1, .kind = POSTING_CORRECTION}};
            size_t size = request_encode(&request, bytes, sizeof bytes);
            assert_int_equal(client_send(client, bytes, size, WAIT_MS), FAIL_NONE);
        }
        for (int i = 0; i < POSTS / 2; i++) {
            bytes_t frame;
            answer_t answer;
            assert_int_equal(client_receive(client, WAIT_MS, &frame), FAIL_NONE);
            assert_int_equal(answer_decode(frame.data, frame.size, REQUEST_post, &answer),
                             FAIL_NONE);
            assert_int_equal(answer.fail, FAIL_NONE);
            acknowledged++;
        }
        bool kill = round % 2 == 0;
        assert_int_equal(rig_end(pid, kill ? SIGKILL : SIGTERM), kill ? -SIGKILL : 0);
        client_destroy(&client);
    }
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    answer_t answer = totals(client);
    assert_true(answer.totals.sum >= acknowledged);
    assert_int_equal(answer.totals.sum, (int64_t)answer.totals.accounts);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void wait_for_sum(client_t *client, int64_t sum)
{
    int64_t deadline = zclock_mono() + WAIT_MS;
    while (totals(client).totals.sum != sum)
        assert_true(zclock_mono() < deadline);
}

static void follow(const char *live_feed)
{
    rig_t rig;
    rig_init(&rig, live_feed, "wall", 100);
    // The follower first: nobody needs anybody's readiness.
    pid_t follower = rig_start(&rig, RIG_FOLLOWER);
    client_t *behind = rig_client(&rig, RIG_FOLLOWER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(totals(behind).totals.sum, 0);
    pid_t counter = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(post(client, uuid7_new(), 1).fail, FAIL_NONE);
    wait_for_sum(behind, 1);
    for (int i = 0; i < 50; i++)
        assert_int_equal(post(client, uuid7_new(), 2).fail, FAIL_NONE);
    wait_for_sum(behind, 101);
    // Both die; each goes on where it was, and nothing counts twice.
    assert_int_equal(rig_end(follower, SIGKILL), -SIGKILL);
    assert_int_equal(post(client, uuid7_new(), 3).fail, FAIL_NONE);
    assert_int_equal(rig_end(counter, SIGKILL), -SIGKILL);
    follower = rig_start(&rig, RIG_FOLLOWER);
    counter = rig_start(&rig, RIG_COUNTER);
    assert_int_equal(post(client, uuid7_new(), 4).fail, FAIL_NONE);
    wait_for_sum(behind, 108);
    assert_int_equal(totals(behind).totals.accounts, 53);
    client_destroy(&behind);
    client_destroy(&client);
    assert_int_equal(rig_end(follower, SIGTERM), 0);
    assert_int_equal(rig_end(counter, SIGTERM), 0);
    rig_release(&rig);
}

static void a_follower_takes_every_event_once(void **state)
{
    (void)state;
    follow("1");
}

static void a_follower_needs_no_publication(void **state)
{
    (void)state;
    follow("0");
}

// Half a connection looks like silence: a producer that says nothing for 3 s gets a new subscriber.
static void a_silent_stream_gets_a_new_subscriber(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t counter = rig_start(&rig, RIG_COUNTER), follower = rig_start(&rig, RIG_FOLLOWER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    client_t *behind = rig_client(&rig, RIG_FOLLOWER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(post(client, uuid7_new(), 1).fail, FAIL_NONE);
    wait_for_sum(behind, 1);
    assert_int_equal(rig_counter(behind, "shell.subscribers_renewed "), 0);
    assert_int_equal(kill(counter, SIGSTOP), 0);
    int64_t deadline = zclock_mono() + WAIT_MS;
    while (rig_counter(behind, "shell.subscribers_renewed ") == 0) {
        assert_true(zclock_mono() < deadline);
        zclock_sleep(100);
    }
    assert_int_equal(kill(counter, SIGCONT), 0);
    assert_int_equal(post(client, uuid7_new(), 2).fail, FAIL_NONE);
    wait_for_sum(behind, 3);
    client_destroy(&behind);
    client_destroy(&client);
    assert_int_equal(rig_end(follower, SIGTERM), 0);
    assert_int_equal(rig_end(counter, SIGTERM), 0);
    rig_release(&rig);
}

// Without it nobody would be let in, and nobody would say so.
static void a_dead_authenticator_ends_the_process(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    request_t lethal = {.type = REQUEST_post,
                        .id = uuid7_new(),
                        .post = {.amount = RIG_LETHAL_AMOUNT, .kind = POSTING_CORRECTION}};
    answer_t answer;
    fail_t fail = client_ask(client, &lethal, 2000, &answer); // its answer may die with the process
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_UNAVAILABLE);
    pid = rig_start(&rig, RIG_COUNTER);
    int64_t sum = totals(client).totals.sum;
    assert_true(sum == RIG_LETHAL_AMOUNT || (fail && sum == 0)); // acknowledged means durable
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void the_replay_door_gives_records_and_refuses_another_history(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(post(client, uuid7_new(), 5).fail, FAIL_NONE);
    uint64_t last = rig_status_last(client);
    client_t *replay = rig_client(&rig, RIG_COUNTER, CLIENT_REPLAY, rig.operator_cert);
    request_t request = {.type = REQUEST_replay, .replay = {.from = 1, .bytes_max = 1 << 20}};
    answer_t answer;
    assert_int_equal(client_ask(replay, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.replay.last, last);
    assert_true(answer.replay.records.size > 0);
    request.replay.from = last + 1;
    request.replay.leaf.bytes[0] = 1;
    assert_int_equal(client_ask(replay, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_HISTORY);
    request = (request_t){
        .type = REQUEST_post, .id = uuid7_new(), .post = {.amount = 1, .kind = POSTING_CORRECTION}};
    assert_int_equal(client_ask(replay, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_INVALID); // a command has no business here
    client_destroy(&replay);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

// RLIMIT_FSIZE makes every write fail, as a broken disk would.
static void a_failed_commit_ends_the_process_without_an_answer(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(post(client, uuid7_new(), 5).fail, FAIL_NONE);
    struct rlimit nothing = {1, 1};
    assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &nothing, NULL), 0);
    request_t request = {
        .type = REQUEST_post, .id = uuid7_new(), .post = {.amount = 6, .kind = POSTING_CORRECTION}};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, 1000, &answer), FAIL_TIMEOUT);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_IOERR);

    pid = rig_start(&rig, RIG_COUNTER);
    assert_int_equal(totals(client).totals.sum, 5);
    assert_int_equal(client_ask(client, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(totals(client).totals.sum, 11);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void a_full_disk_refuses_facts_and_serves_reads(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1", "wall", 0); // any disk is fuller than that
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    assert_int_equal(post(client, uuid7_new(), 5).fail, FAIL_FULL);
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_true(answer.status.full);
    assert_false(answer.status.ready);
    assert_int_equal(answer.status.last, 0); // no boot event either
    client_t *replay = rig_client(&rig, RIG_COUNTER, CLIENT_REPLAY, rig.operator_cert);
    request = (request_t){.type = REQUEST_replay, .replay = {.from = 1, .bytes_max = 1}};
    assert_int_equal(client_ask(replay, &request, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    client_destroy(&replay);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void a_driven_clock_moves_by_request_only(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "0", "driven", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    client_t *client = rig_client(&rig, RIG_COUNTER, CLIENT_COMMAND, rig.operator_cert);
    instant_t then = INT64_C(1767225600) * SECOND_US; // 2026-01-01
    request_t set = {.type = REQUEST_clock_set, .clock_set = {.now = then}};
    request_t status = {.type = REQUEST_status};
    answer_t answer;
    assert_int_equal(client_ask(client, &set, WAIT_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(client_ask(client, &status, WAIT_MS, &answer), FAIL_NONE);
        assert_true(answer.status.driven);
        assert_int_equal(answer.status.now, then);
    }
    set.clock_set.now = then - 1;
    assert_int_equal(client_ask(client, &set, WAIT_MS, &answer), FAIL_NONE);
    assert_int_not_equal(answer.fail, FAIL_NONE);
    client_destroy(&client);
    assert_int_equal(rig_end(pid, SIGTERM), 0);
    rig_release(&rig);
}

static void a_misspelt_key_stops_the_start(void **state)
{
    (void)state;
    rig_t rig;
    rig_init(&rig, "1\n    live_fed = 1", "wall", 100);
    pid_t pid = rig_start(&rig, RIG_COUNTER);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EX_CONFIG);
    rig_release(&rig);
}

int main(int argc, char **argv)
{
    if (argc == 4 && streq(argv[1], "serve"))
        return rig_serve(argv[2], argv[3]);
    security_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_answered_and_survive_a_restart),
        cmocka_unit_test(who_asks_as_soon_as_he_was_answered_is_always_answered),
        cmocka_unit_test(the_wrong_role_is_denied),
        cmocka_unit_test(acknowledged_commands_survive_sigkill_and_sigterm),
        cmocka_unit_test(a_follower_takes_every_event_once),
        cmocka_unit_test(a_follower_needs_no_publication),
        cmocka_unit_test(the_replay_door_gives_records_and_refuses_another_history),
        cmocka_unit_test(a_silent_stream_gets_a_new_subscriber),
        cmocka_unit_test(a_dead_authenticator_ends_the_process),
        cmocka_unit_test(a_failed_commit_ends_the_process_without_an_answer),
        cmocka_unit_test(a_full_disk_refuses_facts_and_serves_reads),
        cmocka_unit_test(a_driven_clock_moves_by_request_only),
        cmocka_unit_test(a_misspelt_key_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
