// A month of top-ups and charges in which payment's journal is put back from a backup, at random
// points and from random earlier ones. Payment then forgets what it did since: Robokassa's repeated
// notices, and payment's own questions, are news to it, and it says `succeeded` once more. The
// ledger must credit each capture once, whatever payment says. What had ended before the backup and
// was paid and told of since, only payment's own questions find.
//
// After each restore payment has a new epoch, and the ledger's operator accepts its history
// (reseed). What cannot come right by itself is counted apart: an invoice that only the lost
// history knew, paid and not yet credited when it was lost.
// Autopay's requests since the backup come once more, too, and none may be charged again.
//
// The seed is printed; KOPECK_SEED=n runs that one alone.
#include "proto/payment_number.h"
#include "services/ledger/ledger_core.h"
#include "tests/common/shop.h"
#include "tests/model/payment_harness.h"
#include <inttypes.h>
#include <string.h>

enum { SEEDS = 30, STEPS = 30 * 24 * 2, ACCOUNTS = 4, OPERATIONS_MAX = 3 * STEPS };
#define STEP_US (HOUR_US / 2)

typedef struct {
    uint64_t invoice, request; // request: autopay's, 0 for a top-up
    uid_t16 token;
    kopecks_t amount, credited;
    unsigned credits, repeats; // postings to the customer, and to suspense
    bool captured, heard;      // heard: a notice of it was taken, maybe by a journal that was lost
} operation_t;

typedef struct {
    event_autopay_payment_requested_t wish;
    instant_t at;
    unsigned posts; // to Robokassa
} decision_made_t;

typedef struct {
    world_t *payment;
    harness_t *ledger;
    operation_t operations[OPERATIONS_MAX];
    size_t count;
    uint64_t read;                    // of payment's events, by the checker
    uint64_t told;                    // of payment's events, by the ledger
    uint64_t heard;                   // of the ledger's events, by the checker
    uint64_t backup;                  // payment's last sequence in it
    uint64_t backup_decisions;        // and how many of autopay's it had taken
    decision_made_t decisions[STEPS]; // by autopay's sequence, from 1
    size_t decisions_count;
    unsigned restores, repeats, orphans, charges;
    uint64_t down; // so many steps long the ledger takes nothing
} month_t;

static uint64_t chance(month_t *self, uint64_t below)
{
    return world_random(self->payment) % below;
}

static operation_t *operation_of(month_t *self, uint64_t invoice)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->operations[i].invoice == invoice)
            return &self->operations[i];
    return NULL;
}

// --- the checker ---

// No number twice, in no history: not one that a lost history gave either.
static void hear_payment(month_t *self)
{
    for (; self->read < world_last(self->payment); self->read++) {
        event_t event = harness_read(self->payment->harness, self->read + 1);
        if (event.type != EVENT_payment_created)
            continue;
        const event_payment_created_t *e = &event.payment_created;
        if (self->count && e->invoice <= self->operations[self->count - 1].invoice)
            fail_msg("number %" PRIu64 " was given before", e->invoice);
        assert_true(self->count < OPERATIONS_MAX && e->invoice <= PAYMENT_NUMBER_MAX);
        self->operations[self->count++] = (operation_t){
            .invoice = e->invoice, .request = e->request, .token = e->token, .amount = e->amount};
    }
}

static void hear_credit(month_t *self, const event_posted_t *e)
{
    uint64_t number = posting_payment_number(&e->reference);
    operation_t *operation = operation_of(self, number);
    assert_non_null(operation);
    assert_true(operation->captured);
    assert_int_equal(e->amount, operation->amount);
    operation->credited += e->amount;
    if (operation->credits++)
        fail_msg("number %" PRIu64 " was credited twice", number);
}

static void hear_ledger(month_t *self)
{
    for (; self->heard < self->ledger->last; self->heard++) {
        event_t event = harness_read(self->ledger, self->heard + 1);
        if (event.type == EVENT_posted && event.posted.credit >= SYSTEM_END)
            hear_credit(self, &event.posted);
        else if (event.type == EVENT_payment_suspended) {
            operation_t *operation = operation_of(self, event.payment_suspended.invoice);
            assert_int_equal(event.payment_suspended.why, SUSPENSE_REPEATED);
            assert_int_equal(operation->credits, 1);
            operation->repeats++;
            self->repeats++;
        }
    }
}

static void follow(month_t *self)
{
    hear_payment(self);
    self->ledger->now = self->payment->now;
    while (self->told < world_last(self->payment)) {
        event_t event = harness_read(self->payment->harness, ++self->told);
        assert_int_equal(harness_event(self->ledger, STREAM_PAYMENT, self->told, &event),
                         FAIL_NONE);
    }
    hear_ledger(self);
}

// --- what happens ---

