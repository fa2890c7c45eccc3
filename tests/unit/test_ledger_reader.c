// Statements and past balances against a linear scan of the same journal, and what a reader must
// refuse: heads of others, and chains that lead astray.
#include "proto/payment_number.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_reader.h"
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { POSTINGS = 9000, READS_MAX = 110 };

typedef struct {
    harness_t *h;
    uint64_t reads;
    uint64_t lie_at; // this sequence is answered with the bytes of `lie`
    uint64_t lie;
    uint64_t old_until; // up to there postings are as they were before credits were chained
    fail_t fail;        // instead of every read after `fail_after`
    uint64_t fail_after;
    uint8_t old[EVENT_BYTES_MAX];
    uint8_t bytes[EVENT_BYTES_MAX]; // one buffer: the last answer dies with the next call
} journal_t;

static journal_t journal;
static uid_t16 mine, other;
static uint64_t mine_head, other_head;

static void make_old(journal_t *self, bytes_t *event)
{
    event_t decoded;
    assert_int_equal(event_decode(event->data, event->size, &decoded), FAIL_NONE);
    if (decoded.type != EVENT_posted)
        return;
    decoded.posted.credit_previous = 0;
    decoded.posted.credits = 0;
    event->size = (uint32_t)event_encode(&decoded, self->old, sizeof self->old);
    event->data = self->old;
}

static fail_t find(void *arg, uint64_t sequence, bytes_t *ret_event)
{
    journal_t *self = arg;
    if (++self->reads > self->fail_after && self->fail)
        return self->fail;
    if (sequence == self->lie_at && self->lie)
        sequence = self->lie;
    if (sequence < 1 || sequence > self->h->last)
        return FAIL_MISSING;
    bytes_t bytes = harness_bytes(self->h, sequence);
    memset(self->bytes, 0xc1, sizeof self->bytes);
    memcpy(self->bytes, bytes.data, bytes.size);
    *ret_event = (bytes_t){self->bytes, bytes.size};
    if (sequence <= self->old_until)
        make_old(self, ret_event);
    return FAIL_NONE;
}

// Two accounts in turns of uneven length; every third posting of mine is a credit; stamps stand
// still for some postings and jump at others.
static int setup(void **state)
{
    (void)state;
    harness_t *h = harness_new(&ledger_core, NULL);
    mine = (uid_t16){{1, 2, 3}};
    other = (uid_t16){{3, 2, 1}};
    for (uint64_t i = 1; i <= POSTINGS; i++) {
        event_t event = {.type = EVENT_usage_charged};
        event.usage_charged.account = mine;
        event.usage_charged.amount = (kopecks_t)i;
        if (i % 3 == 0) {
            event = (event_t){.type = EVENT_payment_succeeded};
            event.payment_succeeded.invoice = PAYMENT_NUMBER_MAX + i;
            event.payment_succeeded.account = mine;
            event.payment_succeeded.amount = (kopecks_t)(2 * i);
        }
        h->now += i % 5 == 0 ? 0 : (instant_t)(i % 7) * SECOND_US;
        assert_int_equal(harness_event(h, i % 3 ? STREAM_METERING : STREAM_PAYMENT, i, &event),
                         FAIL_NONE);
        mine_head = h->last;
        if (i % 4 == 0) {
            event.type = EVENT_usage_charged;
            event.usage_charged.account = other;
            event.usage_charged.amount = 5;
            assert_int_equal(harness_event(h, STREAM_METERING, i, &event), FAIL_NONE);
            other_head = h->last;
        }
    }
    journal = (journal_t){.h = h};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_destroy(&journal.h);
    return 0;
}

static int restart(void **state)
{
    (void)state;
    journal = (journal_t){.h = journal.h};
    return 0;
}

// --- as of ---

// The newest posting of mine at or before the bounds, by looking at every one.
static uint64_t scan(uint64_t sequence_max, instant_t time_max)
{
    for (uint64_t sequence = journal.h->last; sequence; sequence--) {
        event_t event = harness_read(journal.h, sequence);
        if (event.type == EVENT_posted && uid_equal(&event.posted.account, &mine) &&
            sequence <= sequence_max && event.at <= time_max)
            return sequence;
    }
    return 0;
}

