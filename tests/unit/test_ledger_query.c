// What the ledger answers: balances, totals, its table, its counters.
#include "services/ledger/ledger_query.h"
#include "tests/unit/ledger_words.h"

static void a_balance_says_what_it_is_true_at(void **state)
{
    harness_t *h = *state;
    answer_balance_t answer;
    assert_int_equal(balance(h, customer(1), &answer), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(9), 1); // so that sequences differ
    event_t autopay = payment(customer(1), 100, 2);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 555, &autopay), FAIL_NONE);
    uint64_t head = h->last;
    given(h, customer(1), 7);
    answer = balance_of(h, customer(1));
    assert_int_equal(answer.sequence, h->last);
    assert_int_equal(answer.cash, 100);
    assert_int_equal(answer.bonus, 7);
    assert_int_equal(answer.number, 65);
    assert_int_equal(answer.head, head + 1);
    assert_int_equal(answer.postings, 2);
    assert_int_equal(answer.credit, 555); // a bonus is no credit of payment's
    request_t request = {.type = REQUEST_balance};
    answer_t later;
    request.balance.account = customer(1);
    request.balance.min_sequence = h->last;
    assert_int_equal(harness_query(h, &request, &later), FAIL_NONE);
    request.balance.min_sequence = h->last + 1;
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
    request.balance.account = customer(3); // it may come by then
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
}

static answer_accounts_t accounts_of(harness_t *h, request_accounts_t asked)
{
    static answer_t answer;
    request_t request = {.type = REQUEST_accounts, .accounts = asked};
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    return answer.accounts;
}

// Of each row the first byte of its account, in order.
static size_t read_accounts(const answer_accounts_t *answer, uint8_t ret_accounts[8])
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (size_t i = 0; i < answer->count; i++) {
        uid_t16 account;
        assert_int_equal(wire_array(&wire, 7), 7);
        wire_uid(&wire, &account);
        wire_skip(&wire, 6);
        ret_accounts[i] = account.bytes[15];
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return answer->count;
}

static void accounts_are_listed_by_pages_and_by_what_is_sought(void **state)
{
    harness_t *h = *state;
    uint8_t seen[8];
    paid(h, customer(1), 100000);
    paid(h, customer(2), 500);
    given(h, customer(3), 499);
    paid(h, customer(4), 10);
    used(h, customer(4), 30);
    assert_int_equal(harness_tick(h), FAIL_NONE); // says who is low
    answer_accounts_t page = accounts_of(h, (request_accounts_t){.limit = 3});
    assert_int_equal(read_accounts(&page, seen), 3);
    assert_int_equal(page.sequence, h->last);
    assert_int_equal(page.next, 3);
    page = accounts_of(h, (request_accounts_t){.from = page.next, .limit = 3});
    assert_int_equal(read_accounts(&page, seen), 1);
    assert_int_equal(page.next, 0);
    assert_int_equal(seen[0], customer(4).bytes[15]);
    page = accounts_of(h, (request_accounts_t){.below = 500});
    assert_int_equal(read_accounts(&page, seen), 2); // less than that, and not equal to it
    assert_int_equal(seen[0], customer(3).bytes[15]);
    page = accounts_of(h, (request_accounts_t){.exhausted = true});
    assert_int_equal(read_accounts(&page, seen), 1);
    assert_int_equal(seen[0], customer(4).bytes[15]);
    page = accounts_of(h, (request_accounts_t){.low = true, .below = 500});
    assert_int_equal(read_accounts(&page, seen), 2);
    page = accounts_of(h, (request_accounts_t){.from = 99});
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, 0);
}

static void totals_sum_to_zero(void **state)
{
    harness_t *h = *state;
    kopecks_t systems[SYSTEM_END];
    paid(h, customer(1), 1000);
    given(h, customer(2), 50);
    used(h, customer(1), 300);
    answer_totals_t totals = totals_of(h, systems);
    assert_int_equal(totals.sequence, h->last);
    assert_int_equal(totals.accounts, 2);
    assert_int_equal(totals.customers, 750);
    assert_int_equal(systems[SYSTEM_CLEARING], -1000);
    assert_int_equal(systems[SYSTEM_PROMO], -50);
    assert_int_equal(systems[SYSTEM_REVENUE], 300);
}

