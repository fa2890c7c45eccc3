// Cards and dead processes: real processes on the driven clock, one of them down at the worst
// moment. The stand-in of Robokassa says what was captured, the journals say in which order.
#include "proto/event.h"
#include "proto/posting.h"
#include "proto/stream.h"
#include "services/process/auto.h"
#include "services/process/security/security.h"
#include "services/process/uuid7.h"
#include "store/record.h"
#include "tools/driver/driver.h"
#include "tools/fleet/fleet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <ftw.h>
#include <jansson.h>
#include <unistd.h>

#define ORIGIN INT64_C(1767225600000000)
enum { START_MS = 60000, SETTLE_MS = 30000, ASK_MS = 10000, TOPUP_RUB = 1000, LINK_MAX = 8192 };

typedef struct {
    char directory[64];
    fleet_t *fleet;
    driver_t *driver;
    client_t *ledger, *payment, *autopay;
} world_t;

static const uid_t16 account = {{1, 2, 3, 4, 5, 6, 0x40, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}};

static void tend(void *fleet)
{
    fleet_tend(fleet);
}

static client_t *connect_to(world_t *world, fleet_process_t process, client_door_t door)
{
    char error[FLEET_ERROR_MAX];
    client_t *client = fleet_client(world->fleet, process, door, "operator", error);
    if (!client)
        fail_msg("%s", error);
    return client;
}

static void settle(world_t *world)
{
    if (driver_settle(world->driver, SETTLE_MS))
        fail_msg("does not settle: %s", driver_trouble(world->driver));
}

static void pass(world_t *world, int64_t us)
{
    if (driver_advance(world->driver, driver_now(world->driver) + us, SETTLE_MS))
        fail_msg("does not advance: %s", driver_trouble(world->driver));
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    assert_non_null(world);
    char error[FLEET_ERROR_MAX];
    strcpy(world->directory, "/tmp/kopeck-test-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    fleet_options_t options = {.directory = world->directory,
                               .driven = true,
                               .start = ORIGIN,
                               .live_feed = true,
                               .sim_lines = {"payer = pay", "redirect = no"},
                               .sim_lines_count = 2};
    world->fleet = fleet_new(&options, error);
    if (!world->fleet || !fleet_start(world->fleet, START_MS, error))
        fail_msg("%s", error);
    driver_options_t driver = {
        .sim_url = fleet_url(world->fleet, FLEET_SIM), .tend = tend, .tend_arg = world->fleet};
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        driver.processes[driver.count].name = fleet_place_name(p);
        driver.processes[driver.count++].client = connect_to(world, p, CLIENT_COMMAND);
    }
    world->driver = driver_new(&driver);
    world->ledger = connect_to(world, FLEET_LEDGER, CLIENT_COMMAND);
    world->payment = connect_to(world, FLEET_PAYMENT, CLIENT_COMMAND);
    world->autopay = connect_to(world, FLEET_AUTOPAY, CLIENT_COMMAND);
    assert_int_equal(driver_advance(world->driver, ORIGIN, SETTLE_MS), FAIL_NONE);
    *state = world;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status, (void)kind, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    world_t *world = *state;
    client_destroy(&world->ledger);
    client_destroy(&world->payment);
    client_destroy(&world->autopay);
    driver_destroy(&world->driver);
    fleet_destroy(&world->fleet);
    nftw(world->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

static void ask(client_t *client, request_t *request, answer_t *answer)
{
    assert_int_equal(client_ask(client, request, ASK_MS, answer), FAIL_NONE);
    if (answer->fail)
        fail_msg("refused: %s", fail_name(answer->fail));
}

// Money from the customer to revenue.
static void debit(world_t *world, kopecks_t amount)
{
    answer_t answer;
    request_t request = {.type = REQUEST_post,
                         .id = uuid7_new(),
                         .post = {.debit = account,
                                  .credit = posting_system_id(SYSTEM_REVENUE),
                                  .amount = amount,
                                  .kind = POSTING_CORRECTION,
                                  .opens = true}};
    ask(world->ledger, &request, &answer);
}

static kopecks_t balance(world_t *world)
{
    answer_t answer;
    ask(world->ledger, &(request_t){.type = REQUEST_balance, .balance = {.account = account}},
        &answer);
    return answer.balance.cash + answer.balance.bonus;
}

static void ask_for_link(world_t *world, char link[LINK_MAX])
{
    answer_t answer;
    request_t request = {.type = REQUEST_topup,
                         .id = uuid7_new(),
                         .topup = {.account = account, .amount_rub = TOPUP_RUB, .count_max = 31}};
    ask(world->payment, &request, &answer);
    assert_true(answer.topup.link.size < LINK_MAX);
    memcpy(link, answer.topup.link.data, answer.topup.link.size);
    link[answer.topup.link.size] = '\0';
}

static void top_up_with_autopay(world_t *world)
{
    static char link[LINK_MAX];
    ask_for_link(world, link);
    long status = 0;
    const char *body;
    assert_true(driver_sim_get(driver_stand_in(world->driver), link, &status, &body));
    assert_int_equal(status, 200);
    settle(world);
}

static size_t captures(world_t *world)
{
    long status = 0;
    const char *body;
    assert_true(driver_sim_get(driver_stand_in(world->driver), "/sim/captures", &status, &body));
    json_t *json = json_loads(body, 0, NULL);
    size_t count = json_array_size(json_object_get(json, "captures"));
    json_decref(json);
    return count;
}

static void wait_for_decision(world_t *world)
{
    int64_t deadline = zclock_mono() + SETTLE_MS;
    answer_t answer;
    do {
        fleet_tend(world->fleet);
        driver_tell(world->driver);
        assert_true(zclock_mono() < deadline);
        ask(world->autopay, &(request_t){.type = REQUEST_autopay, .autopay = {.account = account}},
            &answer);
    } while (!answer.autopay.request);
}

// Calls `take` with every event of payment's journal, in its order.
static void read_payments(world_t *world, void (*take)(const event_t *event, void *arg), void *arg)
{
    client_t *replay = connect_to(world, FLEET_PAYMENT, CLIENT_REPLAY);
    answer_t answer;
    ask(replay,
        &(request_t){.type = REQUEST_replay, .replay = {.from = 1, .bytes_max = 900 * 1024}},
        &answer);
    bytes_t page = answer.replay.records;
    journal_record_t record;
    while (record_page_next(&page, &record)) {
        for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);) {
            event_t event;
            assert_int_equal(event_decode(walk.event.data, walk.event.size, &event), FAIL_NONE);
            take(&event, arg);
        }
    }
    assert_int_equal(page.size, 0);
    client_destroy(&replay);
}

