// Postings that somebody wishes: which break a rule, and what the others come to.
#include "services/ledger/ledger_decide_wish.h"
#include "tests/unit/ledger_words.h"

static void wishes_that_break_a_rule_are_refused_and_change_nothing(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), b = customer(2), bank = posting_system_id(SYSTEM_BANK),
            fees = posting_system_id(SYSTEM_FEES), clearing = posting_system_id(SYSTEM_CLEARING),
            suspense = posting_system_id(SYSTEM_SUSPENSE), unknown = posting_system_id(33),
            promo = posting_system_id(SYSTEM_PROMO), revenue = posting_system_id(SYSTEM_REVENUE);
    const struct {
        event_t wish;
        const char *refused; // words of the detail, NULL if it is accepted
    } rows[] = {
        {wish(bank, a, 1, POSTING_BANK), NULL},
        {wish(bank, a, POSTING_AMOUNT_MAX, POSTING_BANK), NULL},
        {wish(bank, a, 0, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, -1, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, INT64_MIN, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, POSTING_AMOUNT_MAX + 1, POSTING_BANK), "above what one posting"},
        {wish(a, b, 1, POSTING_CORRECTION),
         "between customers"}, // the law: no transfers between users
        {wish(a, a, 1, POSTING_CORRECTION), "between customers"},
        {wish(bank, bank, 1, POSTING_SETTLEMENT), "same account"},
        {wish(unknown, a, 1, POSTING_CORRECTION), "no system account"},
        {wish(a, unknown, 1, POSTING_CORRECTION), "no system account"},
        {wish(nobody(), bank, 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, nobody(), 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, a, 1, 0), "of that kind"},
        {wish(bank, a, 1, 16), "of that kind"},
        {wish(promo, a, 1, POSTING_APART), "moves no customer's"},
        {wish(promo, a, 1, POSTING_BEGUN), "between other accounts"},
        {wish(posting_system_id(SYSTEM_APART), a, 1, POSTING_BEGUN), "the ledger alone"},
        {wish(a, posting_system_id(SYSTEM_APART), 1, POSTING_CORRECTION), "the ledger alone"},
        {wish(a, promo, 1, POSTING_LAPSE), "between other accounts"}, // by its time, or bonus.void
        {wish(revenue, a, 1, POSTING_CREDIT), "between other accounts"}, // metering's word alone
        {wish(revenue, a, 1, POSTING_CREDIT_BONUS), "between other accounts"},
        {wish(bank, a, 1, UINT64_MAX), "of that kind"},
        {wish(bank, a, 1, POSTING_SETTLEMENT), "moves no customer's"}, // moves no customer's money
        {wish(a, fees, 1, POSTING_FEE), "moves no customer's"},
        {wish(bank, clearing, 1, POSTING_SETTLEMENT), NULL},
        {wish(fees, clearing, 1, POSTING_FEE), NULL},
        {wish(bank, clearing, 1, POSTING_BANK), "suspense"}, // a customer's kind, and no customer
        {wish(bank, suspense, 1, POSTING_BANK), NULL},
        {wish(suspense, clearing, 1, POSTING_CORRECTION), NULL},
        {wish(promo, a, 1, POSTING_BONUS), NULL},
        {wish(a, revenue, 1, POSTING_CHARGE), NULL},
        {wish(revenue, a, 1, POSTING_CHARGE), "usage debits"},
        {wish(bank, a, 1, POSTING_BONUS), "between other accounts"}, // promo pays it
        {wish(revenue, a, 1, POSTING_TOPUP), "between other accounts"},
        {wish(a, clearing, 1, POSTING_TOPUP), "between other accounts"},
        {wish(a, bank, 1, POSTING_BANK), "between other accounts"},
        {wish(a, promo, 1, POSTING_REFUND), "between other accounts"},
    };
    paid(h, b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t last = h->last;
        const event_posting_requested_t *body = &rows[i].wish.posting_requested;
        request_t request = {.type = REQUEST_post};
        request.post.debit = body->debit;
        request.post.credit = body->credit;
        request.post.amount = body->amount;
        request.post.kind = body->kind;
        request.post.opens = body->opens;
        fail_t expected = rows[i].refused ? FAIL_INVALID : FAIL_NONE;
        assert_int_equal(harness_check(h, &rows[i].wish), expected);
        assert_int_equal(harness_command(h, &request), expected);
        if (rows[i].refused) {
            assert_non_null(h->detail);
            assert_non_null(strstr(h->detail, rows[i].refused));
            assert_int_equal(h->last, last);
        }
        assert_int_equal(harness_item(h, POSTER, i + 1, &rows[i].wish), expected);
        if (rows[i].refused)
            assert_int_equal(h->last, last);
        harness_t *replayed = harness_replay(h);
        harness_compare(h, replayed); // a refusal left no trace in the state
        harness_destroy(&replayed);
    }
    event_t stranger = payment(a, 1, 1);
    assert_int_equal(harness_item(h, POSTER, 1, &stranger), FAIL_INVALID);
    assert_int_equal(harness_check(h, &stranger), FAIL_INVALID);
}

