// Random worlds against a second opinion: accounts are used up, topped up, linked, revoked, held,
// refunded and charged back; payment and the ledger are heard at random paces, answers come early,
// late, never or after a decline; autopay crashes at random. A checker that shares no code with the
// core keeps its own books from what was heard and seen, and objects to every charge that should
// not be and to every one that is missing.
#include "tests/model/autopay_seen.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

enum {
    WORLDS = 300,
    STEPS = 4000,
    ACCOUNTS = 6,
    BILLS_MAX = 4096,
    CREDITS_MAX = 1 << 14,
    MONTHS = 60
};
#define PACING_US (15 * MINUTE_US)
#define OF_VIEW (AUTOPAY_STALE | AUTOPAY_PENDING | AUTOPAY_RETURNED)

static uint64_t chance_state;

static uint64_t chance(uint64_t below) // xorshift64*
{
    chance_state ^= chance_state >> 12;
    chance_state ^= chance_state << 25;
    chance_state ^= chance_state >> 27;
    return (chance_state * UINT64_C(0x2545f4914f6cdd1d) >> 33) % below;
}

// --- the books ---

typedef struct {
    uint64_t request;
    size_t account;
    kopecks_t amount;
    instant_t at;
    int month;
    uid_t16 mandate;
    enum { UNREAD, OPEN, SUCCEEDED, DECLINED } truth;     // payment's
    enum { NOTHING, HEARD_SUCCESS, HEARD_DECLINE } heard; // autopay's
    bool sent;
} bill_t;

typedef struct {
    uid_t16 mandate;
    bool ever, live, held, suspended, no_card;
    kopecks_t amount, sum_max;
    uint64_t count_max;
    uint64_t awaited; // largest of payment's sequences that the balance must include
    unsigned declines;
    instant_t declined;
    // payment's own truth
    uid_t16 said;
    uint64_t said_link; // its sequence of the money that said mandate came with
    bool said_live;
    kopecks_t said_amount;
    uint64_t said_credit;
    unsigned stored; // last decision
} book_t;

#define SEEN (world->ledger_seen > fetched ? world->ledger_seen : fetched)
static harness_t *world;
static book_t books[ACCOUNTS];
static bill_t bills[BILLS_MAX];
static size_t bills_count, bills_read;
static uint64_t posted_at[CREDITS_MAX]; // by payment's sequence: the ledger's
static uint64_t checked, fetched;       // journal events checked; ledger events in the last table
static autopay_policy_t policy;
static uint64_t payment_saw; // events of the ledger that payment has read
static unsigned long charges, lates, stales, chargebacks, full_refunds, returned_alone;

static bill_t *bill_of(uint64_t request)
{
    for (size_t i = bills_count; i > 0; i--)
        if (bills[i - 1].request == request)
            return &bills[i - 1];
    fail_msg("no such request: %llu", (unsigned long long)request);
    return NULL;
}

// --- what should be, from what was heard and seen ---

static bool posting_seen(uint64_t credit)
{
    uint64_t sequence = credit ? posted_at[credit] : 0;
    return credit == 0 || (sequence && (sequence <= world->ledger_seen || sequence <= fetched));
}

typedef struct {
    uint64_t count, attempts;
    kopecks_t sum;
    bool in_flight;
    instant_t last;
} month_t;

static month_t month_so_far(size_t account, uint64_t before, instant_t now)
{
    month_t so_far = {0};
    for (size_t i = 0; i < bills_count; i++) {
        const bill_t *bill = &bills[i];
        if (bill->account != account || bill->request >= before)
            continue;
        so_far.last = bill->at;
        so_far.in_flight |= bill->heard == NOTHING;
        if (bill->month == seen_month(now) && bill->heard == HEARD_SUCCESS) {
            so_far.count++;
            so_far.sum += bill->amount;
        }
    }
    return so_far;
}

// Declined attempts of a month, in the order heard; late successes do not take them back.
static uint64_t attempts[ACCOUNTS][MONTHS]; // by month - 2026 x 12

