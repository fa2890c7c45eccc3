// test_scenarios - what must hold between the real processes when one of them is killed, behind,
// restored from an old copy, or lied to. Each scenario has a fleet of its own on the driven clock.
#include "services/process/auto.h"
#include "services/process/uuid7.h"
#include "proto/codes.h"
#include "proto/posting.h"
#include "tools/driver/driver.h"
#include "tools/fleet/fleet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#define START INT64_C(1767225600000000) // 2026-01-01T00:00:00Z
enum { ASK_MS = 5000, SETTLE_MS = 20000, START_MS = 30000 };

typedef struct {
    char directory[64];
    fleet_t *fleet;
    driver_t *driver;
    client_t *payment, *ledger, *importer;
} world_t;

static void tend(void *arg)
{
    fleet_tend(((world_t *)arg)->fleet);
}

static client_t *reach_as(world_t *world, fleet_process_t process, const char *certificate)
{
    char error[FLEET_ERROR_MAX] = "";
    client_t *client = fleet_client(world->fleet, process, CLIENT_COMMAND, certificate, error);
    if (!client)
        fail_msg("%s", error);
    return client;
}

static client_t *reach(world_t *world, fleet_process_t process)
{
    return reach_as(world, process, "operator");
}

static void world_begin_with(world_t *world, bool live_feed, const char *sim_line)
{
    char error[FLEET_ERROR_MAX] = "";
    *world = (world_t){.directory = "/tmp/kopeck-scenario-XXXXXX"};
    assert_non_null(mkdtemp(world->directory));
    fleet_options_t options = {.directory = world->directory,
                               .driven = true,
                               .importers = true,
                               .start = START,
                               .live_feed = live_feed,
                               .sim_lines = {"payer = pay", "decision_delay_ms = 0", sim_line},
                               .sim_lines_count = 3};
    world->fleet = fleet_new(&options, error);
    if (!world->fleet || !fleet_start(world->fleet, START_MS, error))
        fail_msg("the fleet does not start: %s", error);
    driver_options_t driving = {
        .count = 4, .sim_url = fleet_url(world->fleet, FLEET_SIM), .tend = tend, .tend_arg = world};
    for (size_t i = 0; i < 4; i++) {
        driving.processes[i].name = fleet_place_name((fleet_process_t)i);
        driving.processes[i].client = reach(world, (fleet_process_t)i);
    }
    world->driver = driver_new(&driving);
    world->payment = reach(world, FLEET_PAYMENT);
    world->ledger = reach(world, FLEET_LEDGER);
    world->importer = reach_as(world, FLEET_LEDGER, "importer");
    assert_int_equal(driver_advance(world->driver, START, SETTLE_MS), FAIL_NONE);
}

static void world_begin(world_t *world, bool live_feed)
{
    world_begin_with(world, live_feed, "refund_delay_ms = 1000");
}

static void world_end(world_t *world)
{
    client_destroy(&world->payment);
    client_destroy(&world->ledger);
    client_destroy(&world->importer);
    driver_destroy(&world->driver);
    fleet_destroy(&world->fleet);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", world->directory);
    assert_int_equal(system(command), 0);
}

static void settle(world_t *world)
{
    if (driver_settle(world->driver, SETTLE_MS))
        fail_msg("does not come to rest: %s", driver_trouble(world->driver));
}

static void wait_hours(world_t *world, int64_t hours)
{
    if (driver_advance(world->driver, driver_now(world->driver) + hours * HOUR_US, SETTLE_MS))
        fail_msg("does not come to rest: %s", driver_trouble(world->driver));
}

