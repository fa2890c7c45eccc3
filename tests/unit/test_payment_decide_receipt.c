// The receipts of a payment: the lot that it is, when that is at its end, what is said then, once,
// and how far the registration of both is.
#include "tests/unit/receipt_moves.h"

static void the_second_receipt_is_due_once_its_lot_is_used_up(void **state)
{
    world_t *w = *state;
    uint64_t first, later;
    assert_int_equal(regime(w, 0, TAX_SYSTEM_OSN, VAT_REGIME_FULL), FAIL_NONE);
    uint64_t invoice = placed(w, 50000, &first);
    uint64_t other = placed(w, 100000, &later);
    debit(w, POSTING_CHARGE, 60000, LOTS(first));
    assert_string_equal(world_events(w), "");
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_OPEN);
    debit(w, POSTING_CHARGE, 40000, LOTS(first, later));
    assert_string_equal(world_events(w), "lot.ended receipt.due");
    const event_receipt_due_t *e = due_said(w);
    assert_int_equal(e->invoice, invoice);
    assert_int_equal(e->receipt, SECOND(invoice));
    assert_int_equal(e->amount, 50000);
    assert_int_equal(e->vat, 9016);
    assert_int_equal(e->tax, RECEIPT_TAX_VAT22);
    assert_int_equal(e->system, TAX_SYSTEM_OSN);
    debit(w, POSTING_CHARGE, 30000, LOTS(later));
    assert_string_equal(world_events(w), ""); // once
    debit(w, POSTING_CHARGE, 0, LOTS(later));
    assert_int_equal(due_said(w)->invoice, other);
}

static void a_bonus_or_a_transfer_says_nothing_of_a_payments_lot(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 50000, LOTS(lot + 100)); // a lot of bonus, or of a bank
    debit(w, POSTING_CHARGE, 50000, LOTS(lot + 100, lot + 200));
    debit(w, POSTING_BONUS, 50000, LOTS(lot + 300));
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_OPEN);
    debit(w, POSTING_CHARGE, 49000, LOTS(lot, lot + 200)); // cash, the older first
    assert_int_equal(due_said(w)->amount, 50000);
}

static void a_topup_that_repays_debt_is_used_at_once(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    (void)placed(w, -20000, &lot);
    assert_string_equal(world_events(w), "lot.placed lot.ended receipt.due");
    assert_true(world_event(w, EVENT_lot_placed)->lot_placed.owed);
    assert_int_equal(due_said(w)->amount, 50000);
    assert_int_equal(due_said(w)->tax, RECEIPT_TAX_NONE); // nobody named a regime
}

static void what_went_back_is_on_no_second_receipt(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 20000, LOTS(lot));
    uint64_t number = refund(w, invoice, 20000);
    hold(w, number, lot, 0);                   // all that is left
    debit(w, POSTING_CHARGE, -100, LOTS(lot)); // nothing is said while it is held
    assert_string_equal(world_events(w), "");
    settle(w, invoice, number, 20000, true);
    assert_string_equal(world_events(w), "lot.held lot.ended receipt.due");
    assert_int_equal(due_said(w)->amount, 30000);
}

static void a_lot_of_which_nothing_was_used_has_none(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    uint64_t number = refund(w, invoice, 50000);
    hold(w, number, lot, 0);
    settle(w, invoice, number, 50000, true);
    assert_string_equal(world_events(w), "lot.held lot.ended");
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_NONE);
}

static void what_was_held_and_came_back_is_used_later(void **state)
{
    world_t *w = *state;
    uint64_t lot, later;
    uint64_t invoice = placed(w, 50000, &lot);
    (void)placed(w, 100000, &later);
    uint64_t number = refund(w, invoice, 50000);
    hold(w, number, lot, 50000);
    debit(w, POSTING_CHARGE, 40000, LOTS(later)); // the older one is held, and not used
    assert_string_equal(world_events(w), "lot.held");
    (void)post(w,
               (event_posted_t){.debit = SYSTEM_REFUNDS,
                                .credit = SYSTEM_END,
                                .amount = 50000,
                                .cash = 90000,
                                .kind = POSTING_RELEASE,
                                .lot = lot},
               NULL);
    settle(w, invoice, number, 50000, false);
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_OPEN);
    debit(w, POSTING_CHARGE, 30000, LOTS(lot, later));
    assert_int_equal(due_said(w)->amount, 50000);
}