static bool may_charge(size_t account, uint64_t before, instant_t now)
{
    const book_t *book = &books[account];
    month_t so_far = month_so_far(account, before, now);
    uint64_t sequence = 0;
    if (!book->live || book->held || book->suspended || book->no_card || so_far.in_flight)
        return false;
    kopecks_t balance = seen_balance(world, account, SEEN, &sequence);
    if (!posting_seen(book->awaited) || balance >= policy.threshold)
        return false;
    if (balance + seen_returned(world, account, SEEN) >= policy.threshold)
        return false; // what went back charges nobody
    if (so_far.last && now < so_far.last + (instant_t)policy.interval_us)
        return false;
    if (book->declines &&
        now < book->declined + (instant_t)(book->declines > 1 ? policy.backoff_second_us
                                                              : policy.backoff_first_us))
        return false;
    return attempts[account][seen_month(now) - 2026 * 12] < policy.attempts_max &&
           so_far.count + 1 <= book->count_max && so_far.sum + book->amount <= book->sum_max;
}

// --- the checker reads autopay's journal ---

static void check_requested(const event_t *event, uint64_t sequence)
{
    const event_autopay_payment_requested_t *decided = &event->autopay_payment_requested;
    size_t account = harness_account_index(world, &decided->account);
    uint64_t true_at = 0;
    if (!may_charge(account, sequence, event->at))
        fail_msg("account %zu is charged, and may not be", account);
    assert_int_equal(decided->balance, seen_balance(world, account, SEEN, &true_at));
    assert_int_equal(decided->balance_sequence, true_at);
    assert_int_equal(decided->amount, books[account].amount);
    assert_true(uid_equal(&decided->mandate, &books[account].mandate));
    assert_int_equal(decided->month, seen_month(event->at));
    assert_true(bills_count < BILLS_MAX);
    bills[bills_count++] = (bill_t){.request = sequence,
                                    .account = account,
                                    .amount = decided->amount,
                                    .at = event->at,
                                    .month = seen_month(event->at),
                                    .mandate = decided->mandate};
    charges++;
}

static void check_journal(void)
{
    for (; checked < world->journal_count; checked++) {
        const event_t *event = &world->journal[checked];
        if (event->type == EVENT_autopay_policy_changed)
            policy = event->autopay_policy_changed;
        if (event->type != EVENT_autopay_payment_requested && event->type != EVENT_autopay_withheld)
            continue;
        autopay_inputs_t inputs = autopay_inputs_from_event(event, &policy);
        assert_int_equal(autopay_verdict(&inputs), autopay_verdict_stated(event));
        bool charge = event->type == EVENT_autopay_payment_requested;
        size_t account =
            harness_account_index(world, charge ? &event->autopay_payment_requested.account
                                                : &event->autopay_withheld.account);
        if (!charge && event->autopay_withheld.reason == AUTOPAY_NO_RETURNED)
            returned_alone++;
        if (charge)
            check_requested(event, checked + 1);
        else
            assert_int_not_equal(event->autopay_withheld.reason, books[account].stored);
        books[account].stored =
            charge ? AUTOPAY_NO_PENDING : (unsigned)event->autopay_withheld.reason;
    }
}

static void hear(void)
{
    if (!harness_hear(world))
        return;
    const event_t *event = &world->payment[world->payment_heard - 1];
    if (event->type == EVENT_mandate_consented) {
        const event_mandate_consented_t *said = &event->mandate_consented;
        book_t *book = &books[harness_account_index(world, &said->account)];
        book->no_card = book->no_card && uid_equal(&book->mandate, &said->mandate);
        book->mandate = said->mandate;
        book->ever = book->live = true;
        book->amount = said->amount;
        book->count_max = said->count_max;
        book->sum_max = said->sum_max;
        book->awaited = said->credit > book->awaited ? said->credit : book->awaited;
        book->stored = AUTOPAY_NO_ABOVE_THRESHOLD;
        book->declines = book->suspended ? 0 : book->declines;
        book->suspended = false;
    } else if (event->type == EVENT_mandate_revoked) {
        book_t *book = &books[harness_account_index(world, &event->mandate_revoked.account)];
        if (uid_equal(&book->mandate, &event->mandate_revoked.mandate))
            book->live = false;
    } else if (event->type == EVENT_mandate_refunded) {
        book_t *book = &books[harness_account_index(world, &event->mandate_refunded.account)];
        book->suspended |= uid_equal(&book->mandate, &event->mandate_refunded.mandate);
    } else if (event->type == EVENT_payment_succeeded && event->payment_succeeded.request) {
        bill_t *bill = bill_of(event->payment_succeeded.request);
        book_t *book = &books[bill->account];
        bill->heard = HEARD_SUCCESS;
        book->awaited = world->payment_heard > book->awaited ? world->payment_heard : book->awaited;
        book->declines = 0;
    } else if (event->type == EVENT_payment_declined) {
        bill_t *bill = bill_of(event->payment_declined.request);
        book_t *book = &books[bill->account];
        decline_t reason = (decline_t)event->payment_declined.reason;
        bill->heard = HEARD_DECLINE;
        if (reason == DECLINE_STALE && event->payment_declined.credit > book->awaited)
            book->awaited = event->payment_declined.credit;
        if (reason >= DECLINE_STALE && reason <= DECLINE_AMOUNT)
            return;
        attempts[bill->account][bill->month - 2026 * 12]++;
        book->declined = world->now;
        bool hard = event->payment_declined.code == ROBOKASSA_ERROR_BAD_REPEAT;
        book->suspended |= ++book->declines >= policy.declines_max && !hard;
        book->no_card |= hard && uid_equal(&bill->mandate, &book->mandate);
    }
}