static answer_t ask(client_t *client, request_t *request, fail_t want)
{
    answer_t answer;
    assert_int_equal(client_ask(client, request, ASK_MS, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, want);
    return answer;
}

// A customer tops up by card; the stand-in's payer pays as soon as the link is followed.
static uint64_t top_up(world_t *world, const uid_t16 *account, uint64_t rubles, uint64_t count_max)
{
    char link[8192];
    request_t request = {
        .type = REQUEST_topup,
        .id = uuid7_new(),
        .topup = {.account = *account, .amount_rub = rubles, .count_max = count_max}};
    answer_t answer = ask(world->payment, &request, FAIL_NONE);
    uint64_t invoice = answer.topup.invoice;
    snprintf(link, sizeof link, "%.*s", (int)answer.topup.link.size, answer.topup.link.data);
    long status;
    const char *body;
    assert_true(driver_sim_get(driver_stand_in(world->driver), link, &status, &body));
    assert_true(status < 400);
    return invoice;
}

static void take(world_t *world, const uid_t16 *account, posting_kind_t kind, kopecks_t amount)
{
    static const system_account_t takers[] = {[POSTING_CHARGE] = SYSTEM_REVENUE,
                                              [POSTING_REFUND] = SYSTEM_REFUNDS,
                                              [POSTING_CHARGEBACK] = SYSTEM_CHARGEBACKS};
    request_t request = {.type = REQUEST_post,
                         .id = uuid7_new(),
                         .post = {.debit = *account,
                                  .credit = posting_system_id(takers[kind]),
                                  .amount = amount,
                                  .kind = kind,
                                  .opens = true}};
    ask(world->importer, &request, FAIL_NONE);
}

static void charge(world_t *world, const uid_t16 *account, kopecks_t amount)
{
    take(world, account, POSTING_CHARGE, amount);
}

static kopecks_t balance(world_t *world, const uid_t16 *account)
{
    request_t request = {.type = REQUEST_balance, .balance = {.account = *account}};
    answer_t answer = ask(world->ledger, &request, FAIL_NONE);
    return answer.balance.cash + answer.balance.bonus;
}

// What Robokassa took: the number of payments in its own books.
static int captures(world_t *world)
{
    long status;
    const char *body;
    assert_true(driver_sim_get(driver_stand_in(world->driver), "/sim/captures", &status, &body));
    int count = 0;
    for (const char *at = body; (at = strstr(at, "\"invoice\"")); at++)
        count++;
    return count;
}

static uint64_t last_of(world_t *world, fleet_process_t process)
{
    AUTO(client) client = reach(world, process);
    request_t request = {.type = REQUEST_status};
    return ask(client, &request, FAIL_NONE).status.last;
}

static bool counts(world_t *world, fleet_process_t process, const char *line)
{
    AUTO(client) client = reach(world, process);
    request_t request = {.type = REQUEST_status};
    answer_t answer = ask(client, &request, FAIL_NONE);
    char text[FRAME_SMALL_MAX];
    snprintf(text, sizeof text, "%.*s", (int)answer.status.counters.size,
             answer.status.counters.data);
    return strstr(text, line) != NULL;
}

static const uid_t16 account = {{0x10, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};

// --- charged once, whoever dies ---

static void charge_once_around_kills(bool live_feed)
{
    world_t world;
    world_begin(&world, live_feed);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    assert_int_equal(balance(&world, &account), 100000);
    assert_true(fleet_kill(world.fleet, FLEET_AUTOPAY));
    charge(&world, &account, 95000); // nobody sees it cross; the balance never moves again
    settle(&world);                  // the tending starts autopay again
    assert_int_equal(captures(&world), 2);
    assert_int_equal(balance(&world, &account), 5000 + 100000);
    assert_true(fleet_kill(world.fleet, FLEET_AUTOPAY));
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 2);
    world_end(&world);
}

static void autopay_killed_while_the_balance_is_low_charges_once(void **state)
{
    (void)state;
    charge_once_around_kills(true);
}

static void the_same_holds_with_the_live_feed_switched_off(void **state)
{
    (void)state;
    charge_once_around_kills(false);
}

static void a_ticked_top_up_below_zero_brings_no_second_payment(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    charge(&world, &account, 50000);
    settle(&world);
    // The worst order: autopay hears of the mandate long before it sees the credit.
    assert_true(fleet_kill(world.fleet, FLEET_LEDGER));
    top_up(&world, &account, 600, 3);
    settle(&world);
    assert_int_equal(balance(&world, &account), 10000); // not below the threshold
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 1);
    world_end(&world);
}

static void a_mandate_revoked_around_a_dead_payment_is_never_charged(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    // Autopay is down when the balance falls, payment is down when the customer revokes.
    assert_true(fleet_kill(world.fleet, FLEET_AUTOPAY));
    charge(&world, &account, 95000);
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT));
    request_t revoke = {
        .type = REQUEST_revoke, .id = uuid7_new(), .revoke = {.account = account, .why = 1}};
    answer_t answer;
    assert_int_equal(client_ask(world.payment, &revoke, 300, &answer), FAIL_TIMEOUT);
    fleet_tend(world.fleet); // both come back; the customer's revocation is repeated
    while (client_ask(world.payment, &revoke, 300, &answer) == FAIL_TIMEOUT)
        fleet_tend(world.fleet);
    assert_int_equal(answer.fail, FAIL_NONE);
    int at_return = captures(&world);
    settle(&world);
    wait_hours(&world, 30);
    assert_int_equal(captures(&world), at_return);
    assert_int_equal(balance(&world, &account), 5000 + (at_return - 1) * 100000);
    world_end(&world);
}