static void check_as_of(uint64_t sequence, instant_t time)
{
    request_as_of_t request = {
        .account = mine, .head = mine_head, .sequence = sequence, .time = time};
    answer_as_of_t answer;
    journal.reads = 0;
    assert_int_equal(ledger_reader_as_of(find, &journal, &request, &answer), FAIL_NONE);
    uint64_t expected = sequence ? scan(sequence, INT64_MAX) : scan(UINT64_MAX, time);
    assert_int_equal(answer.sequence, expected);
    assert_int_equal(answer.read, journal.reads);
    assert_in_range(answer.read, 1, READS_MAX); // 16 up and 16 down on three levels, and a few
    if (expected) {
        event_t event = harness_read(journal.h, expected);
        assert_int_equal(answer.cash, event.posted.cash);
        assert_int_equal(answer.bonus, event.posted.bonus);
    } else {
        assert_int_equal(answer.cash, 0);
        assert_int_equal(answer.bonus, 0);
    }
}

static void as_of_a_sequence_is_what_a_scan_says(void **state)
{
    (void)state;
    for (uint64_t sequence = 1; sequence <= journal.h->last; sequence += 37)
        check_as_of(sequence, 0);
    for (uint64_t sequence = 1; sequence < 40; sequence++)
        check_as_of(sequence, 0);
    for (uint64_t sequence = journal.h->last - 40; sequence <= journal.h->last + 5; sequence++)
        check_as_of(sequence, 0);
    check_as_of(UINT64_MAX, 0);
}

static void as_of_a_time_is_what_a_scan_says(void **state)
{
    (void)state;
    instant_t first = harness_read(journal.h, 2).at, last = journal.h->now;
    for (instant_t time = first - SECOND_US; time <= last + SECOND_US; time += 97 * SECOND_US)
        for (instant_t near = time - 1; near <= time + 1; near++)
            check_as_of(0, near);
    check_as_of(0, INT64_MIN);
    check_as_of(0, INT64_MAX);
    check_as_of(0, 0);
}

// --- statements ---

static fail_t page(const request_statement_t *request, size_t cap, answer_statement_t *ret_answer)
{
    static uint8_t rows[512 * 1024];
    return ledger_reader_statement(find, &journal, request, rows, cap, ret_answer);
}

// Reads all pages and compares with a scan from the end.
static void check_statement(uint64_t side, instant_t from, instant_t to, uint64_t limit, size_t cap)
{
    request_statement_t request = {
        .account = mine, .head = mine_head, .side = side, .from = from, .to = to, .limit = limit};
    uint64_t expected = journal.h->last + 1;
    do {
        answer_statement_t answer;
        assert_int_equal(page(&request, cap, &answer), FAIL_NONE);
        assert_true(answer.count <= limit);
        wire_t wire;
        wire_start(&wire, answer.rows.data, answer.rows.size);
        for (uint64_t i = 0; i < answer.count; i++) {
            uint64_t sequence;
            bytes_t bytes;
            event_t event;
            assert_int_equal(wire_array(&wire, 2), 2);
            wire_u64(&wire, &sequence);
            wire_bytes(&wire, &bytes);
            do {
                assert_true(--expected > 0);
                event = harness_read(journal.h, expected);
            } while (event.type != EVENT_posted || !uid_equal(&event.posted.account, &mine) ||
                     event.at < from || (to && event.at >= to) ||
                     (side && (side == 1) != (event.posted.debit >= SYSTEM_END)));
            assert_int_equal(sequence, expected);
            bytes_t stored;
            assert_int_equal(find(&journal, expected, &stored), FAIL_NONE);
            assert_int_equal(bytes.size, stored.size);
            assert_memory_equal(bytes.data, stored.data, stored.size);
        }
        assert_int_equal(wire_end(&wire), FAIL_NONE);
        assert_true(answer.next < request.head);
        request.head = answer.next;
    } while (request.head);
    while (--expected > 0) { // nothing was left out at the end
        event_t event = harness_read(journal.h, expected);
        assert_false(event.type == EVENT_posted && uid_equal(&event.posted.account, &mine) &&
                     event.at >= from && (!to || event.at < to) &&
                     (!side || (side == 1) == (event.posted.debit >= SYSTEM_END)));
    }
}