typedef struct {
    bool revoked;
    unsigned sent_after;
} revocation_t;

static void note_revocation(const event_t *event, void *arg)
{
    revocation_t *noted = arg;
    noted->revoked = noted->revoked || event->type == EVENT_mandate_revoked;
    noted->sent_after += noted->revoked && event->type == EVENT_payment_sent;
}

static void note_expiry(const event_t *event, void *arg)
{
    if (event->type == EVENT_payment_expired)
        *(instant_t *)arg = event->at;
}

static void revoke_mandate(world_t *world)
{
    answer_t answer;
    request_t request = {
        .type = REQUEST_revoke, .id = uuid7_new(), .revoke = {.account = account, .why = 1}};
    ask(world->payment, &request, &answer);
}

// --- tests ---

static void no_deadline_is_passed_however_far_the_clock_goes(void **state)
{
    world_t *world = *state;
    char link[LINK_MAX];
    instant_t expired = 0;
    ask_for_link(world, link); // and nobody follows it
    pass(world, 3 * DAY_US);
    assert_int_equal(driver_now(world->driver), ORIGIN + 3 * DAY_US);
    read_payments(world, note_expiry, &expired);
    assert_int_equal(expired, ORIGIN + DAY_US);
    assert_int_equal(captures(world), 0);
}

static void autopay_that_was_down_while_a_balance_fell_charges_once(void **state)
{
    world_t *world = *state;
    top_up_with_autopay(world);
    fleet_hold(world->fleet, FLEET_AUTOPAY, true);
    debit(world, 95000); // 50 rubles are left, and nothing moves them again
    fleet_hold(world->fleet, FLEET_AUTOPAY, false);
    settle(world);
    pass(world, HOUR_US);
    assert_int_equal(balance(world), 105000);
    assert_int_equal(captures(world), 2);
    for (int i = 0; i < 5; i++) { // it decides the same again after every death
        fleet_kill(world->fleet, FLEET_AUTOPAY);
        pass(world, 2 * HOUR_US);
    }
    assert_int_equal(captures(world), 2);
}

static void autopay_killed_in_the_middle_of_a_payment_charges_once(void **state)
{
    world_t *world = *state;
    top_up_with_autopay(world);
    fleet_hold(world->fleet, FLEET_PAYMENT, true);
    debit(world, 95000);
    wait_for_decision(world);
    fleet_kill(world->fleet, FLEET_AUTOPAY);
    fleet_hold(world->fleet, FLEET_PAYMENT, false);
    settle(world);
    pass(world, 3 * HOUR_US);
    assert_int_equal(balance(world), 105000);
    assert_int_equal(captures(world), 2);
}