// --- money that goes back by hand ---

static void a_chargeback_charges_nobody_and_revokes(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    assert_true(counts(&world, FLEET_PAYMENT, "mandates_live 1\n"));
    take(&world, &account, POSTING_CHARGEBACK, 95000); // 50 rubles are left
    settle(&world);
    assert_true(counts(&world, FLEET_PAYMENT, "mandates_live 0\n"));
    charge(&world, &account, 1000);
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 1);
    assert_int_equal(balance(&world, &account), 4000);
    world_end(&world);
}

static void payment_hears_of_a_chargeback_when_it_is_back(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT));
    take(&world, &account, POSTING_CHARGEBACK, 95000);
    charge(&world, &account, 1000);
    settle(&world); // the tending starts payment again
    assert_true(counts(&world, FLEET_PAYMENT, "mandates_live 0\n"));
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 1); // autopay may ask before the news, payment waits for it
    assert_int_equal(balance(&world, &account), 4000);
    world_end(&world);
}

static void a_full_refund_suspends_and_charges_nobody(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    take(&world, &account, POSTING_REFUND, 100000);
    settle(&world);
    assert_true(counts(&world, FLEET_AUTOPAY, "suspended 1\n"));
    assert_true(counts(&world, FLEET_PAYMENT, "mandates_live 1\n"));
    charge(&world, &account, 1000);
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 1);
    assert_int_equal(balance(&world, &account), -1000);
    world_end(&world);
}

static void a_partial_refund_charges_nobody_before_the_next_usage(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 3);
    settle(&world);
    take(&world, &account, POSTING_REFUND, 95000);
    settle(&world);
    assert_true(fleet_kill(world.fleet, FLEET_AUTOPAY)); // the one after it fetches the balances
    wait_hours(&world, 3);
    assert_int_equal(captures(&world), 1);
    assert_true(counts(&world, FLEET_AUTOPAY, "suspended 0\n"));
    charge(&world, &account, 1000);
    settle(&world);
    assert_int_equal(captures(&world), 2);
    assert_int_equal(balance(&world, &account), 4000 + 100000);
    world_end(&world);
}

// --- money that goes back through Robokassa ---

// Do Robokassa's own books have that text?
static bool captured(world_t *world, const char *text)
{
    long status;
    const char *body;
    assert_true(driver_sim_get(driver_stand_in(world->driver), "/sim/captures", &status, &body));
    return strstr(body, text) != NULL;
}

static uint64_t refund(world_t *world, uint64_t invoice, kopecks_t amount, fail_t want)
{
    request_t request = {.type = REQUEST_refund,
                         .id = uuid7_new(),
                         .refund = {.invoice = invoice, .amount = amount}};
    return ask(world->payment, &request, want).refund.refund;
}

static void a_refund_goes_back_once_whoever_is_killed(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    uint64_t invoice = top_up(&world, &account, 1000, 3);
    settle(&world);
    assert_true(fleet_kill(world.fleet, FLEET_LEDGER));
    assert_true(refund(&world, invoice, 100000, FAIL_NONE) > invoice);
    assert_true(counts(&world, FLEET_PAYMENT, "refunds_open 1\n"));
    settle(&world); // the tending starts the ledger again
    assert_int_equal(balance(&world, &account), 0);
    assert_true(counts(&world, FLEET_LEDGER, "refunds_held 1\n"));
    assert_true(counts(&world, FLEET_AUTOPAY, "suspended 1\n"));
    assert_true(captured(&world, "\"refunded_kopecks\":100000,"));
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT)); // it was sent, and is asked about
    wait_hours(&world, 1);
    assert_true(counts(&world, FLEET_PAYMENT, "refunds_open 0\n"));
    assert_true(counts(&world, FLEET_LEDGER, "refunds_held 0\nrefunds_settled 1\n"));
    assert_true(captured(&world, "\"refunded_kopecks\":100000,"));
    refund(&world, invoice, 1, FAIL_STATE);
    world_end(&world);
}

#define RECEIPTS(count, kopecks) "\"receipts\":" count ",\"receipts_kopecks\":" kopecks ","