static void pages_hold_every_posting_once_newest_first(void **state)
{
    (void)state;
    const size_t small = LEDGER_STATEMENT_BYTES_MIN, large = 128 * 1024;
    instant_t first = harness_read(journal.h, 2).at, last = journal.h->now;
    instant_t early = first + (last - first) / 4, late = first + (last - first) / 2;
    check_statement(0, 0, 0, 500, large);
    check_statement(0, 0, 0, 499, small);
    check_statement(0, 0, 0, 1, small);
    check_statement(1, 0, 0, 500, large);
    check_statement(2, 0, 0, 500, large);
    check_statement(2, early, late, 7, large);
    check_statement(0, early, early, 7, large); // an empty range
    check_statement(0, early, early + 1, 7, large);
    check_statement(0, late, 0, 500, large);
    check_statement(1, 0, early, 500, large);
    check_statement(0, last + 1, 0, 500, large);
    check_statement(0, 0, first, 500, large);
    check_statement(0, INT64_MIN, INT64_MIN, 500, large);
}

// Some postings have the stamp of the one before: a page that ends between two of them, of every
// size and side, and a range that begins or ends at their stamp, lose none.
static void a_page_that_ends_between_equal_stamps_loses_no_row(void **state)
{
    (void)state;
    uint64_t sequence = scan(journal.h->last / 2, INT64_MAX), found = 0;
    for (; found < 3 && sequence > 1; sequence = scan(sequence - 1, INT64_MAX)) {
        uint64_t before = scan(sequence - 1, INT64_MAX);
        instant_t stamp = harness_read(journal.h, sequence).at;
        if (harness_read(journal.h, before).at != stamp)
            continue;
        found++;
        for (uint64_t limit = 1; limit <= 4; limit++)
            for (uint64_t side = 0; side <= 2; side++) {
                check_statement(side, stamp, stamp + 1, limit, 128 * 1024);
                check_statement(side, stamp - MINUTE_US, stamp, limit, 128 * 1024);
                check_statement(side, stamp - MINUTE_US, stamp + 1, limit, 128 * 1024);
                check_statement(side, stamp, stamp + MINUTE_US, limit, 128 * 1024);
            }
    }
    assert_int_equal(found, 3);
}

static void a_page_far_back_is_reached_by_skipping(void **state)
{
    (void)state;
    request_statement_t request = {
        .account = mine, .head = mine_head, .to = harness_read(journal.h, 40).at, .limit = 10};
    answer_statement_t answer;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_NONE);
    assert_int_equal(answer.count, 10);
    assert_in_range(journal.reads, 10, 10 + READS_MAX);
}

static void a_filter_that_lets_nothing_through_ends_its_page(void **state)
{
    (void)state;
    harness_t *h = harness_new(&ledger_core, NULL);
    harness_t *before = journal.h;
    enum { LONG = LEDGER_STATEMENT_READS_MAX + 1000 };
    for (uint64_t i = 1; i <= LONG; i++) {
        event_t event = {.type = EVENT_usage_charged};
        event.usage_charged.account = mine;
        event.usage_charged.amount = 1;
        assert_int_equal(harness_event(h, STREAM_METERING, i, &event), FAIL_NONE);
    }
    journal.h = h;
    request_statement_t request = {.account = mine, .head = h->last, .side = 2, .limit = 10};
    answer_statement_t answer;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_NONE);
    assert_true(answer.count == 0 && answer.next == 0 && journal.reads == 1);
    journal.reads = 0;
    journal.old_until = h->last;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_NONE);
    assert_int_equal(answer.count, 0);
    assert_in_range(answer.next, 2, 1100);
    assert_in_range(journal.reads, LONG - 1100, LEDGER_STATEMENT_READS_MAX + 1);
    request.head = answer.next;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_NONE);
    assert_int_equal(answer.next, 0);
    journal.h = before;
    harness_destroy(&h);
}