static void a_linking_topup_of_an_account_below_zero_is_followed_by_no_payment(void **state)
{
    world_t *world = *state;
    debit(world, 50000);
    settle(world);
    assert_int_equal(balance(world), -50000);
    top_up_with_autopay(world);
    pass(world, 3 * HOUR_US);
    assert_int_equal(balance(world), 50000);
    assert_int_equal(captures(world), 1);
}

static void nothing_is_sent_by_a_payment_that_returns_to_a_revocation(void **state)
{
    world_t *world = *state;
    revocation_t noted = {0};
    top_up_with_autopay(world);
    fleet_hold(world->fleet, FLEET_PAYMENT, true);
    debit(world, 95000);
    wait_for_decision(world); // the request waits in autopay's journal
    fleet_hold(world->fleet, FLEET_AUTOPAY, true);
    fleet_tend(world->fleet);
    fleet_hold(world->fleet, FLEET_PAYMENT, false);
    int64_t deadline = zclock_mono() + START_MS;
    while (!fleet_is_ready(world->fleet, FLEET_PAYMENT) && zclock_mono() < deadline)
        fleet_tend(world->fleet);
    revoke_mandate(world); // acknowledged before the request can be seen
    fleet_hold(world->fleet, FLEET_AUTOPAY, false);
    settle(world);
    pass(world, 3 * HOUR_US);
    read_payments(world, note_revocation, &noted);
    assert_true(noted.revoked);
    assert_int_equal(noted.sent_after, 0);
    assert_int_equal(captures(world), 1);
    assert_int_equal(balance(world), 5000);
}

// The first batch of a producer: one start, an instant ago.
static fail_t push_start(client_t *feed, instant_t now)
{
    static uint64_t number;
    uint8_t head[128], item[256];
    event_t event = {.type = EVENT_replica_started,
                     .at = now,
                     .replica_started = {.resource = account,
                                         .replica = account,
                                         .account = account,
                                         .tariff = text_of("probny")}};
    feed_batch_t batch = {
        .number = ++number, .producer = PRODUCER_FIRST, .epoch = 1, .first = 1, .count = 1};
    batch.items = (bytes_t){item, (uint32_t)event_encode(&event, item, sizeof item)};
    size_t size = feed_batch_encode_head(&batch, head, sizeof head);
    assert_int_equal(
        client_send_joined(feed, head, size, batch.items.data, batch.items.size, ASK_MS),
        FAIL_NONE);
    bytes_t frame;
    feed_answer_t answer = {0};
    assert_int_equal(client_receive(feed, ASK_MS, &frame), FAIL_NONE);
    assert_int_equal(feed_answer_decode(frame.data, frame.size, &answer), FAIL_NONE);
    assert_int_equal(answer.number, number);
    return answer.fail ? answer.fail : (fail_t)answer.results.data[0];
}

// It knows the time of its last commit, a day ago, by which usage of now is of the future.
static void a_metering_that_returns_takes_usage_once_it_was_told_the_time(void **state)
{
    world_t *world = *state;
    char error[FLEET_ERROR_MAX];
    pass(world, DAY_US);
    fleet_kill(world->fleet, FLEET_METERING);
    unsigned starts = fleet_starts(world->fleet, FLEET_METERING);
    int64_t deadline = zclock_mono() + START_MS;
    while ((fleet_starts(world->fleet, FLEET_METERING) == starts ||
            !fleet_is_ready(world->fleet, FLEET_METERING)) &&
           zclock_mono() < deadline)
        fleet_tend(world->fleet);
    AUTO(client)
    feed = fleet_client(world->fleet, FLEET_METERING, CLIENT_FEED, "platform", error);
    assert_non_null(feed);
    assert_int_equal(push_start(feed, driver_now(world->driver)), FAIL_CLOCK);
    settle(world);
    assert_int_equal(push_start(feed, driver_now(world->driver)), FAIL_NONE);
}

int main(void)
{
    security_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_deadline_is_passed_however_far_the_clock_goes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(autopay_that_was_down_while_a_balance_fell_charges_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(autopay_killed_in_the_middle_of_a_payment_charges_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_linking_topup_of_an_account_below_zero_is_followed_by_no_payment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_metering_that_returns_takes_usage_once_it_was_told_the_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_sent_by_a_payment_that_returns_to_a_revocation,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