// What a refund took is on no second receipt; what is used up is settled by one, whoever is killed.
static void a_second_receipt_is_sent_once_whoever_is_killed(void **state)
{
    (void)state;
    world_t world;
    world_begin_with(&world, true, "fault = timeout_after_accept on=receipt count=1");
    uint64_t invoice = top_up(&world, &account, 1000, 0);
    settle(&world);
    charge(&world, &account, 30000);
    refund(&world, invoice, 40000, FAIL_NONE);
    wait_hours(&world, 1);
    assert_true(counts(&world, FLEET_PAYMENT, "refunds_open 0\n"));
    assert_true(captured(&world, RECEIPTS("0", "0")));
    charge(&world, &account, 30000); // the last of it
    settle(&world);
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT)); // it may have been sent
    wait_hours(&world, 2);
    assert_true(captured(&world, RECEIPTS("1", "60000")));
    assert_true(counts(&world, FLEET_PAYMENT, "receipts_open 0\nreceipts_missing 0\n"));
    world_end(&world);
}

static bool is_alarmed(world_t *world, alarm_t alarm)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer = ask(world->payment, &request, FAIL_NONE);
    uint64_t code = 0;
    wire_t wire; // payment has one alarm, or none
    wire_start(&wire, answer.status.alarms.data, answer.status.alarms.size);
    if (!wire_array(&wire, 64) || !wire_array(&wire, 8))
        return false;
    wire_u64(&wire, &code);
    return code == alarm;
}

static void receipt(world_t *world, uint64_t invoice, receipt_kind_t kind, bool again)
{
    request_t request = {.type = REQUEST_receipt_resolve,
                         .id = uuid7_new(),
                         .receipt_resolve = {.invoice = invoice, .kind = kind, .again = again}};
    ask(world->payment, &request, FAIL_NONE);
}

static void a_credit_without_receipt_turns_the_light_red(void **state)
{
    (void)state;
    world_t world;
    world_begin_with(&world, true, "fault = refuse on=receipt code=3 count=60");
    uint64_t invoice = top_up(&world, &account, 1000, 0);
    settle(&world);
    charge(&world, &account, 100000);
    settle(&world);
    assert_false(is_alarmed(&world, ALARM_RECEIPT));
    assert_int_equal(balance(&world, &account), 0); // no money waits for it
    wait_hours(&world, 25);
    assert_true(is_alarmed(&world, ALARM_RECEIPT));
    assert_true(counts(&world, FLEET_PAYMENT, "receipts_open 0\nreceipts_missing 2\n"));
    receipt(&world, invoice, RECEIPT_FIRST, false); // people have made it elsewhere
    receipt(&world, invoice, RECEIPT_SECOND, true);
    assert_false(is_alarmed(&world, ALARM_RECEIPT));
    wait_hours(&world, 25); // Robokassa takes it by now
    assert_true(counts(&world, FLEET_PAYMENT, "receipts_open 0\nreceipts_missing 0\n"));
    assert_true(captured(&world, RECEIPTS("1", "100000")));
    world_end(&world);
}

static void a_refund_without_an_answer_is_left_to_people(void **state)
{
    (void)state;
    world_t world;
    world_begin_with(&world, true, "fault = timeout_after_accept on=refund count=1");
    uint64_t invoice = top_up(&world, &account, 1000, 0);
    settle(&world);
    charge(&world, &account, 30000);
    uint64_t number = refund(&world, invoice, 70000, FAIL_NONE);
    settle(&world);
    wait_hours(&world, 30);
    assert_true(counts(&world, FLEET_PAYMENT, "refunds_unknown 1\n"));
    assert_true(captured(&world, "\"refunded_kopecks\":70000,")); // once
    assert_true(counts(&world, FLEET_LEDGER, "refunds_held 1\n"));
    request_t resolve = {.type = REQUEST_refund_resolve,
                         .id = uuid7_new(),
                         .refund_resolve = {.refund = number, .done = true, .amount = 70000}};
    ask(world.payment, &resolve, FAIL_NONE);
    settle(&world);
    assert_true(counts(&world, FLEET_LEDGER, "refunds_held 0\nrefunds_settled 1\n"));
    assert_int_equal(balance(&world, &account), 0);
    world_end(&world);
}

// --- lies ---