// Who posts what metering or payment would have said speaks in their name.
static void what_comes_from_streams_no_person_posts(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), clearing = posting_system_id(SYSTEM_CLEARING),
            suspense = posting_system_id(SYSTEM_SUSPENSE);
    const event_t wishes[] = {wish(a, posting_system_id(SYSTEM_REVENUE), 1, POSTING_CHARGE),
                              wish(clearing, a, 1, POSTING_TOPUP),
                              wish(clearing, suspense, 1, POSTING_TOPUP),
                              wish(clearing, a, 1, POSTING_AUTOPAY)};
    const role_t roles[] = {ROLE_OPERATOR, ROLE_NONE, ROLE_IMPORTER};
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
            h->role = roles[r];
            fail_t expected = h->role == ROLE_IMPORTER ? FAIL_NONE : FAIL_DENIED;
            const event_posting_requested_t *body = &wishes[i].posting_requested;
            request_t request = {.type = REQUEST_post};
            request.post = (request_post_t){.debit = body->debit,
                                            .credit = body->credit,
                                            .amount = 1,
                                            .kind = body->kind,
                                            .opens = true};
            uint64_t last = h->last;
            assert_int_equal(harness_check(h, &wishes[i]), expected);
            assert_int_equal(harness_item(h, POSTER, 1, &wishes[i]), expected);
            assert_int_equal(harness_command(h, &request), expected);
            assert_int_equal(h->last == last, expected != FAIL_NONE);
            if (expected)
                assert_non_null(strstr(h->detail, "come from their streams"));
        }
}

static void what_a_posting_moves_is_its_amount(void **state)
{
    (void)state;
    event_t item = wish(customer(1), posting_system_id(SYSTEM_BANK), 77, POSTING_CORRECTION),
            begun = {.type = EVENT_postings_begun};
    request_t post = {.type = REQUEST_post, .post.amount = 78},
              policy = {.type = REQUEST_ledger_policy};
    assert_int_equal(ledger_decide_moves(&(input_t){.kind = INPUT_ITEM, .event = &item}), 77);
    assert_int_equal(ledger_decide_moves(&(input_t){.kind = INPUT_ITEM, .event = &begun}), 0);
    assert_int_equal(ledger_decide_moves(&(input_t){.kind = INPUT_REQUEST, .request = &post}), 78);
    assert_int_equal(ledger_decide_moves(&(input_t){.kind = INPUT_REQUEST, .request = &policy}), 0);
}

static fail_t post(harness_t *h, uid_t16 debit, uid_t16 credit, kopecks_t amount, uint64_t kind)
{
    request_t request = {.type = REQUEST_post};
    request.post.debit = debit;
    request.post.credit = credit;
    request.post.amount = amount;
    request.post.kind = kind;
    request.post.opens = true;
    return harness_command(h, &request);
}