// --- payment: docs/rules.md "Requests that are not sent", "Refunds and chargebacks" ---

// Of what went back after the mandate's own money was posted.
static void payment_sees(void)
{
    size_t account;
    if (payment_saw == world->ledger_count || !seen_went_back(world, ++payment_saw, &account))
        return;
    book_t *book = &books[account];
    uint64_t linked = posted_at[book->said_link];
    const event_posted_t *posted = &world->ledger[payment_saw - 1].posted;
    bool chargeback = posted->kind == POSTING_CHARGEBACK;
    if (!book->said_live || !linked || linked > payment_saw || (!chargeback && posted->cash > 0))
        return;
    *(chargeback ? &chargebacks : &full_refunds) += 1;
    book->said_live = !chargeback;
    if (chargeback)
        harness_revoke(world, account, &book->said);
    else
        harness_refund(world, account);
}

static void payment_reads(void)
{
    if (bills_read == bills_count)
        return;
    bill_t *bill = &bills[bills_read++];
    book_t *book = &books[bill->account];
    const event_autopay_payment_requested_t *asked =
        &world->journal[bill->request - 1].autopay_payment_requested;
    decline_t reason = DECLINE_NONE;
    for (size_t i = 0; i < bills_count; i++) // never two at once, even before payment's own check
        assert_false(bills[i].account == bill->account && bills[i].truth == OPEN);
    if (!book->said_live || !uid_equal(&book->said, &asked->mandate))
        reason = DECLINE_REVOKED;
    else if (book->said_amount != asked->amount)
        reason = DECLINE_AMOUNT;
    else if (world->now - bill->at > 15 * MINUTE_US)
        reason = DECLINE_EXPIRED;
    else if (book->said_credit > asked->credit)
        reason = DECLINE_STALE;
    stales += reason == DECLINE_STALE;
    if (reason) {
        bill->truth = DECLINED;
        harness_decline(world, bill->request, reason, 0,
                        reason == DECLINE_STALE ? book->said_credit : 0);
        return;
    }
    // the true balance, with every credit that payment knows
    kopecks_t balance = world->accounts[bill->account].balance;
    for (uint64_t n = world->payment_posted; n < world->payment_count; n++) {
        const event_t *event = &world->payment[n];
        if (event->type == EVENT_payment_succeeded &&
            uid_equal(&event->payment_succeeded.account, &world->accounts[bill->account].id))
            balance += event->payment_succeeded.amount;
    }
    assert_true(balance < asked->threshold);
    bill->sent = true;
    bill->truth = OPEN;
}

static void payment_settles(bool surely)
{
    if (bills_count == 0)
        return;
    size_t first = chance(bills_count);
    for (size_t i = 0; i < bills_count; i++) {
        bill_t *bill = &bills[(first + i) % bills_count];
        if (bill->truth == OPEN && (surely || chance(3) > 0)) {
            if (chance(3) > 0) {
                bill->truth = SUCCEEDED;
                books[bill->account].said_credit = harness_succeed(world, bill->request, false);
            } else {
                bool hard = chance(8) == 0;
                bill->truth = DECLINED;
                harness_decline(world, bill->request, hard ? DECLINE_REJECTED : DECLINE_NOT_ARRIVED,
                                hard ? ROBOKASSA_ERROR_BAD_REPEAT : 0, 0);
            }
            return;
        }
        if (!surely && bill->truth == DECLINED && bill->sent && bill->heard == HEARD_DECLINE &&
            chance(20) == 0) {
            bill->truth = SUCCEEDED;
            lates++;
            books[bill->account].said_credit = harness_succeed(world, bill->request, true);
            return;
        }
    }
}