static void a_forged_notice_moves_nothing(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    unsigned long long known = top_up(&world, &account, 1000, 0);
    settle(&world);
    uint64_t before = last_of(&world, FLEET_PAYMENT);
    static const char *const forged[] = {
        "OutSum=1000.000000&SignatureValue=00112233445566778899aabbccddeeff",
        "OutSum=1000.000000&SignatureValue=",
        "OutSum=1000.000000",
        "OutSum=1e3&SignatureValue=00",
        "IsTest=1",
        "%zz",
        ""};
    char first[512] = "";
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        char query[256], address[512];
        // an invoice that exists, and one that does not: both look the same from outside
        for (unsigned long long invoice = known; invoice < known + 2; invoice++) {
            snprintf(query, sizeof query, "InvId=%llu&%s", invoice, forged[i]);
            snprintf(address, sizeof address, "%s/robokassa/result?%s",
                     fleet_url(world.fleet, FLEET_WEB), query);
            long status;
            const char *body;
            assert_true(driver_sim_get(driver_stand_in(world.driver), address, &status, &body));
            assert_int_equal(status, 400);
            if (!*first)
                snprintf(first, sizeof first, "%s", body);
            assert_string_equal(body, first);
        }
    }
    settle(&world);
    assert_int_equal(last_of(&world, FLEET_PAYMENT), before);
    assert_int_equal(balance(&world, &account), 100000);
    world_end(&world);
}

static void a_repeated_command_is_answered_and_another_content_refused(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    request_t post = {.type = REQUEST_post,
                      .id = uuid7_new(),
                      .post = {.debit = account,
                               .credit = posting_system_id(SYSTEM_REVENUE),
                               .amount = 100,
                               .kind = POSTING_CHARGE,
                               .opens = true}};
    uint64_t sequence = ask(world.importer, &post, FAIL_NONE).post.sequence;
    uint64_t last = last_of(&world, FLEET_LEDGER);
    assert_int_equal(ask(world.importer, &post, FAIL_NONE).post.sequence, sequence);
    assert_true(fleet_kill(world.fleet, FLEET_LEDGER)); // and after a restart
    settle(&world);
    assert_int_equal(ask(world.importer, &post, FAIL_NONE).post.sequence, sequence);
    post.post.amount = 101;
    ask(world.importer, &post, FAIL_CONFLICT);
    assert_int_equal(balance(&world, &account), -100);
    assert_int_equal(last_of(&world, FLEET_LEDGER), last + 1); // one boot, no posting
    request_t unknown = {.type = REQUEST_balance, .balance = {.account = {{9}}}};
    ask(world.ledger, &unknown, FAIL_UNKNOWN_ACCOUNT);
    world_end(&world);
}

// --- another history ---

static void copy(world_t *world, const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf %s/%s && cp -a %s/%s %s/%s", world->directory, to,
             world->directory, from, world->directory, to);
    assert_int_equal(system(command), 0);
}

static void a_restored_older_journal_is_noticed_and_refused(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, true);
    top_up(&world, &account, 1000, 0);
    settle(&world);
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT));
    usleep(100000); // until the kernel has taken it; nobody tends meanwhile
    copy(&world, "var/payment", "saved");
    settle(&world);
    top_up(&world, &account, 500, 0);
    settle(&world);
    assert_int_equal(balance(&world, &account), 150000);
    assert_true(fleet_kill(world.fleet, FLEET_PAYMENT));
    usleep(100000);
    copy(&world, "saved", "var/payment");
    int64_t patience = 200;
    do {
        fleet_tend(world.fleet);
        usleep(50000);
    } while (patience-- && !(counts(&world, FLEET_LEDGER, "trouble 1") &&
                             counts(&world, FLEET_AUTOPAY, "trouble 1")));
    assert_true(patience > 0);
    assert_int_equal(balance(&world, &account), 150000); // and nothing of the other history counts
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autopay_killed_while_the_balance_is_low_charges_once),
        cmocka_unit_test(the_same_holds_with_the_live_feed_switched_off),
        cmocka_unit_test(a_ticked_top_up_below_zero_brings_no_second_payment),
        cmocka_unit_test(a_mandate_revoked_around_a_dead_payment_is_never_charged),
        cmocka_unit_test(a_chargeback_charges_nobody_and_revokes),
        cmocka_unit_test(payment_hears_of_a_chargeback_when_it_is_back),
        cmocka_unit_test(a_full_refund_suspends_and_charges_nobody),
        cmocka_unit_test(a_partial_refund_charges_nobody_before_the_next_usage),
        cmocka_unit_test(a_refund_goes_back_once_whoever_is_killed),
        cmocka_unit_test(a_refund_without_an_answer_is_left_to_people),
        cmocka_unit_test(a_second_receipt_is_sent_once_whoever_is_killed),
        cmocka_unit_test(a_credit_without_receipt_turns_the_light_red),
        cmocka_unit_test(a_forged_notice_moves_nothing),
        cmocka_unit_test(a_repeated_command_is_answered_and_another_content_refused),
        cmocka_unit_test(a_restored_older_journal_is_noticed_and_refused),
    };
    return cmocka_run_group_tests_name("scenarios", tests, NULL, NULL);
}
