// Random worlds against a Robokassa that shares no code with the core: charges are accepted,
// rejected, declined, stuck, arrive late or not at all; answers are lost; notices come twice, late,
// forged or never; mandates are revoked and replaced, limits lowered; the process ends between any
// two inputs and its successor replays the journal. What may not be is checked when it happens: a
// second POST of an invoice that may have arrived, a POST without its committed `sent`, a POST
// under a revoked mandate, a charge above the limits of now. The ledger posts what was credited,
// later, and chargebacks and refunds, full ones and partial: what each of them says of the mandate
// is judged by accounts that the checker keeps of its own. At the end everything is calm, and
// then what was captured is what was credited and each request has ended once.
#include "tests/common/shop.h"
#include "tests/model/payment_returns.h"
#include <time.h>

enum {
    WORLDS = 200,
    STEPS = 600,
    ACCOUNTS = 5,
    OPS_MAX = 2048,
    FLIGHTS_MAX = 64,
    REQUESTS_MAX = 2048
};

// An invoice as the checker knows it: from the journal's events, and what Robokassa holds of it.
typedef struct {
    uint64_t invoice, request;
    uid_t16 account, mandate, token;
    kopecks_t amount;
    bool charge;
    unsigned sent, posted, connected; // `sent` events; POSTs begun; POSTs that may have arrived
    // at Robokassa:
    enum { NOWHERE, STARTED, MONEY, CAPTURED, CANCELLED } at;
    instant_t arrives, settles; // 0: not under way
    bool will_pay, silent;      // its notices are lost
    bool lowered;               // its limits, since it was created
    kopecks_t credited;
    unsigned credits, declines;
} op_t;

typedef struct {
    uint64_t key, invoice;
    bool charge;
    int what; // of the result; a question is answered when the result lands
    unsigned status;
    char body[1024];
} flight_t;

static world_t *world;
static op_t ops[OPS_MAX];
static size_t ops_count;
static flight_t flights[FLIGHTS_MAX];
static size_t flights_count;
// A mandate's limits as the journal has them, and what the request under way counts.
static struct {
    uid_t16 mandate, account;
    kopecks_t amount, sum_max;
    uint64_t count_max;
} terms[OPS_MAX];
static size_t terms_count;
static event_autopay_payment_requested_t asked;
static uid_t16 revoked[OPS_MAX];
static size_t revoked_count;
static struct {
    unsigned declines, credits;
} requests[REQUESTS_MAX];
static returns_t returns; // the ledger, and what it says of mandates
static uint64_t audited;  // events of the journal that the checker has read
static bool calm;
static uint64_t first_seed;
static unsigned long posts, captures, restarts, lates, retries, unknowns, revocations, lowerings;

static uint64_t chance(uint64_t below)
{
    return world_random(world) % below;
}

static op_t *op_of(uint64_t invoice)
{
    for (size_t i = 0; i < ops_count; i++) {
        if (ops[i].invoice == invoice)
            return &ops[i];
    }
    fail_msg("no such invoice");
    return NULL;
}

static bool is_revoked(const uid_t16 *mandate)
{
    for (size_t i = 0; i < revoked_count; i++) {
        if (uid_equal(&revoked[i], mandate))
            return true;
    }
    return false;
}

// --- the checker reads what was committed ---

static void hear_created(const event_payment_created_t *e)
{
    assert_true(ops_count < OPS_MAX);
    for (size_t i = 0; i < ops_count; i++)
        assert_true(ops[i].invoice != e->invoice &&
                    (e->request == 0 || ops[i].request != e->request));
    op_t *op = &ops[ops_count++];
    *op = (op_t){.invoice = e->invoice,
                 .request = e->request,
                 .account = e->account,
                 .mandate = e->mandate,
                 .token = e->token,
                 .amount = e->amount,
                 .charge = e->kind == PAYMENT_KIND_AUTOPAY};
    for (size_t i = 0; op->charge && i < terms_count; i++)
        if (uid_equal(&terms[i].mandate, &e->mandate))
            assert_true(asked.count < terms[i].count_max &&
                        asked.sum + e->amount <= terms[i].sum_max);
}