// 389.01 is there: a refund of a million would leave -999 610.99.
static void a_refund_is_no_more_than_is_there(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), refunds = posting_system_id(SYSTEM_REFUNDS),
            promo = posting_system_id(SYSTEM_PROMO), clearing = posting_system_id(SYSTEM_CLEARING),
            suspense = posting_system_id(SYSTEM_SUSPENSE),
            chargebacks = posting_system_id(SYSTEM_CHARGEBACKS);
    paid(h, a, 38901);
    given(h, a, 500);
    uint64_t last = h->last;
    assert_int_equal(post(h, a, refunds, 100000000, POSTING_REFUND), FAIL_STATE);
    assert_non_null(strstr(h->detail, "less than that"));
    assert_int_equal(post(h, a, refunds, 38902, POSTING_REFUND), FAIL_STATE);
    assert_int_equal(post(h, customer(2), refunds, 1, POSTING_REFUND), FAIL_STATE);
    assert_int_equal(post(h, a, promo, 501, POSTING_BONUS), FAIL_STATE);
    assert_int_equal(post(h, suspense, clearing, 1, POSTING_REFUND), FAIL_STATE);
    assert_int_equal(h->last, last);
    assert_int_equal(post(h, a, refunds, 38901, POSTING_REFUND), FAIL_NONE);
    assert_int_equal(post(h, a, promo, 500, POSTING_BONUS), FAIL_NONE);
    assert_int_equal(balance_of(h, a).cash, 0);
    assert_int_equal(balance_of(h, a).bonus, 0);
    assert_int_equal(post(h, a, refunds, 1, POSTING_REFUND), FAIL_STATE);
    assert_int_equal(post(h, refunds, a, 38901, POSTING_REFUND), FAIL_NONE); // it failed
    assert_int_equal(balance_of(h, a).cash, 38901);
    assert_int_equal(post(h, a, chargebacks, 40000, POSTING_CHARGEBACK), FAIL_NONE); // comes anyway
    assert_int_equal(balance_of(h, a).cash, -1099);
}

static void what_takes_back_is_no_item_of_a_feed(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), promo = posting_system_id(SYSTEM_PROMO);
    paid(h, a, 1000);
    given(h, a, 1000);
    const event_t items[] = {wish(a, posting_system_id(SYSTEM_REFUNDS), 1, POSTING_REFUND),
                             wish(posting_system_id(SYSTEM_REFUNDS), a, 1, POSTING_REFUND),
                             wish(a, posting_system_id(SYSTEM_CHARGEBACKS), 1, POSTING_CHARGEBACK),
                             wish(a, promo, 1, POSTING_BONUS)};
    uint64_t last = h->last;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_int_equal(harness_check(h, &items[i]), FAIL_INVALID);
        assert_non_null(strstr(h->detail, "command of its own"));
        assert_int_equal(harness_item(h, POSTER, i + 1, &items[i]), FAIL_INVALID);
    }
    assert_int_equal(h->last, last);
    event_t bonus = wish(promo, a, 1, POSTING_BONUS);
    assert_int_equal(harness_item(h, POSTER, 9, &bonus), FAIL_NONE);
}

// A mistyped id would open a customer who does not exist, and take the money.
static void an_account_that_nobody_knows_is_opened_on_purpose_only(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), bank = posting_system_id(SYSTEM_BANK);
    const bool commands[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        event_t item = wish(bank, customer((uint8_t)(2 + i)), 100, POSTING_BANK);
        request_t request = {.type = REQUEST_post};
        request.post.debit = bank;
        request.post.credit = customer((uint8_t)(2 + i));
        request.post.amount = 100;
        request.post.kind = POSTING_BANK;
        item.posting_requested.opens = false;
        uint64_t last = h->last;
        assert_int_equal(harness_check(h, &item), FAIL_UNKNOWN_ACCOUNT);
        assert_int_equal(commands[i] ? harness_command(h, &request)
                                     : harness_item(h, POSTER, 1, &item),
                         FAIL_UNKNOWN_ACCOUNT);
        assert_non_null(strstr(h->detail, "opens"));
        assert_int_equal(h->last, last);
        answer_balance_t none;
        assert_int_equal(balance(h, request.post.credit, &none), FAIL_UNKNOWN_ACCOUNT);
        item.posting_requested.opens = request.post.opens = true;
        assert_int_equal(harness_check(h, &item), FAIL_NONE);
        assert_int_equal(commands[i] ? harness_command(h, &request)
                                     : harness_item(h, POSTER, 2, &item),
                         FAIL_NONE);
        assert_int_equal(harness_caused(h, 0, EVENT_account_opened).account_opened.number,
                         SYSTEM_END + i);
        item.posting_requested.opens = request.post.opens = false; // it is known now
        assert_int_equal(harness_check(h, &item), FAIL_NONE);
        assert_int_equal(harness_item(h, POSTER, 3, &item), FAIL_NONE);
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
        assert_int_equal(balance_of(h, request.post.credit).cash, 300);
    }
    // Facts open what they name: nobody typed it.
    paid(h, a, 1);
    event_t internal = wish(bank, posting_system_id(SYSTEM_SUSPENSE), 1, POSTING_BANK);
    internal.posting_requested.opens = false;
    assert_int_equal(harness_item(h, POSTER, 9, &internal), FAIL_NONE);
}