static void the_table_pages_through_every_account_once(void **state)
{
    harness_t *h = *state;
    enum { ACCOUNTS = 2 * LEDGER_PAGE_ROWS + 1, PAGE = 48 * 1024 };
    static uint8_t page[PAGE];
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        uid_t16 account = customer(1);
        memcpy(account.bytes + 4, &i, sizeof i);
        event_t event = payment(account, INT64_C(1) << 40, 1);
        assert_int_equal(harness_event(h, STREAM_PAYMENT, UINT64_MAX - i, &event), FAIL_NONE);
    }
    uint64_t from = 0, seen = 0, pages = 0;
    do {
        pack_t rows;
        wire_t wire;
        size_t count;
        pack_start(&rows, page, sizeof page);
        from = h->core->table(h->state, from, &rows, &count);
        assert_true(pack_end(&rows) > 0);
        wire_start(&wire, page, pack_end(&rows));
        for (size_t i = 0; i < count; i++, seen++) {
            uint64_t number, head, credit;
            uid_t16 account;
            kopecks_t cash, bonus, returned, limit;
            uint64_t closed;
            assert_int_equal(wire_array(&wire, 9), 9);
            wire_u64(&wire, &number);
            wire_uid(&wire, &account);
            wire_i64(&wire, &cash);
            wire_i64(&wire, &bonus);
            wire_u64(&wire, &head);
            wire_u64(&wire, &credit);
            wire_i64(&wire, &returned);
            assert_int_equal(returned, 0);
            wire_u64(&wire, &closed);
            wire_i64(&wire, &limit);
            assert_int_equal(closed, 0);
            assert_int_equal(limit, 0);
            assert_int_equal(number, seen + 64);
            assert_int_equal(cash, INT64_C(1) << 40);
            assert_int_equal(bonus, 0);
            assert_int_equal(credit, UINT64_MAX - seen);
            event_t event = harness_read(h, head);
            assert_true(uid_equal(&event.posted.account, &account));
        }
        assert_int_equal(wire_end(&wire), FAIL_NONE);
        pages++;
    } while (from);
    assert_int_equal(seen, ACCOUNTS);
    assert_int_equal(pages, 3);
    size_t count = 1;
    pack_t rows;
    pack_start(&rows, page, sizeof page);
    assert_int_equal(h->core->table(h->state, ACCOUNTS, &rows, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(h->core->table(h->state, UINT64_MAX, &rows, &count), 0);
}

static void counters_are_lines_of_name_and_value(void **state)
{
    harness_t *h = *state;
    char text[1024];
    used(h, customer(1), 1);
    paid(h, customer(2), 20000);
    size_t size = h->core->counters(h->state, text, sizeof text);
    static const char expected[] =
        "accounts 2\naccounts_closed 0\npostings 2\ncredits_made 0\ncredits_open 0\n"
        "lots 1\ndebts 1\n"
        "refunds_held 0\nrefunds_settled 0\n"
        "judgements_pending 1\n"
        "payments_remembered 1\npayments_suspended 0\n"
        "customers_kopecks 19999\n"
        "system_1_kopecks 1\nsystem_2_kopecks -20000\n"
        "system_3_kopecks 0\nsystem_4_kopecks 0\n"
        "system_5_kopecks 0\nsystem_6_kopecks 0\n"
        "system_7_kopecks 0\nsystem_8_kopecks 0\n"
        "system_9_kopecks 0\nsystem_11_kopecks 0\nsum_kopecks 0\n";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(text, expected, size);
    assert_int_equal(h->core->counters(h->state, text, 11), 11); // whole lines that fit
}

// A posting that moves a kopeck and leaves the customer two less.
static void a_posting_with_two_unlike_sides_shows_in_the_sum(void **state)
{
    (void)state;
    char text[1024];
    void *ledger = ledger_core.create(NULL);
    event_t opened = {.type = EVENT_account_opened,
                      .account_opened = {.account = customer(1), .number = SYSTEM_END}};
    event_t posted = {.type = EVENT_posted,
                      .posted = {.kind = POSTING_CHARGE,
                                 .debit = SYSTEM_END,
                                 .credit = SYSTEM_REVENUE,
                                 .amount = 1,
                                 .cash = -2}};
    ledger_core.apply(ledger, &opened, 1);
    ledger_core.apply(ledger, &posted, 2);
    size_t size = ledger_core.counters(ledger, text, sizeof text - 1);
    text[size] = '\0';
    assert_non_null(strstr(text, "\nsum_kopecks -1\n"));
    ledger_core.destroy(ledger);
}

// --- lots ---

typedef struct {
    uint64_t kind, number;
    kopecks_t amount, left;
} shown_t;

static fail_t lots(harness_t *h, uid_t16 account, uint64_t skip, answer_t *ret_answer)
{
    request_t request = {.type = REQUEST_lots, .lots = {.account = account, .skip = skip}};
    return harness_query(h, &request, ret_answer);
}

static void read_lots(const answer_lots_t *answer, shown_t *ret_rows)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        int64_t rest;
        assert_int_equal(wire_array(&wire, 9), 9);
        wire_u64(&wire, &ret_rows[i].kind);
        wire_u64(&wire, &ret_rows[i].number);
        wire_i64(&wire, &ret_rows[i].amount);
        wire_i64(&wire, &ret_rows[i].left);
        for (unsigned j = 0; j < 4; j++) {
            wire_i64(&wire, &rest);
            assert_int_equal(rest, 0); // nothing is held, ends, or is for one service
        }
        bool apart = true;
        wire_flag(&wire, &apart);
        assert_false(apart);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

static void lots_are_shown_as_they_are_spent_and_then_the_debts(void **state)
{
    harness_t *h = *state;
    answer_t answer;
    shown_t rows[4];
    assert_int_equal(lots(h, customer(1), 0, &answer), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(1), 300);
    uint64_t cash = h->last;
    paid(h, customer(1), 200);
    given(h, customer(1), 50);
    uint64_t bonus = h->last;
    used(h, customer(1), 10);
    assert_int_equal(lots(h, customer(1), 0, &answer), FAIL_NONE);
    assert_int_equal(answer.lots.sequence, h->last);
    assert_int_equal(answer.lots.cash, 500);
    assert_int_equal(answer.lots.bonus, 40);
    assert_int_equal(answer.lots.count, 3);
    assert_int_equal(answer.lots.next, 0);
    read_lots(&answer.lots, rows);
    assert_int_equal(rows[0].kind, LOT_BONUS);
    assert_int_equal(rows[0].number, bonus);
    assert_int_equal(rows[0].amount, 50);
    assert_int_equal(rows[0].left, 40);
    assert_int_equal(rows[1].kind, LOT_CASH);
    assert_int_equal(rows[1].number, cash);
    assert_int_equal(rows[2].left, 200);
    used(h, customer(1), 600);
    uint64_t debt = h->last;
    assert_int_equal(lots(h, customer(1), 0, &answer), FAIL_NONE);
    assert_int_equal(answer.lots.usage_debt, 60);
    assert_int_equal(answer.lots.count, 1);
    read_lots(&answer.lots, rows);
    assert_int_equal(rows[0].kind, LOT_USAGE_DEBT);
    assert_true(rows[0].number <= debt);
    assert_int_equal(rows[0].left, 60);
    request_t back = {.type = REQUEST_post,
                      .post = {.debit = customer(1),
                               .credit = posting_system_id(SYSTEM_CLEARING),
                               .amount = 5,
                               .kind = POSTING_CHARGEBACK}};
    assert_int_equal(harness_command(h, &back), FAIL_NONE);
    assert_int_equal(lots(h, customer(1), 0, &answer), FAIL_NONE);
    assert_int_equal(answer.lots.reversal_debt, 5);
    read_lots(&answer.lots, rows);
    assert_int_equal(rows[1].kind, LOT_REVERSAL_DEBT);
    assert_int_equal(lots(h, customer(1), 2, &answer), FAIL_NONE);
    assert_int_equal(answer.lots.count, 0);
    assert_int_equal(answer.lots.next, 0);
}

static void lots_come_in_pages(void **state)
{
    harness_t *h = *state;
    static shown_t rows[LEDGER_LOTS_PAGE];
    answer_t answer;
    uint64_t seen = 0, skip = 0, before = 0;
    for (unsigned i = 0; i < 2 * LEDGER_LOTS_PAGE + 1; i++)
        paid(h, customer(1), INT64_C(1) << 40);
    do {
        assert_int_equal(lots(h, customer(1), skip, &answer), FAIL_NONE);
        read_lots(&answer.lots, rows);
        for (uint64_t i = 0; i < answer.lots.count; before = rows[i++].number)
            assert_true(rows[i].number > before);
        seen += answer.lots.count;
        skip = answer.lots.next;
    } while (skip);
    assert_int_equal(seen, 2 * LEDGER_LOTS_PAGE + 1);
}

// A bonus that opens its account stands behind that event; what waits for a second person has none
// yet.
static void a_command_is_answered_with_its_posting_or_that_it_waits(void **state)
{
    harness_t *h = *state;
    static const request_type_t types[] = {REQUEST_post, REQUEST_bonus_give, REQUEST_bonus_void};
    static const event_type_t firsts[] = {EVENT_posted, EVENT_account_opened, EVENT_charge_parted,
                                          EVENT_command_proposed, EVENT_NONE};
    for (size_t t = 0; t < 3; t++)
        for (size_t i = 0; i < 5; i++) {
            const event_t first = {.type = firsts[i]};
            const request_t request = {.type = types[t]};
            answer_t answer = {.type = types[t]};
            query_t query = {.answer = &answer};
            bool waits = i == 3, behind = i == 1 || i == 2;
            assert_int_equal(ledger_query(h->state, &request, i < 4 ? &first : NULL, 70, &query),
                             FAIL_NONE);
            assert_int_equal(t == 0   ? answer.post.pending
                             : t == 1 ? answer.bonus_give.pending
                                      : answer.bonus_void.pending,
                             waits);
            if (t == 0)
                assert_int_equal(answer.post.sequence, 70 + behind);
            if (t == 1)
                assert_int_equal(answer.bonus_give.lot, waits ? 0 : 70 + behind);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_balance_says_what_it_is_true_at),
        TEST(accounts_are_listed_by_pages_and_by_what_is_sought),
        TEST(totals_sum_to_zero),
        TEST(the_table_pages_through_every_account_once),
        TEST(lots_are_shown_as_they_are_spent_and_then_the_debts),
        TEST(lots_come_in_pages),
        TEST(counters_are_lines_of_name_and_value),
        TEST(a_posting_with_two_unlike_sides_shows_in_the_sum),
        TEST(a_command_is_answered_with_its_posting_or_that_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