static void hear_consented(const event_mandate_consented_t *e)
{
    assert_true(terms_count < OPS_MAX);
    terms[terms_count].mandate = e->mandate;
    terms[terms_count].account = e->account;
    terms[terms_count].amount = e->amount;
    terms[terms_count].sum_max = e->sum_max;
    terms[terms_count++].count_max = e->count_max;
}

static void hear_changed(const event_mandate_changed_t *e)
{
    for (size_t i = 0; i < terms_count; i++)
        if (uid_equal(&terms[i].mandate, &e->mandate)) {
            terms[i].sum_max = e->sum_max;
            terms[i].count_max = e->count_max;
        }
    for (size_t i = 0; i < ops_count; i++)
        ops[i].lowered |= ops[i].charge && uid_equal(&ops[i].mandate, &e->mandate);
    lowerings++;
}

static void hear_declined(const event_payment_declined_t *e)
{
    if (e->request) {
        assert_int_equal(requests[e->request].declines++, 0);
        assert_int_equal(requests[e->request].credits, 0); // a credited payment declines no more
    }
    if (e->invoice) {
        op_t *op = op_of(e->invoice);
        assert_int_equal(op->declines++, 0);
        bool possible = op->at != MONEY && op->at != CAPTURED;
        assert_true(possible || e->reason == DECLINE_OPERATOR);
    }
}

static void hear_succeeded(const event_payment_succeeded_t *e)
{
    op_t *op = op_of(e->invoice);
    assert_int_equal(op->credits++, 0);
    assert_int_equal(op->at, CAPTURED); // no credit without a capture
    assert_true(uid_equal(&op->account, &e->account));
    assert_int_equal(e->amount, op->amount);
    assert_int_equal(e->request, op->request);
    op->credited = e->amount;
    lates += e->after;
    if (e->request)
        assert_int_equal(requests[e->request].credits++, 0);
}

static void audit(void)
{
    for (; audited < world_last(world); audited++) {
        event_t event = harness_read(world->harness, audited + 1);
        returns_hear(&returns, &event, audited + 1);
        if (event.type == EVENT_payment_created)
            hear_created(&event.payment_created);
        else if (event.type == EVENT_payment_sent)
            op_of(event.payment_sent.invoice)->sent++;
        else if (event.type == EVENT_payment_declined)
            hear_declined(&event.payment_declined);
        else if (event.type == EVENT_payment_succeeded)
            hear_succeeded(&event.payment_succeeded);
        else if (event.type == EVENT_mandate_consented)
            hear_consented(&event.mandate_consented);
        else if (event.type == EVENT_mandate_changed)
            hear_changed(&event.mandate_changed);
        else if (event.type == EVENT_payment_unknown)
            unknowns++;
        else if (event.type == EVENT_mandate_revoked)
            revoked[revoked_count++] = event.mandate_revoked.mandate;
    }
}

// --- Robokassa ---

static void begin_operation(op_t *op)
{
    if (op->at != NOWHERE)
        return;
    op->at = STARTED;
    op->settles = world->now + (instant_t)chance(2 * HOUR_US / SECOND_US) * SECOND_US;
    op->will_pay = chance(3) != 0;
    op->silent = chance(4) == 0;
}

static void notify(op_t *op, bool forged)
{
    char sum[32];
    snprintf(sum, sizeof sum, "%lld.%02lld0000", (long long)op->amount / 100,
             (long long)op->amount % 100);
    fail_t fail =
        world_notice(world, forged ? "guessed-password" : SHOP_PASSWORD2, op->invoice, sum, false);
    assert_int_equal(fail, forged ? FAIL_SIGNATURE : FAIL_NONE);
    audit();
}

static void robokassa_works(void)
{
    for (size_t i = 0; i < ops_count; i++) {
        op_t *op = &ops[i];
        if (op->arrives && op->arrives <= world->now) {
            op->arrives = 0;
            begin_operation(op);
        }
        if (op->at != STARTED && op->at != MONEY)
            continue;
        if (op->settles > world->now && !calm)
            continue;
        if (op->at == STARTED && op->will_pay && !calm && chance(2)) {
            op->at = MONEY;
            op->settles = world->now + (instant_t)chance(600) * SECOND_US;
            continue;
        }
        op->at = op->will_pay ? CAPTURED : CANCELLED;
        captures += op->will_pay;
    }
}