static void a_runs_beginning_is_kept_as_it_came_and_moves_nothing(void **state)
{
    harness_t *h = *state;
    const struct {
        instant_t ahead;
        fail_t fail;
    } rows[] = {{-400 * DAY_US, FAIL_NONE},
                {0, FAIL_NONE},
                {5 * MINUTE_US, FAIL_NONE},
                {5 * MINUTE_US + 1000, FAIL_FUTURE},
                {DAY_US, FAIL_FUTURE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event_t item = {.type = EVENT_postings_begun};
        uint64_t ms = (uint64_t)(h->now + rows[i].ahead) / 1000, last = h->last;
        for (int byte = 0; byte < 6; byte++)
            item.postings_begun.run.bytes[byte] = (uint8_t)(ms >> (40 - 8 * byte));
        item.postings_begun.content.bytes[31] = 9;
        item.postings_begun.rows = i;
        assert_int_equal(harness_check(h, &item), rows[i].fail);
        assert_int_equal(harness_item(h, POSTER, i + 1, &item), rows[i].fail);
        assert_int_equal(h->last, last + (rows[i].fail == FAIL_NONE));
        if (rows[i].fail)
            continue;
        event_t kept = harness_caused(h, 0, EVENT_postings_begun);
        assert_memory_equal(&kept.postings_begun, &item.postings_begun, sizeof kept.postings_begun);
        assert_int_equal(kept.cause.stream, POSTER);
        assert_int_equal(kept.cause.sequence, i + 1);
    }
}

static void the_answer_to_post_names_the_posting(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_post};
    request.post.debit = posting_system_id(SYSTEM_BANK);
    request.post.credit = customer(1);
    request.post.amount = 100;
    request.post.kind = POSTING_BANK;
    request.post.reference = customer(77);
    request.post.opens = true;
    for (int i = 0; i < 2; i++) { // first with account.opened before it, then alone
        answer_t answer;
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
        assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
        event_t event = harness_read(h, answer.post.sequence);
        assert_int_equal(event.type, EVENT_posted);
        assert_true(uid_equal(&event.posted.reference, &request.post.reference));
    }
}

static void what_check_accepts_the_whole_batch_can_post(void **state)
{
    harness_t *h = *state;
    const kopecks_t headroom = 8189 * POSTING_AMOUNT_MAX;
    uid_t16 account = customer(1);
    event_t item = wish(posting_system_id(SYSTEM_BANK), account, POSTING_AMOUNT_MAX, POSTING_BANK);
    paid(h, account, LEDGER_BALANCE_MAX - headroom + 1);
    assert_int_equal(harness_check(h, &item), FAIL_OVERFLOW);
    assert_non_null(h->detail);
    used(h, account, 1); // now exactly a batch fits
    assert_int_equal(harness_check(h, &item), FAIL_NONE);
    for (uint64_t i = 1; i <= 8189; i++)
        assert_int_equal(harness_item(h, POSTER, i, &item), FAIL_NONE);
    assert_int_equal(balance_of(h, account).cash, LEDGER_BALANCE_MAX);
    uint64_t last = h->last;
    assert_int_equal(harness_item(h, POSTER, 9000, &item), FAIL_OVERFLOW);
    assert_int_equal(h->last, last);
    item = wish(account, posting_system_id(SYSTEM_BANK), 1, POSTING_CORRECTION);
    assert_int_equal(harness_item(h, POSTER, 9001, &item), FAIL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wishes_that_break_a_rule_are_refused_and_change_nothing),
        TEST(what_comes_from_streams_no_person_posts),
        TEST(what_a_posting_moves_is_its_amount),
        TEST(a_refund_is_no_more_than_is_there),
        TEST(what_takes_back_is_no_item_of_a_feed),
        TEST(an_account_that_nobody_knows_is_opened_on_purpose_only),
        TEST(a_runs_beginning_is_kept_as_it_came_and_moves_nothing),
        TEST(the_answer_to_post_names_the_posting),
        TEST(what_check_accepts_the_whole_batch_can_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