static void consent(size_t account)
{
    book_t *book = &books[account];
    if (book->said_live)
        harness_revoke(world, account, &book->said);
    kopecks_t amount = (kopecks_t)(1 + chance(10)) * 10000;
    uint64_t count = 1 + chance(4);
    kopecks_t sum = (kopecks_t)count * amount - (chance(3) == 0 ? 1 : 0);
    uint64_t sequence = harness_consent(world, account, amount, count, sum);
    book->said = harness_mandate(world, account);
    book->said_live = true;
    book->said_amount = amount;
    book->said_credit = book->said_link = sequence - 1;
}

// --- autopay ---

static void ledger_consumes(void)
{
    if (!harness_ledger_consume(world))
        return;
    assert_true(world->payment_posted < CREDITS_MAX);
    if (world->payment[world->payment_posted - 1].type == EVENT_payment_succeeded)
        posted_at[world->payment_posted] = world->ledger_count;
}

static void tick(bool current)
{
    size_t count = harness_tick(world, current);
    assert_true(current || count == 0);
    check_journal();
}

static void crash(void)
{
    answer_autopay_t before[ACCOUNTS];
    for (size_t i = 0; i < ACCOUNTS; i++)
        before[i] = harness_ask(world, i, false);
    harness_crash(world);
    fetched = world->ledger_count;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        answer_autopay_t after = harness_ask(world, i, false);
        after.flags ^= (after.flags ^ before[i].flags) & OF_VIEW; // not remembered, all else is
        after.balance = before[i].balance;
        after.balance_sequence = before[i].balance_sequence;
        assert_memory_equal(&after, &before[i], sizeof after);
    }
}

static void command(size_t account)
{
    book_t *book = &books[account];
    request_t request = {.type = REQUEST_autopay_resume};
    if (chance(2)) {
        request.autopay_resume.account = world->accounts[account].id;
        request.autopay_resume.why = RESUMED_BY_CUSTOMER;
        assert_int_equal(harness_command(world, ROLE_WEB, request), book->ever ? 0 : FAIL_STATE);
        if (book->suspended)
            book->declines = 0;
        book->suspended = false;
    } else {
        request.type = REQUEST_autopay_hold;
        request.autopay_hold.account = world->accounts[account].id;
        request.autopay_hold.held = chance(3) == 0;
        assert_int_equal(harness_command(world, ROLE_OPERATOR, request),
                         book->ever ? 0 : FAIL_STATE);
        book->held = book->ever && request.autopay_hold.held;
    }
}

static void change_policy(void)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = 5000 + (kopecks_t)chance(10) * 1000,
        .interval_us = chance(3) * 30 * MINUTE_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = (1 + chance(6)) * HOUR_US,
        .declines_max = 2 + chance(3),
        .attempts_max = 3 + chance(3),
        .pacing_us = chance(2) * PACING_US,
        .crowd = chance(4),
    };
    assert_int_equal(harness_command(world, ROLE_OPERATOR, request), FAIL_NONE);
    check_journal();
}

static void step(void)
{
    size_t account = chance(ACCOUNTS);
    switch (chance(20)) {
    case 0:
        if (chance(6) == 0 || !books[account].ever)
            consent(account);
        break;
    case 1:
        if (chance(8) == 0 && books[account].said_live) {
            harness_revoke(world, account, &books[account].said);
            books[account].said_live = false;
        } else if (chance(3) == 0)
            seen_give_back(world, account, chance);
        break;
    case 2:
        if (chance(3) == 0)
            books[account].said_credit =
                harness_topup(world, account, (kopecks_t)chance(20000) + 1);
        break;
    case 3:
    case 4:
        harness_post(world, account, -(kopecks_t)chance(60000) - 1);
        break;
    case 5:
        command(account);
        break;
    case 6:
        world->now += (instant_t)chance(chance(3) == 0 ? HOUR_US : MINUTE_US);
        break;
    case 7:
        world->now += (instant_t)(chance(10) == 0 ? chance(5 * DAY_US) : chance(3 * MINUTE_US));
        break;
    case 8:
        if (chance(6) == 0)
            crash();
        break;
    case 9:
        if (chance(20) == 0)
            change_policy();
        break;
    case 10:
    case 11:
        payment_sees();
        payment_reads();
        break;
    case 12:
        payment_settles(false);
        break;
    case 13:
    case 14:
        ledger_consumes();
        break;
    case 15:
    case 16:
        hear();
        break;
    case 17:
    case 18:
        harness_see(world);
        break;
    default: // "current" allows for a lag, so here it says nothing about how far we have heard
        tick(chance(4) > 0);
    }
}