// A notice of any captured invoice, maybe for the fifth time; now and then a forged one.
static void deliver_notice(void)
{
    if (ops_count == 0)
        return;
    op_t *op = &ops[chance(ops_count)];
    if (chance(8) == 0)
        notify(op, true);
    else if (op->at == CAPTURED && !op->silent)
        notify(op, false);
    else if (op->at == CANCELLED && chance(4) == 0) { // Robokassa's support looked into it
        op->at = CAPTURED;
        captures++;
    }
}

static void answer_state(const op_t *op, flight_t *flight)
{
    static const int codes[] = {[STARTED] = ROBOKASSA_STATE_STARTED,
                                [MONEY] = ROBOKASSA_STATE_RECEIVED,
                                [CAPTURED] = ROBOKASSA_STATE_PAID,
                                [CANCELLED] = ROBOKASSA_STATE_CANCELLED};
    char sum[32];
    snprintf(sum, sizeof sum, "%lld.%02lld", (long long)op->amount / 100,
             (long long)op->amount % 100);
    const char *xml = op->at == NOWHERE ? world_xml(3, 0, NULL, NULL)
                                        : world_xml(0, codes[op->at], sum, &op->token);
    snprintf(flight->body, sizeof flight->body, "%s", xml);
}

static void answer_charge(op_t *op, flight_t *flight)
{
    uint64_t luck = calm ? 99 : chance(100);
    retries += op->posted > 0;
    op->posted++;
    posts++;
    assert_true(op->posted <= op->sent);    // each has its own committed `sent`
    assert_int_equal(op->connected, 0);     // none before it can have arrived
    assert_false(is_revoked(&op->mandate)); // the customer still allows it
    assert_false(op->lowered);              // and as much as when it was created
    if (luck < 20) {
        flight->what = RESULT_NOT_CONNECTED;
        return;
    }
    op->connected++;
    if (luck < 30) {
        flight->what = RESULT_NO_ANSWER; // and nothing arrived
    } else if (luck < 40) {
        flight->what = RESULT_NO_ANSWER; // it arrives later, before anybody may give it up
        op->arrives = world->now + (instant_t)chance(20 * 60) * SECOND_US;
    } else if (luck < 50) {
        snprintf(flight->body, sizeof flight->body, "Error 35");
    } else {
        begin_operation(op);
        if (luck < 60)
            flight->what = RESULT_NO_ANSWER;
        else if (luck < 65)
            flight->status = 502;
        else if (luck < 70)
            snprintf(flight->body, sizeof flight->body, "<html>busy</html>");
        else
            snprintf(flight->body, sizeof flight->body, "OK%llu", (unsigned long long)op->invoice);
    }
}

// --- the shell ---

static bool is_in_flight(uint64_t key)
{
    for (size_t i = 0; i < flights_count; i++) {
        if (flights[i].key == key)
            return true;
    }
    return false;
}

static void start_requests(void)
{
    const due_t *due = world_due(world);
    for (size_t i = 0; i < due->count && flights_count < FLIGHTS_MAX; i++) {
        const outside_t *wanted = &due->requests[i];
        if (is_in_flight(wanted->key))
            continue;
        const char *at = memmem(wanted->body.data, wanted->body.size, "&InvoiceID=", 11);
        flight_t *flight = &flights[flights_count++];
        *flight = (flight_t){.key = wanted->key,
                             .invoice = strtoull(at + 11, NULL, 10),
                             .what = RESULT_ANSWERED,
                             .status = 200};
        flight->charge = memmem(wanted->url.data, wanted->url.size, "Recurring", 9) != NULL;
        op_t *op = op_of(flight->invoice);
        if (flight->charge)
            answer_charge(op, flight);
        else if (!calm && chance(5) == 0)
            flight->what = chance(2) ? RESULT_NO_ANSWER : RESULT_NOT_CONNECTED;
    }
}