static void a_chargeback_leaves_it_to_people(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGEBACK, -10000, LOTS(lot));
    assert_string_equal(world_events(w), "receipt.handed reversal.owed");
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_PEOPLE);
    uint64_t next = placed(w, 40000, &lot); // it repaid what is no service
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_string_equal(world_events(w), "receipt.handed");
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.why,
                     RECEIPT_WHY_RETURNED);
    assert_int_equal(state_of(w, next, RECEIPT_SECOND), RECEIPT_STATE_PEOPLE);
    (void)placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot)); // what was owed is paid
    assert_string_equal(world_events(w), "lot.ended receipt.due");
}

static void services_under_two_regimes_are_for_people(void **state)
{
    world_t *w = *state;
    uint64_t lot, whole;
    assert_int_equal(regime(w, 0, TAX_SYSTEM_USN_INCOME, VAT_REGIME_5), FAIL_NONE);
    assert_int_equal(regime(w, w->now + 30 * DAY_US, TAX_SYSTEM_USN_INCOME, VAT_REGIME_7),
                     FAIL_NONE);
    assert_int_equal(regime(w, w->now + 60 * DAY_US, TAX_SYSTEM_USN_INCOME, VAT_REGIME_5),
                     FAIL_NONE);
    (void)placed(w, 50000, &lot);
    uint64_t other = placed(w, 100000, &whole);
    debit(w, POSTING_CHARGE, 40000, LOTS(lot, whole));
    assert_int_equal(due_said(w)->tax, RECEIPT_TAX_VAT5);
    w->now += 90 * DAY_US; // the same rate again, and another one in between
    debit(w, POSTING_CHARGE, 0, LOTS(whole));
    assert_string_equal(world_events(w), "receipt.handed");
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.why, RECEIPT_WHY_RATES);
    assert_int_equal(state_of(w, other, RECEIPT_SECOND), RECEIPT_STATE_PEOPLE);
    assert_int_equal(receipts(w)->people, 1);
}

static void a_regime_is_named_before_its_day(void **state)
{
    world_t *w = *state;
    char link[2][PAYMENT_FORM_MAX];
    answer_t answer;
    assert_int_equal(regime(w, w->now, TAX_SYSTEM_OSN, VAT_REGIME_FULL), FAIL_NONE);
    assert_int_equal(regime(w, w->now, TAX_SYSTEM_OSN, VAT_REGIME_NONE), FAIL_STATE);
    assert_int_equal(regime(w, w->now + DAY_US, TAX_SYSTEM_OSN, VAT_REGIME_NONE), FAIL_NONE);
    for (int i = 0; i < 2; i++) { // the first receipt goes by the day on which the link was made
        request_t request = {.type = REQUEST_topup};
        request.topup = (request_topup_t){.account = MOVES_ACCOUNT, .amount_rub = 500};
        assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
        assert_int_equal(world_answer(w, &request, &answer), FAIL_NONE);
        snprintf(link[i], sizeof link[i], "%.*s", (int)answer.topup.link.size,
                 answer.topup.link.data);
        w->now += 2 * DAY_US;
    }
    assert_non_null(strstr(link[0], "vat122"));
    assert_null(strstr(link[1], "vat122"));
    assert_non_null(strstr(link[1], "osn"));
}

// What was sent is the same text each time: Robokassa knows it by its number.
static void it_is_sent_again_as_it_was_until_it_is_taken(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    char body[2][2048];
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    for (int i = 0; i < 2; i++) {
        const outside_t *request = wanted(w, ATTACH_URL);
        assert_non_null(request);
        snprintf(body[i], sizeof body[i], "%.*s", (int)request->body.size, request->body.data);
        world_result(w, request->key, i ? RESULT_ANSWERED : RESULT_NO_ANSWER, i ? 200 : 0,
                     i ? TAKEN : "");
        if (i == 0) {
            assert_null(wanted(w, ATTACH_URL));
            world_restart(w);
        }
    }
    assert_string_equal(body[0], body[1]);
    assert_string_equal(world_events(w), "receipt.heard");
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_WAITING);
    w->now += HOUR_US;
    assert_null(wanted(w, ATTACH_URL)); // it is asked about, and not sent again
    answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
    answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
    assert_int_equal(state_of(w, invoice, RECEIPT_FIRST), RECEIPT_STATE_REGISTERED);
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_REGISTERED);
    const event_t *event = world_event(w, EVENT_receipt_registered);
    assert_int_equal(event->receipt_registered.document, 17);
    assert_int_equal(event->receipt_registered.sign, 123456789);
    assert_int_equal(receipts(w)->open, 0);
    w->now += 10 * DAY_US;
    world_tick(w);
    assert_null(wanted(w, STATUS_URL));
    assert_int_equal(receipts(w)->missing, 0);
}