// A million debits between two credits are passed over in one step.
static void a_page_of_credits_costs_one_step_a_row(void **state)
{
    (void)state;
    harness_t *h = harness_new(&ledger_core, NULL);
    harness_t *before = journal.h;
    enum { LONG = 30000, EACH = 1000 };
    for (uint64_t i = 1; i <= LONG; i++) {
        bool credit = i % EACH == 0;
        event_t event = {.type = credit ? EVENT_payment_succeeded : EVENT_usage_charged};
        if (credit)
            event.payment_succeeded = (event_payment_succeeded_t){
                .invoice = PAYMENT_NUMBER_MAX + i, .account = mine, .amount = 5};
        else
            event.usage_charged = (event_usage_charged_t){.account = mine, .amount = 1};
        assert_int_equal(harness_event(h, credit ? STREAM_PAYMENT : STREAM_METERING, i, &event),
                         FAIL_NONE);
    }
    journal.h = h;
    request_statement_t request = {
        .account = mine, .head = h->last, .side = SIDE_CREDITS, .limit = 10};
    answer_statement_t answer;
    uint64_t rows = 0, reads = 0;
    do {
        assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_NONE);
        rows += answer.count;
        request.head = answer.next;
        reads += journal.reads;
        journal.reads = 0;
    } while (answer.next);
    assert_int_equal(rows, LONG / EACH);
    assert_in_range(reads, rows, rows + 2); // each page begins with the row that ended the last
    journal.h = before;
    harness_destroy(&h);
}

// All of them, the first half, none: the rows are the same, whoever wrote the postings.
static void a_journal_from_before_credits_were_chained_reads_the_same(void **state)
{
    (void)state;
    const uint64_t until[] = {0, mine_head / 2, mine_head};
    for (size_t i = 0; i < 3; i++) {
        journal.old_until = until[i];
        for (uint64_t limit = 7; limit <= 500; limit += 100)
            check_statement(SIDE_CREDITS, 0, 0, limit, 128 * 1024);
        request_as_of_t request = {.account = mine, .head = mine_head, .sequence = mine_head};
        answer_as_of_t answer;
        assert_int_equal(ledger_reader_as_of(find, &journal, &request, &answer), FAIL_NONE);
        assert_int_equal(answer.counted, until[i] < mine_head);
        kopecks_t credits = 0;
        for (kopecks_t n = 3; n <= POSTINGS; n += 3)
            credits += 2 * n;
        assert_int_equal(answer.credits, answer.counted ? credits : 0);
    }
}

// What as_of says of each of them alone.
static void balances_of_many_instants_are_those_of_each(void **state)
{
    (void)state;
    enum { COUNT = LEDGER_INSTANTS_MAX };
    uint8_t times[1024], out[LEDGER_INSTANTS_BYTES];
    instant_t first = harness_read(journal.h, 3).at, last = harness_read(journal.h, mine_head).at;
    pack_t pack;
    pack_start(&pack, times, sizeof times);
    pack_array(&pack, COUNT);
    instant_t at[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        at[i] = last + SECOND_US - (last - first + 2 * SECOND_US) / (COUNT - 1) * (instant_t)i;
        pack_i64(&pack, at[i]);
    }
    request_as_of_many_t request = {
        .account = mine, .head = mine_head, .times = {times, (uint32_t)pack_end(&pack)}};
    answer_as_of_many_t answer;
    assert_int_equal(ledger_reader_as_of_many(find, &journal, &request, out, sizeof out, &answer),
                     FAIL_NONE);
    assert_int_equal(answer.count, COUNT);
    assert_int_equal(answer.read, journal.reads);
    wire_t wire;
    wire_start(&wire, answer.rows.data, answer.rows.size);
    for (size_t i = 0; i < COUNT; i++) {
        request_as_of_t one = {.account = mine, .head = mine_head, .time = at[i]};
        answer_as_of_t wanted;
        assert_int_equal(ledger_reader_as_of(find, &journal, &one, &wanted), FAIL_NONE);
        uint64_t sequence;
        kopecks_t cash, bonus, credits;
        bool counted;
        assert_int_equal(wire_array(&wire, 5), 5);
        wire_u64(&wire, &sequence);
        wire_i64(&wire, &cash);
        wire_i64(&wire, &bonus);
        wire_i64(&wire, &credits);
        wire_flag(&wire, &counted);
        assert_int_equal(sequence, wanted.sequence);
        assert_true(cash == wanted.cash && bonus == wanted.bonus && credits == wanted.credits);
        assert_int_equal(counted, wanted.counted);
        assert_true(i || sequence == mine_head);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

static void instants_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        uint32_t size;
    } rows[] = {{{0x90}, 1},            // none
                {{0x92, 1, 2}, 3},      // forwards
                {{0x92, 2}, 2},         // cut
                {{0x91, 1, 1}, 3},      // and more
                {{0x91, 0xa1, 'x'}, 3}, // a text
                {{0xdc, 0, 65, 1}, 4},  // too many
                {{1}, 1}};
    uint8_t out[LEDGER_INSTANTS_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        request_as_of_many_t request = {
            .account = mine, .head = mine_head, .times = {rows[i].bytes, rows[i].size}};
        answer_as_of_many_t answer;
        assert_int_equal(
            ledger_reader_as_of_many(find, &journal, &request, out, sizeof out, &answer),
            FAIL_INVALID);
    }
    static const uint8_t one[] = {0x91, 1};
    request_as_of_many_t request = {
        .account = mine, .head = other_head, .times = {one, sizeof one}};
    answer_as_of_many_t answer;
    assert_int_equal(ledger_reader_as_of_many(find, &journal, &request, out, sizeof out, &answer),
                     FAIL_INVALID);
}