static void land_one(void)
{
    if (flights_count == 0)
        return;
    size_t i = chance(flights_count);
    flight_t flight = flights[i];
    flights[i] = flights[--flights_count];
    if (!flight.charge && flight.what == RESULT_ANSWERED)
        answer_state(op_of(flight.invoice), &flight);
    world_result(world, flight.key, flight.what, flight.status, flight.body);
    audit();
}

static void restart(void)
{
    world_check_replay(world);
    world_restart(world);
    flights_count = 0; // their answers fall on the floor
    returns_restarted(&returns);
    restarts++;
    audit();
}

static void pass_time(instant_t us)
{
    world->now += us;
    world_tick(world);
    audit();
}

// --- customers and autopay ---

static uid_t16 account_at_random(void)
{
    return (uid_t16){{(uint8_t)(1 + chance(ACCOUNTS))}};
}

static void top_up(void)
{
    uid_t16 account = account_at_random();
    uint64_t invoice =
        world_topup(world, &account, 100 + chance(900), chance(2) * (1 + chance(31)));
    audit();
    if (chance(4) != 0) // else he walks away
        begin_operation(op_of(invoice));
}

static void ask_for_charge(void)
{
    uid_t16 account = account_at_random();
    event_autopay_payment_requested_t wish = world_wish(world, &account);
    instant_t at = world->now - (instant_t)chance(60) * SECOND_US;
    uint64_t luck = chance(20);
    if (luck == 0)
        at -= HOUR_US;
    else if (luck == 1)
        wish.amount += 100;
    else if (luck == 2 && wish.credit > 0)
        wish.credit--;
    else if (luck == 3)
        wish.mandate.bytes[3] ^= 1;
    wish.count = chance(3);
    wish.sum = (kopecks_t)wish.count * wish.amount;
    asked = wish;
    size_t before = ops_count;
    uint64_t request = world_request(world, &wish, at);
    assert_true(request < REQUESTS_MAX);
    audit();
    assert_true(luck > 3 || ops_count == before); // none of these may be sent
    assert_int_equal(requests[request].declines + (ops_count - before), 1);
}

static void lower(void)
{
    if (!terms_count)
        return;
    size_t i = chance(terms_count);
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change.account = terms[i].account;
    request.mandate_change.count_max = 1 + chance(terms[i].count_max);
    kopecks_t sum = (kopecks_t)request.mandate_change.count_max * terms[i].amount;
    request.mandate_change.sum_max = sum < terms[i].sum_max ? sum : terms[i].sum_max;
    (void)world_command(world, &request, ROLE_WEB); // of a mandate that is past: refused
    audit();
}

static void revoke(void)
{
    request_t request = {.type = REQUEST_revoke};
    request.revoke.account = account_at_random();
    request.revoke.why = REVOKE_CUSTOMER;
    answer_t answer;
    if (world_command(world, &request, ROLE_WEB) != FAIL_NONE)
        return;
    assert_int_equal(world_answer(world, &request, &answer), FAIL_NONE);
    audit();
    revocations++;
    // From the answer on nothing is sent under it, whoever reads the journal when.
    revoked[revoked_count++] = answer.revoke.mandate;
    assert_true(revoked_count < OPS_MAX);
}

// --- the ledger ---

static void money_goes_back(bool chargeback)
{
    uid_t16 account = account_at_random();
    if (chargeback)
        returns_take_back(&returns, &account);
    else
        returns_refund(&returns, &account);
    audit();
}

// --- a life ---

static void step(void)
{
    uint64_t luck = chance(100);
    robokassa_works();
    if (luck < 6)
        top_up();
    else if (luck < 25)
        ask_for_charge();
    else if (luck < 47)
        start_requests();
    else if (luck < 69)
        land_one();
    else if (luck < 79)
        deliver_notice();
    else if (luck < 81)
        lower();
    else if (luck < 83)
        returns_post(&returns);
    else if (luck < 86)
        money_goes_back(luck < 84);
    else if (luck < 98)
        pass_time((instant_t)chance(luck < 94 ? 60 : 7200) * SECOND_US);
    else if (chance(2))
        restart();
    else
        revoke();
}