static void raised(void *arg, alarm_t code, const char *about)
{
    (void)about;
    *(alarm_t *)arg = code;
}

static alarm_t light(world_t *w)
{
    alarm_t alarm = 0;
    payment_light(world_core_state(w), w->now, raised, &alarm);
    return alarm;
}

static fail_t resolve(world_t *w, uint64_t invoice, receipt_kind_t kind, bool again)
{
    request_t request = {.type = REQUEST_receipt_resolve};
    request.receipt_resolve =
        (request_receipt_resolve_t){.invoice = invoice, .kind = kind, .again = again};
    return world_command(w, &request, ROLE_OPERATOR);
}

static void a_credit_without_receipt_is_an_alarm_after_a_day(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    assert_int_equal(resolve(w, invoice, RECEIPT_FIRST, true), FAIL_STATE);
    w->now += DAY_US - 1;
    answered(w, STATUS_URL, RESULT_ANSWERED, 200, "{\"Code\":\"1000\",\"Description\":\"Error\"}");
    assert_string_equal(world_events(w), "receipt.heard");
    world_tick(w);
    assert_int_equal(light(w), 0);
    w->now += 1;
    world_tick(w);
    assert_string_equal(world_events(w), "receipt.missing");
    assert_int_equal(light(w), ALARM_RECEIPT);
    assert_null(wanted(w, STATUS_URL)); // tries are over, until people say so
    assert_int_equal(resolve(w, invoice, RECEIPT_FIRST, true), FAIL_NONE);
    assert_int_equal(light(w), 0);
    w->now += MINUTE_US;
    answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
    assert_int_equal(state_of(w, invoice, RECEIPT_FIRST), RECEIPT_STATE_REGISTERED);
    assert_int_equal(resolve(w, invoice, RECEIPT_FIRST, false), FAIL_STATE);
}

static void what_people_made_is_settled(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGEBACK, 10000, LOTS(lot));
    assert_int_equal(light(w), ALARM_RECEIPT);
    assert_int_equal(resolve(w, invoice, RECEIPT_SECOND, true), FAIL_STATE);
    assert_int_equal(resolve(w, 1, RECEIPT_SECOND, false), FAIL_MISSING);
    assert_int_equal(resolve(w, invoice, RECEIPT_SECOND, false), FAIL_NONE);
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_SETTLED);
    assert_int_equal(light(w), 0);
}

static void a_ledger_that_was_put_back_makes_no_second_receipt_again(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_int_equal(due_said(w)->amount, 50000);
    w->ledger_sequence += 1000;
    lot = credit(w, invoice, 50000, 0); // the same money, as another lot
    assert_string_equal(world_events(w), "lot.placed");
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_string_equal(world_events(w), "");
}

// An operator went on with an older journal of the ledger: what was posted since did not happen.
static void ledger_goes_back_to(world_t *w, uint64_t sequence)
{
    event_t event = {.type = EVENT_node_reseeded, .at = w->now};
    event.node_reseeded = (event_node_reseeded_t){.stream = STREAM_LEDGER, .sequence = sequence};
    payment_state_apply((payment_state_t *)world_core_state(w), &event, 1000000);
}

static void what_a_lost_ledger_held_or_gave_back_did_not_happen(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    hold(w, refund(w, invoice, 20000), lot, 30000);
    event_posted_t gone = {.debit = SYSTEM_REFUNDS,
                           .credit = SYSTEM_BANK,
                           .amount = 20000,
                           .kind = POSTING_REFUND,
                           .reference = posting_payment_reference(invoice)};
    (void)post(w, gone, NULL);
    assert_int_equal(world_event(w, EVENT_lot_held)->lot_held.gone, 20000);
    ledger_goes_back_to(w, lot + 1); // it holds, and nothing has left
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_string_equal(world_events(w), "lot.held");
    (void)post(w, gone, NULL);
    assert_int_equal(due_said(w)->amount, 30000);
    invoice = placed(w, 50000, &lot);
    debit(w, POSTING_HOLD, 30000, LOTS(lot));
    ledger_goes_back_to(w, lot); // and never held
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_int_equal(due_said(w)->amount, 50000);
    assert_int_equal(due_said(w)->invoice, invoice);
}