static void top_up(month_t *self)
{
    uid_t16 account = {{(uint8_t)(1 + chance(self, ACCOUNTS))}};
    request_t request = {.type = REQUEST_topup, .topup.account = account};
    request.topup.amount_rub = 100 + chance(self, 900);
    request.topup.count_max = chance(self, 2) * 31;
    (void)world_command(self->payment, &request, ROLE_WEB); // refused: too many are unpaid
}

static void notify(month_t *self, operation_t *operation)
{
    char sum[SHOP_SUM_SIZE];
    shop_sum(operation->amount, sum);
    if (!world_notice(self->payment, SHOP_PASSWORD2, operation->invoice, sum, false))
        operation->heard = true;
}

// Somebody pays, some after days; the notice comes at once, later, several times, or never.
static void pay(month_t *self)
{
    size_t last = chance(self, 5) ? 4 : 150;
    operation_t *operation = &self->operations[self->count - 1 - chance(self, self->count) % last];
    if (operation->request)
        return; // nobody pays a charge by hand
    operation->captured = true;
    if (chance(self, 2))
        notify(self, operation);
}

static void repeat_notice(month_t *self)
{
    operation_t *operation = &self->operations[self->count - 1 - chance(self, self->count) % 30];
    if (operation->captured)
        notify(self, operation);
}

// Autopay decides; what stands against it is payment's to say.
static void decide(month_t *self)
{
    uid_t16 account = {{(uint8_t)(1 + chance(self, ACCOUNTS))}};
    const payment_account_t *known =
        payment_state_account(world_core_state(self->payment), &account);
    if (!payment_state_mandate(world_core_state(self->payment), known))
        return;
    decision_made_t *made = &self->decisions[self->decisions_count++];
    *made =
        (decision_made_t){.wish = world_wish(self->payment, &account), .at = self->payment->now};
    assert_int_equal(world_request(self->payment, &made->wish, made->at), self->decisions_count);
}

// A charge that arrives is captured; a notice may follow, or payment asks.
static void charge(month_t *self, operation_t *operation, uint64_t key)
{
    char answer[32];
    snprintf(answer, sizeof answer, "OK%" PRIu64, operation->invoice);
    operation->captured = true;
    self->charges++;
    if (self->decisions[operation->request - 1].posts++)
        fail_msg("decision %" PRIu64 " was charged twice", operation->request);
    world_result(self->payment, key, RESULT_ANSWERED, 200, answer);
}

// Payment asks about what it holds open, or has to doubt, and Robokassa says what is.
static size_t answer_some(month_t *self)
{
    uint64_t keys[DUE_REQUESTS_MAX], invoices[DUE_REQUESTS_MAX];
    bool charges[DUE_REQUESTS_MAX];
    const due_t *due = world_due(self->payment);
    size_t count = due->count;
    for (size_t i = 0; i < count; i++) {
        const outside_t *wanted = &due->requests[i];
        const char *at = memmem(wanted->body.data, wanted->body.size, "&InvoiceID=", 11);
        assert_non_null(at);
        keys[i] = wanted->key;
        charges[i] = memmem(wanted->url.data, wanted->url.size, "Recurring", 9) != NULL;
        invoices[i] = strtoull(at + 11, NULL, 10);
    }
    for (size_t i = 0; i < count; i++) {
        operation_t *operation = operation_of(self, invoices[i]);
        if (charges[i]) {
            charge(self, operation, keys[i]);
            continue;
        }
        char sum[SHOP_SUM_SIZE];
        shop_sum(operation->amount, sum);
        world_result(self->payment, keys[i], RESULT_ANSWERED, 200,
                     operation->captured
                         ? world_xml(0, ROBOKASSA_STATE_PAID, sum, &operation->token)
                         : world_xml(3, 0, NULL, NULL));
    }
    return count;
}

static void answer_questions(month_t *self)
{
    while (answer_some(self) > 0)
        ;
}

// Payment's journal is that of the backup again, under a new epoch.
static void put_back(month_t *self)
{
    world_t *payment = self->payment;
    harness_t *lost = payment->harness, *restored = harness_new(&payment_core, &payment->settings);
    for (uint64_t sequence = 1; sequence <= self->backup; sequence++) {
        event_t event = harness_read(lost, sequence);
        harness_append(restored, &event);
    }
    restored->entropy = lost->entropy;
    harness_destroy(&lost);
    payment->harness = restored;
    payment->decision = &restored->decisions[0];
    payment->now += MINUTE_US;
    event_t boot = {.type = EVENT_node_booted, .at = payment->now};
    boot.node_booted.epoch = 3 + ++self->restores;
    boot.node_booted.version = text_of("test");
    self->read = restored->last;
    harness_append(restored, &boot);
    event_t reseeded = {.type = EVENT_node_reseeded, .at = payment->now};
    self->told = self->told < self->backup ? self->told : self->backup;
    reseeded.node_reseeded.stream = STREAM_PAYMENT;
    reseeded.node_reseeded.epoch = boot.node_booted.epoch;
    reseeded.node_reseeded.sequence = self->told;
    harness_append(self->ledger, &reseeded);
    payment->autopay_sequence = self->backup_decisions;
    for (size_t i = self->backup_decisions; i < self->decisions_count; i++)
        (void)world_request(payment, &self->decisions[i].wish, self->decisions[i].at);
    world_reseeded(payment, STREAM_AUTOPAY, boot.node_booted.epoch, self->told);
    payment->autopay_sequence--; // decisions alone are counted here
    hear_payment(self);
    answer_questions(self);
}