static void all_is_heard_and_seen(void)
{
    while (world->payment_posted < world->payment_count)
        ledger_consumes();
    while (payment_saw < world->ledger_count)
        payment_sees();
    while (world->payment_heard < world->payment_count)
        hear();
    while (harness_see(world))
        ;
}

// Whoever should be charged is, at once or in his turn: nobody waits longer than a crowd is spread.
static bool somebody_waits(instant_t since[ACCOUNTS])
{
    bool waits = false;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        if (!may_charge(i, UINT64_MAX, world->now)) {
            since[i] = 0;
            continue;
        }
        since[i] = since[i] ? since[i] : world->now;
        assert_true(world->now - since[i] < PACING_US);
        waits = true;
    }
    return waits;
}

// All is heard and seen, and time goes from wake-up to wake-up, at a moment before which there was
// nothing to do.
static void rest(void)
{
    instant_t since[ACCOUNTS] = {0}, end = world->now + 20 * MINUTE_US;
    for (;;) {
        all_is_heard_and_seen();
        tick(true);
        instant_t wake = harness_wake(world);
        if (!somebody_waits(since) && wake > end)
            break;
        assert_true(wake < INT64_MAX);
        if (wake > world->now + 1) {
            world->now = wake - 1;
            assert_int_equal(harness_tick(world, true), 0);
        }
        world->now = wake > world->now ? wake : world->now;
    }
    while (bills_read < bills_count)
        payment_reads();
    payment_settles(true);
}

static void live(uint64_t seed)
{
    chance_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    memset(books, 0, sizeof books);
    memset(attempts, 0, sizeof attempts);
    memset(posted_at, 0, sizeof posted_at);
    bills_count = bills_read = 0;
    checked = fetched = payment_saw = 0;
    world = harness_new(INT64_C(1774980000) * SECOND_US); // 31 March 2026, 18:00 UTC
    check_journal();
    for (size_t i = 0; i < ACCOUNTS; i++)
        harness_open(world);
    while (harness_see(world))
        ;
    for (size_t i = 0; i < STEPS; i++) {
        step();
        if (chance(40) == 0)
            rest();
    }
    rest();
}

static uint64_t first_seed;

static void no_world_sees_a_charge_too_many_or_one_missing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < WORLDS; i++) {
        print_message("seed %llu\r", (unsigned long long)(first_seed + i));
        live(first_seed + i);
        harness_free(world);
    }
    print_message("%lu charges, %lu late successes, %lu stale, %lu chargebacks, %lu full refunds, "
                  "%lu times nothing but what went back\n",
                  charges, lates, stales, chargebacks, full_refunds, returned_alone);
    assert_true(charges > WORLDS && lates > 0 && stales > 0 && chargebacks > WORLDS &&
                full_refunds > WORLDS && returned_alone > WORLDS / 4);
}

static void the_same_world_leaves_the_same_bytes(void **state)
{
    (void)state;
    live(first_seed);
    harness_t *first = world;
    live(first_seed);
    assert_int_equal(first->journal_count, world->journal_count);
    for (uint64_t n = 0; n < world->journal_count; n++) {
        uint8_t a[1024], b[1024];
        size_t size = event_encode(&first->journal[n], a, sizeof a);
        assert_true(size > 0);
        assert_int_equal(event_encode(&world->journal[n], b, sizeof b), size);
        assert_memory_equal(a, b, size);
    }
    harness_free(first);
    harness_free(world);
}

int main(int argc, char **argv)
{
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    print_message("first seed %llu\n", (unsigned long long)first_seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_world_sees_a_charge_too_many_or_one_missing),
        cmocka_unit_test(the_same_world_leaves_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