// --- refusals ---

static void requests_that_break_a_rule_are_refused(void **state)
{
    (void)state;
    const uid_t16 zero = {{0}};
    const request_statement_t rows[] = {
        {.account = mine, .head = other_head, .limit = 1},
        {.account = other, .head = mine_head, .limit = 1},
        {.account = mine, .head = 1, .limit = 1}, // the policy
        {.account = mine, .head = 2, .limit = 1}, // account.opened
        {.account = mine, .head = 0, .limit = 1},
        {.account = zero, .head = mine_head, .limit = 1},
        {.account = mine, .head = mine_head, .limit = 0},
        {.account = mine, .head = mine_head, .limit = 501},
        {.account = mine, .head = mine_head, .limit = UINT64_MAX},
        {.account = mine, .head = mine_head, .limit = 1, .side = 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        answer_statement_t answer = {.next = 4711};
        assert_int_equal(page(&rows[i], 64 * 1024, &answer), FAIL_INVALID);
        assert_int_equal(answer.next, 4711); // untouched
        if (rows[i].limit != 1 || rows[i].side)
            continue;
        request_as_of_t as_of = {.account = rows[i].account, .head = rows[i].head, .sequence = 9};
        answer_as_of_t past = {.sequence = 4711};
        assert_int_equal(ledger_reader_as_of(find, &journal, &as_of, &past), FAIL_INVALID);
        assert_int_equal(past.sequence, 4711);
    }
    request_as_of_t ahead = {.account = mine, .head = journal.h->last + 1, .sequence = 9};
    answer_as_of_t past;
    assert_int_equal(ledger_reader_as_of(find, &journal, &ahead, &past), FAIL_MISSING);
}

static void a_chain_that_leads_astray_is_corrupt_and_ends(void **state)
{
    (void)state;
    request_statement_t request = {.account = mine, .head = mine_head, .limit = 500};
    answer_statement_t answer;
    uint64_t previous = harness_read(journal.h, mine_head).posted.previous;
    const uint64_t lies[] = {other_head, mine_head, 1};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        journal.lie_at = previous;
        journal.lie = lies[i];
        assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_CORRUPT);
    }
}

static void a_store_that_fails_says_so(void **state)
{
    (void)state;
    request_statement_t request = {.account = mine, .head = mine_head, .limit = 500};
    answer_statement_t answer;
    journal.fail = FAIL_STORE;
    journal.fail_after = 0;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_STORE);
    journal.reads = 0;
    journal.fail_after = 20;
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_STORE);
    journal.reads = 0;
    journal.fail = FAIL_MISSING; // a gap inside a chain is no answer but damage
    assert_int_equal(page(&request, 64 * 1024, &answer), FAIL_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup(name, restart)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(as_of_a_sequence_is_what_a_scan_says),
        TEST(as_of_a_time_is_what_a_scan_says),
        TEST(pages_hold_every_posting_once_newest_first),
        TEST(a_page_that_ends_between_equal_stamps_loses_no_row),
        TEST(a_page_far_back_is_reached_by_skipping),
        TEST(a_filter_that_lets_nothing_through_ends_its_page),
        TEST(a_page_of_credits_costs_one_step_a_row),
        TEST(balances_of_many_instants_are_those_of_each),
        TEST(instants_that_are_none_are_refused),
        TEST(a_journal_from_before_credits_were_chained_reads_the_same),
        TEST(requests_that_break_a_rule_are_refused),
        TEST(a_chain_that_leads_astray_is_corrupt_and_ends),
        TEST(a_store_that_fails_says_so),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