static void back_up(month_t *self)
{
    self->backup = world_last(self->payment);
    self->backup_decisions = self->decisions_count;
}

// Mostly it lags a little; now and then it is down for hours, and the money of hours is lost with
// payment's journal.
static void run_ledger(month_t *self)
{
    if (chance(self, 100) == 0)
        harness_restart(&self->ledger);
    if (chance(self, 100) == 0)
        self->down = chance(self, 48);
    if (self->down)
        self->down--;
    else if (chance(self, 4))
        follow(self);
}

static void step(month_t *self)
{
    self->payment->now += STEP_US + (instant_t)chance(self, SECOND_US);
    world_tick(self->payment);
    top_up(self);
    hear_payment(self);
    if (chance(self, 2))
        pay(self);
    if (chance(self, 2))
        repeat_notice(self);
    if (chance(self, 3) == 0)
        answer_questions(self);
    run_ledger(self);
    if (chance(self, 4) == 0)
        decide(self);
    hear_payment(self);
    if (chance(self, 12) == 0)
        back_up(self);
    if (chance(self, 2))
        answer_questions(self);
    if (chance(self, 60) == 0)
        put_back(self);
}

// Everything that payment still asks about is answered, and the ledger has taken all. A notice that
// was taken once does not come again: what it said went with a lost journal, or is asked about.
static void settle(month_t *self)
{
    for (unsigned i = 0; i < 48; i++) {
        self->payment->now += HOUR_US;
        world_tick(self->payment);
        answer_questions(self);
    }
    for (size_t i = 0; i < self->count; i++)
        if (self->operations[i].captured && !self->operations[i].heard)
            notify(self, &self->operations[i]);
    follow(self);
}

static void check(month_t *self)
{
    kopecks_t captured = 0, orphaned = 0, credited = 0, repeated = 0;
    kopecks_t systems[SYSTEM_END];
    for (size_t i = 0; i < self->count; i++) {
        const operation_t *operation = &self->operations[i];
        if (!operation->captured)
            continue;
        captured += operation->amount;
        credited += operation->credited;
        repeated += operation->repeats * operation->amount;
        if (operation->credits)
            continue;
        if (payment_state_invoice(world_core_state(self->payment), operation->invoice))
            fail_msg("number %" PRIu64 " was paid and never credited", operation->invoice);
        orphaned += operation->amount;
        self->orphans++;
    }
    assert_int_equal(captured - orphaned, credited);
    assert_int_equal(harness_totals(self->ledger, systems).customers, credited);
    assert_int_equal(systems[SYSTEM_SUSPENSE], repeated);
    assert_int_equal(-systems[SYSTEM_CLEARING], credited + repeated);
}

static void a_payment_journal_put_back_credits_nothing_twice(void **state)
{
    (void)state;
    const char *one = getenv("KOPECK_SEED");
    uint64_t first = one ? strtoull(one, NULL, 10) : 1, count = one ? 1 : SEEDS;
    unsigned restores = 0, repeats = 0, orphans = 0, charges = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        static month_t month;
        month = (month_t){.payment = world_new(seed), .ledger = harness_new(&ledger_core, NULL)};
        month.heard = month.ledger->last;
        printf("seed %" PRIu64 "\r", seed);
        for (unsigned i = 0; i < STEPS; i++)
            step(&month);
        settle(&month);
        check(&month);
        restores += month.restores;
        repeats += month.repeats;
        orphans += month.orphans;
        charges += month.charges;
        harness_t *replayed = harness_replay(month.ledger);
        harness_compare(month.ledger, replayed);
        harness_destroy(&replayed);
        harness_destroy(&month.ledger);
        world_destroy(month.payment);
    }
    printf("%u charges, %u restores, %u repeats in suspense, %u captures known to lost histories "
           "alone\n",
           charges, restores, repeats, orphans);
    if (!one)
        assert_true(restores > 10 * SEEDS && repeats > SEEDS && charges > 10 * SEEDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_journal_put_back_credits_nothing_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