// Nothing fails any more: three days pass, the time going where the core wants it to.
static void calm_down(void)
{
    instant_t end = world->now + 3 * DAY_US;
    calm = true;
    pass_time(0);
    while (world->now < end) {
        robokassa_works();
        start_requests();
        if (flights_count > 0) {
            land_one();
            continue;
        }
        pass_time(0); // as the node does at the end of each batch
        instant_t wake = world_due(world)->wake;
        assert_true(wake > world->now); // else it would spin
        pass_time((wake < end ? wake : end) - world->now);
    }
    // Notices of what we gave up before it was paid: five come, one is heard at the latest now.
    for (size_t i = 0; i < ops_count; i++) {
        bool given_up = ops[i].at == CAPTURED && ops[i].credits == 0;
        if (given_up) {
            assert_true(
                invoice_is_closed(payment_state_invoice(world_core_state(world), ops[i].invoice)));
            notify(&ops[i], false);
        }
    }
}

static void check_end(void)
{
    kopecks_t captured[ACCOUNTS + 1] = {0}, credited[ACCOUNTS + 1] = {0};
    for (size_t i = 0; i < ops_count; i++) {
        const op_t *op = &ops[i];
        captured[op->account.bytes[0]] += op->at == CAPTURED ? op->amount : 0;
        credited[op->account.bytes[0]] += op->credited;
        assert_true(op->connected <= 1);
    }
    for (int i = 1; i <= ACCOUNTS; i++)
        assert_int_equal(captured[i], credited[i]);
    // Ended: declined, or credited; both only if the money came after the decline.
    for (uint64_t i = 1; i <= world->autopay_sequence; i++)
        assert_in_range(requests[i].declines + requests[i].credits, 1, 2);
    const payment_state_t *state = world_core_state(world);
    assert_int_equal(state->open, 0);
    assert_int_equal(payment_agenda_count(&state->work->judgements) +
                         payment_agenda_count(&state->work->questions),
                     0);
    world_check_replay(world);
}

static void live(uint64_t seed)
{
    world = world_new(seed);
    ops_count = flights_count = revoked_count = terms_count = 0;
    returns_init(&returns, world);
    audited = 0;
    calm = false;
    memset(requests, 0, sizeof requests);
    audit();
    for (int i = 0; i < STEPS; i++)
        step();
    calm_down();
    check_end();
}

static void what_was_captured_is_credited_and_every_request_ends_once(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < WORLDS; i++) {
        print_message("seed %llu\r", (unsigned long long)(first_seed + i));
        live(first_seed + i);
        world_destroy(world);
    }
    print_message("%lu posts (%lu again), %lu captures, %lu unknown, %lu late, %lu revocations, "
                  "%lu lowered, %lu restarts\n",
                  posts, retries, captures, unknowns, lates, revocations, lowerings, restarts);
    assert_true(posts > WORLDS && retries > WORLDS / 10 && captures > WORLDS);
    assert_true(unknowns > WORLDS && lates > 0 && revocations > WORLDS && restarts > WORLDS &&
                lowerings > WORLDS);
    print_message("%lu chargebacks, %lu full and %lu partial refunds under a live mandate\n",
                  returns.chargebacks, returns.full_refunds, returns.partial_refunds);
    assert_true(returns.chargebacks > WORLDS / 4 && returns.full_refunds > WORLDS / 4 &&
                returns.partial_refunds > WORLDS / 4);
}

static void the_same_world_leaves_the_same_bytes(void **state)
{
    (void)state;
    live(first_seed);
    world_t *first = world;
    live(first_seed);
    assert_int_equal(world_last(first), world_last(world));
    for (uint64_t sequence = 1; sequence <= world_last(first); sequence++) {
        bytes_t a = harness_bytes(first->harness, sequence);
        bytes_t b = harness_bytes(world->harness, sequence);
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size);
    }
    world_destroy(first);
    world_destroy(world);
}

int main(int argc, char **argv)
{
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    print_message("first seed %llu\n", (unsigned long long)first_seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_captured_is_credited_and_every_request_ends_once),
        cmocka_unit_test(the_same_world_leaves_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