// The ledger has forgotten what it held, and Robokassa has the request.
static void what_may_have_gone_back_unheld_is_for_people(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    hold(w, refund(w, invoice, 20000), lot, 30000);
    ledger_goes_back_to(w, lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_string_equal(world_events(w), "receipt.handed");
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.why,
                     RECEIPT_WHY_RETURNED);
}

// Only a lost journal of payment knew of it: the ledger has its money.
static void what_only_a_lost_journal_knew_is_for_people(void **state)
{
    world_t *w = *state;
    uint64_t known = placed(w, 50000, &(uint64_t){0});
    uint64_t invoice = known + 256000;
    uint64_t lot = credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "lot.placed");
    assert_int_equal(state_of(w, invoice, RECEIPT_FIRST), RECEIPT_STATE_OPEN);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_string_equal(world_events(w), "lot.ended receipt.due receipt.handed");
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.why, RECEIPT_WHY_UNKNOWN);
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.invoice, invoice);
    assert_int_equal(world_event(w, EVENT_receipt_handed)->receipt_handed.used, 50000);
}

// It was paid, by a journal that is lost; this one made the link and knows no more.
static void what_the_ledger_credited_is_a_lot_before_payment_knows_it_again(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    uint64_t lot = credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "lot.placed");
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    assert_int_equal(due_said(w)->amount, 50000);
}

static void a_shop_without_receipts_follows_none(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 0);
    w->settings.fiscal.url = (span_t){0};
    (void)credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "");
    w->settings.fiscal.url = SPAN(ATTACH_URL);
    w->settings.receipt.wanted = false;
    (void)credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "");
    w->settings.receipt.wanted = true;
    w->settings.shop.test = true;
    (void)credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "");
    w->settings.shop.test = false;
    (void)credit(w, invoice, 50000, 50000);
    assert_string_equal(world_events(w), "lot.placed");
}

static void a_posting_that_is_no_lot_of_ours_says_nothing(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    (void)credit(w, 0, 100, 50100); // it names no payment
    assert_string_equal(world_events(w), "");
    (void)credit(w, invoice, INT64_MAX, INT64_MIN); // no balance that could have been before
    assert_string_equal(world_events(w), "");
    (void)post(w,
               (event_posted_t){.kind = POSTING_RELEASE,
                                .debit = SYSTEM_REFUNDS,
                                .credit = SYSTEM_END,
                                .amount = 5,
                                .cash = 5},
               LOTS(lot)); // of which nothing is held
    assert_string_equal(world_events(w), "");
    (void)post(w,
               (event_posted_t){.kind = POSTING_RELEASE,
                                .debit = SYSTEM_REFUNDS,
                                .credit = SYSTEM_END,
                                .amount = 5,
                                .cash = 5},
               LOTS(lot + 70));
    assert_string_equal(world_events(w), "");
    for (uint64_t payment = invoice; payment <= invoice + 1;
         payment++) { // nothing is held of either
        (void)post(w,
                   (event_posted_t){.kind = POSTING_REFUND,
                                    .debit = SYSTEM_REFUNDS,
                                    .credit = SYSTEM_CLEARING,
                                    .amount = 5,
                                    .reference = posting_payment_reference(payment)},
                   NULL);
        assert_string_equal(world_events(w), "");
    }
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, moves_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_second_receipt_is_due_once_its_lot_is_used_up),
        TEST(a_bonus_or_a_transfer_says_nothing_of_a_payments_lot),
        TEST(a_topup_that_repays_debt_is_used_at_once),
        TEST(what_went_back_is_on_no_second_receipt),
        TEST(a_lot_of_which_nothing_was_used_has_none),
        TEST(what_was_held_and_came_back_is_used_later),
        TEST(a_chargeback_leaves_it_to_people),
        TEST(services_under_two_regimes_are_for_people),
        TEST(a_regime_is_named_before_its_day),
        TEST(it_is_sent_again_as_it_was_until_it_is_taken),
        TEST(a_credit_without_receipt_is_an_alarm_after_a_day),
        TEST(what_people_made_is_settled),
        TEST(a_ledger_that_was_put_back_makes_no_second_receipt_again),
        TEST(what_a_lost_ledger_held_or_gave_back_did_not_happen),
        TEST(what_may_have_gone_back_unheld_is_for_people),
        TEST(what_only_a_lost_journal_knew_is_for_people),
        TEST(what_the_ledger_credited_is_a_lot_before_payment_knows_it_again),
        TEST(a_shop_without_receipts_follows_none),
        TEST(a_posting_that_is_no_lot_of_ours_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
